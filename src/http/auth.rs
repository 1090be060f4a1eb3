//! Logging in and out, and who one is: /api/auth/…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::header::SET_COOKIE;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;

use super::body::Body;
use super::changes::{done, recorded};
use super::entry::COOKIE_NAME;
use super::params::Params;
use super::respond::{Answered, Failure, json_answer};
use super::{App, shown};
use crate::access::{Actor, Asker, LoggedIn, NotLoggedIn, Wait};
use crate::limits::{LOCKOUT_MINUTES, LOGIN_MS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    name: String,
    password: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// The one of before.
    current: String,
    #[schemars(length(min = PASSWORD_CHARS_MIN, max = PASSWORD_CHARS_MAX))]
    new: String,
}

/// POST /api/auth/login
pub async fn login(app: App, headers: HeaderMap, body: Body) -> Answered {
    let Credentials { name, password } = body.json(&headers).await?;
    let address = app.caller.address.ok_or_else(|| Failure::invalid("the request has no address"))?;
    match app.access.log_in(&name, password, address).await {
        Ok((token, logged_in)) => Ok(welcome(&app, &token, &logged_in)),
        Err(NotLoggedIn::Wrong) => {
            let sentence = "the name or the password is wrong";
            Err(Failure::new(StatusCode::UNAUTHORIZED, "wrong_credentials", sentence))
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// POST /api/auth/logout
pub async fn logout(app: App) -> Answered {
    let logged_in = logged_in(&app)?;
    let (access, id) = (app.access.clone(), logged_in.login.id.clone());
    recorded(&app, "logout", None, move || {
        access.end_logins(|login| login.id == id);
        Ok(())
    })
    .await?;
    let mut response = done();
    set_cookie(&app, &mut response, "", 0);
    Ok(response)
}

/// POST /api/auth/password
pub async fn password(app: App, headers: HeaderMap, body: Body) -> Answered {
    let Passwords { current, new } = body.json(&headers).await?;
    let logged_in = logged_in(&app)?;
    let address = app.caller.address.ok_or_else(|| Failure::invalid("the request has no address"))?;
    match app.access.change_password(&logged_in.user.name, current, new, address).await {
        Ok((token, logged_in)) => Ok(welcome(&app, &token, &logged_in)),
        Err(NotLoggedIn::Wrong) => {
            Err(Failure::new(StatusCode::FORBIDDEN, "wrong_credentials", "current: this is not your password"))
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// GET /api/auth/me
pub fn me(app: &App, params: Params) -> Answered {
    params.finish()?;
    let logged_in = match &app.caller.asker {
        Asker::User(logged_in) => Some(&**logged_in),
        _ => None,
    };
    Ok(json_answer(StatusCode::OK, &shown::Me::of(app.access.is_open(), logged_in)))
}

fn welcome(app: &App, token: &str, logged_in: &LoggedIn) -> Response {
    let mut response = json_answer(StatusCode::OK, &shown::Welcome::from(logged_in));
    set_cookie(app, &mut response, token, LOGIN_MS_MAX / 1_000);
    response
}

fn set_cookie(app: &App, response: &mut Response, token: &str, seconds: i64) {
    let secure = if app.caller.is_private { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let cookie = HeaderValue::from_str(&cookie).expect("a token is hex");
    response.headers_mut().insert(SET_COOKIE, cookie);
}

fn logged_in(app: &App) -> Answered<&LoggedIn> {
    match &app.caller.asker {
        Asker::User(logged_in) => Ok(logged_in),
        _ => Err(Failure::new(StatusCode::CONFLICT, "conflict", "no one is logged in, and no one has to be")),
    }
}

fn refused(refusal: NotLoggedIn) -> Failure {
    let Wait { seconds, locked } = match refusal {
        NotLoggedIn::Wait(wait) => wait,
        NotLoggedIn::Error(error) => return error.into(),
        NotLoggedIn::Wrong => unreachable!("answered by each in its way"),
    };
    let sentence = match locked {
        true => format!(
            "too many wrong passwords for this name or from your address: no more for {LOCKOUT_MINUTES} minutes; try again \
             in {seconds} s"
        ),
        false => format!("too many wrong passwords for this name or from your address: try again in {seconds} s"),
    };
    let refused = Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", sentence);
    Failure { wait_seconds: seconds, ..refused }
}

/// Who does it, for the record.
pub fn actor(app: &App) -> Actor {
    Actor { name: app.caller.asker.name(), address: app.caller.address }
}

/// What a thread that waited for the disk came to.
pub fn waited<T>(joined: Result<T, tokio::task::JoinError>) -> Answered<T> {
    joined.map_err(|_| crate::error::Error::Storage("a thread panicked".into()).into())
}
