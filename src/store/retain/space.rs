//! Room that is free in the file is given back to the disk.

use std::path::Path;

use super::super::snapshot::{Db, FILE_NAME};
use crate::error::Result;
use crate::limits::PAGE_CACHE_BYTES;

/// Moves what the file holds to its beginning, and cuts off the rest; returns the bytes that were given back. Takes as long as
/// writing all of it, and needs the directory for itself.
///
/// # Errors
/// `Unusable` where another process uses the directory.
pub fn compact(dir: &Path) -> Result<u64> {
    let path = dir.join(FILE_NAME);
    let before = std::fs::metadata(&path).map_or(0, |file| file.len());
    let db = Db::open_file(&path, PAGE_CACHE_BYTES)?;
    db.layout()?;
    db.compact()?;
    drop(db);
    Ok(before.saturating_sub(std::fs::metadata(&path)?.len()))
}
