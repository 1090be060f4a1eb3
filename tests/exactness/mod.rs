//! Random events, in any order and batching, over checkpoints, restarts and crashes, in any zone: the answers are the
//! oracle's, and a recount agrees.

mod drill;
mod examples;
mod heavy;

use std::ops::Range;
use std::path::Path;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::Zone;
use novahouse::store::{Options, RedbEngine, check};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::support::conformance::same_answers;
use crate::support::figure;
use crate::support::generator::{Generator, pick};
use crate::support::oracle::Oracle;

pub const ZONES: [&str; 6] =
    ["UTC", "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"];
/// Around the nights when clocks change in Europe, America and Australia, and an ordinary noon.
pub const NOWS: [&str; 5] = [
    "2026-03-29T12:00:00Z",
    "2026-10-25T00:59:59Z",
    "2026-11-01T23:00:00Z",
    "2026-04-05T09:30:00Z",
    "2026-11-24T12:00:00Z",
];

pub fn ms(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

/// Events for a batch, some with one of a few idempotency keys.
fn keyed_events(generator: &mut Generator) -> (Option<Box<str>>, Vec<novahouse::model::Event>) {
    let random = generator.random();
    let key = random.random_bool(0.3).then(|| format!("key-{}", random.random_range(0..5)).into());
    let size = random.random_range(0..60);
    (key, generator.events(size))
}

/// The engine after a checkpoint, a restart, a crash or nothing of it.
pub fn carried_on(engine: RedbEngine, dir: &Path, options: &Options, random: &mut SmallRng) -> RedbEngine {
    match random.random_range(0..6) {
        0 => {
            engine.checkpoint().unwrap();
            return engine;
        }
        1 => engine.close().unwrap(),
        3 => {
            engine.give_back(&|| false).unwrap();
            return engine;
        }
        // As if killed: nothing is written back.
        2 => {}
        _ => return engine,
    }
    drop(engine);
    RedbEngine::open(dir, options).unwrap()
}

/// Of so many lives, other ones every day; a failure prints the one to set in `NOVAHOUSE_TEST_SEED`.
pub fn seeds() -> Range<u64> {
    let lives = figure("NOVAHOUSE_TEST_LIVES").unwrap_or(24);
    let first = figure("NOVAHOUSE_TEST_SEED").unwrap_or(Clock::System.now_ms() as u64 / 86_400_000 * 1_000);
    first..first + lives
}

/// One life of a data directory.
fn live(seed: u64) {
    println!("seed {seed}");
    let mut generator = Generator::new(seed, 0);
    let zone: Zone = pick(generator.random(), &ZONES).parse().unwrap();
    let now_ms = ms(pick::<&str>(generator.random(), &NOWS));
    let mut generator = Generator::new(seed, now_ms);
    let clock = Clock::fixed(now_ms);
    let options = Options { zone, clock: clock.clone(), names_waiting_max: 5, ..Options::default() };
    let oracle = Oracle::new(zone, clock);
    let dir = tempfile::tempdir().unwrap();
    let mut engine = RedbEngine::open(dir.path(), &options).unwrap();
    for round in 0..6 {
        let group: Vec<_> = (0..generator.random().random_range(1..4)).map(|_| keyed_events(&mut generator)).collect();
        let copies = |group: &[(Option<Box<str>>, Vec<novahouse::model::Event>)]| -> Vec<Batch> {
            group
                .iter()
                .map(|(key, events)| Batch { idempotency_key: key.clone(), events: events.clone(), ..Batch::default() })
                .collect()
        };
        let (receipts, right) = (engine.append(copies(&group)).unwrap(), oracle.append(copies(&group)).unwrap());
        assert_eq!(receipts, right, "seed {seed}, round {round}");
        engine = carried_on(engine, dir.path(), &options, generator.random());
        if round % 2 == 1 {
            let reader = RedbEngine::open_read_only(dir.path(), &options).unwrap();
            same_answers(&reader, &oracle, &format!("seed {seed}, round {round}, a reader beside it"));
        }
        same_answers(&engine, &oracle, &format!("seed {seed}, round {round}"));
    }
    drop(engine);
    let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
    assert!(differences.is_empty(), "seed {seed}: {differences:?}");
}

#[test]
fn answers_equal_the_oracles_whatever_happens() {
    seeds().for_each(live);
}
