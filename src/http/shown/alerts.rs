//! Rules, their alerts, and what they would have said.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::alert::{Backtest, Happened, Known, Phase, Rule, Severity, Silence, What, reason, sessions_behind};
use crate::alert::{Firing, Point, Seen};
use crate::language::Language;
use crate::model::Day;
use crate::model::day::rfc3339;

const SUCCESS: &str = "success";

/// It is made.
#[derive(Serialize, JsonSchema)]
pub struct Made<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    id: &'a str,
}

impl<'a> Made<'a> {
    pub fn of(id: &'a str) -> Self {
        Self { status: SUCCESS, id }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct AlertList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    alerts: Vec<AlertRow<'a>>,
    /// Those that are not over.
    silences: Vec<SilenceRow<'a>>,
}

impl<'a> AlertList<'a> {
    pub fn of(alerts: Vec<AlertRow<'a>>, silences: Vec<SilenceRow<'a>>) -> Self {
        Self { status: SUCCESS, alerts, silences }
    }
}

/// A rule, and how it stands.
#[derive(Serialize, JsonSchema)]
pub struct AlertRow<'a> {
    pub id: &'a str,
    pub rule: &'a Rule,
    /// What it watches, in a sentence.
    reason: String,
    /// Null where it has not been looked at yet, or rests.
    phase: Option<Phase>,
    /// When that began.
    #[schemars(extend("format" = "date-time"))]
    since: Option<String>,
    /// What was held against the threshold last.
    value: Option<f64>,
    #[schemars(extend("format" = "date-time"))]
    fired_at: Option<String>,
    /// Who takes care of it.
    acknowledged_by: Option<&'a str>,
    #[schemars(extend("format" = "date-time"))]
    silenced_until: Option<String>,
}

impl<'a> AlertRow<'a> {
    pub fn of(
        id: &'a str,
        rule: &'a Rule,
        known: Option<&'a Known>,
        seen: Option<&Seen>,
        silenced_until_ms: Option<i64>,
    ) -> Self {
        let state = known.filter(|_| rule.enabled).map(|known| &known.state);
        let fired = state.and_then(|state| state.fired.as_ref());
        let acknowledged = fired.and_then(|fired| fired.acknowledged.as_ref());
        Self {
            id,
            rule,
            reason: reason(rule, Language::En),
            phase: state.map(|state| state.phase),
            since: state.map(|state| rfc3339(state.since_ms)),
            value: seen.and_then(|seen| seen.judged.value).filter(|_| rule.enabled),
            fired_at: fired.map(|fired| rfc3339(fired.at_ms)),
            acknowledged_by: acknowledged.map(|acknowledged| &*acknowledged.by),
            silenced_until: silenced_until_ms.map(rfc3339),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct SilenceRow<'a> {
    pub id: &'a str,
    pub silence: &'a Silence,
}

#[derive(Serialize, JsonSchema)]
pub struct AlertHistory<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Newest first.
    entries: Vec<HistoryEntry<'a>>,
}

impl<'a> AlertHistory<'a> {
    pub fn of(entries: Vec<HistoryEntry<'a>>) -> Self {
        Self { status: SUCCESS, entries }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct HistoryEntry<'a> {
    #[schemars(extend("format" = "date-time"))]
    time: String,
    /// The rule's.
    id: &'a str,
    name: &'a str,
    bot: Option<&'a str>,
    severity: Severity,
    what: What,
    value: Option<f64>,
    /// Who did it, or why it is over where that is not for the value.
    why: Option<&'a str>,
}

impl<'a> From<&'a Happened> for HistoryEntry<'a> {
    fn from(happened: &'a Happened) -> Self {
        let Happened { at_ms, id, name, bot, severity, what, value, why } = happened;
        let (time, bot, why) = (rfc3339(*at_ms), bot.as_deref(), why.as_deref());
        Self { time, id, name, bot, severity: *severity, what: *what, value: *value, why }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct AlertOffers {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// As they would be sent to make them; no channel is told yet.
    offers: Vec<Rule>,
}

impl AlertOffers {
    pub fn of(offers: Vec<Rule>) -> Self {
        Self { status: SUCCESS, offers }
    }
}

/// What a rule would have said.
#[derive(Serialize, JsonSchema)]
pub struct BacktestAnswer {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// What it watches, in a sentence.
    reason: String,
    /// What the values are held against.
    threshold: Option<f64>,
    /// Oldest first, a day or an hour apart; from the first window on that has anything.
    points: Vec<BacktestPoint>,
    firings: Vec<BacktestFiring>,
}

#[derive(Serialize, JsonSchema)]
pub struct BacktestPoint {
    /// When the window had ended, or now where it has not.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    /// The first and the last day of the window.
    from: Day,
    to: Day,
    value: Option<f64>,
    phase: Phase,
}

#[derive(Serialize, JsonSchema)]
pub struct BacktestFiring {
    #[schemars(extend("format" = "date-time"))]
    fired_at: String,
    /// Null where it still would.
    #[schemars(extend("format" = "date-time"))]
    resolved_at: Option<String>,
    /// The parameters of `/api/sessions` that list the sessions behind it; null where no list does.
    sessions: Option<Map<String, Value>>,
}

impl BacktestAnswer {
    pub fn of(rule: &Rule, tried: Backtest) -> Self {
        let point = |Point { at_ms, days, value, phase }| BacktestPoint {
            time: rfc3339(at_ms),
            from: days.0,
            to: days.1,
            value,
            phase,
        };
        let firing = |firing: Firing| {
            let behind = sessions_behind(rule, &firing);
            let params = |params: Vec<(&str, String)>| {
                params.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
            };
            BacktestFiring {
                fired_at: rfc3339(firing.fired_ms),
                resolved_at: firing.resolved_ms.map(rfc3339),
                sessions: behind.map(params),
            }
        };
        let points = tried.points.into_iter().map(point).collect();
        let firings = tried.firings.into_iter().map(firing).collect();
        Self { status: SUCCESS, reason: reason(rule, Language::En), threshold: rule.threshold, points, firings }
    }
}
