//! Power is lost at any sync while a smaller file is made, follows, and takes the place of the old one: whichever of them is
//! there holds all that was acknowledged, and agrees with itself.

use std::cell::Cell;

use novahouse::engine::Engine;
use novahouse::store::RedbEngine;

use super::backend::{Directory, Disk, Fate};
use super::{BATCHES, batch, new_file, options, reopened_after};
use crate::support::{becomes, figure};

/// Appends before, while room is given back, and after it, until the disk freezes. Returns the batches that were acknowledged while
/// it still persisted, and whether another file is in the place of the old one.
fn run(disk: &Disk, directory: &Directory) -> (usize, bool) {
    let opened = RedbEngine::open_backends(directory.file(), directory.beside(), &options());
    let Ok(engine) = opened else { return (0, false) };
    let acknowledged = Cell::new(0);
    let append = || {
        let number = acknowledged.get();
        if number < BATCHES && engine.append(vec![batch(number)]).is_ok() && !disk.is_frozen() {
            acknowledged.set(number + 1);
        }
    };
    (0..3).for_each(|_| append());
    let steps = Cell::new(0);
    let meanwhile = || {
        steps.set(steps.get() + 1);
        match steps.get() % 6 {
            0 => append(),
            // A checkpoint that fails, as it does without power, is tried again by those who append.
            3 => drop(engine.checkpoint()),
            _ => {}
        }
        disk.is_frozen()
    };
    let is_swapped = engine.give_back(&meanwhile).is_ok() && !disk.is_frozen();
    while acknowledged.get() < BATCHES && !disk.is_frozen() {
        append();
    }
    (acknowledged.get(), is_swapped)
}

#[test]
fn a_crash_at_every_sync_of_giving_back_loses_nothing() {
    let bytes = new_file();
    let whole = Disk::new(&bytes, usize::MAX);
    let directory = Directory::of(&whole);
    assert_eq!(run(&whole, &directory), (BATCHES, true));
    reopened_after(directory.after_the_crash(Fate::Lost, 0), BATCHES, "no crash");
    let syncs = whole.syncs();
    let first_seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(7);
    println!("{syncs} syncs, seed {first_seed}");
    let mut swapped = 0;
    for crash_at in 1..=syncs {
        let disk = Disk::new(&bytes, crash_at);
        let directory = Directory::of(&disk);
        let (acknowledged, is_swapped) = run(&disk, &directory);
        swapped += usize::from(is_swapped);
        for (fate, seed) in [(Fate::Lost, 0), (Fate::Kept, 0), (Fate::Torn, first_seed), (Fate::Torn, first_seed + 1)] {
            let story = format!("sync {crash_at} of {syncs}, {fate:?}, seed {seed}");
            reopened_after(directory.after_the_crash(fate, seed), acknowledged, &story);
        }
    }
    assert!(swapped > 0 && swapped < syncs, "{swapped} of {syncs}");
}

/// What comes after the swap is in the new file alone, and the old one may be what a crash leaves under the name: nothing is
/// acknowledged before that is certain.
#[test]
fn nothing_is_acknowledged_while_the_new_name_may_be_lost() {
    let bytes = new_file();
    let disk = Disk::new(&bytes, usize::MAX);
    let directory = Directory::of(&disk);
    let engine = RedbEngine::open_backends(directory.file(), directory.beside(), &options()).unwrap();
    engine.append(vec![batch(0)]).unwrap();
    directory.refuse(3);
    let refused = engine.give_back(&|| false).expect_err("the name cannot be made durable").to_string();
    assert!(refused.contains("cannot be synced"), "{refused}");
    assert!(engine.append(vec![batch(1)]).is_err(), "a crash would take it away");
    reopened_after(directory.after_the_crash(Fate::Lost, 0), 1, "refused");
    becomes("what comes is taken again", || engine.append(vec![batch(1)]).is_ok());
    reopened_after(directory.after_the_crash(Fate::Lost, 0), 2, "taken again");
}
