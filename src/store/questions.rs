//! The engine's face: every question, answered from rollups in memory or, where they are not, from their tables.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use redb::{Key, ReadableTable};
use serde::de::DeserializeOwned;

use super::RedbEngine;
use super::append::ImportMark;
use super::codec::decode;
use super::extent::moment_at;
use super::hot::{HotBot, Shelf, Weigh};
use super::tables::{Bytes, META, Tables, meta};
use crate::engine::*;
use crate::error::{Error, Result};
use crate::model::{Bot, BotId, Day, DayRange, Horizons, Hour, Seq, Unit};
use crate::query;
use crate::query::answer::*;
use crate::rollup::{self, Daily, PerformanceRollup};

type ByDay<T> = Vec<(Day, Arc<T>)>;

impl RedbEngine {
    pub(super) fn known_bot(&self, name: &str) -> Result<Bot> {
        self.hot.bot(name)
    }

    /// How far a bot has let go of what it was told.
    pub(super) fn horizons_of(&self, bot: BotId) -> Horizons {
        self.hot.read().bots[bot as usize].horizons
    }

    pub(super) fn day_range(&self, bot: &Bot, window: Window) -> DayRange {
        match window {
            Window::Days(days) => DayRange::ending(bot.zone.day(self.options.clock.now_ms()), days),
            Window::Between(range) => range,
        }
    }

    pub(super) fn days(&self, bot: &Bot, range: DayRange) -> Result<ByDay<Daily>> {
        let (first, last) = ((bot.id, range.first.0), (bot.id, range.last.0));
        self.collect(
            bot,
            range.first,
            range.last,
            |hot| &hot.daily,
            |hot| &mut hot.daily,
            |tables| stored(&tables.daily, "daily", first, last, |key| Day(key.1)),
        )
    }

    pub(super) fn asked(&self, bot: &Bot, range: DayRange) -> Result<ByDay<rollup::Questions>> {
        let (first, last) = ((bot.id, range.first.0), (bot.id, range.last.0));
        self.collect(
            bot,
            range.first,
            range.last,
            |hot| &hot.questions,
            |hot| &mut hot.questions,
            |tables| stored(&tables.questions, "questions", first, last, |key| Day(key.1)),
        )
    }

    fn performance_days(&self, bot: &Bot, range: DayRange) -> Result<ByDay<PerformanceRollup>> {
        let (first, last) = ((bot.id, range.first.0), (bot.id, range.last.0));
        self.collect(
            bot,
            range.first,
            range.last,
            |hot| &hot.performance_days,
            |hot| &mut hot.performance_days,
            |tables| stored(&tables.performance_daily, "performance_daily", first, last, |key| Day(key.1)),
        )
    }

    pub(super) fn performance_hours(
        &self,
        bot: &Bot,
        from: Hour,
        to: Hour,
    ) -> Result<Vec<(Hour, Arc<PerformanceRollup>)>> {
        let (first, last) = ((bot.id, from.0), (bot.id, to.0));
        self.collect(
            bot,
            from,
            to,
            |hot| &hot.performance_hours,
            |hot| &mut hot.performance_hours,
            |tables| stored(&tables.performance_hourly, "performance_hourly", first, last, |key| Hour(key.1)),
        )
    }

    /// The rollups between two keys: from memory, and from the table what memory has not.
    fn collect<K: Copy + Ord, T: Clone + Default + Weigh>(
        &self,
        bot: &Bot,
        first: K,
        last: K,
        shelf: impl Fn(&HotBot) -> &Shelf<K, T>,
        shelf_mut: impl Fn(&mut HotBot) -> &mut Shelf<K, T>,
        load: impl FnOnce(&Tables) -> Result<Vec<(K, Arc<T>)>>,
    ) -> Result<Vec<(K, Arc<T>)>> {
        let (found, tables, checkpoints) = {
            let hot = self.hot.read();
            hot.whole()?;
            let (found, complete) = shelf(&hot.bots[bot.id as usize]).collect(first, last, hot.checkpoints);
            if complete {
                return Ok(found);
            }
            // The snapshot is taken under the lock: what memory has is then at least as new as what the table has.
            (found, self.db.tables()?, hot.checkpoints)
        };
        let stored = load(&tables)?;
        let mut hot = self.hot.write();
        // After a checkpoint the snapshot may be older than what has left memory since.
        if hot.checkpoints == checkpoints {
            shelf_mut(hot.bots.filled_up(bot.id as usize)).put(first, last, &stored, checkpoints);
        }
        drop(hot);
        Ok(overlay(stored, found))
    }

    fn hours_of(&self, bot: &Bot, to: Hour, hours: u32) -> Result<Vec<Arc<PerformanceRollup>>> {
        let from = to.plus(1 - i64::from(hours));
        let (first_day, last_day) = (bot.zone.day(from.start_ms()), bot.zone.day(to.start_ms()));
        if last_day.0 - first_day.0 < 2 {
            return Ok(values(self.performance_hours(bot, from, to)?));
        }
        // Whole days in between come as days; only the ragged ends are read by the hour.
        let in_day = |hours: Vec<(Hour, Arc<PerformanceRollup>)>, day: Day| {
            hours.into_iter().filter(move |(hour, _)| bot.zone.day(hour.start_ms()) == day)
        };
        let head = self.performance_hours(bot, from, from.plus(26).min(to))?;
        let days = self.performance_days(bot, DayRange::new(first_day.plus(1), last_day.plus(-1)))?;
        let tail = self.performance_hours(bot, to.plus(-26).max(from), to)?;
        let mut rollups: Vec<_> = in_day(head, first_day).map(|(_, rollup)| rollup).collect();
        rollups.extend(values(days));
        rollups.extend(in_day(tail, last_day).map(|(_, rollup)| rollup));
        Ok(rollups)
    }

    /// Rows of an imported file that are in already.
    pub fn imported(&self, content_hash: &[u8; 32]) -> Result<u64> {
        let tables = self.db.tables()?;
        Ok(tables.imports.get(content_hash)?.map_or(0, |rows| rows.value()))
    }

    /// Stores events of a file, and how many of its rows are in with them, in one commit.
    pub fn append_import(&self, batch: Batch, content_hash: &[u8; 32], rows_done: u64) -> Result<Receipt> {
        let mark = ImportMark { hash: *content_hash, rows: rows_done, merging: None };
        Ok(self.append_group(vec![batch], Some(&mark))?.remove(0))
    }
}

fn values<K, T>(rollups: Vec<(K, Arc<T>)>) -> Vec<Arc<T>> {
    rollups.into_iter().map(|(_, rollup)| rollup).collect()
}

/// Stored values, those in memory in their place; both in order.
fn overlay<K: Copy + Ord, T>(stored: Vec<(K, Arc<T>)>, found: Vec<(K, Arc<T>)>) -> Vec<(K, Arc<T>)> {
    let mut merged = std::collections::BTreeMap::from_iter(stored);
    merged.extend(found);
    merged.into_iter().collect()
}

fn stored<'a, KT, K, T>(
    table: &impl ReadableTable<KT, Bytes>,
    name: &'static str,
    first: KT::SelfType<'a>,
    last: KT::SelfType<'a>,
    key: impl Fn(KT::SelfType<'_>) -> K,
) -> Result<Vec<(K, Arc<T>)>>
where
    KT: Key + 'static,
    KT::SelfType<'a>: std::borrow::Borrow<KT::SelfType<'a>>,
    K: Copy + std::fmt::Debug,
    T: DeserializeOwned,
{
    let mut found = Vec::new();
    for entry in table.range(first..=last)? {
        let (stored_key, bytes) = entry?;
        let key = key(stored_key.value());
        found.push((key, Arc::new(decode(bytes.value(), name, key)?)));
    }
    Ok(found)
}

impl Engine for RedbEngine {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        // redb trusts what it reads; over a damaged page it may panic, and the writer would be gone.
        catch_unwind(AssertUnwindSafe(|| self.append_group(batches, None))).unwrap_or_else(|_| {
            let mut writer = self.writer.lock();
            (writer.broken, writer.suspect) = (true, true);
            self.hot.write().is_whole = false;
            Err(Error::Storage("it panicked over a damaged page: run `novahouse check`".into()))
        })
    }

    fn bots(&self) -> Result<Vec<Bot>> {
        Ok(self.hot.bots())
    }

    fn bot(&self, name: &str) -> Result<Bot> {
        self.known_bot(name)
    }

    fn today(&self, bot: &str) -> Result<Day> {
        Ok(self.known_bot(bot)?.zone.day(self.options.clock.now_ms()))
    }

    fn state(&self, bot: &str) -> Result<State> {
        let now_ms = self.options.clock.now_ms();
        self.hot.version(bot, |bot, version| State::at(version, bot.zone, now_ms))
    }

    fn horizons(&self, bot: &str) -> Result<Horizons> {
        Ok(self.horizons_of(self.known_bot(bot)?.id))
    }

    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        let bot = self.known_bot(bot)?;
        let range = self.day_range(&bot, window);
        let before = range.previous();
        // Both windows in one look, so that they are of one moment.
        let days = self.days(&bot, DayRange::new(before.first, range.last))?;
        let (previous, current) = days.split_at(days.partition_point(|(day, _)| *day < range.first));
        Ok(Overview {
            period_days: range.len(),
            overview: query::overview::figures(range, current, self.options.price),
            previous: query::overview::figures(before, previous, self.options.price),
        })
    }

    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        let bot = self.known_bot(bot)?;
        let range = self.day_range(&bot, window);
        Ok(query::conversations::conversations(range, &self.days(&bot, range)?))
    }

    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer> {
        let bot = self.known_bot(bot)?;
        Ok(query::engagement::engagement(&self.days(&bot, self.day_range(&bot, window))?))
    }

    fn intents(&self, bot: &str, window: Window) -> Result<Intents> {
        let bot = self.known_bot(bot)?;
        Ok(query::intents::intents(&self.days(&bot, self.day_range(&bot, window))?))
    }

    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer> {
        let bot = self.known_bot(bot)?;
        let (hours, rollups) = match window {
            HourWindow::Hours(hours) => {
                (hours, self.hours_of(&bot, bot.zone.hour(self.options.clock.now_ms()), hours)?)
            }
            HourWindow::Until { last, hours } => (hours, self.hours_of(&bot, last, hours)?),
            HourWindow::Between(range) => (range.len() * 24, values(self.performance_days(&bot, range)?)),
        };
        Ok(query::performance::performance(hours, &rollups))
    }

    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        let bot = self.known_bot(bot)?;
        let range = self.day_range(&bot, window);
        Ok(query::leads::leads(range, &self.days(&bot, range)?))
    }

    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>> {
        let bot = self.known_bot(bot)?;
        let range = self.day_range(&bot, window);
        Ok(query::daily::daily(range, &self.days(&bot, range)?, self.options.price))
    }

    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        let bot = self.known_bot(bot)?;
        let range = self.day_range(&bot, window);
        self.questions_asked(&bot, range, limit)
    }

    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        self.steps_passed(&self.known_bot(bot)?, window, funnel)
    }

    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        self.paths_taken(&self.known_bot(bot)?, window, shape)
    }

    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        self.cohorts_come(&self.known_bot(bot)?, window, by)
    }

    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        self.hours_of_week(&self.known_bot(bot)?, window, metric)
    }

    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        self.trial_counted(&self.known_bot(bot)?, trial)
    }

    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        self.variants_counted(&self.known_bot(bot)?, window, trial)
    }

    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        RedbEngine::variant_shown(self, &self.known_bot(bot)?, unit, id, experiment)
    }

    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.list_sessions(bot, filter)
    }

    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.transcript(bot, session_id)
    }

    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.export_records(bot, what, window, sink)
    }

    fn held(&self, bot: &str, user: &str, sink: &mut HeldSink<'_>) -> Result<()> {
        self.held_of(&self.known_bot(bot)?, user, sink)
    }

    fn erase(&self, erasure: &Erasure<'_>, receipt: &MakeReceipt<'_>) -> Result<Vec<Box<str>>> {
        self.erase_one(erasure, receipt)
    }

    fn moment_at(&self, seq: Seq) -> Result<Option<i64>> {
        moment_at(&self.db.tables()?, Some(seq))
    }

    fn erasures(&self) -> Result<Vec<Vec<u8>>> {
        self.receipts()
    }

    fn retain(&self, keep: &KeepOf<'_>, stopped: &dyn Fn() -> bool) -> Result<Retained> {
        self.let_go_and_give_back(keep, stopped)
    }

    fn has_room_to_give_back(&self) -> Result<bool> {
        self.pays_to_give_back()
    }

    fn would_go(&self, keep: &KeepOf<'_>, stopped: &dyn Fn() -> bool) -> Result<Vec<Gone>> {
        self.foresee(keep, stopped)
    }

    fn vitals(&self) -> Vitals {
        self.watch.read()
    }

    fn probe(&self) -> Result<()> {
        let tables = self.db.tables()?;
        match tables.meta.get(meta::LAYOUT)? {
            Some(_) => Ok(()),
            None => Err(Error::corrupt("meta", META.to_string(), "the layout is missing")),
        }
    }
}
