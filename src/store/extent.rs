//! How far a backup reaches, from what it says of itself: it is not read whole.

use std::path::Path;

use super::backup::{BACKUP_TABLES, MADE};
use super::read;
use super::snapshot::{Db, caught};
use super::tables::Tables;
use crate::error::Result;
use crate::model::Seq;

/// When a backup was made, and which events of the log it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// When it was begun, epoch ms.
    pub made_ms: i64,
    /// Where the log ended then.
    pub end: Seq,
    /// When the last event before that happened (epoch ms), by which it is known whether it is of the same log; `None` where it
    /// has gone, or cannot be read as the backup is of an older layout.
    pub last_ms: Option<i64>,
}

impl Extent {
    /// `None` where the file is no backup, or cannot be read.
    pub fn of(path: &Path) -> Option<Self> {
        let db = Db::open_file_untouched(path).ok()??;
        let (made_ms, end) = caught(|| said(&db))??;
        let last_ms = caught(|| last_ms(&db, end)).flatten();
        Some(Self { made_ms: made_ms.cast_signed(), end, last_ms })
    }
}

fn said(db: &Db) -> Option<(u64, Seq)> {
    let said = db.reading(|snapshot| {
        let manifest = snapshot.open_table(BACKUP_TABLES)?;
        Ok(redb::ReadableTable::get(&manifest, MADE)?.map(|made| made.value()))
    });
    said.ok()?
}

fn last_ms(db: &Db, end: Seq) -> Option<i64> {
    db.layout().ok()?;
    db.reading(|snapshot| moment_at(&Tables::open(snapshot)?, end.checked_sub(1))).ok()?
}

/// When the event at a place of the log happened; `None` where there is none, or it has gone.
pub(super) fn moment_at(tables: &Tables, seq: Option<Seq>) -> Result<Option<i64>> {
    let Some(seq) = seq else { return Ok(None) };
    if seq >= read::log_end(tables)? {
        return Ok(None);
    }
    Ok(read::events_at(tables, &[seq])?.first().map(|(_, event)| event.timestamp_ms))
}
