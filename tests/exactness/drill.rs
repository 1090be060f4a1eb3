//! From every figure to exactly the sessions behind it.

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::limits::TRACE_CHUNK_BYTES_MAX;
use novahouse::model::{DayRange, Event, Sentiment, Zone};
use novahouse::query::answer::Counts;
use novahouse::query::paths::END;
use novahouse::store::{FILE_NAME, Options, RedbEngine, check};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table, TableDefinition};

use super::examples::{append, engine, event, message, options};
use super::ms;
use crate::support::conformance::{funnels, list, on};
use crate::support::generator::{BOTS, Generator, pick};

type Key = (u32, i64, u64);
/// Changes the table, given its first row.
type Damage = fn(&mut Table<'_, Key, &[u8]>, Key, &[u8]);

const TRACES: TableDefinition<Key, &[u8]> = TableDefinition::new("traces");

/// Sessions and matches.
fn counted(engine: &dyn Engine, bot: &str, filter: SessionFilter) -> (u64, u64) {
    let page = engine.sessions(bot, &filter).unwrap();
    (page.total, page.matches)
}

fn exchanges(window: Window, filter: ExchangeFilter) -> SessionFilter {
    list(window, By::Exchange(filter))
}

/// One life of events; then every figure is followed.
fn follow(seed: u64) {
    println!("seed {seed}");
    let mut generator = Generator::new(seed, 0);
    let zone: Zone = pick(generator.random(), &super::ZONES).parse().unwrap();
    let now_ms = ms(pick::<&str>(generator.random(), &super::NOWS));
    let dir = tempfile::tempdir().unwrap();
    let options = Options { zone, clock: Clock::fixed(now_ms), names_waiting_max: 5, ..Options::default() };
    let engine = RedbEngine::open(dir.path(), &options).unwrap();
    let events = Generator::new(seed, now_ms).events(700);
    for (round, events) in events.chunks(100).enumerate() {
        engine.append(vec![Batch { events: events.to_vec(), ..Batch::default() }]).unwrap();
        if round % 2 == 0 {
            engine.checkpoint().unwrap();
        }
    }
    for bot in BOTS {
        let today = engine.today(bot).unwrap();
        let some_days = Window::Between(DayRange::new(today.plus(-9), today.plus(-1)));
        for window in [Window::Days(1), Window::Days(7), some_days, Window::Days(90)] {
            follow_exchanges(&engine, bot, window);
            follow_sessions(&engine, bot, window);
            follow_leads_and_visits(&engine, bot, window);
            follow_places(&engine, bot, window);
        }
    }
}

fn follow_exchanges(engine: &dyn Engine, bot: &str, window: Window) {
    let matches = |filter| counted(engine, bot, exchanges(window, filter)).1;
    let figures = engine.overview(bot, window).unwrap().overview;
    let all = counted(engine, bot, exchanges(window, ExchangeFilter::default()));
    assert_eq!(all, (figures.unique_sessions, figures.total_conversations));
    for row in engine.intents(bot, window).unwrap().rows {
        let of = |understood| {
            matches(ExchangeFilter { intent: Some(row.intent.to_string()), understood, ..ExchangeFilter::default() })
        };
        assert_eq!([None, Some(true), Some(false)].map(of), [row.triggers, row.success, row.failures]);
    }
    let conversations = engine.conversations(bot, window).unwrap();
    for (sentiment, count) in Sentiment::ALL.into_iter().zip(conversations.sentiments) {
        assert_eq!(matches(ExchangeFilter { sentiment: Some(sentiment), ..ExchangeFilter::default() }), count);
    }
    for day in conversations.sentiments_by_day.iter().rev().take(7) {
        let window = Window::Between(DayRange::new(day.date, day.date));
        for (sentiment, count) in Sentiment::ALL.into_iter().zip([day.positive, day.neutral, day.negative]) {
            let filter = ExchangeFilter { sentiment: Some(sentiment), ..ExchangeFilter::default() };
            assert_eq!(counted(engine, bot, exchanges(window, filter)).1, count);
        }
    }
    for (hour_of_week, count) in (0..).zip(conversations.by_hour_of_week.into_iter().flatten()) {
        assert_eq!(matches(ExchangeFilter { hour_of_week: Some(hour_of_week), ..ExchangeFilter::default() }), count);
    }
    for day in conversations.by_day.iter().rev().take(10) {
        let window = Window::Between(DayRange::new(day.date, day.date));
        assert_eq!(counted(engine, bot, exchanges(window, ExchangeFilter::default())).1, day.count);
    }
    for row in engine.questions(bot, window, 100).unwrap().rows {
        let question = Some(row.question.to_string());
        assert_eq!(matches(ExchangeFilter { question, ..ExchangeFilter::default() }), row.count, "{}", row.question);
    }
}

fn follow_sessions(engine: &dyn Engine, bot: &str, window: Window) {
    let engagement = engine.engagement(bot, window).unwrap();
    let began = list(window, By::Start { intent: None, sentiment: None });
    assert_eq!(counted(engine, bot, began.clone()), (engagement.total_sessions, engagement.total_sessions));
    let follow = |counts: &Counts, with: &dyn Fn(String) -> SessionFilter| {
        for entry in &counts.list {
            let found = counted(engine, bot, with(entry.name.to_string()));
            assert_eq!(found, (entry.count, entry.count), "{}", entry.name);
        }
    };
    follow(&engagement.devices, &|name| SessionFilter { device: Some(name), ..began.clone() });
    follow(&engagement.browsers, &|name| SessionFilter { browser: Some(name), ..began.clone() });
    follow(&engagement.referrers, &|name| SessionFilter { referrer: Some(name), ..began.clone() });
    follow(&engagement.conversions, &|name| SessionFilter { conversion: Some(name), ..began.clone() });
}

fn follow_leads_and_visits(engine: &dyn Engine, bot: &str, window: Window) {
    let matches = |by| counted(engine, bot, list(window, by)).1;
    for page in engine.engagement(bot, window).unwrap().pages.list {
        assert_eq!(matches(By::Visit { page: Some(page.name.to_string()) }), page.count);
    }
    let leads = engine.leads(bot, window).unwrap();
    assert_eq!(matches(By::Lead { package: None, property_type: None }), leads.total_leads);
    for entry in leads.by_package.list {
        assert_eq!(matches(By::Lead { package: Some(entry.name.to_string()), property_type: None }), entry.count);
    }
    for entry in leads.by_property_type.list {
        assert_eq!(matches(By::Lead { package: None, property_type: Some(entry.name.to_string()) }), entry.count);
    }
}

fn follow_places(engine: &dyn Engine, bot: &str, window: Window) {
    for funnel in funnels() {
        for (step, row) in (1..).zip(engine.funnel(bot, window, &funnel).unwrap()) {
            let of = |lost| {
                counted(engine, bot, list(window, By::Funnel(FunnelPlace { funnel: funnel.clone(), step, lost })))
            };
            assert_eq!(of(false), (row.sessions, row.sessions));
            if step > 1 {
                assert_eq!(of(true), (row.lost, row.lost));
            }
        }
    }
    let paths = engine.paths(bot, window, PathShape { steps: 4, names: 30 }).unwrap();
    let of = |step, intent: &str, next| {
        counted(engine, bot, list(window, By::Path(PathPlace { step, intent: intent.into(), next }))).1
    };
    for node in paths.nodes.iter().filter(|node| *node.name != *END) {
        assert_eq!(of(node.step, &node.name, None), node.sessions);
    }
    for link in &paths.links {
        let next = if *link.to == *END { PathNext::End } else { PathNext::Intent(link.to.to_string()) };
        assert_eq!(of(link.step, &link.from, Some(next)), link.sessions);
    }
    let first: u64 = paths.nodes.iter().filter(|node| node.step == 1).map(|node| node.sessions).sum();
    assert_eq!(first, paths.sessions);
}

#[test]
fn the_matches_behind_every_figure_are_as_many_as_it_says() {
    (0..8).for_each(follow);
}

fn asked(number: usize, timestamp: &str) -> Event {
    event(&format!(
        r#"{{"type":"message","session_id":"s{number}","user_message":"what does number {number} cost","timestamp":"{timestamp}"}}"#
    ))
}

/// The rows of the table.
fn chunks(dir: &std::path::Path) -> Vec<(Key, Vec<u8>)> {
    let database = Database::open(dir.join(FILE_NAME)).unwrap();
    let table = database.begin_read().unwrap().open_table(TRACES).unwrap();
    table
        .iter()
        .unwrap()
        .map(|entry| {
            let (key, bytes) = entry.unwrap();
            (key.value(), bytes.value().to_vec())
        })
        .collect()
}

#[test]
fn chunks_are_filled_up_to_a_page_however_often_a_checkpoint_comes() {
    let (dir, engine) = engine();
    for number in 0..600 {
        append(&engine, vec![asked(number, "2026-11-24T10:20:00Z")]);
        engine.checkpoint().unwrap();
    }
    append(&engine, (0..3_000).map(|_| asked(7, "2026-11-24T10:30:00Z")).collect());
    append(&engine, (600..6_600).map(|number| asked(number, "2026-11-24T10:40:00Z")).collect());
    engine.close().unwrap();
    let filter = ExchangeFilter { question: Some("what does number 7 cost".into()), ..ExchangeFilter::default() };
    assert_eq!(counted(&engine, "default", exchanges(on("2026-11-24"), filter)), (1, 3_001));
    drop(engine);
    let chunks = chunks(dir.path());
    let lengths: Vec<usize> = chunks.iter().map(|(_, bytes)| bytes.len()).collect();
    assert!(chunks.iter().map(|(key, _)| key.2).eq(0..chunks.len() as u64));
    assert!(lengths.iter().all(|length| *length <= TRACE_CHUNK_BYTES_MAX), "{lengths:?}");
    let full = &lengths[..lengths.len() - 1];
    assert!(full.len() > 5 && full.iter().all(|length| *length > TRACE_CHUNK_BYTES_MAX - 200), "{lengths:?}");
    assert_eq!(check(dir.path(), &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_reader_finds_matches_that_no_checkpoint_has_written() {
    let (dir, engine) = engine();
    append(&engine, vec![message("old", "anna", "2026-11-24T09:00:00Z")]);
    engine.checkpoint().unwrap();
    append(
        &engine,
        vec![message("new", "anna", "2026-11-24T10:00:00Z"), message("old", "anna", "2026-11-24T09:30:00Z")],
    );
    let reader = RedbEngine::open_read_only(dir.path(), &options(Zone::UTC)).unwrap();
    let page = reader.sessions("default", &exchanges(on("2026-11-24"), ExchangeFilter::default())).unwrap();
    let names: Vec<&str> = page.sessions.iter().map(|session| &*session.session_id).collect();
    assert_eq!((page.total, page.matches, names), (2, 3, vec!["new", "old"]));
}

#[test]
fn check_finds_a_damaged_a_missing_and_a_made_up_trace() {
    let damages: [Damage; 5] = [
        // The session of the last row, the last byte before its question.
        |table, key, bytes| {
            let mut changed = bytes.to_vec();
            *changed.iter_mut().nth_back(3 * 8).unwrap() ^= 1;
            table.insert(key, &changed[..]).unwrap();
        },
        |table, key, bytes| {
            table.insert(key, &bytes[..bytes.len() - 1]).unwrap();
        },
        |table, key, _| {
            table.remove(key).unwrap();
        },
        |table, key, bytes| {
            table.insert((key.0, key.1, key.2 + 1_000), bytes).unwrap();
        },
        |table, key, bytes| {
            table.insert((key.0, key.1 + 1, key.2), bytes).unwrap();
        },
    ];
    for damage in damages {
        let (dir, engine) = engine();
        append(&engine, (0..3).map(|number| asked(number, "2026-11-24T10:20:00Z")).collect());
        append(&engine, vec![asked(3, "2026-11-24T12:00:00Z")]);
        engine.close().unwrap();
        drop(engine);
        let (key, bytes) = chunks(dir.path()).remove(0);
        let database = Database::open(dir.path().join(FILE_NAME)).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(TRACES).unwrap();
            assert_eq!(table.len().unwrap(), 2);
            damage(&mut table, key, &bytes);
        }
        transaction.commit().unwrap();
        drop(database);
        let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert!(differences[0].contains("traces"), "{differences:?}");
    }
}
