//! Room that is free in the file is given back to the disk.

use std::path::Path;

use super::super::RedbEngine;
use super::super::snapshot::{Db, FILE_NAME};
use super::super::tables::{LOG_BLOCKS, PartKey};
use super::Run;
use crate::engine::Engine;
use crate::error::Result;
use crate::limits::{PAGE_CACHE_BYTES, RETAIN_BYTES_PER_STEP};

impl RedbEngine {
    /// Moves what is left of the log, from its end on, into the room that has become free before it: redb gives the end of
    /// a file back once half of it is free. Less than half is used again by what comes, and left.
    pub(super) fn give_room_back(&self, run: &mut Run<'_>) -> Result<()> {
        let Some(disk) = self.vitals().disk else { return Ok(()) };
        let went: u64 = run.gone.iter().map(|gone| gone.bytes).sum();
        if 2 * went < disk.file_bytes {
            return Ok(());
        }
        let mut end = (u64::MAX, u32::MAX);
        while !(run.stopped)() {
            let parts = self.parts_before(end)?;
            let Some((first, _)) = parts.last() else { break };
            end = *first;
            let work = |_: &_, transaction: &redb::WriteTransaction| {
                let mut blocks = transaction.open_table(LOG_BLOCKS)?;
                for (key, bytes) in &parts {
                    blocks.insert(key, &bytes[..])?;
                }
                Ok(())
            };
            self.step(run, work, |_, ()| {})?;
        }
        Ok(())
    }

    /// Parts of blocks, as many as are moved in one step, from the last one before `end` on.
    fn parts_before(&self, end: PartKey) -> Result<Vec<(PartKey, Vec<u8>)>> {
        let tables = self.db.tables()?;
        let (mut parts, mut bytes_read) = (Vec::new(), 0);
        for entry in tables.log_blocks.range(..end)?.rev() {
            let (key, bytes) = entry?;
            bytes_read += bytes.value().len();
            parts.push((key.value(), bytes.value().to_vec()));
            if bytes_read >= RETAIN_BYTES_PER_STEP {
                break;
            }
        }
        Ok(parts)
    }
}

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
