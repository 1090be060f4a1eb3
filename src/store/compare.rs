//! What is stored beside what was counted again, row by row.

use std::cmp::Ordering as Order;

use redb::{Key, ReadableTable, Value};

use super::chunk::Chunk;
use super::codec::{are_same_columns, decode, is_same_value};
use super::columns::{Sessions, Users};
use super::digests::{Behind, is_cut};
use super::frozen::has_gone;
use super::names::{Kind, Names};
use super::tables::*;
use super::traces::{BotHour, Hours};
use crate::error::{Error, Result};
use crate::limits::NAMES_WAITING_MAX;
use crate::rollup::{Daily, Questions};

/// Differences printed per table.
pub const DIFFERENCES_MAX: usize = 20;

/// Compares what is folded, table by table.
pub fn compare_all(stored: &Tables, fresh: &Tables, bots: &[Behind], differences: &mut Vec<String>) -> Result<()> {
    let only_the_bytes = |_: &[u8], _: &[u8]| false;
    let lets_go = has_gone(stored, bots)?;
    let same_daily = if lets_go { is_same_day } else { is_same_value };
    compare(
        "sessions",
        &stored.sessions,
        &fresh.sessions,
        |_, one, other| are_same_columns::<Sessions>(one, other),
        differences,
    )?;
    compare(
        "session_starts",
        &stored.session_starts,
        &fresh.session_starts,
        |_, one, other| only_the_bytes(one, other),
        differences,
    )?;
    compare(
        "session_events",
        &stored.session_events,
        &fresh.session_events,
        |_, one, other| only_the_bytes(one, other),
        differences,
    )?;
    compare("users", &stored.users, &fresh.users, |_, one, other| are_same_columns::<Users>(one, other), differences)?;
    compare_names(stored, fresh, differences)?;
    compare("leads", &stored.leads, &fresh.leads, |_, one, other| only_the_bytes(one, other), differences)?;
    compare_traces(&stored.traces, &fresh.traces, bots, differences)?;
    let no_day = |day: &[u8]| lets_go && says_nothing(day);
    compare_rows("daily", &stored.daily, &fresh.daily, |_, one, other| same_daily(one, other), no_day, differences)?;
    let same_questions = |(id, day): (u32, i32), one: &[u8], other: &[u8]| {
        is_same_value(one, other) || has_lost_words(bots, id, day) && are_same_questions(one, other)
    };
    compare("questions", &stored.questions, &fresh.questions, same_questions, differences)?;
    compare(
        "performance_daily",
        &stored.performance_daily,
        &fresh.performance_daily,
        |_, one, other| is_same_value(one, other),
        differences,
    )?;
    compare(
        "performance_hourly",
        &stored.performance_hourly,
        &fresh.performance_hourly,
        |_, one, other| is_same_value(one, other),
        differences,
    )?;
    for figure in [meta::NEXT_SESSION, meta::NEXT_USER] {
        let of = |tables: &Tables| -> Result<u64> { Ok(tables.meta.get(figure)?.map_or(0, |found| found.value())) };
        if of(stored)? != of(fresh)? {
            differences.push(format!("meta {figure}: stored {}, recounted {}", of(stored)?, of(fresh)?));
        }
    }
    Ok(())
}

/// Whether some of a day's messages may have lost their words.
pub fn has_lost_words(bots: &[Behind], id: u32, day: i32) -> bool {
    bots.get(id as usize).is_some_and(|bot| day < bot.horizons.text.0)
}

/// Whether two days say the same. A name that was counted once and is no longer keeps its place, and an event that has gone
/// may have been why it was.
fn is_same_day(one: &[u8], other: &[u8]) -> bool {
    let day = |bytes| decode::<Daily>(bytes, "daily", ()).map(Daily::settled);
    is_same_value(one, other) || matches!((day(one), day(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether a day counts nothing, whatever was counted and taken back.
fn says_nothing(day: &[u8]) -> bool {
    decode::<Daily>(day, "daily", ()).is_ok_and(|day| day.settled() == Daily::default())
}

/// Whether questions that are stored by their words are those that were counted again by their hashes.
fn are_same_questions(stored: &[u8], fresh: &[u8]) -> bool {
    let questions = |bytes| decode::<Questions>(bytes, "questions", ());
    matches!((questions(stored).map(Questions::by_hash), questions(fresh)), (Ok(stored), Ok(fresh)) if stored == fresh)
}

/// Of two tables every row has to be the same: in its bytes, or as `is_same` reads them.
fn compare<K: Key + 'static, V: Value + 'static>(
    name: &str,
    stored: &impl ReadableTable<K, V>,
    fresh: &impl ReadableTable<K, V>,
    is_same: impl Fn(K::SelfType<'_>, &[u8], &[u8]) -> bool,
    differences: &mut Vec<String>,
) -> Result<()> {
    compare_rows(name, stored, fresh, is_same, |_| false, differences)
}

/// The same where a row that `is_none` may as well be missing.
fn compare_rows<K: Key + 'static, V: Value + 'static>(
    name: &str,
    stored: &impl ReadableTable<K, V>,
    fresh: &impl ReadableTable<K, V>,
    is_same: impl Fn(K::SelfType<'_>, &[u8], &[u8]) -> bool,
    is_none: impl Fn(&[u8]) -> bool,
    differences: &mut Vec<String>,
) -> Result<()> {
    let is_some =
        |row: &(redb::AccessGuard<'_, K>, redb::AccessGuard<'_, V>)| !is_none(V::as_bytes(&row.1.value()).as_ref());
    let (mut left, mut right) = (stored.iter()?.peekable(), fresh.iter()?.peekable());
    let mut found = 0;
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(Ok(one)), Some(Ok(other))) => {
                let (one, other) =
                    (K::as_bytes(&one.0.value()).as_ref().to_vec(), K::as_bytes(&other.0.value()).as_ref().to_vec());
                K::compare(&one, &other)
            }
            (Some(Ok(_)), None) => Order::Less,
            (None, Some(Ok(_))) => Order::Greater,
            (Some(Err(error)), _) | (_, Some(Err(error))) => return Err(Error::Storage(error.to_string())),
        };
        let difference = match order {
            Order::Less => {
                let row = left.next().transpose()?;
                row.filter(is_some).map(|row| format!("{name} {:?}: stored, but the events give none", row.0.value()))
            }
            Order::Greater => {
                let row = right.next().transpose()?;
                row.filter(is_some).map(|row| format!("{name} {:?}: missing; the events give one", row.0.value()))
            }
            Order::Equal => {
                let rows = left.next().transpose()?.zip(right.next().transpose()?);
                rows.filter(|(one, other)| {
                    let (key, one, other) = (one.0.value(), one.1.value(), other.1.value());
                    let (one, other) = (V::as_bytes(&one), V::as_bytes(&other));
                    one.as_ref() != other.as_ref() && !is_same(key, one.as_ref(), other.as_ref())
                })
                .map(|(one, _)| format!("{name} {:?}: not what the events give", one.0.value()))
            }
        };
        if let Some(difference) = difference {
            found += 1;
            if found <= DIFFERENCES_MAX {
                differences.push(difference);
            }
        }
    }
    if found > DIFFERENCES_MAX {
        differences.push(format!("{name}: {} more differences", found - DIFFERENCES_MAX));
    }
    Ok(())
}

/// Compares who has which number: which leaf holds a name depends on the checkpoints.
fn compare_names(stored: &Tables, fresh: &Tables, differences: &mut Vec<String>) -> Result<()> {
    for kind in [Kind::Session, Kind::User] {
        let mut found = 0;
        let of = |tables: &Tables| Names::load(tables, kind, NAMES_WAITING_MAX);
        let (left, right) = match (of(stored), of(fresh)) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(error @ Error::Corrupt { .. }), _) => {
                differences.push(error.to_string());
                continue;
            }
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        for slice in Names::slices() {
            let difference = match left.entries(slice, &stored.name_leaves) {
                Ok(entries) if entries == right.entries(slice, &fresh.name_leaves)? => continue,
                Ok(_) => format!("names of {kind:?} {slice}: not what the events give"),
                Err(error @ Error::Corrupt { .. }) => error.to_string(),
                Err(error) => return Err(error),
            };
            found += 1;
            if found <= DIFFERENCES_MAX {
                differences.push(difference);
            }
        }
        if found > DIFFERENCES_MAX {
            differences.push(format!("names of {kind:?}: {} more differences", found - DIFFERENCES_MAX));
        }
    }
    Ok(())
}

/// Compares what the chunks hold, hour by hour: where a chunk begins and ends depends on the checkpoints.
fn compare_traces(
    stored: &impl ReadableTable<TraceKey, Bytes>,
    fresh: &impl ReadableTable<TraceKey, Bytes>,
    bots: &[Behind],
    differences: &mut Vec<String>,
) -> Result<()> {
    let (mut left, mut right) = (Hours::of(stored)?, Hours::of(fresh)?);
    let mut found = 0;
    while let Some(hour) = [left.hour(), right.hour()].into_iter().flatten().min() {
        // Of what was counted before the horizon and after it, the order is not known.
        let is_cut = bots.get(hour.0 as usize).is_some_and(|bot| is_cut(bot, hour.1));
        let same = match is_cut {
            true => left.sum(hour).and_then(|sum| Ok(sum == right.sum(hour)?)),
            false => same_hour(&mut left, &mut right, hour),
        };
        let difference = match same {
            Ok(true) => continue,
            Ok(false) => format!("traces {hour:?}: not what the events give"),
            Err(error @ Error::Corrupt { .. }) => error.to_string(),
            Err(error) => return Err(error),
        };
        left.skip_hour(hour)?;
        right.skip_hour(hour)?;
        found += 1;
        if found <= DIFFERENCES_MAX {
            differences.push(difference);
        }
    }
    if found > DIFFERENCES_MAX {
        differences.push(format!("traces: {} more differences", found - DIFFERENCES_MAX));
    }
    Ok(())
}

/// Whether both have the same rows of an hour, in one order. Holds one chunk of each in memory.
fn same_hour(left: &mut Hours<'_>, right: &mut Hours<'_>, hour: BotHour) -> Result<bool> {
    let (mut one, mut other) = (Chunk::default(), Chunk::default());
    let (mut one_done, mut other_done) = (0, 0);
    loop {
        while one_done == one.len() {
            let Some(chunk) = left.next_chunk(hour)? else { break };
            (one, one_done) = (chunk, 0);
        }
        while other_done == other.len() {
            let Some(chunk) = right.next_chunk(hour)? else { break };
            (other, other_done) = (chunk, 0);
        }
        let count = (one.len() - one_done).min(other.len() - other_done);
        if count == 0 {
            return Ok(one_done == one.len() && other_done == other.len());
        }
        if !one.rows().skip(one_done).take(count).eq(other.rows().skip(other_done).take(count)) {
            return Ok(false);
        }
        one_done += count;
        other_done += count;
    }
}
