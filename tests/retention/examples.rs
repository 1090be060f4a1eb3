//! What a team relies on, one by one.

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::model::{Event, Keep, wire};
use novahouse::store::{FILE_NAME, Merge, Options, RedbEngine, check, compact, merge, repair, set_zone};

use crate::support::conformance::list;

const NOW: &str = "2026-11-24T12:00:00Z";

fn options() -> Options {
    Options { clock: Clock::fixed(crate::exactness::ms(NOW)), ..Options::default() }
}

fn engine() -> (tempfile::TempDir, RedbEngine) {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    (dir, engine)
}

fn message(session: &str, user: &str, text: &str, timestamp: &str) -> Event {
    let json = format!(
        r#"{{"type":"message","session_id":"{session}","user_id":"{user}","user_message":"{text}","bot_response":"an answer to {text}","intent":"prices","timestamp":"{timestamp}"}}"#
    );
    wire::parse(&json, &wire::Context::at(crate::exactness::ms(NOW))).unwrap().event
}

fn append(engine: &RedbEngine, events: Vec<Event>) -> Receipt {
    engine.append(vec![Batch { events, ..Batch::default() }]).unwrap().remove(0)
}

fn let_go(engine: &RedbEngine, keep: Keep) {
    engine.retain(&|_| keep, &|| false).unwrap();
}

fn agrees(dir: &std::path::Path) {
    assert_eq!(check(dir, &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

const EVENTS: Keep = Keep { text_days: None, events_days: Some(10), performance_days: None, sessions_days: None };

#[test]
fn an_event_of_a_day_that_has_gone_is_refused_with_a_sentence() {
    let (_dir, engine) = engine();
    let_go(&engine, EVENTS);
    let events = vec![
        message("a", "anna", "what does it cost", "2026-11-14T23:59:59Z"),
        message("a", "anna", "what does it cost", "2026-11-15T00:00:00Z"),
    ];
    let receipt = append(&engine, events);
    assert_eq!((receipt.accepted, receipt.rejected), (1, 1));
    let error = &receipt.errors[0];
    assert_eq!(
        (error.index, &*error.error),
        (
            0,
            "timestamp: expected 2026-11-15 or later, found 2026-11-14: what happened before, this bot keeps no longer"
        )
    );
}

/// A recount once took her for someone new: of her second exposure the first one leaves no trace.
#[test]
fn who_is_exposed_again_after_her_name_was_forgotten_is_the_same_person() {
    let exposure = |timestamp: &str| {
        let json = format!(
            r#"{{"type":"exposure","unit":"user","user_id":"anna","experiment":"greeting","variant":"warm","timestamp":"{timestamp}"}}"#
        );
        wire::parse(&json, &wire::Context::at(crate::exactness::ms(NOW))).unwrap().event
    };
    let (dir, engine) = engine();
    let messages = vec![
        message("a", "anna", "hello", "2026-11-01T10:00:00Z"),
        message("b", "ewa", "hello", "2026-11-20T10:00:00Z"),
    ];
    append(&engine, messages);
    append(&engine, vec![exposure("2026-11-02T10:00:00Z"), exposure("2026-11-20T10:00:00Z")]);
    let_go(&engine, Keep { sessions_days: Some(10), ..EVENTS });
    let shown = || engine.variant_shown("default", novahouse::model::Unit::User, "anna", "greeting").unwrap();
    assert_eq!(shown().as_deref(), Some("warm"));
    engine.close().unwrap();
    agrees(dir.path());
    append(&engine, vec![exposure("2026-11-21T10:00:00Z")]);
    engine.close().unwrap();
    agrees(dir.path());
}

#[test]
fn a_session_that_began_behind_the_horizon_comes_again_as_another() {
    let (dir, engine) = engine();
    append(
        &engine,
        vec![
            message("phone", "anna", "what does it cost", "2026-11-10T10:00:00Z"),
            message("phone", "anna", "and what about paint", "2026-11-20T10:00:00Z"),
        ],
    );
    let before = engine.overview("default", Window::Days(30)).unwrap();
    let_go(&engine, EVENTS);
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap(), before);
    append(&engine, vec![message("phone", "anna", "and the kitchen", "2026-11-24T10:00:00Z")]);
    let figures = engine.overview("default", Window::Days(30)).unwrap().overview;
    assert_eq!((figures.unique_sessions, figures.unique_users, figures.total_conversations), (2, 1, 3));
    let page =
        engine.sessions("default", &list(Window::Days(30), By::Start { intent: None, sentiment: None })).unwrap();
    let shown: Vec<_> = page.sessions.iter().map(|session| (&*session.session_id, session.interactions)).collect();
    assert_eq!(shown, [("phone", 1), ("phone", 2)]);
    let transcript = engine.session("default", "phone").unwrap().unwrap();
    assert_eq!((transcript.session.interactions, transcript.timeline.len()), (1, 1));
    drop(engine);
    agrees(dir.path());
}

/// The file is looked through as it is: a text that is gone is nowhere in it.
#[test]
fn a_text_that_has_gone_is_nowhere_in_the_file() {
    let (dir, engine) = engine();
    let events = (0..300).map(|number| {
        message(&format!("s{number}"), &format!("u{number}"), &format!("unheard {number} q"), "2026-11-01T10:00:00Z")
    });
    append(&engine, events.collect());
    append(&engine, vec![message("new", "new", "something else altogether", "2026-11-24T10:00:00Z")]);
    let keep = Keep { text_days: Some(5), events_days: Some(10), sessions_days: Some(10), ..Keep::default() };
    let_go(&engine, keep);
    engine.close().unwrap();
    drop(engine);
    compact(dir.path()).unwrap();
    agrees(dir.path());
    let reader = RedbEngine::open_read_only(dir.path(), &options()).unwrap();
    assert_eq!(reader.overview("default", Window::Days(30)).unwrap().overview.total_conversations, 301);
    assert!(reader.session("default", "s7").unwrap().is_none() && reader.session("default", "new").unwrap().is_some());
    let bytes = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!holds("an answer to unheard"), "texts are compressed, but their beginning can be read");
    assert!(!holds("u299"));
}

#[test]
fn what_lies_behind_the_horizon_is_proven_and_a_change_of_it_is_found() {
    use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
    const DAILY: TableDefinition<(u32, i32), &[u8]> = TableDefinition::new("daily");
    let (dir, engine) = engine();
    for day in 1..=20 {
        append(
            &engine,
            vec![message(&format!("s{day}"), "anna", "what does it cost", &format!("2026-11-{day:02}T10:00:00Z"))],
        );
    }
    let_go(&engine, EVENTS);
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
    // The row of one day in the place of another.
    let database = Database::open(dir.path().join(FILE_NAME)).unwrap();
    let rows: Vec<((u32, i32), Vec<u8>)> = {
        let table = database.begin_read().unwrap().open_table(DAILY).unwrap();
        table
            .iter()
            .unwrap()
            .map(|row| row.map(|(key, bytes)| (key.value(), bytes.value().to_vec())).unwrap())
            .collect()
    };
    let transaction = database.begin_write().unwrap();
    transaction.open_table(DAILY).unwrap().insert(rows[2].0, &rows[0].1[..]).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].contains("figures of default on 2026-11-03"), "{differences:?}");
    let refused = repair(dir.path(), &options(), &mut |_, _| {}).unwrap_err().to_string();
    assert!(refused.contains("restore a backup"), "{refused}");
}

#[test]
fn a_repair_makes_anew_what_it_can_beside_what_has_gone() {
    use redb::{Database, ReadableTable, TableDefinition};
    const STARTS: TableDefinition<(u32, i64, u64), u8> = TableDefinition::new("session_starts");
    let (dir, engine) = engine();
    for day in 1..=20 {
        append(
            &engine,
            vec![message(&format!("s{day}"), "anna", "what does it cost", &format!("2026-11-{day:02}T10:00:00Z"))],
        );
    }
    let_go(&engine, Keep { text_days: Some(7), ..EVENTS });
    let before = engine.overview("default", Window::Days(30)).unwrap();
    let questions = engine.questions("default", Window::Days(30), 10).unwrap();
    engine.close().unwrap();
    drop(engine);
    let database = Database::open(dir.path().join(FILE_NAME)).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut starts = transaction.open_table(STARTS).unwrap();
        let last = starts.last().unwrap().unwrap().0.value();
        starts.remove(last).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    assert_eq!(check(dir.path(), &mut |_, _| {}).unwrap().differences.len(), 1);
    assert!(repair(dir.path(), &options(), &mut |_, _| {}).unwrap().kept.is_some());
    agrees(dir.path());
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap(), before);
    assert_eq!(engine.questions("default", Window::Days(30), 10).unwrap(), questions);
}

#[test]
fn what_has_gone_cannot_be_counted_in_another_zone_or_merged() {
    let (dir, engine) = engine();
    append(&engine, vec![message("a", "anna", "what does it cost", "2026-11-01T10:00:00Z")]);
    let_go(&engine, EVENTS);
    engine.close().unwrap();
    drop(engine);
    let zone = set_zone(dir.path(), &options(), "default", "Europe/Warsaw".parse().unwrap(), &mut |_, _| {});
    assert!(zone.unwrap_err().to_string().contains("has let go"));
    let other = tempfile::tempdir().unwrap();
    let merged = merge(dir.path(), other.path(), &Merge::default(), &options(), &mut |_, _| {});
    assert!(merged.unwrap_err().to_string().contains("has let go"));
}
