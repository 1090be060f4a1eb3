//! Creating what is missing, from an older layout to this one, and the schema as it stands.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use ahash::RandomState;
use redb::{Key, ReadOnlyTable, ReadableTable, ReadableTableMetadata, Table, TableHandle, WriteTransaction};
use serde::de::DeserializeOwned;

use super::chunk::Chunk;
use super::codec::{decode, decode_block, decode_seqs};
use super::remembered::Answered;
use super::snapshot::{Db, FILE_NAME};
use super::tables::*;
use super::traces::Pending;
use super::{Options, RedbEngine, append, read};
use crate::error::{Error, Result};
use crate::limits::{CACHED_ROWS_MAX, PENDING_TRACE_BYTES_MAX};
use crate::model::{BotId, Event, Number, Seq, Session, User};
use crate::rollup::questions::asked;
use crate::rollup::trace::traces;
use crate::rollup::{Daily, PerformanceRollup, Questions};

/// Changes the tables of one layout into those of the next.
type Step = fn(&WriteTransaction) -> Result<()>;

/// `STEPS[n]` leads from layout n + 1 to n + 2. A layout, once released, is never forgotten here, and has its golden
/// directory among the tests.
const STEPS: [Step; LAYOUT as usize - 1] = [sessions_know_contacts, exchanges_leave_traces];

/// Layout 2: a session's row ends with what its messages say of the visitor, which is nothing where no one has read them.
fn sessions_know_contacts(transaction: &WriteTransaction) -> Result<()> {
    const ROWS_AT_ONCE: usize = 10_000;
    let mut sessions = transaction.open_table(SESSIONS)?;
    let mut next = 0;
    loop {
        let rows = sessions.range(next..)?.take(ROWS_AT_ONCE).map(|entry| {
            let (number, bytes) = entry?;
            // How bincode writes an absent value.
            Ok((number.value(), [bytes.value(), &[0]].concat()))
        });
        let rows: Vec<(u64, Vec<u8>)> = rows.collect::<Result<_>>()?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        next = last + 1;
        for (number, bytes) in &rows {
            sessions.insert(number, &bytes[..])?;
        }
    }
}

/// Layout 3: what the log holds up to the checkpoint leaves its traces; the rest does so when it is folded.
fn exchanges_leave_traces(transaction: &WriteTransaction) -> Result<()> {
    let checkpoint = transaction.open_table(META)?.get(meta::CHECKPOINT)?.map_or(0, |figure| figure.value());
    let (blocks, tail) = (transaction.open_table(LOG_BLOCKS)?, transaction.open_table(LOG_TAIL)?);
    let mut bots = BTreeMap::new();
    for entry in transaction.open_table(BOTS)?.iter()? {
        let (id, bytes) = entry?;
        let bot = append::decode_bot(id.value(), bytes.value())?;
        bots.insert(bot.name, bot.id);
    }
    let mut tracing = Tracing {
        bots,
        numbers: transaction.open_table(SESSION_NUMBERS)?,
        known: HashMap::default(),
        traces: transaction.open_table(TRACES)?,
        pending: Pending::default(),
    };
    for entry in blocks.range(..checkpoint)? {
        let (first, bytes) = entry?;
        tracing.leave(first.value(), &decode_block(bytes.value(), "log_blocks", first.value())?, checkpoint)?;
    }
    for entry in tail.range(..checkpoint)? {
        let (first, bytes) = entry?;
        tracing.leave(first.value(), &decode_block(bytes.value(), "log_tail", first.value())?, checkpoint)?;
    }
    tracing.pending.write(&mut tracing.traces)
}

/// One pass over the log that leaves traces.
struct Tracing<'a> {
    bots: BTreeMap<Box<str>, BotId>,
    numbers: Table<'a, &'static NameKey, u64>,
    /// Numbers looked up lately.
    known: HashMap<NameKey, Number, RandomState>,
    traces: Table<'a, TraceKey, Bytes>,
    pending: Pending,
}

impl Tracing<'_> {
    /// Leaves the traces of a stretch of the log, as far as it lies before `end`.
    fn leave(&mut self, first: Seq, events: &[Event], end: Seq) -> Result<()> {
        for (_, event) in (first..end).zip(events) {
            let question = asked(event);
            let mut left = Vec::new();
            traces(event, question.as_deref(), |trace| left.push(trace));
            let Some(name) = event.session_id.as_deref().filter(|_| !left.is_empty()) else { continue };
            let bot = self.bots.get(&event.bot).copied();
            let bot = bot.ok_or_else(|| Error::corrupt("bots", &event.bot, "an event's bot is missing"))?;
            let session = self.number(name_key(bot, name))?;
            left.into_iter().for_each(|trace| self.pending.add(bot, session, event.timestamp_ms, trace));
        }
        if self.pending.bytes() >= PENDING_TRACE_BYTES_MAX {
            self.pending.write(&mut self.traces)?;
            self.pending.clear();
        }
        Ok(())
    }

    fn number(&mut self, key: NameKey) -> Result<Number> {
        if let Some(number) = self.known.get(&key) {
            return Ok(*number);
        }
        let number = self.numbers.get(&key)?.map(|number| number.value());
        let number = number.ok_or_else(|| Error::corrupt("session_numbers", key, "an event's session is missing"))?;
        if self.known.len() >= CACHED_ROWS_MAX {
            self.known.clear();
        }
        self.known.insert(key, number);
        Ok(number)
    }
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
        .and_then(|()| std::fs::File::open(dir)?.sync_all());
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

fn read_every_row(tables: &Tables) -> Result<()> {
    read::scan_log(tables, 0, None, |_, _| Ok(()))?;
    for entry in tables.bots.iter()? {
        let (id, bytes) = entry?;
        append::decode_bot(id.value(), bytes.value())?;
    }
    for entry in tables.session_events.iter()? {
        let (key, bytes) = entry?;
        decode_seqs(bytes.value(), "session_events", key.value())?;
    }
    for entry in tables.traces.iter()? {
        let (key, bytes) = entry?;
        Chunk::decode(bytes.value(), key.value())?;
    }
    read_rows::<_, Session>(&tables.sessions, "sessions")?;
    read_rows::<_, User>(&tables.users, "users")?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::PAGE_CACHE_BYTES;

    fn mark(transaction: &WriteTransaction) -> Result<()> {
        transaction.open_table(IMPORTS)?.insert(&[7; 32], 1)?;
        Ok(())
    }

    fn fail(transaction: &WriteTransaction) -> Result<()> {
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
