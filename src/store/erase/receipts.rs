//! Receipts for what was erased, in the file that it went from.

use std::path::Path;

use redb::ReadableTable;

use super::super::RedbEngine;
use super::super::codec::{checked, with_checksum};
use super::super::snapshot::Db;
use super::super::tables::*;
use crate::error::Result;
use crate::limits::ERASURES_KEPT_MAX;

/// Keeps what `receipt` makes of the next number, and lets go of the oldest where there are too many.
pub fn write(transaction: &Transaction, receipt: impl FnOnce(u64) -> Result<Vec<u8>>) -> Result<()> {
    let mut table = transaction.open_table(ERASURES)?;
    let number = table.last()?.map_or(1, |(number, _)| number.value() + 1);
    table.insert(number, &with_checksum(&receipt(number)?)[..])?;
    table.retain_in(..number.saturating_sub(ERASURES_KEPT_MAX - 1), |_, _| false)?;
    Ok(())
}

fn all(tables: &Tables) -> Result<Vec<Vec<u8>>> {
    let mut receipts = Vec::new();
    for entry in tables.erasures.iter()?.rev() {
        let (number, bytes) = entry?;
        receipts.push(checked(bytes.value(), "erasures", number.value())?.to_vec());
    }
    Ok(receipts)
}

impl RedbEngine {
    pub(in crate::store) fn receipts(&self) -> Result<Vec<Vec<u8>>> {
        all(&self.db.tables()?)
    }
}

/// All receipts that a directory keeps, the latest first; beside a live server too.
///
/// # Errors
/// As opening the directory.
pub fn erasures(dir: &Path) -> Result<Vec<Vec<u8>>> {
    let db = Db::open_read_only(dir)?;
    db.layout()?;
    all(&db.tables()?)
}
