//! Where a smaller file is made, and how it comes into the place of the one it was made of.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use redb::{Builder, Database, StorageBackend};

use super::files::{make_alike, sync_dir_of};
use super::opened::Beside;
use super::snapshot::{open_existing, unusable};
use super::watch::allocated_bytes;
use crate::error::{Error, Result};
use crate::limits::COPY_CACHE_BYTES;
use crate::private::OWNER_ONLY;

/// Device and number of a file.
pub type Identity = (u64, u64);

/// Another file in the same directory.
pub struct FileBeside {
    path: PathBuf,
    other: PathBuf,
    page_cache_bytes: usize,
    /// The file that is open under the name.
    opened: Mutex<Option<Identity>>,
}

impl FileBeside {
    /// Beside the file that was opened as `path`.
    pub fn of(path: &Path, page_cache_bytes: usize) -> Self {
        // Where the name is a link, what it leads to is what gives room back.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut other = path.as_os_str().to_owned();
        other.push(".smaller");
        let opened = Mutex::new(identity(&path).ok());
        Self { other: other.into(), path, page_cache_bytes, opened }
    }
}

pub fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

impl Beside for FileBeside {
    fn make(&self) -> Result<Database> {
        if Some(identity(&self.path)?) != *self.opened.lock() {
            return Err(Error::Conflict(format!("{} is another file than the one that is open", self.path.display())));
        }
        File::options().create(true).write(true).truncate(true).mode(OWNER_ONLY).open(&self.other)?;
        make_alike(&self.path, &self.other)?;
        let mut builder = Builder::new();
        builder.set_cache_size(COPY_CACHE_BYTES);
        builder.create(&self.other).map_err(|error| unusable(error, &self.other))
    }

    fn open(&self) -> Result<Database> {
        let database = open_existing(&self.other, self.page_cache_bytes)?;
        // Its owner, too.
        File::open(&self.other)?.sync_all()?;
        Ok(database)
    }

    fn take_place(&self) -> Result<()> {
        std::fs::rename(&self.other, &self.path)?;
        *self.opened.lock() = identity(&self.path).ok();
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        sync_dir_of(&self.path)
    }

    fn discard(&self) {
        // Of one that cannot be removed the next copy makes its own.
        let _ = std::fs::remove_file(&self.other);
    }

    fn held_bytes(&self) -> Result<(u64, u64)> {
        let held = |path| std::fs::metadata(path).map(|metadata| allocated_bytes(&metadata));
        Ok((held(&self.path)?, held(&self.other)?))
    }
}

/// The same in memory, of tests that break it.
pub struct BackendBeside<B> {
    /// Where there is nothing yet, and what was made there.
    pub make: Box<dyn Fn() -> B + Send + Sync>,
    pub open: Box<dyn Fn() -> B + Send + Sync>,
    /// From then on it is what is opened, and durably so once it is settled.
    pub take_place: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
    pub settle: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
}

impl<B: StorageBackend> Beside for BackendBeside<B> {
    fn make(&self) -> Result<Database> {
        over((self.make)())
    }

    fn open(&self) -> Result<Database> {
        over((self.open)())
    }

    fn take_place(&self) -> Result<()> {
        Ok((self.take_place)()?)
    }

    fn settle(&self) -> Result<()> {
        Ok((self.settle)()?)
    }

    fn discard(&self) {}

    fn held_bytes(&self) -> Result<(u64, u64)> {
        Ok((0, 0))
    }
}

/// Backends of tests know no byte-range locks, which sharing the file would need.
pub fn over<B: StorageBackend>(backend: B) -> Result<Database> {
    let mut builder = Builder::new();
    builder.set_cache_size(crate::limits::PAGE_CACHE_BYTES);
    builder.create_with_backend(backend).map_err(|error| unusable(error, Path::new("the backend")))
}
