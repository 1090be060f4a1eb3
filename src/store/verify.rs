//! Recounting: the whole log folded again, in a store of its own, by the same code that folded it first.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Key, ReadableTable, ReadableTableMetadata, Value};

use super::compare::{DIFFERENCES_MAX, compare_all};
use super::digests::{all_bots, compare_digests};
use super::frozen::Frozen;
use super::read;
use super::remembered::Remembered;
use super::snapshot::{Db, caught};
use super::tables::*;
use super::{Options, RedbEngine, append};
use crate::error::{Error, Result};
use crate::model::{DEFAULT_BOT, Seq, Zone};

/// Progress: events done and events in all.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// What a recount came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is stored and is not what the events give; none where everything agrees.
    pub differences: Vec<String>,
    /// Events that came after the last checkpoint: no table holds them yet, and the next one folds them.
    pub waiting: u64,
}

/// Reads every block, recounts everything from the raw events, and compares with what is stored, bit for bit.
/// Works beside a live server, on a snapshot.
///
/// # Errors
/// Where the directory cannot be used. Damage is not an error but a difference.
pub fn check(dir: &Path, progress: &mut Progress<'_>) -> Result<Checked> {
    let db = Db::open_read_only(dir)?;
    let differences = check_db(&db, progress)?;
    let waiting = if differences.is_empty() { waiting(&db.tables()?)? } else { 0 };
    Ok(Checked { differences, waiting })
}

fn waiting(tables: &Tables) -> Result<u64> {
    let checkpoint = tables.meta.get(meta::CHECKPOINT)?.map_or(0, |checkpoint| checkpoint.value());
    Ok(read::log_end(tables)?.saturating_sub(checkpoint))
}

pub(super) fn check_db(db: &Db, progress: &mut Progress<'_>) -> Result<Vec<String>> {
    db.layout()?;
    let found = caught(|| {
        let (stored, again) = db.reading(|snapshot| Ok((Tables::open(snapshot)?, Tables::open(snapshot)?)))?;
        differences(&stored, again, progress)
    });
    match found {
        Some(Err(error @ Error::Corrupt { .. })) => Ok(vec![error.to_string()]),
        Some(Err(Error::Storage(why))) => Ok(vec![format!("the file cannot be read whole: {why}")]),
        Some(found) => found,
        // redb trusts what it reads; over a page that is something else it may panic.
        None => Ok(vec!["a page of the file is damaged".into()]),
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
        if !is_indexed(stored, &stretch)? && differences.len() < DIFFERENCES_MAX {
            differences.push(format!("log_index {}: not what the block says", stretch.first));
        }
        Ok(ControlFlow::Continue(()))
    });
    if let Err(error) = log_end {
        differences.push(error.to_string());
    }
    if let Some(first) = blocks_without_entry(stored)? {
        differences.push(format!("log_index {first}: missing; there is a block"));
    }
    Ok(())
}

/// Whether the index says of a stretch what it has to, where that is a block.
pub(super) fn is_indexed(stored: &Tables, stretch: &read::Stretch) -> Result<bool> {
    let said = stored.log_index.get(stretch.first)?.map(|info| info.value());
    Ok(!stretch.is_block || said == Some(index_of(stretch)))
}

/// The first of the blocks that the index does not lead to.
pub(super) fn blocks_without_entry(stored: &Tables) -> Result<Option<Seq>> {
    for part in stored.log_blocks.iter()? {
        let (first, part) = part?.0.value();
        if part == 0 && stored.log_index.get(first)?.is_none() {
            return Ok(Some(first));
        }
    }
    Ok(None)
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

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
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
    if let Some(since) = stored.meta.get(meta::MEASURED_SINCE)? {
        transaction.open_table(META)?.insert(meta::MEASURED_SINCE, since.value())?;
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

pub(super) fn replace<K: Key + 'static, V: Value + 'static>(
    transaction: &Transaction,
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
