//! Recounting: the whole log folded again, in a store of its own, by the same code that folded it first.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use std::cmp::Ordering as Order;

use redb::{Key, ReadableTable, ReadableTableMetadata, Value};

use super::chunk::Chunk;
use super::codec::{are_same_columns, decode, is_same_value};
use super::columns::{Sessions, Users};
use super::digests::{Behind, all_bots, compare_digests, is_cut};
use super::frozen::Frozen;
use super::names::{Kind, Names};
use super::read;
use super::remembered::Remembered;
use super::snapshot::Db;
use super::tables::*;
use super::traces::{BotHour, Hours};
use super::{Options, RedbEngine, append};
use crate::error::{Error, Result};
use crate::limits::NAMES_WAITING_MAX;
use crate::model::{DEFAULT_BOT, Seq, Zone};
use crate::rollup::{Daily, Questions};

/// Differences printed per table.
const DIFFERENCES_MAX: usize = 20;

/// Progress: events done and events in all.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// Reads every block, recounts everything from the raw events, and compares with what is stored, bit for bit.
/// Works beside a live server, on a snapshot.
///
/// # Errors
/// Where the directory cannot be used. Damage is not an error but a difference.
pub fn check(dir: &Path, progress: &mut Progress<'_>) -> Result<Vec<String>> {
    check_db(&Db::open_read_only(dir)?, progress)
}

pub(super) fn check_db(db: &Db, progress: &mut Progress<'_>) -> Result<Vec<String>> {
    db.layout()?;
    let (stored, again) = db.reading(|snapshot| Ok((Tables::open(snapshot)?, Tables::open(snapshot)?)))?;
    match catch_unwind(AssertUnwindSafe(|| differences(&stored, again, progress))) {
        Ok(Err(error @ Error::Corrupt { .. })) => Ok(vec![error.to_string()]),
        Ok(found) => found,
        // redb trusts what it reads; over a page that is something else it may panic.
        Err(_) => Ok(vec!["a page of the file is damaged".into()]),
    }
}

/// `again` are the same tables as `stored`.
fn differences(stored: &Tables, again: Tables, progress: &mut Progress<'_>) -> Result<Vec<String>> {
    let checkpoint = stored.meta.get(meta::CHECKPOINT)?.map_or(0, |figure| figure.value());
    let scratch = Scratch::new()?;
    let bots = all_bots(stored)?;
    let Recounted { engine: recounted, mut differences } =
        recount(stored, &scratch, checkpoint, Frozen::of(again)?, &|_, zone| zone, progress)?;
    // What lies beyond the checkpoint is folded at every start; that it can be read is all there is to check.
    if let Err(error) = read::scan_log(stored, checkpoint, None, |_| Ok(ControlFlow::Continue(()))) {
        differences.push(error.to_string());
    }
    compare_index(stored, &mut differences)?;
    Remembered::load(stored, 0)?;
    let fresh = recounted.db.tables()?;
    differences.extend(compare_digests(stored, &bots)?);
    compare_all(stored, &fresh, &bots, &mut differences)?;
    Ok(differences)
}

/// Compares what is folded, table by table.
pub(super) fn compare_all(
    stored: &Tables,
    fresh: &Tables,
    bots: &[Behind],
    differences: &mut Vec<String>,
) -> Result<()> {
    let only_the_bytes = |_: &[u8], _: &[u8]| false;
    let lets_go = bots.iter().any(|bot| !bot.horizons.are_none());
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
    compare("daily", &stored.daily, &fresh.daily, |_, one, other| same_daily(one, other), differences)?;
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
pub(super) fn has_lost_words(bots: &[Behind], id: u32, day: i32) -> bool {
    bots.get(id as usize).is_some_and(|bot| day < bot.horizons.text.0)
}

/// Whether two days say the same. A name that was counted once and is no longer keeps its place, and an event that has gone
/// may have been why it was.
fn is_same_day(one: &[u8], other: &[u8]) -> bool {
    let day = |bytes| decode::<Daily>(bytes, "daily", ()).map(Daily::settled);
    is_same_value(one, other) || matches!((day(one), day(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether questions that are stored by their words are those that were counted again by their hashes.
fn are_same_questions(stored: &[u8], fresh: &[u8]) -> bool {
    let questions = |bytes| decode::<Questions>(bytes, "questions", ());
    matches!((questions(stored).map(Questions::by_hash), questions(fresh)), (Ok(stored), Ok(fresh)) if stored == fresh)
}

/// Gives a bot another reporting zone and recounts everything that depends on it, in one transaction.
///
/// # Errors
/// `NotFound` for an unknown bot; `Unusable` where a server is using the directory.
pub fn set_zone(dir: &Path, options: &Options, bot: &str, zone: Zone, progress: &mut Progress<'_>) -> Result<()> {
    let engine = RedbEngine::open(dir, options)?;
    let id = engine.known_bot(bot)?.id;
    engine.checkpoint()?;
    if !engine.horizons_of(id).are_none() {
        return Err(Error::Unusable(format!(
            "the bot {bot} has let go of what it was told before: its days cannot be counted again, and its zone stays as it is"
        )));
    }
    let stored = engine.db.tables()?;
    let end = engine.writer.lock().next_seq;
    let scratch = Scratch::new()?;
    let change = |of: u32, before: Zone| if of == id { zone } else { before };
    let frozen = Frozen::of(engine.db.tables()?)?;
    let Recounted { engine: recounted, .. } = recount(&stored, &scratch, end, frozen, &change, progress)?;
    drop(stored);
    let fresh = recounted.db.tables()?;
    let transaction = engine.db.begin_write()?;
    transaction.open_table(BOTS)?.insert(id, &append::encode_bot(bot, zone)[..])?;
    replace(&transaction, SESSIONS, &fresh.sessions)?;
    replace(&transaction, USERS, &fresh.users)?;
    replace(&transaction, DAILY, &fresh.daily)?;
    replace(&transaction, QUESTIONS, &fresh.questions)?;
    replace(&transaction, PERFORMANCE_DAILY, &fresh.performance_daily)?;
    replace(&transaction, PERFORMANCE_HOURLY, &fresh.performance_hourly)?;
    transaction.commit()?;
    Ok(())
}

/// Whether the index says of every block how many events it has, and of what time.
fn compare_index(stored: &Tables, differences: &mut Vec<String>) -> Result<()> {
    let log_end = read::scan_log(stored, 0, None, |stretch| {
        let said = stored.log_index.get(stretch.first)?.map(|info| info.value());
        let differs = stretch.is_block && said != Some(index_of(&stretch));
        if differs && differences.len() < DIFFERENCES_MAX {
            differences.push(format!("log_index {}: not what the block says", stretch.first));
        }
        Ok(ControlFlow::Continue(()))
    });
    if let Err(error) = log_end {
        differences.push(error.to_string());
    }
    Ok(())
}

/// What the index has to say of a block.
pub(super) fn index_of(stretch: &read::Stretch) -> BlockInfo {
    let times_ms = || stretch.events.iter().map(|(_, event)| event.timestamp_ms);
    let (first_ms, last_ms) = times_ms().min().zip(times_ms().max()).unwrap_or(read::ALL_GONE);
    ((stretch.end - stretch.first) as u32, first_ms, last_ms)
}

/// A directory for a recount, gone when done.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("novahouse-recount-{}-{number}", std::process::id()));
        // `create_dir` and not `create_dir_all`: in a directory that all may write, it must not be someone else's.
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It lies in the system's temporary directory: what cannot be removed now goes with the rest of it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What was counted again, and what does not agree with what it was counted beside.
pub(super) struct Recounted {
    pub engine: RedbEngine,
    pub differences: Vec<String>,
}

/// Folds the log before `end` into a fresh store, beside what is `frozen`, with each bot in the zone that `zone_of` gives it.
pub(super) fn recount(
    stored: &Tables,
    scratch: &Scratch,
    end: Seq,
    frozen: Option<Frozen>,
    zone_of: &dyn Fn(u32, Zone) -> Zone,
    progress: &mut Progress<'_>,
) -> Result<Recounted> {
    let engine = RedbEngine::open(&scratch.0, &Options::default())?;
    let transaction = engine.db.begin_write()?;
    for entry in stored.bots.iter()? {
        let (id, bytes) = entry?;
        let bot = append::decode_bot(id.value(), bytes.value())?;
        if bot.id == 0 && &*bot.name != DEFAULT_BOT {
            return Err(Error::corrupt("bots", 0, "the first bot is not `default`"));
        }
        let row = append::encode_bot(&bot.name, zone_of(bot.id, bot.zone));
        transaction.open_table(BOTS)?.insert(bot.id, &row[..])?;
    }
    for entry in stored.horizons.iter()? {
        let (id, bytes) = entry?;
        transaction.open_table(HORIZONS)?.insert(id.value(), bytes.value())?;
    }
    transaction.commit()?;
    let mut writer = engine.writer.lock();
    engine.recover(&mut writer)?;
    let mut closings = Vec::new();
    if let Some(frozen) = frozen {
        frozen.begin(&engine, &mut writer)?;
        closings = frozen.closings();
        writer.frozen = Some(Box::new(frozen));
    }
    let mut closings = closings.into_iter().peekable();
    read::scan_log(stored, 0, None, |stretch| {
        if stretch.first >= end {
            return Ok(ControlFlow::Break(()));
        }
        let mut events = &stretch.events[..stretch.events.partition_point(|(seq, _)| *seq < end)];
        while let Some(closing) = closings.next_if(|closing| *closing < stretch.end.min(end)) {
            // What ended then is written by then, as it was.
            let (before, after) = events.split_at(events.partition_point(|(seq, _)| *seq < closing));
            engine.fold_events(&mut writer, before.iter().map(|(seq, event)| (*seq, event)))?;
            writer.next_seq = closing;
            engine.write_checkpoint(&mut writer)?;
            events = after;
        }
        engine.fold_events(&mut writer, events.iter().map(|(seq, event)| (*seq, event)))?;
        writer.next_seq = stretch.end.min(end);
        progress(writer.next_seq, end);
        if super::checkpoint::due(&writer) {
            engine.write_checkpoint(&mut writer)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut differences = Vec::new();
    if let Some(mut frozen) = writer.frozen.take() {
        frozen.take_turns(&mut writer)?;
        differences.extend(frozen.differences());
    }
    writer.next_seq = end;
    engine.write_all(&mut writer)?;
    drop(writer);
    Ok(Recounted { engine, differences })
}

/// Of two tables every row has to be the same: in its bytes, or as `is_same` reads them.
fn compare<K: Key + 'static, V: Value + 'static>(
    name: &str,
    stored: &impl ReadableTable<K, V>,
    fresh: &impl ReadableTable<K, V>,
    is_same: impl Fn(K::SelfType<'_>, &[u8], &[u8]) -> bool,
    differences: &mut Vec<String>,
) -> Result<()> {
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
                row.map(|row| format!("{name} {:?}: stored, but the events give none", row.0.value()))
            }
            Order::Greater => {
                let row = right.next().transpose()?;
                row.map(|row| format!("{name} {:?}: missing; the events give one", row.0.value()))
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

pub(super) fn replace<K: Key + 'static, V: Value + 'static>(
    transaction: &redb::WriteTransaction,
    definition: redb::TableDefinition<'static, K, V>,
    fresh: &impl ReadableTable<K, V>,
) -> Result<()> {
    transaction.delete_table(definition)?;
    let mut table = transaction.open_table(definition)?;
    for entry in fresh.iter()? {
        let (key, value) = entry?;
        table.insert(key.value(), value.value())?;
    }
    assert_eq!(table.len()?, ReadableTableMetadata::len(fresh)?);
    Ok(())
}
