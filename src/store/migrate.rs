//! Creating what is missing, and the schema as it stands.

use std::path::Path;

use redb::{ReadableTable, ReadableTableMetadata, TableHandle};

use super::tables::each_table;
use super::{Options, RedbEngine, append, read};
use crate::error::Result;

/// A table as it stands.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TableInfo {
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    pub rows: u64,
    /// Of keys and values, without the file's own overhead.
    pub bytes: u64,
}

/// Opens the directory, creating what is missing, reads every row of every table, and describes them.
///
/// # Errors
/// `Unusable` with what to do; `Corrupt` for a row that cannot be read.
pub fn migrate(dir: &Path, options: &Options) -> Result<Vec<TableInfo>> {
    let engine = RedbEngine::open(dir, options)?;
    engine.checkpoint()?;
    let tables = engine.db.tables()?;
    read::scan_log(&tables, 0, None, |_, _| Ok(()))?;
    for entry in tables.bots.iter()? {
        let (id, bytes) = entry?;
        append::decode_bot(id.value(), bytes.value())?;
    }
    let transaction = engine.db.begin_write()?;
    let mut infos = Vec::new();
    each_table!(|definition, name, row| {
        let table = transaction.open_table(definition)?;
        debug_assert_eq!(definition.name(), name);
        let mut rows = 0;
        for entry in table.iter()? {
            entry?;
            rows += 1;
        }
        infos.push(TableInfo { name, row, rows, bytes: table.stats()?.stored_bytes() });
    });
    transaction.abort()?;
    Ok(infos)
}
