//! From batches to durable, folded events.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use parking_lot::MutexGuard;
use redb::{ReadableTable, WriteTransaction};

use super::checkpoint::{due, is_overdue};
use super::codec::{decode, decode_columns, encode, with_checksum};
use super::columns::Events;
use super::fold::fold_event;
use super::hot::Hot;
use super::log::TailPlan;
use super::names::{Kind, Names};
use super::read;
use super::remembered::{Answered, Arrival, IdHash, Remembered, id_hash};
use super::rows::Rows;
use super::snapshot::LazyTables;
use super::tables::*;
use super::{Folded, LogEnd, Options, RedbEngine, Writer};
use crate::engine::{AppendSteps, Batch, EventError, Receipt};
use crate::error::{Error, Result};
use crate::limits::*;
use crate::model::{Bot, BotId, Event, Horizons, Seq, Zone};

/// Rows of a file that have been imported, to be remembered with the events of a batch.
pub(super) struct ImportMark<'a> {
    pub hash: [u8; 32],
    pub rows: u64,
    /// They are events of another directory.
    pub merging: Option<Merging<'a>>,
}

/// How events of another directory are taken: as they are, since they were accepted once.
pub(super) struct Merging<'a> {
    /// Under which what came before them is remembered.
    pub replaces: Option<[u8; 32]>,
    /// Of bots that appear.
    pub zones: HashMap<&'a str, Zone>,
    /// Those of their ids that are still remembered.
    pub ids: HashSet<IdHash>,
}

/// What one commit will add.
#[derive(Default)]
struct Staged {
    events: Vec<Event>,
    ids: Vec<IdHash>,
    known_ids: HashSet<IdHash>,
    answers: Vec<Answered>,
    answered: HashMap<Box<str>, usize>,
    bots: Vec<Box<str>>,
    /// Ids are not looked at.
    as_they_are: bool,
}

/// Events that are durable, and to be folded.
#[derive(Default)]
struct Stored {
    /// Their block is written.
    sealed: Vec<Event>,
    /// The tail of the log has them too.
    unsealed: Arc<Vec<Event>>,
}

impl RedbEngine {
    /// Commits, and folds while others may commit.
    pub(super) fn append_group(
        &self,
        batches: Vec<Batch>,
        mark: Option<&ImportMark<'_>>,
        steps: &mut dyn AppendSteps,
    ) -> Result<()> {
        let mut log = self.log.lock();
        log.appends.is_over()?;
        // Where it is not free someone folds, who found all in order.
        let folded = match self.wants_care.swap(false, Ordering::Relaxed) {
            true => Some(self.folded.lock()),
            false => self.folded.try_lock(),
        };
        if let Some(folded) = folded {
            log = self.take_care(Writer { log, folded })?;
        }
        let now_ms = self.options.clock.now_ms();
        log.remembered.expire(now_ms);
        let mut staged = match mark.and_then(|mark| mark.merging.as_ref()) {
            Some(merging) => {
                Staged { ids: merging.ids.iter().copied().collect(), as_they_are: true, ..Staged::default() }
            }
            None => Staged::default(),
        };
        let receipts: Vec<Receipt> = {
            let hot = self.hot.read();
            batches.into_iter().map(|batch| staged.take(batch, &log.remembered, &hot)).collect()
        };
        let first = log.next_seq;
        let nothing_new = staged.events.is_empty() && staged.answers.is_empty();
        let stored = match nothing_new && mark.is_none() {
            true => Ok(Stored::default()),
            false => self.commit(&mut log, staged, mark, now_ms),
        };
        // Also of what is only repeated: those before may be folded yet.
        let folded = self.folded.lock();
        let mut writer = Writer { log, folded };
        let stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                writer.log.appends.failed();
                self.look_after(&mut writer);
                return Err(error);
            }
        };
        // The fold of those before may have failed: then memory is made anew from the file, which has these too.
        let is_made_anew = writer.broken;
        if is_made_anew {
            self.heal(&mut writer)?;
        }
        let Writer { log, mut folded } = writer;
        drop(log);
        steps.committed();
        if !is_made_anew && let Err(error) = self.fold_group(&mut folded, first, &stored) {
            drop(folded);
            self.look_after(&mut self.writer());
            return Err(error);
        }
        steps.folded(receipts);
        Ok(())
    }

    /// Opens anew what has failed, and writes a checkpoint where one is due.
    fn take_care<'a>(&self, mut writer: Writer<'a>) -> Result<MutexGuard<'a, LogEnd>> {
        self.heal(&mut writer)?;
        if is_overdue(&writer) {
            // What cannot be written back is held in memory, which has an end.
            self.write_back(&mut writer)?;
        } else if due(&writer)
            && writer.checkpoints.is_over().is_ok()
            && let Err(error) = self.write_back(&mut writer)
        {
            // The events are safe already: it is tried again.
            tracing::error!(%error, "checkpoint failed");
            self.heal(&mut writer)?;
        }
        Ok(writer.log)
    }

    /// Makes the staged events durable.
    fn commit(
        &self,
        log: &mut LogEnd,
        mut staged: Staged,
        mark: Option<&ImportMark<'_>>,
        now_ms: i64,
    ) -> Result<Stored> {
        let arrivals: Vec<Arrival> = log.remembered.arrivals(now_ms).take(1 + staged.answers.len()).collect();
        let plan = TailPlan::new(log, &staged.events);
        let bots = self.new_bots(&staged.bots, mark);
        let began = Instant::now();
        let transaction = self.db.begin_write()?;
        plan.write(&transaction, &log.tail)?;
        write_memory(&transaction, &staged, &bots, &arrivals)?;
        if let Some(mark) = mark {
            let mut imports = transaction.open_table(IMPORTS)?;
            if let Some(before) = mark.merging.as_ref().and_then(|merging| merging.replaces) {
                imports.remove(&before)?;
            }
            imports.insert(&mark.hash, mark.rows)?;
        }
        transaction.commit()?;
        self.watch.commits.observe(began.elapsed());

        log.next_seq += staged.events.len() as u64;
        log.remembered.add_ids(arrivals[0], staged.ids);
        for (arrival, answered) in arrivals[1..].iter().zip(staged.answers) {
            log.remembered.add_answer(*arrival, answered);
        }
        if !bots.is_empty() {
            let mut hot = self.hot.write();
            bots.into_iter().for_each(|bot| hot.add_bot(bot));
        }
        log.appends.succeeded();
        let unsealed = plan.apply(&mut log.tail, &mut staged.events);
        Ok(Stored { sealed: staged.events, unsealed })
    }

    fn fold_group(&self, folded: &mut Folded, first: Seq, stored: &Stored) -> Result<()> {
        let events = stored.sealed.iter().chain(&*stored.unsealed);
        // Also where it panics: whoever comes next has it first.
        folded.broken = true;
        let done = self.fold_events(folded, (first..).zip(events));
        folded.broken = done.is_err();
        folded.next_seq = first + (stored.sealed.len() + stored.unsealed.len()) as Seq;
        if due(folded) {
            self.wants_care.store(true, Ordering::Relaxed);
        }
        self.watch.see(folded);
        done
    }

    fn new_bots(&self, names: &[Box<str>], mark: Option<&ImportMark<'_>>) -> Vec<Bot> {
        let known = self.hot.read().bots.len();
        let brought = |name: &str| mark?.merging.as_ref()?.zones.get(name).copied();
        let numbered = (known..).zip(names);
        let zone_of = |name: &str| brought(name).unwrap_or(self.options.zone);
        numbered.map(|(id, name)| Bot { id: id as BotId, name: name.clone(), zone: zone_of(name) }).collect()
    }

    /// Folds events of the log, in order. An error leaves memory to be made anew.
    pub(super) fn fold_events<'a>(
        &self,
        folded: &mut Folded,
        events: impl Iterator<Item = (Seq, &'a Event)>,
    ) -> Result<()> {
        let tables = LazyTables::new(&self.db);
        let mut events = events.peekable();
        while events.peek().is_some() {
            let mut hot = self.hot.write();
            for (seq, event) in events.by_ref().take(FOLD_EVENTS_PER_LOCK) {
                folded.unwritten_bytes += event.weight();
                if let Err(error) = fold_event(folded, &mut hot, &tables, seq, event) {
                    folded.broken = true;
                    hot.is_whole = false;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Makes memory anew: the checkpoint as it is stored, and the rest of the log folded onto it.
    pub(super) fn recover(&self, writer: &mut Writer<'_>) -> Result<()> {
        let (checkpoints, reopening) = (writer.checkpoints, writer.reopening);
        let made = self.make_anew(writer);
        // Half-made memory would be appended to in the wrong place, and answers from it would be wrong.
        writer.broken = made.is_err();
        self.hot.write().is_whole = made.is_ok();
        (writer.checkpoints, writer.reopening) = (checkpoints, reopening);
        self.watch.see(writer);
        made
    }

    fn make_anew(&self, writer: &mut Writer<'_>) -> Result<()> {
        let tables = self.db.tables()?;
        let figure = |name| -> Result<u64> {
            let found = tables.meta.get(name)?.map(|figure| figure.value());
            found.ok_or_else(|| Error::corrupt("meta", name, "it is missing"))
        };
        let mut hot = Hot::default();
        for entry in tables.bots.iter()? {
            let (id, bytes) = entry?;
            hot.add_bot(decode_bot(id.value(), bytes.value())?);
        }
        for entry in tables.horizons.iter()? {
            let (id, bytes) = entry?;
            let (id, horizons) = (id.value(), decode::<Horizons>(bytes.value(), "horizons", id.value())?);
            let missing = || Error::corrupt("horizons", id, "there is no such bot");
            hot.bots.get(id as usize).ok_or_else(missing)?;
            hot.bots[id as usize].horizons = horizons;
        }
        *self.hot.write() = hot;
        let Options { cached_rows_max, names_waiting_max, .. } = self.options;
        *writer.folded = Folded::empty(&self.options);
        writer.sessions = Rows::new(figure(meta::NEXT_SESSION)?, cached_rows_max);
        writer.users = Rows::new(figure(meta::NEXT_USER)?, cached_rows_max);
        writer.session_names = Names::load(&tables, Kind::Session, names_waiting_max)?;
        writer.user_names = Names::load(&tables, Kind::User, names_waiting_max)?;
        *writer.log = LogEnd { appends: writer.log.appends, ..LogEnd::default() };
        writer.log.remembered = Remembered::load(&tables, self.options.clock.now_ms())?;
        writer.checkpoint = figure(meta::CHECKPOINT)?;
        writer.next_seq = writer.checkpoint;
        drop(tables);
        while self.fold_log(writer)?.is_break() {}
        for entry in self.db.tables()?.log_tail.iter()? {
            let (first, bytes) = entry?;
            let events = decode_columns::<Events>(bytes.value(), "log_tail", first.value())?.all()?;
            writer.log.tail.load(first.value(), events);
        }
        writer.log.next_seq = writer.next_seq;
        Ok(())
    }

    /// Folds the log on from where the writer stands: to its end, or until it broke off to write a checkpoint. A file of an
    /// older layout is folded whole, and a snapshot held all the while would keep every page that is written over.
    fn fold_log(&self, writer: &mut Writer<'_>) -> Result<ControlFlow<()>> {
        let tables = self.db.tables()?;
        let from = writer.next_seq;
        let mut went_on = ControlFlow::Continue(());
        let end = read::scan_log(&tables, from, None, |stretch| {
            let events = stretch.events.iter().map(|(seq, event)| (*seq, event));
            self.fold_events(writer, events.filter(|(seq, _)| *seq >= from))?;
            writer.next_seq = stretch.end;
            let far = writer.next_seq - writer.checkpoint > 2 * CHECKPOINT_EVENTS_MAX;
            if self.db.is_reader() && far {
                return Err(Error::Unusable(
                    "the data was brought to this program's layout and is still being recounted: start the server, or run \
                     `novahouse migrate`, and wait until it is done"
                        .into(),
                ));
            }
            if due(writer) && !self.db.is_reader() && (far || writer.checkpoints.is_over().is_ok()) {
                match self.write_checkpoint(writer) {
                    Ok(()) => {}
                    // A disk that is full keeps no one from reading, as long as memory lasts.
                    Err(error) if !far => {
                        tracing::error!(%error, "checkpoint failed");
                        writer.checkpoints.failed();
                        self.db.reopen()?;
                    }
                    Err(error) => return Err(error),
                }
                went_on = ControlFlow::Break(());
            }
            Ok(went_on)
        })?;
        if went_on.is_continue() {
            // Blocks all of whose events have gone were passed over.
            writer.next_seq = writer.next_seq.max(end);
        }
        if end < from {
            return Err(Error::corrupt("meta", meta::CHECKPOINT, "it is beyond the end of the log"));
        }
        Ok(went_on)
    }
}

impl Staged {
    /// Sorts out what is new in a batch, and answers for it.
    fn take(&mut self, batch: Batch, remembered: &Remembered, hot: &Hot) -> Receipt {
        let Batch { idempotency_key, events, indexes, rejected, errors, warnings } = batch;
        if let Some(key) = idempotency_key.as_deref() {
            if let Some(receipt) = remembered.answer(key) {
                return receipt.again();
            }
            if let Some(place) = self.answered.get(key) {
                return self.answers[*place].receipt.again();
            }
        }
        let mut receipt = Receipt { rejected, errors, warnings, ..Receipt::default() };
        for (place, event) in events.into_iter().enumerate() {
            let index = indexes.get(place).copied().unwrap_or(place as u32);
            let accepted = receipt.accepted;
            self.take_event(event, index, remembered, hot, &mut receipt);
            if receipt.accepted == accepted {
                receipt.passed_over.push(place as u32);
            }
        }
        receipt.errors.sort_by_key(|error| error.index);
        receipt.errors.truncate(ERRORS_LISTED_MAX);
        let stored_something = receipt.accepted + receipt.duplicates > 0;
        if let Some(key) = idempotency_key.filter(|_| stored_something) {
            self.answered.insert(key.clone(), self.answers.len());
            self.answers.push(Answered { key, receipt: receipt.clone() });
        }
        receipt
    }

    fn take_event(&mut self, event: Event, index: u32, remembered: &Remembered, hot: &Hot, receipt: &mut Receipt) {
        let hash = event.id.as_deref().filter(|_| !self.as_they_are).map(|id| id_hash(&event.bot, id));
        if let Some(hash) = hash
            && (remembered.knows_id(hash) || self.known_ids.contains(&hash))
        {
            receipt.duplicates += 1;
            return;
        }
        let refusal = match hot.by_name.get(&event.bot) {
            Some(id) => hot.bots[*id as usize].refusal(&event),
            None if self.bots.contains(&event.bot) => None,
            None if hot.bots.len() + self.bots.len() >= BOTS_MAX => {
                Some(format!("bot: there are {BOTS_MAX} bots already, which is the most one directory holds"))
            }
            None => {
                self.bots.push(event.bot.clone());
                None
            }
        };
        if let Some(error) = refusal {
            receipt.rejected += 1;
            receipt.errors.push(EventError { index, error: error.into() });
            return;
        }
        if let Some(hash) = hash {
            self.known_ids.insert(hash);
            self.ids.push(hash);
        }
        self.events.push(event);
        receipt.accepted += 1;
    }
}

/// Writes what a commit has to remember beside its events: its ids under the first arrival, its answers under the rest.
fn write_memory(transaction: &WriteTransaction, staged: &Staged, bots: &[Bot], arrivals: &[Arrival]) -> Result<()> {
    if !staged.ids.is_empty() {
        let bytes: Vec<u8> = staged.ids.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        transaction.open_table(EVENT_IDS)?.insert(arrivals[0], &with_checksum(&bytes)[..])?;
    }
    if !staged.answers.is_empty() {
        let mut table = transaction.open_table(IDEMPOTENCY)?;
        for (arrival, answered) in arrivals[1..].iter().zip(&staged.answers) {
            table.insert(arrival, &encode(answered)[..])?;
        }
    }
    for bot in bots {
        let row = encode_bot(&bot.name, bot.zone);
        transaction.open_table(BOTS)?.insert(bot.id, &row[..])?;
    }
    Ok(())
}

pub(super) fn encode_bot(name: &str, zone: Zone) -> Vec<u8> {
    encode(&(name, zone.name()))
}

pub(super) fn decode_bot(id: BotId, bytes: &[u8]) -> Result<Bot> {
    let (name, zone): (Box<str>, String) = decode(bytes, "bots", id)?;
    let zone = zone.parse().map_err(|why| Error::corrupt("bots", id, why))?;
    Ok(Bot { id, name, zone })
}
