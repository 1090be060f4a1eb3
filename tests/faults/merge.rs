//! Merges: another directory's bots are brought in once, whatever interrupts it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use novahouse::engine::Engine;
use novahouse::model::Event;
use novahouse::store::{BackupOptions, Merge, RedbEngine, backup, check, merge};

use super::{batch, batches, file, options, oracle_of, stored};
use crate::support::conformance::same_answers;
use crate::support::process::{Dir, Server, conversations, messages, novahouse, run_on};

const RENAMED: [(&str, &str); 3] = [("default", "first"), ("sklep", "second"), ("Trzeci bot", "third")];

fn renamed() -> BTreeMap<String, String> {
    RENAMED.into_iter().map(|(old, new)| (old.into(), new.into())).collect()
}

fn merged(from: &Path, to: &Path, options_of: &Merge) -> novahouse::error::Result<(u64, u64)> {
    merge(from, to, options_of, &options(), &mut |_, _| {}).map(|merged| (merged.stored, merged.known))
}

#[test]
fn bots_of_the_same_name_are_refused_renamed_or_added_to() {
    let (mine, theirs) = (batches(31, 4), batches(32, 5));
    let (to, from) = (stored(&mine), stored(&theirs));
    let refused = merged(from.path(), to.path(), &Merge::default()).unwrap_err().to_string();
    assert!(refused.contains("is in both") && refused.contains("--into-existing"), "{refused}");
    let unknown = Merge { renamed: [("nobody".into(), "x".into())].into(), ..Merge::default() };
    assert!(merged(from.path(), to.path(), &unknown).unwrap_err().to_string().contains("the source has"));
    let twice = Merge { renamed: [("default".into(), "sklep".into())].into(), ..Merge::default() };
    assert!(merged(from.path(), to.path(), &twice).unwrap_err().to_string().contains("two bots"));
    assert!(merged(to.path(), to.path(), &Merge::default()).unwrap_err().to_string().contains("into itself"));
    same_answers(&RedbEngine::open(to.path(), &options()).unwrap(), &oracle_of(&mine), "nothing was brought in");

    let into = Merge { into_existing: true, ..Merge::default() };
    assert_eq!(merged(from.path(), to.path(), &into).unwrap(), (5 * 150, 0));
    let all = [&mine[..], &theirs[..]].concat();
    same_answers(&RedbEngine::open(to.path(), &options()).unwrap(), &oracle_of(&all), "added");
    assert!(check(to.path(), &mut |_, _| {}).unwrap().differences.is_empty());
    assert_eq!(merged(from.path(), to.path(), &into).unwrap(), (0, 5 * 150), "once");
    same_answers(&RedbEngine::open(to.path(), &options()).unwrap(), &oracle_of(&all), "added once");
}

#[test]
fn what_has_come_is_known_by_what_it_is_and_what_is_new_is_added() {
    let (mine, theirs) = (batches(33, 3), batches(34, 6));
    let to = stored(&mine);
    let from = stored(&theirs[..4]);
    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("b");
    backup(from.path(), &copy, BackupOptions::default()).unwrap();
    let how = Merge { renamed: renamed(), ..Merge::default() };
    assert_eq!(merged(&copy, to.path(), &how).unwrap(), (600, 0), "from a backup");
    assert_eq!(merged(from.path(), to.path(), &how).unwrap(), (0, 600), "the directory it is of");
    let engine = RedbEngine::open(from.path(), &options()).unwrap();
    theirs[4..].iter().for_each(|events| drop(engine.append(vec![batch(events)]).unwrap()));
    engine.close().unwrap();
    drop(engine);
    assert_eq!(merged(from.path(), to.path(), &how).unwrap(), (300, 600), "it went on");
    let name = |name: &str| how.renamed.get(name).cloned().unwrap_or_else(|| name.into());
    let rename = |event: &Event| Event { bot: name(&event.bot).into(), ..event.clone() };
    let all: Vec<Vec<Event>> =
        mine.iter().cloned().chain(theirs.iter().map(|events| events.iter().map(rename).collect())).collect();
    let (engine, oracle) = (RedbEngine::open(to.path(), &options()).unwrap(), oracle_of(&all));
    same_answers(&engine, &oracle, "the bots that were there");
    for bot in ["first", "second", "third"] {
        let window = novahouse::engine::Window::Days(3_650);
        assert_eq!(engine.overview(bot, window).unwrap(), oracle.overview(bot, window).unwrap(), "{bot}");
    }
    assert!(file(to.path()).exists());
}

/// Zones come with their bots; ids that were accepted stay accepted.
#[test]
fn zones_and_ids_come_along() {
    let dir = Dir::new();
    let (from, to) = (dir.file("from"), dir.file("to"));
    let line = "{\"type\":\"message\",\"id\":\"e-1\",\"bot\":\"shop\",\"session_id\":\"s\"}\n";
    let start = |data: &Path, zone: &str| {
        let mut command = novahouse();
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--timezone", zone, "--data"]).arg(data);
        Server::start(command)
    };
    let server = start(&from, "Asia/Kolkata");
    server.post(line);
    server.post(&messages(3));
    assert!(start(&to, "UTC").terminate().success());
    // Beside the live server.
    let merged = run_on(&to, &format!("merge --json --from {}", from.display())).exits(0).json();
    assert_eq!((&merged["stored"], &merged["known"]), (&4.into(), &0.into()), "{merged}");
    let refused = run_on(&from, &format!("merge --from {}", to.display())).exits(2);
    assert!(refused.err.contains("in use by another NovaHouse"), "{refused:?}");
    let server = start(&to, "UTC");
    let bots = server.get("/api/bots").1;
    let zones: Vec<_> = bots["bots"].as_array().unwrap().iter().map(|bot| bot["timezone"].clone()).collect();
    assert_eq!(zones, ["Asia/Kolkata", "Asia/Kolkata"], "{bots}");
    assert_eq!(server.post(line)["duplicates"], 1);
}

#[test]
fn kill_9_in_the_middle_of_a_merge_brings_everything_once() {
    let dir = Dir::new();
    let count: u32 = 45_000;
    let lines = dir.write("events.ndjson", &messages(count));
    let (from, to) = (dir.file("from"), dir.file("to"));
    run_on(&from, &format!("import {}", lines.display())).exits(0);
    let spawn = || {
        let mut command = novahouse();
        command.arg("merge").arg("--from").arg(&from).arg("--data").arg(&to);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let began = Instant::now();
    let mut kills = 0;
    for round in 1..=12u32 {
        let mut child = spawn();
        std::thread::sleep(Duration::from_millis(60 * u64::from(round)));
        kills += u32::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
    }
    println!("{kills} kills in {:?}", began.elapsed());
    run_on(&to, &format!("merge --from {}", from.display())).exits(0);
    assert_eq!(conversations(&to), count as usize);
    run_on(&to, "check").exits(0);
}
