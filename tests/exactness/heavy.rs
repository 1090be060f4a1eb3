//! Events as heavy as they may be, and a reader that is overtaken by the writer.

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine, ExportType, Record, Window};
use novahouse::limits::{BLOCK_EVENTS, TEXT_BYTES_MAX};
use novahouse::model::{Event, Kind, Message};
use novahouse::store::{Options, RedbEngine, check};

const NOW_MS: i64 = 1_774_951_200_000;

fn options() -> Options {
    Options { clock: Clock::fixed(NOW_MS), ..Options::default() }
}

fn message(number: usize, message: Message) -> Event {
    let session_id = Some(format!("s-{}", number % 50).into());
    let timestamp_ms = NOW_MS - number as i64;
    Event { bot: "default".into(), id: None, timestamp_ms, session_id, user_id: None, kind: Kind::Message(message) }
}

/// Blocks once held so many events whatever they weighed: of the heaviest, more than was read back, so that they were
/// acknowledged and could never be opened again.
#[test]
fn the_heaviest_events_can_be_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    let text = || Some("ż".repeat(TEXT_BYTES_MAX / 2).into());
    let heavy = |number| message(number, Message { user_message: text(), bot_response: text(), ..Message::default() });
    let count = BLOCK_EVENTS + 10;
    for first in (0..count).step_by(500) {
        let events = (first..count.min(first + 500)).map(heavy).collect();
        engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    }
    // As if killed: the log is read from its beginning.
    drop(engine);
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    assert_eq!(engine.overview("default", Window::Days(1)).unwrap().overview.total_conversations, count as u64);
    let transcript = engine.session("default", "s-7").unwrap().unwrap();
    assert!(transcript.timeline.len() > 80 && !transcript.truncated);
    engine.close().unwrap();
    drop(engine);
    assert_eq!(check(dir.path(), &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

/// A reader once took a newer snapshot for each table it opened: what the writer wrote back in between counted twice.
#[test]
fn a_reader_sees_one_moment_however_often_the_writer_writes_back() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    let append = |first: usize| {
        let events = (first..first + 100).map(|number| message(number, Message::default())).collect();
        engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    };
    append(0);
    let reader = RedbEngine::open_read_only(dir.path(), &options()).unwrap();
    let messages = || {
        let mut sum = 0;
        let mut sink = |record| {
            let Record::Engagement(session) = record else { unreachable!() };
            sum += session.total_messages;
            Ok(())
        };
        reader.export("default", ExportType::Engagements, Window::Days(2), &mut sink).unwrap();
        sum
    };
    for first in [100, 200, 300] {
        append(first);
        engine.checkpoint().unwrap();
        assert_eq!(messages(), 100);
        assert_eq!(reader.overview("default", Window::Days(2)).unwrap().overview.total_conversations, 100);
    }
}
