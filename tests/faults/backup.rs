//! Backups: consistent beside a live server, whole or not there, and what is restored answers as what was backed up.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use novahouse::engine::Engine;
use novahouse::store::{BackupOptions, RedbEngine, backup, restore, verify_backup};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::{batch, batches, file, names, options, oracle_of, seed, stored};
use crate::support::conformance::same_answers;
use crate::support::process::{Dir, Server, conversations, messages, novahouse, run_on};
use crate::support::small_disk::SmallDisk;

const ANY: BackupOptions = BackupOptions { overwrite: false, deep: false };

#[test]
fn a_backup_holds_what_was_acknowledged_when_it_began_and_nothing_else() {
    let batches = batches(21, 8);
    let (before, after) = batches.split_at(5);
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    for (place, events) in before.iter().enumerate() {
        engine.append(vec![batch(events)]).unwrap();
        if place == 2 {
            engine.checkpoint().unwrap();
        }
    }
    std::fs::write(dir.path().join("access.json"), b"{\"who\":1}").unwrap();
    std::fs::set_permissions(dir.path().join("access.json"), PermissionsExt::from_mode(0o600)).unwrap();
    let kept = tempfile::tempdir().unwrap();
    let to = kept.path().join("one.backup");
    let made = engine.backup(dir.path(), &to, BackupOptions { deep: true, ..ANY }).unwrap();
    assert_eq!(made.events, 5 * 150);
    after.iter().for_each(|events| drop(engine.append(vec![batch(events)]).unwrap()));
    assert_eq!(verify_backup(&to, true).unwrap(), made);

    let there = engine.backup(dir.path(), &to, ANY).unwrap_err().to_string();
    assert!(there.contains("--overwrite"), "{there}");
    let bytes = std::fs::read(&to).unwrap();
    for round in 0..2 {
        let other = tempfile::tempdir().unwrap();
        let data = other.path().join("new/db");
        assert_eq!(restore(&to, &data).unwrap(), made);
        assert_eq!(std::fs::read(&to).unwrap(), bytes, "the backup stays as it is");
        // That it comes from a backup is known of what was sent, though nothing was.
        assert_eq!(names(&data), ["access.json", "notices.restored.json", "novahouse.redb"]);
        assert_eq!(std::fs::read(data.join("access.json")).unwrap(), b"{\"who\":1}");
        assert_eq!(std::fs::metadata(data.join("access.json")).unwrap().permissions().mode() & 0o777, 0o600);
        let restored = RedbEngine::open(&data, &options()).unwrap();
        same_answers(&restored, &oracle_of(before), "restored");
        let refused = restore(&to, &data).unwrap_err().to_string();
        assert!(refused.contains("holds data already"), "{refused}");
        if round == 1 {
            after.iter().for_each(|events| drop(restored.append(vec![batch(events)]).unwrap()));
            same_answers(&restored, &oracle_of(&batches), "restored, and gone on");
        }
    }
    // Of a directory that no one uses, and in the place of another.
    engine.close().unwrap();
    drop(engine);
    let again = backup(dir.path(), &to, BackupOptions { overwrite: true, ..ANY }).unwrap();
    assert_eq!(again.events, 8 * 150);
    assert_eq!(names(kept.path()), ["one.backup"]);
}

/// With settings and a key for receipts beside each other, no backup agreed with its own checksum: they were read again in
/// another order than they had been written in.
#[test]
fn every_file_beside_the_data_comes_back_as_it_was() {
    let dir = stored(&batches(4, 2));
    let carried = ["access.json", "erasure.key", "notices.json", "settings.json"];
    for name in carried {
        std::fs::write(dir.path().join(name), format!("what is in {name}")).unwrap();
    }
    // Those who are logged in, and what was done, stay behind.
    std::fs::write(dir.path().join("logins.json"), "{}").unwrap();
    let other = tempfile::tempdir().unwrap();
    let (to, data) = (other.path().join("b"), other.path().join("db"));
    let made = backup(dir.path(), &to, ANY).unwrap();
    assert_eq!(verify_backup(&to, true).unwrap(), made);
    restore(&to, &data).unwrap();
    let restored = ["access.json", "erasure.key", "notices.restored.json", "novahouse.redb", "settings.json"];
    assert_eq!(names(&data), restored);
    for name in carried {
        let there = data.join(if name == "notices.json" { "notices.restored.json" } else { name });
        assert_eq!(std::fs::read_to_string(there).unwrap(), format!("what is in {name}"));
    }
    // It was the wrong one: the data is moved away, as is said, and another backup restored.
    std::fs::write(dir.path().join("notices.json"), "what is in another").unwrap();
    backup(dir.path(), &to, BackupOptions { overwrite: true, ..ANY }).unwrap();
    std::fs::remove_file(file(&data)).unwrap();
    restore(&to, &data).unwrap();
    assert_eq!(std::fs::read_to_string(data.join("notices.restored.json")).unwrap(), "what is in another");
}

#[test]
fn what_is_no_backup_is_refused_with_a_sentence() {
    let dir = stored(&batches(3, 2));
    let other = tempfile::tempdir().unwrap();
    let refused = |from: &Path| {
        let error = restore(from, &other.path().join("db")).unwrap_err().to_string();
        assert!(!file(&other.path().join("db")).exists());
        error
    };
    assert!(refused(&file(dir.path())).contains("is a data file and no backup"));
    assert!(refused(dir.path()).contains("is a directory"));
    assert!(refused(&other.path().join("nothing")).contains("cannot be read"));
    std::fs::write(other.path().join("empty"), b"").unwrap();
    assert!(refused(&other.path().join("empty")).contains("is empty"));
    std::fs::write(other.path().join("text"), b"any text at all").unwrap();
    assert!(refused(&other.path().join("text")).contains("text"));
    let to = other.path().join("b");
    backup(dir.path(), &to, ANY).unwrap();
    std::fs::create_dir_all(other.path().join("db")).unwrap();
    std::fs::write(other.path().join("db/access.json"), b"another").unwrap();
    std::fs::write(dir.path().join("access.json"), b"one").unwrap();
    backup(dir.path(), &to, BackupOptions { overwrite: true, ..ANY }).unwrap();
    assert!(refused(&to).contains("access.json is there already"));
}

/// Every byte that means something is known by a checksum: a backup that is not what was written is refused, or what was
/// damaged of it was nothing.
#[test]
fn a_damaged_backup_is_refused() {
    let batches = batches(22, 4);
    let oracle = oracle_of(&batches);
    let dir = stored(&batches);
    let kept = tempfile::tempdir().unwrap();
    let to = kept.path().join("b");
    backup(dir.path(), &to, ANY).unwrap();
    let bytes = std::fs::read(&to).unwrap();
    let mut random = SmallRng::seed_from_u64(seed());
    let mut refused = 0;
    let mut tried = |damaged: Vec<u8>, story: &str| {
        let path = kept.path().join("damaged");
        std::fs::write(&path, damaged).unwrap();
        let data = kept.path().join("db");
        match restore(&path, &data) {
            Err(error) => {
                let error = error.to_string();
                let told = ["damaged", "cut off", "cannot be used", "NovaHouse"];
                assert!(told.iter().any(|word| error.contains(word)), "{story}: {error}");
                assert!(!file(&data).exists(), "{story}");
                refused += 1;
            }
            Ok(_) => {
                same_answers(&RedbEngine::open(&data, &options()).unwrap(), &oracle, story);
            }
        }
        let _ = std::fs::remove_dir_all(&data);
    };
    for _ in 0..60 {
        let at = random.random_range(0..bytes.len());
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << random.random_range(0..8);
        tried(damaged, &format!("byte {at}"));
    }
    for _ in 0..12 {
        let length = random.random_range(0..bytes.len());
        tried(bytes[..length].to_vec(), &format!("{length} bytes"));
    }
    assert!(refused >= 15, "{refused} of 72 refused");
}

fn spawn(words: &[&str], paths: &[(&str, &Path)]) -> Child {
    let mut command = novahouse();
    command.args(words);
    for (flag, path) in paths {
        command.arg(flag).arg(path);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs it once to its end, then kills it in ever other moments of such a run; `begin` prepares each.
fn killed(words: &[&str], paths: &[(&str, &Path)], mut begin: impl FnMut(), mut after: impl FnMut()) {
    begin();
    let began = Instant::now();
    assert!(spawn(words, paths).wait().unwrap().success());
    let took = began.elapsed();
    after();
    for part in 1..=8 {
        begin();
        let mut child = spawn(words, paths);
        std::thread::sleep(took * part / 9);
        let _ = child.kill();
        child.wait().unwrap();
        after();
        // And then it is simply done again.
    }
}

#[test]
fn kill_9_in_the_middle_leaves_a_whole_file_or_none() {
    let dir = Dir::new();
    let count = 30_000;
    let lines = dir.write("events.ndjson", &messages(count));
    run_on(&dir.data(), &format!("import {}", lines.display())).exits(0);
    let to = dir.file("b");
    let data = dir.data();
    killed(
        &["backup"],
        &[("--data", &data), ("--to", &to)],
        || drop(std::fs::remove_file(&to)),
        || {
            if to.exists() {
                assert_eq!(verify_backup(&to, false).unwrap().events, u64::from(count));
            }
        },
    );
    let _ = std::fs::remove_file(&to);
    run_on(&data, &format!("backup --to {}", to.display())).exits(0);
    let restored = dir.file("restored");
    killed(
        &["restore"],
        &[("--from", &to), ("--data", &restored)],
        || drop(std::fs::remove_file(file(&restored))),
        || {
            if file(&restored).exists() {
                assert_eq!(conversations(&restored), count as usize);
            }
        },
    );
    let _ = std::fs::remove_file(file(&restored));
    run_on(&restored, &format!("restore --from {}", to.display())).exits(0);
    assert_eq!(conversations(&restored), count as usize);
}

#[test]
fn a_full_disk_for_backups_leaves_the_server_alone() {
    let dir = Dir::new();
    let Some(disk) = SmallDisk::mounted(4) else { return };
    let server = Server::on(&dir.data());
    server.post(&messages(20_000));
    disk.fill();
    let to = disk.path().join("b");
    let refused = run_on(&dir.data(), &format!("backup --to {}", to.display())).exits(2);
    assert!(refused.err.contains("could not be written") || refused.err.contains("cannot be written"), "{refused:?}");
    assert_eq!(names(disk.path()), ["filler"]);
    server.post(&messages(1_000));
    assert_eq!(server.get("/api/analytics/overview").1["overview"]["total_conversations"], 21_000);
    disk.relieve();
    let to = dir.file("b");
    run_on(&dir.data(), &format!("backup --to {}", to.display())).exits(0);
    assert_eq!(verify_backup(&to, false).unwrap().events, 21_000);
}

#[test]
fn backups_by_the_clock_are_verified_and_the_oldest_go() {
    let dir = Dir::new();
    let kept = dir.file("kept");
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join("mine.backup"), b"mine").unwrap();
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--backup-every", "1s", "--backup-keep", "2"]);
    command.arg("--data").arg(dir.data()).arg("--backup-to").arg(&kept);
    let server = Server::start(command);
    server.post(&messages(100));
    let own = || names(&kept).into_iter().filter(|name| name.starts_with("novahouse-") && name.ends_with("Z.backup"));
    let mut seen = std::collections::BTreeSet::new();
    let deadline = Instant::now() + Duration::from_secs(60);
    while seen.len() < 4 {
        assert!(Instant::now() < deadline, "{seen:?}");
        assert!(own().count() <= 3, "one is there before the oldest goes");
        seen.extend(own());
        std::thread::sleep(Duration::from_millis(20));
    }
    let health = server.get("/api/health").1;
    assert_eq!(health["backups"]["failed"], false, "{health}");
    assert!(health["backups"]["last"].is_string(), "{health}");
    assert!(server.terminate().success());
    let last = kept.join(own().next_back().unwrap());
    assert_eq!(verify_backup(&last, true).unwrap().events, 100);
    assert!(own().count() <= 3);
    assert!(kept.join("mine.backup").exists());
    let restored = dir.file("restored");
    run_on(&restored, &format!("restore --from {}", last.display())).exits(0);
    assert_eq!(conversations(&restored), 100);
}
