//! What the tests share: the oracle, the generator of events, the reference load, and servers with their client.

pub mod browser;
pub mod client;
pub mod conformance;
pub mod document;
pub mod generator;
pub mod mail_server;
pub mod oracle;
pub mod oracle_erase;
mod oracle_experiments;
mod oracle_explore;
mod oracle_log;
pub mod oracle_records;
pub mod process;
pub mod receiver;
#[allow(dead_code, reason = "the benches use all of it")]
pub mod reference;
pub mod served;
pub mod small_disk;

use std::time::{Duration, Instant};

/// What a variable of the environment says, for who repeats a test or makes it longer.
///
/// # Panics
/// Where it says no number.
pub fn figure(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

/// How long what comes by itself may take, on a machine that has other things to do.
pub const WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// Looks again and again until it is so.
///
/// # Panics
/// Where it is not after a while.
#[track_caller]
pub fn becomes(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < WITHIN, "not within {WITHIN:?}: {what}");
        std::thread::sleep(POLL);
    }
}
