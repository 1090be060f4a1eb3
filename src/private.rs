//! Files that no one else may read, replaced as a whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::limits::PRIVATE_FILE_BYTES_MAX;

/// The mode of all of them.
pub const OWNER_ONLY: u32 = 0o600;
/// Of a directory.
const OWNER_ONLY_DIR: u32 = 0o700;
const LOCK: &str = "access.lock";

/// What tells a file from one that took its place: its number, when it or its mode was changed, its length.
pub type Seen = (u64, i64, i64, u64);

pub fn seen(path: &Path) -> Option<Seen> {
    let known = std::fs::metadata(path).ok()?;
    Some((known.ino(), known.ctime(), known.ctime_nsec(), known.size()))
}

/// Held while files are read, changed and written: a server and commands beside it take turns.
pub fn lock(dir: &Path) -> Result<File> {
    let unusable = |error: std::io::Error| Error::Unusable(format!("{}: {error}", dir.join(LOCK).display()));
    let file = open(dir, LOCK, OpenOptions::new().write(true).create(true)).map_err(unusable)?;
    file.lock().map_err(unusable)?;
    Ok(file)
}

/// The bytes of a file, or `None` where there is none.
///
/// # Errors
/// A sentence that says what to do, where others could have read or written it.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let unusable = |why: &dyn std::fmt::Display| Error::Unusable(format!("{}: {why}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&error)),
    };
    let known = file.metadata().map_err(|error| unusable(&error))?;
    if !known.is_file() {
        return Err(unusable(&"expected a file"));
    }
    if known.mode() & 0o077 != 0 {
        let mode = known.mode() & 0o777;
        let shown = path.display();
        return Err(unusable(&format!(
            "others may read or write it (mode {mode:o}); look at it, then `chmod 600 {shown}`"
        )));
    }
    let me = rustix::process::geteuid().as_raw();
    let keeper = path.parent().and_then(|dir| std::fs::metadata(dir).ok()).map_or(me, |dir| dir.uid());
    if ![0, me, keeper].contains(&known.uid()) {
        return Err(unusable(&format!(
            "it belongs to another user (number {}); look at it, then `chown` it",
            known.uid()
        )));
    }
    if known.len() > PRIVATE_FILE_BYTES_MAX {
        return Err(unusable(&format!("expected at most {PRIVATE_FILE_BYTES_MAX} bytes")));
    }
    let mut bytes = Vec::new();
    file.take(PRIVATE_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| unusable(&error))?;
    Ok(Some(bytes))
}

/// What the JSON of such a file says: `what` names what it holds, `to_do` what to do where it cannot be read.
///
/// # Errors
/// A sentence, where it is of another version or broken.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], version: u32, what: &str, to_do: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let broken = |error: serde_json::Error| format!("not a file of {what}: {error}; {to_do}");
    let Versioned { version: found } = serde_json::from_slice(bytes).map_err(broken)?;
    if found != version {
        return Err(format!(
            "it is of version {found}, and this program knows version {version}; use the program that wrote it"
        ));
    }
    serde_json::from_slice(bytes).map_err(broken)
}

/// Puts the bytes in a file's place: whoever reads it sees all of it as it was or as it is, after a power failure too. One
/// at a time may write one of this name.
pub fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = dir.join(name);
    let written = || -> std::io::Result<()> {
        let unfinished = format!("{name}.new");
        // Of one that ended in the middle of this.
        match std::fs::remove_file(dir.join(&unfinished)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = open(dir, &unfinished, OpenOptions::new().write(true).create_new(true))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(dir.join(&unfinished), &path)?;
        File::open(dir)?.sync_all()
    };
    written().map_err(|error| Error::Unusable(format!("{} cannot be written: {error}", path.display())))
}

/// Opens a file that its owner alone may read.
pub fn open(dir: &Path, name: &str, options: &mut OpenOptions) -> std::io::Result<File> {
    let file = options.mode(OWNER_ONLY).open(dir.join(name))?;
    let known = file.metadata()?;
    if known.mode() & 0o777 != OWNER_ONLY {
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    }
    // A command of root, on the directory of a server that runs as someone else: it has to be able to read this.
    let keeper = std::fs::metadata(dir)?;
    if rustix::process::geteuid().is_root() && known.uid() != keeper.uid() {
        fchown(&file, Some(keeper.uid()), Some(keeper.gid()))?;
    }
    Ok(file)
}

/// Makes the data directory where it is missing, its owner's alone: what visitors wrote is in it.
pub fn make(dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY_DIR)
        .create(dir)
        .map_err(|error| Error::Unusable(format!("the data directory {} cannot be made: {error}", dir.display())))
}
