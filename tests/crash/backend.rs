//! A disk in memory that stops persisting at its N-th sync, as if the power had gone while it was under way.

use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};

#[derive(Debug)]
struct State {
    /// What reads see.
    current: Mutex<Vec<u8>>,
    /// What a crash leaves.
    persisted: Mutex<Vec<u8>>,
    syncs: AtomicUsize,
    crash_at: usize,
    frozen: AtomicBool,
}

pub struct Disk(Arc<State>);

/// What is on the disk after the crash.
pub struct FrozenDisk {
    pub bytes: Vec<u8>,
}

impl Disk {
    /// A disk that holds `bytes` and whose sync number `crash_at` (from 1) and all later ones have no effect.
    pub fn new(bytes: &[u8], crash_at: usize) -> Self {
        Self(Arc::new(State {
            current: Mutex::new(bytes.to_vec()),
            persisted: Mutex::new(bytes.to_vec()),
            syncs: AtomicUsize::new(0),
            crash_at,
            frozen: AtomicBool::new(false),
        }))
    }

    /// What opens it, each time.
    pub fn backends(&self) -> impl Fn() -> Backend + use<> {
        let state = self.0.clone();
        move || Backend(state.clone())
    }

    pub fn syncs(&self) -> usize {
        self.0.syncs.load(Ordering::SeqCst)
    }

    pub fn is_frozen(&self) -> bool {
        self.0.frozen.load(Ordering::SeqCst)
    }

    pub fn into_frozen(self) -> FrozenDisk {
        FrozenDisk { bytes: self.0.persisted.lock().clone() }
    }
}

#[derive(Debug)]
pub struct Backend(Arc<State>);

type Io<T> = Result<T, io::Error>;
type Lock<T> = Result<T, BackendError>;

impl StorageBackend for Backend {
    fn len(&self) -> Io<u64> {
        Ok(self.0.current.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Io<()> {
        let current = self.0.current.lock();
        let start = offset as usize;
        let bytes = current.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Io<()> {
        self.0.current.lock().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Io<()> {
        let sync = self.0.syncs.fetch_add(1, Ordering::SeqCst) + 1;
        if sync >= self.0.crash_at {
            self.0.frozen.store(true, Ordering::SeqCst);
            return Err(io::Error::other("the power is gone"));
        }
        *self.0.persisted.lock() = self.0.current.lock().clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Io<()> {
        let mut current = self.0.current.lock();
        let start = offset as usize;
        let place = current.get_mut(start..start + data.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        place.copy_from_slice(data);
        Ok(())
    }

    // One process, one handle: every lock is granted.
    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<bool> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<bool> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<()> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<()> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<()> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Lock<bool> {
        Ok(false)
    }
}
