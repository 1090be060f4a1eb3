//! Rollups in memory: shared immutable values that the fold replaces, over their tables. Readers hold the lock only while
//! they collect the values of their window.

use std::collections::BTreeMap;
use std::ops::{Deref, Index, IndexMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::limits::CACHED_ROLLUP_BYTES_MAX;
use crate::model::session::Moment;
use crate::model::{Bot, BotId, Day, Event, Horizons, Hour, Number, Seq};
use crate::rollup::{Daily, PerformanceRollup, Questions, Rollups, Trace};

use super::asked::Sums;
use super::read;
use super::snapshot::LazyTables;
use super::tables::LeadKey;
use super::traces::Pending;

/// Every bot and its rollups.
#[derive(Default)]
pub struct Hot {
    /// By id, without gaps.
    pub bots: Bots,
    pub by_name: BTreeMap<Box<str>, BotId>,
    /// Of questions over many days.
    pub sums: Sums,
    /// Checkpoints so far: what was read from the tables before the last one may be out of date.
    pub checkpoints: u64,
    /// Every event of the log is in it. While it is made anew, nothing may be answered from it.
    pub is_whole: bool,
}

/// Bots in order, and which of them have been changed.
#[derive(Default)]
pub struct Bots {
    all: Vec<HotBot>,
    /// Places asked for to be changed; some come again.
    changed: Vec<usize>,
}

impl Deref for Bots {
    type Target = [HotBot];

    fn deref(&self) -> &[HotBot] {
        &self.all
    }
}

impl Index<usize> for Bots {
    type Output = HotBot;

    fn index(&self, place: usize) -> &HotBot {
        &self.all[place]
    }
}

impl IndexMut<usize> for Bots {
    /// To change what the bot's answers are made of.
    fn index_mut(&mut self, place: usize) -> &mut HotBot {
        if self.changed.last() != Some(&place) {
            self.changed.push(place);
        }
        &mut self.all[place]
    }
}

impl<'a> IntoIterator for &'a Bots {
    type Item = &'a HotBot;
    type IntoIter = std::slice::Iter<'a, HotBot>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl Bots {
    fn add(&mut self, bot: HotBot) {
        self.changed.push(self.all.len());
        self.all.push(bot);
    }

    /// To put beside what is in memory what its tables hold: no answer changes by it.
    pub fn filled_up(&mut self, place: usize) -> &mut HotBot {
        &mut self.all[place]
    }

    /// What has been changed since this was asked last.
    pub fn take_changed(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.changed)
    }
}

pub struct HotBot {
    pub bot: Bot,
    pub horizons: Horizons,
    pub daily: Shelf<Day, Daily>,
    pub questions: Shelf<Day, Questions>,
    pub performance_days: Shelf<Day, PerformanceRollup>,
    pub performance_hours: Shelf<Hour, PerformanceRollup>,
}

impl HotBot {
    /// Why an event comes too late, if it does.
    pub fn refusal(&self, event: &Event) -> Option<String> {
        let first = self.horizons.refused(&event.kind)?;
        let day = self.bot.zone.day(event.timestamp_ms);
        (day < first).then(|| {
            format!("timestamp: expected {first} or later, found {day}: what happened before, this bot keeps no longer")
        })
    }
}

impl Hot {
    /// # Errors
    /// `Storage` while it is made anew.
    pub fn whole(&self) -> Result<()> {
        if self.is_whole { Ok(()) } else { Err(Error::Storage("the data is being read anew after a failure".into())) }
    }

    pub fn add_bot(&mut self, bot: Bot) {
        assert_eq!(bot.id as usize, self.bots.len(), "bots are numbered without gaps");
        self.by_name.insert(bot.name.clone(), bot.id);
        self.bots.add(HotBot {
            bot,
            horizons: Horizons::default(),
            daily: Shelf::default(),
            questions: Shelf::default(),
            performance_days: Shelf::default(),
            performance_hours: Shelf::default(),
        });
    }

    /// After a checkpoint: everything is clean, and what has not been read since the one before leaves if there is too much.
    pub fn written(&mut self) {
        self.checkpoints += 1;
        let bytes = |bots: &[HotBot]| {
            let of = |hot: &HotBot| {
                hot.daily.bytes + hot.questions.bytes + hot.performance_days.bytes + hot.performance_hours.bytes
            };
            bots.iter().map(of).sum::<usize>()
        };
        for hot in &mut self.bots.all {
            hot.daily.clean(self.checkpoints);
            hot.questions.clean(self.checkpoints);
            hot.performance_days.clean(self.checkpoints);
            hot.performance_hours.clean(self.checkpoints);
        }
        if bytes(&self.bots) > CACHED_ROLLUP_BYTES_MAX {
            self.evict(self.checkpoints.saturating_sub(2));
        }
        if bytes(&self.bots) > CACHED_ROLLUP_BYTES_MAX {
            self.evict(u64::MAX);
        }
    }

    /// Of a bot whose tables were changed: nothing that was read from them before is true any more.
    pub fn forget(&mut self, bot: BotId) {
        // What is being read at this moment is of no use either.
        self.checkpoints += 1;
        self.sums = Sums::default();
        let hot = &mut self.bots[bot as usize];
        hot.daily = Shelf::default();
        hot.questions = Shelf::default();
        hot.performance_days = Shelf::default();
        hot.performance_hours = Shelf::default();
    }

    fn evict(&mut self, used_before: u64) {
        for hot in &mut self.bots.all {
            hot.daily.evict(used_before);
            hot.questions.evict(used_before);
            hot.performance_days.evict(used_before);
            hot.performance_hours.evict(used_before);
        }
    }
}

/// What a rollup takes in memory, estimated bytes.
pub trait Weigh {
    fn weight(&self) -> usize;
}

impl Weigh for Daily {
    fn weight(&self) -> usize {
        self.bytes()
    }
}

impl Weigh for Questions {
    fn weight(&self) -> usize {
        self.asked.bytes()
    }
}

impl Weigh for PerformanceRollup {
    fn weight(&self) -> usize {
        self.bytes()
    }
}

/// Of a place on a shelf, beside its value.
const SLOT_BYTES: usize = 64;

/// Rollups of one kind, by day or hour.
pub struct Shelf<K, T> {
    slots: BTreeMap<K, Slot<T>>,
    /// Between these, everything the table has is on the shelf.
    complete: Option<(K, K)>,
    /// What its values took when they were last clean: looking at all of them takes milliseconds.
    bytes: usize,
    /// How often a value was asked for to be changed.
    changes: u64,
    /// Which change was the last of a value that has left since.
    left: BTreeMap<K, u64>,
}

struct Slot<T> {
    value: Arc<T>,
    dirty: bool,
    /// What of the shelf's bytes is this one's.
    bytes: usize,
    /// Which of the shelf's changes was its last; 0 if it had none.
    changed: u64,
    /// Number of checkpoints when last read.
    used: AtomicU64,
}

impl<K, T> Default for Shelf<K, T> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), complete: None, bytes: 0, changes: 0, left: BTreeMap::new() }
    }
}

impl<K: Copy + Ord, T: Clone + Default + Weigh> Shelf<K, T> {
    /// What the shelf has between `first` and `last`, and whether that is all there is.
    pub fn collect(&self, first: K, last: K, checkpoints: u64) -> (Vec<(K, Arc<T>)>, bool) {
        let found = self.slots.range(first..=last).map(|(key, slot)| {
            slot.used.store(checkpoints, Ordering::Relaxed);
            (*key, slot.value.clone())
        });
        (found.collect(), self.is_complete(first, last))
    }

    fn is_complete(&self, first: K, last: K) -> bool {
        self.complete.is_some_and(|(from, to)| from <= first && last <= to)
    }

    /// Puts what was read from the table where the shelf has nothing newer.
    pub fn put(&mut self, first: K, last: K, stored: &[(K, Arc<T>)], checkpoints: u64) {
        for (key, value) in stored {
            let bytes = &mut self.bytes;
            self.slots.entry(*key).or_insert_with(|| {
                let weight = value.weight() + SLOT_BYTES;
                *bytes += weight;
                let used = AtomicU64::new(checkpoints);
                Slot { value: value.clone(), dirty: false, bytes: weight, changed: 0, used }
            });
        }
        self.complete = match self.complete {
            Some((from, to)) if from <= last && first <= to => Some((from.min(first), to.max(last))),
            _ => Some((first, last)),
        };
    }

    /// The value to be changed; `load` reads it from the table where the shelf does not know it.
    fn change(&mut self, key: K, load: impl FnOnce() -> Result<Option<T>>, failed: &mut Option<Error>) -> &mut T {
        let known = self.is_complete(key, key);
        let slot = self.slots.entry(key).or_insert_with(|| {
            let stored = if known { Ok(None) } else { load() };
            let value = stored.unwrap_or_else(|error| {
                failed.get_or_insert(error);
                None
            });
            Slot {
                value: Arc::new(value.unwrap_or_default()),
                dirty: false,
                bytes: 0,
                changed: 0,
                used: AtomicU64::new(0),
            }
        });
        slot.dirty = true;
        self.changes += 1;
        slot.changed = self.changes;
        Arc::make_mut(&mut slot.value)
    }

    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether nothing between `first` and `last` has changed since there were so many changes.
    pub fn is_as_before(&self, first: K, last: K, changes: u64) -> bool {
        self.slots.range(first..=last).all(|(_, slot)| slot.changed <= changes)
            && self.left.range(first..=last).all(|(_, changed)| *changed <= changes)
    }

    pub fn changed(&self) -> impl Iterator<Item = (K, &T)> {
        self.slots.iter().filter(|(_, slot)| slot.dirty).map(|(key, slot)| (*key, &*slot.value))
    }

    fn clean(&mut self, checkpoints: u64) {
        for slot in self.slots.values_mut().filter(|slot| slot.dirty) {
            slot.dirty = false;
            *slot.used.get_mut() = checkpoints;
            let weight = slot.value.weight() + SLOT_BYTES;
            self.bytes = self.bytes - slot.bytes + weight;
            slot.bytes = weight;
        }
    }

    fn evict(&mut self, used_before: u64) {
        let before = self.slots.len();
        let (left, bytes) = (&mut self.left, &mut self.bytes);
        self.slots.retain(|key, slot| {
            let stays = slot.dirty || *slot.used.get_mut() >= used_before;
            if !stays {
                *bytes -= slot.bytes;
                if slot.changed > 0 {
                    left.insert(*key, slot.changed);
                }
            }
            stays
        });
        if self.slots.len() < before {
            self.complete = None;
        }
    }
}

/// Places in the list of leads that the next checkpoint will fill, or (`None`) clear.
pub type LeadChanges = BTreeMap<LeadKey, Option<Event>>;

/// One bot's rollups as the fold changes them. A table that cannot be read is reported in `failed`, after the fold.
pub struct Folding<'a> {
    pub hot: &'a mut HotBot,
    pub leads: &'a mut LeadChanges,
    pub traces: &'a mut Pending,
    /// Of the session that the event names.
    pub session: Option<Number>,
    pub tables: &'a LazyTables<'a>,
    /// The questions of earlier days are counted by their hashes; of a recount alone.
    pub words_lost_before: Option<Day>,
    /// Of earlier events no session sums up what experiments measure.
    pub measured_since: Seq,
    pub failed: Option<Error>,
}

impl Rollups for Folding<'_> {
    fn daily(&mut self, day: Day) -> &mut Daily {
        let (id, tables) = (self.hot.bot.id, self.tables);
        self.hot.daily.change(day, || read::rollup(&tables.get()?.daily, "daily", (id, day.0)), &mut self.failed)
    }

    fn questions(&mut self, day: Day) -> &mut Questions {
        let (id, tables) = (self.hot.bot.id, self.tables);
        self.hot.questions.change(
            day,
            || read::rollup(&tables.get()?.questions, "questions", (id, day.0)),
            &mut self.failed,
        )
    }

    fn has_lost_words(&self, day: Day) -> bool {
        self.words_lost_before.is_some_and(|before| day < before)
    }

    fn measures(&self, seq: Seq) -> bool {
        seq >= self.measured_since
    }

    fn performance_day(&mut self, day: Day) -> &mut PerformanceRollup {
        let (id, tables) = (self.hot.bot.id, self.tables);
        let load = || read::rollup(&tables.get()?.performance_daily, "performance_daily", (id, day.0));
        self.hot.performance_days.change(day, load, &mut self.failed)
    }

    fn performance_hour(&mut self, hour: Hour) -> &mut PerformanceRollup {
        let (id, tables) = (self.hot.bot.id, self.tables);
        let load = || read::rollup(&tables.get()?.performance_hourly, "performance_hourly", (id, hour.0));
        self.hot.performance_hours.change(hour, load, &mut self.failed)
    }

    fn list_lead(&mut self, at: Moment, event: Event) {
        self.leads.insert((self.hot.bot.id, at.0, at.1), Some(event));
    }

    fn unlist_lead(&mut self, at: Moment) {
        self.leads.insert((self.hot.bot.id, at.0, at.1), None);
    }

    fn leave_trace(&mut self, at: Moment, trace: Trace<'_>) {
        match self.session {
            Some(session) => self.traces.add(self.hot.bot.id, session, at.0, trace),
            None => {
                self.failed.get_or_insert(Error::corrupt("blocks", at.1, "an event that names no session"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for u64 {
        fn weight(&self) -> usize {
            *self as usize
        }
    }

    fn change(shelf: &mut Shelf<Day, u64>, day: i32) {
        let mut failed = None;
        *shelf.change(Day(day), || Ok(None), &mut failed) += 1;
    }

    #[test]
    fn a_shelf_knows_which_values_have_changed_also_after_they_have_left() {
        let mut shelf = Shelf::default();
        change(&mut shelf, 1);
        change(&mut shelf, 3);
        let changes = shelf.changes();
        assert!(shelf.is_as_before(Day(0), Day(9), changes));
        change(&mut shelf, 3);
        shelf.clean(1);
        for _ in 0..2 {
            assert!(shelf.is_as_before(Day(0), Day(2), changes));
            assert!(!shelf.is_as_before(Day(0), Day(3), changes));
            shelf.evict(u64::MAX);
            assert!(shelf.slots.is_empty());
        }
        shelf.put(Day(0), Day(9), &[(Day(3), Arc::new(2))], 2);
        assert!(!shelf.is_as_before(Day(3), Day(3), changes));
        assert!(shelf.is_as_before(Day(3), Day(3), shelf.changes()));
    }

    #[test]
    fn a_shelf_weighs_what_its_values_weigh() {
        let mut shelf = Shelf::default();
        let weighed = |shelf: &Shelf<Day, u64>| -> usize {
            shelf.slots.values().map(|slot| slot.value.weight() + SLOT_BYTES).sum()
        };
        for round in 0..20 {
            (0..round).for_each(|day| change(&mut shelf, day));
            shelf.put(Day(30), Day(35), &[(Day(30), Arc::new(7)), (Day(30 + round), Arc::new(9))], round as u64);
            shelf.clean(round as u64);
            assert_eq!(shelf.bytes, weighed(&shelf));
            shelf.evict(round as u64 / 2);
            assert_eq!(shelf.bytes, weighed(&shelf));
        }
        shelf.evict(u64::MAX);
        assert_eq!(shelf.bytes, 0);
    }
}
