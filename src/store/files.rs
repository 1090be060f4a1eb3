//! The files of a data directory beside the data itself, on their way into a backup and out of it.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

use redb::{ReadableTable, TableDefinition, TableError};
use xxhash_rust::xxh3::Xxh3;

use super::tables::{Bytes, Reading, Transaction};
use crate::error::{Error, Result};

/// What a backup carries, where it is there: who may come in, what receipts are signed with, what was sent, and what is set; and
/// what each is called once it is restored. Of what was sent a server has to know that more may have been sent since. In order of
/// the names, as a backup's table gives them back: the checksum is that of this order.
const CARRIED: [(&str, &str); 4] = [
    ("access.json", "access.json"),
    ("erasure.key", "erasure.key"),
    (NOTICES, "notices.restored.json"),
    ("settings.json", "settings.json"),
];
/// Where a backup of a version before carries none, an empty one is restored: that says as much.
const NOTICES: &str = "notices.json";
/// Bits of a mode that are carried.
const MODE_BITS: u32 = 0o777;

/// A file's mode and content, by name.
const FILES: TableDefinition<'static, &'static str, (u32, Bytes)> = TableDefinition::new(FILES_NAME);
pub const FILES_NAME: &str = "files";

pub struct CarriedFile {
    name: String,
    mode: u32,
    content: Vec<u8>,
}

/// # Errors
/// Where one is there and cannot be read.
pub fn read_all(dir: &Path) -> Result<Vec<CarriedFile>> {
    let mut files = Vec::new();
    for (name, _) in CARRIED {
        let path = dir.join(name);
        let unusable = |error: io::Error| Error::Unusable(format!("{} cannot be read: {error}", path.display()));
        match std::fs::read(&path) {
            Ok(content) => {
                let mode = std::fs::metadata(&path).map_err(unusable)?.permissions().mode() & MODE_BITS;
                files.push(CarriedFile { name: name.into(), mode, content });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(error)),
        }
    }
    Ok(files)
}

pub fn write_all(transaction: &Transaction, files: &[CarriedFile]) -> Result<()> {
    let mut table = transaction.open_table(FILES)?;
    for CarriedFile { name, mode, content } in files {
        table.insert(&**name, (*mode, &content[..]))?;
    }
    Ok(())
}

/// Those that a backup carries.
pub fn stored(snapshot: &Reading) -> Result<Vec<CarriedFile>> {
    let table = match snapshot.open_table(FILES) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        table => table?,
    };
    let mut files = Vec::new();
    for entry in table.iter()? {
        let (name, file) = entry?;
        if !CARRIED.iter().any(|(carried, _)| *carried == name.value()) {
            return Err(Error::corrupt(FILES_NAME, name.value(), "a file that no backup carries"));
        }
        let (mode, content) = file.value();
        files.push(CarriedFile { name: name.value().into(), mode, content: content.into() });
    }
    Ok(files)
}

pub fn forget(transaction: &Transaction) -> Result<()> {
    transaction.delete_table(FILES)?;
    Ok(())
}

/// Their number and checksum.
pub fn digest(files: &[CarriedFile]) -> (u64, u64) {
    let mut hasher = Xxh3::new();
    for CarriedFile { name, mode, content } in files {
        hasher.update(name.as_bytes());
        hasher.update(&mode.to_le_bytes());
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    (files.len() as u64, hasher.digest())
}

/// Puts them into a directory; each takes its name when it is whole.
///
/// # Errors
/// `Unusable` where another file has one of the names.
pub fn put_all(dir: &Path, files: &[CarriedFile]) -> Result<()> {
    let nothing_sent = CarriedFile { name: NOTICES.into(), mode: 0o600, content: Vec::new() };
    let is_told = files.iter().any(|file| file.name == NOTICES);
    for CarriedFile { name, mode, content } in files.iter().chain((!is_told).then_some(&nothing_sent)) {
        let restored = CARRIED.iter().find(|(carried, _)| carried == name).map_or(&**name, |(_, restored)| restored);
        let path = dir.join(restored);
        match std::fs::read(&path) {
            Ok(there) if there == *content => continue,
            // No server has started on it: it is of a restore before this one.
            Ok(_) if name == NOTICES => {}
            Ok(_) => {
                return Err(Error::Unusable(format!(
                    "{} is there already and is not the backup's: move it away first",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let unfinished = dir.join(format!("{restored}.unfinished"));
        let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(content)?;
        file.set_permissions(Permissions::from_mode(*mode))?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &path)?;
    }
    sync_dir(dir)?;
    Ok(())
}

/// The directory a file lies in.
pub fn dir_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Gives a file the mode of another and, where a command of root made it beside a server that runs as someone else, its owner.
pub fn make_alike(known: &Path, made: &Path) -> io::Result<()> {
    let known = std::fs::metadata(known)?;
    std::fs::set_permissions(made, known.permissions())?;
    let own = std::fs::metadata(made)?;
    if (own.uid(), own.gid()) != (known.uid(), known.gid()) {
        chown(made, Some(known.uid()), Some(known.gid()))?;
    }
    Ok(())
}

/// Makes the names in a directory durable.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Makes the name of a file, or of a directory, durable.
pub fn sync_dir_of(path: &Path) -> Result<()> {
    Ok(sync_dir(dir_of(path))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_stands_in_the_order_in_which_it_is_read_again() {
        assert!(CARRIED.is_sorted());
    }
}
