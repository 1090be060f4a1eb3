//! What is damaged, lost or moved: repairs, backups, merges, and files that are not what was written.

mod backup;
mod damage;
mod merge;
mod repair;

use std::path::{Path, PathBuf};

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::Event;
use novahouse::store::{FILE_NAME, Options, RedbEngine};

use crate::support::figure;
use crate::support::generator::Generator;
use crate::support::oracle::Oracle;

const NOW_MS: i64 = 1_774_951_200_000;
const ZONE: &str = "Europe/Warsaw";

fn options() -> Options {
    let clock = Clock::fixed(NOW_MS);
    Options { zone: ZONE.parse().unwrap(), clock, names_waiting_max: 20, ..Options::default() }
}

fn oracle_of(batches: &[Vec<Event>]) -> Oracle {
    let oracle = Oracle::new(ZONE.parse().unwrap(), Clock::fixed(NOW_MS));
    oracle.append(batches.iter().map(|events| batch(events)).collect()).unwrap();
    oracle
}

fn batch(events: &[Event]) -> Batch {
    Batch { events: events.to_vec(), ..Batch::default() }
}

/// So many batches of events without ids, which an oracle would remember for ever.
fn batches(seed: u64, count: usize) -> Vec<Vec<Event>> {
    println!("seed {seed}");
    let mut generator = Generator::new(seed, NOW_MS);
    let mut batch = || {
        let mut events = generator.events(150);
        events.iter_mut().for_each(|event| event.id = None);
        events
    };
    (0..count).map(|_| batch()).collect()
}

/// A data directory that holds them, with a checkpoint in the middle.
fn stored(batches: &[Vec<Event>]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    for (place, events) in batches.iter().enumerate() {
        engine.append(vec![batch(events)]).unwrap();
        if place == batches.len() / 2 {
            engine.checkpoint().unwrap();
        }
    }
    engine.close().unwrap();
    dir
}

fn file(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

/// Another seed every day; a failure prints it.
fn seed() -> u64 {
    figure("NOVAHOUSE_TEST_SEED").unwrap_or_else(|| Clock::System.now_ms() as u64)
}

/// Names in a directory, in order.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
