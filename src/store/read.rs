//! From tables to values.

use std::ops::ControlFlow;

use redb::{Key, ReadableTable};
use serde::de::DeserializeOwned;

use super::codec::{Decoded, decode, decode_columns, decode_seqs};
use super::columns::{Column, Events, Kept, Sessions, Users};
use super::names::{NameHash, Names, name_hash};
use super::rows::{Named, StoredRow};
use super::tables::{Bytes, Tables};
use crate::error::{Error, Result};
use crate::limits::{ROWS_PER_GROUP, TIMELINE_EVENTS_MAX};
use crate::model::session::sentiment_bit;
use crate::model::{BotId, Event, Number, Sentiment, Seq, Session, User};

/// The bit of `session_starts` for a session that left a lead; the lower ones are its sentiments.
pub const LEAD_BIT: u8 = 1 << 7;

/// What the index of beginnings says of a session.
pub fn session_index(session: &Session) -> (i64, u8) {
    (session.first_ms, session.sentiments | if session.has_lead() { LEAD_BIT } else { 0 })
}

pub fn has_sentiment(bits: u8, sentiment: Sentiment) -> bool {
    bits & sentiment_bit(sentiment) != 0
}

pub fn rollup<'a, K, T>(
    table: &impl ReadableTable<K, Bytes>,
    name: &'static str,
    key: K::SelfType<'a>,
) -> Result<Option<T>>
where
    K: Key + 'static,
    K::SelfType<'a>: Copy + std::fmt::Debug,
    T: DeserializeOwned,
{
    match table.get(key)? {
        Some(bytes) => decode(bytes.value(), name, key).map(Some),
        None => Ok(None),
    }
}

/// The row of that number, which an index says is there.
fn row<C: Column>(table: &impl ReadableTable<u64, Bytes>, name: &'static str, number: Number) -> Result<C::Value> {
    let group = number / ROWS_PER_GROUP;
    let missing = || Error::corrupt(name, number, "there is an index entry but no row");
    let bytes = table.get(group)?.ok_or_else(missing)?;
    let rows = decode_columns::<C>(bytes.value(), name, group)?;
    rows.at(&[(number % ROWS_PER_GROUP) as usize])?.pop().ok_or_else(missing)
}

/// Rows whose numbers lie together.
pub fn group<C: Column>(bytes: &[u8], name: &'static str, group: Number) -> Result<Vec<C::Value>> {
    decode_columns::<C>(bytes, name, group)?.all()
}

pub fn session(tables: &Tables, number: Number) -> Result<Session> {
    row::<Sessions>(&tables.sessions, "sessions", number)
}

pub fn user(tables: &Tables, number: Number) -> Result<User> {
    row::<Users>(&tables.users, "users", number)
}

/// Sessions whose numbers lie together: the group that holds `number`, from its first one on.
pub fn session_group(tables: &Tables, number: Number) -> Result<Vec<Session>> {
    let group = number / ROWS_PER_GROUP;
    match tables.sessions.get(group)? {
        Some(bytes) => decode_columns::<Sessions>(bytes.value(), "sessions", group)?.all(),
        None => Err(Error::corrupt("sessions", number, "there is an index entry but no row")),
    }
}

/// The session of that name that goes on; of those that do not there may be several.
pub fn stored_session(
    tables: &Tables,
    names: &Names,
    bot: BotId,
    name: &str,
    is_over: impl Fn(&Session) -> bool,
) -> Result<Option<StoredRow<Session>>> {
    let is_it = |session: &Session| session.bot == bot && *session.name == *name && !is_over(session);
    let named = named::<Sessions>(tables, &tables.sessions, "sessions", names, name_hash(bot, name), is_it)?;
    Ok(named.map(|(number, row)| StoredRow { number, indexed: session_index(&row), row }))
}

/// The user of that name; one whose name was forgotten has it again.
pub fn stored_user(tables: &Tables, names: &Names, bot: BotId, name: &str) -> Result<Option<StoredRow<User>>> {
    let hash = name_hash(bot, name);
    let is_it = |user: &User| user.bot == bot && (*user.name == *name || user.forgotten == hash);
    let named = named::<Users>(tables, &tables.users, "users", names, hash, is_it)?;
    Ok(named.map(|(number, row)| {
        let row = User { name: name.into(), forgotten: 0, ..row };
        StoredRow { number, row, indexed: (0, 0) }
    }))
}

/// The row that `is_it`, among those whose names have that hash.
fn named<C: Column<Value: Named>>(
    tables: &Tables,
    table: &impl ReadableTable<u64, Bytes>,
    table_name: &'static str,
    names: &Names,
    hash: NameHash,
    is_it: impl Fn(&C::Value) -> bool,
) -> Result<Option<(Number, C::Value)>> {
    for number in names.numbers(hash, tables)? {
        let row = row::<C>(table, table_name, number)?;
        if is_it(&row) {
            return Ok(Some((number, row)));
        }
    }
    Ok(None)
}

/// Time of the first and of the last event of a block all of whose events have gone.
pub const ALL_GONE: (i64, i64) = (i64::MAX, i64::MIN);

/// A stretch of the log.
pub struct Stretch {
    pub first: Seq,
    /// Where the next one begins.
    pub end: Seq,
    /// What is left of it, with their places.
    pub events: Vec<(Seq, Event)>,
    pub is_block: bool,
}

impl Stretch {
    pub fn of_block(first: Seq, events: Vec<Option<Event>>) -> Self {
        let end = first + events.len() as u64;
        let events = (first..).zip(events).filter_map(|(seq, event)| Some((seq, event?))).collect();
        Self { first, end, events, is_block: true }
    }

    fn of_tail(first: Seq, events: Vec<Event>) -> Self {
        let end = first + events.len() as u64;
        Self { first, end, events: (first..).zip(events).collect(), is_block: false }
    }
}

/// Calls `visit` with every stretch of the log from `from` on, the first of which may begin before it. Blocks whose events
/// all have gone, or lie outside `time_ms`, are passed over. Returns where the log ends, or where `visit` broke off.
///
/// # Errors
/// `Corrupt` where a block is damaged or the sequence has a hole.
pub fn scan_log(
    tables: &Tables,
    from: Seq,
    time_ms: Option<(i64, i64)>,
    mut visit: impl FnMut(Stretch) -> Result<ControlFlow<()>>,
) -> Result<Seq> {
    let start = tables.log_index.range(..=from)?.next_back().transpose()?.map_or(0, |entry| entry.0.value());
    let mut next = start;
    for entry in tables.log_index.range(start..)? {
        let (first, info) = entry?;
        let (first, (count, first_ms, last_ms)) = (first.value(), info.value());
        expect_next("log_index", next, first)?;
        next = first + u64::from(count);
        let outside = time_ms.is_some_and(|(from_ms, to_ms)| last_ms < from_ms || first_ms > to_ms);
        if next <= from || outside || (first_ms, last_ms) == ALL_GONE {
            continue;
        }
        let events = block(tables, first)?;
        if events.len() != count as usize {
            return Err(Error::corrupt("log_index", first, format!("{count} events; the block has {}", events.len())));
        }
        if visit(Stretch::of_block(first, events.all()?))?.is_break() {
            return Ok(next);
        }
    }
    for entry in tables.log_tail.iter()? {
        let (first, bytes) = entry?;
        let events = decode_columns::<Events>(bytes.value(), "log_tail", first.value())?;
        expect_next("log_tail", next, first.value())?;
        next = first.value() + events.len() as u64;
        if next > from && visit(Stretch::of_tail(first.value(), events.all()?))?.is_break() {
            return Ok(next);
        }
    }
    Ok(next)
}

/// Where the log ends.
///
/// # Errors
/// `Corrupt` where its last row is damaged.
pub fn log_end(tables: &Tables) -> Result<Seq> {
    if let Some(entry) = tables.log_tail.last()? {
        let (first, bytes) = entry;
        let events = decode_columns::<Events>(bytes.value(), "log_tail", first.value())?;
        return Ok(first.value() + events.len() as u64);
    }
    Ok(tables.log_index.last()?.map_or(0, |(first, info)| first.value() + u64::from(info.value().0)))
}

fn expect_next(table: &'static str, expected: Seq, found: Seq) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::corrupt(table, found, format!("the log goes on at {found} where {expected} was expected")))
}

/// What a block takes in the file, without its keys.
pub fn block_bytes(tables: &Tables, first: Seq) -> Result<u64> {
    let mut bytes = 0;
    for part in tables.log_blocks.range((first, 0)..=(first, u32::MAX))? {
        bytes += part?.1.value().len() as u64;
    }
    Ok(bytes)
}

pub fn block(tables: &Tables, first: Seq) -> Result<Decoded<Kept>> {
    let mut bytes = Vec::new();
    for part in tables.log_blocks.range((first, 0)..=(first, u32::MAX))? {
        bytes.extend_from_slice(part?.1.value());
    }
    if bytes.is_empty() {
        return Err(Error::corrupt("blocks", first, "there is an index entry but no block"));
    }
    decode_columns(&bytes, "blocks", first)
}

/// Where a session's events stand in the log, ascending: of more than `TIMELINE_EVENTS_MAX` the last ones.
pub fn session_seqs(tables: &Tables, number: Number, unspilled: &[Seq], pending: &[Vec<Seq>]) -> Result<Vec<Seq>> {
    let mut chunks = vec![unspilled.to_vec()];
    chunks.extend(pending.iter().rev().cloned());
    let mut count: usize = chunks.iter().map(Vec::len).sum();
    for entry in tables.session_events.range((number, 0)..=(number, u64::MAX))?.rev() {
        if count > TIMELINE_EVENTS_MAX {
            break;
        }
        let (key, bytes) = entry?;
        let seqs = decode_seqs(bytes.value(), "session_events", key.value())?;
        count += seqs.len();
        chunks.push(seqs);
    }
    chunks.reverse();
    Ok(chunks.concat())
}

/// Where all events of a session stand, or stood, in the log, ascending. All of them are in the tables.
pub fn all_seqs(tables: &Tables, number: Number, session: &Session) -> Result<Vec<Seq>> {
    let mut seqs = Vec::new();
    for entry in tables.session_events.range((number, 0)..=(number, u64::MAX))? {
        let (key, bytes) = entry?;
        seqs.extend(decode_seqs(bytes.value(), "session_events", key.value())?);
    }
    seqs.extend(&session.seqs);
    Ok(seqs)
}

/// The events at the given places (ascending) that have not gone, each block read once.
pub fn events_at(tables: &Tables, seqs: &[Seq]) -> Result<Vec<(Seq, Event)>> {
    let mut found = Vec::with_capacity(seqs.len());
    let mut rest = seqs;
    while let Some(seq) = rest.first().copied() {
        let Holder { first, end, events } = holder(tables, seq)?;
        let (here, beyond) = rest.split_at(rest.partition_point(|seq| *seq < end));
        if here.is_empty() {
            return Err(Error::corrupt("log_index", seq, "no block holds this event"));
        }
        if let Some(events) = events {
            let places: Vec<usize> = here.iter().map(|seq| (seq - first) as usize).collect();
            let events = here.iter().zip(events.at(&places)?);
            found.extend(events.filter_map(|(seq, event)| Some((*seq, event?))));
        }
        rest = beyond;
    }
    Ok(found)
}

/// What holds an event.
struct Holder {
    first: Seq,
    end: Seq,
    /// `None` where all of them have gone.
    events: Option<Decoded<Kept>>,
}

fn holder(tables: &Tables, seq: Seq) -> Result<Holder> {
    if let Some(entry) = tables.log_index.range(..=seq)?.next_back() {
        let (first, info) = entry?;
        let (first, (count, first_ms, last_ms)) = (first.value(), info.value());
        let end = first + u64::from(count);
        if seq < end {
            let events = if (first_ms, last_ms) == ALL_GONE { None } else { Some(block(tables, first)?) };
            return Ok(Holder { first, end, events });
        }
    }
    match tables.log_tail.range(..=seq)?.next_back() {
        Some(entry) => {
            let (first, bytes) = entry?;
            // Written as any other events are, of which none has gone.
            let events: Decoded<Kept> = decode_columns(bytes.value(), "log_tail", first.value())?;
            Ok(Holder { first: first.value(), end: first.value() + events.len() as u64, events: Some(events) })
        }
        None => Err(Error::corrupt("log_tail", seq, "no block holds this event")),
    }
}
