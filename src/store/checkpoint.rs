//! Checkpoints: what the fold has changed in memory goes to its tables in one transaction, in key order, with the
//! sequence number it has reached.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use redb::{Key, ReadOnlyTable};
use serde::Serialize;

use super::codec::{decode_columns, encode, encode_columns, encode_packed, encode_seqs};
use super::columns::{Column, Effort, Sessions, Users};
use super::hot::Hot;
use super::names::{self, Entry};
use super::read::session_index;
use super::rows::{CachedRow, Named};
use super::tables::*;
use super::{RedbEngine, Writer};
use crate::error::{Error, Result};
use crate::limits::{
    CHECKPOINT_EVENTS_MAX, CHECKPOINT_INTERVAL_MS, DIRTY_ROWS_MAX, PENDING_TRACE_BYTES_MAX, ROWS_PER_GROUP,
    UNWRITTEN_BYTES_MAX,
};
use crate::model::Number;

/// Whether so much has changed that the next start, or the memory, would suffer.
pub(super) fn due(writer: &Writer) -> bool {
    writer.next_seq - writer.checkpoint >= CHECKPOINT_EVENTS_MAX
        || writer.sessions.dirty() + writer.users.dirty() >= DIRTY_ROWS_MAX.min(writer.sessions.kept_max)
        || writer.traces.bytes() >= PENDING_TRACE_BYTES_MAX
        || writer.unwritten_bytes >= UNWRITTEN_BYTES_MAX
}

/// Whether checkpoints have failed for so long that memory cannot take much more.
pub(super) fn is_overdue(writer: &Writer) -> bool {
    writer.next_seq - writer.checkpoint >= 2 * CHECKPOINT_EVENTS_MAX
        || writer.sessions.dirty() + writer.users.dirty() >= 2 * DIRTY_ROWS_MAX
        || writer.traces.bytes() >= 2 * PENDING_TRACE_BYTES_MAX
        || writer.unwritten_bytes >= 2 * UNWRITTEN_BYTES_MAX
}

impl RedbEngine {
    /// Writes back what has changed.
    pub fn checkpoint(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        self.heal(&mut writer)?;
        self.write_back(&mut writer)
    }

    /// Writes back what has changed if that is some seconds old, and opens a file anew whose disk had failed. To be called a
    /// few times a second.
    pub fn checkpoint_if_due(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        // The disk may have failed under someone who reads.
        self.look_after(&mut writer);
        if writer.suspect || writer.broken || self.may_write(&writer.checkpoints).is_err() {
            return Ok(());
        }
        if writer.checkpointed_at.elapsed() < Duration::from_millis(CHECKPOINT_INTERVAL_MS) {
            return Ok(());
        }
        self.write_back(&mut writer)
    }

    /// Writes a checkpoint, unless one failed just now.
    pub(super) fn write_back(&self, writer: &mut Writer) -> Result<()> {
        self.may_write(&writer.checkpoints)?;
        let written = self.write_checkpoint(writer);
        match written {
            Ok(()) => writer.checkpoints.succeeded(),
            Err(_) => {
                writer.checkpoints.failed();
                self.look_after(writer);
            }
        }
        written
    }

    pub(super) fn write_checkpoint(&self, writer: &mut Writer) -> Result<()> {
        if writer.checkpoint == writer.next_seq {
            return Ok(());
        }
        let began = Instant::now();
        let written = self.write_all(writer);
        self.watch.checkpointed(began, &written);
        self.watch.see(writer);
        written
    }

    pub(super) fn write_all(&self, writer: &mut Writer) -> Result<()> {
        let stored = self.db.tables()?;
        let transaction = self.db.begin_write()?;
        let names = write_rows(&transaction, &stored, writer)?;
        drop(stored);
        write_rollups(&transaction, &self.hot.read())?;
        forget(&transaction, writer)?;
        {
            let mut table = transaction.open_table(META)?;
            table.insert(meta::CHECKPOINT, writer.next_seq)?;
            table.insert(meta::NEXT_SESSION, writer.sessions.next)?;
            table.insert(meta::NEXT_USER, writer.users.next)?;
        }
        transaction.commit()?;
        writer.checkpoint = writer.next_seq;
        writer.checkpointed_at = Instant::now();
        writer.unwritten_bytes = 0;
        let [session_names, user_names] = names;
        writer.session_names.written(session_names);
        writer.user_names.written(user_names);
        writer.sessions.written(session_index);
        writer.users.written(|_| (0, 0));
        writer.leads.clear();
        writer.traces.clear();
        writer.spilled.clear();
        self.hot.write().written();
        Ok(())
    }
}

/// `stored` is what the tables hold before the transaction: several threads read it.
fn write_rows(transaction: &Transaction, stored: &Tables, writer: &Writer) -> Result<[names::Change; 2]> {
    let changed = writer.sessions.to_write();
    write_groups::<Sessions>(transaction.open_table(SESSIONS)?, ("sessions", &stored.sessions), &changed)?;
    {
        let mut moved = Vec::new();
        let mut begun = Vec::new();
        for cached in &changed {
            let now = session_index(&cached.row);
            if cached.indexed == Some(now) || cached.row.is_gone() {
                continue;
            }
            if let Some((before_ms, _)) = cached.indexed.filter(|before| before.0 != now.0) {
                moved.push((cached.row.bot, before_ms, cached.number));
            }
            begun.push(((cached.row.bot, now.0, cached.number), now.1));
        }
        moved.sort_unstable();
        begun.sort_unstable();
        let mut starts = transaction.open_table(SESSION_STARTS)?;
        for key in moved {
            starts.remove(key)?;
        }
        for (key, bits) in begun {
            starts.insert(key, bits)?;
        }
    }
    let session_names = writer.session_names.write(transaction, new_names(&changed))?;

    let changed = writer.users.to_write();
    write_groups::<Users>(transaction.open_table(USERS)?, ("users", &stored.users), &changed)?;
    let user_names = writer.user_names.write(transaction, new_names(&changed))?;

    let mut events = transaction.open_table(SESSION_EVENTS)?;
    for (key, seqs) in &writer.spilled {
        events.insert(key, &encode_seqs(seqs)[..])?;
    }
    let mut leads = transaction.open_table(LEADS)?;
    for (key, listed) in &writer.leads {
        match listed {
            Some(event) => leads.insert(key, &encode(event)[..])?,
            None => leads.remove(key)?,
        };
    }
    writer.traces.write(transaction.open_table(TRACES)?, &stored.traces)?;
    Ok([session_names, user_names])
}

/// Puts changed rows, which are in order of number, among the others of their groups. `stored` is the same table as it was
/// before the transaction.
fn write_groups<C: Column<Value: Sync>>(
    mut table: Table<'_, u64, Bytes>,
    (name, stored): (&'static str, &ReadOnlyTable<u64, Bytes>),
    changed: &[&CachedRow<C::Value>],
) -> Result<()> {
    let groups = changed.par_chunk_by(|one, other| one.number / ROWS_PER_GROUP == other.number / ROWS_PER_GROUP);
    for row in groups.map(|changed| group::<C>((name, stored), changed)).collect::<Vec<_>>() {
        let (group, bytes) = row?;
        table.insert(group, &bytes[..])?;
    }
    Ok(())
}

/// The row of a group, with what has changed of it.
fn group<C: Column>(
    (name, stored): (&'static str, &ReadOnlyTable<u64, Bytes>),
    changed: &[&CachedRow<C::Value>],
) -> Result<(Number, Vec<u8>)> {
    let group = changed[0].number / ROWS_PER_GROUP;
    let stored = match stored.get(group)? {
        Some(bytes) => decode_columns::<C>(bytes.value(), name, group)?.all()?,
        None => Vec::new(),
    };
    let mut rows: Vec<&C::Value> = stored.iter().collect();
    for CachedRow { number, row, .. } in changed {
        match (number % ROWS_PER_GROUP) as usize {
            place if place < rows.len() => rows[place] = row,
            place if place == rows.len() => rows.push(row),
            _ => return Err(Error::corrupt(name, number, "rows before this one are missing")),
        }
    }
    Ok((group, encode_columns::<C>(rows, Effort::Small)))
}

/// Of rows in order of number.
fn new_names<T: Named>(changed: &[&CachedRow<T>]) -> Vec<Entry> {
    let new = changed.iter().filter(|cached| cached.indexed.is_none());
    new.map(|cached| (cached.name_hash(), cached.number)).collect()
}

fn write_rollups(transaction: &Transaction, hot: &Hot) -> Result<()> {
    let mut daily = transaction.open_table(DAILY)?;
    let mut questions = transaction.open_table(QUESTIONS)?;
    let mut performance_daily = transaction.open_table(PERFORMANCE_DAILY)?;
    let mut performance_hourly = transaction.open_table(PERFORMANCE_HOURLY)?;
    for hot_bot in &hot.bots {
        let id = hot_bot.bot.id;
        for (day, rollup) in hot_bot.daily.changed() {
            assert!(rollup.is_whole(), "the rollup of {day} does not add up");
            write_row(&mut daily, (id, day.0), rollup)?;
        }
        for (day, rollup) in hot_bot.questions.changed() {
            write_row(&mut questions, (id, day.0), rollup)?;
        }
        for (day, rollup) in hot_bot.performance_days.changed() {
            assert!(rollup.is_whole(), "the performance of {day} does not add up");
            write_row(&mut performance_daily, (id, day.0), rollup)?;
        }
        for (hour, rollup) in hot_bot.performance_hours.changed() {
            write_row(&mut performance_hourly, (id, hour.0), rollup)?;
        }
    }
    Ok(())
}

fn write_row<'a, K: Key + 'static>(
    table: &mut Table<'_, K, Bytes>,
    key: K::SelfType<'a>,
    value: &impl Serialize,
) -> Result<()> {
    table.insert(key, &encode_packed(value)[..])?;
    Ok(())
}

/// Removes the ids and keys that are no longer remembered.
fn forget(transaction: &Transaction, writer: &Writer) -> Result<()> {
    let (oldest_ids, oldest_answer) = writer.remembered.oldest();
    transaction.open_table(EVENT_IDS)?.retain_in(..oldest_ids.unwrap_or((i64::MAX, u64::MAX)), |_, _| false)?;
    transaction.open_table(IDEMPOTENCY)?.retain_in(..oldest_answer.unwrap_or((i64::MAX, u64::MAX)), |_, _| false)?;
    Ok(())
}
