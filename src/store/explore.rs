//! Funnels, paths, cohorts and hours of the week, and the sessions at a place of the first two.

use redb::ReadableTable;

use super::RedbEngine;
use super::codec::decode_columns;
use super::columns::Users;
use super::lists::Listing;
use super::sessions::{Snapshot, around_ms};
use crate::engine::*;
use crate::error::{Error, Result};
use crate::limits::{COHORT_USERS_MAX, ROWS_PER_GROUP, SERVICE_HOURS_DAYS_MAX};
use crate::model::{Bot, BotId, Day, DayRange, User};
use crate::query::{cohorts, funnel, hours, intents, paths};
use crate::rollup::Trace;

impl RedbEngine {
    pub(super) fn steps_passed(&self, bot: &Bot, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        let range = self.range_kept(bot, window)?;
        let (snapshot, ()) = self.snapshot(|| Ok(()))?;
        let moments = snapshot.moments(bot, range, |trace| funnel.mark(trace), funnel.mark_of_lead())?;
        // What is sorted and counted now keeps no one waiting.
        drop(snapshot);
        let (mut passages, mut tally) = (funnel::Passages::of(funnel), funnel::Tally::of(funnel));
        moments.each_session(|_, done| tally.add(passages.through(done)));
        Ok(tally.steps(funnel))
    }

    pub(super) fn paths_taken(&self, bot: &Bot, window: Window, shape: PathShape) -> Result<Paths> {
        let range = self.range_kept(bot, window)?;
        let (snapshot, intents) = self.snapshot(|| Ok(intents::intents(&self.days(bot, range)?)))?;
        let names = paths::told_apart(&intents, shape.names);
        let place = |intent: &str| names.iter().position(|name| **name == *intent).unwrap_or(names.len()) as u16;
        let moments = snapshot.moments(bot, range, |trace| intent_of(trace).map(place), None)?;
        drop(snapshot);
        let mut tally = paths::Tally::of(shape, &names);
        moments.each_session(|_, done| tally.add(done.iter().map(|(_, place)| usize::from(*place))));
        Ok(tally.paths(intents.truncated))
    }

    pub(super) fn cohorts_come(&self, bot: &Bot, window: Window, by: Period) -> Result<Cohorts> {
        let range = self.day_range(bot, window);
        let (snapshot, (mut tally, days)) = self.snapshot(|| {
            self.still_keeps(bot, range.first)?;
            let tally = cohorts::Tally::of(range, by, self.horizons_of(bot.id).sessions)?;
            Ok((tally, self.days(bot, range)?))
        })?;
        snapshot.each_user(bot.id, |user| tally.add(&user.active_days))?;
        Ok(tally.cohorts(range, &days))
    }

    /// The days of a window, of which all sessions are still there.
    ///
    /// # Errors
    /// `Invalid` where some may have gone: what is read off the others would be another figure than before.
    pub(super) fn range_kept(&self, bot: &Bot, window: Window) -> Result<DayRange> {
        let range = self.day_range(bot, window);
        self.still_keeps(bot, range.first)?;
        Ok(range)
    }

    /// The same of one day and all after it.
    pub(super) fn still_keeps(&self, bot: &Bot, day: Day) -> Result<()> {
        let first = self.horizons_of(bot.id).sessions;
        if day >= first {
            return Ok(());
        }
        let days = self.day_range(bot, Window::Days(1)).last.0 - first.0 + 1;
        Err(Error::Invalid(format!(
            "days: this is read off sessions, and of those before {first} the bot has let go; begin at {first} or later: \
             days={days} is the most"
        )))
    }

    pub(super) fn hours_of_week(&self, bot: &Bot, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        let range = self.day_range(bot, window);
        if !metric.is_of_service() {
            return Ok(hours::of_exchanges(metric, &self.days(bot, range)?, self.options.price));
        }
        if range.len() > SERVICE_HOURS_DAYS_MAX {
            return Err(Error::Invalid(format!(
                "days: the hours of the service are added up for at most {SERVICE_HOURS_DAYS_MAX} days; choose fewer"
            )));
        }
        let (from_ms, to_ms) = around_ms(range);
        let mut found = self.performance_hours(bot, bot.zone.hour(from_ms), bot.zone.hour(to_ms))?;
        found.retain(|(hour, _)| range.contains(bot.zone.day(hour.start_ms())));
        Ok(hours::of_service(metric, &found, bot.zone))
    }
}

/// The intent of an exchange that has one.
fn intent_of<'a>(trace: Trace<'a>) -> Option<&'a str> {
    match trace {
        Trace::Exchange { intent, .. } => intent,
        Trace::Visit { .. } | Trace::Conversion { .. } => None,
    }
}

impl Snapshot<'_> {
    /// Puts the sessions at a place of a funnel into the list, by when they came to the last step they did.
    pub(super) fn at_step(
        &self,
        bot: &Bot,
        range: DayRange,
        place: &FunnelPlace,
        listing: &mut Listing<'_>,
    ) -> Result<()> {
        let FunnelPlace { funnel, step, lost } = place;
        let moments = self.moments(bot, range, |trace| funnel.mark(trace), funnel.mark_of_lead())?;
        let mut passages = funnel::Passages::of(funnel);
        let mut matches = Vec::new();
        moments.each_session(|session, done| {
            let through = passages.through(done);
            let last = if *lost {
                (through.len() + 1 == *step).then(|| through.last()).flatten()
            } else {
                through.get(step - 1)
            };
            matches.extend(last.map(|at_ms| (*at_ms, session)));
        });
        listing.take(i64::MIN, matches)
    }

    /// The same of a place in paths, by when they came to it.
    pub(super) fn at_path(
        &self,
        bot: &Bot,
        range: DayRange,
        place: &PathPlace,
        listing: &mut Listing<'_>,
    ) -> Result<()> {
        const IS_INTENT: u16 = 1;
        const IS_NEXT: u16 = 2;
        let PathPlace { step, intent, next } = place;
        let is_next = |name: &str| matches!(next, Some(PathNext::Intent(next)) if next == name);
        let bits = |name: &str| {
            let of_intent = if name == intent { IS_INTENT } else { 0 };
            of_intent | if is_next(name) { IS_NEXT } else { 0 }
        };
        let moments = self.moments(bot, range, |trace| intent_of(trace).map(bits), None)?;
        let mut matches = Vec::new();
        moments.each_session(|session, done| {
            let Some((at_ms, _)) = done.get(step - 1).filter(|(_, bits)| bits & IS_INTENT != 0) else { return };
            let after = done.get(*step);
            let goes_on = match next {
                None => true,
                Some(PathNext::Intent(_)) => after.is_some_and(|(_, bits)| bits & IS_NEXT != 0),
                Some(PathNext::End) => after.is_none(),
            };
            matches.extend(goes_on.then_some((*at_ms, session)));
        });
        listing.take(i64::MIN, matches)
    }

    /// Calls `each` with every person of a bot.
    ///
    /// # Errors
    /// `Invalid` where the file holds more persons than one question may read.
    pub(super) fn each_user(&self, bot: BotId, mut each: impl FnMut(&User)) -> Result<()> {
        let mut next = 0;
        for entry in self.tables.users.iter()? {
            let (group, bytes) = entry?;
            let group = group.value();
            let users = decode_columns::<Users>(bytes.value(), "users", group)?.all()?;
            for (number, stored) in (group * ROWS_PER_GROUP..).zip(&users) {
                next = number + 1;
                let changed = self.beyond.as_ref().and_then(|writer| writer.users.changed(number));
                let user = changed.unwrap_or(stored);
                if user.bot == bot {
                    each(user);
                }
            }
            if next > COHORT_USERS_MAX {
                return Err(Error::Invalid(format!(
                    "by: there are more than {COHORT_USERS_MAX} users, which is the most"
                )));
            }
        }
        let new = self.beyond.iter().flat_map(|writer| writer.users.changed_rows());
        new.filter(|cached| cached.number >= next && cached.row.bot == bot).for_each(|cached| each(&cached.row));
        Ok(())
    }
}
