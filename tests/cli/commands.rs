//! Each command by itself.

use std::ffi::OsStr;
use std::io::Write;
use std::process::Stdio;

use crate::support::process::{Dir, novahouse, run, run_on};

#[test]
fn help_explains_every_command_and_a_wrong_line_exits_with_2() {
    let help = run(["--help"]).exits(0).out;
    for command in ["serve", "migrate", "export", "import", "check", "demo", "bot", "completions"] {
        assert!(help.contains(command), "{command}: {help}");
        assert!(!run([command, "--help"]).exits(0).out.is_empty());
    }
    run(["--version"]).exits(0);
    run(["frobnicate"]).exits(2);
    run(["check"]).exits(2);
    run(["serve", "--data", "x", "--timezone", "Mars/Olympus"]).exits(2);
    run(["export", "--data", "x", "--days", "0"]).exits(2);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(["completions", shell]).exits(0).out.contains("novahouse"));
    }
}

#[test]
fn a_demo_fills_an_empty_directory_once_and_agrees_with_a_recount() {
    let dir = Dir::new();
    let demo = run_on(&dir.data(), "demo --days 3 --seed 5").exits(0);
    assert!(demo.out.contains("events of 3 days"), "{demo:?}");
    assert!(demo.err.is_empty(), "no bar where no one watches: {demo:?}");
    let again = run_on(&dir.data(), "demo --days 3").exits(2);
    assert!(again.err.contains("holds events already"), "{again:?}");

    let check = run_on(&dir.data(), "check --json").exits(0).json();
    assert_eq!(check["agrees"], true);
    assert!(check["events"].as_u64().unwrap() > 1_000, "{check}");
    let bots = run_on(&dir.data(), "bot list --json").exits(0).json();
    assert_eq!((&bots[0]["name"], &bots[1]["name"]), (&"default".into(), &"sklep".into()));
}

#[test]
fn migrate_creates_what_is_missing_and_prints_the_schema() {
    let dir = Dir::new();
    let schema = run_on(&dir.data(), "migrate").exits(0).out;
    for table in ["blocks", "sessions", "daily", "meta"] {
        assert!(schema.lines().any(|line| line.starts_with(table)), "{table}: {schema}");
    }
    let json = run_on(&dir.data(), "migrate --json").exits(0).json();
    assert!(
        json["tables"].as_array().unwrap().iter().all(|table| table["name"].is_string() && table["row"].is_string())
    );
    run_on(&dir.data(), "check").exits(0);
}

#[test]
fn a_new_zone_moves_days_and_keeps_agreeing() {
    let dir = Dir::new();
    // Half an hour before midnight in UTC is the next day in Warsaw.
    let late = dir
        .write("late.ndjson", r#"{"type":"message","session_id":"s","intent":"a","timestamp":"2026-01-31T23:30:00Z"}"#);
    run_on(&dir.data(), &format!("import {}", late.display())).exits(0);
    let date = || {
        let intents = run_on(&dir.data(), "export --type intents --from 2026-01-01 --to 2026-02-28").exits(0).json();
        intents["data"]["intents"][0]["date"].as_str().unwrap().to_owned()
    };
    assert_eq!(date(), "2026-01-31");
    run_on(&dir.data(), "bot set default --timezone Europe/Warsaw").exits(0);
    assert_eq!(date(), "2026-02-01");
    assert!(run_on(&dir.data(), "bot list").exits(0).out.contains("Europe/Warsaw"));
    run_on(&dir.data(), "check").exits(0);
    let unknown = run_on(&dir.data(), "bot set nobody --timezone UTC").exits(2);
    assert!(unknown.err.contains("nobody"), "{unknown:?}");
}

#[test]
fn an_exported_file_takes_its_name_when_it_is_whole() {
    let dir = Dir::new();
    run_on(&dir.data(), "demo --days 2").exits(0);
    let file = dir.file("leads.csv");
    let shown = file.display();
    run_on(&dir.data(), &format!("export --type leads --format csv --output {shown}")).exits(0);
    let csv = std::fs::read_to_string(&file).unwrap();
    assert!(csv.starts_with("id,session_id,name,") && csv.lines().count() > 5, "{csv}");

    let nowhere = run_on(&dir.data(), "export --output /nowhere/at/all.json").exits(2);
    assert!(nowhere.err.contains("--output: /nowhere/at/all.json"), "{nowhere:?}");
    let wrong = run_on(&dir.data(), "export --type all --format csv").exits(2);
    assert!(wrong.err.contains("--format"), "{wrong:?}");
    let reversed = run_on(&dir.data(), "export --from 2026-02-01 --to 2026-01-01").exits(2);
    assert!(reversed.err.contains("--from"), "{reversed:?}");
    run_on(&dir.data(), "export --bot nobody").exits(2);
    run_on(&dir.data(), "export --from 2026-02-01").exits(2);
    let left: Vec<_> =
        std::fs::read_dir(dir.temporary.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// `novahouse export | head` has done what was wanted: no complaint, and 0.
#[test]
fn an_export_whose_reader_leaves_is_quiet() {
    let dir = Dir::new();
    run_on(&dir.data(), "demo --days 3").exits(0);
    let mut command = novahouse();
    command.args(["export", "--type", "events", "--format", "ndjson", "--data"]).arg(dir.data());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_exit_code_2() {
    let dir = Dir::new();
    for words in ["export", "check", "bot list"] {
        let missing = run_on(&dir.data(), words).exits(2);
        assert!(missing.err.contains("there is no NovaHouse data in"), "{missing:?}");
    }
    let file = dir.write("a-file", "text");
    for words in ["migrate", "demo", "serve --listen 127.0.0.1:0"] {
        let not_a_directory = run_on(&file, words).exits(2);
        assert!(not_a_directory.err.contains("a-file"), "{not_a_directory:?}");
    }
    std::fs::create_dir(dir.data()).unwrap();
    std::fs::write(dir.data().join("novahouse.redb"), "not a database").unwrap();
    for words in ["migrate", "check", "export", "serve --listen 127.0.0.1:0"] {
        let foreign = run_on(&dir.data(), words).exits(2);
        assert!(foreign.err.contains("not a NovaHouse file"), "{foreign:?}");
    }
    assert_eq!(std::fs::read_to_string(dir.data().join("novahouse.redb")).unwrap(), "not a database");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let dir = Dir::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let refused = run_on(&dir.data(), &format!("serve --listen {address}")).exits(2);
    assert!(refused.err.contains(&format!("--listen: {address}")), "{refused:?}");
}

#[test]
fn a_script_is_checked_by_line_and_can_be_talked_to() {
    let dir = Dir::new();
    let script = dir.write("bot.toml", include_str!("../../src/chat/renovation.toml"));
    let sound = run([OsStr::new("bot"), "check".as_ref(), script.as_os_str()]).exits(0);
    assert!(sound.out.contains("intents"), "{sound:?}");
    let wrong = dir.write("wrong.toml", "threshold = 0.3\nfallback.pl = []\n");
    let wrong = run([OsStr::new("bot"), "check".as_ref(), wrong.as_os_str()]).exits(2);
    assert!(wrong.err.contains("wrong.toml: line "), "{wrong:?}");
    let words = format!("serve --listen 127.0.0.1:0 --bot {}", dir.file("none.toml").display());
    assert!(run_on(&dir.data(), &words).exits(2).err.contains("none.toml"));

    let mut talk = novahouse().args(["bot", "try"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    talk.stdin.take().unwrap().write_all("godziny otwarcia\n\n".as_bytes()).unwrap();
    let said = String::from_utf8(talk.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.contains("[hours 1.00]"), "{said}");
}
