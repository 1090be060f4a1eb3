//! Creating what is missing, from an older layout to this one, and the schema as it stands.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use redb::{Key, ReadOnlyTable, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle};
use serde::de::DeserializeOwned;

use super::chunk::Chunk;
use super::codec::{checked, decode, decode_columns, decode_seqs, seal_old, with_checksum};
use super::columns::{Column, Damage, Sessions, Users};
use super::files::sync_dir;
use super::log::Block;
use super::names::{Kind, Names};
use super::old_blocks::{OLD_BLOCKS, decode_old_block};
use super::remembered::{Answered, decode_ids};
use super::snapshot::{Db, FILE_NAME};
use super::tables::*;
use super::verify::is_indexed;
use super::{Options, RedbEngine, append, read};
use crate::error::{Error, Result};
use crate::limits::NAMES_WAITING_MAX;
use crate::model::{Event, Horizons};
use crate::rollup::{Daily, PerformanceRollup, Questions};

/// Changes the tables of one layout into those of the next.
type Step = fn(&Transaction) -> Result<()>;

/// `STEPS[n]` leads from layout n + 1 to n + 2. A layout, once released, is never forgotten here, and has its golden
/// directory among the tests. Layouts 2 and 3 changed only what is folded, which layout 4 makes anew. Layout 7 has conversion events
/// among the traces, what an hour of a day adds up to, and room for what bots let go of; layout 8 has exposures to experiments, and room
/// for receipts of erasures.
const STEPS: [Step; LAYOUT as usize - 1] = [
    |_| Ok(()),
    |_| Ok(()),
    log_in_columns,
    names_in_leaves,
    checksums_everywhere,
    recount_at_next_start,
    measured_from_now,
];

/// Layout 4: the log is kept in columns, and so is most of what is folded, by the next start, from its beginning.
fn log_in_columns(transaction: &Transaction) -> Result<()> {
    create_all(transaction)?;
    {
        let mut blocks = transaction.open_table(LOG_BLOCKS)?;
        let mut index = transaction.open_table(LOG_INDEX)?;
        for entry in transaction.open_table(OLD_BLOCKS)?.iter()? {
            let (first, bytes) = entry?;
            let events = decode_old_block(bytes.value(), "log_blocks", first.value())?;
            index.remove(first.value())?;
            for block in Block::all_of(first.value(), &events) {
                block.write(&mut blocks, &mut index)?;
            }
        }
        for entry in transaction.open_table(LOG_TAIL)?.iter()? {
            let (first, bytes) = entry?;
            let events = decode_old_block(bytes.value(), "log_tail", first.value())?;
            for block in Block::all_of(first.value(), &events) {
                block.write(&mut blocks, &mut index)?;
            }
        }
    }
    transaction.delete_table(OLD_BLOCKS)?;
    transaction.delete_table(LOG_TAIL)?;
    recount_at_next_start(transaction)?;
    Ok(())
}

/// Numbers of sessions, and of users, as layout 4 kept them: by bot and the beginning of BLAKE3 of the name.
const OLD_SESSION_NUMBERS: TableDefinition<'static, &'static [u8; 20], u64> = TableDefinition::new("session_numbers");
const OLD_USER_NUMBERS: TableDefinition<'static, &'static [u8; 20], u64> = TableDefinition::new("user_numbers");

/// Layout 5: names find their numbers through leaves of hashes, which layout 6 makes anew.
fn names_in_leaves(transaction: &Transaction) -> Result<()> {
    transaction.delete_table(OLD_SESSION_NUMBERS)?;
    transaction.delete_table(OLD_USER_NUMBERS)?;
    Ok(())
}

/// Layout 6: every row has a checksum. What is folded had none everywhere, and is made anew from the log, which had.
fn checksums_everywhere(transaction: &Transaction) -> Result<()> {
    recount_at_next_start(transaction)?;
    rewrite(transaction, BOTS, "bots", seal_old)?;
    rewrite(transaction, IDEMPOTENCY, "idempotency", seal_old)?;
    rewrite(transaction, EVENT_IDS, "event_ids", |hashes| Ok(with_checksum(hashes)))
}

/// Layout 8: sessions sum up what experiments measure. Of what was folded before they do not, and no experiment began before. There
/// is a table for receipts, empty.
fn measured_from_now(transaction: &Transaction) -> Result<()> {
    create_all(transaction)?;
    let mut meta = transaction.open_table(META)?;
    let folded = meta.get(meta::CHECKPOINT)?.map_or(0, |figure| figure.value());
    meta.insert(meta::MEASURED_SINCE, folded)?;
    Ok(())
}

/// Puts in the place of every row what `new` makes of it.
fn rewrite<K>(
    transaction: &Transaction,
    definition: TableDefinition<'static, K, Bytes>,
    name: &'static str,
    new: impl Fn(&[u8]) -> Result<Vec<u8>, Damage>,
) -> Result<()>
where
    for<'a> K: Key<SelfType<'a> = K> + Copy + std::fmt::Debug + 'static,
{
    let mut table = transaction.open_table(definition)?;
    let mut rows = Vec::new();
    for entry in table.iter()? {
        let (key, bytes) = entry?;
        let key = key.value();
        rows.push((key, new(bytes.value()).map_err(|why| Error::corrupt(name, key, why))?));
    }
    for (key, bytes) in rows {
        table.insert(key, &bytes[..])?;
    }
    Ok(())
}

/// Brings an older file to this program's layout: all steps in one transaction, after a copy of the file was made beside
/// it. Returns the copy's path where there was something to do.
///
/// # Errors
/// The file stays as it was.
pub(super) fn upgrade(db: &Db, dir: &Path) -> Result<Option<PathBuf>> {
    upgrade_by(db, dir, &STEPS)
}

fn upgrade_by(db: &Db, dir: &Path, steps: &[Step]) -> Result<Option<PathBuf>> {
    let Some(found) = db.layout()? else { return Ok(None) };
    let missing = &steps[found as usize - 1..];
    if missing.is_empty() {
        return Ok(None);
    }
    let copy = copy_beside(dir, found)?;
    let transaction = db.begin_write()?;
    for step in missing {
        step(&transaction)?;
    }
    transaction.open_table(META)?.insert(meta::LAYOUT, steps.len() as u64 + 1)?;
    transaction.commit()?;
    tracing::info!(from = found, copy = %copy.display(), "the data was brought to this program's layout");
    Ok(Some(copy))
}

/// Copies the file, which no one is writing, under a name that says its layout; it takes that name when it is whole.
fn copy_beside(dir: &Path, layout: u64) -> Result<PathBuf> {
    let copy = dir.join(format!("{FILE_NAME}.layout-{layout}"));
    let unfinished = dir.join(format!("{FILE_NAME}.layout-{layout}.unfinished"));
    let copied = std::fs::copy(dir.join(FILE_NAME), &unfinished)
        .and_then(|_| std::fs::File::open(&unfinished)?.sync_all())
        .and_then(|()| std::fs::rename(&unfinished, &copy))
        .and_then(|()| sync_dir(dir));
    copied.map(|()| copy).map_err(|error| {
        // What could be copied is of no use; that it could not be removed either changes nothing.
        let _ = std::fs::remove_file(&unfinished);
        Error::Unusable(format!(
            "the data is of an older layout and has to be copied before it is changed, which failed: {error}; \
             make room in {} and start again",
            dir.display()
        ))
    })
}

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
    read_every_row(&tables)?;
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

pub(super) fn read_every_row(tables: &Tables) -> Result<()> {
    read::scan_log(tables, 0, None, |stretch| match is_indexed(tables, &stretch)? {
        true => Ok(ControlFlow::Continue(())),
        false => Err(Error::corrupt("log_index", stretch.first, "not what the block says")),
    })?;
    for entry in tables.event_ids.iter()? {
        let (arrival, hashes) = entry?;
        decode_ids(hashes.value(), arrival.value())?;
    }
    for entry in tables.bots.iter()? {
        let (id, bytes) = entry?;
        append::decode_bot(id.value(), bytes.value())?;
    }
    for entry in tables.horizons.iter()? {
        let (id, bytes) = entry?;
        decode::<Horizons>(bytes.value(), "horizons", id.value())?;
    }
    for entry in tables.session_events.iter()? {
        let (key, bytes) = entry?;
        decode_seqs(bytes.value(), "session_events", key.value())?;
    }
    for entry in tables.traces.iter()? {
        let (key, bytes) = entry?;
        Chunk::decode(bytes.value(), key.value())?;
    }
    for entry in tables.erasures.iter()? {
        let (number, bytes) = entry?;
        checked(bytes.value(), "erasures", number.value())?;
    }
    for kind in [Kind::Session, Kind::User] {
        let names = Names::load(tables, kind, NAMES_WAITING_MAX)?;
        for slice in Names::slices() {
            names.entries(slice, &tables.name_leaves)?;
        }
    }
    read_groups::<Sessions>(&tables.sessions, "sessions")?;
    read_groups::<Users>(&tables.users, "users")?;
    read_rows::<_, Event>(&tables.leads, "leads")?;
    read_rows::<_, Answered>(&tables.idempotency, "idempotency")?;
    read_rows::<_, Daily>(&tables.daily, "daily")?;
    read_rows::<_, Questions>(&tables.questions, "questions")?;
    read_rows::<_, PerformanceRollup>(&tables.performance_daily, "performance_daily")?;
    read_rows::<_, PerformanceRollup>(&tables.performance_hourly, "performance_hourly")
}

fn read_rows<K: Key + 'static, T: DeserializeOwned>(table: &ReadOnlyTable<K, Bytes>, name: &'static str) -> Result<()>
where
    for<'a> K::SelfType<'a>: std::fmt::Debug,
{
    for entry in table.iter()? {
        let (key, bytes) = entry?;
        decode::<T>(bytes.value(), name, key.value())?;
    }
    Ok(())
}

fn read_groups<C: Column>(table: &ReadOnlyTable<u64, Bytes>, name: &'static str) -> Result<()> {
    for entry in table.iter()? {
        let (group, bytes) = entry?;
        decode_columns::<C>(bytes.value(), name, group.value())?.all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::PAGE_CACHE_BYTES;

    fn mark(transaction: &Transaction) -> Result<()> {
        transaction.open_table(IMPORTS)?.insert(&[7; 32], 1)?;
        Ok(())
    }

    fn fail(transaction: &Transaction) -> Result<()> {
        mark(transaction)?;
        Err(Error::corrupt("imports", 0, "made up"))
    }

    /// Steps to this program's layout, which have nothing to do, and made-up ones beyond it.
    fn beyond(steps: &[Step]) -> Vec<Step> {
        let known: Vec<Step> = vec![|_| Ok(()); LAYOUT as usize - 1];
        [&known, steps].concat()
    }

    fn opened(dir: &Path) -> Db {
        RedbEngine::open(dir, &Options::default()).unwrap().close().unwrap();
        Db::open(dir, PAGE_CACHE_BYTES, |_| unreachable!("it is there")).unwrap()
    }

    #[test]
    fn an_upgrade_keeps_a_copy_of_what_was() {
        let dir = tempfile::tempdir().unwrap();
        let db = opened(dir.path());
        let before = std::fs::read(dir.path().join(FILE_NAME)).unwrap();
        let copy =
            upgrade_by(&db, dir.path(), &beyond(&[mark, |_| Ok(())])).unwrap().expect("there was something to do");
        assert_eq!(std::fs::read(&copy).unwrap(), before);
        let tables = db.tables().unwrap();
        assert_eq!(tables.meta.get(meta::LAYOUT).unwrap().unwrap().value(), LAYOUT + 2);
        assert_eq!(tables.imports.iter().unwrap().count(), 1);
        assert!(matches!(db.layout(), Err(Error::Unusable(_))), "this program does not know that layout");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let db = opened(dir.path());
        assert!(upgrade_by(&db, dir.path(), &beyond(&[mark, fail])).is_err());
        let tables = db.tables().unwrap();
        assert_eq!(tables.meta.get(meta::LAYOUT).unwrap().unwrap().value(), LAYOUT);
        assert_eq!(tables.imports.iter().unwrap().count(), 0);
    }

    #[test]
    fn where_no_copy_can_be_made_nothing_is_changed() {
        let dir = tempfile::tempdir().unwrap();
        let db = opened(dir.path());
        std::fs::create_dir(dir.path().join(format!("{FILE_NAME}.layout-{LAYOUT}.unfinished"))).unwrap();
        let error = upgrade_by(&db, dir.path(), &beyond(&[mark])).unwrap_err().to_string();
        assert!(error.contains("make room"), "{error}");
        assert_eq!(db.tables().unwrap().imports.iter().unwrap().count(), 0);
    }

    #[test]
    fn this_layout_needs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(upgrade(&opened(dir.path()), dir.path()).unwrap(), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
