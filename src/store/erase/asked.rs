//! What was asked. A question stays where someone else asked the same, who is still there; otherwise a random number stands
//! in its place, in the events, among the traces and in what is counted of a day. One takes the place of the other
//! everywhere, so that every count is what it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::chunk::{Chunk, Growing, HOUR_MS, Row};
use super::super::codec::decode;
use super::super::digests::{Behind, Differences, Of, trace_hash};
use super::super::sessions::Snapshot;
use super::super::tables::*;
use crate::error::Result;
use crate::model::erased::{Seed, is_pseudonym};
use crate::model::{BotId, Day, Number, Session};
use crate::rollup::trace::QUESTION_HASH_BITS;
use crate::rollup::{Questions, Trace};

/// What becomes of the questions that were asked in what is erased.
#[derive(Default)]
pub struct Questioned {
    /// Those that no one else asked, and what is in their place.
    pub replaced: HashMap<u64, u64>,
    /// Sessions that were erased before, in which the same was asked.
    pub echoes: BTreeMap<Number, Session>,
    /// Days on which these were asked.
    days: BTreeSet<Day>,
    /// Chunks with traces of what is erased.
    chunks: BTreeSet<TraceKey>,
}

/// Chunks as they are to be; `None` where nothing is left.
pub type NewChunks = Vec<(TraceKey, Option<Vec<u8>>)>;
/// What was asked on a day, as it is to be.
pub type NewQuestions = BTreeMap<Day, Questions>;

impl Questioned {
    pub fn of(
        snapshot: &Snapshot<'_>,
        id: BotId,
        bot: &Behind,
        sessions: &BTreeMap<Number, Session>,
        seed: &Seed,
    ) -> Result<Self> {
        let mut questioned = Self::default();
        let mut asked = HashSet::new();
        let first_ms = sessions.values().map(|session| session.first_ms).min().unwrap_or_default();
        let last_ms = sessions.values().map(|session| session.last_ms).max().unwrap_or_default();
        let hours = (id, first_ms.div_euclid(HOUR_MS), 0)..=(id, last_ms.div_euclid(HOUR_MS), u64::MAX);
        for entry in snapshot.tables.traces.range(hours)? {
            let (key, bytes) = entry?;
            for row in
                Chunk::decode(bytes.value(), key.value())?.rows().filter(|row| sessions.contains_key(&row.session))
            {
                questioned.chunks.insert(key.value());
                asked.extend(question_of(&row));
            }
        }
        if !asked.is_empty() {
            questioned.find_others(snapshot, id, bot, sessions, asked, seed)?;
        }
        Ok(questioned)
    }

    /// Looks through everything that was asked for who else asked the same.
    fn find_others(
        &mut self,
        snapshot: &Snapshot<'_>,
        id: BotId,
        bot: &Behind,
        sessions: &BTreeMap<Number, Session>,
        mut alone: HashSet<u64>,
        seed: &Seed,
    ) -> Result<()> {
        let mut echoes = HashMap::<u64, BTreeMap<Number, Session>>::new();
        let mut places = HashMap::<u64, (BTreeSet<Day>, BTreeSet<TraceKey>)>::new();
        for entry in snapshot.tables.traces.range((id, i64::MIN, 0)..=(id, i64::MAX, u64::MAX))? {
            let (key, bytes) = entry?;
            let key = key.value();
            let chunk = Chunk::decode(bytes.value(), key)?;
            for row in chunk.rows() {
                let Some(question) = question_of(&row).filter(|question| alone.contains(question)) else { continue };
                let (days, chunks) = places.entry(question).or_default();
                days.insert(bot.zone.day(key.1 * HOUR_MS + row.offset_ms as i64));
                chunks.insert(key);
                let known = echoes.entry(question).or_default();
                if sessions.contains_key(&row.session) || known.contains_key(&row.session) {
                    continue;
                }
                let session = snapshot.session(row.session)?;
                if is_pseudonym(&session.name) {
                    known.insert(row.session, session);
                } else {
                    alone.remove(&question);
                }
            }
        }
        for question in alone {
            self.replaced.insert(question, seed.question(question, QUESTION_HASH_BITS));
            self.echoes.extend(echoes.remove(&question).unwrap_or_default());
            let (days, chunks) = places.remove(&question).unwrap_or_default();
            self.days.extend(days);
            self.chunks.extend(chunks);
        }
        Ok(())
    }

    /// Traces as they are to be.
    pub fn traces(
        &self,
        tables: &Tables,
        bot: &Behind,
        purged: impl Fn(Number) -> bool,
        differences: &mut Differences,
    ) -> Result<NewChunks> {
        let mut changed = Vec::new();
        for key in &self.chunks {
            let Some(bytes) = tables.traces.get(key)? else { continue };
            let chunk = Chunk::decode(bytes.value(), *key)?;
            let (mut left, mut is_other) = (Growing::default(), false);
            for row in chunk.rows().filter(|row| !purged(row.session)) {
                let now = Row { trace: self.trace(row.trace), ..row };
                is_other |= now != row;
                let at_ms = key.1 * HOUR_MS + row.offset_ms as i64;
                if now != row && bot.is_counted(at_ms) {
                    let hash = |row: Row<'_>| trace_hash(at_ms, row.session, row.trace);
                    differences.add(Of::Traces, key.0, bot.zone.day(at_ms).0.into(), hash(row), hash(now));
                }
                left.push(now);
            }
            if is_other || left.chunk.len() < chunk.len() {
                changed.push((*key, (left.chunk.len() > 0).then(|| left.chunk.encode())));
            }
        }
        Ok(changed)
    }

    fn trace<'a>(&self, trace: Trace<'a>) -> Trace<'a> {
        match trace {
            Trace::Exchange { intent, success, sentiment, question } => {
                let new = |question: u64| self.replaced.get(&question).copied().unwrap_or(question);
                Trace::Exchange { intent, success, sentiment, question: question.map(new) }
            }
            Trace::Visit { .. } | Trace::Conversion { .. } => trace,
        }
    }

    /// What was asked on days of which any question is replaced.
    pub fn days(&self, tables: &Tables, id: BotId, bot: &Behind) -> Result<NewQuestions> {
        let mut changed = NewQuestions::new();
        if self.replaced.is_empty() {
            return Ok(changed);
        }
        for entry in tables.questions.range((id, i32::MIN)..=(id, i32::MAX))? {
            let (key, bytes) = entry?;
            let day = Day(key.value().1);
            // What led to earlier days has gone: what was asked on them is looked through.
            if !self.days.contains(&day) && day >= bot.horizons.sessions {
                continue;
            }
            let before: Questions = decode(bytes.value(), "questions", key.value())?;
            changed.extend(before.replaced(&self.replaced).map(|now| (day, now)));
        }
        Ok(changed)
    }
}

fn question_of(row: &Row<'_>) -> Option<u64> {
    match row.trace {
        Trace::Exchange { question, .. } => question,
        Trace::Visit { .. } | Trace::Conversion { .. } => None,
    }
}
