//! Users, keys, logins and the record of what became of them: /api/access/…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::{HeaderMap, StatusCode};

use super::auth::waited;
use super::body::Body;
use super::changes::{decoded, done, recorded};
use super::params::Params;
use super::respond::{Answered, Failure, json_answer};
use super::{App, shown};
use crate::access::accounts::Accounts;
use crate::access::changes::{self, NewKey, NewUser, UserChange};
use crate::access::{Asker, KeyKind, Role};
use crate::error::{Error, Result};
use crate::limits::{
    ACCOUNT_NAME_BYTES_MAX, AUDIT_LISTED_MAX, BOT_NAME_BYTES_MAX, BOTS_PER_ACCOUNT_MAX, KEY_RATE_LIMIT_MAX,
    ORIGIN_BYTES_MAX, ORIGINS_PER_KEY_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN,
};
use crate::model::day::rfc3339;

pub const DEFAULT_LINES: usize = 100;
/// Without control characters, which no name has.
const PRINTABLE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// A user to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// What he logs in as: letters, digits and `. _ - @ +`, without accents.
    #[schemars(length(min = 1, max = ACCOUNT_NAME_BYTES_MAX), regex(pattern = "^[A-Za-z0-9._@+-]+$"))]
    name: String,
    role: Role,
    /// The bots that there are for him: of an admin none, which is all; of an agent at least one.
    #[serde(default)]
    #[schemars(length(max = BOTS_PER_ACCOUNT_MAX))]
    #[schemars(inner(length(min = 1, max = BOT_NAME_BYTES_MAX), regex(pattern = PRINTABLE)))]
    bots: Vec<String>,
    #[schemars(length(min = PASSWORD_CHARS_MIN, max = PASSWORD_CHARS_MAX))]
    password: String,
}

/// What is to be another of a user; what is not given stays as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    role: Option<Role>,
    /// The bots that there are for him, instead of those of before.
    #[schemars(length(max = BOTS_PER_ACCOUNT_MAX))]
    #[schemars(inner(length(min = 1, max = BOT_NAME_BYTES_MAX), regex(pattern = PRINTABLE)))]
    bots: Option<Vec<String>>,
    /// Ends all of his logins.
    #[schemars(length(min = PASSWORD_CHARS_MIN, max = PASSWORD_CHARS_MAX))]
    password: Option<String>,
}

/// A key to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// What it is called in lists.
    #[schemars(length(min = 1, max = ACCOUNT_NAME_BYTES_MAX), regex(pattern = PRINTABLE))]
    name: String,
    kind: KeyKind,
    /// The bots it is for, where they are not all; of an admin key none.
    #[serde(default)]
    #[schemars(length(max = BOTS_PER_ACCOUNT_MAX))]
    #[schemars(inner(length(min = 1, max = BOT_NAME_BYTES_MAX), regex(pattern = PRINTABLE)))]
    bots: Vec<String>,
    /// Sites whose pages may use it, of an ingest key, as browsers send them: `https://www.example.com`.
    #[serde(default)]
    #[schemars(length(max = ORIGINS_PER_KEY_MAX))]
    #[schemars(inner(length(max = ORIGIN_BYTES_MAX), regex(pattern = "^https?://[!-~]+$")))]
    origins: Vec<String>,
    /// Requests a second; without it as many as come.
    #[schemars(range(min = 1, max = KEY_RATE_LIMIT_MAX))]
    rate_limit: Option<u32>,
}

/// GET /api/access/users
pub fn users(app: &App, params: Params) -> Answered {
    params.finish()?;
    Ok(json_answer(StatusCode::OK, &shown::UserList::from(&app.access.accounts()?.users[..])))
}

/// POST /api/access/users
pub async fn add_user(app: App, headers: HeaderMap, body: Body) -> Answered {
    let UserBody { name, role, bots, password } = body.json(&headers).await?;
    let new = NewUser { name: name.clone(), role, bots };
    new.check()?;
    let password = app.access.hash_password("password", password).await?;
    let now = rfc3339(app.clock.now_ms());
    changed(&app, "user added", name, move |accounts| {
        if accounts.is_empty() && new.role != Role::Admin {
            return Err(Error::Conflict("role: the first user has to be an admin, who can make others".into()));
        }
        new.add(accounts, password, now)
    })
    .await?;
    Ok(done())
}

/// PATCH /api/access/users/{name}
pub async fn change_user(app: App, encoded_name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(encoded_name)?;
    let ChangeBody { role, bots, password } = body.json(&headers).await?;
    let password = match password {
        Some(password) => Some(app.access.hash_password("password", password).await?),
        None => None,
    };
    let (named, logs_out) = (name.clone(), password.is_some());
    let change = UserChange { role, bots, password };
    changed(&app, "user changed", name.clone(), move |accounts| change.make(accounts, &named)).await?;
    if logs_out {
        end_logins_of(&app, name).await?;
    }
    Ok(done())
}

/// DELETE /api/access/users/{name}
pub async fn remove_user(app: App, encoded_name: &str) -> Answered {
    let name = decoded(encoded_name)?;
    let named = name.clone();
    let remove = move |accounts: &mut Accounts| changes::remove_user(accounts, &named, true);
    changed(&app, "user removed", name.clone(), remove).await?;
    end_logins_of(&app, name).await?;
    Ok(done())
}

/// They count no more already: the user has another seal. This takes them from the list.
async fn end_logins_of(app: &App, name: String) -> Answered<()> {
    let access = app.access.clone();
    waited(tokio::task::spawn_blocking(move || access.end_logins(|login| login.user == name)).await).map(|_| ())
}

/// GET /api/access/keys
pub fn keys(app: &App, params: Params) -> Answered {
    params.finish()?;
    Ok(json_answer(StatusCode::OK, &shown::KeyList::from(&app.access.accounts()?.keys[..])))
}

/// POST /api/access/keys
pub async fn add_key(app: App, headers: HeaderMap, body: Body) -> Answered {
    let KeyBody { name, kind, bots, origins, rate_limit } = body.json(&headers).await?;
    let new = NewKey { name: name.clone(), kind, bots, origins, rate_limit };
    let now = rfc3339(app.clock.now_ms());
    let (made, said) = changed(&app, "key added", name, move |accounts| {
        if accounts.is_empty() {
            return Err(Error::Conflict(
                "make a user with the role admin first: with a key, everyone has to log in".into(),
            ));
        }
        new.add(accounts, now)
    })
    .await?;
    Ok(json_answer(StatusCode::OK, &shown::NewKeyAnswer::of(&made, &said)))
}

/// DELETE /api/access/keys/{id}
pub async fn remove_key(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let named = id.clone();
    changed(&app, "key revoked", id, move |accounts| changes::remove_key(accounts, &named)).await?;
    Ok(done())
}

/// GET /api/access/logins
pub fn logins(app: &App, params: Params) -> Answered {
    params.finish()?;
    let own = match &app.caller.asker {
        Asker::User(logged_in) => Some(&*logged_in.login.id),
        _ => None,
    };
    let logins = app.access.logins();
    Ok(json_answer(StatusCode::OK, &shown::LoginList::of(logins.iter().map(|login| &**login), own)))
}

/// DELETE /api/access/logins/{id}
pub async fn end_login(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let Some(login) = app.access.logins().into_iter().find(|login| login.id == id) else {
        return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", format!("there is no login with the id `{id}`")));
    };
    let access = app.access.clone();
    recorded(&app, "login revoked", Some(login.user.clone()), move || {
        access.end_logins(|known| known.id == login.id);
        Ok(())
    })
    .await?;
    Ok(done())
}

/// GET /api/access/audit?limit=100
pub fn audit(app: &App, mut params: Params) -> Answered {
    let limit = params.whole("limit", 1..=AUDIT_LISTED_MAX)?.unwrap_or(DEFAULT_LINES);
    params.finish()?;
    Ok(json_answer(StatusCode::OK, &shown::AuditList::from(app.access.recorded(limit)?)))
}

/// Changes the accounts, and records it.
async fn changed<T: Send + 'static>(
    app: &App,
    action: &'static str,
    target: String,
    change: impl FnOnce(&mut Accounts) -> Result<T> + Send + 'static,
) -> Answered<T> {
    let access = app.access.clone();
    recorded(app, action, Some(target), move || access.change(change)).await
}
