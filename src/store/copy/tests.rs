//! Whatever is done while a copy is made is in the new file: every table, row by row.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use redb::ReadableTable;

use super::*;
use crate::clock::Clock;
use crate::engine::{Batch, Engine, Erasure, Receipt, Whom, Window};
use crate::model::erased::Seed;
use crate::model::wire::{Context, parse};
use crate::model::{Event, Keep};
use crate::store::verify::check_db;
use crate::store::{FILE_NAME, Options, RedbEngine};

const NOW_MS: i64 = 1_790_000_000_000;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

type Rows = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

fn rows_of<K: Key + 'static, V: Value + 'static>(
    reading: &Reading,
    definition: TableDefinition<'static, K, V>,
    name: &'static str,
    rows: &mut Rows,
) {
    for row in reading.open_table(definition).unwrap().iter().unwrap() {
        let (key, value) = row.unwrap();
        let bytes = (K::as_bytes(&key.value()).as_ref().to_vec(), V::as_bytes(&value.value()).as_ref().to_vec());
        rows.push((name, bytes.0, bytes.1));
    }
}

fn all_rows(reading: &Reading) -> Rows {
    let mut rows = Rows::new();
    each_table!(|definition, name, _row| rows_of(reading, definition, name, &mut rows));
    rows
}

fn options(clock: Clock) -> Options {
    Options { clock, cached_rows_max: 4, names_waiting_max: 4, ..Options::default() }
}

fn pick<'a>(random: &mut SmallRng, of: &[&'a str]) -> &'a str {
    of[random.random_range(0..of.len())]
}

fn event(random: &mut SmallRng, now_ms: i64) -> Event {
    let (kind, session, age_ms) =
        (random.random_range(0..6), random.random_range(0..12), random.random_range(0..40 * DAY_MS));
    event_of(random, kind, session, now_ms, age_ms)
}

fn event_of(random: &mut SmallRng, kind: u32, session: u32, now_ms: i64, age_ms: i64) -> Event {
    let (user, timestamp_ms) = (random.random_range(0..8), now_ms - age_ms);
    let bot = pick(random, &["default", "default", "shop", "late"]);
    let said = match kind {
        0 => r#""type":"lead","name":"Anna","interested_package":"gold","email":"a@example.com""#.to_owned(),
        1 => r#""type":"engagement","pages_visited":["/","/prices"],"device_type":"mobile""#.to_owned(),
        2 => r#""type":"performance","endpoint":"/chat","response_time_ms":120"#.to_owned(),
        3 => format!(
            r#""type":"exposure","experiment":"e{}","variant":"v{}","unit":"user""#,
            random.random_range(0..2),
            random.random_range(0..2)
        ),
        _ => format!(
            r#""type":"message","intent":"i{}","user_message":"what does number {} cost","bot_response":"little","sentiment":"neutral""#,
            random.random_range(0..4),
            random.random_range(0..1_000)
        ),
    };
    let id = match random.random_bool(0.3) {
        true => format!(r#""id":"{}","#, random.random_range(0..u64::MAX)),
        false => String::new(),
    };
    let json = format!(
        r#"{{{said},{id}"bot":"{bot}","session_id":"s{session}","user_id":"u{user}","timestamp":{timestamp_ms}}}"#
    );
    parse(&json, &Context::at(now_ms)).unwrap().event
}

fn batch(random: &mut SmallRng, now_ms: i64) -> Batch {
    let mut events: Vec<Event> = (0..random.random_range(1..60)).map(|_| event(random, now_ms)).collect();
    if random.random_bool(0.1) {
        // A session so long that the places of its events no longer fit into its row.
        events.resize_with(300, || event_of(random, 4, 0, now_ms, 0));
    }
    let key = random.random_bool(0.4).then(|| format!("k{}", random.random_range(0..u64::MAX)).into());
    Batch { events, idempotency_key: key, ..Batch::default() }
}

/// One thing that may happen to a store.
fn happen(engine: &RedbEngine, random: &mut SmallRng, clock: &Clock) {
    let Clock::Fixed(hand) = clock else { unreachable!("it was made so") };
    let now_ms = hand.load(Ordering::Relaxed);
    match random.random_range(0..16) {
        0..8 => {
            engine.append(vec![batch(random, now_ms)]).unwrap();
        }
        8 => {
            let Receipt { .. } =
                engine.append_import(batch(random, now_ms), &[random.random_range(0..4); 32], 7).unwrap();
        }
        9..11 => engine.checkpoint().unwrap(),
        11 => {
            let mut days = |from: u32| Some(random.random_range(from..from + 20));
            let keep =
                Keep { text_days: days(1), events_days: days(21), performance_days: days(5), sessions_days: days(41) };
            engine.retain(&|_| keep, &|| false).unwrap();
        }
        12..14 => {
            let name = format!("{}{}", pick(random, &["s", "u"]), random.random_range(0..8));
            let whom = if name.starts_with('s') { Whom::Session(&name) } else { Whom::User(&name) };
            // Two of one seed would give two people one name.
            let seed = Seed(std::array::from_fn(|_| random.random_range(0..=u8::MAX)));
            let erasure = Erasure { bot: "default", whom, purge: random.random_bool(0.5), seed };
            match engine.erase(&erasure, &|number, _, _| Ok(vec![number as u8])) {
                Ok(_) | Err(Error::NotFound(_) | Error::Conflict(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        _ => {
            hand.fetch_add(random.random_range(0..30) * HOUR_MS, Ordering::Relaxed);
        }
    }
}

fn agrees(engine: &RedbEngine, story: &str) {
    assert_eq!(check_db(&engine.db, &mut |_, _| {}).unwrap(), Vec::<String>::new(), "{story}");
}

/// One life; adds the tables in which something changed while the copy was made.
fn live(seed: u64, touched: &mut BTreeSet<&'static str>) {
    let story = format!("seed {seed}");
    println!("{story}");
    let mut random = SmallRng::seed_from_u64(seed);
    let clock = Clock::fixed(NOW_MS);
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(clock.clone())).unwrap();
    for _ in 0..random.random_range(0..25) {
        happen(&engine, &mut random, &clock);
    }
    let file = engine.db.writer().unwrap();
    let mut copy = Copy::begin(file, || engine.writer.lock()).unwrap();
    let bytes_max = [600, 5_000, 100_000][random.random_range(0..3)];
    let mut left = random.random_range(0..30);
    while !copy.is_following() || left > 0 {
        if left > 0 && random.random_bool(0.3) {
            happen(&engine, &mut random, &clock);
            left -= 1;
        } else if copy.has_work() && random.random_bool(0.8) {
            copy.step(bytes_max).unwrap();
        } else if !copy.has_keys() && random.random_bool(0.5) {
            copy.take_turn().unwrap();
            touched.extend(copy.taken.iter().map(|(table, _)| NAMES[*table]));
        }
    }
    while copy.has_keys() {
        copy.step(bytes_max).unwrap();
    }
    if random.random_bool(0.7) {
        happen(&engine, &mut random, &clock);
    }
    let before = file.read().unwrap();
    let writer = engine.writer.lock();
    let old = copy.swap().unwrap();
    drop(writer);
    let after = file.read().unwrap();
    // The one that was begun before is still of the old file.
    let (was, is) = (all_rows(&before), all_rows(&after));
    let differs = was.iter().zip(&is).find(|(was, is)| was != is).map(|(was, is)| [(was.0, &was.1), (is.0, &is.1)]);
    assert!(was == is, "{story}: {} rows and {}, the first to differ {differs:?}", was.len(), is.len());
    assert_eq!(Arc::strong_count(&old), 2, "whoever reads the old file holds it");
    drop((before, after, old));
    agrees(&engine, &story);
    for _ in 0..random.random_range(0..12) {
        happen(&engine, &mut random, &clock);
    }
    agrees(&engine, &story);
    let answer = || engine.overview("default", Window::Days(60)).unwrap();
    let told = answer();
    assert!(!dir.path().join(format!("{FILE_NAME}.smaller")).exists());
    engine.close().unwrap();
    drop(engine);
    let engine = RedbEngine::open(dir.path(), &options(clock)).unwrap();
    assert_eq!(engine.overview("default", Window::Days(60)).unwrap(), told, "{story}");
    agrees(&engine, &story);
}

#[test]
fn what_happens_while_a_copy_is_made_is_in_the_new_file() {
    let first = std::env::var("NOVAHOUSE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let count = std::env::var("NOVAHOUSE_TEST_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(16);
    let seeds = first.map_or(0..count, |first: u64| first..first + 1);
    let lives = seeds.clone().count();
    let mut touched = BTreeSet::new();
    seeds.for_each(|seed| live(seed, &mut touched));
    let untouched: Vec<_> = NAMES.iter().filter(|name| !touched.contains(**name)).collect();
    assert!(lives < 16 || untouched.is_empty(), "no change of {untouched:?} was followed");
}

#[test]
fn a_copy_is_given_up_where_the_file_is_opened_anew_or_a_table_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Clock::fixed(NOW_MS))).unwrap();
    let file = engine.db.writer().unwrap();
    let whole_table = || {
        let transaction = engine.db.begin_write().unwrap();
        transaction.delete_table(DIGESTS).unwrap();
        transaction.open_table(DIGESTS).unwrap();
        transaction.commit().unwrap();
    };
    let anew = || engine.db.reopen().unwrap();
    let begins = || Copy::begin(file, || engine.writer.lock()).unwrap();
    for end in [&whole_table as &dyn Fn(), &anew] {
        let mut copy = begins();
        while copy.has_work() {
            copy.step(1_000).unwrap();
        }
        end();
        assert!(matches!(copy.take_turn(), Err(Error::Conflict(_))));
        assert!(matches!(copy.swap(), Err(Error::Conflict(_))));
        assert!(!dir.path().join(format!("{FILE_NAME}.smaller")).exists());
        agrees(&engine, "as it was");
    }
    // What a process that was killed has left is gone with the next start.
    std::fs::write(dir.path().join(format!("{FILE_NAME}.smaller")), b"half of it").unwrap();
    drop(engine);
    drop(RedbEngine::open(dir.path(), &options(Clock::fixed(NOW_MS))).unwrap());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Someone moved a backup to where the file was, beside a live server: it is not written over.
#[test]
fn another_file_of_the_name_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Clock::fixed(NOW_MS))).unwrap();
    let path = dir.path().join(FILE_NAME);
    std::fs::rename(&path, dir.path().join("away")).unwrap();
    std::fs::write(&path, b"restored").unwrap();
    assert!(matches!(engine.give_back(&|| false), Err(Error::Conflict(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"restored");
}

#[test]
fn the_new_file_has_the_mode_of_the_old_one() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options(Clock::fixed(NOW_MS))).unwrap();
    let path = dir.path().join(FILE_NAME);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    engine.give_back(&|| false).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    // A second server is kept out of the new file as of the old one.
    let refused = RedbEngine::open(dir.path(), &options(Clock::fixed(NOW_MS))).map(drop).unwrap_err();
    assert!(refused.to_string().contains("in use by another"), "{refused}");
}
