//! Experiments: set, run and decided on over the API; in the chat, and for bots of others.

mod access;
mod assigning;
mod chat;
mod command;
mod compare;
mod results;

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::engine::{Engine, ExportType, Record, Window};
use novahouse::settings::Document;
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};

use crate::support::becomes;
use crate::support::client::Answer;
use crate::support::served::Served;

/// 2026-03-31T10:00:00Z.
const NOW_MS: i64 = 1_774_951_200_000;
const DAY_MS: i64 = 86_400_000;
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A server over a store that outlives it.
struct Lab {
    engine: Arc<RedbEngine>,
    served: Served,
    clock: Clock,
    dir: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        Self::with(|options| options)
    }

    fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
        let engine = Arc::new(RedbEngine::open(dir.path(), &change(options(&clock))).unwrap());
        let served = Served::over(engine.clone(), clock.clone());
        Self { engine, served, clock, dir }
    }

    /// As after a crash: nothing is written back, and no one remembers anything.
    fn restarted(self) -> Self {
        let Self { engine, served, clock, dir } = self;
        let settings = served.settings.now();
        served.ingest.stop();
        drop(served);
        // Whoever answered last may hold it still.
        becomes("no one holds the engine", || Arc::strong_count(&engine) == 1);
        drop(engine);
        let engine = Arc::new(RedbEngine::open(dir.path(), &options(&clock)).unwrap());
        let served = Served::over(engine.clone(), clock.clone());
        let same = |document: &mut Document| {
            document.clone_from(&settings);
            Ok(())
        };
        served.settings.change(same).unwrap();
        Self { engine, served, clock, dir }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.served.client().send(method, path, &[JSON], text.as_bytes()).expect("an answer")
    }

    #[track_caller]
    fn good(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, &body);
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        answer.json()
    }

    fn move_clock(&self, ms: i64) {
        let Clock::Fixed(now_ms) = &self.clock else { unreachable!("it was made so") };
        now_ms.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }

    /// Adds and starts one, of two variants.
    fn run(&self, name: &str, changes: Value) {
        self.good("POST", "/api/experiments", experiment(name, changes));
        self.good("POST", &format!("/api/experiments/{name}/start"), Value::Null);
    }

    fn results(&self, name: &str, query: &str) -> Value {
        self.good("GET", &format!("/api/experiments/{name}/results{query}"), Value::Null)
    }

    /// Everything that is stored, as it is told.
    fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut sink = |record: Record| {
            if let Record::Event(event) = record {
                events.push(event);
            }
            Ok(())
        };
        self.engine.export("default", ExportType::Events, Window::Days(60), &mut sink).unwrap();
        events
    }

    fn exposures(&self) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["type"] == "exposure").collect()
    }
}

fn options(clock: &Clock) -> Options {
    Options { clock: clock.clone(), ..Options::default() }
}

fn experiment(name: &str, changes: Value) -> Value {
    let mut experiment = json!({
        "name": name, "primary": {"metric": "lead_rate"},
        "variants": [{"name": "plain", "weight": 1}, {"name": "warm", "weight": 1}],
    });
    changes.as_object().unwrap().iter().for_each(|(field, value)| experiment[field] = value.clone());
    experiment
}
