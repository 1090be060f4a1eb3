//! Sessions and transcripts, from one snapshot of the file.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;

use super::hot::LeadChanges;
use super::names::{Names, name_hash};
use super::read::{self, session_index};
use super::tables::Tables;
use super::{RedbEngine, Writer};
use crate::engine::{Cursor, EngagementRecord, Transcript};
use crate::error::{Error, Result};
use crate::limits::{
    READERS_CHECKPOINT_SHARE, READERS_CHECKPOINT_WAIT_MS_MAX, ROWS_PER_GROUP, SEARCH_EVENTS_MAX, TIMELINE_EVENTS_MAX,
};
use crate::model::session::Said;
use crate::model::{ANONYMOUS, Bot, BotId, DayRange, Number, Seq, Session, day::rfc3339};

/// A snapshot in which tables and log agree: of the live engine right after a checkpoint, of a reader with what it has
/// folded since the last one.
pub(super) struct Snapshot<'a> {
    pub tables: Tables,
    /// A reader's own fold; none in the live engine.
    pub beyond: Option<MutexGuard<'a, Writer>>,
    /// Its leads alone, of a snapshot that keeps no one waiting.
    pub leads_beyond: Option<LeadChanges>,
    /// Of the sessions that the tables hold, and of the persons.
    names: Names,
    pub user_names: Names,
    /// Events before this are in the snapshot.
    pub end: Seq,
    /// The sessions that were read last, from the first number of their group on: lists go through neighbours.
    group: RefCell<(Number, Vec<Session>)>,
}

/// A session's place among the beginnings: its own, number, and lead and sentiments as bits.
type Start = (i64, Number, u8);

pub(super) const DAY_MS: i64 = 24 * 3_600_000;

impl RedbEngine {
    /// Also returns what `with` computes from memory at that very moment.
    pub(super) fn snapshot<T>(&self, with: impl FnOnce() -> Result<T>) -> Result<(Snapshot<'_>, T)> {
        self.snapshot_or(with, |engine, writer, with, _| engine.snapshot_and_beyond(writer, with))
    }

    /// For what takes as long as a client pleases: no one may wait for it.
    ///
    /// # Errors
    /// Also where the checkpoint cannot be written.
    pub(super) fn snapshot_at_rest(&self) -> Result<Snapshot<'_>> {
        Ok(self.snapshot_or(|| Ok(()), |_, _, _, error| Err(error))?.0)
    }

    /// The same of the log and of leads alone, which needs no checkpoint.
    pub(super) fn snapshot_of_log(&self) -> Result<Snapshot<'_>> {
        let mut writer = self.writer.lock();
        self.heal(&mut writer)?;
        let leads_beyond = Some(writer.leads.clone());
        Ok(Snapshot { leads_beyond, ..self.snapshot_of(&writer)? })
    }

    /// `failed` is called where the checkpoint cannot be written.
    fn snapshot_or<'a, T, W: FnOnce() -> Result<T>>(
        &'a self,
        with: W,
        failed: impl FnOnce(&'a Self, MutexGuard<'a, Writer>, W, Error) -> Result<(Snapshot<'a>, T)>,
    ) -> Result<(Snapshot<'a>, T)> {
        let mut writer = self.writer.lock();
        if self.db.is_reader() {
            return self.snapshot_and_beyond(writer, with);
        }
        self.heal(&mut writer)?;
        if writer.checkpoint < writer.next_seq {
            let wait = pause_after(writer.readers_checkpoint_took).saturating_sub(writer.checkpointed_at.elapsed());
            if !wait.is_zero() {
                // Many readers share one checkpoint, so that they cannot slow the writer down.
                drop(writer);
                std::thread::sleep(wait);
                writer = self.writer.lock();
                self.heal(&mut writer)?;
            }
            let began = Instant::now();
            if let Err(error) = self.write_back(&mut writer) {
                return failed(self, writer, with, error);
            }
            writer.readers_checkpoint_took = began.elapsed();
        }
        let snapshot = self.snapshot_of(&writer)?;
        let value = with()?;
        Ok((snapshot, value))
    }

    /// A snapshot at the writer's last checkpoint.
    pub(super) fn snapshot_of(&self, writer: &Writer) -> Result<Snapshot<'static>> {
        let (tables, end) = (self.db.tables()?, writer.next_seq);
        let (names, user_names) = (writer.session_names.clone(), writer.user_names.clone());
        Ok(Snapshot { tables, beyond: None, leads_beyond: None, names, user_names, end, group: RefCell::default() })
    }

    /// What the tables have, and what memory has beyond the last checkpoint: a disk that is full keeps no one from reading. The
    /// writer waits until it is dropped.
    fn snapshot_and_beyond<'a, T>(
        &'a self,
        writer: MutexGuard<'a, Writer>,
        with: impl FnOnce() -> Result<T>,
    ) -> Result<(Snapshot<'a>, T)> {
        let stored = self.snapshot_of(&writer)?;
        let value = with()?;
        Ok((Snapshot { beyond: Some(writer), ..stored }, value))
    }

    pub(super) fn transcript(&self, bot_name: &str, name: &str) -> Result<Option<Transcript>> {
        let bot = self.known_bot(bot_name)?;
        let (snapshot, ()) = self.snapshot(|| Ok(()))?;
        let Some((number, session)) = snapshot.sessions_named(bot.id, name)?.pop() else { return Ok(None) };
        let pending = snapshot.pending_seqs(number);
        let seqs = read::session_seqs(&snapshot.tables, number, &session.seqs, &pending)?;
        let truncated = session.interactions > TIMELINE_EVENTS_MAX as u64;
        let shown = &seqs[seqs.len().saturating_sub(TIMELINE_EVENTS_MAX)..];
        let mut timeline = read::events_at(&snapshot.tables, shown)?;
        timeline.sort_by_key(|(seq, event)| (event.timestamp_ms, *seq));
        timeline.iter_mut().for_each(|(_, event)| event.kind.hide_question());
        Ok(Some(Transcript { session: engagement_record(number, &session), timeline, truncated }))
    }
}

/// How long after a checkpoint readers may ask for the next, if the last they asked for took so long: what one costs is
/// known only from it.
fn pause_after(took: Duration) -> Duration {
    (took * (READERS_CHECKPOINT_SHARE - 1)).min(Duration::from_millis(READERS_CHECKPOINT_WAIT_MS_MAX))
}

impl Snapshot<'_> {
    pub fn session(&self, number: Number) -> Result<Session> {
        match self.beyond.as_ref().and_then(|writer| writer.sessions.changed(number)) {
            Some(session) => Ok(session.clone()),
            None => self.stored_session(number),
        }
    }

    fn stored_session(&self, number: Number) -> Result<Session> {
        let mut group = self.group.borrow_mut();
        let first = number - number % ROWS_PER_GROUP;
        if group.0 != first || group.1.is_empty() {
            *group = (first, read::session_group(&self.tables, number)?);
        }
        let session = group.1.get((number - first) as usize).cloned();
        session.ok_or_else(|| Error::corrupt("sessions", number, "there is an index entry but no row"))
    }

    /// Those of the name, in the order in which they began to be told of: all but the last have ended.
    pub(super) fn sessions_named(&self, bot: BotId, name: &str) -> Result<Vec<(Number, Session)>> {
        let mut named = Vec::new();
        for number in self.numbers_of(bot, name)? {
            let session = self.session(number)?;
            if session.bot == bot && *session.name == *name && !session.is_gone() {
                named.push((number, session));
            }
        }
        Ok(named)
    }

    /// The number of the session of that name to which an event at `seq` belongs.
    pub fn number_of(&self, bot: BotId, name: &str, seq: Seq) -> Result<Option<Number>> {
        if let [number] = self.numbers_of(bot, name)?[..] {
            return Ok(Some(number));
        }
        let mut found = None;
        for (number, session) in self.sessions_named(bot, name)? {
            if found.is_none() || self.first_seq(number, &session)? <= seq {
                found = Some(number);
            }
        }
        Ok(found)
    }

    /// Where the first event of a session stands, or stood, in the log.
    fn first_seq(&self, number: Number, session: &Session) -> Result<Seq> {
        if let Some(first) = self.tables.session_events.range((number, 0)..=(number, Seq::MAX))?.next() {
            return Ok(first?.0.value().1);
        }
        let pending = self.pending_seqs(number).into_iter().flatten().next();
        let first = pending.or_else(|| session.seqs.first().copied());
        first.ok_or_else(|| Error::corrupt("sessions", number, "it has no event"))
    }

    /// The numbers of all sessions that may have the name, in order.
    fn numbers_of(&self, bot: BotId, name: &str) -> Result<Vec<Number>> {
        let mut numbers = self.names.numbers(name_hash(bot, name), &self.tables)?;
        numbers.extend(self.beyond.as_ref().and_then(|writer| writer.sessions.number(bot, name)));
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn pending_seqs(&self, number: Number) -> Vec<Vec<Seq>> {
        let spilled = self.beyond.iter().flat_map(|writer| &writer.spilled);
        spilled.filter(|(key, _)| key.0 == number).map(|(_, seqs)| seqs.clone()).collect()
    }

    /// The sessions that began in the range, newest first; from `after` on where that is given.
    pub fn starts(
        &self,
        bot: &Bot,
        range: DayRange,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Iterator<Item = Result<Start>> + '_>> {
        let (from_ms, to_ms) = around_ms(range);
        let id = bot.id;
        let end = after.map_or((id, to_ms, Number::MAX), |cursor| (id, cursor.at_ms, cursor.number));
        let stored = self.tables.session_starts.range((id, from_ms, 0)..end)?.rev();
        let zone = bot.zone;
        let stored = stored.map(|entry| {
            let (key, bits) = entry?;
            let (_, first_ms, number) = key.value();
            Ok((first_ms, number, bits.value()))
        });
        let in_range =
            move |start: &Result<Start>| start.as_ref().map_or(true, |start| range.contains(zone.day(start.0)));
        let Some(writer) = &self.beyond else { return Ok(Box::new(stored.filter(in_range))) };
        let unchanged = stored
            .filter(|start| start.as_ref().map_or(true, |(_, number, _)| writer.sessions.changed(*number).is_none()));
        let changed = writer.sessions.changed_rows().filter(|cached| cached.row.bot == id).map(|cached| {
            let (first_ms, bits) = session_index(&cached.row);
            (first_ms, cached.number, bits)
        });
        let changed = changed.filter(|(first_ms, number, _)| (id, *first_ms, *number) < end);
        let mut starts: Vec<Start> = unchanged.collect::<Result<_>>()?;
        starts.extend(changed);
        starts.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Box::new(starts.into_iter().map(Ok).filter(in_range)))
    }

    pub fn numbers_begun(&self, bot: &Bot, range: DayRange) -> Result<Vec<Number>> {
        self.starts(bot, range, None)?.map(|start| Ok(start?.1)).collect()
    }

    /// Of the sessions given, and maybe others, those of which a message, a reply, the name or the user's name holds the text.
    pub fn search(&self, bot: &Bot, among: &[Number], text: &str) -> Result<HashSet<Number>> {
        let text = text.to_lowercase();
        let holds = |value: &str| value.to_lowercase().contains(&text);
        let mut found = HashSet::new();
        let (mut from_ms, mut to_ms) = (i64::MAX, i64::MIN);
        for number in among {
            let session = self.session(*number)?;
            from_ms = from_ms.min(session.first_ms);
            to_ms = to_ms.max(session.last_ms);
            if holds(&session.name) || session.user.as_ref().is_some_and(|user| holds(&user.value)) {
                found.insert(*number);
            }
        }
        let mut events_read = 0;
        read::scan_log(&self.tables, 0, Some((from_ms, to_ms)), |stretch| {
            let events = || stretch.events.iter().filter(|(_, event)| *event.bot == *bot.name);
            events_read += events().count() as u64;
            if events_read > SEARCH_EVENTS_MAX {
                return Err(Error::Invalid(format!(
                    "q: the range holds more than {SEARCH_EVENTS_MAX} events to search; choose a shorter one"
                )));
            }
            for (seq, event) in events() {
                let (Some(message), Some(name)) = (event.kind.message(), &event.session_id) else { continue };
                let texts = [&message.user_message, &message.bot_response];
                if texts.into_iter().flatten().any(|value| holds(value))
                    && let Some(number) = self.number_of(bot.id, name, *seq)?
                {
                    found.insert(number);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }
}

pub(super) fn value(said: &Option<Said>) -> Option<&str> {
    said.as_ref().map(|said| &*said.value)
}

/// Milliseconds that surely hold the days of the range, whatever the zone.
pub(super) fn around_ms(range: DayRange) -> (i64, i64) {
    ((i64::from(range.first.0) - 1) * DAY_MS, (i64::from(range.last.0) + 2) * DAY_MS)
}

pub(super) fn engagement_record(number: Number, session: &Session) -> EngagementRecord {
    let text = |said| value(said).map(str::to_owned);
    EngagementRecord {
        id: format!("nh-{number}"),
        session_id: session.name.to_string(),
        user_id: text(&session.user).unwrap_or_else(|| ANONYMOUS.to_owned()),
        first_interaction: rfc3339(session.first_ms),
        last_interaction: rfc3339(session.last_ms),
        total_messages: session.messages,
        session_duration_seconds: session.duration_ms() as f64 / 1_000.0,
        pages_visited: session.pages.iter().map(|visit| visit.value.to_string()).collect(),
        conversion_event: text(&session.conversion),
        device_type: text(&session.device),
        browser: text(&session.browser),
        referrer: text(&session.referrer),
        lead: session.has_lead(),
        interactions: session.interactions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_take_a_fifth_of_the_writers_time_and_wait_a_fifth_of_a_second_at_most() {
        let ms = Duration::from_millis;
        assert_eq!([0, 2, 50, 5_000].map(|took| pause_after(ms(took))), [0, 8, 200, 200].map(ms));
    }
}
