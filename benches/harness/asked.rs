//! What one question takes over a connection that is kept.

use std::time::{Duration, Instant};

use super::connection::{Connection, post};
use super::server::Server;
use super::times::Times;

/// A question is asked so often, or for so long.
const TIMES: usize = 200;
const TIMES_AT_LEAST: usize = 3;
const WITHIN: Duration = Duration::from_millis(250);

/// Asks in turn while nothing is done in between.
pub fn still(server: &Server, questions: &[Vec<u8>]) -> Times {
    let mut connection = Connection::open(server.address);
    asked(questions, |question| connection.time(question))
}

/// Asks in turn, each time after a new event of the bot.
pub fn fresh(server: &Server, questions: &[Vec<u8>]) -> Times {
    let mut connection = Connection::open(server.address);
    let event = r#"{"type":"message","session_id":"fresh","user_message":"Is anyone there?","intent":"contact"}"#;
    let event = post("/api/events", "application/json", event);
    asked(questions, |question| {
        connection.time(&event);
        connection.time(question)
    })
}

fn asked(questions: &[Vec<u8>], mut ask: impl FnMut(&[u8]) -> Duration) -> Times {
    let started = Instant::now();
    let mut times = Vec::new();
    for question in questions.iter().cycle().take(TIMES) {
        if times.len() >= TIMES_AT_LEAST && started.elapsed() > WITHIN {
            break;
        }
        times.push(ask(question));
    }
    Times::of(times)
}
