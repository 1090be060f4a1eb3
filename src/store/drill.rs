//! From a figure to what it counts: exchanges and visits, found in their traces, and leads. The log is not read.

use super::chunk::{Chunk, HOUR_MS};
use super::lists::{Listing, Match};
use super::sessions::{DAY_MS, Snapshot, around_ms};
use crate::engine::{By, ExchangeFilter};
use crate::error::{Error, Result};
use crate::limits::{MATCHES_SORTED_MAX, TRACES_READ_MAX};
use crate::model::{Bot, Day, DayRange, Kind, Lead};
use crate::rollup::Trace;
use crate::rollup::questions::listed;
use crate::rollup::trace::question_hash;

/// The clocks of all zones are whole quarters of an hour from UTC, those of old times aside.
const QUARTER_MS: i64 = HOUR_MS / 4;

/// What is wanted of a trace, and of the hour of the week in which it was left.
struct Wanted<'a> {
    by: &'a By,
    question: Option<u64>,
    hour_of_week: Option<u32>,
}

impl Snapshot<'_> {
    /// Puts every match of the range into the list, the newest hours (leads: days) first.
    pub(super) fn list_matches(&self, bot: &Bot, range: DayRange, listing: &mut Listing<'_>) -> Result<()> {
        let by = &listing.filter.by;
        match by {
            By::Start { .. } => unreachable!("listed by the index of beginnings"),
            By::Exchange(exchange) => {
                let question = exchange.question.as_deref();
                // What names no question names one that no exchange has.
                let question = question.map(|text| question_hash(&listed(text).unwrap_or_default()));
                let wanted = Wanted { by, question, hour_of_week: exchange.hour_of_week };
                self.traced(bot, range, &wanted, listing)
            }
            By::Visit { .. } => self.traced(bot, range, &Wanted { by, question: None, hour_of_week: None }, listing),
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
        let (from_ms, to_ms) = around_ms(range);
        let hours = (from_ms.div_euclid(HOUR_MS), to_ms.div_euclid(HOUR_MS));
        let mut stored = self.tables.traces.range((bot.id, hours.0, 0)..(bot.id, hours.1, 0))?.rev().peekable();
        let mut beyond = self.beyond.iter().flat_map(|writer| writer.traces.between(bot.id, hours)).rev().peekable();
        let mut traces_read = 0;
        loop {
            let next_stored = match stored.peek() {
                Some(Ok((key, _))) => Some(key.value().1),
                Some(Err(_)) => return stored.next().transpose().map(|_| ()).map_err(Error::from),
                None => None,
            };
            let Some(hour) = next_stored.max(beyond.peek().map(|(hour, _)| *hour)) else { return Ok(()) };
            let quarters = Quarters::of(bot, range, wanted.hour_of_week, hour * HOUR_MS);
            let mut matches = Vec::new();
            let mut read = |chunk: &Chunk| {
                traces_read += chunk.len() as u64;
                if traces_read > TRACES_READ_MAX {
                    return Err(Error::Invalid(format!(
                        "days: the range holds more than {TRACES_READ_MAX} exchanges and visits; choose a shorter one"
                    )));
                }
                chunk.find(
                    |trace| wanted.is(trace),
                    wanted.question,
                    |offset_ms, session| {
                        if quarters.want(offset_ms as i64) {
                            keep(&mut matches, (quarters.start_ms + offset_ms as i64, session))?;
                        }
                        Ok(())
                    },
                )
            };
            while let Some(entry) =
                stored.next_if(|entry| entry.as_ref().map_or(true, |(key, _)| key.value().1 == hour))
            {
                let (key, bytes) = entry?;
                if quarters.want_any() {
                    read(&Chunk::decode(bytes.value(), key.value())?)?;
                }
            }
            while let Some((_, chunk)) = beyond.next_if(|(of, _)| *of == hour) {
                read(chunk)?;
            }
            listing.take(hour * HOUR_MS, matches)?;
        }
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
            self.each_lead(bot.id, (day * DAY_MS, (day + 1) * DAY_MS), |key, event| {
                let Kind::Lead(lead) = &event.kind else { return Ok(()) };
                if !range.contains(bot.zone.day(event.timestamp_ms)) || !is_wanted(lead) {
                    return Ok(());
                }
                let name = event.session_id.as_deref().unwrap_or_default();
                let number = self.number_of(bot.id, name, key.2)?;
                let missing = || Error::corrupt("leads", event.timestamp_ms, "a lead of a session that is not there");
                keep(&mut matches, (event.timestamp_ms, number.ok_or_else(missing)?))
            })?;
            listing.take(day * DAY_MS, matches)?;
        }
        Ok(())
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
                let ExchangeFilter { intent: of, sentiment: felt, understood, hour_of_week: _, question: _ } = filter;
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

/// Which moments of an hour are wanted: decided for a quarter at once, so that rows need no calendar.
struct Quarters<'a> {
    start_ms: i64,
    /// `None`: the clock changes within it.
    wanted: [Option<bool>; 4],
    bot: &'a Bot,
    range: DayRange,
    hour_of_week: Option<u32>,
}

impl<'a> Quarters<'a> {
    fn of(bot: &'a Bot, range: DayRange, hour_of_week: Option<u32>, start_ms: i64) -> Self {
        let mut quarters = Self { start_ms, wanted: [None; 4], bot, range, hour_of_week };
        for quarter in 0..4 {
            let first_ms = start_ms + quarter * QUARTER_MS;
            let whole = bot.zone.whole_in(first_ms, first_ms + QUARTER_MS - 1);
            quarters.wanted[quarter as usize] = whole.map(|(day, hour)| quarters.wants(day, hour));
        }
        quarters
    }

    fn wants(&self, day: Day, hour: usize) -> bool {
        let of_week = (day.weekday() * 24 + hour) as u32;
        self.range.contains(day) && self.hour_of_week.is_none_or(|wanted| wanted == of_week)
    }

    fn want_any(&self) -> bool {
        self.wanted.iter().any(|wanted| *wanted != Some(false))
    }

    fn want(&self, offset_ms: i64) -> bool {
        self.wanted[(offset_ms / QUARTER_MS) as usize].unwrap_or_else(|| {
            let (day, hour) = self.bot.zone.day_and_hour(self.start_ms + offset_ms);
            self.wants(day, hour)
        })
    }
}
