//! Alerts: what is watched agrees with a naive recount, what fires is told once, and messages reach real receivers on loopback
//! that also fail, dawdle and hang.

mod access;
mod backtest;
mod command;
mod delivery;
mod mail;
mod restored;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use novahouse::alert::{Desk, Rule};
use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::ingest::Ingest;
use novahouse::language::Language;
use novahouse::model::{Event, Kind, Performance};
use novahouse::notify::{Channel, Secret, Webhook};
use novahouse::settings::{Document, Settings};
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::receiver::Receiver;
use crate::support::{WITHIN, becomes};

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// 2026-03-20T10:00:30Z, a week before the clocks of Europe change.
const NOW_MS: i64 = 1_774_000_830_000;

/// A desk over an engine, with a clock that the test moves; it may go down and come up again.
struct Watched {
    dir: tempfile::TempDir,
    clock: Clock,
    engine: Arc<RedbEngine>,
    settings: Arc<Settings>,
    desk: Desk,
    /// Brings letters until it is dropped.
    _office: Runtime,
}

impl Watched {
    fn new() -> Self {
        Self::of(tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS))
    }

    fn of(dir: tempfile::TempDir, clock: Clock) -> Self {
        let options = Options { clock: clock.clone(), zone: "Europe/Warsaw".parse().unwrap(), ..Options::default() };
        let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
        let settings = Arc::new(Settings::load(dir.path()).unwrap());
        let shared: Arc<dyn Engine> = engine.clone();
        let ingest = Ingest::start(shared.clone()).unwrap();
        let desk =
            Desk::open(dir.path(), shared, ingest, settings.clone(), clock.clone(), Some(PUBLIC_URL.into())).unwrap();
        let runtime = Runtime::new().unwrap();
        runtime.spawn(desk.office.clone().run());
        Self { dir, clock, engine, settings, desk, _office: runtime }
    }

    /// Goes down, whatever is on its way, and comes up again on what is on the disk.
    fn restart(self) -> Self {
        let Self { dir, clock, engine, settings: _, desk, _office } = self;
        // What is being written down is waited for: it would land on what the next one writes.
        _office.shutdown_timeout(WITHIN);
        drop(desk);
        engine.close().unwrap();
        becomes("the writer's thread lets go of the file", || Arc::strong_count(&engine) == 1);
        drop(engine);
        Self::of(dir, clock)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn pass(&self, ms: i64) {
        let Clock::Fixed(now_ms) = &self.clock else { unreachable!("it was made so") };
        now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// The clock goes on by minutes, and the rules are looked at in each.
    fn minutes(&self, count: i64) {
        for _ in 0..count {
            self.pass(MINUTE_MS);
            self.desk.watch.look();
        }
    }

    fn webhook(&self, name: &str, receiver: &Receiver) {
        let url = Secret(receiver.url("/hook"));
        let channel =
            Channel::Webhook(Webhook { url, secret: Some(Secret("a signing secret".into())), language: Language::En });
        self.change(|document| document.channels.insert(name.to_owned(), channel));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Document) -> T) -> T {
        self.settings.change(|document| Ok(change(document))).unwrap()
    }

    fn rule(&self, body: Value) -> String {
        let rule = rule(body);
        self.settings.change(|document| document.alerts.add(rule, &document.channels)).unwrap()
    }

    /// So many requests now, each of so many ms.
    fn requests(&self, count: u32, response_time_ms: u32) {
        let events = (0..count).map(|_| request(self.now_ms(), "/chat", response_time_ms, 200)).collect();
        self.engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    }
}

fn request(timestamp_ms: i64, endpoint: &str, response_time_ms: u32, status: u16) -> Event {
    let performance = Performance {
        endpoint: endpoint.into(),
        response_time_ms: Some(response_time_ms),
        status_code: Some(status),
        error_message: None,
        memory_micro_mb: None,
        cpu_micro_percent: None,
    };
    Event {
        bot: "default".into(),
        id: None,
        timestamp_ms,
        session_id: None,
        user_id: None,
        kind: Kind::Performance(performance),
    }
}

/// A rule that fires above a second, changed in these fields.
fn rule(changes: Value) -> Rule {
    let mut body = json!({
        "name": "Slow", "metric": "response_p95_ms", "window_hours": 1, "condition": "above", "threshold": 1000,
        "channels": ["ops"],
    });
    for (field, value) in changes.as_object().expect("fields") {
        body[field] = value.clone();
    }
    serde_json::from_value::<Rule>(body).unwrap().checked().unwrap()
}

/// Where people reach the server.
const PUBLIC_URL: &str = "https://chat.example.com";

/// The file that states and letters are written to.
fn book(dir: &Path) -> std::path::PathBuf {
    dir.join("notices.json")
}
