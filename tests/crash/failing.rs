//! A disk that fails for a while, in the middle of anything: full, or broken so that reads, writes or syncs are errors. What
//! was acknowledged stays, every answer meanwhile is right or an error, and when the disk works again so does the store,
//! without being opened anew from outside.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use novahouse::engine::{Engine, Window};
use novahouse::store::RedbEngine;
use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};

use super::{BATCHES, EVENTS_PER_BATCH, batch, options, stored_ids};
use crate::support::becomes;

/// What the disk does not do, as bits.
const READS: u32 = 1;
const WRITES: u32 = 2;
const SYNCS: u32 = 4;
const GROWS: u32 = 8;
/// How soon it has to work again once the disk does.

#[derive(Debug, Default)]
struct Disk {
    bytes: Mutex<Vec<u8>>,
    fails: AtomicU32,
    /// Calls that still succeed before that.
    calls_left: AtomicU32,
}

#[derive(Debug)]
struct Backend(Arc<Disk>);

impl Backend {
    fn call(&self, what: u32, kind: std::io::ErrorKind) -> std::io::Result<()> {
        if self.0.fails.load(Ordering::SeqCst) & what == 0 {
            return Ok(());
        }
        let spared = self.0.calls_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spared.map(|_| ()).map_err(|_| kind.into())
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> std::io::Result<u64> {
        Ok(self.0.bytes.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.call(READS, std::io::ErrorKind::Other)?;
        let start = offset as usize;
        let bytes = self.0.bytes.lock();
        out.copy_from_slice(bytes.get(start..start + out.len()).ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.call(GROWS, std::io::ErrorKind::StorageFull)?;
        self.0.bytes.lock().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.call(SYNCS, std::io::ErrorKind::Other)
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.call(WRITES, std::io::ErrorKind::StorageFull)?;
        let start = offset as usize;
        self.0.bytes.lock()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

/// Appends a batch until it is acknowledged.
fn append(engine: &RedbEngine, number: usize) {
    becomes(&format!("batch {number} is taken"), || engine.append(vec![batch(number)]).is_ok());
}

/// As a server asks now and then; it may fail.
fn look_after(engine: &RedbEngine) {
    let _ = engine.checkpoint_if_due();
}

fn conversations(engine: &RedbEngine) -> novahouse::error::Result<u64> {
    Ok(engine.overview("default", Window::Days(60))?.overview.total_conversations)
}

fn right_conversations(batches: usize) -> u64 {
    let of_batch = |batch: usize| {
        let numbers = batch * EVENTS_PER_BATCH..(batch + 1) * EVENTS_PER_BATCH;
        numbers.filter(|number| number % EVENTS_PER_BATCH % 4 < 2).count() as u64
    };
    (0..batches).map(of_batch).sum()
}

fn fails_and_recovers(fails: u32, calls_left: u32) {
    let story = format!("fails {fails}, after {calls_left} calls");
    let disk = Arc::new(Disk::default());
    let shared = disk.clone();
    let engine = RedbEngine::open_backend(move || Backend(shared.clone()), &options()).unwrap();
    for number in 0..BATCHES / 2 {
        append(&engine, number);
    }
    disk.calls_left.store(calls_left, Ordering::SeqCst);
    disk.fails.store(fails, Ordering::SeqCst);
    let mut acknowledged = BATCHES / 2;
    for _ in 0..20 {
        if acknowledged < BATCHES && engine.append(vec![batch(acknowledged)]).is_ok() {
            acknowledged += 1;
        }
        // What failed may be stored all the same, as a whole.
        if let Ok(found) = conversations(&engine) {
            let right = [acknowledged, acknowledged + 1].map(right_conversations);
            assert!(right.contains(&found), "{story}: {found}, {right:?}");
        }
        look_after(&engine);
        // A checkpoint is asked for too.
        let _ = engine.session("default", "s1");
    }
    assert!(acknowledged < BATCHES, "{story}: the disk never failed");
    disk.fails.store(0, Ordering::SeqCst);
    for number in acknowledged..BATCHES {
        append(&engine, number);
    }
    assert_eq!(conversations(&engine).unwrap(), right_conversations(BATCHES), "{story}");
    assert_eq!(stored_ids(&engine).len(), BATCHES * EVENTS_PER_BATCH, "{story}");
    assert!(engine.session("default", "s1").unwrap().is_some(), "{story}");
    engine.close().unwrap();
    drop(engine);
    let again = RedbEngine::open_backend(move || Backend(disk.clone()), &options()).unwrap();
    assert_eq!(stored_ids(&again).len(), BATCHES * EVENTS_PER_BATCH, "{story}");
}

#[test]
fn a_disk_that_fails_for_a_while_loses_nothing_and_the_store_recovers_by_itself() {
    for calls_left in 0..12 {
        fails_and_recovers(SYNCS, calls_left.min(3));
        fails_and_recovers(WRITES, 3 * calls_left);
        fails_and_recovers(WRITES | SYNCS | READS | GROWS, 7 * calls_left);
    }
}

/// Reads alone are errors, and only those that memory does not spare.
#[test]
fn a_disk_that_cannot_be_read_gives_no_wrong_answer() {
    let disk = Arc::new(Disk::default());
    let shared = disk.clone();
    let engine = RedbEngine::open_backend(move || Backend(shared.clone()), &options()).unwrap();
    (0..BATCHES).for_each(|number| append(&engine, number));
    engine.checkpoint().unwrap();
    disk.fails.store(READS, Ordering::SeqCst);
    for _ in 0..50 {
        if let Ok(found) = conversations(&engine) {
            assert_eq!(found, right_conversations(BATCHES));
        }
        if let Ok(found) = engine.session("default", "s1") {
            assert!(found.is_some());
        }
        look_after(&engine);
    }
    disk.fails.store(0, Ordering::SeqCst);
    becomes("it is read", || {
        look_after(&engine);
        engine.session("default", "s1").is_ok() && conversations(&engine).is_ok()
    });
    assert_eq!(conversations(&engine).unwrap(), right_conversations(BATCHES));
}
