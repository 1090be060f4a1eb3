//! What people asked, over many days. In a long window one day changes while the others stand still: their sum is held
//! until one of them changes, and only the last day is added anew.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::RedbEngine;
use crate::error::Result;
use crate::limits::{SUMMED_DAYS_MIN, SUMMED_NAMES_MAX, SUMS_HELD_MAX};
use crate::model::{Bot, BotId, DayRange};
use crate::query::answer::Questions;
use crate::query::questions::{Sum, questions, questions_after};

/// The sums held last. They belong to the rollups in memory, and go with them.
pub type Sums = Arc<Mutex<VecDeque<Arc<Held>>>>;

pub struct Held {
    bot: BotId,
    range: DayRange,
    /// Changes of the bot's questions before it was summed.
    changes: u64,
    sum: Sum,
}

impl RedbEngine {
    pub(super) fn questions_asked(&self, bot: &Bot, range: DayRange, limit: u32) -> Result<Questions> {
        if range.len() < SUMMED_DAYS_MIN {
            return Ok(questions(range, &self.days(bot, range)?, &self.asked(bot, range)?, limit));
        }
        let past = DayRange::new(range.first, range.last.plus(-1));
        // Looked at before the past is known to be as it was: then it was so at this moment too.
        let last = self.asked(bot, DayRange::new(range.last, range.last))?;
        let (held, sums, changes) = {
            let hot = self.hot.read();
            hot.whole()?;
            let shelf = &hot.bots[bot.id as usize].questions;
            let held = hot.sums.lock().iter().find(|held| (held.bot, held.range) == (bot.id, past)).cloned();
            let held = held.filter(|held| shelf.is_as_before(past.first, past.last, held.changes));
            (held, hot.sums.clone(), shelf.changes())
        };
        let days = self.days(bot, range)?;
        if let Some(held) = held {
            return Ok(questions_after(range, &days, &held.sum, &last, limit));
        }
        let asked = self.asked(bot, range)?;
        let (before, _) = asked.split_at(asked.partition_point(|(day, _)| *day < range.last));
        if let Some(sum) = Sum::of(before, SUMMED_NAMES_MAX) {
            let mut sums = sums.lock();
            sums.retain(|held| (held.bot, held.range) != (bot.id, past));
            sums.truncate(SUMS_HELD_MAX - 1);
            sums.push_front(Arc::new(Held { bot: bot.id, range: past, changes, sum }));
        }
        Ok(questions(range, &days, &asked, limit))
    }
}
