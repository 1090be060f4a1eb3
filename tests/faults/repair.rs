//! What is folded can be lost or wrong: a repair makes it anew from the events.

use std::path::Path;

use novahouse::engine::Engine;
use novahouse::model::Event;
use novahouse::store::{BackupOptions, RedbEngine, backup, check, repair};
use redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::{batch, batches, file, names, options, oracle_of, stored};
use crate::support::conformance::same_answers;
use crate::support::process::{Dir, Server, messages, run_on};

type Bytes = &'static [u8];
const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");
const SESSIONS: TableDefinition<'static, u64, Bytes> = TableDefinition::new("sessions");
const STARTS: TableDefinition<'static, (u32, i64, u64), u8> = TableDefinition::new("session_starts");
const USERS: TableDefinition<'static, u64, Bytes> = TableDefinition::new("users");
const LEAVES: TableDefinition<'static, (u8, u8, u32), Bytes> = TableDefinition::new("name_leaves");
const LEADS: TableDefinition<'static, (u32, i64, u64), Bytes> = TableDefinition::new("leads");
const TRACES: TableDefinition<'static, (u32, i64, u64), Bytes> = TableDefinition::new("traces");
const DAILY: TableDefinition<'static, (u32, i32), Bytes> = TableDefinition::new("daily");
const QUESTIONS: TableDefinition<'static, (u32, i32), Bytes> = TableDefinition::new("questions");
const HOURLY: TableDefinition<'static, (u32, i64), Bytes> = TableDefinition::new("performance_hourly");
const INDEX: TableDefinition<'static, u64, (u32, i64, i64)> = TableDefinition::new("log_index");
const IDS: TableDefinition<'static, (i64, u64), Bytes> = TableDefinition::new("event_ids");
const BLOCKS: TableDefinition<'static, (u64, u32), Bytes> = TableDefinition::new("blocks");

fn change(dir: &Path, change: impl FnOnce(&WriteTransaction)) {
    let db = redb::Database::open(file(dir)).unwrap();
    let transaction = db.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

type Damage = fn(&WriteTransaction);

/// Wrong numbers in rows that are whole, rows that are missing, and broken bytes.
fn damages() -> Vec<(&'static str, Damage)> {
    vec![
        ("daily", |transaction| {
            let mut table = transaction.open_table(DAILY).unwrap();
            let first = table.first().unwrap().unwrap().1.value().to_vec();
            let last = table.last().unwrap().unwrap().0.value();
            table.insert(last, &first[..]).unwrap();
        }),
        ("sessions", |transaction| {
            transaction.open_table(SESSIONS).unwrap().remove(0).unwrap().unwrap();
        }),
        ("session_starts", |transaction| {
            let mut table = transaction.open_table(STARTS).unwrap();
            let (key, bits) = table.first().map(|row| row.map(|row| (row.0.value(), row.1.value()))).unwrap().unwrap();
            table.insert(key, bits ^ 0x80).unwrap();
        }),
        ("users", |transaction| {
            transaction.open_table(USERS).unwrap().insert(0, &[1u8, 2, 3][..]).unwrap();
        }),
        ("names", |transaction| {
            transaction.open_table(LEAVES).unwrap().retain(|_, _| false).unwrap();
        }),
        ("leads", |transaction| {
            transaction.open_table(LEADS).unwrap().insert((0, 5, 5), &[9u8; 40][..]).unwrap();
        }),
        ("traces", |transaction| {
            transaction.open_table(TRACES).unwrap().pop_first().unwrap().unwrap();
        }),
        ("questions", |transaction| {
            let mut table = transaction.open_table(QUESTIONS).unwrap();
            let (key, mut bytes) =
                table.last().map(|row| row.map(|row| (row.0.value(), row.1.value().to_vec()))).unwrap().unwrap();
            *bytes.last_mut().unwrap() ^= 4;
            table.insert(key, &bytes[..]).unwrap();
        }),
        ("performance_hourly", |transaction| {
            transaction.open_table(HOURLY).unwrap().retain(|_, _| false).unwrap();
        }),
        ("next_session", |transaction| {
            transaction.open_table(META).unwrap().insert("next_session", 3).unwrap();
        }),
    ]
}

#[test]
fn whatever_is_damaged_of_what_is_folded_a_repair_makes_it_anew() {
    let batches = batches(7, 6);
    let oracle = oracle_of(&batches);
    let whole = stored(&batches);
    let all = |transaction: &WriteTransaction| damages().iter().for_each(|(_, damage)| damage(transaction));
    for (story, damage) in damages().into_iter().map(|(story, damage)| (story, Some(damage))).chain([("all", None)]) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(file(whole.path()), file(dir.path())).unwrap();
        change(dir.path(), |transaction| damage.map_or_else(|| all(transaction), |damage| damage(transaction)));
        let found = check(dir.path(), &mut |_, _| {}).unwrap().differences;
        assert!(!found.is_empty(), "{story}: not found");
        // What one that was killed has left is in no one's way.
        std::fs::write(dir.path().join("novahouse.redb.unfinished"), b"half of it").unwrap();
        let repaired =
            repair(dir.path(), &options(), &mut |_, _| {}).unwrap_or_else(|error| panic!("{story}: {error}"));
        assert_eq!(repaired.differences, found, "{story}");
        assert!(repaired.kept.unwrap().exists());
        assert_eq!(names(dir.path()), ["novahouse.redb", "novahouse.redb.before-repair-1"], "{story}");
        assert!(check(dir.path(), &mut |_, _| {}).unwrap().differences.is_empty(), "{story}");
        let again = repair(dir.path(), &options(), &mut |_, _| {}).unwrap();
        assert!(again.differences.is_empty() && again.kept.is_none(), "{story}");
        if damage.is_none() || story == "names" {
            same_answers(&RedbEngine::open(dir.path(), &options()).unwrap(), &oracle, story);
        }
    }
}

/// An index that is wrong leaves out blocks in exports; it is made of the blocks.
#[test]
fn the_index_of_the_log_is_made_anew_too() {
    let batches = batches(8, 30);
    let dir = stored(&batches);
    change(dir.path(), |transaction| {
        let mut index = transaction.open_table(INDEX).unwrap();
        let (count, first_ms, _) = index.get(0).unwrap().expect("a block").value();
        index.insert(0, (count, first_ms, first_ms)).unwrap();
    });
    let repaired = repair(dir.path(), &options(), &mut |_, _| {}).unwrap();
    assert_eq!(repaired.differences, ["log_index 0: not what the block says"]);
    assert!(check(dir.path(), &mut |_, _| {}).unwrap().differences.is_empty());
}

/// A repair once called the events damaged where an entry was missing, and told to run a repair where ids were.
#[test]
fn what_leads_to_the_events_and_what_makes_repetition_harmless_is_made_anew() {
    let mut batches = batches(8, 60);
    batches.push(vec![Event { id: Some("known".into()), ..batches[0][0].clone() }]);
    let oracle = oracle_of(&batches);
    let whole = stored(&batches);
    let damages: [(&str, Damage, &str); 4] = [
        (
            "a key of the index",
            |transaction| {
                let mut index = transaction.open_table(INDEX).unwrap();
                let last = index.last().unwrap().map(|row| (row.0.value(), row.1.value())).unwrap();
                assert!(last.0 > 0, "more than one block");
                index.remove(last.0).unwrap();
                index.insert(last.0 ^ (1 << 22), last.1).unwrap();
            },
            "log_index",
        ),
        (
            "the first entry of the index",
            |transaction| {
                transaction.open_table(INDEX).unwrap().pop_first().unwrap().unwrap();
            },
            "log",
        ),
        (
            "the last entry of the index",
            |transaction| {
                transaction.open_table(INDEX).unwrap().pop_last().unwrap().unwrap();
            },
            "log",
        ),
        (
            "ids",
            |transaction| {
                let mut ids = transaction.open_table(IDS).unwrap();
                let arrival = ids.first().unwrap().unwrap().0.value();
                ids.insert(arrival, &[1u8, 2, 3][..]).unwrap();
            },
            "event_ids",
        ),
    ];
    for (story, damage, named) in damages {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(file(whole.path()), file(dir.path())).unwrap();
        change(dir.path(), damage);
        assert!(backup(dir.path(), &dir.path().join("kept"), BackupOptions::default()).is_err(), "{story}");
        let repaired =
            repair(dir.path(), &options(), &mut |_, _| {}).unwrap_or_else(|error| panic!("{story}: {error}"));
        assert!(repaired.differences[0].contains(named), "{story}: {:?}", repaired.differences);
        assert!(check(dir.path(), &mut |_, _| {}).unwrap().differences.is_empty(), "{story}");
        let engine = RedbEngine::open(dir.path(), &options()).unwrap();
        same_answers(&engine, &oracle, story);
        let again = batches.last().unwrap();
        assert_eq!(engine.append(vec![batch(again)]).unwrap()[0].duplicates, 1, "{story}: what came twice");
    }
}

#[test]
fn events_that_are_damaged_are_not_counted_from() {
    let dir = stored(&batches(8, 30));
    change(dir.path(), |transaction| {
        let mut blocks = transaction.open_table(BLOCKS).unwrap();
        let mut bytes = blocks.get((0, 0)).unwrap().unwrap().value().to_vec();
        bytes[100] ^= 1;
        blocks.insert((0, 0), &bytes[..]).unwrap();
    });
    let before = std::fs::read(file(dir.path())).unwrap();
    let error = repair(dir.path(), &options(), &mut |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("the events themselves are damaged") && error.contains("novahouse restore"), "{error}");
    assert_eq!(names(dir.path()), ["novahouse.redb"]);
    // Opening writes to the header; nothing else is touched.
    assert_eq!(std::fs::read(file(dir.path())).unwrap().len(), before.len());
}

#[test]
fn a_repair_waits_for_no_server_and_says_what_it_did() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.post(&messages(100));
    let refused = run_on(&dir.data(), "check --repair").exits(2);
    assert!(refused.err.contains("in use by another NovaHouse: stop it first"), "{refused:?}");
    assert!(server.terminate().success());
    assert!(run_on(&dir.data(), "check --repair").exits(0).out.contains("there was nothing to repair"));
    change(&dir.data(), |transaction| {
        transaction.open_table(DAILY).unwrap().retain(|_, _| false).unwrap();
    });
    let found = run_on(&dir.data(), "check").exits(1);
    assert!(found.out.contains("missing; the events give one") && found.out.contains("check --repair"), "{found:?}");
    let repaired = run_on(&dir.data(), "check --repair").exits(0);
    assert!(repaired.out.contains("before: daily") && repaired.out.contains("before-repair-1"), "{repaired:?}");
    assert!(repaired.out.contains("agrees with a recount now"), "{repaired:?}");
    run_on(&dir.data(), "check").exits(0);
    let server = Server::on(&dir.data());
    assert_eq!(server.get("/api/analytics/overview").1["overview"]["total_conversations"], 100);
}
