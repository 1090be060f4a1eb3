//! `conversations` and `chat_analytics`: one exchange where a row of each is of the same session and at most five seconds
//! apart. Each conversation, in order of time, is completed by the nearest row of the analytics that is still free.

use std::collections::VecDeque;

use super::record::Record;
use super::{CONVERSATIONS, row_of};
use crate::error::Result;
use crate::model::wire::Context;
use crate::transfer::import::{Outcome, Row};

/// How far apart the two may be, ms.
const SAME_EXCHANGE_MS: i64 = 5_000;
/// Rows held back. More within so few seconds of one session, which no visitor types, are decided without those to come.
const HELD_MAX: usize = 4_096;

/// What takes the rows.
type Take<'a> = dyn FnMut(Row) -> Result<()> + 'a;

pub struct Exchanges<'a> {
    context: &'a Context,
    session: Option<String>,
    /// Rows of the session in order of time, that those to come may still be paired with.
    held: VecDeque<Held>,
}

struct Held {
    time_ms: i64,
    record: Record,
}

impl Held {
    fn is_conversation(&self) -> bool {
        self.record.table == CONVERSATIONS
    }
}

impl<'a> Exchanges<'a> {
    pub fn new(context: &'a Context) -> Self {
        Self { context, session: None, held: VecDeque::new() }
    }

    /// Says how far the reading has come: what can have no partner any more is decided.
    pub fn reach(&mut self, session: Option<&str>, time_ms: Option<i64>, take: &mut Take<'_>) -> Result<()> {
        if self.session.as_deref() != session {
            self.end(take)?;
            self.session = session.map(str::to_owned);
        }
        match time_ms {
            Some(time_ms) => self.decide_before(time_ms.saturating_sub(SAME_EXCHANGE_MS), take),
            None => Ok(()),
        }
    }

    /// Takes up a row of either table at the place that was reached.
    pub fn hold(&mut self, record: Record, take: &mut Take<'_>) -> Result<()> {
        let (Some(_), Some(time_ms)) = (record.session(), record.time_ms()) else {
            return take(record.row("message", self.context));
        };
        self.held.push_back(Held { time_ms, record });
        if self.held.len() > HELD_MAX {
            self.end(take)?;
        }
        Ok(())
    }

    /// Decides everything that is held.
    pub fn end(&mut self, take: &mut Take<'_>) -> Result<()> {
        self.decide_before(i64::MAX, take)
    }

    /// Decides all conversations before the given time, and passes on what none of the others may want.
    fn decide_before(&mut self, before_ms: i64, take: &mut Take<'_>) -> Result<()> {
        loop {
            let next_ms = self.held.iter().find(|held| held.is_conversation()).map(|held| held.time_ms);
            let wanted_from_ms = next_ms.unwrap_or(before_ms.saturating_add(SAME_EXCHANGE_MS));
            let unwanted =
                |held: &Held| !held.is_conversation() && held.time_ms.saturating_add(SAME_EXCHANGE_MS) < wanted_from_ms;
            while self.held.front().is_some_and(unwanted) {
                let alone = self.held.pop_front().expect("it was just seen");
                take(alone.record.row("message", self.context))?;
            }
            if next_ms.is_none_or(|time_ms| time_ms >= before_ms) {
                return Ok(());
            }
            let place = self.held.iter().position(Held::is_conversation).expect("there is a next one");
            let conversation = self.held.remove(place).expect("it was just found");
            self.decide(conversation, take)?;
        }
    }

    fn decide(&mut self, conversation: Held, take: &mut Take<'_>) -> Result<()> {
        let Held { time_ms, record: mut conversation } = conversation;
        let distance = |held: &Held| held.time_ms.abs_diff(time_ms);
        let near = self.held.iter().enumerate().filter(|(_, held)| !held.is_conversation());
        let nearest = near.min_by_key(|(_, held)| distance(held));
        let Some((place, _)) = nearest.filter(|(_, held)| distance(held) <= SAME_EXCHANGE_MS as u64) else {
            return take(conversation.row("message", self.context));
        };
        let analytics = self.held.remove(place).expect("it was just found").record;
        // A bad one of the two is reported, and takes the other one not down with it.
        match analytics.event("message", self.context) {
            Err(why) => {
                take(conversation.row("message", self.context))?;
                take(row_of(&analytics, Outcome::Rejected(why)))
            }
            Ok(alone) => {
                conversation.fill(&analytics);
                let row = conversation.row("message", self.context);
                let joined = matches!(row.outcome, Outcome::Events(_));
                take(row)?;
                take(row_of(&analytics, if joined { Outcome::Joined } else { Outcome::Events(vec![alone]) }))
            }
        }
    }
}
