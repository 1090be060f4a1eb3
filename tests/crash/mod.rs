//! Power is lost at every sync in turn, and of what was not synced any part is there: what was acknowledged is there
//! afterwards, what was not is there whole or not at all, and nothing is counted twice.
//!
//! `NOVAHOUSE_TEST_CRASHES=5000 cargo test crash:: -- --nocapture` tries so many torn disks; each failure prints its seed,
//! which `NOVAHOUSE_TEST_SEED` takes.

mod backend;
mod erase;
mod failing;
mod give_back;
mod retain;

use std::collections::BTreeSet;

use backend::{Disk, Fate, FrozenDisk};
use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine, ExportType, Record, Window};
use novahouse::limits::BLOCK_EVENTS;
use novahouse::model::{Event, wire};
use novahouse::store::{FILE_NAME, Options, RedbEngine, check};
use redb::{ReadableDatabase, ReadableTableMetadata};

use crate::support::figure;

const NOW_MS: i64 = 1_790_000_000_000;
const EVENTS_PER_BATCH: usize = 7;
const BATCHES: usize = 12;
/// How ids begin of what is there before.
const BEFORE: &str = "before-";
/// After these batches a checkpoint is taken.
const CHECKPOINTS_AFTER: [usize; 3] = [3, 7, 8];

fn options() -> Options {
    Options { clock: Clock::fixed(NOW_MS), names_waiting_max: 3, ..Options::default() }
}

fn event(batch: usize, place: usize) -> Event {
    let number = batch * EVENTS_PER_BATCH + place;
    let timestamp_ms = NOW_MS - (number as i64 * 7_919_000) % (20 * 86_400_000);
    let json = match place % 4 {
        3 => format!(
            r#"{{"type":"lead","id":"e{number}","session_id":"s{}","timestamp":{timestamp_ms},"interested_package":"p{}"}}"#,
            number % 9,
            number % 2
        ),
        2 => format!(
            r#"{{"type":"performance","id":"e{number}","endpoint":"/chat","response_time_ms":{number},"timestamp":{timestamp_ms}}}"#
        ),
        _ => format!(
            r#"{{"type":"message","id":"e{number}","session_id":"s{}","user_id":"u{}","intent":"i{}","user_message":"what does number {number} cost","timestamp":{timestamp_ms}}}"#,
            number % 9,
            number % 5,
            number % 3
        ),
    };
    wire::parse(&json, &wire::Context::at(NOW_MS)).expect("a good event").event
}

fn batch(number: usize) -> Batch {
    Batch {
        idempotency_key: Some(format!("key-{number}").into()),
        events: (0..EVENTS_PER_BATCH).map(|place| event(number, place)).collect(),
        ..Batch::default()
    }
}

/// Appends until the disk freezes. Returns the batches that were acknowledged while it still persisted.
fn run(disk: &Disk) -> usize {
    let Ok(engine) = RedbEngine::open_backend(disk.backends(), &options()) else { return 0 };
    let mut acknowledged = 0;
    for number in 0..BATCHES {
        if engine.append(vec![batch(number)]).is_ok() && !disk.is_frozen() {
            acknowledged = number + 1;
        }
        if CHECKPOINTS_AFTER.contains(&number) && engine.checkpoint().is_err() {
            break;
        }
    }
    acknowledged
}

/// Those of what `run` stores.
fn stored_ids(engine: &RedbEngine) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut sink = |record: Record| {
        let Record::Event(event) = record else { panic!("an event was expected") };
        let id = event["id"].as_str().expect("every event has an id").to_owned();
        assert!(ids.insert(id), "an event is stored twice");
        Ok(())
    };
    engine.export("default", ExportType::Events, Window::Days(60), &mut sink).expect("the log can be read");
    ids.retain(|id| !id.starts_with(BEFORE));
    ids
}

fn reopened_after(frozen: FrozenDisk, acknowledged: usize, story: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(FILE_NAME), frozen.bytes).expect("the disk is written");
    let engine = RedbEngine::open(dir.path(), &options()).unwrap_or_else(|error| panic!("{story}: {error}"));
    let ids = stored_ids(&engine);
    assert_eq!(ids.len() % EVENTS_PER_BATCH, 0, "{story}: a batch is there in part");
    let stored = ids.len() / EVENTS_PER_BATCH;
    assert!(stored >= acknowledged, "{story}: {acknowledged} batches acknowledged, {stored} stored");
    assert!(stored <= acknowledged + 1, "{story}: a batch that no one sent");

    // Sent again, what is there already adds nothing, by key as by id.
    for number in 0..BATCHES {
        let mut again = batch(number);
        if number % 2 == 0 {
            again.idempotency_key = None;
        }
        let receipt = engine.append(vec![again]).expect("the disk works again").remove(0);
        let known_by_id = number < stored && number % 2 == 0;
        assert_eq!(receipt.duplicates, if known_by_id { EVENTS_PER_BATCH as u64 } else { 0 }, "{story}");
    }
    let ids = stored_ids(&engine);
    assert_eq!(ids.len(), BATCHES * EVENTS_PER_BATCH, "{story}");
    let overview = engine.overview("default", Window::Days(60)).expect("an answer").overview;
    let messages = (0..BATCHES * EVENTS_PER_BATCH).filter(|number| number % EVENTS_PER_BATCH % 4 < 2).count();
    assert_eq!(overview.total_conversations, messages as u64, "{story}");
    engine.close().expect("it closes");
    drop(engine);
    let differences = check(dir.path(), &mut |_, _| {}).expect("it can be checked").differences;
    assert!(differences.is_empty(), "{story}: {differences:?}");
}

/// What a new store begins with. It takes its name only when it is whole, so that every crash finds one.
fn new_file() -> Vec<u8> {
    let new = tempfile::tempdir().expect("a directory");
    RedbEngine::open(new.path(), &options()).expect("a new store");
    std::fs::read(new.path().join(FILE_NAME)).expect("the new file")
}

/// A store whose tail lacks a few events to a block.
fn nearly_a_block() -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a directory");
    let engine = RedbEngine::open(dir.path(), &options()).expect("a new store");
    let event = |number: usize| {
        let json =
            format!(r#"{{"type":"performance","id":"{BEFORE}{number}","endpoint":"/before","timestamp":{NOW_MS}}}"#);
        wire::parse(&json, &wire::Context::at(NOW_MS)).expect("a good event").event
    };
    let events = (0..BLOCK_EVENTS - EVENTS_PER_BATCH * BATCHES / 2).map(event).collect();
    engine.append(vec![Batch { events, ..Batch::default() }]).expect("they are stored");
    drop(engine);
    std::fs::read(dir.path().join(FILE_NAME)).expect("the file")
}

fn blocks(bytes: &[u8]) -> u64 {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(FILE_NAME);
    std::fs::write(&path, bytes).expect("the disk is written");
    let table = redb::TableDefinition::<u64, (u32, i64, i64)>::new("log_index");
    let file = redb::Database::open(path).expect("it can be opened");
    let table = file.begin_read().expect("a snapshot").open_table(table).expect("the index");
    table.len().expect("its rows")
}

/// A few of the syncs, unless more crashes are asked for: each store is read whole.
#[test]
fn a_block_is_sealed_whole_or_not_at_all() {
    let first_seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or_else(|| Clock::System.now_ms() as u64);
    let every = if figure("NOVAHOUSE_TEST_CRASHES").is_some() { 1 } else { 5 };
    let bytes = nearly_a_block();
    let whole = Disk::new(&bytes, usize::MAX);
    assert_eq!(run(&whole), BATCHES);
    let sealed = blocks(&whole.after_the_crash(Fate::Kept, 0).bytes);
    assert_eq!((blocks(&bytes), sealed), (0, 1), "the block is sealed while the disk may fail");
    println!("{} syncs, every {every}th, torn from seed {first_seed}", whole.syncs());
    for crash_at in (1..=whole.syncs()).step_by(every) {
        let disk = Disk::new(&bytes, crash_at);
        let acknowledged = run(&disk);
        let seed = first_seed + crash_at as u64;
        for (fate, seed) in [(Fate::Lost, 0), (Fate::Kept, 0), (Fate::Torn, seed)] {
            let story = format!("sync {crash_at}, {fate:?}, seed {seed}");
            reopened_after(disk.after_the_crash(fate, seed), acknowledged, &story);
        }
    }
}

#[test]
fn acknowledged_batches_survive_a_crash_at_every_sync() {
    let crashes = figure("NOVAHOUSE_TEST_CRASHES").unwrap_or(120);
    let first_seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or_else(|| Clock::System.now_ms() as u64);
    let bytes = new_file();
    let whole = Disk::new(&bytes, usize::MAX);
    assert_eq!(run(&whole), BATCHES);
    let syncs = whole.syncs();
    assert!(syncs > BATCHES, "every commit syncs");
    println!("{syncs} syncs, {crashes} torn disks from seed {first_seed}");
    for crash_at in 1..=syncs {
        let disk = Disk::new(&bytes, crash_at);
        let acknowledged = run(&disk);
        for fate in [Fate::Lost, Fate::Kept] {
            reopened_after(disk.after_the_crash(fate, 0), acknowledged, &format!("sync {crash_at}, {fate:?}"));
        }
        // Spread over the syncs; the seeds of one sync do not depend on how many there are.
        for torn in 0..crashes.div_ceil(syncs as u64) {
            let seed = first_seed + torn * 1_000 + crash_at as u64;
            let story = format!("sync {crash_at} of {syncs}, seed {seed}");
            reopened_after(disk.after_the_crash(Fate::Torn, seed), acknowledged, &story);
        }
    }
}
