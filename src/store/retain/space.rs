//! Room that is free in the file is given back to the disk.

use std::fs::File;
use std::path::Path;

use super::super::backup::{Unfinished, copy};
use super::super::files::make_alike;
use super::super::snapshot::{Db, FILE_NAME};
use super::super::tables::*;
use crate::error::Result;
use crate::limits::PAGE_CACHE_BYTES;

/// Copies every row into a new file, which takes the place of the old one, and returns the bytes that were given back. Nothing is
/// in it but what is stored: free parts of the old file, which moving its pages about leaves as they are, may hold what has
/// gone. Takes as long as writing all of it, and as much room, and needs the directory for itself.
///
/// # Errors
/// `Unusable` where another process uses the directory.
pub fn compact(dir: &Path) -> Result<u64> {
    let path = dir.join(FILE_NAME);
    let before = std::fs::metadata(&path)?.len();
    // To write: no server may come up meanwhile.
    let db = Db::open_file(&path, PAGE_CACHE_BYTES)?;
    db.layout()?;
    let new = Unfinished::beside(&path)?;
    let target = Db::create_file(&new.path)?;
    db.reading(|snapshot| {
        let transaction = target.begin_write()?;
        each_table!(|definition, _name, _row| {
            copy(snapshot, &transaction, definition)?;
        });
        transaction.commit()?;
        Ok(())
    })?;
    target.compact()?;
    drop(target);
    make_alike(&path, &new.path)?;
    File::open(&new.path)?.sync_all()?;
    new.take_name(&path, true)?;
    drop(db);
    Ok(before.saturating_sub(std::fs::metadata(&path)?.len()))
}
