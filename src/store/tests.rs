//! Extremes and damage, each of which once broke something.

use redb::ReadableTable;
use xxhash_rust::xxh3::xxh3_64;

use super::codec::{decode, decode_columns, encode, encode_columns};
use super::columns::{Effort, Events};
use super::old_blocks::OLD_BLOCKS;
use super::*;
use crate::engine::{Batch, Engine};
use crate::limits::BLOCK_EVENTS;
use crate::limits::{CHECKPOINT_EVENTS_MAX, TRACE_CHUNK_ROWS_MAX};
use crate::model::{Engagement, Kind, Message};

fn event(session: &str, kind: Kind) -> Event {
    Event { bot: DEFAULT_BOT.into(), id: None, timestamp_ms: 5, session_id: Some(session.into()), user_id: None, kind }
}

fn visit(session: &str, pages: Vec<Box<str>>) -> Event {
    event(session, Kind::Engagement(Engagement { pages, ..Engagement::default() }))
}

fn batch(events: Vec<Event>) -> Vec<Batch> {
    vec![Batch { events, ..Batch::default() }]
}

fn opened(dir: &tempfile::TempDir) -> Result<RedbEngine> {
    RedbEngine::open(dir.path(), &Options { cached_rows_max: 4, names_waiting_max: 4, ..Options::default() })
}

/// The places of names that come twice were taken for numbers that come twice, and so on: any client could end the process.
#[test]
fn a_block_of_many_pages_that_come_twice_is_written_and_read() {
    let page = |number: usize| format!("/p/{}", number % 50_000).into();
    let pages = |of: usize| (of * 100..of * 100 + 100).map(page).collect();
    let events: Vec<Event> = (0..BLOCK_EVENTS).map(|number| visit("s", pages(number))).collect();
    let bytes = encode_columns::<Events>(&events, Effort::Small);
    assert!(decode_columns::<Events>(&bytes, "t", 0).unwrap().all().unwrap() == events);
}

/// Traces that are all the same take no bytes: one chunk took them all, until none could be read any more.
#[test]
fn a_chunk_of_traces_that_are_all_the_same_ends() {
    let dir = tempfile::tempdir().unwrap();
    let engine = opened(&dir).unwrap();
    for _ in 0..3 {
        engine.append(batch((0..400).map(|_| visit("s", vec!["/".into(); 100])).collect())).unwrap();
        engine.checkpoint().unwrap();
    }
    let tables = engine.db.tables().unwrap();
    let rows = tables.traces.iter().unwrap().map(|entry| {
        let (key, bytes) = entry.unwrap();
        chunk::Chunk::decode(bytes.value(), key.value()).unwrap().len()
    });
    assert_eq!(rows.collect::<Vec<_>>(), [TRACE_CHUNK_ROWS_MAX, 120_000 - TRACE_CHUNK_ROWS_MAX]);
}

/// A writer that was made anew by half was taken for a whole one, and its next batch overwrote acknowledged events.
#[test]
fn memory_that_cannot_be_made_anew_takes_no_events() {
    let dir = tempfile::tempdir().unwrap();
    let engine = opened(&dir).unwrap();
    let mut first = batch((0..40).map(|number| visit(&format!("s{number}"), Vec::new())).collect());
    first[0].idempotency_key = Some("k".into());
    engine.append(first).unwrap();
    engine.checkpoint().unwrap();
    let transaction = engine.db.begin_write().unwrap();
    transaction.open_table(tables::SESSIONS).unwrap().insert(0, &[9u8, 9][..]).unwrap();
    {
        let mut answers = transaction.open_table(tables::IDEMPOTENCY).unwrap();
        let key = answers.first().unwrap().unwrap().0.value();
        answers.insert(key, &[9u8, 9][..]).unwrap();
    }
    transaction.commit().unwrap();
    for _ in 0..3 {
        assert!(engine.append(batch(vec![visit("s0", Vec::new())])).is_err());
    }
    assert!(engine.append(batch(vec![visit("new", Vec::new())])).is_err());
    let mut events = 0;
    let count = |stretch: read::Stretch| {
        events += stretch.events.len();
        Ok(std::ops::ControlFlow::Continue(()))
    };
    // One of the refused ones is in the log: its fold was what failed.
    assert_eq!(read::scan_log(&engine.db.tables().unwrap(), 0, None, count).unwrap(), 41);
    assert_eq!(events, 41);
}

#[test]
fn an_index_that_says_more_than_its_block_holds_is_damage() {
    for beyond_the_block in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let engine = opened(&dir).unwrap();
        engine.append(batch((0..BLOCK_EVENTS).map(|_| visit("s", Vec::new())).collect())).unwrap();
        engine.close().unwrap();
        let transaction = engine.db.begin_write().unwrap();
        let events = BLOCK_EVENTS as u64;
        transaction.open_table(tables::LOG_INDEX).unwrap().insert(0, (events as u32 + 1_024, 0, i64::MAX)).unwrap();
        let checkpoint = if beyond_the_block { events + 100 } else { events - 1 };
        transaction.open_table(META).unwrap().insert(meta::CHECKPOINT, checkpoint).unwrap();
        transaction.commit().unwrap();
        drop(engine);
        assert!(matches!(opened(&dir).map(|_| ()), Err(crate::error::Error::Corrupt { .. })));
    }
}

/// Blocks were once sealed by number alone.
#[test]
fn blocks_of_an_older_layout_may_weigh_more_than_one_does_now() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layout-2/novahouse.redb.zst");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE_NAME), zstd::decode_all(&*std::fs::read(golden).unwrap()).unwrap()).unwrap();
    let heavy = Message { user_message: Some("x".repeat(20_000).into()), ..Message::default() };
    let heavy: Vec<Event> = (0..BLOCK_EVENTS).map(|_| event("s", Kind::Message(heavy.clone()))).collect();
    let end = {
        let db = redb::Database::open(dir.path().join(FILE_NAME)).unwrap();
        let transaction = db.begin_write().unwrap();
        transaction.open_table(tables::LOG_TAIL).unwrap().retain(|_, _| false).unwrap();
        let mut index = transaction.open_table(tables::LOG_INDEX).unwrap();
        let end = index.last().unwrap().map_or(0, |(first, info)| first.value() + u64::from(info.value().0));
        index.insert(end, (BLOCK_EVENTS as u32, 0, i64::MAX)).unwrap();
        drop(index);
        transaction.open_table(OLD_BLOCKS).unwrap().insert(end, &old_block(&heavy)[..]).unwrap();
        transaction.commit().unwrap();
        end
    };
    let engine = opened(&dir).unwrap();
    assert_eq!(engine.writer.lock().next_seq, end + BLOCK_EVENTS as u64);
    let found = read::events_at(&engine.db.tables().unwrap(), &[end, end + BLOCK_EVENTS as u64 - 1]).unwrap();
    assert!(found.iter().all(|(_, event)| *event == heavy[0]));
}

fn old_block(events: &[Event]) -> Vec<u8> {
    let raw = bincode::serde::encode_to_vec(events, bincode::config::standard()).unwrap();
    let packed = zstd::bulk::compress(&raw, 1).unwrap();
    let mut fields = vec![1];
    fields.extend((events.len() as u32).to_le_bytes());
    fields.extend([0; 16]);
    fields.extend((raw.len() as u32).to_le_bytes());
    let checksum = xxh3_64(&[&fields[..], &packed].concat());
    fields.extend(checksum.to_le_bytes());
    fields.extend(packed);
    fields
}

/// One bit turned a length of 125 into one of 3,399,988,123,389,603,631, which no allocator gives.
#[test]
fn a_length_that_was_damaged_is_not_believed() {
    let lead = event(&"s".repeat(125), Kind::Lead(crate::model::Lead::default()));
    let mut bytes = encode(&lead);
    let length = bytes.iter().position(|byte| *byte == 125).unwrap();
    bytes[length] ^= 0x80;
    assert!(decode::<Event>(&bytes, "leads", 0).is_err());
}

/// Whoever reads a file that is being recounted would fold all of it, in memory.
#[test]
fn a_reader_does_not_fold_a_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &Options::default()).unwrap();
    for _ in 0..=2 * CHECKPOINT_EVENTS_MAX / 10_000 {
        engine.append(batch((0..10_000).map(|_| visit("s", Vec::new())).collect())).unwrap();
    }
    engine.close().unwrap();
    let transaction = engine.db.begin_write().unwrap();
    transaction.open_table(META).unwrap().insert(meta::CHECKPOINT, 0).unwrap();
    transaction.commit().unwrap();
    let reader = RedbEngine::open_read_only(dir.path(), &Options::default());
    assert!(matches!(reader.map(|_| ()), Err(crate::error::Error::Unusable(why)) if why.contains("novahouse migrate")));
}
