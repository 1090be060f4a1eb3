//! `novahouse doctor` on directories that are well and on such that are not.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::process::{Dir, Ran, Server, messages, run, run_on};
use crate::support::small_disk::SmallDisk;

/// An address where nothing of ours listens.
const FREE: &str = "127.0.0.1:0";

fn doctor(data: &Path, listen: &str) -> Ran {
    run(["doctor", "--json", "--listen", listen, "--data", data.to_str().expect("UTF-8")])
}

/// The levels of what is said about something, worst last.
fn levels(ran: &Ran, about: &str) -> Vec<String> {
    let answer = ran.json();
    let findings = answer["findings"].as_array().expect("a list");
    let of = findings.iter().filter(|finding| finding["about"] == about);
    let mut levels: Vec<String> = of.map(|finding| finding["level"].as_str().unwrap().to_owned()).collect();
    levels.sort_by_key(|level| ["ok", "warn", "bad"].iter().position(|known| known == level));
    levels
}

fn worst(ran: &Ran, about: &str) -> String {
    levels(ran, about).pop().unwrap_or_else(|| panic!("nothing about {about}: {ran:?}"))
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

/// Everything below a directory: names, contents, and when they were written.
fn state(dir: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let mut state: Vec<_> = entries
        .map(|entry| {
            let written = entry.metadata().unwrap().modified().unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap(), written)
        })
        .collect();
    state.sort();
    state
}

#[test]
fn beside_a_live_server_all_is_seen_and_nothing_touched() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    set_mode(&dir.data(), 0o700);
    server.post(&messages(5_000));
    // A checkpoint that comes in between changes the file: then once more.
    let unchanged = (0..10).find_map(|_| {
        let before = state(&dir.data());
        let ran = doctor(&dir.data(), &server.address.to_string());
        (state(&dir.data()) == before).then_some(ran)
    });
    let ran = unchanged.expect("the doctor leaves the directory as it was");
    for about in ["data", "store", "checkpoint", "events", "file", "port", "space"] {
        assert_eq!(worst(&ran, about), "ok", "{about}: {ran:?}");
    }
    assert!(ran.out.contains("and is healthy") && ran.out.contains("5000 events"), "{ran:?}");
    server.post(&messages(1));
}

#[test]
fn the_exit_code_is_that_of_the_worst_and_lines_are_for_people() {
    let dir = Dir::new();
    let missing = doctor(&dir.data(), FREE).exits(2);
    assert_eq!((worst(&missing, "data"), &missing.json()["worst"]), ("bad".into(), &Value::from("bad")));
    let ran = run(["doctor", "--listen", FREE, "--data", dir.data().to_str().unwrap()]).exits(2);
    let line = ran.out.lines().find(|line| line.starts_with("bad   data")).unwrap_or_else(|| panic!("{ran:?}"));
    assert!(line.contains("does not exist -> "), "{line}");
    assert!(!dir.data().exists(), "it makes nothing");
    let alone = run(["doctor", "--json", "--listen", FREE]);
    assert!(alone.code < 2 && levels(&alone, "data").is_empty(), "{alone:?}");
}

#[test]
fn who_may_look_into_the_directory_is_told() {
    let dir = Dir::new();
    drop(Server::on(&dir.data()));
    set_mode(&dir.data(), 0o755);
    set_mode(&dir.data().join("novahouse.redb"), 0o644);
    assert_eq!(worst(&doctor(&dir.data(), FREE), "data"), "warn");
    set_mode(&dir.data(), 0o777);
    assert_eq!(worst(&doctor(&dir.data(), FREE).exits(2), "data"), "bad");
    set_mode(&dir.data(), 0o700);
    assert_eq!(worst(&doctor(&dir.data(), FREE), "data"), "ok");
    assert_eq!(worst(&doctor(&dir.data(), "0.0.0.0:0").exits(2), "access"), "bad", "no one would have to log in");
    run_on(&dir.data(), "key add bot --kind ingest").exits(0);
    set_mode(&dir.data().join("access.json"), 0o640);
    assert_eq!(worst(&doctor(&dir.data(), FREE).exits(2), "access"), "bad");
    set_mode(&dir.data().join("access.json"), 0o600);
    assert_eq!(worst(&doctor(&dir.data(), FREE), "access"), "ok");
    // What no server starts with.
    dir.write("db/settings.json", "nonsense");
    assert_eq!(worst(&doctor(&dir.data(), FREE).exits(2), "settings"), "bad");
    std::fs::remove_file(dir.data().join("settings.json")).unwrap();
    if std::os::unix::fs::chown(dir.data().join("access.json"), Some(12_345), None).is_ok() {
        let ran = doctor(&dir.data(), FREE);
        assert!(worst(&ran, "data") == "warn" && ran.out.contains("chown"), "{ran:?}");
    } else {
        eprintln!("SKIPPED: files of another owner: it needs root");
    }
}

#[test]
fn a_disk_in_memory_and_without_room_is_bad() {
    let Some(disk) = SmallDisk::mounted(16) else { return };
    let ran = doctor(disk.path(), FREE).exits(2);
    assert_eq!((worst(&ran, "disk"), worst(&ran, "space")), ("bad".into(), "bad".into()), "{ran:?}");
    disk.fill();
    assert_eq!(worst(&doctor(disk.path(), FREE), "sync"), "bad");
    disk.relieve();
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0, "the temporary file is gone");
}

#[test]
fn damage_and_a_file_of_someone_else_are_bad() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    // More than the tail holds: sealed blocks, of which every byte is under a checksum.
    server.post(&messages(20_000));
    assert!(server.terminate().success());
    let file = dir.data().join("novahouse.redb");
    let whole = std::fs::read(&file).unwrap();
    assert_eq!(worst(&doctor(&dir.data(), FREE), "store"), "ok");
    let damaged = (1..64).any(|part| {
        let mut bytes = whole.clone();
        let from = bytes.len() * part / 64;
        bytes[from..from + 64].iter_mut().for_each(|byte| *byte ^= 0xff);
        std::fs::write(&file, bytes).unwrap();
        let ran = doctor(&dir.data(), FREE);
        assert!(ran.code <= 2, "{ran:?}");
        worst(&ran, "store") == "bad"
    });
    assert!(damaged, "no damage of the log is seen");
    // It once ended in a panic of the storage, with nothing said of the rest.
    let bits =
        whole.iter().enumerate().map(|(at, byte)| if at % 5_000 == 0 { byte ^ 1 } else { *byte }).collect::<Vec<_>>();
    std::fs::write(&file, bits).unwrap();
    assert_eq!(worst(&doctor(&dir.data(), FREE).exits(2), "store"), "bad");
    std::fs::write(&file, "not a store").unwrap();
    assert_eq!(worst(&doctor(&dir.data(), FREE).exits(2), "store"), "bad");
}

/// A kill leaves a file that the next start puts right. The doctor says so, and leaves that to the start.
#[test]
fn a_server_that_was_killed_leaves_a_file_that_is_not_touched() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.post(&messages(300));
    drop(server);
    let before = state(&dir.data());
    let ran = doctor(&dir.data(), FREE);
    assert!(["ok", "warn"].contains(&&*worst(&ran, "store")), "{ran:?}");
    assert!(state(&dir.data()) == before, "the doctor has changed something");
}
