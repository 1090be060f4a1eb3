//! A disk in memory that loses power at its N-th sync. What was written since the last one may be there or not, write by
//! write in any order, and of each write any of its sectors: a disk promises nothing before it has synced.

use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use novahouse::store::BackendBeside;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use redb::{BackendError, StorageBackend};

/// What a disk writes whole.
const SECTOR_BYTES: usize = 512;

#[derive(Debug)]
struct State {
    /// What reads see.
    current: Mutex<Vec<u8>>,
    disk: Mutex<Persisted>,
    power: Arc<Power>,
}

/// What all disks of a machine share.
#[derive(Debug)]
struct Power {
    syncs: AtomicUsize,
    crash_at: usize,
    frozen: AtomicBool,
}

impl Power {
    /// # Errors
    /// Where it is lost in this sync, or was before.
    fn sync(&self) -> io::Result<()> {
        if self.syncs.fetch_add(1, Ordering::SeqCst) + 1 >= self.crash_at {
            self.frozen.store(true, Ordering::SeqCst);
            return Err(io::Error::other("the power is gone"));
        }
        Ok(())
    }
}

/// What a crash leaves.
#[derive(Debug, Default)]
struct Persisted {
    bytes: Vec<u8>,
    unsynced: Vec<Unsynced>,
}

/// What the next sync would make durable.
#[derive(Clone, Debug)]
enum Unsynced {
    Write { start: usize, data: Vec<u8> },
    Length(usize),
}

/// What becomes of unsynced writes in a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// None of them is there.
    Lost,
    /// All are, and the sync was only not told of.
    Kept,
    /// Any of them in any order, whole or in part.
    Torn,
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
            disk: Mutex::new(Persisted { bytes: bytes.to_vec(), unsynced: Vec::new() }),
            power: Arc::new(Power { syncs: AtomicUsize::new(0), crash_at, frozen: AtomicBool::new(false) }),
        }))
    }

    /// An empty one that loses power with it.
    fn beside(&self) -> Self {
        Self(Arc::new(State { current: Mutex::default(), disk: Mutex::default(), power: self.0.power.clone() }))
    }

    /// What opens it, each time.
    pub fn backends(&self) -> impl Fn() -> Backend + use<> {
        let state = self.0.clone();
        move || Backend(state.clone())
    }

    pub fn syncs(&self) -> usize {
        self.0.power.syncs.load(Ordering::SeqCst)
    }

    pub fn is_frozen(&self) -> bool {
        self.0.power.frozen.load(Ordering::SeqCst)
    }

    pub fn after_the_crash(&self, fate: Fate, seed: u64) -> FrozenDisk {
        let disk = self.0.disk.lock();
        let mut bytes = disk.bytes.clone();
        match fate {
            Fate::Lost => {}
            Fate::Kept => disk.unsynced.iter().for_each(|one| apply(&mut bytes, one)),
            Fate::Torn => tear(&mut bytes, &disk.unsynced, &mut SmallRng::seed_from_u64(seed)),
        }
        FrozenDisk { bytes }
    }
}

fn apply(bytes: &mut Vec<u8>, unsynced: &Unsynced) {
    match unsynced {
        Unsynced::Length(length) => bytes.resize(*length, 0),
        Unsynced::Write { start, data } => put(bytes, *start, data),
    }
}

/// Beyond the end of the file there is nothing to be written to.
fn put(bytes: &mut [u8], start: usize, data: &[u8]) {
    let end = (start + data.len()).min(bytes.len());
    if start < end {
        bytes[start..end].copy_from_slice(&data[..end - start]);
    }
}

fn tear(bytes: &mut Vec<u8>, unsynced: &[Unsynced], random: &mut SmallRng) {
    // In some crashes nearly all of it is there, in others nearly nothing.
    let survives = random.random_range(0.0..=1.0);
    let torn = random.random_range(0.0..=0.5);
    let (lengths, mut writes): (Vec<_>, Vec<_>) = unsynced.iter().partition(|one| matches!(one, Unsynced::Length(_)));
    if let Some(Unsynced::Length(length)) = lengths.last().filter(|_| random.random_bool(survives)) {
        bytes.resize(*length, 0);
    }
    writes.shuffle(random);
    for write in writes {
        let Unsynced::Write { start, data } = write else { continue };
        if !random.random_bool(survives) {
            continue;
        }
        let is_torn = random.random_bool(torn);
        let mut from = 0;
        while from < data.len() {
            let to = (from + SECTOR_BYTES - (start + from) % SECTOR_BYTES).min(data.len());
            if !is_torn || random.random_bool(0.5) {
                put(bytes, start + from, &data[from..to]);
            }
            from = to;
        }
    }
}

/// Two disks in the place of two files of one directory: the file, and what is made beside it.
#[derive(Clone)]
pub struct Directory(Arc<Mutex<Names>>);

struct Names {
    file: Arc<State>,
    beside: Arc<State>,
    /// What the file was, until its new name is durable.
    unsynced: Option<Arc<State>>,
    /// So often its new name cannot be made durable.
    failures: u32,
}

impl Directory {
    pub fn of(disk: &Disk) -> Self {
        let (file, beside) = (disk.0.clone(), disk.beside().0);
        Self(Arc::new(Mutex::new(Names { file, beside, unsynced: None, failures: 0 })))
    }

    /// Has it refuse to make a new name durable, so often.
    pub fn refuse(&self, times: u32) {
        self.0.lock().failures = times;
    }

    /// What opens the file, each time.
    pub fn file(&self) -> impl Fn() -> Backend + use<> {
        let names = self.0.clone();
        move || Backend(names.lock().file.clone())
    }

    pub fn beside(&self) -> BackendBeside<Backend> {
        let [make, open, take_place, settle] = [(); 4].map(|()| self.0.clone());
        BackendBeside {
            make: Box::new(move || {
                let mut names = make.lock();
                names.beside = Disk(names.file.clone()).beside().0;
                Backend(names.beside.clone())
            }),
            open: Box::new(move || Backend(open.lock().beside.clone())),
            take_place: Box::new(move || {
                let mut names = take_place.lock();
                // Who has the old one open goes on with it.
                let new = names.beside.clone();
                names.unsynced = Some(std::mem::replace(&mut names.file, new));
                Ok(())
            }),
            settle: Box::new(move || {
                let mut names = settle.lock();
                if let Some(left) = names.failures.checked_sub(1) {
                    names.failures = left;
                    return Err(io::Error::other("the directory cannot be synced"));
                }
                names.file.power.sync()?;
                names.unsynced = None;
                Ok(())
            }),
        }
    }

    /// What the file holds after the crash.
    pub fn after_the_crash(&self, fate: Fate, seed: u64) -> FrozenDisk {
        let names = self.0.lock();
        let is_old = match fate {
            Fate::Lost => true,
            Fate::Kept => false,
            Fate::Torn => seed.is_multiple_of(2),
        };
        let file = names.unsynced.as_ref().filter(|_| is_old).unwrap_or(&names.file);
        Disk(file.clone()).after_the_crash(fate, seed)
    }
}

#[derive(Debug)]
pub struct Backend(Arc<State>);

type Io<T> = Result<T, io::Error>;
type Lock<T> = Result<T, BackendError>;

impl Backend {
    fn note(&self, unsynced: Unsynced) {
        if !self.0.power.frozen.load(Ordering::SeqCst) {
            self.0.disk.lock().unsynced.push(unsynced);
        }
    }
}

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
        self.note(Unsynced::Length(len as usize));
        self.0.current.lock().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Io<()> {
        self.0.power.sync()?;
        let mut disk = self.0.disk.lock();
        let Persisted { bytes, unsynced } = &mut *disk;
        unsynced.drain(..).for_each(|one| apply(bytes, &one));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Io<()> {
        let mut current = self.0.current.lock();
        let start = offset as usize;
        let place = current.get_mut(start..start + data.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        place.copy_from_slice(data);
        self.note(Unsynced::Write { start, data: data.to_vec() });
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
