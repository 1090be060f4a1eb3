//! The flat list of all routes. Path first; what follows the path never rejects, so that a 404 cannot turn into a 405.

use std::future::Future;
use std::sync::LazyLock;

use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::answers::{Question, answer};
use super::body::Body;
use super::params::Params;
use super::request_id::along;
use super::respond::{Answered, method_not_allowed, not_found};
use super::{
    App, analytics, bots, chat, events, export, health, leads, legacy, live, metrics, openapi, pages, sessions,
};

pub type Route = BoxedFilter<(Response,)>;

type Handler = fn(&App, Params) -> Answered;

/// How a GET is answered.
#[derive(Clone, Copy)]
enum Get {
    /// From the bot's state alone: the answer is kept.
    Question(Question),
    /// The same with the legacy envelope.
    Legacy(Question),
    /// From memory, in microseconds.
    Now(Handler),
    /// From the disk, on a thread that may wait for it.
    Blocking(Handler),
    /// The same for what may read much of it.
    List(Handler),
}

const GETS: [(&str, Get); 21] = [
    // GET /api/analytics/…?days=7&from=&to=&bot=
    ("/api/analytics/overview", Get::Question(analytics::overview)),
    ("/api/analytics/conversations", Get::Question(analytics::conversations)),
    ("/api/analytics/engagement", Get::Question(analytics::engagement)),
    ("/api/analytics/intents", Get::Question(analytics::intents)),
    ("/api/analytics/performance", Get::Question(analytics::performance)),
    ("/api/analytics/leads", Get::Question(analytics::leads)),
    // GET /api/analytics/export?type=&days=30&format=json
    ("/api/analytics/export", Get::Blocking(export::export)),
    // The first system's own, kept for its clients.
    ("/api/analytics/dashboard/summary", Get::Legacy(legacy::summary)),
    ("/api/analytics/budget/status", Get::Legacy(legacy::budget)),
    ("/api/analytics/metrics/daily", Get::Legacy(legacy::daily)),
    ("/api/analytics/metrics/weekly", Get::Legacy(legacy::weekly)),
    ("/api/analytics/questions/top", Get::Legacy(legacy::questions)),
    // GET /api/openapi.json
    ("/api/openapi.json", Get::Now(openapi::document)),
    // GET /metrics
    ("/metrics", Get::Blocking(metrics::metrics)),
    // GET /api/ready
    ("/api/ready", Get::Now(health::ready)),
    // GET /api/health
    ("/api/health", Get::Now(health::health)),
    ("/api/chatbot/health", Get::Now(health::health)),
    // GET /api/sessions?days=7&q=&intent=&sentiment=&lead=&limit=50&cursor=
    ("/api/sessions", Get::List(sessions::list)),
    // GET /api/leads?days=7&limit=20&offset=0
    ("/api/leads", Get::List(leads::list)),
    // GET /api/bots
    ("/api/bots", Get::Now(bots::list)),
    // GET /api/live?bot=
    ("/api/live", Get::Now(live::live)),
];

const POSTS: [&str; 2] = ["/api/events", "/api/chatbot/chat"];

/// Every route by its name, for those who count; what is below is of no route of its own.
pub static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| GETS.iter().map(|(path, _)| *path).chain(POSTS).chain([SESSION, PAGES, UNKNOWN]).collect());
const SESSION: &str = "/api/sessions/{session_id}";
const PAGES: &str = "(pages)";
const UNKNOWN: &str = "(unknown)";

/// The place in `NAMES` of the route that a path leads to.
pub fn place(path: &str) -> usize {
    let plain = path.strip_suffix('/').unwrap_or(path);
    let others = NAMES.len() - 3;
    if let Some(place) = NAMES[..others].iter().position(|name| *name == plain) {
        return place;
    }
    let is_session = path.strip_prefix("/api/sessions/").is_some_and(|rest| !rest.contains('/'));
    let is_page =
        !path.starts_with("/api/") && (path.starts_with("/assets/") || !path[1.min(path.len())..].contains('/'));
    match (is_session, is_page) {
        (true, _) => others,
        (_, true) => others + 1,
        _ => others + 2,
    }
}

/// One look at the path decides: filters that try one path after the other cost more than most answers.
pub fn all(app: App) -> BoxedFilter<(Response,)> {
    let [events_path, chat_path] = POSTS;
    let events = post(events_path, &app, events::ingest);
    let chat = post(chat_path, &app, chat::chat);
    let posts = events.or(chat).unify();
    let missing = warp::any().map(not_found);
    let others = session(&app).or(pages::pages()).unify().or(missing).unify().boxed();
    gets(app).or(posts).unify().or(others).unify().boxed()
}

fn gets(app: App) -> Route {
    let known = warp::path::full().and_then(|full: FullPath| {
        let found = GETS.iter().find(|(path, _)| is(&full, path));
        std::future::ready(found.ok_or_else(warp::reject::not_found))
    });
    let answered = move |(path, get): &'static (&'static str, Get), method: Method, query: String| {
        let app = app.clone();
        async move {
            if !is_get(&method) {
                return method_not_allowed("GET, HEAD");
            }
            match *get {
                Get::Question(question) => or_failure(answer(&app, path, &query, question)),
                Get::Legacy(question) => {
                    answer(&app, path, &query, question).unwrap_or_else(|failure| failure.legacy_answer())
                }
                Get::Now(handler) => or_failure(Params::parse(&query).and_then(|params| handler(&app, params))),
                Get::Blocking(handler) => blocking(move || handler(&app, Params::parse(&query)?)).await,
                Get::List(handler) => listed(&app.clone(), move || handler(&app, Params::parse(&query)?)).await,
            }
        }
    };
    known.and(warp::method()).and(query()).then(answered).boxed()
}

/// GET /api/sessions/{session_id}
fn session(app: &App) -> Route {
    let app = app.clone();
    let answered = move |name: String, method: Method, query: String| {
        let app = app.clone();
        async move {
            if !is_get(&method) {
                return method_not_allowed("GET, HEAD");
            }
            listed(&app.clone(), move || sessions::one(&app, Params::parse(&query)?, &name)).await
        }
    };
    warp::path!("api" / "sessions" / String).and(warp::method()).and(query()).then(answered).boxed()
}

pub fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// An address that takes a body.
fn post<A: Future<Output = Answered> + Send + 'static>(
    path: &'static str,
    app: &App,
    handler: fn(App, String, HeaderMap, Body) -> A,
) -> Route {
    let app = app.clone();
    at(path)
        .and(warp::method())
        .and(query())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method: Method, query: String, headers: HeaderMap, parts| {
            let app = app.clone();
            async move {
                if method != Method::POST {
                    return method_not_allowed("POST");
                }
                let answered = match Body::new(&headers, parts) {
                    Ok(body) => handler(app, query, headers, body).await,
                    Err(failure) => Err(failure),
                };
                or_failure(answered)
            }
        })
        .boxed()
}

fn query() -> impl Filter<Extract = (String,), Error = std::convert::Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// The exact path, nothing more.
pub fn at(path: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    let compared =
        move |full: FullPath| std::future::ready(is(&full, path).then_some(()).ok_or_else(warp::reject::not_found));
    warp::path::full().and_then(compared).untuple_one()
}

/// Whether it is this path; a slash at its end makes no difference.
fn is(full: &FullPath, path: &str) -> bool {
    let full = full.as_str();
    full == path || full.strip_suffix('/') == Some(path)
}

fn or_failure(answered: Answered) -> Response {
    answered.unwrap_or_else(|failure| failure.answer())
}

async fn listed(app: &App, answer: impl FnOnce() -> Answered + Send + 'static) -> Response {
    let place = match app.readers.list().await {
        Ok(place) => place,
        Err(refusal) => return refusal.answer(),
    };
    // The place is kept where the reading goes on though the client has gone.
    let read = move || {
        let answered = answer();
        drop(place);
        answered
    };
    blocking(read).await
}

async fn blocking(answer: impl FnOnce() -> Answered + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(along(answer)).await {
        Ok(answered) => or_failure(answered),
        Err(_) => super::respond::Failure::from(crate::error::Error::Storage("a reader panicked".into())).answer(),
    }
}

/// Every address that is no page, with its methods, sorted.
#[cfg(test)]
pub fn described() -> Vec<(String, Vec<String>)> {
    let of = |path: &str, method: &str| (path.to_owned(), vec![method.to_owned()]);
    let gets = GETS.iter().map(|(path, _)| of(path, "get"));
    let mut all: Vec<_> = gets.chain(POSTS.map(|path| of(path, "post"))).chain([of(SESSION, "get")]).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_counted_under_the_name_of_its_route() {
        for (path, name) in [
            ("/api/events", "/api/events"),
            ("/api/health/", "/api/health"),
            ("/api/sessions", "/api/sessions"),
            ("/api/sessions/anna", SESSION),
            ("/api/sessions/a/b", UNKNOWN),
            ("/", PAGES),
            ("/docs", PAGES),
            ("/assets/dev/dashboard/main.js", PAGES),
            ("/wp-admin/setup.php", UNKNOWN),
            ("/api/nothing", UNKNOWN),
            ("", PAGES),
            ("*", PAGES),
        ] {
            assert_eq!(NAMES[place(path)], name, "{path}");
        }
    }
}
