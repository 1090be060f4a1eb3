//! What a repair has to begin with and cannot count from events: the index of the log, which is made of its blocks, and what
//! makes repetition harmless, of which whole rows stay.

use std::ops::ControlFlow;

use redb::{ReadOnlyTable, ReadableTable};

use super::backup::copy;
use super::codec::{decode, with_checksum};
use super::read::{self, ALL_GONE, Stretch};
use super::remembered::{Answered, Arrival, decode_ids, id_hash};
use super::snapshot::Db;
use super::tables::*;
use super::verify::{Scratch, blocks_without_entry, index_of};
use crate::error::{Error, Result};
use crate::limits::EVENT_IDS_MAX;
use crate::model::Seq;

/// A copy in which these can be relied on, and what was wrong with them; `None` where nothing was.
///
/// # Errors
/// `Corrupt` where a block or what awaits its block is damaged, or is missing.
pub fn salvage(db: &Db, scratch: &Scratch, now_ms: i64) -> Result<Option<(Db, Vec<String>)>> {
    let tables = db.tables()?;
    let mut wrong = Vec::new();
    let found = read::scan_log(&tables, 0, None, |_| Ok(ControlFlow::Continue(())));
    if let Err(error) = found.and_then(|_| blocks_without_entry(&tables).and_then(none)) {
        wrong.push(error.to_string());
    }
    let ids = damaged(&tables.event_ids, decode_ids)?;
    let answers = damaged(&tables.idempotency, |bytes, arrival| decode::<Answered>(bytes, "idempotency", arrival))?;
    wrong.extend(ids.iter().map(|arrival| format!("event_ids {arrival:?}: damaged")));
    wrong.extend(answers.iter().map(|arrival| format!("idempotency {arrival:?}: damaged; its answer is forgotten")));
    if wrong.is_empty() {
        return Ok(None);
    }
    let made = Db::create_file(&scratch.file("salvaged"))?;
    let index = index_of_blocks(&tables)?;
    db.reading(|snapshot| {
        let transaction = made.begin_write()?;
        each_table!(|definition, _name, _row| {
            copy(snapshot, &transaction, definition)?;
        });
        {
            let mut table = transaction.open_table(LOG_INDEX)?;
            table.retain(|_, _| false)?;
            for (first, info) in index {
                table.insert(first, info)?;
            }
            let mut table = transaction.open_table(EVENT_IDS)?;
            for arrival in &ids {
                table.remove(arrival)?;
            }
            let mut table = transaction.open_table(IDEMPOTENCY)?;
            for arrival in &answers {
                table.remove(arrival)?;
            }
        }
        transaction.commit()?;
        Ok(())
    })?;
    if !ids.is_empty() {
        remember_latest(&made, now_ms)?;
    }
    Ok(Some((made, wrong)))
}

fn none(first: Option<Seq>) -> Result<()> {
    first.map_or(Ok(()), |first| Err(Error::corrupt("log_index", first, "missing; there is a block")))
}

/// Rows that cannot be read.
fn damaged<T>(
    table: &ReadOnlyTable<Arrival, Bytes>,
    decode: impl Fn(&[u8], Arrival) -> Result<T>,
) -> Result<Vec<Arrival>> {
    let mut damaged = Vec::new();
    for entry in table.iter()? {
        let (arrival, bytes) = entry?;
        if decode(bytes.value(), arrival.value()).is_err() {
            damaged.push(arrival.value());
        }
    }
    Ok(damaged)
}

/// What the index of the log has to be, by its blocks. Between them is what has gone, where bots let go of anything.
fn index_of_blocks(tables: &Tables) -> Result<Vec<(Seq, BlockInfo)>> {
    let mut index = Vec::new();
    let mut next = 0;
    let mut firsts = Vec::new();
    for part in tables.log_blocks.iter()? {
        let (first, part) = part?.0.value();
        if part == 0 {
            firsts.push(first);
        }
    }
    for first in firsts {
        bridge(tables, &mut index, (next, first))?;
        let stretch = Stretch::of_block(first, read::block(tables, first)?.all()?);
        next = stretch.end;
        index.push((first, index_of(&stretch)));
    }
    let checkpoint = tables.meta.get(meta::CHECKPOINT)?.map_or(0, |checkpoint| checkpoint.value());
    let tail = tables.log_tail.first()?.map(|(first, _)| first.value());
    bridge(tables, &mut index, (next, tail.unwrap_or(checkpoint.max(next))))?;
    Ok(index)
}

/// Entries for a stretch that has gone.
fn bridge(tables: &Tables, index: &mut Vec<(Seq, BlockInfo)>, (mut from, to): (Seq, Seq)) -> Result<()> {
    let may_go = !redb::ReadableTableMetadata::is_empty(&tables.horizons)? || tables.meta.get(meta::PURGES)?.is_some();
    if from > to || from < to && !may_go {
        return Err(Error::corrupt("blocks", to, format!("the log goes on at {to} where {from} was expected")));
    }
    while from < to {
        let count = u32::try_from(to - from).unwrap_or(u32::MAX);
        index.push((from, (count, ALL_GONE.0, ALL_GONE.1)));
        from += u64::from(count);
    }
    Ok(())
}

/// Which of them was in a row that is damaged is not known: of the latest events all are remembered, as if they came now.
fn remember_latest(db: &Db, now_ms: i64) -> Result<()> {
    let tables = db.tables()?;
    let from = read::log_end(&tables)?.saturating_sub(EVENT_IDS_MAX as u64);
    let mut hashes = Vec::new();
    read::scan_log(&tables, from, None, |stretch| {
        for (_, event) in stretch.events.iter().filter(|(seq, _)| *seq >= from) {
            if let Some(id) = &event.id {
                hashes.extend(id_hash(&event.bot, id).to_le_bytes());
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut number = 0;
    for entry in tables.event_ids.iter()? {
        number = number.max(entry?.0.value().1 + 1);
    }
    let transaction = db.begin_write()?;
    transaction.open_table(EVENT_IDS)?.insert((now_ms, number), &with_checksum(&hashes)[..])?;
    transaction.commit()?;
    Ok(())
}
