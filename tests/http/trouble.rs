//! A storage that fails and a queue that is full, seen from outside.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use novahouse::engine::*;
use novahouse::error::{Error, Result};
use novahouse::limits::{QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX};
use novahouse::model::{Bot, Day, Unit};
use novahouse::query::answer::*;
use parking_lot::Mutex;

use super::{clock, oracle};
use crate::support::oracle::Oracle;
use crate::support::served::Served;
use crate::support::{WITHIN, becomes};

/// The oracle behind a storage in trouble.
pub struct Troubled {
    oracle: Oracle,
    /// Each append waits for a word: whether to go on or to fail. Without anyone to give it, it fails.
    words: Mutex<Receiver<bool>>,
    enters: Sender<()>,
    probe_fails: bool,
}

/// The other side of the storage.
pub struct Trouble {
    says: Sender<bool>,
    /// Hears of every append that begins.
    entered: Receiver<()>,
}

impl Troubled {
    pub fn serve(probe_fails: bool) -> (Served, Trouble) {
        let (says, words) = channel();
        let (enters, entered) = channel();
        let engine = Self { oracle: oracle(), words: Mutex::new(words), enters, probe_fails };
        (Served::over(Arc::new(engine), clock()), Trouble { says, entered })
    }
}

impl Engine for Troubled {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        // Most tests do not listen.
        let _ = self.enters.send(());
        match self.words.lock().recv() {
            Ok(true) => self.oracle.append(batches),
            _ => Err(Error::Storage("/var/secret: no space left on device".into())),
        }
    }

    fn retain(&self, _: &KeepOf<'_>, _: &dyn Fn() -> bool) -> Result<Retained> {
        let _ = self.enters.send(());
        match self.words.lock().recv() {
            Ok(true) => Ok(Retained::default()),
            Ok(false) => Err(Error::Storage("/var/secret: no space left on device".into())),
            Err(_) => panic!("over a damaged page"),
        }
    }

    fn would_go(&self, keep: &KeepOf<'_>, stopped: &dyn Fn() -> bool) -> Result<Vec<Gone>> {
        self.retain(keep, stopped).map(|_| Vec::new())
    }

    fn probe(&self) -> Result<()> {
        if self.probe_fails { Err(Error::Storage("cannot read".into())) } else { Ok(()) }
    }

    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        if self.probe_fails {
            Err(Error::corrupt("daily", bot, "bits fell"))
        } else {
            self.oracle.overview(bot, window)
        }
    }

    fn bots(&self) -> Result<Vec<Bot>> {
        self.oracle.bots()
    }
    fn bot(&self, name: &str) -> Result<Bot> {
        self.oracle.bot(name)
    }
    fn today(&self, bot: &str) -> Result<Day> {
        self.oracle.today(bot)
    }
    fn state(&self, bot: &str) -> Result<State> {
        self.oracle.state(bot)
    }
    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        self.oracle.conversations(bot, window)
    }
    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer> {
        self.oracle.engagement(bot, window)
    }
    fn intents(&self, bot: &str, window: Window) -> Result<Intents> {
        self.oracle.intents(bot, window)
    }
    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer> {
        self.oracle.performance(bot, window)
    }
    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        self.oracle.leads(bot, window)
    }
    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>> {
        self.oracle.daily(bot, window)
    }
    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        self.oracle.questions(bot, window, limit)
    }
    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        self.oracle.funnel(bot, window, funnel)
    }
    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        self.oracle.paths(bot, window, shape)
    }
    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        self.oracle.cohorts(bot, window, by)
    }
    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        self.oracle.hours(bot, window, metric)
    }
    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        self.oracle.trial(bot, trial)
    }
    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        self.oracle.variants(bot, window, trial)
    }
    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        self.oracle.variant_shown(bot, unit, id, experiment)
    }
    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.oracle.sessions(bot, filter)
    }
    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.oracle.session(bot, session_id)
    }
    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.oracle.export(bot, what, window, sink)
    }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const MESSAGE: &str = r#"{"type":"message","session_id":"s"}"#;

#[test]
fn a_storage_error_is_503_without_its_innards_and_everyone_hears_it() {
    let (served, trouble) = Troubled::serve(false);
    drop(trouble);
    let answer = served.post(&[JSON], MESSAGE);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("storage_unavailable")));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(!answer.text().contains("secret"), "{answer:?}");
    assert_eq!(served.get("/api/health").json()["ingest"]["failed_requests"], 1);
}

#[test]
fn health_that_cannot_read_is_unhealthy() {
    let (served, _trouble) = Troubled::serve(true);
    for path in ["/api/health", "/api/chatbot/health"] {
        let answer = served.get(path);
        assert_eq!((answer.status, answer.json()["status"].as_str()), (503, Some("unhealthy")));
    }
    let answer = served.get("/api/analytics/overview");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("storage_unavailable")));
    assert!(!answer.text().contains("bits fell"), "{answer:?}");
}

/// More requests than the queue holds: each is stored or refused at once, none hangs, none is lost.
#[test]
fn a_full_queue_is_503_at_once_and_what_was_queued_is_stored() {
    let (served, trouble) = Troubled::serve(false);
    let submit = || {
        let room = served.ingest.room(1).unwrap();
        served.ingest.submit(Batch { events: vec![event()], ..Batch::default() }, room)
    };
    // The writer holds the first; once it has it, the queue takes as many as it is long.
    let mut queued = vec![submit().unwrap()];
    trouble.entered.recv_timeout(Duration::from_secs(30)).unwrap();
    queued.extend((0..QUEUE_REQUESTS_MAX).map(|_| submit().unwrap()));
    let refused = served.post(&[JSON], MESSAGE);
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("overloaded")));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(served.get("/api/analytics/overview").status, 200, "questions are answered");

    (0..queued.len()).for_each(|_| trouble.says.send(true).unwrap());
    let stored = queued.len() as u64;
    for outcome in queued {
        assert_eq!(outcome.blocking_recv().unwrap().unwrap().accepted, 1);
    }
    assert_eq!(served.get("/api/analytics/overview").json()["overview"]["total_conversations"], stored);
    assert_eq!(served.post(&[JSON], MESSAGE).status, 200, "and it goes on");
}

/// What was refused had been received and parsed before: at twice what the server can take it was busy with refusals.
#[test]
fn where_there_is_no_room_a_body_is_refused_unread() {
    let (served, _trouble) = Troubled::serve(false);
    let others = served.ingest.room(QUEUE_BYTES_MAX - 1_000).unwrap();
    let no_json = "x".repeat(2_000_000);
    let mut client = served.client();
    for _ in 0..2 {
        // The connection goes on, although the server did not want what came over it.
        let refused = client.send("POST", "/api/events", &[JSON], no_json.as_bytes()).unwrap();
        assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("overloaded")));
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    drop(others);
    assert_eq!(client.send("POST", "/api/events", &[JSON], no_json.as_bytes()).unwrap().status, 400);
    assert_eq!(served.ingest.stats().queued_bytes, 0, "all room is given back");
}

fn event() -> novahouse::model::Event {
    let context = novahouse::model::wire::Context::at(clock().now_ms());
    novahouse::model::wire::parse(MESSAGE, &context).unwrap().event
}

const RUN: &str = "/api/retention/runs/now";
const LAST: &str = "/api/retention/runs/last";
const NEXT: &str = "/api/retention/runs/next";

#[test]
fn one_run_of_retention_is_under_way_at_a_time_and_the_next_one_comes_after_any_end() {
    let (served, trouble) = Troubled::serve(false);
    let run = || served.client().send("POST", RUN, &[], b"").unwrap();
    let is_over = || served.get(LAST).json()["under_way"].is_null();
    let failed = || served.get(LAST).json()["last"]["failed"].clone();
    assert_eq!(run().status, 200);
    trouble.entered.recv_timeout(WITHIN).unwrap();
    for refused in [run(), served.get(NEXT)] {
        let told = refused.json();
        assert_eq!((refused.status, &told["code"]), (409, &serde_json::json!("conflict")), "{refused:?}");
        assert!(told["error"].as_str().unwrap().contains("retention is under way since 20"), "{told}");
    }
    assert!(served.get(LAST).json()["under_way"]["by"].is_string());
    trouble.says.send(true).unwrap();
    becomes("the run is over", is_over);
    assert_eq!(failed(), false);

    assert_eq!(run().status, 200);
    trouble.says.send(false).unwrap();
    becomes("the run is over", is_over);
    assert_eq!(failed(), true);
    assert!(!served.get(LAST).text().contains("secret"));

    // Several are told what one look finds; whoever is told nothing hears so, too.
    let looks: Vec<_> = (0..3)
        .map(|_| served.client())
        .map(|mut client| std::thread::spawn(move || client.get(NEXT).unwrap()))
        .collect();
    trouble.says.send(false).unwrap();
    trouble.says.send(false).unwrap();
    trouble.says.send(false).unwrap();
    for look in looks {
        let answer = look.join().unwrap();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("storage_unavailable")));
    }
    drop(trouble);
    assert_eq!(served.get(NEXT).status, 503, "it panicked");
    assert_eq!(run().status, 200);
    becomes("the run is over", is_over);
    assert_eq!(failed(), true);
}
