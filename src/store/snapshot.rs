//! The file itself: opened by the one writer or by a reader beside it, and its snapshots.

use std::cell::OnceCell;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Instant;

use redb::{Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase};

use super::beside::{BackendBeside, FileBeside, identity, over};
use super::files::sync_dir;
use super::opened::Reopened;
use super::tables::{LAYOUT, META, Reading, Tables, Transaction, meta};
use crate::error::{Error, Result};
use crate::limits::{FILE_HELD_MAX, FILE_HELD_POLL, PAGE_CACHE_BYTES, VERIFIED_WHEN_OPENED_BYTES_MAX};
use crate::private::{self, OWNER_ONLY};

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "novahouse.redb";

pub enum Db {
    Writer(Reopened),
    /// With the one snapshot it reads: the handle follows what the writer commits, and figures of two moments do not add up.
    Reader {
        snapshot: Reading,
        /// What other processes know the reader by.
        _database: ReadOnlyDatabase,
    },
}

/// `SingleWriter` lets other processes read beside it, at the rate of the default mode (0.98 of it: `cargo bench --bench redb`,
/// two million events).
fn builder(page_cache_bytes: usize) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(page_cache_bytes).set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

impl Db {
    /// Opens the directory's file to write. Where there is none, `create` is called to fill a new one first, which takes
    /// its name only when it is whole: power lost in between leaves a file that can be used, or none.
    ///
    /// # Errors
    /// `Unusable` with what to do: the directory cannot be written, another process writes, the file is not ours.
    pub fn open(dir: &Path, page_cache_bytes: usize, create: impl FnOnce(&Self) -> Result<()>) -> Result<Self> {
        private::make(dir)?;
        let path = dir.join(FILE_NAME);
        if !path.exists() {
            let new = dir.join(format!("{FILE_NAME}.new-{}", std::process::id()));
            let made = Self::make(&new, create).and_then(|()| take_name(&new, &path));
            // Whether it took its name or not, the other one goes.
            let _ = std::fs::remove_file(&new);
            made?;
            sync_dir(dir)?;
        }
        let db = Self::open_file(&path, page_cache_bytes)?;
        if let Some(beside) = db.writer()?.beside() {
            // Of a process that was killed while it made one: now there is no other.
            beside.discard();
        }
        Ok(db)
    }

    /// Opens a file that is there to write.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_file(path: &Path, page_cache_bytes: usize) -> Result<Self> {
        let owned = path.to_owned();
        let file = Reopened::by(move || open_existing(&owned, page_cache_bytes))?;
        Ok(Self::Writer(file.with_room_beside(FileBeside::of(path, page_cache_bytes))))
    }

    /// The same of a file that is read whole first, of whatever size.
    ///
    /// # Errors
    /// As `open`; also where any page is not what was written.
    pub fn open_verified(path: &Path) -> Result<Self> {
        let owned = path.to_owned();
        let reopen = move || open_existing_by(builder(PAGE_CACHE_BYTES).set_check_integrity_on_open(true), &owned);
        Reopened::by(reopen).map(Self::Writer)
    }

    /// The same of a file that may be damaged: of a small one, too, pages are only looked at when they are needed.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_damaged(path: &Path) -> Result<Self> {
        let owned = path.to_owned();
        let reopen = move || open_existing_by(&mut builder(PAGE_CACHE_BYTES), &owned);
        Reopened::by(reopen).map(Self::Writer)
    }

    fn make(new: &Path, create: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        create(&Self::create_file(new)?)
    }

    /// Makes a file that its owner alone may read, or opens an empty one.
    pub fn create_file(new: &Path) -> Result<Self> {
        File::options().create(true).append(true).mode(OWNER_ONLY).open(new)?;
        let path = new.to_owned();
        let create = move || builder(PAGE_CACHE_BYTES).create(&path).map_err(|error| unusable(error, &path));
        Reopened::by(create).map(Self::Writer)
    }

    /// The same over any backend, for tests that break it; `backend` is called again where it is opened anew.
    pub fn open_backend<B: redb::StorageBackend>(backend: impl Fn() -> B + Send + Sync + 'static) -> Result<Self> {
        Reopened::by(move || over(backend())).map(Self::Writer)
    }

    /// The same with another backend beside it.
    pub fn open_backends<B: redb::StorageBackend>(
        backend: impl Fn() -> B + Send + Sync + 'static,
        beside: BackendBeside<B>,
    ) -> Result<Self> {
        Ok(Self::Writer(Reopened::by(move || over(backend()))?.with_room_beside(beside)))
    }

    /// Opens the directory's file to read, beside a process that may be writing it.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        Self::open_file_read_only(&in_dir(dir)?)
    }

    /// The same of a file of any name.
    pub fn open_file_read_only(path: &Path) -> Result<Self> {
        if let Some(db) = Self::open_file_untouched(path)? {
            return Ok(db);
        }
        // A server that starts may be faster, and stays: then it has repaired the file, which is read beside it.
        let repaired = open_existing(path, PAGE_CACHE_BYTES).map(drop);
        match Self::open_file_untouched(path)? {
            Some(db) => Ok(db),
            None => Err(repaired.err().unwrap_or_else(|| unusable(DatabaseError::RepairAborted, path))),
        }
    }

    /// Opens the directory's file to read, and writes nothing whatever it finds; `None` where the file was not closed, as
    /// after a crash, and has to be repaired first, which takes a writer.
    pub fn open_untouched(dir: &Path) -> Result<Option<Self>> {
        Self::open_file_untouched(&in_dir(dir)?)
    }

    /// The same of a file of any name.
    pub fn open_file_untouched(path: &Path) -> Result<Option<Self>> {
        is_a_file(path)?;
        let database = match caught(|| builder(PAGE_CACHE_BYTES).open_read_only(path)) {
            Some(Ok(database)) => database,
            Some(Err(DatabaseError::RepairAborted)) => return Ok(None),
            Some(Err(error)) => return Err(unusable(error, path)),
            None => return Err(damaged(path)),
        };
        let snapshot = caught(|| database.begin_read()).ok_or_else(|| damaged(path))??;
        Ok(Some(Self::Reader { snapshot: Reading::of_another(snapshot), _database: database }))
    }

    /// The tables as they are now; of a reader, as they were when it was opened.
    pub fn tables(&self) -> Result<Tables> {
        self.reading(|snapshot| Ok(Tables::open(snapshot)?))
    }

    /// What `read` makes of a snapshot: of a reader, of its one.
    pub fn reading<T>(&self, read: impl FnOnce(&Reading) -> Result<T>) -> Result<T> {
        match self {
            Self::Writer(file) => read(&file.read()?),
            Self::Reader { snapshot, .. } => read(snapshot),
        }
    }

    /// Whether it was opened to read only.
    pub fn is_reader(&self) -> bool {
        matches!(self, Self::Reader { .. })
    }

    /// A transaction whose commit is durable and that leaves nothing to repair after a crash.
    pub fn begin_write(&self) -> Result<Transaction> {
        self.writer()?.write()
    }

    /// # Errors
    /// `Unusable` where it was opened to read only.
    pub fn writer(&self) -> Result<&Reopened> {
        match self {
            Self::Writer(file) => Ok(file),
            Self::Reader { .. } => Err(Error::Unusable("the data directory was opened to read only".into())),
        }
    }

    /// Whether the disk has failed under it, so that it has to be opened anew. Not to be asked while someone writes.
    pub fn has_failed(&self) -> bool {
        match self {
            Self::Writer(file) => {
                let begun = caught(|| file.with(|database| database.try_begin_write().map(drop)));
                !matches!(begun, Some(Ok(())))
            }
            Self::Reader { .. } => false,
        }
    }

    /// Moves what the file holds to its beginning, and cuts off the rest.
    ///
    /// # Errors
    /// `Unusable` where someone reads it.
    pub fn compact(&self) -> Result<()> {
        self.writer()?.compact()
    }

    /// Closes the file and opens it again. Snapshots taken before are of no use any more.
    ///
    /// What the kernel keeps of a write that failed may never reach the disk. It is not relied on: redb writes beside what is
    /// committed and turns to it by its header, and opening writes and syncs the header again.
    ///
    /// # Errors
    /// Then nothing can be read or written until it succeeds.
    pub fn reopen(&self) -> Result<()> {
        match self {
            Self::Writer(file) => file.reopen(),
            Self::Reader { .. } => Ok(()),
        }
    }

    /// Refuses a layout this program does not know. `None`: the file is new.
    pub fn layout(&self) -> Result<Option<u64>> {
        // It is what is read first: redb panics here where the page that leads to it is damaged.
        caught(|| self.reading(|snapshot| self.layout_in(snapshot)))
            .unwrap_or_else(|| Err(damaged(Path::new(FILE_NAME))))
    }

    fn layout_in(&self, snapshot: &Reading) -> Result<Option<u64>> {
        let table = match snapshot.open_table(META) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) if snapshot.list_tables()?.next().is_none() => {
                return Ok(None);
            }
            Err(redb::TableError::TableDoesNotExist(_) | redb::TableError::TableTypeMismatch { .. }) => {
                return Err(Error::Unusable(format!("{FILE_NAME} is a redb file, but not one of NovaHouse")));
            }
            Err(error) => return Err(error.into()),
        };
        let layout = redb::ReadableTable::get(&table, meta::LAYOUT)?.map(|layout| layout.value());
        match layout {
            Some(layout) if layout > LAYOUT => Err(Error::Unusable(format!(
                "the data was written by a newer NovaHouse (layout {layout}; this program knows {LAYOUT}): use that version"
            ))),
            Some(layout) if layout < LAYOUT && matches!(self, Self::Reader { .. }) => Err(Error::Unusable(format!(
                "the data is of an older layout ({layout}; this program's is {LAYOUT}): run `novahouse migrate` on it first"
            ))),
            Some(layout @ 1..) => Ok(Some(layout)),
            _ => Err(Error::Unusable(format!("{FILE_NAME} is a redb file, but not one of NovaHouse"))),
        }
    }
}

/// Opens a file to write; a small one is read whole first, and refused where a page is not what was written.
pub(super) fn open_existing(path: &Path, page_cache_bytes: usize) -> Result<Database> {
    let bytes = is_a_file(path)?;
    let mut builder = builder(page_cache_bytes);
    builder.set_check_integrity_on_open(bytes <= VERIFIED_WHEN_OPENED_BYTES_MAX);
    open_existing_by(&mut builder, path)
}

/// Waits a moment for another process, which may be reading it after a crash and have to repair it first.
fn open_existing_by(builder: &mut Builder, path: &Path) -> Result<Database> {
    is_a_file(path)?;
    let until = Instant::now() + FILE_HELD_MAX;
    loop {
        let named = identity(path)?;
        match caught(|| builder.open(path)) {
            Some(Err(DatabaseError::DatabaseAlreadyOpen)) if Instant::now() < until => sleep(FILE_HELD_POLL),
            // A server has put a smaller one into its place just now.
            Some(Ok(_)) if identity(path)? != named && Instant::now() < until => {}
            Some(opened) => return opened.map_err(|error| unusable(error, path)),
            None => return Err(damaged(path)),
        }
    }
}

/// What redb returns; `None` where it panics, as it may over a damaged file.
pub(super) fn caught<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

/// The file of a directory that has one.
fn in_dir(dir: &Path) -> Result<PathBuf> {
    let path = dir.join(FILE_NAME);
    match path.try_exists() {
        Ok(true) => Ok(path),
        Ok(false) => Err(Error::Unusable(format!("there is no NovaHouse data in {}", dir.display()))),
        Err(error) => Err(Error::Unusable(format!(
            "{} cannot be looked into: {error}; give this user the right to read it",
            dir.display()
        ))),
    }
}

/// The file's length, bytes.
fn is_a_file(path: &Path) -> Result<u64> {
    let shown = path.display();
    let metadata =
        std::fs::metadata(path).map_err(|error| Error::Unusable(format!("{shown} cannot be read: {error}")))?;
    if metadata.is_dir() {
        return Err(Error::Unusable(format!("{shown} is a directory where a file of NovaHouse was expected")));
    }
    if metadata.len() == 0 {
        return Err(Error::Unusable(format!(
            "{shown} is empty, and never was so by NovaHouse: restore a backup, or move it away to begin with nothing"
        )));
    }
    Ok(metadata.len())
}

pub(super) fn damaged(path: &Path) -> Error {
    Error::Unusable(format!("{} is damaged: {REPAIR}", path.display()))
}

/// Of what opening a file came to, where repairing it is what was tried.
pub(super) fn beyond_repair(error: &Error) -> Error {
    Error::Unusable(error.to_string().replace(REPAIR, RESTORE))
}

/// What to do about a file that is no data.
const RESTORE: &str = "restore a backup with `novahouse restore`";
/// What to do about one that once was.
const REPAIR: &str =
    "run `novahouse check --repair`, and where that does not help, restore a backup with `novahouse restore`";

/// Gives a new file its name, unless another process was faster: then its file is as good.
fn take_name(new: &Path, path: &Path) -> Result<()> {
    match std::fs::hard_link(new, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// What to do beside a server, unless the API can do what was to be done itself.
const SEND_EVENTS: &str = "send events to it with POST /api/events";

/// Where another process has the directory: the request that does the same there.
pub fn or_ask_for(error: Error, request: &str) -> Error {
    match error {
        Error::Unusable(sentence) => Error::Unusable(sentence.replace(SEND_EVENTS, &format!("send {request} to it"))),
        error => error,
    }
}

pub(super) fn unusable(error: DatabaseError, path: &Path) -> Error {
    let shown = path.display();
    Error::Unusable(match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            format!("{shown} is in use by another NovaHouse: stop it first, or {SEND_EVENTS}")
        }
        DatabaseError::UpgradeRequired(version) => {
            format!("{shown} is of an older file format ({version}): upgrade it with the NovaHouse that wrote it")
        }
        DatabaseError::Storage(redb::StorageError::Io(error)) => match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                format!("{shown} cannot be opened: {error}; give this user the right to read and write it")
            }
            std::io::ErrorKind::InvalidData => format!("{shown} is not a NovaHouse file: {error}; {RESTORE}"),
            std::io::ErrorKind::UnexpectedEof => format!("{shown} is cut off: {error}; {RESTORE}"),
            _ => format!("{shown} cannot be opened: {error}"),
        },
        DatabaseError::Storage(redb::StorageError::Corrupted(why)) => {
            format!("{shown} is damaged: {why}; {REPAIR}")
        }
        other => format!("{shown} cannot be opened: {other}"),
    })
}

/// A snapshot that is taken only if it is needed.
pub struct LazyTables<'a> {
    db: &'a Db,
    tables: OnceCell<Tables>,
}

impl<'a> LazyTables<'a> {
    pub fn new(db: &'a Db) -> Self {
        Self { db, tables: OnceCell::new() }
    }

    pub fn get(&self) -> Result<&Tables> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let tables = self.db.tables()?;
        Ok(self.tables.get_or_init(|| tables))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that was killed did not start again while a backup had the file open to repair it.
    #[test]
    fn a_file_that_another_has_for_a_moment_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        drop(Db::create_file(&path).unwrap());
        let other = Db::open_file(&path, PAGE_CACHE_BYTES).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| Db::open_file(&path, PAGE_CACHE_BYTES));
            sleep(FILE_HELD_MAX / 10);
            assert!(!waiting.is_finished());
            drop(other);
            let opened = waiting.join().unwrap().unwrap();
            let refused = Db::open_file(&path, PAGE_CACHE_BYTES).err().expect("it stays with the one that has it");
            assert!(refused.to_string().contains("in use by another"), "{refused}");
            drop(opened);
        });
    }
}
