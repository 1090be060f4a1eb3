//! Data directories as released versions wrote them. Every later version has to open each, and to answer as a recount of
//! the events beside it. What a layout once wrote is never written again: the files stay as they are.

use std::io::Write;
use std::path::{Path, PathBuf};

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::wire::{self, Context};
use novahouse::model::{Event, Keep};
use novahouse::store::{FILE_NAME, Options, RedbEngine, check};

use crate::support::conformance::same_answers;
use crate::support::generator::Generator;
use crate::support::oracle::Oracle;

const NOW_MS: i64 = 1_774_951_200_000;
const ZONE: &str = "Europe/Warsaw";
/// More than one block of the log holds.
const EVENTS: usize = 5_000;
/// After so many events the bots let go of what they keep no longer.
const LET_GO_AFTER: usize = EVENTS / 10 * 8;
const KEEP: Keep =
    Keep { text_days: Some(3), events_days: Some(10), performance_days: Some(5), sessions_days: Some(15) };

fn layouts() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

fn options() -> Options {
    Options { zone: ZONE.parse().unwrap(), clock: Clock::fixed(NOW_MS), names_waiting_max: 100, ..Options::default() }
}

#[test]
fn every_layout_ever_written_opens_and_answers_as_a_recount() {
    let layouts = layouts();
    assert!(!layouts.is_empty());
    for layout in layouts {
        let dir = tempfile::tempdir().unwrap();
        let packed = std::fs::read(layout.join("novahouse.redb.zst")).unwrap();
        std::fs::write(dir.path().join(FILE_NAME), zstd::decode_all(&*packed).unwrap()).unwrap();
        let engine = RedbEngine::open(dir.path(), &options()).unwrap();
        let oracle = recount(&layout.join("events.ndjson.zst"), kept(&layout));
        same_answers(&engine, &oracle, &layout.display().to_string());
        engine.close().unwrap();
        drop(engine);
        let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
        assert!(differences.is_empty(), "{}: {differences:?}", layout.display());
    }
}

/// How long the bots of a layout keep what they were told, where they do not keep everything.
fn kept(layout: &Path) -> Option<Keep> {
    let text = std::fs::read(layout.join("keep.json")).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

fn recount(events: &Path, keep: Option<Keep>) -> Oracle {
    let lines = zstd::decode_all(&*std::fs::read(events).unwrap()).unwrap();
    let context = Context::at(NOW_MS);
    let events: Vec<Event> =
        str::from_utf8(&lines).unwrap().lines().map(|line| wire::parse(line, &context).unwrap().event).collect();
    let oracle = Oracle::new(ZONE.parse().unwrap(), Clock::fixed(NOW_MS));
    let (before, after) = events.split_at(LET_GO_AFTER);
    oracle.append(vec![Batch { events: before.to_vec(), ..Batch::default() }]).unwrap();
    if let Some(keep) = keep {
        oracle.retain(&|_| keep);
    }
    oracle.append(vec![Batch { events: after.to_vec(), ..Batch::default() }]).unwrap();
    oracle
}

/// Run once for a new layout, by the version that brings it:
/// `NOVAHOUSE_TEST_GOLDEN=tests/golden/layout-N cargo test write_a_golden -- --ignored`
#[test]
#[ignore = "writes files that are kept"]
fn write_a_golden_directory() {
    let target = PathBuf::from(std::env::var_os("NOVAHOUSE_TEST_GOLDEN").expect("where to write it"));
    let dir = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(dir.path(), &options()).unwrap();
    let mut events = Generator::new(1, NOW_MS).events(EVENTS);
    // Ids are remembered for a day, and a file is older than that.
    events.iter_mut().for_each(|event| event.id = None);
    let mut lines = zstd::Encoder::new(Vec::new(), 19).unwrap();
    for event in &events {
        writeln!(lines, "{}", novahouse::transfer::event_json::to_json(event)).unwrap();
    }
    for (round, batch) in events.chunks(EVENTS / 10).enumerate() {
        engine.append(vec![Batch { events: batch.to_vec(), ..Batch::default() }]).unwrap();
        // The last ones lie beyond the checkpoint.
        if round == 7 {
            engine.checkpoint().unwrap();
            engine.retain(&|_| KEEP, &|| false).unwrap();
        }
    }
    drop(engine);
    let file = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    std::fs::create_dir_all(&target).unwrap();
    std::fs::write(target.join("novahouse.redb.zst"), zstd::encode_all(&*file, 19).unwrap()).unwrap();
    std::fs::write(target.join("events.ndjson.zst"), lines.finish().unwrap()).unwrap();
    std::fs::write(target.join("keep.json"), serde_json::to_vec(&KEEP).unwrap()).unwrap();
}
