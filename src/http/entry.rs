//! Whether a request may go on: who sends it, from where, and what its address needs.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper::Request;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, COOKIE,
    ORIGIN, VARY,
};
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::origin::{hosts, is_of_this_machine, is_own, is_this_machine};
use super::respond::{Answered, Failure};
use super::routes::{Endpoint, endpoint, is_get};
use crate::access::{Access, Asker, Needs};
use crate::limits::PREFLIGHT_SECONDS;

/// The cookie of a login.
pub const COOKIE_NAME: &str = "novahouse_session";
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// What a page of another site may send along.
const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, content-encoding, idempotency-key");

/// Who sent a request, for its handler.
#[derive(Clone, Default)]
pub struct Caller {
    pub asker: Asker,
    /// Where it came from, for the record; known where it is needed.
    pub address: Option<IpAddr>,
    /// Whether it came over TLS, as far as can be known.
    pub is_private: bool,
}

/// Keeps the entry.
pub struct Entry {
    /// None where whoever is on this machine may ask, and no one else.
    access: Option<Arc<Access>>,
    speaks_tls: bool,
}

/// What a browser has to be told with the answer, whatever it is.
#[derive(Default)]
pub struct Cors {
    /// The page's origin, where the key allows it.
    allowed: Option<HeaderValue>,
    /// Whether another origin would be answered otherwise.
    varies: bool,
}

impl Cors {
    pub fn tell(self, response: &mut Response) {
        let headers = response.headers_mut();
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        }
    }
}

impl Entry {
    pub fn new(access: Arc<Access>, speaks_tls: bool) -> Self {
        Self { access: Some(access), speaks_tls }
    }

    /// Lets in whoever is on this machine, and asks no one who he is.
    pub fn of_this_machine() -> Self {
        Self { access: None, speaks_tls: false }
    }

    /// Whether the request may go on, which then knows its caller; otherwise its answer.
    pub fn admit<B>(
        &self,
        sender: impl FnOnce(&HeaderMap) -> IpAddr,
        request: &mut Request<B>,
    ) -> (Cors, Option<Response>) {
        let path = request.uri().path();
        let Some(access) = self.access.as_ref().filter(|access| !access.is_open()) else {
            let admitted = of_this_machine(request);
            // Nothing else asks who it is.
            if may_be_recorded(path) {
                let address = Some(sender(request.headers()));
                let is_private = self.speaks_tls;
                request.extensions_mut().insert(Caller { asker: Asker::Anyone, address, is_private });
            }
            return (Cors::default(), admitted.err().map(|refusal| refusal.answer()));
        };
        // What is not there, or not in this way, is told to anyone.
        let Some(endpoint) = endpoint(path, request.method()) else { return preflight(access, request) };
        let mut cors = Cors { allowed: None, varies: takes_pages_of_others(endpoint.needs) };
        let asker = match asker(access, endpoint, request, &mut cors) {
            Ok(asker) => asker,
            Err(refusal) => return (cors, Some(endpoint.refusal(&refusal))),
        };
        let headers = request.headers();
        let is_private =
            self.speaks_tls || headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https:"));
        let address = may_be_recorded(path).then(|| sender(headers));
        request.extensions_mut().insert(Caller { asker, address, is_private });
        (cors, None)
    }
}

/// Who asks, if he may.
fn asker<B>(access: &Access, endpoint: &Endpoint, request: &Request<B>, cors: &mut Cors) -> Answered<Asker> {
    let headers = request.headers();
    let public = endpoint.needs == Needs::Chat && access.public_chat;
    let needs = if public { Needs::Nothing } else { endpoint.needs };
    let mut asker = match bearer(headers) {
        Some(key) => match access.by_key(key) {
            Some(asker) => asker,
            None if endpoint.needs == Needs::Nothing => Asker::Stranger,
            None => return Err(unauthorized("this key is not known here; it may have been revoked")),
        },
        None => token(headers).and_then(|token| access.by_token(token)).unwrap_or(Asker::Stranger),
    };
    let page = page(headers);
    let is_own_page = || page.is_none_or(|page| is_own(page, request.uri(), headers));
    match &asker {
        Asker::Key(key) => {
            if let Some(page) = page.filter(|page| takes_pages_of_others(endpoint.needs) && key.allows(page)) {
                cors.allowed = HeaderValue::from_str(page).ok();
            } else if !is_own_page() {
                return Err(foreign_origin("this key is not for pages of this origin: make one with `--origin`"));
            }
            if let Some(rate) = key.rate.as_ref().filter(|rate| !rate.take(Instant::now())) {
                let sentence = format!("this key is for {} requests a second", rate.per_second);
                return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", sentence));
            }
        }
        Asker::User(logged_in) if !is_get(request.method()) && needs != Needs::Nothing => {
            let sent = headers.get(CSRF).and_then(|value| blake3::Hash::from_hex(value).ok());
            if !is_own_page() {
                return Err(foreign_origin("a page of another site sent this with your login"));
            }
            // Compared in constant time.
            if sent != Some(logged_in.csrf) {
                let sentence = "X-CSRF-Token: expected what the login was answered with, or /api/auth/me says";
                return Err(Failure::new(StatusCode::FORBIDDEN, "csrf", sentence));
            }
        }
        // What needs no one is done as no one: a login can be made use of by its own pages only.
        Asker::User(_) if public => asker = Asker::Stranger,
        _ => {}
    }
    if asker.may(needs) {
        let from_elsewhere = !is_get(request.method()) && !matches!(asker, Asker::Key(_)) && !is_own_page();
        return match from_elsewhere {
            true => Err(foreign_origin("a page of another site may send this with a key that allows it only")),
            false => Ok(asker),
        };
    }
    Err(match asker {
        Asker::Stranger => unauthorized("log in, or send a key: `Authorization: Bearer KEY`"),
        _ => forbidden("this is not for you: your role, or the kind of your key, does not allow it"),
    })
}

/// Tells a browser before it sends anything whether it may. It brings no key yet: any that allows the page will do.
fn preflight<B>(access: &Access, request: &Request<B>) -> (Cors, Option<Response>) {
    let headers = request.headers();
    let asks = request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let posts = endpoint(request.uri().path(), &Method::POST);
    let Some(page) = page(headers).filter(|_| asks && posts.is_some_and(|posts| takes_pages_of_others(posts.needs)))
    else {
        return (Cors::default(), None);
    };
    let cors = |allowed| Cors { allowed, varies: true };
    if !access.allows(page) {
        let refusal = foreign_origin("no key allows pages of this origin: make one with `--origin`");
        return (cors(None), Some(refusal.answer()));
    }
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    (cors(headers.get(ORIGIN).cloned()), Some(response))
}

/// Where no one has to say who he is: a page that has got itself a name for this machine would read everything.
fn of_this_machine<B>(request: &Request<B>) -> Answered<()> {
    if let Some(host) = hosts(request.uri(), request.headers()).find(|host| !is_this_machine(host)) {
        let sentence = format!(
            "this server is open to its own machine only, and was asked for as {host:?}; to be reached by another name \
             it needs a user: `novahouse user add admin --role admin --data DIR`"
        );
        return Err(Failure::new(StatusCode::FORBIDDEN, "foreign_host", sentence));
    }
    let mut pages = request.headers().get_all(ORIGIN).iter();
    match pages.find(|page| !page.to_str().is_ok_and(is_of_this_machine)) {
        None => Ok(()),
        Some(_) => Err(foreign_origin(
            "this server is open to its own machine only, and a page of another one asks; for that it needs a user, \
             `novahouse user add admin --role admin --data DIR`, and a key that allows the page",
        )),
    }
}

/// Whether pages of other sites may send this, with a key that allows them.
fn takes_pages_of_others(needs: Needs) -> bool {
    matches!(needs, Needs::Write | Needs::Chat)
}

/// Whether a line in the record may say where it came from: not of what is only asked or told, which comes most.
fn may_be_recorded(path: &str) -> bool {
    let comes_most = ["/api/events", "/api/chatbot/", "/api/analytics/"];
    path.starts_with("/api/") && !comes_most.into_iter().any(|begins| path.starts_with(begins))
}

/// The key that came. Other schemes are for a proxy before this server.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The token of a login that came.
fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = cookies.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == COOKIE_NAME).map(|(_, token)| token)
}

/// Whose page sent it, if one did. Of two origins neither is believed.
fn page(headers: &HeaderMap) -> Option<&str> {
    let mut origins = headers.get_all(ORIGIN).iter().map(|value| value.to_str().unwrap_or("?"));
    let first = origins.next()?;
    Some(if origins.next().is_some() { "?" } else { first })
}

fn unauthorized(sentence: &str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", sentence)
}

pub fn forbidden(sentence: &str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "forbidden", sentence)
}

fn foreign_origin(sentence: &str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "foreign_origin", sentence)
}
