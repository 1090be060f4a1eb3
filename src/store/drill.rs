//! From a figure to what it counts: exchanges and visits, found in their traces, and leads. The log is not read.

use super::chunk::HOUR_MS;
use super::lists::{Listing, Match};
use super::sessions::{DAY_MS, Snapshot, around_ms};
use super::traced::{Order, Quarters};
use crate::engine::{By, ExchangeFilter};
use crate::error::{Error, Result};
use crate::limits::MATCHES_SORTED_MAX;
use crate::model::{Bot, DayRange, Kind, Lead};
use crate::rollup::Trace;
use crate::rollup::questions::{hash_of, listed};

/// What is wanted of a trace, and of the hour of the week in which it was left.
struct Wanted<'a> {
    by: &'a By,
    question: Option<u64>,
    hour_of_week: Option<u32>,
    /// From this moment until before that one, epoch ms.
    during: (i64, i64),
}

/// Any moment.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

impl Snapshot<'_> {
    /// Puts every match of the range into the list, the newest hours (leads: days) first.
    pub(super) fn list_matches(&self, bot: &Bot, range: DayRange, listing: &mut Listing<'_>) -> Result<()> {
        let by = &listing.filter.by;
        match by {
            By::Start { .. } => unreachable!("listed by the index of beginnings"),
            By::Funnel(place) => self.at_step(bot, range, place, listing),
            By::Path(place) => self.at_path(bot, range, place, listing),
            By::Exchange(exchange) => {
                let question = exchange.question.as_deref();
                // What names no question names one that no exchange has.
                let question = question.map(|text| hash_of(&listed(text).unwrap_or_default()));
                let during = exchange.during.unwrap_or(ALWAYS);
                let wanted = Wanted { by, question, hour_of_week: exchange.hour_of_week, during };
                self.traced(bot, range, &wanted, listing)
            }
            By::Visit { .. } => {
                let wanted = Wanted { by, question: None, hour_of_week: None, during: ALWAYS };
                self.traced(bot, range, &wanted, listing)
            }
            By::Lead { package, property_type } => {
                let is_wanted = |lead: &Lead| {
                    is_or_any(package, lead.interested_package.as_deref())
                        && is_or_any(property_type, lead.property_type.as_deref())
                };
                self.left_leads(bot, range, is_wanted, listing)
            }
        }
    }

    /// Goes through the traces of the range, hour by hour from the last one.
    fn traced(&self, bot: &Bot, range: DayRange, wanted: &Wanted<'_>, listing: &mut Listing<'_>) -> Result<()> {
        let mut hours = self.traced_hours(bot, range, Order::NewestFirst)?;
        while let Some(hour) = hours.hour()? {
            let quarters = Quarters::of(hour, bot.zone, |day, hour_of_day| {
                let of_week = (day.weekday() * 24 + hour_of_day) as u32;
                range.contains(day) && wanted.hour_of_week.is_none_or(|wanted| wanted == of_week)
            });
            let (from_ms, to_ms) = wanted.during;
            let is_touched = quarters.start_ms < to_ms && quarters.start_ms + HOUR_MS > from_ms;
            let mut matches = Vec::new();
            hours.chunks(hour, is_touched && quarters.want_any(), |chunk| {
                chunk.find(
                    |trace| wanted.is(trace),
                    wanted.question,
                    |offset_ms, session| {
                        let at_ms = quarters.start_ms + offset_ms as i64;
                        if quarters.want(offset_ms as i64) && (from_ms..to_ms).contains(&at_ms) {
                            keep(&mut matches, (at_ms, session))?;
                        }
                        Ok(())
                    },
                )
            })?;
            listing.take(quarters.start_ms, matches)?;
        }
        Ok(())
    }

    /// Goes through the leads of the range, day by day (of UTC) from the last one.
    fn left_leads(
        &self,
        bot: &Bot,
        range: DayRange,
        is_wanted: impl Fn(&Lead) -> bool,
        listing: &mut Listing<'_>,
    ) -> Result<()> {
        let (from_ms, to_ms) = around_ms(range);
        for day in (from_ms / DAY_MS..to_ms / DAY_MS).rev() {
            let mut matches = Vec::new();
            let span_ms = (day * DAY_MS, (day + 1) * DAY_MS);
            self.each_session_lead(bot, range, span_ms, |lead, found| {
                if is_wanted(lead) { keep(&mut matches, found()?) } else { Ok(()) }
            })?;
            listing.take(day * DAY_MS, matches)?;
        }
        Ok(())
    }

    /// Calls `each` with every lead of the range that lies between two moments (epoch ms, the last one excluded), and with what
    /// finds its time and session.
    pub(super) fn each_session_lead(
        &self,
        bot: &Bot,
        range: DayRange,
        span_ms: (i64, i64),
        mut each: impl FnMut(&Lead, &dyn Fn() -> Result<Match>) -> Result<()>,
    ) -> Result<()> {
        self.each_lead(bot.id, span_ms, |key, event| {
            let Kind::Lead(lead) = &event.kind else { return Ok(()) };
            if !range.contains(bot.zone.day(event.timestamp_ms)) {
                return Ok(());
            }
            let find = || {
                let name = event.session_id.as_deref().unwrap_or_default();
                let number = self.number_of(bot.id, name, key.2)?;
                let missing = || Error::corrupt("leads", event.timestamp_ms, "a lead of a session that is not there");
                Ok((event.timestamp_ms, number.ok_or_else(missing)?))
            };
            each(lead, &find)
        })
    }
}

/// Adds a match to those of its hour or day.
fn keep(matches: &mut Vec<Match>, found: Match) -> Result<()> {
    if matches.len() == MATCHES_SORTED_MAX {
        return Err(Error::Invalid(format!(
            "by: one hour of the range holds more than {MATCHES_SORTED_MAX} matches; add a filter"
        )));
    }
    matches.push(found);
    Ok(())
}

impl Wanted<'_> {
    /// Whether it is of the kind that is wanted, its question and time aside.
    fn is(&self, trace: Trace<'_>) -> bool {
        match (self.by, trace) {
            (By::Exchange(filter), Trace::Exchange { intent, success, sentiment, question: _ }) => {
                // What is left of it is asked where the time is known.
                let ExchangeFilter { intent: of, sentiment: felt, understood, .. } = filter;
                is_or_any(of, intent)
                    && felt.is_none_or(|felt| sentiment == Some(felt))
                    && understood.is_none_or(|understood| success == Some(understood))
            }
            (By::Visit { page: wanted }, Trace::Visit { page }) => is_or_any(wanted, Some(page)),
            _ => false,
        }
    }
}

/// Whether a value is the one asked for, if one is.
fn is_or_any(wanted: &Option<String>, value: Option<&str>) -> bool {
    wanted.is_none() || wanted.as_deref() == value
}
