//! Power is lost at any sync of a run of retention: the file agrees with itself whatever has gone by then, its figures are
//! what they were, and the next run ends what was begun.

use novahouse::engine::{Batch, Engine, ExportType, Record, Window};
use novahouse::model::Keep;
use novahouse::store::{FILE_NAME, RedbEngine, check};

use super::backend::{Disk, Fate};
use super::{BATCHES, batch, options};
use crate::support::figure;

const KEEP: Keep = Keep { text_days: Some(2), events_days: Some(5), performance_days: Some(4), sessions_days: Some(7) };

fn run(disk: &Disk) -> bool {
    let Ok(engine) = RedbEngine::open_backend(disk.backends(), &options()) else { return false };
    engine.retain(&|_| KEEP, &|| false).is_ok() && engine.append(vec![batch(BATCHES)]).is_ok()
}

fn events(engine: &RedbEngine) -> Vec<Record> {
    let mut events = Vec::new();
    let mut sink = |record| {
        events.push(record);
        Ok(())
    };
    engine.export("default", ExportType::Events, Window::Days(60), &mut sink).unwrap();
    events
}

#[test]
fn a_crash_at_every_sync_of_retention_leaves_a_file_that_agrees() {
    let new = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(new.path(), &options()).unwrap();
    for number in 0..BATCHES {
        engine.append(vec![Batch { idempotency_key: None, ..batch(number) }]).unwrap();
    }
    let before = engine.overview("default", Window::Days(60)).unwrap();
    let all = events(&engine).len();
    engine.close().unwrap();
    drop(engine);
    let bytes = std::fs::read(new.path().join(FILE_NAME)).unwrap();
    let whole = Disk::new(&bytes, usize::MAX);
    assert!(run(&whole));
    let syncs = whole.syncs();
    let first_seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(7);
    println!("{syncs} syncs, seed {first_seed}");
    let mut lefts = std::collections::BTreeSet::new();
    for crash_at in 1..=syncs {
        let disk = Disk::new(&bytes, crash_at);
        run(&disk);
        for (fate, seed) in [(Fate::Lost, 0), (Fate::Kept, 0), (Fate::Torn, first_seed), (Fate::Torn, first_seed + 1)] {
            let story = format!("sync {crash_at} of {syncs}, {fate:?}, seed {seed}");
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(FILE_NAME), disk.after_the_crash(fate, seed).bytes).unwrap();
            let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
            assert!(differences.is_empty(), "{story}: {differences:?}");
            let engine = RedbEngine::open(dir.path(), &options()).unwrap();
            let overview = engine.overview("default", Window::Days(60)).unwrap();
            let more = overview.overview.total_conversations - before.overview.total_conversations;
            assert!(more == 0 && overview == before || more == 4, "{story}");
            lefts.insert(events(&engine).len());
            engine.retain(&|_| KEEP, &|| false).unwrap();
            assert!(engine.retain(&|_| KEEP, &|| false).unwrap().bots.is_empty(), "{story}");
            assert!(events(&engine).len() < all, "{story}");
            engine.close().unwrap();
            drop(engine);
            let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
            assert!(differences.is_empty(), "{story}, ended: {differences:?}");
        }
    }
    assert!(lefts.len() > 1, "{lefts:?}");
}
