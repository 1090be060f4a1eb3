//! The flat list of all routes, with what each needs. Path first; what follows the path never rejects, so that a 404 cannot
//! turn into a 405.

use std::sync::LazyLock;

use hashbrown::HashMap;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::answers::{Question, answer, answer_anew, kept};
use super::body::Body;
use super::entry::Caller;
use super::params::Params;
use super::request_id::along;
use super::respond::{Answered, Failure, method_not_allowed, not_found};
use super::{
    App, accounts, alerts, analytics, auth, bots, channels, chat, erasures, events, experiments, explore, export,
    health, leads, legacy, live, masking, metrics, openapi, pages, reports, retention, sessions, unsubscribe,
};
use crate::access::Needs;
use crate::erasure::Subject;

pub type Route = BoxedFilter<(Response,)>;

type Handler = fn(&App, Params) -> Answered;

/// What can be asked for, how, and what it needs.
pub struct Endpoint {
    pub method: &'static str,
    /// A name in braces stands for what is named there.
    pub path: &'static str,
    pub needs: Needs,
    how: How,
}

/// How it is answered.
#[derive(Clone, Copy)]
enum How {
    /// From the bot's state alone: the answer is kept.
    Question(Question),
    /// The same with the legacy envelope.
    Legacy(Question),
    /// From the bot's state too, but read from the disk: the answer is kept, and a new one takes its time.
    Explored(Question),
    /// From memory, in microseconds.
    Now(Handler),
    /// From the disk, on a thread that may wait for it.
    Blocking(Handler),
    /// The same for what may read much of it.
    List(Handler),
    /// The same for what is named in the path.
    Named(fn(&App, Params, &str) -> Answered),
    /// The same, and may read for long.
    NamedExplored(fn(&App, Params, &str) -> Answered),
    /// With what the request brings.
    Takes(Takes),
}

#[derive(Clone, Copy)]
enum Takes {
    Events,
    Chat,
    Login,
    Logout,
    Password,
    NewUser,
    UserChange,
    NoUser,
    NewKey,
    NoKey,
    NoLogin,
    Masking,
    MaskingTry,
    NewRule,
    RuleChange,
    NoRule,
    Backtest,
    Acknowledge,
    NewSilence,
    NoSilence,
    NewChannel,
    ChannelChange,
    NoChannel,
    ChannelTest,
    Keep,
    RunRetention,
    EraseUser,
    EraseSession,
    NewReport,
    ReportChange,
    NoReport,
    SendReport,
    Unsubscribe,
    NewExperiment,
    ExperimentChange,
    NoExperiment,
    StartExperiment,
    PauseExperiment,
    StopExperiment,
    Assign,
}

const fn on(method: &'static str, path: &'static str, needs: Needs, how: How) -> Endpoint {
    Endpoint { method, path, needs, how }
}

pub static ENDPOINTS: &[Endpoint] = &[
    // ?days=7&from=&to=&bot=
    on("GET", "/api/analytics/overview", Needs::Figures, How::Question(analytics::overview)),
    on("GET", "/api/analytics/conversations", Needs::Figures, How::Question(analytics::conversations)),
    on("GET", "/api/analytics/engagement", Needs::Figures, How::Question(analytics::engagement)),
    on("GET", "/api/analytics/intents", Needs::Figures, How::Question(analytics::intents)),
    on("GET", "/api/analytics/performance", Needs::Figures, How::Question(analytics::performance)),
    on("GET", "/api/analytics/leads", Needs::Figures, How::Question(analytics::leads)),
    // ?step1=message&step2=lead&within=24h
    on("GET", "/api/analytics/funnel", Needs::Figures, How::Explored(explore::funnel)),
    // ?steps=5&names=8
    on("GET", "/api/analytics/paths", Needs::Figures, How::Explored(explore::paths)),
    // ?by=week
    on("GET", "/api/analytics/cohorts", Needs::Figures, How::Explored(explore::cohorts)),
    // ?metric=conversations
    on("GET", "/api/analytics/hours", Needs::Figures, How::Question(explore::hours)),
    // ?other_bot=&other_from=&other_to=
    on("GET", "/api/analytics/compare", Needs::Figures, How::Question(explore::compare)),
    // ?type=&days=30&format=json
    on("GET", "/api/analytics/export", Needs::Export, How::Blocking(export::export)),
    // The first system's own, kept for its clients.
    on("GET", "/api/analytics/dashboard/summary", Needs::Figures, How::Legacy(legacy::summary)),
    on("GET", "/api/analytics/budget/status", Needs::Figures, How::Legacy(legacy::budget)),
    on("GET", "/api/analytics/metrics/daily", Needs::Figures, How::Legacy(legacy::daily)),
    on("GET", "/api/analytics/metrics/weekly", Needs::Figures, How::Legacy(legacy::weekly)),
    on("GET", "/api/analytics/questions/top", Needs::Figures, How::Legacy(legacy::questions)),
    // ?days=7&q=&intent=&sentiment=&lead=&limit=50&cursor=
    on("GET", "/api/sessions", Needs::People, How::List(sessions::list)),
    on("GET", "/api/sessions/{session_id}", Needs::People, How::Named(sessions::one)),
    // ?bot=&purge=false
    on("DELETE", "/api/sessions/{session_id}", Needs::Admin, How::Takes(Takes::EraseSession)),
    on("DELETE", "/api/users/{id}", Needs::Admin, How::Takes(Takes::EraseUser)),
    // ?bot=
    on("GET", "/api/users/{id}/export", Needs::Admin, How::Named(erasures::export)),
    // ?limit=100
    on("GET", "/api/erasures", Needs::Admin, How::Blocking(erasures::list)),
    // ?days=7&limit=20&offset=0
    on("GET", "/api/leads", Needs::People, How::List(leads::list)),
    on("GET", "/api/bots", Needs::People, How::Now(bots::list)),
    on("GET", "/api/masking", Needs::Admin, How::Now(masking::list)),
    on("PATCH", "/api/masking/{name}", Needs::Admin, How::Takes(Takes::Masking)),
    on("POST", "/api/masking/{name}/try", Needs::Admin, How::Takes(Takes::MaskingTry)),
    on("GET", "/api/retention", Needs::Admin, How::Now(retention::list)),
    on("PATCH", "/api/retention/{name}", Needs::Admin, How::Takes(Takes::Keep)),
    // No bot's name leads there: a slash would be in it.
    on("GET", "/api/retention/runs/next", Needs::Admin, How::Blocking(retention::next)),
    on("POST", "/api/retention/runs/now", Needs::Admin, How::Takes(Takes::RunRetention)),
    on("GET", "/api/retention/runs/last", Needs::Admin, How::Now(retention::last)),
    // ?bot=
    on("GET", "/api/live", Needs::People, How::Now(live::live)),
    on("POST", "/api/events", Needs::Write, How::Takes(Takes::Events)),
    on("POST", "/api/chatbot/chat", Needs::Chat, How::Takes(Takes::Chat)),
    on("GET", "/metrics", Needs::Admin, How::Blocking(metrics::metrics)),
    on("GET", "/api/openapi.json", Needs::Nothing, How::Now(openapi::document)),
    on("GET", "/api/ready", Needs::Nothing, How::Now(health::ready)),
    on("GET", "/api/chatbot/health", Needs::Nothing, How::Now(health::health)),
    on("GET", "/api/health", Needs::Nothing, How::Now(health::health)),
    on("POST", "/api/auth/login", Needs::Nothing, How::Takes(Takes::Login)),
    on("GET", "/api/auth/me", Needs::Nothing, How::Now(auth::me)),
    on("POST", "/api/auth/logout", Needs::Login, How::Takes(Takes::Logout)),
    on("POST", "/api/auth/password", Needs::Login, How::Takes(Takes::Password)),
    on("GET", "/api/access/users", Needs::Admin, How::Blocking(accounts::users)),
    on("POST", "/api/access/users", Needs::Admin, How::Takes(Takes::NewUser)),
    on("PATCH", "/api/access/users/{name}", Needs::Admin, How::Takes(Takes::UserChange)),
    on("DELETE", "/api/access/users/{name}", Needs::Admin, How::Takes(Takes::NoUser)),
    on("GET", "/api/access/keys", Needs::Admin, How::Blocking(accounts::keys)),
    on("POST", "/api/access/keys", Needs::Admin, How::Takes(Takes::NewKey)),
    on("DELETE", "/api/access/keys/{id}", Needs::Admin, How::Takes(Takes::NoKey)),
    on("GET", "/api/access/logins", Needs::Admin, How::Now(accounts::logins)),
    on("DELETE", "/api/access/logins/{id}", Needs::Admin, How::Takes(Takes::NoLogin)),
    // ?limit=100
    on("GET", "/api/access/audit", Needs::Admin, How::Blocking(accounts::audit)),
    on("GET", "/api/alerts", Needs::Figures, How::Now(alerts::list)),
    on("POST", "/api/alerts", Needs::Admin, How::Takes(Takes::NewRule)),
    // ?limit=100
    on("GET", "/api/alerts/history", Needs::Figures, How::Now(alerts::history)),
    // ?bot=
    on("GET", "/api/alerts/offers", Needs::Figures, How::Now(alerts::offers)),
    on("POST", "/api/alerts/backtest", Needs::Figures, How::Takes(Takes::Backtest)),
    on("POST", "/api/alerts/silences", Needs::Admin, How::Takes(Takes::NewSilence)),
    on("DELETE", "/api/alerts/silences/{id}", Needs::Admin, How::Takes(Takes::NoSilence)),
    on("PUT", "/api/alerts/{id}", Needs::Admin, How::Takes(Takes::RuleChange)),
    on("DELETE", "/api/alerts/{id}", Needs::Admin, How::Takes(Takes::NoRule)),
    on("POST", "/api/alerts/{id}/acknowledge", Needs::Admin, How::Takes(Takes::Acknowledge)),
    on("GET", "/api/channels", Needs::Figures, How::Now(channels::list)),
    on("POST", "/api/channels", Needs::Admin, How::Takes(Takes::NewChannel)),
    on("PUT", "/api/channels/{name}", Needs::Admin, How::Takes(Takes::ChannelChange)),
    on("DELETE", "/api/channels/{name}", Needs::Admin, How::Takes(Takes::NoChannel)),
    on("POST", "/api/channels/{name}/test", Needs::Admin, How::Takes(Takes::ChannelTest)),
    on("GET", "/api/channels/{name}/deliveries", Needs::Figures, How::Named(channels::deliveries)),
    on("GET", "/api/reports", Needs::Figures, How::Now(reports::list)),
    on("POST", "/api/reports", Needs::Admin, How::Takes(Takes::NewReport)),
    // ?limit=100
    on("GET", "/api/reports/history", Needs::Figures, How::Now(reports::history)),
    // ?bot=&period=last-week&language=en&sections=&format=html&public_url=
    on("GET", "/api/reports/preview", Needs::Figures, How::List(reports::preview)),
    // ?report=&token=
    on("GET", "/api/reports/unsubscribe", Needs::Nothing, How::Now(unsubscribe::ask)),
    on("POST", "/api/reports/unsubscribe", Needs::Nothing, How::Takes(Takes::Unsubscribe)),
    on("PUT", "/api/reports/{id}", Needs::Admin, How::Takes(Takes::ReportChange)),
    on("DELETE", "/api/reports/{id}", Needs::Admin, How::Takes(Takes::NoReport)),
    on("POST", "/api/reports/{id}/send", Needs::Admin, How::Takes(Takes::SendReport)),
    on("GET", "/api/experiments", Needs::Figures, How::Now(experiments::list)),
    on("POST", "/api/experiments", Needs::Admin, How::Takes(Takes::NewExperiment)),
    on("GET", "/api/experiments/{name}", Needs::Figures, How::Named(experiments::one)),
    on("PATCH", "/api/experiments/{name}", Needs::Admin, How::Takes(Takes::ExperimentChange)),
    on("DELETE", "/api/experiments/{name}", Needs::Admin, How::Takes(Takes::NoExperiment)),
    on("POST", "/api/experiments/{name}/start", Needs::Admin, How::Takes(Takes::StartExperiment)),
    on("POST", "/api/experiments/{name}/pause", Needs::Admin, How::Takes(Takes::PauseExperiment)),
    on("POST", "/api/experiments/{name}/stop", Needs::Admin, How::Takes(Takes::StopExperiment)),
    on("POST", "/api/experiments/{name}/assign", Needs::Write, How::Takes(Takes::Assign)),
    // ?by=device
    on("GET", "/api/experiments/{name}/results", Needs::Figures, How::NamedExplored(experiments::outcome)),
    // ?variant=&other_variant=&days=7
    on("GET", "/api/experiments/{name}/compare", Needs::Figures, How::NamedExplored(experiments::compare)),
];

impl Endpoint {
    fn answers(&self, method: &Method) -> bool {
        self.method == method.as_str() || self.method == "GET" && *method == Method::HEAD
    }

    /// A refusal in the envelope of its answers.
    pub fn refusal(&self, refusal: &Failure) -> Response {
        match self.how {
            How::Legacy(_) => refusal.legacy_answer(),
            _ => refusal.answer(),
        }
    }

    /// What stands in a path where this one's has a name; `None` where it is another path.
    fn named<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (before, name) = self.path.split_once('{')?;
        let (_, after) = name.split_once('}')?;
        let name = path.strip_suffix('/').unwrap_or(path).strip_prefix(before)?.strip_suffix(after)?;
        (!name.is_empty() && !name.contains('/')).then_some(name)
    }

    /// The same; empty where it has no name.
    fn name<'p>(&self, path: &'p str) -> &'p str {
        self.named(path).unwrap_or("")
    }
}

/// What one path answers to, method by method.
type Place = &'static [Endpoint];

/// All places, and the way to them.
struct Places {
    all: Vec<Place>,
    by_path: HashMap<&'static str, usize, ahash::RandomState>,
    /// Those with a name in their path.
    named: Vec<usize>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let all: Vec<Place> = ENDPOINTS.chunk_by(|one, other| one.path == other.path).collect();
    let (named, fixed) = (0..all.len()).partition::<Vec<_>, _>(|place| all[*place][0].path.contains('{'));
    let by_path = fixed.into_iter().map(|place| (all[place][0].path, place)).collect();
    Places { all, by_path, named }
});

/// The number of what is at a path. A slash at its end makes no difference.
fn number(path: &str) -> Option<usize> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let known = PLACES.by_path.get(path).copied();
    known.or_else(|| PLACES.named.iter().copied().find(|place| PLACES.all[*place][0].named(path).is_some()))
}

fn at_path(path: &str) -> Place {
    number(path).map_or(&[], |place| PLACES.all[place])
}

/// What answers a request.
pub fn endpoint(path: &str, method: &Method) -> Option<&'static Endpoint> {
    at_path(path).iter().find(|endpoint| endpoint.answers(method))
}

/// What is needed for an endpoint, as the documentation names it: its path as it is written above, its method in small letters.
pub fn needs(path: &str, method: &str) -> Needs {
    let is = |endpoint: &&Endpoint| endpoint.path == path && endpoint.method.eq_ignore_ascii_case(method);
    ENDPOINTS.iter().find(is).unwrap_or_else(|| panic!("there is no {method} {path}")).needs
}

/// Every path by its name, for those who count; what is below has none of its own.
pub static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| PLACES.all.iter().map(|place| place[0].path).chain([PAGES, UNKNOWN]).collect());
const PAGES: &str = "(pages)";
const UNKNOWN: &str = "(unknown)";

/// The place in `NAMES` of what a path leads to.
pub fn place(path: &str) -> usize {
    let is_page =
        || !path.starts_with("/api/") && (path.starts_with("/assets/") || !path[1.min(path.len())..].contains('/'));
    let none = || PLACES.all.len() + usize::from(!is_page());
    number(path).unwrap_or_else(none)
}

/// The methods that a path answers to, as `Allow` lists them.
fn allowed(path: &str) -> String {
    let methods =
        at_path(path).iter().map(|endpoint| if endpoint.method == "GET" { "GET, HEAD" } else { endpoint.method });
    methods.collect::<Vec<_>>().join(", ")
}

/// One look at the path decides: filters that try one path after the other cost more than most answers.
pub fn all(app: App) -> BoxedFilter<(Response,)> {
    let missing = warp::any().map(not_found);
    let others = pages::pages().or(missing).unify().boxed();
    takes(app.clone()).or(gets(app)).unify().or(others).unify().boxed()
}

/// What is asked for, and what is asked for in a way that is not answered.
fn gets(app: App) -> Route {
    let known = warp::path::full().and(warp::method()).and_then(|full: FullPath, method: Method| {
        let found = endpoint(full.as_str(), &method).map(Ok);
        let found = found.or_else(|| at_path(full.as_str()).first().map(|_| Err(allowed(full.as_str()))));
        std::future::ready(found.map(|found| (found, full)).ok_or_else(warp::reject::not_found))
    });
    let answered = move |(found, full): (Result<&'static Endpoint, String>, FullPath), query: String, caller| {
        let app = app.asked_by(caller);
        async move {
            let endpoint = match found {
                Ok(endpoint) => endpoint,
                Err(allowed) => return method_not_allowed(&allowed),
            };
            match endpoint.how {
                How::Question(question) => or_failure(answer(&app, endpoint.path, &query, question)),
                How::Legacy(question) => {
                    answer(&app, endpoint.path, &query, question).unwrap_or_else(|failure| failure.legacy_answer())
                }
                How::Explored(question) => match kept(&app, endpoint.path, &query) {
                    Some(response) => response,
                    None => {
                        let asked = app.clone();
                        let place = app.readers.explore().await;
                        let read = move || answer_anew(&asked, endpoint.path, &query, question);
                        in_place(place, read).await
                    }
                },
                How::Now(handler) => or_failure(Params::parse(&query).and_then(|params| handler(&app, params))),
                How::Blocking(handler) => blocking(move || handler(&app, Params::parse(&query)?)).await,
                How::List(handler) => {
                    let asked = app.clone();
                    listed(&app, move || handler(&asked, Params::parse(&query)?)).await
                }
                How::Named(handler) | How::NamedExplored(handler) => {
                    let asked = app.clone();
                    let read = move || handler(&asked, Params::parse(&query)?, endpoint.name(full.as_str()));
                    match endpoint.how {
                        How::NamedExplored(_) => in_place(app.readers.explore().await, read).await,
                        _ => listed(&app, read).await,
                    }
                }
                How::Takes(_) => unreachable!("these have been tried before"),
            }
        }
    };
    known.and(query()).and(caller()).then(answered).boxed()
}

/// What takes something.
fn takes(app: App) -> Route {
    let known = warp::path::full().and(warp::method()).and_then(|full: FullPath, method: Method| {
        let found = if is_get(&method) { None } else { endpoint(full.as_str(), &method) };
        let found = found.and_then(|endpoint| match endpoint.how {
            How::Takes(takes) => Some((takes, endpoint, full)),
            _ => None,
        });
        std::future::ready(found.ok_or_else(warp::reject::not_found))
    });
    known
        .and(query())
        .and(caller())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(
            move |(takes, endpoint, full): (Takes, &'static Endpoint, FullPath),
                  query,
                  caller,
                  headers: HeaderMap,
                  parts| {
                let app = app.asked_by(caller);
                async move {
                    let body = match Body::new(&headers, parts) {
                        Ok(body) => body,
                        Err(failure) => return failure.answer(),
                    };
                    or_failure(take(takes, app, endpoint.name(full.as_str()), query, headers, body).await)
                }
            },
        )
        .boxed()
}

async fn take(takes: Takes, app: App, name: &str, query: String, headers: HeaderMap, body: Body) -> Answered {
    match takes {
        Takes::Events => return events::ingest(app, query, headers, body).await,
        Takes::Chat => return chat::chat(app, query, headers, body).await,
        Takes::Unsubscribe => return unsubscribe::leave(app, Params::parse(&query)?).await,
        Takes::EraseUser => return erasures::erase(app, name, Params::parse(&query)?, Subject::User).await,
        Takes::EraseSession => return erasures::erase(app, name, Params::parse(&query)?, Subject::Session).await,
        _ => Params::parse(&query)?.finish()?,
    }
    match takes {
        Takes::Events | Takes::Chat | Takes::Unsubscribe | Takes::EraseUser | Takes::EraseSession => {
            unreachable!("taken above")
        }
        Takes::Login => auth::login(app, headers, body).await,
        Takes::Logout => auth::logout(app).await,
        Takes::Password => auth::password(app, headers, body).await,
        Takes::NewUser => accounts::add_user(app, headers, body).await,
        Takes::UserChange => accounts::change_user(app, name, headers, body).await,
        Takes::NoUser => accounts::remove_user(app, name).await,
        Takes::NewKey => accounts::add_key(app, headers, body).await,
        Takes::NoKey => accounts::remove_key(app, name).await,
        Takes::NoLogin => accounts::end_login(app, name).await,
        Takes::Masking => masking::change(app, name, headers, body).await,
        Takes::MaskingTry => masking::attempt(app, name, headers, body).await,
        Takes::NewRule => alerts::add(app, headers, body).await,
        Takes::RuleChange => alerts::change(app, name, headers, body).await,
        Takes::NoRule => alerts::remove(app, name).await,
        Takes::Backtest => alerts::try_out(app, headers, body).await,
        Takes::Acknowledge => alerts::acknowledge(app, name).await,
        Takes::NewSilence => alerts::silence(app, headers, body).await,
        Takes::NoSilence => alerts::end_silence(app, name).await,
        Takes::NewChannel => channels::add(app, headers, body).await,
        Takes::ChannelChange => channels::change(app, name, headers, body).await,
        Takes::NoChannel => channels::remove(app, name).await,
        Takes::ChannelTest => channels::test(app, name).await,
        Takes::Keep => retention::change(app, name, headers, body).await,
        Takes::RunRetention => retention::run_now(app).await,
        Takes::NewReport => reports::add(app, headers, body).await,
        Takes::ReportChange => reports::change(app, name, headers, body).await,
        Takes::NoReport => reports::remove(app, name).await,
        Takes::SendReport => reports::send(app, name, headers, body).await,
        Takes::NewExperiment => experiments::add(app, headers, body).await,
        Takes::ExperimentChange => experiments::change(app, name, headers, body).await,
        Takes::NoExperiment => experiments::remove(app, name).await,
        Takes::StartExperiment => experiments::start(app, name).await,
        Takes::PauseExperiment => experiments::pause(app, name).await,
        Takes::StopExperiment => experiments::stop(app, name, headers, body).await,
        Takes::Assign => experiments::assign(app, name, headers, body).await,
    }
}

pub fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn query() -> impl Filter<Extract = (String,), Error = std::convert::Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// Who asks, where it makes a difference.
fn caller() -> impl Filter<Extract = (Option<Caller>,), Error = std::convert::Infallible> + Clone {
    warp::filters::ext::optional::<Caller>()
}

/// The exact path, nothing more.
pub fn at(path: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    let compared = move |full: FullPath| {
        let is = full.as_str() == path || full.as_str().strip_suffix('/') == Some(path);
        std::future::ready(is.then_some(()).ok_or_else(warp::reject::not_found))
    };
    warp::path::full().and_then(compared).untuple_one()
}

fn or_failure(answered: Answered) -> Response {
    answered.unwrap_or_else(|failure| failure.answer())
}

async fn listed(app: &App, answer: impl FnOnce() -> Answered + Send + 'static) -> Response {
    in_place(app.readers.list().await, answer).await
}

/// Answers while a place is held, if there is one.
async fn in_place<P: Send + 'static>(
    place: Answered<P>,
    answer: impl FnOnce() -> Answered + Send + 'static,
) -> Response {
    let place = match place {
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
    let mut all = std::collections::BTreeMap::<_, Vec<_>>::new();
    for endpoint in ENDPOINTS {
        all.entry(endpoint.path.to_owned()).or_default().push(endpoint.method.to_lowercase());
    }
    all.values_mut().for_each(|methods| methods.sort());
    all.into_iter().collect()
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
            ("/api/sessions/anna", "/api/sessions/{session_id}"),
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
