//! The flat list of all routes. Path first; what follows the path never rejects, so that a 404 cannot turn into a 405.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;
use warp::{Buf, Filter};

use super::params::Params;
use super::respond::{Answered, method_not_allowed, not_found};
use super::{App, analytics, bots, chat, events, export, health, leads, legacy, live, pages, sessions};

pub type Route = BoxedFilter<(Response,)>;

pub fn all(app: App) -> BoxedFilter<(Response,)> {
    let api = any_of([
        // GET /api/analytics/…?days=7&from=&to=&bot=
        get(&["api", "analytics", "overview"], &app, analytics::overview),
        get(&["api", "analytics", "conversations"], &app, analytics::conversations),
        get(&["api", "analytics", "engagement"], &app, analytics::engagement),
        get(&["api", "analytics", "intents"], &app, analytics::intents),
        get(&["api", "analytics", "performance"], &app, analytics::performance),
        get(&["api", "analytics", "leads"], &app, analytics::leads),
        // GET /api/analytics/export?type=&days=30&format=json
        get_blocking(&["api", "analytics", "export"], &app, export::export),
        // The first system's own, kept for its clients.
        get_legacy(&["api", "analytics", "dashboard", "summary"], &app, legacy::summary),
        get_legacy(&["api", "analytics", "budget", "status"], &app, legacy::budget),
        get_legacy(&["api", "analytics", "metrics", "daily"], &app, legacy::daily),
        get_legacy(&["api", "analytics", "metrics", "weekly"], &app, legacy::weekly),
        get_legacy(&["api", "analytics", "questions", "top"], &app, legacy::questions),
        // GET /api/health
        get(&["api", "health"], &app, health::health),
        get(&["api", "chatbot", "health"], &app, health::health),
        // GET /api/sessions?days=7&q=&intent=&sentiment=&lead=&limit=50&cursor=
        get_blocking(&["api", "sessions"], &app, sessions::list),
        // GET /api/leads?days=7&limit=20&offset=0
        get_blocking(&["api", "leads"], &app, leads::list),
        // GET /api/bots
        get(&["api", "bots"], &app, bots::list),
        // GET /api/live?bot=
        get(&["api", "live"], &app, live::live),
    ]);
    let with_app = app.clone();
    // GET /api/sessions/{session_id}
    let session = warp::path!("api" / "sessions" / String)
        .and(warp::method())
        .and(query())
        .then(move |name: String, method: Method, query: String| {
            let app = with_app.clone();
            async move {
                if !is_get(&method) {
                    return method_not_allowed("GET, HEAD");
                }
                blocking(move || sessions::one(&app, Params::parse(&query)?, &name)).await
            }
        })
        .boxed();
    let taken = any_of([
        // POST /api/events
        post(&["api", "events"], &app, events::ingest),
        // POST /api/chatbot/chat
        post(&["api", "chatbot", "chat"], &app, chat::chat),
    ]);
    let missing = warp::any().map(not_found);
    let routes = taken.or(api).unify().boxed();
    let routes = routes.or(session).unify().boxed().or(pages::pages()).unify().boxed();
    routes.or(missing).unify().boxed()
}

pub fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The body of a request as it arrives.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>;

fn boxed<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>> + Send + 'static) -> Body {
    Box::pin(body.map_ok(|mut part| part.copy_to_bytes(part.remaining())))
}

/// An address that takes a body.
fn post<A: Future<Output = Answered> + Send + 'static>(
    segments: &'static [&'static str],
    app: &App,
    handler: fn(App, String, HeaderMap, Body) -> A,
) -> Route {
    let app = app.clone();
    let body = warp::body::stream().map(boxed);
    let take = move |method: Method, query: String, headers: HeaderMap, body: Body| {
        let app = app.clone();
        async move {
            if method != Method::POST {
                return method_not_allowed("POST");
            }
            handler(app, query, headers, body).await.unwrap_or_else(|failure| failure.answer())
        }
    };
    path(segments).and(warp::method()).and(query()).and(warp::header::headers_cloned()).and(body).then(take).boxed()
}

fn any_of(routes: impl IntoIterator<Item = Route>) -> Route {
    routes.into_iter().reduce(|one, other| one.or(other).unify().boxed()).expect("there are routes")
}

fn query() -> impl Filter<Extract = (String,), Error = std::convert::Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// The exact path, nothing more.
pub fn path(segments: &'static [&'static str]) -> BoxedFilter<()> {
    let start = warp::any().boxed();
    let whole = segments.iter().fold(start, |so_far, segment| so_far.and(warp::path(*segment)).boxed());
    whole.and(warp::path::end()).boxed()
}

fn answered<A: Future<Output = Response> + Send + 'static>(
    segments: &'static [&'static str],
    answer: impl Fn(String) -> A + Clone + Send + Sync + 'static,
) -> Route {
    let checked = move |method: Method, query: String| {
        let answer = is_get(&method).then(|| answer(query));
        async move {
            match answer {
                Some(answer) => answer.await,
                None => method_not_allowed("GET, HEAD"),
            }
        }
    };
    path(segments).and(warp::method()).and(query()).then(checked).boxed()
}

type Handler = fn(&App, Params) -> Answered;

/// A question answered from memory, in microseconds.
fn get(segments: &'static [&'static str], app: &App, handler: Handler) -> Route {
    let app = app.clone();
    answered(segments, move |query| {
        let response = Params::parse(&query).and_then(|params| handler(&app, params));
        std::future::ready(response.unwrap_or_else(|failure| failure.answer()))
    })
}

/// The same with the legacy envelope.
fn get_legacy(segments: &'static [&'static str], app: &App, handler: Handler) -> Route {
    let app = app.clone();
    answered(segments, move |query| {
        let response = Params::parse(&query).and_then(|params| handler(&app, params));
        std::future::ready(response.unwrap_or_else(|failure| failure.legacy_answer()))
    })
}

/// A question that reads the disk, on a thread that may wait for it.
fn get_blocking(segments: &'static [&'static str], app: &App, handler: Handler) -> Route {
    let app = app.clone();
    answered(segments, move |query| {
        let app = app.clone();
        blocking(move || handler(&app, Params::parse(&query)?))
    })
}

async fn blocking(answer: impl FnOnce() -> Answered + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(answer).await {
        Ok(answered) => answered.unwrap_or_else(|failure| failure.answer()),
        Err(_) => super::respond::Failure::from(crate::error::Error::Storage("a reader panicked".into())).answer(),
    }
}
