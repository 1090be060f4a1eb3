//! What becomes of events, and of the blocks they stand in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::super::log::{Block, Rewritten};
use super::super::read::{self, ALL_GONE};
use super::super::tables::Tables;
use super::asked::Questioned;
use crate::engine::{Erasure, Whom};
use crate::error::{Error, Result};
use crate::limits::ERASED_BLOCKS_MAX;
use crate::model::erased::{Erasing, Left};
use crate::model::{Day, Event, Kind, Message, Number, Seq, Session, Zone};
use crate::rollup::questions::{Asked, asked};

/// Why an event changes.
#[derive(Clone, Copy)]
pub enum Touched {
    /// It is one of what is erased.
    Session(Number),
    /// It asks what was asked there, in a session that was erased before.
    Echo,
    /// It has no session, and names the person.
    Alone,
}

/// What changes, event by event.
pub struct Changes {
    pub purge: bool,
    /// The person's name, and the one in its place.
    pub user: Option<(Box<str>, Box<str>)>,
    /// Of sessions that are erased the names in the place of theirs.
    pub sessions: BTreeMap<Number, Box<str>>,
    /// Hashes of questions that go, and what is in their place.
    pub questions: HashMap<u64, u64>,
    pub touched: BTreeMap<Seq, Touched>,
}

impl Changes {
    pub fn of(
        tables: &Tables,
        erasure: &Erasure<'_>,
        sessions: &BTreeMap<Number, Session>,
        questioned: &Questioned,
        alone: &BTreeSet<Seq>,
    ) -> Result<Self> {
        let seed = &erasure.seed;
        let mut touched: BTreeMap<Seq, Touched> = alone.iter().map(|seq| (*seq, Touched::Alone)).collect();
        let mut touch = |number: Number, session: &Session, why: Touched| -> Result<()> {
            touched.extend(read::all_seqs(tables, number, session)?.into_iter().map(|seq| (seq, why)));
            Ok(())
        };
        for (number, session) in sessions {
            touch(*number, session, Touched::Session(*number))?;
        }
        for (number, session) in &questioned.echoes {
            touch(*number, session, Touched::Echo)?;
        }
        let user = match erasure.whom {
            Whom::User(name) => Some((name.into(), seed.pseudonym("user", 0))),
            Whom::Session(_) => None,
        };
        Ok(Self {
            purge: erasure.purge,
            user,
            sessions: sessions.keys().map(|number| (*number, seed.pseudonym("session", *number))).collect(),
            questions: questioned.replaced.clone(),
            touched,
        })
    }

    /// Where the first event of what is erased stands.
    pub fn first(&self) -> Option<Seq> {
        let mut own = self.touched.iter().filter(|(_, touched)| !matches!(touched, Touched::Echo));
        own.next().map(|(seq, _)| *seq)
    }

    pub fn erasing<'a>(&'a self, session: &'a str) -> Erasing<'a> {
        Erasing { session, user: self.user.as_ref().map(|(old, new)| (&**old, &**new)) }
    }

    /// An event as it is to be; `None` where it goes.
    pub fn event(&self, seq: Seq, mut event: Event) -> Option<Event> {
        match self.touched.get(&seq) {
            None => {}
            Some(Touched::Session(_)) if self.purge => return None,
            // Of a metric no one is counted.
            Some(Touched::Alone) if self.purge && !matches!(event.kind, Kind::Performance(_)) => return None,
            Some(Touched::Session(number)) => {
                self.erasing(&self.sessions[number]).event(&mut event, |message| self.left(message));
            }
            Some(Touched::Echo) => {
                if let Some(name) = event.session_id.clone() {
                    self.erasing(&name).event(&mut event, |message| self.left(message));
                }
            }
            Some(Touched::Alone) => self.erasing("").alone(&mut event),
        }
        Some(event)
    }

    /// What is left of a message's question.
    fn left(&self, message: &Message) -> Left {
        let Some(question) = asked(message) else { return Left::Nothing };
        let hash = question.hash();
        match (self.questions.get(&hash), question) {
            (Some(new), _) => Left::Hash(*new),
            (None, Asked::Words(words)) => Left::Words(words.into(), hash),
            (None, Asked::Hash(hash)) => Left::Hash(hash),
        }
    }

    /// Every block that changes, as it is to be, and what was in them.
    ///
    /// # Errors
    /// `Conflict` where there are more than one erasure may change.
    pub fn blocks(&self, tables: &Tables, bot: &str, zone: Zone) -> Result<(Vec<Rewritten>, Seen)> {
        let blocks = self.blocks_touched(tables)?;
        if blocks.len() > ERASED_BLOCKS_MAX {
            return Err(Error::Conflict(format!(
                "what is to be erased lies in {} blocks of the log, and at most {ERASED_BLOCKS_MAX} can change together: erase \
                 sessions of it one by one first",
                blocks.len()
            )));
        }
        let rewritten = blocks.into_par_iter().map(|(first, count)| {
            let mut seen = Seen::default();
            let mut events = read::block(tables, first)?.all()?;
            for (seq, place) in (first..).zip(&mut events) {
                if let Some(touched) = self.touched.get(&seq)
                    && let Some(event) = place.take()
                {
                    if *event.bot != *bot {
                        return Err(Error::corrupt("blocks", seq, "an event of another bot than its session"));
                    }
                    seen.add(*touched, &event, zone);
                    *place = self.event(seq, event);
                }
            }
            Ok((Rewritten { first, count, block: Block::kept(first, &events) }, seen))
        });
        let (mut all, mut seen) = (Vec::new(), Seen::default());
        for changed in rewritten.collect::<Vec<Result<_>>>() {
            let (block, of_block) = changed?;
            all.push(block);
            seen.join(of_block);
        }
        Ok((all, seen))
    }

    /// First places and lengths of the blocks in which something changes.
    fn blocks_touched(&self, tables: &Tables) -> Result<Vec<(Seq, u32)>> {
        let mut blocks = Vec::new();
        let mut from = 0;
        while let Some((seq, _)) = self.touched.range(from..).next() {
            let entry = tables.log_index.range(..=*seq)?.next_back().transpose()?;
            let (first, info) = entry.ok_or_else(|| Error::corrupt("log_index", seq, "no block holds this event"))?;
            let (first, (count, first_ms, last_ms)) = (first.value(), info.value());
            from = first + u64::from(count);
            if *seq >= from {
                return Err(Error::corrupt("log_index", seq, "no block holds this event"));
            }
            if (first_ms, last_ms) != ALL_GONE {
                blocks.push((first, count));
            }
        }
        Ok(blocks)
    }
}

/// What was in the events of what is erased.
#[derive(Default)]
pub struct Seen {
    pub events: u64,
    pub exchanges: u64,
    pub metrics: u64,
    /// On which of these something happened.
    pub days: BTreeSet<Day>,
    /// Who is named by exchanges, and on which days; and who was shown something.
    pub users: BTreeMap<Box<str>, BTreeSet<Day>>,
}

impl Seen {
    fn add(&mut self, touched: Touched, event: &Event, zone: Zone) {
        match touched {
            Touched::Alone if matches!(event.kind, Kind::Performance(_)) => self.metrics += 1,
            Touched::Alone => {
                self.events += 1;
                self.days.insert(zone.day(event.timestamp_ms));
                event.person().map(|user| self.users.entry(user.into()).or_default());
            }
            Touched::Session(_) => {
                let day = zone.day(event.timestamp_ms);
                self.events += 1;
                self.days.insert(day);
                let days = event.person().map(|user| self.users.entry(user.into()).or_default());
                if event.kind.message().is_some() {
                    self.exchanges += 1;
                    days.map(|days| days.insert(day));
                }
            }
            Touched::Echo => {}
        }
    }

    fn join(&mut self, other: Self) {
        let Self { events, exchanges, metrics, days, users } = other;
        self.events += events;
        self.exchanges += exchanges;
        self.metrics += metrics;
        self.days.extend(days);
        for (user, days) in users {
            self.users.entry(user).or_default().extend(days);
        }
    }
}
