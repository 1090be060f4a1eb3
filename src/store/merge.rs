//! Merging: another directory's events are appended to this one's, as they are, and everything is folded from them as ever.
//!
//! How far a merge has come is remembered by what was merged, not by where it came from: under the hash of all events so
//! far, in the commit that stores the last of them. So it goes on after an interruption, a second one adds what is new, and a
//! backup of a directory is known as the directory itself. What the directory they come to masks is masked in them, after that.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

use redb::ReadableTable;

use super::append::{self, ImportMark, Merging};
use super::codec::encode;
use super::remembered::{IdHash, Remembered, id_hash};
use super::snapshot::{Db, FILE_NAME};
use super::tables::*;
use super::{Options, RedbEngine, read};
use crate::engine::{Batch, Engine};
use crate::error::{Error, Result};
use crate::limits::{BOT_NAME_BYTES_MAX, IMPORT_EVENTS_PER_COMMIT};
use crate::model::{Bot, DEFAULT_BOT, Event, Seq, Zone, is_bot_name};
use crate::settings::Document;

/// What is to be merged.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// New names of bots, by the names they have in the source.
    pub renamed: BTreeMap<String, String>,
    /// Add to bots that are there already.
    pub into_existing: bool,
    /// Those of the directory that they come to: what it masks is masked in what comes. What was merged is known by what it
    /// was before.
    pub settings: Document,
}

/// A bot that was brought in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MergedBot {
    pub from: Box<str>,
    pub name: Box<str>,
    /// Events it has in the source.
    pub events: u64,
}

/// What a merge came to.
#[derive(Clone, Debug)]
pub struct Merged {
    pub bots: Vec<MergedBot>,
    pub stored: u64,
    /// Events that an earlier merge had brought.
    pub known: u64,
}

/// The log of the source.
struct Source {
    tables: Tables,
    /// Zone and new name of each bot by the name it has.
    bots: BTreeMap<Box<str>, (Zone, Box<str>)>,
    recent: Remembered,
    settings: Document,
}

/// How far earlier merges came.
#[derive(Clone)]
struct Reached {
    events: Seq,
    hasher: blake3::Hasher,
    /// Under which it is remembered.
    key: Option<[u8; 32]>,
    /// Bots that had come by then.
    bots: BTreeSet<Box<str>>,
}

/// Brings the bots of another directory, or of a file of one, into the directory `to`. Reads a snapshot of it, also beside a
/// live server; `to` it needs for itself.
///
/// # Errors
/// `Unusable` with what to do.
pub fn merge(
    from: &Path,
    to: &Path,
    merge: &Merge,
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Merged> {
    let file = if from.is_dir() { from.join(FILE_NAME) } else { from.to_owned() };
    if let (Ok(one), Ok(other)) = (file.canonicalize(), to.join(FILE_NAME).canonicalize())
        && one == other
    {
        return Err(Error::Unusable(format!("{} cannot be merged into itself", to.display())));
    }
    let db = Db::open_file_read_only(&file)?;
    db.layout()?;
    let source = Source::of(db.tables()?, merge, options)?;
    let engine = RedbEngine::open(to, options)?;
    engine.checkpoint()?;
    let (counts, reached) = source.look(&engine)?;
    refuse_existing(&engine, &source, &counts, &reached, merge)?;
    adopt_default(&engine, &source, &counts)?;
    let total = counts.values().sum();
    let known = reached.events;
    source.send(&engine, reached, total, progress)?;
    engine.close()?;
    let merged = |(from, events): (Box<str>, u64)| {
        let name = source.bots[&from].1.clone();
        MergedBot { from, name, events }
    };
    Ok(Merged { bots: counts.into_iter().map(merged).collect(), stored: total - known, known })
}

impl Source {
    fn of(tables: Tables, merge: &Merge, options: &Options) -> Result<Self> {
        let mut bots = BTreeMap::new();
        for entry in tables.bots.iter()? {
            let (id, bytes) = entry?;
            let bot = append::decode_bot(id.value(), bytes.value())?;
            if tables.horizons.get(id.value())?.is_some() {
                return Err(Error::Unusable(format!(
                    "the bot {} of the source has let go of what it was told before, and what was counted of that cannot be \
                     counted again elsewhere: merge directories before they let go of anything",
                    bot.name
                )));
            }
            let name = merge.renamed.get(&*bot.name).map_or_else(|| bot.name.clone(), |new| new.as_str().into());
            bots.insert(bot.name, (bot.zone, name));
        }
        if tables.erasures.last()?.is_some() {
            return Err(Error::Unusable(
                "persons or sessions of the source were erased: what was merged from it before would not be known again, and come \
                 twice; export its events, and import them"
                    .into(),
            ));
        }
        check_names(&bots, merge)?;
        let recent = Remembered::load(&tables, options.clock.now_ms())?;
        Ok(Self { tables, bots, recent, settings: merge.settings.clone() })
    }

    /// Reads all events: how many each bot has, and how far earlier merges came.
    fn look(&self, engine: &RedbEngine) -> Result<(BTreeMap<Box<str>, u64>, Reached)> {
        let stored = engine.db.tables()?;
        let remembered = &stored.imports;
        let mut rows = BTreeSet::new();
        for entry in remembered.iter()? {
            rows.insert(entry?.1.value());
        }
        let mut reached = Reached { events: 0, hasher: blake3::Hasher::new(), key: None, bots: BTreeSet::new() };
        reached.hasher.update(b"novahouse merge 1");
        let mut counts = BTreeMap::<Box<str>, u64>::new();
        let (mut hasher, mut seen) = (reached.hasher.clone(), 0);
        read::scan_log(&self.tables, 0, None, |stretch| {
            for (_, event) in stretch.events {
                *counts.entry(event.bot.clone()).or_default() += 1;
                add(&mut hasher, &self.renamed(event)?);
                seen += 1;
                if !rows.contains(&seen) {
                    continue;
                }
                let key = *hasher.finalize().as_bytes();
                if remembered.get(&key)?.is_some_and(|rows| rows.value() == seen) {
                    let bots = counts.keys().cloned().collect();
                    reached = Reached { events: seen, hasher: hasher.clone(), key: Some(key), bots };
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((counts, reached))
    }

    /// The event under the name its bot will have.
    fn renamed(&self, mut event: Event) -> Result<Event> {
        let bot = self.bots.get(&event.bot);
        event.bot = bot.ok_or_else(|| Error::corrupt("bots", &event.bot, "an event's bot is missing"))?.1.clone();
        Ok(event)
    }

    /// Stores what lies beyond `reached`.
    fn send(
        &self,
        engine: &RedbEngine,
        mut reached: Reached,
        total: u64,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let mut waiting = Vec::new();
        let mut ids = HashSet::new();
        let from = reached.events;
        read::scan_log(&self.tables, from, None, |stretch| {
            for (_, event) in stretch.events.into_iter().filter(|(seq, _)| *seq >= from) {
                let old = event.id.as_deref().map(|id| id_hash(&event.bot, id));
                let mut event = self.renamed(event)?;
                if let Some(id) = event.id.as_deref().filter(|_| old.is_some_and(|old| self.recent.knows_id(old))) {
                    ids.insert(id_hash(&event.bot, id));
                }
                add(&mut reached.hasher, &event);
                self.settings.mask(&mut event);
                waiting.push(event);
                if waiting.len() == IMPORT_EVENTS_PER_COMMIT {
                    self.store(engine, &mut reached, std::mem::take(&mut waiting), std::mem::take(&mut ids))?;
                    progress(reached.events, total);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if !waiting.is_empty() {
            self.store(engine, &mut reached, waiting, ids)?;
        }
        Ok(())
    }

    fn store(
        &self,
        engine: &RedbEngine,
        reached: &mut Reached,
        events: Vec<Event>,
        ids: HashSet<IdHash>,
    ) -> Result<()> {
        let key = *reached.hasher.finalize().as_bytes();
        reached.events += events.len() as u64;
        let zones = self.bots.values().map(|(zone, name)| (&**name, *zone)).collect();
        let merging = Merging { replaces: reached.key, zones, ids };
        let mark = ImportMark { hash: key, rows: reached.events, merging: Some(merging) };
        let receipts = engine.append_group(vec![Batch { events, ..Batch::default() }], Some(&mark))?;
        if let Some(error) = receipts.iter().find_map(|receipt| receipt.errors.first()) {
            return Err(Error::Unusable(error.error.to_string()));
        }
        reached.key = Some(key);
        Ok(())
    }
}

fn add(hasher: &mut blake3::Hasher, event: &Event) {
    let bytes = encode(event);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(&bytes);
}

fn check_names(bots: &BTreeMap<Box<str>, (Zone, Box<str>)>, merge: &Merge) -> Result<()> {
    for (old, new) in &merge.renamed {
        if !bots.contains_key(&**old) {
            let known: Vec<&str> = bots.keys().map(|name| &**name).collect();
            return Err(Error::Unusable(format!("--bot {old}={new}: the source has {}", known.join(", "))));
        }
        if !is_bot_name(new) {
            return Err(Error::Unusable(format!(
                "--bot {old}={new}: expected a name of 1 to {BOT_NAME_BYTES_MAX} bytes without control characters"
            )));
        }
    }
    let mut names = BTreeSet::new();
    match bots.values().find(|(_, name)| !names.insert(name)) {
        Some((_, name)) => {
            Err(Error::Unusable(format!("two bots of the source would be named {name}: choose another name")))
        }
        None => Ok(()),
    }
}

fn refuse_existing(
    engine: &RedbEngine,
    source: &Source,
    counts: &BTreeMap<Box<str>, u64>,
    reached: &Reached,
    merge: &Merge,
) -> Result<()> {
    if merge.into_existing {
        return Ok(());
    }
    for from in counts.keys().filter(|from| !reached.bots.contains(*from)) {
        let name = &source.bots[from].1;
        if let Ok(bot) = engine.bot(name)
            && has_events(engine, &bot)?
        {
            return Err(Error::Unusable(format!(
                "the bot {name} is in both: give --bot {from}=ANOTHER to rename it, or --into-existing to add its events to \
                 those that are there"
            )));
        }
    }
    Ok(())
}

/// Whether any event is of the bot. Every event counts in a day of one of these.
fn has_events(engine: &RedbEngine, bot: &Bot) -> Result<bool> {
    let tables = engine.db.tables()?;
    let days = (bot.id, i32::MIN)..=(bot.id, i32::MAX);
    Ok(tables.daily.range(days.clone())?.next().is_some() || tables.performance_daily.range(days)?.next().is_some())
}

/// The bot that always exists takes the source's zone while it has no events.
fn adopt_default(engine: &RedbEngine, source: &Source, counts: &BTreeMap<Box<str>, u64>) -> Result<()> {
    let brought = source.bots.iter().find(|(from, (_, name))| &**name == DEFAULT_BOT && counts.contains_key(*from));
    let Some((_, (zone, _))) = brought else { return Ok(()) };
    let bot = engine.bot(DEFAULT_BOT)?;
    if bot.zone == *zone || has_events(engine, &bot)? {
        return Ok(());
    }
    let transaction = engine.db.begin_write()?;
    transaction.open_table(BOTS)?.insert(bot.id, &append::encode_bot(DEFAULT_BOT, *zone)[..])?;
    transaction.commit()?;
    engine.recover(&mut engine.writer.lock())
}
