//! What `import` takes, once.

use std::time::Duration;

use serde_json::Value;

use crate::support::process::{Dir, conversations, messages, novahouse, run_on};

const LINES: &str = "\
{\"type\":\"message\",\"session_id\":\"a\",\"user_message\":\"the \\\"record\\\" of it\"}
{\"type\":\"message\",\"session_id\":\"a\",\"response_time_ms\":-5}

nonsense
{\"type\":\"lead\",\"session_id\":\"a\",\"email\":\"a@example.com\"}
";

#[test]
fn bad_rows_are_named_by_their_line_and_skipped() {
    let dir = Dir::new();
    let file = dir.write("events.ndjson", LINES);
    let words = format!("import {}", file.display());
    let first = run_on(&dir.data(), &words).exits(1);
    assert!(first.err.contains("line 2: response_time_ms: expected a whole number"), "{first:?}");
    assert!(first.err.contains("line 4: not valid JSON"), "{first:?}");
    assert!(first.out.contains("2 events from 4 rows"), "{first:?}");

    let again = run_on(&dir.data(), &format!("{words} --json")).exits(0).json();
    assert_eq!((&again["already_imported"], &again["events"]), (&true.into(), &0.into()));
    // The content counts, not the name.
    let renamed = dir.write("renamed", LINES);
    let renamed = run_on(&dir.data(), &format!("import {}", renamed.display())).exits(0);
    assert!(renamed.out.contains("nothing was added"), "{renamed:?}");
    assert_eq!(conversations(&dir.data()), 1);
    run_on(&dir.data(), "check").exits(0);
}

#[test]
fn strict_imports_all_or_nothing() {
    let dir = Dir::new();
    let bad = dir.write("bad.ndjson", LINES);
    let refused = run_on(&dir.data(), &format!("import {} --strict", bad.display())).exits(1);
    assert!(refused.out.contains("2 of 4 rows are bad: nothing was imported"), "{refused:?}");
    assert!(!dir.data().exists(), "the directory was touched");
    let good = dir.write("good.ndjson", &messages(3));
    run_on(&dir.data(), &format!("import {} --strict --bot b", good.display())).exits(0);
    assert_eq!(run_on(&dir.data(), "export --format ndjson --bot b").exits(0).out.lines().count(), 3);
}

#[test]
fn a_file_of_another_kind_is_refused_with_exit_code_2() {
    let dir = Dir::new();
    let other = dir.write("table.csv", "id,session_id\n1,2\n");
    let refused = run_on(&dir.data(), &format!("import {}", other.display())).exits(2);
    assert!(refused.err.contains("neither lines of events"), "{refused:?}");
    let missing = run_on(&dir.data(), "import /nowhere/at/all").exits(2);
    assert!(missing.err.contains("/nowhere/at/all"), "{missing:?}");
    let cut = dir.write("cut.json", "{\"export_type\":\"all\",\"data\":{\"conversations\":[{\"session_id\":");
    let refused = run_on(&dir.data(), &format!("import {}", cut.display())).exits(2);
    assert!(refused.err.contains("not valid JSON"), "{refused:?}");
}

/// Records without the ids and the count of events, which NovaHouse makes itself.
fn records(dir: &Dir, data: &str, bot: &str) -> Value {
    let words = format!("export --type all --days 30 --bot {bot}");
    let mut records = run_on(&dir.file(data), &words).exits(0).json()["data"].take();
    for list in records.as_object_mut().unwrap().values_mut() {
        for record in list.as_array_mut().unwrap() {
            let record = record.as_object_mut().unwrap();
            record.remove("id");
            record.remove("interactions");
        }
    }
    records
}

#[test]
fn every_form_of_export_comes_back_as_the_same_records() {
    let dir = Dir::new();
    run_on(&dir.file("first"), "demo --days 2 --seed 3").exits(0);
    // An event keeps its bot; of records only the JSON says whose they are.
    for (what, format, bot_flag) in
        [("all", "json", ""), ("all", "ndjson", "--bot sklep"), ("events", "json", ""), ("events", "ndjson", "")]
    {
        let data = format!("{what}-{format}");
        let file = dir.file(&format!("{data}.export"));
        let shown = file.display();
        run_on(&dir.file("first"), &format!("export --type {what} --format {format} --bot sklep --output {shown}"))
            .exits(0);
        run_on(&dir.file(&data), &format!("import {shown} {bot_flag}")).exits(0);
        let (before, after) = (records(&dir, "first", "sklep"), records(&dir, &data, "sklep"));
        for list in ["conversations", "leads", "engagements", "intents", "performance"] {
            assert!(!before[list].as_array().unwrap().is_empty(), "{list} is empty");
            // A session may last until feedback came, which only events hold; the records say so at both ends.
            assert_eq!(before[list], after[list], "{list} by way of {data}");
        }
        run_on(&dir.file(&data), "check").exits(0);
    }
}

/// The rows have no ids: only the mark that is committed with them keeps any from coming twice.
#[test]
fn an_import_killed_half_way_goes_on_where_it_stopped() {
    let dir = Dir::new();
    let file = dir.write("many.ndjson", &messages(60_000));
    for delay_ms in [60, 120, 240, 480] {
        let mut command = novahouse();
        command.arg("import").arg(&file).arg("--data").arg(dir.data());
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay_ms));
        // It may have been faster.
        let _ = child.kill();
        child.wait().unwrap();
    }
    run_on(&dir.data(), &format!("import {}", file.display())).exits(0);
    assert_eq!(conversations(&dir.data()), 60_000);
    run_on(&dir.data(), "check").exits(0);
}
