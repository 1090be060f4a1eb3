//! The file itself: opened by the one writer or by a reader beside it, and its snapshots.

use std::cell::OnceCell;
use std::path::Path;

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    WriteTransaction,
};

use super::tables::{LAYOUT, META, Tables, meta};
use crate::error::{Error, Result};
use crate::limits::PAGE_CACHE_BYTES;

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "novahouse.redb";

pub enum Db {
    Writer(Database),
    /// With the one snapshot it reads: the handle follows what the writer commits, and figures of two moments do not add up.
    Reader {
        snapshot: ReadTransaction,
        /// What other processes know the reader by.
        _database: ReadOnlyDatabase,
    },
}

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
        std::fs::create_dir_all(dir).map_err(|error| {
            Error::Unusable(format!("the data directory {} cannot be made: {error}", dir.display()))
        })?;
        let path = dir.join(FILE_NAME);
        if !path.exists() {
            let new = dir.join(format!("{FILE_NAME}.new-{}", std::process::id()));
            let made = Self::make(&new, create).and_then(|()| take_name(&new, &path));
            // Whether it took its name or not, the other one goes.
            let _ = std::fs::remove_file(&new);
            made?;
            std::fs::File::open(dir)?.sync_all()?;
        }
        builder(page_cache_bytes).open(&path).map(Self::Writer).map_err(|error| unusable(error, &path))
    }

    fn make(new: &Path, create: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        let database = builder(PAGE_CACHE_BYTES).create(new).map(Self::Writer).map_err(|error| unusable(error, new))?;
        create(&database)
    }

    /// The same over any backend, for tests that break it.
    pub fn open_backend(backend: impl redb::StorageBackend) -> Result<Self> {
        // Backends of tests know no byte-range locks, which sharing the file would need.
        let mut builder = Builder::new();
        builder.set_cache_size(PAGE_CACHE_BYTES);
        builder
            .create_with_backend(backend)
            .map(Self::Writer)
            .map_err(|error| unusable(error, Path::new("the backend")))
    }

    /// Opens the directory's file to read, beside a process that may be writing it.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        if let Some(db) = Self::open_untouched(dir)? {
            return Ok(db);
        }
        let path = dir.join(FILE_NAME);
        builder(PAGE_CACHE_BYTES).open(&path).map_err(|error| unusable(error, &path))?;
        Self::open_untouched(dir)?.ok_or_else(|| unusable(DatabaseError::RepairAborted, &path))
    }

    /// The same, which writes nothing whatever it finds; `None` where the file was not closed, as after a crash, and has to
    /// be repaired first, which takes a writer.
    pub fn open_untouched(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(FILE_NAME);
        if !path.exists() {
            return Err(Error::Unusable(format!("there is no NovaHouse data in {}", dir.display())));
        }
        match builder(PAGE_CACHE_BYTES).open_read_only(&path) {
            Ok(database) => Ok(Some(Self::Reader { snapshot: database.begin_read()?, _database: database })),
            Err(DatabaseError::RepairAborted) => Ok(None),
            Err(error) => Err(unusable(error, &path)),
        }
    }

    /// The tables as they are now; of a reader, as they were when it was opened.
    pub fn tables(&self) -> Result<Tables> {
        match self {
            Self::Writer(database) => Ok(Tables::open(&database.begin_read()?)?),
            Self::Reader { snapshot, .. } => Ok(Tables::open(snapshot)?),
        }
    }

    /// Whether it was opened to read only.
    pub fn is_reader(&self) -> bool {
        matches!(self, Self::Reader { .. })
    }

    /// A transaction whose commit is durable and that leaves nothing to repair after a crash.
    pub fn begin_write(&self) -> Result<WriteTransaction> {
        let Self::Writer(database) = self else {
            return Err(Error::Unusable("the data directory was opened to read only".into()));
        };
        let mut transaction = database.begin_write()?;
        // Reopening after kill -9 takes 1 ms instead of 0.5 s at 0.6 GB of file, for a tenth of a millisecond a commit.
        transaction.set_quick_repair(true);
        Ok(transaction)
    }

    /// Refuses a layout this program does not know. `None`: the file is new.
    pub fn layout(&self) -> Result<Option<u64>> {
        let opened;
        let transaction = match self {
            Self::Writer(database) => {
                opened = database.begin_read()?;
                &opened
            }
            Self::Reader { snapshot, .. } => snapshot,
        };
        let table = match transaction.open_table(META) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => {
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

/// Gives a new file its name, unless another process was faster: then its file is as good.
fn take_name(new: &Path, path: &Path) -> Result<()> {
    match std::fs::hard_link(new, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

fn unusable(error: DatabaseError, path: &Path) -> Error {
    let shown = path.display();
    Error::Unusable(match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            format!("{shown} is in use by another NovaHouse: stop it first, or send events to it with POST /api/events")
        }
        DatabaseError::UpgradeRequired(version) => {
            format!("{shown} is of an older file format ({version}): upgrade it with the NovaHouse that wrote it")
        }
        DatabaseError::Storage(redb::StorageError::Io(error)) => match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                format!("{shown} cannot be opened: {error}; give this user the right to read and write it")
            }
            std::io::ErrorKind::InvalidData => format!("{shown} is not a NovaHouse file: {error}"),
            _ => format!("{shown} cannot be opened: {error}"),
        },
        DatabaseError::Storage(redb::StorageError::Corrupted(why)) => {
            format!("{shown} is damaged: {why}; restore a backup")
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
