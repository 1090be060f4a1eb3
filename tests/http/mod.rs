//! The API over a real socket: contract.md line by line, what is refused and how, and what overload looks like.

mod bodies;
mod chat;
mod contract;
mod door;
mod explore;
pub mod hostile;
mod idle;
mod ingest;
mod kept;
mod openapi;
mod operable;
mod pages;
mod refused;
pub mod smuggled;
mod tls;
mod trouble;
mod upstream;

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::http::Door;
use novahouse::store::{Options, RedbEngine};
use serde_json::Value;

use crate::support::client::Answer;
use crate::support::oracle::Oracle;
use crate::support::served::Served;

/// A Tuesday, ten in the morning.
const NOW: &str = "2026-03-31T10:00:00Z";

fn clock() -> Clock {
    Clock::fixed(chrono::DateTime::parse_from_rfc3339(NOW).unwrap().timestamp_millis())
}

/// A server on a new data directory, which goes with it.
struct Fresh {
    served: Served,
    _dir: tempfile::TempDir,
}

impl Fresh {
    fn new() -> Self {
        Self::behind(Door::default())
    }

    fn behind(door: Door) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { clock: clock(), ..Options::default() };
        let engine = RedbEngine::open(dir.path(), &options).unwrap();
        Self { served: Served::behind(door, Arc::new(engine), clock()), _dir: dir }
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.served.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        answer.json()
    }

    fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.served.post(&[("Content-Type", "application/x-ndjson")], body)
    }
}

fn oracle() -> Oracle {
    Oracle::new(novahouse::model::Zone::UTC, clock())
}

/// # Panics
/// Unless everything that was expected is in the answer with the value expected; objects may hold more.
#[track_caller]
fn has(answer: &Value, expected: &Value) {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            for (key, value) in expected {
                has(answer.get(key).unwrap_or_else(|| panic!("`{key}` is missing in {answer:?}")), value);
            }
        }
        (Value::Array(answer), Value::Array(expected)) => {
            assert_eq!(answer.len(), expected.len(), "{answer:?} instead of {expected:?}");
            answer.iter().zip(expected).for_each(|(answer, expected)| has(answer, expected));
        }
        _ => assert_eq!(answer, expected),
    }
}

/// The keys of an object, in order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}
