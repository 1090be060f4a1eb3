//! What a rule would have said of the last months, from the rollups that there are: they are looked at once for each day or hour,
//! where the live rule looks every minute.
//!
//! Where the rule looks at whole windows, what is found stands until the next one ends, for the live rule too: both say the same.
//! Where it looks at a window that still goes on, an hour (a day) that was bad at its end counts as bad from its beginning; what
//! was bad for a part of it alone is not seen.

use chrono::NaiveTime;

use super::measure::{End, Judged, judge};
use super::metric::Metric;
use super::own::Own;
use super::rule::{Rule, expected};
use super::state::{News, Phase, State, Timing};
use crate::engine::Engine;
use crate::error::Result;
use crate::limits::BACKTEST_DAYS;
use crate::model::day::rfc3339;
use crate::model::{Day, DayRange, Hour, Zone};

/// What was found at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When the window had ended, or now where it has not, epoch ms.
    pub at_ms: i64,
    /// The first and the last day of the window.
    pub days: (Day, Day),
    /// What is held against the threshold.
    pub value: Option<f64>,
    /// What came of it before the next window ended.
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
    /// Of what is counted by the hour: from when the first of these windows began until the last one ended, epoch ms.
    pub during: Option<(i64, i64)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// Oldest first; from the first window on that has anything.
    pub points: Vec<Point>,
    pub firings: Vec<Firing>,
}

/// A window, and what its verdict is taken to be worth.
struct Stretch {
    end: End,
    /// When it had ended, or now where it has not, epoch ms, as all here.
    at_ms: i64,
    /// Since when its verdict has stood,
    since_ms: i64,
    /// and before when it no longer does.
    until_ms: i64,
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
    for Stretch { end, at_ms, since_ms, until_ms } in stretches(rule, zone, now_ms) {
        let Judged { value, verdict, count } = judge(engine, &Own::default(), rule, end)?;
        if backtest.points.is_empty() && count == 0 {
            continue;
        }
        let Some(DayRange { first, last }) = end.days(rule, zone) else { continue };
        let (days, during) = ((first, last), end.hours_ms(rule));
        let (next, news) = state.next_of(timing, (verdict, since_ms), at_ms, false);
        state = next;
        backtest.take(news, at_ms, &state, (days, during));
        if let Some(due_ms) = state.due_ms(timing).filter(|due_ms| (at_ms + 1..until_ms).contains(due_ms)) {
            let (next, news) = state.next(timing, verdict, due_ms, false);
            state = next;
            backtest.take(news, due_ms, &state, (days, during));
        }
        backtest.points.push(Point { at_ms, days, value, phase: state.phase });
    }
    Ok(backtest)
}

/// A window, by the days and hours that it touches.
type Touched = ((Day, Day), Option<(i64, i64)>);

impl Backtest {
    /// Takes in what came of a window at a moment, and how the rule stands since.
    fn take(&mut self, news: Option<News>, at_ms: i64, state: &State, (days, during): Touched) {
        match (news, self.firings.last_mut()) {
            (Some(News::Fired), _) => {
                self.firings.push(Firing { fired_ms: at_ms, resolved_ms: None, days, during });
            }
            (Some(News::Resolved), Some(firing)) => firing.resolved_ms = Some(at_ms),
            // The window in which it is over has nothing of it any more.
            (None, Some(firing)) if state.fired.is_some() => {
                firing.days.1 = days.1;
                let ends_ms = during.map(|(_, to_ms)| to_ms);
                firing.during = firing.during.zip(ends_ms).map(|((from_ms, _), to_ms)| (from_ms, to_ms));
            }
            _ => {}
        }
    }
}

/// Its windows, oldest first.
fn stretches(rule: &Rule, zone: Zone, now_ms: i64) -> Vec<Stretch> {
    let midnight = |day: Day| zone.moment_ms(day, NaiveTime::MIN);
    let stretch = |end: End, begins_ms: i64, ends_ms: i64, next_ends_ms: i64| {
        let at_ms = ends_ms.min(now_ms);
        match rule.looks_at_whole() {
            // What is found now counts.
            true => Stretch { end, at_ms, since_ms: at_ms, until_ms: next_ends_ms.min(now_ms + 1) },
            false => Stretch { end, at_ms, since_ms: begins_ms, until_ms: at_ms },
        }
    };
    match End::at(rule, zone, now_ms) {
        End::Day(last) => {
            let days = (0..BACKTEST_DAYS as i32).rev().map(|back| last.plus(-back));
            let of = |day: Day| stretch(End::Day(day), midnight(day), midnight(day.plus(1)), midnight(day.plus(2)));
            days.map(of).collect()
        }
        End::Hour(last) => {
            let hours = (0..i64::from(BACKTEST_DAYS) * 24).rev().map(|back| last.plus(-back));
            let start = |hour: Hour, hours: i64| hour.plus(hours).start_ms();
            hours.map(|hour| stretch(End::Hour(hour), start(hour, 0), start(hour, 1), start(hour, 2))).collect()
        }
        End::Now => Vec::new(),
    }
}

/// The list of sessions behind a firing: the parameters of `/api/sessions`. `None` where no list counts what the rule watches.
pub fn sessions_behind(rule: &Rule, firing: &Firing) -> Option<Vec<(&'static str, String)>> {
    let (first, last) = firing.days;
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
    // What is counted by the hour is listed by exchanges.
    if let Some((from_ms, to_ms)) = firing.during {
        with("during", &format!("{}/{}", rfc3339(from_ms), rfc3339(to_ms)));
    }
    Some(params)
}
