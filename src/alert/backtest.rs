//! What a rule would have said of the last months, from the rollups that there are: at the end of each day or hour, where the
//! live rule looks every minute.

use chrono::NaiveTime;

use super::measure::{End, Judged, judge};
use super::metric::Metric;
use super::own::Own;
use super::rule::{Rule, expected};
use super::state::{News, Phase, State, Timing};
use crate::engine::Engine;
use crate::error::Result;
use crate::limits::BACKTEST_DAYS;
use crate::model::{Day, DayRange, Zone};

/// What was found at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When the window had ended, or now where it has not, epoch ms.
    pub at_ms: i64,
    /// The first and the last day of the window.
    pub days: (Day, Day),
    /// What is held against the threshold.
    pub value: Option<f64>,
    pub phase: Phase,
}

/// One time that it would have fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    pub fired_ms: i64,
    /// Not at all, where it still would.
    pub resolved_ms: Option<i64>,
    /// From the first day of the window in which it fired to the last of that in which it was over.
    pub days: (Day, Day),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// Oldest first; from the first window on that has anything.
    pub points: Vec<Point>,
    pub firings: Vec<Firing>,
}

/// Goes through the last `BACKTEST_DAYS` days.
///
/// # Errors
/// Where there is no history of what the rule watches, and where the engine cannot be asked.
pub fn backtest(engine: &dyn Engine, rule: &Rule, now_ms: i64) -> Result<Backtest> {
    let zone = match &rule.bot {
        Some(bot) => engine.bot(bot)?.zone,
        None => return Err(expected("metric", "a figure of a bot: of its own, NovaHouse keeps no history")),
    };
    // The rule as it would be asked at once: no one is told, so that nothing is to be repeated.
    let timing = Timing { hold_ms: rule.hold_ms(), remind_ms: None };
    let (mut state, mut backtest) = (State::default(), Backtest::default());
    for (end, at_ms) in ends(rule, zone, now_ms) {
        let Judged { value, verdict, count } = judge(engine, &Own::default(), rule, end)?;
        if backtest.points.is_empty() && count == 0 {
            continue;
        }
        let Some(DayRange { first, last }) = end.days(rule, zone) else { continue };
        let days = (first, last);
        let (next, news) = state.next(timing, verdict, at_ms, false);
        state = next;
        match (news, backtest.firings.last_mut()) {
            (Some(News::Fired), _) => backtest.firings.push(Firing { fired_ms: at_ms, resolved_ms: None, days }),
            (Some(News::Resolved), Some(firing)) => firing.resolved_ms = Some(at_ms),
            // The window in which it is over has nothing of it any more.
            (None, Some(firing)) if state.fired.is_some() => firing.days.1 = days.1,
            _ => {}
        }
        backtest.points.push(Point { at_ms, days, value, phase: state.phase });
    }
    Ok(backtest)
}

/// Where its windows ended, and when that was; oldest first.
fn ends(rule: &Rule, zone: Zone, now_ms: i64) -> Vec<(End, i64)> {
    let last = End::at(rule, zone, now_ms);
    match last {
        End::Day(last) => {
            let days = (0..BACKTEST_DAYS as i32).rev().map(|back| last.plus(-back));
            let midnight = |day: Day| zone.moment_ms(day.plus(1), NaiveTime::MIN);
            days.map(|day| (End::Day(day), midnight(day).min(now_ms))).collect()
        }
        End::Hour(last) => {
            let hours = (0..i64::from(BACKTEST_DAYS) * 24).rev().map(|back| last.plus(-back));
            hours.map(|hour| (End::Hour(hour), hour.plus(1).start_ms().min(now_ms))).collect()
        }
        End::Now => Vec::new(),
    }
}

/// The list of sessions behind a firing: the parameters of `/api/sessions`. `None` where no list counts what the rule watches.
pub fn sessions_behind(rule: &Rule, (first, last): (Day, Day)) -> Option<Vec<(&'static str, String)>> {
    let mut params = vec![("bot", rule.bot.clone()?), ("from", first.to_string()), ("to", last.to_string())];
    let mut with = |name, value: &str| params.push((name, value.to_owned()));
    match rule.metric {
        // Voices do not say which session they are of, as far as the list can be asked.
        Metric::SatisfactionPercent => return None,
        Metric::Leads | Metric::ConversionPercent => with("by", "lead"),
        Metric::NotUnderstoodPercent => {
            with("by", "exchange");
            with("understood", "false");
        }
        Metric::NegativePercent => {
            with("by", "exchange");
            with("sentiment", "negative");
        }
        // A request has no session: these are the ones that went on meanwhile.
        _ => with("by", "exchange"),
    }
    if let Some(intent) = &rule.intent {
        with("intent", intent);
    }
    Some(params)
}
