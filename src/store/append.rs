//! From batches to durable, folded events.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Instant;

use redb::ReadableTable;

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
use super::{Options, RedbEngine, Writer};
use crate::engine::{Batch, EventError, Receipt};
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

impl RedbEngine {
    pub(super) fn append_group(&self, batches: Vec<Batch>, mark: Option<&ImportMark<'_>>) -> Result<Vec<Receipt>> {
        let mut writer = self.writer.lock();
        self.may_write(&writer.appends)?;
        self.heal(&mut writer)?;
        if is_overdue(&writer) {
            // What cannot be written back is held in memory, which has an end.
            self.write_back(&mut writer)?;
        }
        let now_ms = self.options.clock.now_ms();
        writer.remembered.expire(now_ms);
        let mut staged = match mark.and_then(|mark| mark.merging.as_ref()) {
            Some(merging) => {
                Staged { ids: merging.ids.iter().copied().collect(), as_they_are: true, ..Staged::default() }
            }
            None => Staged::default(),
        };
        let receipts: Vec<Receipt> = {
            let hot = self.hot.read();
            batches.into_iter().map(|batch| staged.take(batch, &writer.remembered, &hot)).collect()
        };
        let nothing_new = staged.events.is_empty() && staged.answers.is_empty();
        if nothing_new && mark.is_none() {
            return Ok(receipts);
        }
        if let Err(error) = self.commit(&mut writer, staged, mark, now_ms) {
            writer.appends.failed();
            self.look_after(&mut writer);
            return Err(error);
        }
        writer.appends.succeeded();
        if due(&writer) && self.may_write(&writer.checkpoints).is_ok() {
            // The events are safe already: a checkpoint that fails is tried again.
            if let Err(error) = self.write_back(&mut writer) {
                tracing::error!(%error, "checkpoint failed");
            }
        }
        Ok(receipts)
    }

    /// Makes the staged events durable, then folds them.
    fn commit(&self, writer: &mut Writer, staged: Staged, mark: Option<&ImportMark<'_>>, now_ms: i64) -> Result<()> {
        let first = writer.next_seq;
        let arrivals: Vec<Arrival> = writer.remembered.arrivals(now_ms).take(1 + staged.answers.len()).collect();
        let plan = TailPlan::new(writer, &staged.events);
        let bots = self.new_bots(&staged.bots, mark);
        let began = Instant::now();
        let transaction = self.db.begin_write()?;
        plan.write(&transaction, writer)?;
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

        writer.next_seq += staged.events.len() as u64;
        writer.remembered.add_ids(arrivals[0], staged.ids);
        for (arrival, answered) in arrivals[1..].iter().zip(staged.answers) {
            writer.remembered.add_answer(*arrival, answered);
        }
        if !bots.is_empty() {
            let mut hot = self.hot.write();
            bots.into_iter().for_each(|bot| hot.add_bot(bot));
        }
        let folded = self.fold_events(writer, (first..).zip(&staged.events));
        plan.apply(writer, staged.events);
        self.watch.see(writer);
        folded
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
        writer: &mut Writer,
        events: impl Iterator<Item = (Seq, &'a Event)>,
    ) -> Result<()> {
        let tables = LazyTables::new(&self.db);
        let mut events = events.peekable();
        while events.peek().is_some() {
            let mut hot = self.hot.write();
            for (seq, event) in events.by_ref().take(FOLD_EVENTS_PER_LOCK) {
                writer.unwritten_bytes += event.weight();
                if let Err(error) = fold_event(writer, &mut hot, &tables, seq, event) {
                    writer.broken = true;
                    hot.is_whole = false;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Makes memory anew: the checkpoint as it is stored, and the rest of the log folded onto it.
    pub(super) fn recover(&self, writer: &mut Writer) -> Result<()> {
        let (appends, checkpoints, reopening) = (writer.appends, writer.checkpoints, writer.reopening);
        let made = self.make_anew(writer);
        // Half-made memory would be appended to in the wrong place, and answers from it would be wrong.
        writer.broken = made.is_err();
        self.hot.write().is_whole = made.is_ok();
        (writer.appends, writer.checkpoints, writer.reopening) = (appends, checkpoints, reopening);
        self.watch.see(writer);
        made
    }

    fn make_anew(&self, writer: &mut Writer) -> Result<()> {
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
        *writer = Writer::empty(&self.options);
        writer.sessions = Rows::new(figure(meta::NEXT_SESSION)?, cached_rows_max);
        writer.users = Rows::new(figure(meta::NEXT_USER)?, cached_rows_max);
        writer.session_names = Names::load(&tables, Kind::Session, names_waiting_max)?;
        writer.user_names = Names::load(&tables, Kind::User, names_waiting_max)?;
        writer.remembered = Remembered::load(&tables, self.options.clock.now_ms())?;
        writer.measured_since = tables.meta.get(meta::MEASURED_SINCE)?.map_or(0, |figure| figure.value());
        writer.checkpoint = figure(meta::CHECKPOINT)?;
        writer.next_seq = writer.checkpoint;
        drop(tables);
        while self.fold_log(writer)?.is_break() {}
        for entry in self.db.tables()?.log_tail.iter()? {
            let (first, bytes) = entry?;
            writer.tail_rows.push(first.value());
            writer.tail.extend(decode_columns::<Events>(bytes.value(), "log_tail", first.value())?.all()?);
        }
        writer.tail_bytes = writer.tail.iter().map(Event::weight).sum();
        Ok(())
    }

    /// Folds the log on from where the writer stands: to its end, or until it broke off to write a checkpoint. A file of an
    /// older layout is folded whole, and a snapshot held all the while would keep every page that is written over.
    fn fold_log(&self, writer: &mut Writer) -> Result<ControlFlow<()>> {
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
            if due(writer) && !self.db.is_reader() && (far || self.may_write(&writer.checkpoints).is_ok()) {
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
fn write_memory(transaction: &Transaction, staged: &Staged, bots: &[Bot], arrivals: &[Arrival]) -> Result<()> {
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
