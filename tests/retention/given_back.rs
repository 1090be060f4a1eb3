//! What retention and erasures leave free in the file goes back to the disk while everything goes on.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::error::Error;
use novahouse::model::erased::Seed;
use novahouse::model::{Event, Keep, Zone, wire};
use novahouse::retention::Retention;
use novahouse::settings::Settings;
use novahouse::store::{BackupOptions, FILE_NAME, Options, RedbEngine, backup, check, glance, verify_backup};

use crate::exactness::ms;
use crate::support::becomes;
use crate::support::conformance::same_answers;
use crate::support::figure;
use crate::support::generator::Generator;
use crate::support::oracle::Oracle;
use crate::support::process::run_on;
use crate::support::served::Served;
use crate::support::small_disk::SmallDisk;

const NOW: &str = "2026-11-24T03:10:00Z";
const KEEP: Keep = Keep { text_days: Some(2), events_days: Some(3), performance_days: Some(3), sessions_days: Some(4) };
const FOREVER: Keep = Keep { text_days: None, events_days: None, performance_days: None, sessions_days: None };

fn options() -> Options {
    Options { clock: Clock::fixed(ms(NOW)), given_back_bytes_min: 256 * 1024, ..Options::default() }
}

/// A text that packs badly.
fn words(seed: u64) -> String {
    (0..12u64).map(|place| format!("{:016x} ", (seed * 31 + place).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

fn message(number: u64, user: &str, age_days: u64) -> Event {
    let timestamp_ms = ms(NOW) - (age_days * 86_400_000) as i64;
    let json = format!(
        r#"{{"type":"message","id":"{number}","session_id":"{user}-{}","user_id":"{user}","user_message":"question {}","bot_response":"{}","intent":"i","timestamp":{timestamp_ms}}}"#,
        number / 10,
        number % 50,
        words(number)
    );
    wire::parse(&json, &wire::Context::at(ms(NOW))).unwrap().event
}

fn batch(events: Vec<Event>) -> Vec<Batch> {
    vec![Batch { events, ..Batch::default() }]
}

/// So many thousand messages of one person.
fn fill(engine: &dyn Engine, user: &str, first: u64, thousands: u64, age_days: u64) {
    for thousand in 0..thousands {
        let numbers = first + thousand * 1_000..first + (thousand + 1) * 1_000;
        engine.append(batch(numbers.map(|number| message(number, user, age_days)).collect())).unwrap();
    }
}

fn agrees(dir: &Path) {
    assert_eq!(check(dir, &mut |_, _| {}).unwrap().differences, Vec::<String>::new());
}

fn allocated(dir: &Path) -> u64 {
    std::fs::metadata(dir.join(FILE_NAME)).unwrap().blocks() * 512
}

fn number_of_file(dir: &Path) -> u64 {
    std::fs::metadata(dir.join(FILE_NAME)).unwrap().ino()
}

/// What the tables take, bytes.
fn live(dir: &Path) -> u64 {
    let glance = glance(dir, 0, 1).unwrap().expect("it was closed");
    glance.file_bytes - glance.free_bytes.expect("it is small")
}

#[test]
fn a_run_gives_back_what_it_leaves_free_while_events_come() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    let oracle = Oracle::new(Zone::UTC, Clock::fixed(ms(NOW)));
    for stored in [&engine as &dyn Engine, &oracle] {
        fill(stored, "anna", 0, 12, 20);
        fill(stored, "ewa", 100_000, 2, 1);
    }
    engine.checkpoint().unwrap();
    let before = allocated(dir.path());
    let over = AtomicBool::new(false);
    let (retained, posted, longest) = std::thread::scope(|scope| {
        let posting = scope.spawn(|| {
            let (mut posted, mut longest) = (Vec::new(), Duration::ZERO);
            let mut generator = Generator::new(5, ms(NOW));
            while !over.load(Ordering::Relaxed) {
                let mut events = generator.events(20);
                // Of what is older, and of bots that appear, it depends on how far the run has come.
                events.retain(|event| event.timestamp_ms > ms(NOW) - 86_400_000 && &*event.bot == "default");
                let began = Instant::now();
                engine.append(batch(events.clone())).unwrap();
                longest = longest.max(began.elapsed());
                posted.push(events);
            }
            (posted, longest)
        });
        let retained = engine.retain(&|_| KEEP, &|| false).unwrap();
        over.store(true, Ordering::Relaxed);
        let (posted, longest) = posting.join().unwrap();
        (retained, posted, longest)
    });
    println!("{before} bytes before, {} given back in {} steps", retained.given_back_bytes, retained.steps);
    println!("{} posts, the longest {longest:?}; the writer was held for {:?}", posted.len(), retained.longest);
    assert!(retained.given_back_bytes > before / 2, "{retained:?}");
    assert!(posted.len() > 10, "they did not wait for it");
    assert!(retained.longest < Duration::from_secs(5), "{retained:?}");
    oracle.retain(&|_| KEEP);
    for events in posted {
        oracle.append(batch(events)).unwrap();
    }
    same_answers(&engine, &oracle, "given back");
    assert!(!dir.path().join(format!("{FILE_NAME}.smaller")).exists());
    assert_eq!(engine.retain(&|_| KEEP, &|| false).unwrap().given_back_bytes, 0, "there is nothing more to give");
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
    let (held, live) = (allocated(dir.path()), live(dir.path()));
    println!("{held} bytes hold {live}");
    assert!(held as f64 <= live as f64 * 1.6, "{held} bytes hold {live}");
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    same_answers(&engine, &oracle, "opened again");
}

/// An export that goes on while the file is exchanged once read a file that was closed under it.
#[test]
fn who_reads_the_old_file_reads_on() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &Options { page_cache_bytes: 64 * 1024, ..options() }).unwrap();
    fill(&engine, "anna", 0, 12, 1);
    let all = || {
        let mut records = Vec::new();
        let mut sink = |record| {
            records.push(record);
            Ok(())
        };
        engine.export("default", ExportType::Events, Window::Days(5), &mut sink).unwrap();
        records
    };
    let before = all();
    let file = number_of_file(dir.path());
    // In another process as far as redb knows.
    let reader = RedbEngine::open_read_only(dir.path(), &options()).unwrap();
    let told = reader.overview("default", Window::Days(5)).unwrap();
    let mut records = Vec::new();
    let mut sink = |record| {
        records.push(record);
        if records.len() == 5 {
            // This one holds the old file, so that it cannot be waited for.
            engine.give_back(&|| number_of_file(dir.path()) != file).unwrap();
            fill(&engine, "ewa", 100_000, 3, 1);
            engine.checkpoint().unwrap();
        }
        Ok(())
    };
    engine.export("default", ExportType::Events, Window::Days(5), &mut sink).unwrap();
    assert_ne!(number_of_file(dir.path()), file);
    assert!(records == before, "{} records, {} before", records.len(), before.len());
    assert_eq!(all().len(), before.len() + 3_000);
    assert_eq!(reader.overview("default", Window::Days(5)).unwrap(), told);
    let mut count = 0;
    let mut sink = |_| {
        count += 1;
        Ok(())
    };
    reader.export("default", ExportType::Events, Window::Days(5), &mut sink).unwrap();
    assert_eq!(count, before.len());
    drop(reader);
    let later = RedbEngine::open_read_only(dir.path(), &options()).unwrap();
    assert_eq!(later.overview("default", Window::Days(5)).unwrap().overview.total_conversations, 15_000);
}

#[test]
fn commands_beside_a_server_work_before_and_after() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    fill(&engine, "anna", 0, 12, 1);
    engine.checkpoint().unwrap();
    let file = number_of_file(dir.path());
    let differences = check(dir.path(), &mut |done, _| {
        // In the middle of it.
        if done > 0 && number_of_file(dir.path()) == file {
            engine.give_back(&|| false).unwrap();
            fill(&engine, "ewa", 100_000, 1, 1);
            engine.checkpoint().unwrap();
        }
    });
    assert_eq!(differences.unwrap().differences, Vec::<String>::new());
    assert_ne!(number_of_file(dir.path()), file);
    let to = dir.path().join("after.backup");
    assert_eq!(backup(dir.path(), &to, BackupOptions::default()).unwrap().events, 13_000);
    assert_eq!(run_on(dir.path(), "check --json").exits(0).json()["agrees"], true);
    let refused = run_on(dir.path(), "retain").exits(2);
    assert!(refused.err.contains("in use by another NovaHouse"), "{refused:?}");

    // Backups again and again, while it is exchanged again and again.
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                engine.give_back(&|| false).unwrap();
            }
        });
        for number in 0..6 {
            let to = dir.path().join(format!("{number}.backup"));
            assert_eq!(backup(dir.path(), &to, BackupOptions::default()).unwrap().events, 13_000);
            assert_eq!(verify_backup(&to, number == 5).unwrap().events, 13_000);
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// The file is looked through as it is: a text that is gone is nowhere in the new one.
#[test]
fn what_was_erased_is_nowhere_in_the_new_file() {
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    let said = |number: u64, user: &str| {
        let json = format!(
            r#"{{"type":"message","session_id":"{user}{number}","user_id":"{user}","user_message":"unheard of {user} {number}","timestamp":{}}}"#,
            ms(NOW)
        );
        wire::parse(&json, &wire::Context::at(ms(NOW))).unwrap().event
    };
    engine.append(batch((0..300).map(|number| said(number, "zuzanna")).collect())).unwrap();
    engine.append(batch((0..300).map(|number| said(number, "wanda")).collect())).unwrap();
    engine.checkpoint().unwrap();
    let holds = |text: &str| {
        let bytes = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let erasure = Erasure { bot: "default", whom: Whom::User("zuzanna"), purge: false, seed: Seed([3; 32]) };
    engine.erase(&erasure, &|number, _, _| Ok(vec![number as u8])).unwrap();
    assert!(holds("zuzanna"), "what is free in the old file may hold it");
    engine.give_back(&|| false).unwrap();
    assert!(!holds("zuzanna") && holds("wanda"));
    engine.close().unwrap();
    drop(engine);
    agrees(dir.path());
    assert!(!holds("zuzanna"));
}

/// Nothing is said of how long anything is kept: a night gives back what erasures have left.
#[test]
fn a_night_gives_back_what_erasures_left_without_any_retention() {
    let (dir, accounts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = Arc::new(RedbEngine::open(dir.path(), &options()).unwrap());
    fill(&*engine, "anna", 0, 10, 1);
    fill(&*engine, "ewa", 100_000, 2, 1);
    engine.checkpoint().unwrap();
    assert!(!engine.has_room_to_give_back().unwrap());
    let erasure = Erasure { bot: "default", whom: Whom::User("anna"), purge: true, seed: Seed([3; 32]) };
    engine.erase(&erasure, &|number, _, _| Ok(vec![number as u8])).unwrap();
    assert!(engine.has_room_to_give_back().unwrap());
    let before = allocated(dir.path());
    let settings = Arc::new(Settings::load(accounts.path()).unwrap());
    let retention = Retention::start(engine.clone(), settings, Clock::fixed(ms(NOW))).unwrap();
    becomes("the night is over", || retention.status().last.is_some());
    let came_to = retention.status().last.unwrap().came_to.unwrap();
    assert!(came_to.bots.is_empty() && came_to.given_back_bytes > before / 2, "{came_to:?} of {before}");
    retention.stop();
    assert!(!engine.has_room_to_give_back().unwrap());
    assert_eq!(engine.retain(&|_| FOREVER, &|| false).unwrap().given_back_bytes, 0);
    engine.close().unwrap();
    drop((retention, engine));
    agrees(dir.path());
}

/// It is not begun where it may fill the disk, and where the disk fills up under it nothing has changed.
#[test]
fn a_small_disk_keeps_its_file_as_it_is() {
    let Some(disk) = SmallDisk::mounted(32) else { return };
    let dir = disk.path();
    let engine = RedbEngine::open(dir, &options()).unwrap();
    fill(&engine, "anna", 0, 12, 20);
    fill(&engine, "ewa", 100_000, 2, 1);
    engine.checkpoint().unwrap();
    let file = number_of_file(dir);
    let retained = engine.retain(&|_| KEEP, &|| false).unwrap();
    assert!(!retained.bots.is_empty() && retained.given_back_bytes == 0, "{retained:?}");
    assert!(!engine.has_room_to_give_back().unwrap(), "there is room in the file, and none for another one");
    disk.fill();
    assert!(matches!(engine.give_back(&|| false), Err(Error::Storage(_) | Error::Unusable(_))));
    disk.relieve();
    assert_eq!(number_of_file(dir), file);
    assert!(!dir.join(format!("{FILE_NAME}.smaller")).exists());
    fill(&engine, "ewa", 200_000, 1, 1);
    engine.give_back(&|| false).unwrap();
    assert_ne!(number_of_file(dir), file);
    assert_eq!(engine.overview("default", Window::Days(5)).unwrap().overview.total_conversations, 3_000);
    engine.close().unwrap();
    drop(engine);
    agrees(dir);
}

const CHILD: &str = "NOVAHOUSE_TEST_GIVES_BACK";
const OF_CHILD: usize = 25;

fn of_child(number: u64) -> Vec<Event> {
    (0..OF_CHILD as u64).map(|place| message(number * OF_CHILD as u64 + place, "anna", 1)).collect()
}

/// The process that is killed: appends and gives back until then. Notes what was acknowledged, and how often the file was another.
#[test]
fn a_process_that_gives_back_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let dir = Path::new(&dir);
    let engine = RedbEngine::open(&dir.join("data"), &options()).unwrap();
    let opened = |name: &str| OpenOptions::new().create(true).append(true).open(dir.join(name)).unwrap();
    let (mut acknowledged, mut swaps): (File, File) = (opened("acknowledged"), opened("swaps"));
    let first = std::fs::metadata(dir.join("acknowledged")).unwrap().len();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                engine.give_back(&|| false).unwrap();
                swaps.write_all(b".").unwrap();
            }
        });
        for number in first.. {
            engine.append(batch(of_child(number))).unwrap();
            acknowledged.write_all(b".").unwrap();
        }
    });
}

#[test]
fn kill_9_while_room_is_given_back_loses_nothing() {
    let rounds = figure("NOVAHOUSE_TEST_KILLS").unwrap_or(8);
    let dir = tempfile::tempdir().unwrap();
    let length = |name: &str| std::fs::metadata(dir.path().join(name)).map_or(0, |metadata| metadata.len());
    for round in 0..rounds {
        let before = length("swaps");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "retention::given_back::a_process_that_gives_back_until_it_is_killed"])
            .env(CHILD, dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        becomes("it has given back", || length("swaps") > before);
        std::thread::sleep(Duration::from_millis(37 * (round % 5)));
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = length("acknowledged");
        let data = dir.path().join("data");
        let engine = RedbEngine::open(&data, &options()).unwrap();
        let stored = engine.overview("default", Window::Days(5)).unwrap().overview.total_conversations as usize;
        assert_eq!(stored % OF_CHILD, 0, "a batch is there in part");
        let stored = (stored / OF_CHILD) as u64;
        assert!(stored == acknowledged || stored == acknowledged + 1, "{acknowledged} acknowledged, {stored} stored");
        if stored > acknowledged {
            // It is known; what comes next is the one after it.
            OpenOptions::new().append(true).open(dir.path().join("acknowledged")).unwrap().write_all(b".").unwrap();
        }
        engine.close().unwrap();
        drop(engine);
        agrees(&data);
    }
    println!("{} batches, {} exchanges in {rounds} rounds", length("acknowledged"), length("swaps"));
}

fn line(number: u64) -> String {
    let (session, user, said) = (format!("n{}", number / 10), format!("v{}", number / 100), words(number));
    let message = serde_json::json!({
        "type": "message", "session_id": session, "user_id": user, "user_message": "question", "bot_response": said,
        "timestamp": ms(NOW),
    });
    format!("{message}\n")
}

/// Not a test: figures. `cargo test --release --test main given_back::figures -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn figures() {
    let events = figure("NOVAHOUSE_TEST_EVENTS").unwrap_or(2_000_000);
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &Options { given_back_bytes_min: u64::MAX, ..options() }).unwrap();
    let engine = Arc::new(engine);
    let thousands = events / 1_000;
    for thousand in 0..thousands {
        let age_days = if thousand * 5 < thousands * 4 { 20 } else { 1 };
        let user = format!("u{}", thousand / 2);
        fill(&*engine, &user, thousand * 1_000, 1, age_days);
    }
    engine.checkpoint().unwrap();
    let before = allocated(dir.path());
    let served = Served::over(engine.clone(), Clock::fixed(ms(NOW)));
    let phase = std::sync::Mutex::new(("quiet", vec![("quiet", Vec::new())]));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for connection in 0..2u64 {
            let (phase, served, over) = (&phase, &served, &over);
            scope.spawn(move || {
                let mut client = served.client();
                let numbers = Cell::new(events + connection * 100_000_000);
                while !over.load(Ordering::Relaxed) {
                    let first = numbers.replace(numbers.get() + 100);
                    let lines: String = (first..first + 100).map(line).collect();
                    let began = Instant::now();
                    let headers = [("Content-Type", "application/x-ndjson")];
                    let answer = client.send("POST", "/api/events", &headers, lines.as_bytes()).unwrap();
                    assert_eq!(answer.status, 200, "{answer:?}");
                    let took = began.elapsed();
                    let mut phase = phase.lock().unwrap();
                    let now = phase.0;
                    match phase.1.last_mut() {
                        Some((name, posts)) if *name == now => posts.push(took),
                        _ => phase.1.push((now, vec![took])),
                    }
                }
            });
        }
        let enter = |name| phase.lock().unwrap().0 = name;
        let quiet = || std::thread::sleep(Duration::from_secs(15));
        quiet();
        enter("retention");
        let began = Instant::now();
        let retained = Engine::retain(&*engine, &|_| KEEP, &|| false).unwrap();
        println!("retention {:?}, {} steps, longest hold {:?}", began.elapsed(), retained.steps, retained.longest);
        enter("quiet again");
        quiet();
        enter("giving back");
        let began = Instant::now();
        let given_back = engine.give_back(&|| false).unwrap();
        println!("giving back {:?}, {given_back:?}, {before} bytes before all of it", began.elapsed());
        enter("after");
        quiet();
        over.store(true, Ordering::Relaxed);
    });
    for (name, mut posts) in phase.into_inner().unwrap().1 {
        posts.sort_unstable();
        if let Some(longest) = posts.last() {
            let at = |share: f64| posts[((posts.len() - 1) as f64 * share) as usize];
            println!(
                "  {name}: {} posts, median {:?}, p99 {:?}, p99.9 {:?}, longest {longest:?}",
                posts.len(),
                at(0.5),
                at(0.99),
                at(0.999)
            );
        }
    }
    drop(served);
    println!("{} bytes at the end, of which {} long", allocated(dir.path()), engine.vitals().disk.unwrap().file_bytes);
}
