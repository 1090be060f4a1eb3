//! Files that are not what was written: bits that have flipped anywhere, cut off, foreign, of another version. Whatever is
//! answered is right, or it is an error that says what to do.
//!
//! `NOVAHOUSE_TEST_FLIPS=5000 cargo test faults::damage -- --nocapture` damages so many files; a failure prints its seed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use novahouse::engine::{Engine, ExportType, HourWindow, Window};
use novahouse::error::{Error, Result};
use novahouse::store::{BackupOptions, Options, RedbEngine, backup, check, repair};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use redb::{ReadableDatabase, ReadableTable};

use super::{batches, file, options, oracle_of, seed, stored};
use crate::support::conformance::{list, same_answers};
use crate::support::generator::BOTS;
use crate::support::process::{Dir, run_on};

fn flips() -> usize {
    std::env::var("NOVAHOUSE_TEST_FLIPS").map_or(60, |flips| flips.parse().expect("a number"))
}

/// Damages one place: a bit, a byte, or a sector.
fn damage(bytes: &mut [u8], random: &mut SmallRng) -> String {
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..4) {
        0 => {
            let end = (at + 512).min(bytes.len());
            bytes[at..end].fill(0);
            format!("zeros from {at}")
        }
        1 => {
            bytes[at] = random.random();
            format!("byte {at}")
        }
        _ => {
            bytes[at] ^= 1 << random.random_range(0..8);
            format!("bit of byte {at}")
        }
    }
}

/// A small file is read whole when it is opened: it is refused, or everything in it is right.
#[test]
fn a_damaged_file_is_refused_or_answers_as_before() {
    let batches = batches(41, 6);
    let oracle = oracle_of(&batches);
    let dir = stored(&batches);
    let bytes = std::fs::read(file(dir.path())).unwrap();
    let first = seed();
    println!("seed {first}");
    let (mut refused, mut found, mut same, mut repaired) = (0, 0, 0, 0);
    for number in 0..flips() as u64 {
        let mut random = SmallRng::seed_from_u64(first + number);
        let mut damaged = bytes.clone();
        let story = format!("seed {}, {}", first + number, damage(&mut damaged, &mut random));
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(file(copy.path()), &damaged).unwrap();
        let checked = catch_unwind(AssertUnwindSafe(|| check(copy.path(), &mut |_, _| {})));
        let checked = checked.unwrap_or_else(|_| panic!("{story}: check panicked"));
        let is_found = !matches!(&checked, Ok(checked) if checked.differences.is_empty());
        found += u32::from(is_found);
        // A backup once took damaged rows with it, "verified", and no start found them any more.
        std::fs::write(file(copy.path()), &damaged).unwrap();
        let kept = copy.path().join("kept.backup");
        let backed_up = catch_unwind(AssertUnwindSafe(|| backup(copy.path(), &kept, BackupOptions::default())));
        match backed_up.unwrap_or_else(|_| panic!("{story}: backup panicked")) {
            Ok(_) => {
                assert!(!is_found, "{story}: a backup of what a check refuses: {checked:?}");
                std::fs::remove_file(&kept).unwrap();
            }
            Err(error) => assert!(error.to_string().contains("novahouse restore"), "{story}: {error}"),
        }
        // A check repairs nothing but what a crash leaves, as any start does.
        std::fs::write(file(copy.path()), &damaged).unwrap();
        match RedbEngine::open(copy.path(), &options()) {
            Err(error) => {
                refused += 1;
                let error = error.to_string();
                assert!(error.contains("novahouse restore"), "{story}: {error}");
                std::fs::write(file(copy.path()), &damaged).unwrap();
                // Where the events are whole, everything can be counted anew.
                if repair(copy.path(), &options(), &mut |_, _| {}).is_ok() {
                    repaired += 1;
                    if repaired <= 10 {
                        same_answers(&RedbEngine::open(copy.path(), &options()).unwrap(), &oracle, &story);
                    }
                }
            }
            Ok(engine) => {
                assert!(!is_found, "{story}: {checked:?}");
                same += 1;
                if same <= 40 {
                    same_answers(&engine, &oracle, &story);
                }
            }
        }
    }
    println!("{refused} refused, {repaired} of them repaired, {found} found by check, {same} with nothing damaged");
    assert!(refused > 0 && found > 0);
}

/// Everything that can be asked, as text.
fn answers(engine: &dyn Engine) -> Vec<Result<String>> {
    let mut answers = Vec::new();
    for bot in BOTS {
        for window in [Window::Days(1), Window::Days(30), Window::Days(3_650)] {
            answers.push(engine.overview(bot, window).map(|answer| format!("{answer:?}")));
            answers.push(engine.intents(bot, window).map(|answer| format!("{answer:?}")));
            answers.push(engine.engagement(bot, window).map(|answer| format!("{answer:?}")));
            answers.push(engine.leads(bot, window).map(|answer| format!("{answer:?}")));
            answers.push(engine.questions(bot, window, 100).map(|answer| format!("{answer:?}")));
            let by = novahouse::engine::By::Exchange(novahouse::engine::ExchangeFilter::default());
            answers.push(engine.sessions(bot, &list(window, by)).map(|answer| format!("{answer:?}")));
            let by = novahouse::engine::By::Start { intent: None, sentiment: None };
            answers.push(engine.sessions(bot, &list(window, by)).map(|answer| format!("{answer:?}")));
            for what in [ExportType::Events, ExportType::Leads, ExportType::Engagements, ExportType::Intents] {
                let mut lines = String::new();
                let mut sink = |record| {
                    lines.push_str(&format!("{record:?}\n"));
                    Ok(())
                };
                answers.push(engine.export(bot, what, window, &mut sink).map(|()| lines));
            }
        }
        answers.push(engine.performance(bot, HourWindow::Hours(87_600)).map(|answer| format!("{answer:?}")));
    }
    answers
}

/// Rows as the file holds them: those long enough to be found again in its bytes.
fn rows(dir: &Path) -> Vec<Vec<u8>> {
    type Bytes = &'static [u8];
    let db = redb::Database::open(file(dir)).unwrap();
    let transaction = db.begin_read().unwrap();
    let mut rows = Vec::new();
    let mut take = |value: &[u8]| rows.extend((value.len() >= 24).then(|| value.to_vec()));
    macro_rules! take_all {
        ($($name:literal: $key:ty),+) => {
            $(let table: redb::TableDefinition<'_, $key, Bytes> = redb::TableDefinition::new($name);
            for entry in transaction.open_table(table).unwrap().iter().unwrap() {
                take(entry.unwrap().1.value());
            })+
        };
    }
    take_all!("sessions": u64, "users": u64, "session_events": (u64, u64), "names_new": (u8, u64));
    take_all!("name_leaves": (u8, u8, u32), "leads": (u32, i64, u64), "traces": (u32, i64, u64), "daily": (u32, i32));
    take_all!("questions": (u32, i32), "performance_daily": (u32, i32), "performance_hourly": (u32, i64));
    take_all!("log_tail": u64, "blocks": (u64, u32), "bots": u32);
    rows
}

/// What is damaged in a file that is open already is met row by row, and none is ever taken for another. (Of what redb keeps
/// around them, its branches and the keys, it may be: that a start, a backup or `check` finds.)
#[test]
fn rows_that_are_damaged_under_an_open_store_are_errors() {
    let dir = stored(&batches(42, 30));
    let bytes = std::fs::read(file(dir.path())).unwrap();
    let rows = rows(dir.path());
    let first = seed();
    println!("seed {first}, {} rows", rows.len());
    let opened = |dir: &Path| RedbEngine::open(dir, &Options { page_cache_bytes: 0, ..options() });
    let right = answers(&opened(dir.path()).unwrap());
    let (mut failed, mut same, mut wrong) = (0, 0, 0);
    for number in 0..flips() as u64 {
        let mut random = SmallRng::seed_from_u64(first + number);
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(file(copy.path()), &bytes).unwrap();
        let engine = opened(copy.path()).unwrap();
        let mut damaged = std::fs::read(file(copy.path())).unwrap();
        let row = &rows[random.random_range(0..rows.len())];
        let (place, bit) = (random.random_range(0..row.len()), random.random_range(0..8));
        // What was written over may lie in the file too.
        for start in memchr::memmem::find_iter(&damaged.clone(), row) {
            damaged[start + place] ^= 1 << bit;
        }
        std::fs::write(file(copy.path()), &damaged).unwrap();
        for (found, right) in answers(&engine).iter().zip(&right) {
            match (found, right) {
                (Err(Error::Corrupt { .. }), _) => failed += 1,
                (Ok(found), Ok(right)) if found == right => same += 1,
                _ => {
                    wrong += 1;
                    println!("seed {}: a wrong answer", first + number);
                }
            }
        }
    }
    println!("{failed} errors, {same} right answers, {wrong} wrong ones");
    assert!(wrong == 0 && failed > 0);
}

#[test]
fn what_is_no_data_of_ours_is_refused_with_what_to_do() {
    let whole = stored(&batches(43, 2));
    let bytes = std::fs::read(file(whole.path())).unwrap();
    let dir = Dir::new();
    let data = dir.data();
    let refused = |why: &str| {
        for words in ["check", "serve --listen 127.0.0.1:0", "export --format ndjson", "migrate", "check --repair"] {
            let ran = run_on(&data, words).exits(2);
            assert!(ran.err.contains(why), "{words}: expected {why:?}, found {ran:?}");
            assert!(!ran.err.contains("panicked"), "{words}: {ran:?}");
        }
    };
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(file(&data), b"").unwrap();
    refused("restore a backup");
    std::fs::write(file(&data), b"#!/bin/sh\necho hello\n").unwrap();
    refused("restore a backup");
    std::fs::write(file(&data), vec![7; 100_000]).unwrap();
    refused("restore a backup");
    for length in [1_000, bytes.len() / 2] {
        std::fs::write(file(&data), &bytes[..length]).unwrap();
        refused("restore a backup");
    }
    // At its end there may be room that nothing has taken.
    std::fs::write(file(&data), &bytes[..bytes.len() - 1]).unwrap();
    let ran = run_on(&data, "check");
    assert!(
        ran.code == 0 && ran.out.contains("agrees") || ran.code == 2 && ran.err.contains("restore a backup"),
        "{ran:?}"
    );
    std::fs::remove_file(file(&data)).unwrap();
    std::fs::create_dir(file(&data)).unwrap();
    refused("is a directory");
    std::fs::remove_dir(file(&data)).unwrap();
    let foreign = redb::Database::create(file(&data)).unwrap();
    let table: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("theirs");
    let transaction = foreign.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(1, 1).unwrap();
    transaction.commit().unwrap();
    drop(foreign);
    refused("not one of NovaHouse");
    std::fs::write(file(&data), &bytes).unwrap();
    let newer = redb::Database::open(file(&data)).unwrap();
    let meta: redb::TableDefinition<'_, &'static str, u64> = redb::TableDefinition::new("meta");
    let transaction = newer.begin_write().unwrap();
    transaction.open_table(meta).unwrap().insert("layout", 99).unwrap();
    transaction.commit().unwrap();
    drop(newer);
    refused("written by a newer NovaHouse");
}
