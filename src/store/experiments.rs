//! Experiments, read off the rows of sessions and users. The log is not read.

use std::collections::VecDeque;

use super::RedbEngine;
use super::read;
use super::sessions::Snapshot;
use crate::engine::Window;
use crate::error::{Error, Result};
use crate::model::{Bot, DayRange, Exposed, Number, Session, Unit};
use crate::query::experiment::{
    Counts, Tally, Trial, TrialFigures, VariantFigures, VariantTally, days_compared, days_read,
};

impl RedbEngine {
    pub(super) fn trial_counted(&self, bot: &Bot, trial: &Trial) -> Result<TrialFigures> {
        let now_ms = self.options.clock.now_ms();
        self.still_knows_its_start(bot, trial)?;
        let mut tally = Tally::of(trial, bot.zone, self.options.price, now_ms);
        let cut_at_ms = self.count(bot, trial.unit, days_read(trial, bot.zone, now_ms), &mut tally)?;
        Ok(tally.figures(cut_at_ms))
    }

    pub(super) fn variants_counted(&self, bot: &Bot, window: Window, trial: &Trial) -> Result<VariantFigures> {
        let mut tally = VariantTally::of(trial, self.options.price);
        let Some(days) = days_compared(trial, bot.zone, self.day_range(bot, window)) else {
            return Ok(tally.figures(None));
        };
        self.still_keeps(bot, days.first)?;
        if trial.unit == Unit::User {
            self.still_knows_its_start(bot, trial)?;
        }
        let cut_at_ms = self.count(bot, trial.unit, days, &mut tally)?;
        Ok(tally.figures(cut_at_ms))
    }

    /// Counts those who may take part, and returns the moment from which on sessions are too many to be counted.
    fn count(&self, bot: &Bot, unit: Unit, days: DayRange, counts: &mut impl Counts) -> Result<Option<i64>> {
        let (snapshot, ()) = self.snapshot(|| Ok(()))?;
        if unit == Unit::User {
            snapshot.each_user(bot.id, |user| counts.add_user(user))?;
        }
        let (numbers, cut_at_ms) = snapshot.first_begun(bot, days, self.options.experiment_sessions_max)?;
        for number in numbers {
            counts.add_session(&snapshot.session(number)?);
        }
        Ok(cut_at_ms)
    }

    /// # Errors
    /// Where some of those who were shown something at its start have been let go of: they would count as never shown.
    fn still_knows_its_start(&self, bot: &Bot, trial: &Trial) -> Result<()> {
        let (began, first) = (bot.zone.day(trial.from_ms), self.horizons_of(bot.id).sessions);
        if began >= first {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "the experiment began on {began}, and the bot has let go of sessions and people of before {first}: have it keep them for \
             longer than an experiment goes on"
        )))
    }

    /// The variant that a session, or a user, was shown first.
    pub(super) fn variant_shown(&self, bot: &Bot, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        let mut writer = self.writer.lock();
        if !self.db.is_reader() {
            self.heal(&mut writer)?;
        }
        let shown = |exposures: &[Exposed]| {
            let exposed = exposures.iter().find(|exposed| *exposed.experiment == *experiment);
            exposed.map(|exposed| exposed.variant.clone())
        };
        let (zone, end) = (bot.zone, writer.next_seq);
        match unit {
            Unit::Session => {
                let horizons = self.horizons_of(bot.id);
                let is_over = |session: &Session| horizons.close(zone, session.first_ms, end);
                if let Some(session) = writer.sessions.named(bot.id, id).filter(|session| !is_over(session)) {
                    return Ok(shown(&session.exposures));
                }
                let tables = self.db.tables()?;
                let stored = read::stored_session(&tables, &writer.session_names, bot.id, id, is_over)?;
                Ok(stored.and_then(|stored| shown(&stored.row.exposures)))
            }
            Unit::User => {
                if let Some(user) = writer.users.named(bot.id, id) {
                    return Ok(shown(&user.exposures));
                }
                let stored = read::stored_user(&self.db.tables()?, &writer.user_names, bot.id, id)?;
                Ok(stored.and_then(|stored| shown(&stored.row.exposures)))
            }
        }
    }
}

impl Snapshot<'_> {
    /// The sessions that began on the days, those that began first first; of too many, when the first one began that is left out.
    fn first_begun(&self, bot: &Bot, days: DayRange, most: usize) -> Result<(Vec<Number>, Option<i64>)> {
        let mut first = VecDeque::new();
        let mut cut_at_ms = None;
        for start in self.starts(bot, days, None)? {
            let (first_ms, number, _) = start?;
            first.push_back((first_ms, number));
            if first.len() > most {
                cut_at_ms = first.pop_front().map(|(first_ms, _)| first_ms);
            }
        }
        // All of one moment count, or none of them.
        let counts = |first_ms: i64| cut_at_ms.is_none_or(|cut_at_ms| first_ms < cut_at_ms);
        let counted = first.into_iter().rev().filter(|(first_ms, _)| counts(*first_ms));
        Ok((counted.map(|(_, number)| number).collect(), cut_at_ms))
    }
}
