//! Small stories with numbers one can count by hand.

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine, Window};
use novahouse::limits::{NAMES_PER_DAY_MAX, OTHER, QUESTIONS_PER_DAY_MAX, SESSION_SEQS_INLINE};
use novahouse::model::wire::{Context, parse};
use novahouse::model::{Event, Zone};
use novahouse::store::{Options, RedbEngine, check, set_zone};
use rand::SeedableRng;
use rand::seq::SliceRandom;

use super::ms;
use crate::support::conformance::{on, same_answers};
use crate::support::generator::Generator;
use crate::support::oracle::Oracle;

const NOW: &str = "2026-11-24T12:00:00Z";

pub(super) fn event(json: &str) -> Event {
    parse(json, &Context::at(ms(NOW))).unwrap().event
}

pub(super) fn message(session: &str, user: &str, timestamp: &str) -> Event {
    event(&format!(
        r#"{{"type":"message","session_id":"{session}","user_id":"{user}","timestamp":"{timestamp}","intent":"prices"}}"#
    ))
}

pub(super) fn options(zone: Zone) -> Options {
    Options { zone, clock: Clock::fixed(ms(NOW)), ..Options::default() }
}

pub(super) fn engine() -> (tempfile::TempDir, RedbEngine) {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Zone::UTC)).unwrap();
    (dir, engine)
}

pub(super) fn append(engine: &dyn Engine, events: Vec<Event>) {
    let receipts = engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    assert_eq!((receipts[0].duplicates, receipts[0].rejected), (0, 0));
}

#[test]
fn a_late_event_moves_the_sessions_beginning_and_the_gaps_around_it() {
    let (_dir, engine) = engine();
    append(&engine, vec![message("s", "anna", "2026-11-20T10:00:00Z"), message("s", "anna", "2026-11-24T10:00:00Z")]);
    let figures = |window| engine.overview("default", window).unwrap().overview;
    assert_eq!((figures(Window::Days(7)).unique_sessions, figures(Window::Days(1)).unique_sessions), (1, 1));
    assert_eq!(engine.engagement("default", on("2026-11-20")).unwrap().total_sessions, 1);

    // It had begun ten days earlier, and was there in between.
    append(&engine, vec![message("s", "anna", "2026-11-10T10:00:00Z"), message("s", "anna", "2026-11-22T10:00:00Z")]);
    assert_eq!(engine.engagement("default", on("2026-11-20")).unwrap().total_sessions, 0);
    assert_eq!(engine.engagement("default", on("2026-11-10")).unwrap().session_duration_seconds, 14.0 * 86_400.0);
    for days in 1..20 {
        let figures = figures(Window::Days(days));
        assert_eq!((figures.unique_sessions, figures.unique_users), (1, 1), "{days} days");
    }
}

#[test]
fn the_first_referrer_is_the_first_by_time_not_by_arrival() {
    let (_dir, engine) = engine();
    let visit = |referrer: &str, timestamp: &str| {
        event(&format!(
            r#"{{"type":"engagement","session_id":"s","referrer":"{referrer}","conversion_event":"{referrer}","timestamp":"{timestamp}"}}"#
        ))
    };
    append(&engine, vec![visit("later", "2026-11-24T10:00:00Z"), visit("earlier", "2026-11-24T09:00:00Z")]);
    let answer = engine.engagement("default", Window::Days(1)).unwrap();
    let names = |counts: &novahouse::query::answer::Counts| -> Vec<(String, u64)> {
        counts.list.iter().map(|entry| (entry.name.to_string(), entry.count)).collect()
    };
    assert_eq!(names(&answer.referrers), [("earlier".to_owned(), 1)]);
    assert_eq!(names(&answer.conversions), [("later".to_owned(), 1)]);
}

#[test]
fn bots_do_not_touch_each_other() {
    let (_dir, engine) = engine();
    let mut other = message("s", "anna", "2026-11-24T10:00:00Z");
    other.bot = "other".into();
    append(&engine, vec![message("s", "anna", "2026-11-24T10:00:00Z"), other.clone(), other]);
    let count = |bot| engine.overview(bot, Window::Days(1)).unwrap().overview.total_conversations;
    assert_eq!((count("default"), count("other")), (1, 2));
    assert_eq!(engine.session("other", "s").unwrap().unwrap().timeline.len(), 2);
    assert!(engine.overview("third", Window::Days(1)).is_err());
}

#[test]
fn names_beyond_the_days_limit_count_under_other_and_the_answer_says_so() {
    let (dir, engine) = engine();
    let one_more = NAMES_PER_DAY_MAX.max(QUESTIONS_PER_DAY_MAX) + 1;
    let events = (0..one_more).map(|number| {
        event(&format!(
            r#"{{"type":"message","session_id":"s{number}","intent":"i{number}","user_message":"question number {number}"}}"#
        ))
    });
    append(&engine, events.collect());
    let intents = engine.intents("default", Window::Days(1)).unwrap();
    assert!(intents.truncated);
    assert_eq!(intents.rows.len(), NAMES_PER_DAY_MAX + 1);
    assert_eq!((&*intents.rows[0].intent, intents.rows[0].triggers), (OTHER, (one_more - NAMES_PER_DAY_MAX) as u64));
    assert_eq!(intents.rows.iter().map(|row| row.triggers).sum::<u64>(), one_more as u64);
    let questions = engine.questions("default", Window::Days(1), u32::MAX).unwrap();
    assert!(questions.truncated);
    assert_eq!(questions.rows.iter().map(|row| row.count).sum::<u64>(), one_more as u64);
    drop(engine);
    assert_eq!(check(dir.path(), &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_session_of_many_events_keeps_them_all() {
    let (dir, engine) = engine();
    let count = SESSION_SEQS_INLINE * 3 + 5;
    for number in 0..count {
        append(
            &engine,
            vec![message("long", "anna", &format!("2026-11-23T10:{:02}:{:02}Z", number / 60, number % 60))],
        );
        if number == SESSION_SEQS_INLINE + 3 {
            engine.checkpoint().unwrap();
        }
    }
    let reader = RedbEngine::open_read_only(dir.path(), &options(Zone::UTC)).unwrap();
    for engine in [&reader, &engine] {
        let transcript = engine.session("default", "long").unwrap().unwrap();
        assert_eq!(transcript.timeline.len(), count);
        assert!(transcript.timeline.is_sorted_by_key(|(seq, event)| (event.timestamp_ms, *seq)));
    }
}

#[test]
fn events_of_different_moments_give_the_same_answers_in_any_order() {
    let now_ms = ms(NOW);
    let mut events = Generator::new(11, now_ms).events(300);
    for (place, event) in events.iter_mut().enumerate() {
        event.timestamp_ms -= event.timestamp_ms.rem_euclid(1_000) - place as i64;
        event.id = None;
    }
    let oracle = Oracle::new(Zone::UTC, Clock::fixed(now_ms));
    append(&oracle, events.clone());
    for seed in 0..4 {
        events.shuffle(&mut rand::rngs::SmallRng::seed_from_u64(seed));
        let (_dir, engine) = engine();
        for batch in events.chunks(37) {
            append(&engine, batch.to_vec());
        }
        for bot in crate::support::generator::BOTS {
            for window in [Window::Days(2), Window::Days(60)] {
                assert_eq!(engine.overview(bot, window).unwrap(), oracle.overview(bot, window).unwrap());
                assert_eq!(engine.engagement(bot, window).unwrap(), oracle.engagement(bot, window).unwrap());
                assert_eq!(engine.intents(bot, window).unwrap(), oracle.intents(bot, window).unwrap());
            }
        }
    }
}

#[test]
fn another_zone_recounts_every_day() {
    let now_ms = ms(NOW);
    let events = Generator::new(5, now_ms).events(400);
    let warsaw: Zone = "Europe/Warsaw".parse().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Zone::UTC)).unwrap();
    engine.append(vec![Batch { events: events.clone(), ..Batch::default() }]).unwrap();
    engine.close().unwrap();
    drop(engine);
    for bot in crate::support::generator::BOTS {
        set_zone(dir.path(), &options(Zone::UTC), bot, warsaw, &mut |_, _| {}).unwrap();
    }
    assert_eq!(check(dir.path(), &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
    let oracle = Oracle::new(warsaw, Clock::fixed(now_ms));
    oracle.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Zone::UTC)).unwrap();
    same_answers(&engine, &oracle, "after the zone has changed");
}
