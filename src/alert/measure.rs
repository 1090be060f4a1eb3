//! A rule's value, from the engine's answers: from rollups, and as every other page shows it.

use chrono::Datelike;

use super::metric::{Metric, Span};
use super::own::Own;
use super::rule::{Condition, Rule};
use crate::engine::{Engine, HourWindow, Window};
use crate::error::{Error, Result};
use crate::model::{Day, DayRange, Hour, Zone};
use crate::query::answer::{EndpointRow, Intents, percent};

const WEEK_DAYS: i32 = 7;
const WEEK_HOURS: i64 = 7 * 24;

/// Where a window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Day(Day),
    Hour(Hour),
    Now,
}

/// What a window came to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Measured {
    /// Where there is one.
    value: Option<f64>,
    /// Events that it is made of.
    count: u64,
}

/// What a rule makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The condition holds.
    Bad,
    Good,
    /// There is too little to tell.
    Unknown,
}

/// What is held against the threshold, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The metric's value, or its change in percent.
    pub value: Option<f64>,
    pub verdict: Verdict,
    /// Events in the window.
    pub count: u64,
}

impl Judged {
    fn unknown(count: u64) -> Self {
        Self { value: None, verdict: Verdict::Unknown, count }
    }
}

impl End {
    /// Where the window of a rule ends at a moment.
    pub fn at(rule: &Rule, zone: Zone, now_ms: i64) -> Self {
        let back = i32::from(rule.looks_at_whole());
        match rule.metric.span() {
            Span::Days | Span::Month => Self::Day(zone.day(now_ms).plus(-back)),
            Span::Hours => Self::Hour(zone.hour(now_ms).plus(-i64::from(back))),
            Span::Now => Self::Now,
        }
    }

    /// The days that the window touches; none of what is as it is now.
    pub fn days(self, rule: &Rule, zone: Zone) -> Option<DayRange> {
        Some(match self {
            Self::Day(day) if rule.metric.span() == Span::Month => DayRange::ending(day, day.date().day()),
            Self::Day(day) => DayRange::ending(day, rule.window_days.unwrap_or(1)),
            Self::Hour(hour) => {
                let first = first_hour(rule, hour);
                DayRange::new(zone.day(first.start_ms()), zone.day(hour.start_ms()))
            }
            Self::Now => return None,
        })
    }

    /// From when its hours begin until they end, epoch ms; of what is counted by the hour.
    pub fn hours_ms(self, rule: &Rule) -> Option<(i64, i64)> {
        match self {
            Self::Hour(hour) => Some((first_hour(rule, hour).start_ms(), hour.plus(1).start_ms())),
            Self::Day(_) | Self::Now => None,
        }
    }

    fn a_week_before(self) -> Self {
        match self {
            Self::Day(day) => Self::Day(day.plus(-WEEK_DAYS)),
            Self::Hour(hour) => Self::Hour(hour.plus(-WEEK_HOURS)),
            Self::Now => Self::Now,
        }
    }
}

fn first_hour(rule: &Rule, last: Hour) -> Hour {
    last.plus(1 - i64::from(rule.window_hours.unwrap_or(1)))
}

/// What a rule makes of the window with this end.
///
/// # Errors
/// Where the engine cannot be asked; a bot that it does not know has no data.
pub fn judge(engine: &dyn Engine, own: &Own, rule: &Rule, end: End) -> Result<Judged> {
    let now = match measure(engine, own, rule, end) {
        Err(Error::NotFound(_)) => return Ok(Judged::unknown(0)),
        measured => measured?,
    };
    if rule.condition == Condition::NoData {
        let verdict = if now.count == 0 { Verdict::Bad } else { Verdict::Good };
        return Ok(Judged { value: Some(now.count as f64), verdict, count: now.count });
    }
    let enough = |measured: Measured| measured.value.filter(|_| measured.count >= rule.min_count.unwrap_or(0));
    let value = match rule.condition {
        Condition::RisesBy | Condition::FallsBy => {
            let before = enough(measure(engine, own, rule, end.a_week_before())?);
            enough(now).zip(before.filter(|before| *before > 0.0)).map(|(now, before)| (now - before) / before * 100.0)
        }
        Condition::Above | Condition::Below | Condition::NoData => enough(now),
    };
    let Some(known) = value else { return Ok(Judged::unknown(now.count)) };
    let threshold = rule.threshold.unwrap_or_default();
    let is_bad = match rule.condition {
        Condition::Above | Condition::RisesBy => known > threshold,
        Condition::Below => known < threshold,
        Condition::FallsBy => known < -threshold,
        Condition::NoData => unreachable!("answered above"),
    };
    let verdict = if is_bad { Verdict::Bad } else { Verdict::Good };
    Ok(Judged { value, verdict, count: now.count })
}

fn measure(engine: &dyn Engine, own: &Own, rule: &Rule, end: End) -> Result<Measured> {
    let bot = rule.bot.as_deref().unwrap_or_default();
    match (end, rule.metric.span()) {
        (End::Day(day), Span::Month) => {
            let month = DayRange::ending(day, day.date().day());
            let spent_nanos: u128 = engine.daily(bot, Window::Between(month))?.iter().map(|day| day.cost_nanos).sum();
            let used = spent_nanos as f64 / 1e9 / rule.budget_usd.unwrap_or(f64::MAX) * 100.0;
            Ok(Measured { value: Some(used), count: 1 })
        }
        (End::Day(day), _) => of_days(engine, bot, rule, DayRange::ending(day, rule.window_days.unwrap_or(1))),
        (End::Hour(last), _) => of_hours(engine, bot, rule, last),
        (End::Now, _) => Ok(Measured { value: Some(own.value(rule.metric)), count: 1 }),
    }
}

fn of_days(engine: &dyn Engine, bot: &str, rule: &Rule, range: DayRange) -> Result<Measured> {
    let window = Window::Between(range);
    let counted = |count: u64| Measured { value: Some(count as f64), count };
    let share = |part: u64, whole: u64| Measured { value: (whole > 0).then(|| percent(part, whole)), count: whole };
    if let (Metric::Conversations | Metric::NotUnderstoodPercent, Some(intent)) = (rule.metric, &rule.intent) {
        let answer = engine.intents(bot, window)?;
        // Where a day had more intents than it may keep, some of this one's may stand under `(other)`.
        if answer.truncated {
            return Ok(Measured { value: None, count: 1 });
        }
        let (triggers, failures) = tallied(&answer, Some(intent));
        return Ok(match rule.metric {
            Metric::Conversations => counted(triggers),
            _ => share(failures, triggers),
        });
    }
    Ok(match rule.metric {
        Metric::NotUnderstoodPercent => {
            let (triggers, failures) = tallied(&engine.intents(bot, window)?, None);
            share(failures, triggers)
        }
        Metric::NegativePercent => {
            let [positive, neutral, negative] = engine.conversations(bot, window)?.sentiments;
            share(negative, positive + neutral + negative)
        }
        Metric::ReplyAvgMs | Metric::ReplyP50Ms | Metric::ReplyP95Ms | Metric::ReplyP99Ms => {
            let times = engine.conversations(bot, window)?.response_time_ms;
            let value = match rule.metric {
                Metric::ReplyAvgMs => times.avg,
                Metric::ReplyP50Ms => times.p50 as f64,
                Metric::ReplyP95Ms => times.p95 as f64,
                _ => times.p99 as f64,
            };
            Measured { value: (times.count > 0).then_some(value), count: times.count }
        }
        metric => {
            let figures = engine.overview(bot, window)?.overview;
            let of_exchanges = |value: f64, count: u64| Measured { value: (count > 0).then_some(value), count };
            match metric {
                Metric::Conversations => counted(figures.total_conversations),
                Metric::Sessions => counted(figures.unique_sessions),
                Metric::Users => counted(figures.unique_users),
                Metric::Leads => counted(figures.total_leads),
                Metric::CostUsd => Measured { value: Some(figures.cost_usd), count: figures.total_conversations },
                Metric::SatisfactionPercent => of_exchanges(figures.satisfaction_percent, figures.satisfaction_votes),
                Metric::ConversionPercent => of_exchanges(figures.conversion_rate_percent, figures.unique_sessions),
                other => unreachable!("{other:?} is not counted by the day"),
            }
        }
    })
}

/// Exchanges with an intent, and those that were not served.
fn tallied(answer: &Intents, intent: Option<&str>) -> (u64, u64) {
    let rows = answer.rows.iter().filter(|row| intent.is_none_or(|intent| *row.intent == *intent));
    rows.fold((0, 0), |(triggers, failures), row| (triggers + row.triggers, failures + row.failures))
}

fn of_hours(engine: &dyn Engine, bot: &str, rule: &Rule, last: Hour) -> Result<Measured> {
    let answer = engine.performance(bot, HourWindow::Until { last, hours: rule.window_hours.unwrap_or(1) })?;
    let row = match &rule.endpoint {
        None => Some(&answer.total),
        // As with intents.
        Some(_) if answer.truncated => return Ok(Measured { value: None, count: 1 }),
        Some(endpoint) => answer.endpoints.iter().find(|row| *row.endpoint == **endpoint),
    };
    Ok(row.map_or(Measured { value: none(rule.metric), count: 0 }, |row| of_endpoint(rule.metric, row)))
}

/// What there is of nothing.
fn none(metric: Metric) -> Option<f64> {
    (metric == Metric::Requests).then_some(0.0)
}

fn of_endpoint(metric: Metric, row: &EndpointRow) -> Measured {
    let timed = |value: u64| Measured { value: (row.timed_count > 0).then_some(value as f64), count: row.timed_count };
    match metric {
        Metric::Requests => Measured { value: Some(row.request_count as f64), count: row.request_count },
        Metric::ErrorRatePercent => {
            Measured { value: (row.request_count > 0).then_some(row.error_rate), count: row.request_count }
        }
        Metric::ResponseP50Ms => timed(row.p50_ms),
        Metric::ResponseP95Ms => timed(row.p95_ms),
        Metric::ResponseP99Ms => timed(row.p99_ms),
        other => unreachable!("{other:?} is not counted by the hour"),
    }
}
