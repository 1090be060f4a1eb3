//! What a team relies on, one by one.

use std::collections::BTreeMap;

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::error::Error;
use novahouse::model::erased::{Seed, is_pseudonym};
use novahouse::model::{Event, Keep, Seq, wire};
use novahouse::store::{FILE_NAME, Options, RedbEngine, check, compact};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

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

fn event(json: &str) -> Event {
    wire::parse(json, &wire::Context::at(crate::exactness::ms(NOW))).unwrap().event
}

fn message(session: &str, user: &str, text: &str, timestamp: &str) -> Event {
    event(&format!(
        r#"{{"type":"message","session_id":"{session}","user_id":"{user}","user_message":"{text}","bot_response":"an answer to {text}","intent":"prices","timestamp":"{timestamp}"}}"#
    ))
}

fn append(engine: &RedbEngine, events: Vec<Event>) -> Receipt {
    engine.append(vec![Batch { events, ..Batch::default() }]).unwrap().remove(0)
}

fn erase(engine: &RedbEngine, whom: Whom<'_>, purge: bool) -> Result<Erased, Error> {
    // No two erasures have the same one.
    let seed = Seed([engine.erasures().unwrap().len() as u8; 32]);
    let erasure = Erasure { bot: "default", whom, purge, seed };
    let went = std::cell::RefCell::new(Erased::default());
    let keep = |_: u64, erased: &Erased, _: Option<Seq>| {
        *went.borrow_mut() = erased.clone();
        Ok(b"{}".to_vec())
    };
    engine.erase(&erasure, &keep).map(|_| went.take())
}

fn agrees(dir: &std::path::Path) {
    assert_eq!(check(dir, &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

fn asked(engine: &RedbEngine) -> Vec<(String, u64)> {
    let questions = engine.questions("default", Window::Days(30), 100).unwrap();
    questions.rows.into_iter().map(|row| (row.question.into(), row.count)).collect()
}

/// Two who ask the same, and one of them something of her own.
fn two_persons(engine: &RedbEngine) {
    append(
        engine,
        vec![
            message("a1", "anna", "What does it cost?", "2026-11-20T10:00:00Z"),
            message("b1", "bert", "what does it cost", "2026-11-20T11:00:00Z"),
            message("a1", "anna", "my secret wish is paint", "2026-11-20T10:05:00Z"),
            message("a2", "anna", "my secret wish is paint", "2026-11-22T10:05:00Z"),
            event(
                r#"{"type":"lead","id":"id-of-anna","session_id":"a2","user_id":"anna","name":"Anna Nowak","email":"anna@example.com","interested_package":"gold","timestamp":"2026-11-22T10:06:00Z"}"#,
            ),
            event(
                r#"{"type":"feedback","session_id":"a2","rating":5,"comment":"anna was here","timestamp":"2026-11-22T10:07:00Z"}"#,
            ),
            event(
                r#"{"type":"performance","user_id":"anna","endpoint":"/chat","error_message":"anna broke it","status_code":500,"timestamp":"2026-11-22T10:07:00Z"}"#,
            ),
        ],
    );
}

#[test]
fn a_person_goes_and_the_counts_stay() {
    let (dir, engine) = engine();
    two_persons(&engine);
    let figures = |engine: &RedbEngine| {
        let days = Window::Days(30);
        let leads = engine.leads("default", days).unwrap();
        (engine.overview("default", days).unwrap(), engine.engagement("default", days).unwrap(), leads)
    };
    let before = figures(&engine);
    let erased = erase(&engine, Whom::User("anna"), false).unwrap();
    let right =
        Erased { sessions: 2, events: 5, exchanges: 3, metrics: 1, leads: 1, questions: 1, persons: 1, days: 0 };
    assert_eq!(erased, right);
    for again in 0..2 {
        let engine = RedbEngine::open_read_only(dir.path(), &options()).unwrap();
        assert_eq!(figures(&engine), before, "{again}");
    }
    assert_eq!(figures(&engine), before);
    // The question that bert asked too has both; the other one its count, under no name.
    let asked = asked(&engine);
    assert_eq!(asked.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 2]);
    assert!(asked.iter().any(|(question, _)| question == "what does it cost"));
    assert!(asked.iter().any(|(question, _)| question.starts_with("(erased ")), "{asked:?}");
    assert!(engine.session("default", "a1").unwrap().is_none());
    let page =
        engine.sessions("default", &list(Window::Days(30), By::Start { intent: None, sentiment: None })).unwrap();
    assert_eq!(page.total, 3);
    let erased: Vec<_> = page.sessions.iter().filter(|session| is_pseudonym(&session.session_id)).collect();
    assert!(erased.len() == 2 && erased.iter().all(|session| is_pseudonym(&session.user_id)));
    assert_eq!(erased[0].user_id, erased[1].user_id, "who came twice is still one person");
    let timeline = engine.session("default", &erased[0].session_id).unwrap().unwrap().timeline;
    assert_eq!(timeline.len(), 3);
    assert!(matches!(erase(&engine, Whom::User("anna"), false), Err(Error::NotFound(_))));
    // Who comes again comes for the first time.
    append(&engine, vec![message("a1", "anna", "what does it cost", "2026-11-24T10:00:00Z")]);
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap().overview.unique_users, 3);
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
}

/// The log's blocks, and what awaits its block, as they are stored: by the first event's place.
fn blocks(dir: &std::path::Path) -> BTreeMap<u64, Vec<u8>> {
    const BLOCKS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("blocks");
    const TAIL: TableDefinition<u64, &[u8]> = TableDefinition::new("log_tail");
    let database = Database::open(dir.join(FILE_NAME)).unwrap();
    let snapshot = database.begin_read().unwrap();
    let (parts, tail) = (snapshot.open_table(BLOCKS).unwrap(), snapshot.open_table(TAIL).unwrap());
    let mut blocks = BTreeMap::<u64, Vec<u8>>::new();
    for part in parts.iter().unwrap() {
        let (key, bytes) = part.unwrap();
        blocks.entry(key.value().0).or_default().extend(bytes.value());
    }
    for row in tail.iter().unwrap() {
        let (key, bytes) = row.unwrap();
        blocks.insert(key.value(), bytes.value().to_vec());
    }
    blocks
}

#[test]
fn what_is_erased_is_nowhere_in_the_file() {
    for purge in [false, true] {
        let (dir, engine) = engine();
        two_persons(&engine);
        // One event a commit, and more of others than a block holds.
        let others = (0..9_000).map(|number| message(&format!("s{}", number % 700), "bert", "what does it cost", NOW));
        append(&engine, others.collect());
        engine.checkpoint().unwrap();
        append(&engine, vec![message("a3", "anna", "unheard-of secret", "2026-11-23T10:05:00Z")]);
        engine.close().unwrap();
        drop(engine);
        let before = blocks(dir.path());
        let engine = RedbEngine::open(dir.path(), &options()).unwrap();
        erase(&engine, Whom::User("anna"), purge).unwrap();
        engine.close().unwrap();
        drop(engine);
        agrees(dir.path());
        compact(dir.path()).unwrap();
        agrees(dir.path());
        let bytes = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
        // What was packed together with the texts that went is nowhere either.
        let after = blocks(dir.path());
        let gone: Vec<_> = before.iter().filter(|(key, row)| after.get(key) != Some(row)).collect();
        assert!(!gone.is_empty(), "purge {purge}");
        for (key, row) in gone {
            let end = &row[row.len() - row.len().min(64)..];
            let is_in = |bytes: &[u8]| bytes.windows(end.len()).any(|window| window == end);
            // Times and the like may be packed as they were.
            assert!(!is_in(&bytes) || after.values().any(|row| is_in(row)), "a part of {key:?}, purge {purge}");
        }
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        for text in ["anna", "Anna Nowak", "secret", "unheard-of", "id-of-anna", "example.com"] {
            assert!(!holds(text), "{text}, purge {purge}");
        }
    }
}

#[test]
fn a_purge_leaves_figures_as_if_nothing_had_come() {
    let (dir, engine) = engine();
    two_persons(&engine);
    let erased = erase(&engine, Whom::User("anna"), true).unwrap();
    assert_eq!((erased.sessions, erased.events, erased.days), (2, 5, 2));
    let (_other, alone) = self::engine();
    append(
        &alone,
        vec![
            message("b1", "bert", "what does it cost", "2026-11-20T11:00:00Z"),
            event(r#"{"type":"performance","endpoint":"/chat","status_code":500,"timestamp":"2026-11-22T10:07:00Z"}"#),
        ],
    );
    let days = Window::Days(30);
    assert_eq!(engine.overview("default", days).unwrap(), alone.overview("default", days).unwrap());
    assert_eq!(engine.engagement("default", days).unwrap(), alone.engagement("default", days).unwrap());
    assert_eq!(asked(&engine), asked(&alone));
    append(&engine, vec![message("c", "carl", "what does it cost", "2026-11-24T10:00:00Z")]);
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
}

/// The order in which persons were first told of is their number's. Once it was taken from what a purge takes away.
#[test]
fn those_who_came_first_in_what_was_purged_keep_their_numbers() {
    let (dir, engine) = engine();
    append(
        &engine,
        vec![
            message("shared", "first", "what does it cost", "2026-11-20T10:00:00Z"),
            message("shared", "second", "what does it cost", "2026-11-20T10:01:00Z"),
            message("c", "third", "what does it cost", "2026-11-20T10:02:00Z"),
            message("b", "second", "what does it cost", "2026-11-21T10:02:00Z"),
            message("a", "first", "what does it cost", "2026-11-22T10:02:00Z"),
        ],
    );
    erase(&engine, Whom::Session("shared"), true).unwrap();
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap().overview.unique_users, 3);
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap().overview.total_conversations, 3);
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
}

/// A question that two persons asked stays when one of them goes, and goes with the other.
#[test]
fn a_question_goes_with_the_last_who_asked_it() {
    let (dir, engine) = engine();
    two_persons(&engine);
    append(&engine, vec![message("c", "carl", "something else to know", "2026-11-20T12:00:00Z")]);
    erase(&engine, Whom::User("anna"), false).unwrap();
    assert!(asked(&engine).iter().any(|(question, count)| question == "what does it cost" && *count == 2));
    erase(&engine, Whom::User("bert"), false).unwrap();
    let asked = asked(&engine);
    assert_eq!(asked.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(asked.iter().filter(|(question, _)| question.starts_with("(erased ")).count(), 2, "{asked:?}");
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
    compact(dir.path()).unwrap();
    let bytes = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"does it cost"));
}

#[test]
fn an_event_that_is_sent_again_does_not_come_back() {
    let (_dir, engine) = engine();
    two_persons(&engine);
    erase(&engine, Whom::User("anna"), true).unwrap();
    let again = event(
        r#"{"type":"lead","id":"id-of-anna","session_id":"a2","user_id":"anna","email":"anna@example.com","timestamp":"2026-11-22T10:06:00Z"}"#,
    );
    assert_eq!(append(&engine, vec![again]).duplicates, 1);
    assert_eq!(engine.leads("default", Window::Days(30)).unwrap().total_leads, 0);
}

#[test]
fn what_has_gone_by_retention_cannot_be_purged_and_can_be_erased() {
    let (dir, engine) = engine();
    two_persons(&engine);
    append(&engine, vec![message("old", "anna", "what was it once", "2026-11-01T10:00:00Z")]);
    let keep = Keep { text_days: Some(5), events_days: Some(10), ..Keep::default() };
    engine.retain(&|_| keep, &|| false).unwrap();
    let before = engine.overview("default", Window::Days(30)).unwrap();
    let refused = erase(&engine, Whom::User("anna"), true).unwrap_err();
    assert!(matches!(&refused, Error::Conflict(why) if why.contains("erase without purge")), "{refused}");
    assert_eq!(erase(&engine, Whom::User("anna"), false).unwrap().sessions, 3);
    assert_eq!(engine.overview("default", Window::Days(30)).unwrap(), before);
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
    compact(dir.path()).unwrap();
    let bytes = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"anna" || window == b"once"));
}
