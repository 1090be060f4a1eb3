//! Power is lost at any sync of an erasure: it is done whole or not at all, the file agrees with itself, and asked for again it
//! is done.

use novahouse::engine::{Batch, Engine, Erasure, Held, Whom, Window};
use novahouse::error::Error;
use novahouse::model::erased::Seed;
use novahouse::store::{FILE_NAME, RedbEngine, check};

use super::backend::{Disk, Fate};
use super::{BATCHES, batch, figure, options};

const WHOM: Whom<'static> = Whom::User("u1");

fn erase(engine: &RedbEngine, purge: bool) -> Result<(), Error> {
    let erasure = Erasure { bot: "default", whom: WHOM, purge, seed: Seed([3; 32]) };
    engine.erase(&erasure, &|number, _, _| Ok(vec![number as u8])).map(|_| ())
}

fn run(disk: &Disk, purge: bool) -> bool {
    let Ok(engine) = RedbEngine::open_backend(disk.backends(), &options()) else { return false };
    erase(&engine, purge).is_ok() && engine.append(vec![batch(BATCHES)]).is_ok()
}

/// How many events are held of the one who is erased.
fn held(engine: &RedbEngine) -> usize {
    let mut events = 0;
    let told = engine.held("default", "u1", &mut |held| {
        events += usize::from(matches!(held, Held::Event(_)));
        Ok(())
    });
    assert!(told.is_ok() || matches!(told, Err(Error::NotFound(_))), "{told:?}");
    events
}

fn overview(engine: &RedbEngine) -> novahouse::query::answer::Overview {
    engine.overview("default", Window::Days(60)).unwrap()
}

#[test]
fn a_crash_at_every_sync_of_an_erasure_leaves_it_done_or_not() {
    for purge in [false, true] {
        let new = tempfile::tempdir().unwrap();
        let engine = RedbEngine::open(new.path(), &options()).unwrap();
        for number in 0..BATCHES {
            engine.append(vec![Batch { idempotency_key: None, ..batch(number) }]).unwrap();
        }
        let (before, all) = (overview(&engine), held(&engine));
        assert!(all > 5, "{all}");
        engine.checkpoint().unwrap();
        // Some await a checkpoint, and all of the last ones a block.
        engine.append(vec![batch(BATCHES + 1)]).unwrap();
        let all_later = held(&engine);
        drop(engine);
        let bytes = std::fs::read(new.path().join(FILE_NAME)).unwrap();
        let whole = Disk::new(&bytes, usize::MAX);
        assert!(run(&whole, purge));
        let syncs = whole.syncs();
        let first_seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(7);
        println!("purge {purge}, {syncs} syncs, seed {first_seed}, {before:?}");
        let mut lefts = std::collections::BTreeSet::new();
        for crash_at in 1..=syncs {
            let disk = Disk::new(&bytes, crash_at);
            run(&disk, purge);
            for (fate, seed) in
                [(Fate::Lost, 0), (Fate::Kept, 0), (Fate::Torn, first_seed), (Fate::Torn, first_seed + 1)]
            {
                let story = format!("purge {purge}, sync {crash_at} of {syncs}, {fate:?}, seed {seed}");
                let dir = tempfile::tempdir().unwrap();
                std::fs::write(dir.path().join(FILE_NAME), disk.after_the_crash(fate, seed).bytes).unwrap();
                let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
                assert!(differences.is_empty(), "{story}: {differences:?}");
                let engine = RedbEngine::open(dir.path(), &options()).unwrap();
                let (left, receipts) = (held(&engine), engine.erasures().unwrap().len());
                // What was appended afterwards names the person anew.
                assert!(left == all_later || receipts == 1 && left < all_later, "{story}: {left} of {all_later}");
                assert_eq!(left == all_later, receipts == 0, "{story}");
                lefts.insert(left);
                let again = erase(&engine, purge);
                assert!(
                    again.is_ok() || receipts == 1 && matches!(again, Err(Error::NotFound(_))),
                    "{story}: {again:?}"
                );
                assert_eq!(held(&engine), 0, "{story}");
                engine.close().unwrap();
                drop(engine);
                let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
                assert!(differences.is_empty(), "{story}, ended: {differences:?}");
            }
        }
        assert!(lefts.len() > 1, "{lefts:?}");
    }
}
