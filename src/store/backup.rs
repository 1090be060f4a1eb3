//! Backups: every row of one snapshot copied into a new file, which is read again before it takes its name. A backup is a
//! data file with two tables more: what each table holds, by count and checksum, and other files of the data directory.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use redb::{Key, ReadableTable, TableDefinition, TableError, Value};
use xxhash_rust::xxh3::Xxh3;

use super::files::{self, CarriedFile};
use super::image::verify_pages;
use super::migrate::read_every_row;
use super::snapshot::{Db, FILE_NAME, caught, damaged};
use super::tables::*;
use super::verify::check_db;
use super::{RedbEngine, read};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::private::{self, OWNER_ONLY};

/// Of each table its rows and the checksum of all of them.
pub(super) const BACKUP_TABLES: TableDefinition<'static, &'static str, (u64, u64)> =
    TableDefinition::new("backup_tables");
/// Key of `BACKUP_TABLES` whose row holds when it was made (epoch ms) and where the log ended.
pub(super) const MADE: &str = "(made)";
/// Key whose row holds the count and the checksum of the other rows.
const MANIFEST: &str = "(manifest)";

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Events, all that were acknowledged when it began.
    pub events: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Of the file.
    pub bytes: u64,
    /// When it began, epoch ms.
    pub made_ms: i64,
}

/// How a backup is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackupOptions {
    /// Replace a file of that name.
    pub overwrite: bool,
    /// Recount everything in it from its events.
    pub deep: bool,
}

/// Backs up a data directory, also beside a live server.
///
/// # Errors
/// `Unusable` with what to do; nothing of that name is there then, or what was there before.
pub fn backup(dir: &Path, to: &Path, options: BackupOptions) -> Result<Backup> {
    backup_of(&Db::open_read_only(dir)?, dir, to, options)
}

impl RedbEngine {
    /// Backs up what this engine serves; `dir` is its data directory.
    ///
    /// # Errors
    /// As `backup`.
    pub fn backup(&self, dir: &Path, to: &Path, options: BackupOptions) -> Result<Backup> {
        backup_of(&self.db, dir, to, options)
    }
}

fn backup_of(db: &Db, dir: &Path, to: &Path, options: BackupOptions) -> Result<Backup> {
    if let (Ok(one), Ok(other)) = (to.canonicalize(), dir.join(FILE_NAME).canonicalize())
        && one == other
    {
        return Err(Error::Unusable(format!("{} is the data itself: choose another file", to.display())));
    }
    if !options.overwrite && to.exists() {
        return Err(exists(to));
    }
    db.layout()?;
    let made = Unfinished::beside(to)?;
    let written = copy_verified(db, &dir.join(FILE_NAME), &made.path);
    written.map_err(|error| cannot(to, &error))?;
    File::open(&made.path)?.sync_all()?;
    let backup = verify_backup(&made.path, options.deep)?;
    made.take_name(to, options.overwrite)?;
    Ok(backup)
}

/// A copy of a file of which every page is what was written.
fn copy_verified(db: &Db, source: &Path, path: &Path) -> Result<()> {
    // What tests keep in memory has no file.
    if source.exists() {
        verify_pages(db, source)?;
    }
    let copied = caught(|| db.reading(|snapshot| write(snapshot, source, path)));
    copied.unwrap_or_else(|| Err(damaged(source)))
}

fn cannot(to: &Path, error: &Error) -> Error {
    Error::Unusable(format!("the backup {} could not be written: {error}; nothing of it is kept", to.display()))
}

fn exists(to: &Path) -> Error {
    Error::Unusable(format!("{} is there already: choose another name, or give --overwrite", to.display()))
}

/// A file that is written under another name, and goes unless it takes its own.
pub(super) struct Unfinished {
    pub path: PathBuf,
    /// Its directory, locked: in one, one file at a time is written. What a process that was killed has left is written over.
    _dir: File,
}

impl Unfinished {
    pub fn beside(to: &Path) -> Result<Self> {
        let mut name =
            to.file_name().ok_or_else(|| Error::Unusable(format!("{} names no file", to.display())))?.to_owned();
        name.push(".unfinished");
        let path = to.with_file_name(name);
        let unusable = |error: io::Error| Error::Unusable(format!("{} cannot be written: {error}", path.display()));
        let parent = files::dir_of(to);
        let dir = File::open(parent).map_err(unusable)?;
        if let Err(TryLockError::WouldBlock) = dir.try_lock() {
            let shown = parent.display();
            return Err(Error::Unusable(format!(
                "another NovaHouse writes a file into {shown}: wait until it is done"
            )));
        }
        // A new one, with the mode of a new one: secrets and what visitors wrote are in it.
        let _ = std::fs::remove_file(&path);
        File::options().write(true).create_new(true).mode(OWNER_ONLY).open(&path).map_err(unusable)?;
        Ok(Self { path, _dir: dir })
    }

    /// # Errors
    /// Where a file has the name, unless it may be replaced.
    pub fn take_name(self, to: &Path, overwrite: bool) -> Result<()> {
        if overwrite {
            std::fs::rename(&self.path, to)?;
        } else {
            std::fs::hard_link(&self.path, to).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => exists(to),
                _ => error.into(),
            })?;
        }
        drop(self);
        files::sync_dir_of(to)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is nothing of the name.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Copies every row of a snapshot, and the other files of its directory.
fn write(snapshot: &Reading, source: &Path, path: &Path) -> Result<()> {
    let made_ms = Clock::System.now_ms();
    let events = read::log_end(&Tables::open(snapshot)?)?;
    let carried = files::read_all(files::dir_of(source))?;
    let target = Db::create_file(path)?;
    let transaction = target.begin_write()?;
    {
        let mut manifest = transaction.open_table(BACKUP_TABLES)?;
        each_table!(|definition, name, _row| {
            manifest.insert(name, copy(snapshot, &transaction, definition)?)?;
        });
        files::write_all(&transaction, &carried)?;
        manifest.insert(files::FILES_NAME, files::digest(&carried))?;
        manifest.insert(MADE, (made_ms.cast_unsigned(), events))?;
        let sum = manifest_sum(&*manifest)?;
        manifest.insert(MANIFEST, sum)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Copies a table in order of its keys, and returns its rows and their checksum.
pub(super) fn copy<K: Key + 'static, V: Value + 'static>(
    snapshot: &Reading,
    transaction: &Transaction,
    definition: TableDefinition<'static, K, V>,
) -> Result<(u64, u64)> {
    let mut target = transaction.open_table(definition)?;
    each_row(&snapshot.open_table(definition)?, |key, value| {
        target.insert(key, value)?;
        Ok(())
    })
}

/// Calls `visit` with every row, and returns their number and their checksum.
fn each_row<K: Key + 'static, V: Value + 'static>(
    table: &impl ReadableTable<K, V>,
    mut visit: impl FnMut(K::SelfType<'_>, V::SelfType<'_>) -> Result<()>,
) -> Result<(u64, u64)> {
    let (mut rows, mut hasher) = (0, Xxh3::new());
    for entry in table.iter()? {
        let (key, value) = entry?;
        let (key, value) = (key.value(), value.value());
        {
            let (key, value) = (K::as_bytes(&key), V::as_bytes(&value));
            for bytes in [key.as_ref(), value.as_ref()] {
                hasher.update(&(bytes.len() as u64).to_le_bytes());
                hasher.update(bytes);
            }
        }
        rows += 1;
        visit(key, value)?;
    }
    Ok((rows, hasher.digest()))
}

fn manifest_sum(manifest: &impl ReadableTable<&'static str, (u64, u64)>) -> Result<(u64, u64)> {
    let (mut rows, mut hasher) = (0, Xxh3::new());
    for entry in manifest.iter()? {
        let (name, sum) = entry?;
        if name.value() == MANIFEST {
            continue;
        }
        hasher.update(name.value().as_bytes());
        hasher.update(&sum.value().0.to_le_bytes());
        hasher.update(&sum.value().1.to_le_bytes());
        rows += 1;
    }
    Ok((rows, hasher.digest()))
}

/// Reads a backup whole: every row of every table, against the counts and checksums it was made with. `deep` also recounts
/// everything in it from its events.
///
/// # Errors
/// `Unusable` with what is wrong.
pub fn verify_backup(path: &Path, deep: bool) -> Result<Backup> {
    let db = Db::open_file_read_only(path)?;
    db.layout()?;
    let verified = caught(|| db.reading(|snapshot| verify(snapshot, path)));
    let refused =
        |why: &str| Error::Unusable(format!("the backup {} cannot be used: {why}; take another one", path.display()));
    let verified = verified.ok_or_else(|| refused("a page of it is damaged"))?;
    let backup = verified.map_err(|error| match error {
        Error::Corrupt { .. } | Error::Storage(_) => refused(&error.to_string()),
        other => other,
    })?;
    if deep {
        let differences = check_db(&db, &mut |_, _| {})?;
        if let Some(first) = differences.first() {
            return Err(refused(&format!("{} differences from a recount, the first: {first}", differences.len())));
        }
    }
    Ok(backup)
}

fn verify(snapshot: &Reading, path: &Path) -> Result<Backup> {
    let manifest = match snapshot.open_table(BACKUP_TABLES) {
        Ok(manifest) => manifest,
        Err(TableError::TableDoesNotExist(_)) => {
            return Err(Error::Unusable(format!(
                "{} is a data file and no backup: give one that `novahouse backup` or `serve --backup-to` made",
                path.display()
            )));
        }
        Err(error) => return Err(error.into()),
    };
    let said = |name: &str| -> Result<(u64, u64)> {
        let sum = manifest.get(name)?.map(|sum| sum.value());
        sum.ok_or_else(|| Error::corrupt("backup_tables", name, "it is missing"))
    };
    let agree = |name: &'static str, found: (u64, u64)| match said(name)? {
        right if right == found => Ok(found.0),
        right if right.0 == found.0 => Err(Error::corrupt(name, "all rows", "not those that were written")),
        right => Err(Error::corrupt(name, "all rows", format!("{} rows and not the {} written", found.0, right.0))),
    };
    agree_all(MANIFEST, said(MANIFEST)?, manifest_sum(&manifest)?)?;
    let mut rows = 0;
    each_table!(|definition, name, _row| {
        rows += agree(name, each_row(&snapshot.open_table(definition)?, |_, _| Ok(()))?)?;
    });
    agree(files::FILES_NAME, files::digest(&files::stored(snapshot)?))?;
    let tables = Tables::open(snapshot)?;
    read_every_row(&tables)?;
    let (made_ms, events) = said(MADE)?;
    agree_all(MADE, (made_ms, events), (made_ms, read::log_end(&tables)?))?;
    Ok(Backup { events, rows, bytes: std::fs::metadata(path)?.len(), made_ms: made_ms.cast_signed() })
}

fn agree_all(name: &'static str, right: (u64, u64), found: (u64, u64)) -> Result<()> {
    if right == found { Ok(()) } else { Err(Error::corrupt("backup_tables", name, "not what was written")) }
}

/// Makes a data directory of a backup.
///
/// # Errors
/// `Unusable` with what to do: the directory holds data, or the backup is not what was written. The directory then holds no
/// data, as before; the backup stays as it is in any case.
pub fn restore(from: &Path, dir: &Path) -> Result<Backup> {
    let to = dir.join(FILE_NAME);
    if to.exists() {
        return Err(Error::Unusable(format!(
            "{} holds data already: restore into an empty directory, or move {FILE_NAME} away first",
            dir.display()
        )));
    }
    verify_backup(from, false)?;
    private::make(dir)?;
    let copy = Unfinished::beside(&to)?;
    std::fs::copy(from, &copy.path)
        .map_err(|error| Error::Unusable(format!("{} cannot be written: {error}", copy.path.display())))?;
    let backup = verify_backup(&copy.path, false)?;
    let carried = strip(&copy.path)?;
    File::open(&copy.path)?.sync_all()?;
    // Before the data: no server may come up that knows nothing of who may come in.
    files::put_all(dir, &carried)?;
    copy.take_name(&to, false)?;
    files::sync_dir_of(dir)?;
    Ok(backup)
}

/// Takes out of a copy what makes it a backup, and returns the files it carried.
fn strip(path: &Path) -> Result<Vec<CarriedFile>> {
    let db = Db::open_file(path, crate::limits::PAGE_CACHE_BYTES)?;
    let carried = db.reading(files::stored)?;
    let transaction = db.begin_write()?;
    transaction.delete_table(BACKUP_TABLES)?;
    files::forget(&transaction)?;
    transaction.commit()?;
    Ok(carried)
}
