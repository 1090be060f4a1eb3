//! A rule: what is watched, when it is a reason for an alert, and who is told.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::{Metric, Narrowed, Span, Unit};
use crate::error::{Error, Result};
use crate::limits::{
    ALERT_HOLD_MINUTES_MAX, ALERT_REMIND_HOURS_MAX, ALERT_TEXT_CHARS_MAX, ALERT_WINDOW_DAYS_MAX,
    ALERT_WINDOW_HOURS_MAX, CHANNELS_PER_RULE_MAX, NAME_BYTES_MAX,
};
use crate::model::DEFAULT_BOT;

/// When a value is a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertCondition")]
pub enum Condition {
    /// It is above the threshold. The window ends with the current day or hour, unfinished as it is
    Above,
    /// It is below the threshold. The window ends with the last whole day or hour, as in all below
    Below,
    /// Against the same window a week before, it has grown by more than the threshold, percent
    RisesBy,
    /// Against the same window a week before, it has shrunk by more than the threshold, percent
    FallsBy,
    /// The window has nothing
    NoData,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AlertSeverity")]
pub enum Severity {
    Info,
    #[default]
    Warning,
    Critical,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A rule, as it is asked for, written down and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AlertRule")]
pub struct Rule {
    #[schemars(length(min = 1, max = ALERT_TEXT_CHARS_MAX))]
    pub name: String,
    /// Whose figure: `default` unless given. None for NovaHouse's own.
    #[serde(default)]
    pub bot: Option<String>,
    pub metric: Metric,
    /// Clock hours, of what is counted by the hour.
    #[serde(default)]
    #[schemars(range(min = 1, max = ALERT_WINDOW_HOURS_MAX))]
    pub window_hours: Option<u32>,
    /// Calendar days, of what is counted by the day.
    #[serde(default)]
    #[schemars(range(min = 1, max = ALERT_WINDOW_DAYS_MAX))]
    pub window_days: Option<u32>,
    pub condition: Condition,
    /// In the metric's unit, or in percent of change; none with `no_data`.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How long the condition has to hold before it is an alert.
    #[serde(default)]
    #[schemars(range(max = ALERT_HOLD_MINUTES_MAX))]
    pub hold_minutes: u32,
    /// One endpoint, of what is counted by endpoint.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// One intent, of what is counted by intent.
    #[serde(default)]
    pub intent: Option<String>,
    /// A window with fewer events than this says nothing.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub min_count: Option<u64>,
    /// Of a month, for `budget_used_percent`.
    #[serde(default)]
    pub budget_usd: Option<f64>,
    #[serde(default)]
    pub severity: Severity,
    /// Who is told, by name.
    #[serde(default)]
    #[schemars(length(max = CHANNELS_PER_RULE_MAX))]
    pub channels: Vec<String>,
    /// How often whoever is told is told again while it lasts; never, unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = ALERT_REMIND_HOURS_MAX))]
    pub remind_hours: Option<u32>,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

impl Rule {
    /// The rule, where it can be followed.
    ///
    /// # Errors
    /// A sentence that names the field, and what was expected.
    pub fn checked(mut self) -> Result<Self> {
        check_text("name", &self.name)?;
        match (&self.bot, self.metric.is_own()) {
            (Some(_), true) => return Err(expected("bot", "nothing, as this is a figure of NovaHouse and of no bot")),
            (None, false) => self.bot = Some(DEFAULT_BOT.to_owned()),
            _ => {}
        }
        self.check_window()?;
        self.check_condition()?;
        self.check_filters()?;
        if self.hold_minutes > ALERT_HOLD_MINUTES_MAX {
            return Err(expected("hold_minutes", &format!("a whole number from 0 to {ALERT_HOLD_MINUTES_MAX}")));
        }
        if !within(self.remind_hours, 1, ALERT_REMIND_HOURS_MAX) {
            return Err(expected("remind_hours", &format!("a whole number from 1 to {ALERT_REMIND_HOURS_MAX}")));
        }
        if self.channels.len() > CHANNELS_PER_RULE_MAX {
            return Err(expected("channels", &format!("at most {CHANNELS_PER_RULE_MAX}")));
        }
        self.channels.sort();
        self.channels.dedup();
        Ok(self)
    }

    fn check_window(&self) -> Result<()> {
        let (hours, days) = (self.window_hours, self.window_days);
        let hours_right = format!("a whole number from 1 to {ALERT_WINDOW_HOURS_MAX}");
        let days_right = format!("a whole number from 1 to {ALERT_WINDOW_DAYS_MAX}");
        match self.metric.span() {
            Span::Hours if days.is_some() => Err(expected("window_days", "`window_hours` with this metric")),
            Span::Hours if hours.is_none() || !within(hours, 1, ALERT_WINDOW_HOURS_MAX) => {
                Err(expected("window_hours", &hours_right))
            }
            Span::Days if hours.is_some() => {
                let sentence = "`window_days` with this metric: by the hour it is not counted, and would not be exact";
                Err(expected("window_hours", sentence))
            }
            Span::Days if days.is_none() || !within(days, 1, ALERT_WINDOW_DAYS_MAX) => {
                Err(expected("window_days", &days_right))
            }
            Span::Month if hours.or(days).is_some() => {
                let field = if hours.is_some() { "window_hours" } else { "window_days" };
                Err(expected(field, "nothing: a budget is that of a calendar month"))
            }
            Span::Now if hours.or(days).is_some() => {
                let field = if hours.is_some() { "window_hours" } else { "window_days" };
                Err(expected(field, "nothing: NovaHouse keeps no history of this figure, and looks at it as it is"))
            }
            _ => Ok(()),
        }
    }

    fn check_condition(&self) -> Result<()> {
        use Condition::{Above, Below, FallsBy, NoData, RisesBy};
        let span = self.metric.span();
        match self.condition {
            RisesBy | FallsBy | NoData if span == Span::Now => {
                return Err(expected("condition", "`above` or `below`: NovaHouse keeps no history of this figure"));
            }
            Below | RisesBy | FallsBy | NoData if span == Span::Month => {
                return Err(expected("condition", "`above`: a month begins with nothing spent"));
            }
            _ => {}
        }
        let right = match self.condition {
            NoData if self.threshold.is_some() => Some("nothing with `no_data`"),
            NoData => None,
            Above | Below if !self.threshold.is_some_and(|value| (0.0..=1e12).contains(&value)) => {
                Some("a number from 0 to 1000000000000")
            }
            RisesBy if !self.threshold.is_some_and(|value| value > 0.0 && value <= 1e6) => {
                Some("percent above 0 and up to 1000000")
            }
            FallsBy if !self.threshold.is_some_and(|value| value > 0.0 && value <= 100.0) => {
                Some("percent above 0 and up to 100")
            }
            _ => None,
        };
        match right {
            Some(right) => Err(expected("threshold", right)),
            None => Ok(()),
        }
    }

    fn check_filters(&self) -> Result<()> {
        for (field, value, takes) in
            [("endpoint", &self.endpoint, Narrowed::Endpoint), ("intent", &self.intent, Narrowed::Intent)]
        {
            let Some(value) = value else { continue };
            if self.metric.narrowed() != takes {
                return Err(expected(field, &format!("nothing: this metric is not counted by {field}")));
            }
            if value.is_empty() || value.len() > NAME_BYTES_MAX {
                return Err(expected(field, &format!("1 to {NAME_BYTES_MAX} bytes")));
            }
        }
        let is_counted = !matches!(self.metric.span(), Span::Month | Span::Now) && self.condition != Condition::NoData;
        match self.min_count {
            Some(_) if !is_counted => return Err(expected("min_count", "nothing with this metric or condition")),
            Some(0) => return Err(expected("min_count", "a whole number from 1")),
            _ => {}
        }
        match (self.metric.span() == Span::Month, self.budget_usd) {
            (true, Some(budget)) if (0.01..=1e12).contains(&budget) => Ok(()),
            (true, _) => Err(expected("budget_usd", "a number from 0.01 to 1000000000000")),
            (false, Some(_)) => Err(expected("budget_usd", "nothing: it is for `budget_used_percent`")),
            (false, None) => Ok(()),
        }
    }

    /// Whether its window ends with the last whole day or hour. What is too low or missing in a day that has just begun is no
    /// news; what is too high already is.
    pub fn looks_at_whole(&self) -> bool {
        self.condition != Condition::Above
    }

    pub fn hold_ms(&self) -> i64 {
        i64::from(self.hold_minutes) * 60_000
    }

    pub fn remind_ms(&self) -> Option<i64> {
        self.remind_hours.map(|hours| i64::from(hours) * 3_600_000)
    }

    /// The unit of what is held against the threshold.
    pub fn judged_unit(&self) -> Unit {
        match self.condition {
            Condition::RisesBy | Condition::FallsBy => Unit::Percent,
            _ => self.metric.unit(),
        }
    }

    /// Tells one question from another: what an alert was about is over where another question is asked.
    pub fn question(&self) -> String {
        let Self { bot, metric, window_hours, window_days, condition, threshold, endpoint, intent, min_count, .. } =
            self;
        let asked = (
            bot,
            metric,
            window_hours,
            window_days,
            condition,
            threshold,
            (endpoint, intent, min_count, self.budget_usd),
        );
        let text = serde_json::to_string(&asked).expect("it has no keys");
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

fn within(value: Option<u32>, least: u32, most: u32) -> bool {
    value.is_none_or(|value| (least..=most).contains(&value))
}

pub fn expected(field: &str, what: &str) -> Error {
    Error::Invalid(format!("{field}: expected {what}"))
}

/// A line that people read, and that goes into the subject of a mail.
pub fn check_text(field: &str, text: &str) -> Result<()> {
    let is_sound = (1..=ALERT_TEXT_CHARS_MAX).contains(&text.chars().count()) && !text.contains(char::is_control);
    match is_sound && text.trim() == text {
        true => Ok(()),
        false => Err(expected(field, &format!("1 to {ALERT_TEXT_CHARS_MAX} characters on one line"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rule(changes: Value) -> Result<Rule> {
        let mut body = json!({"name": "slow", "metric": "response_p95_ms", "window_hours": 1, "condition": "above", "threshold": 1000});
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        serde_json::from_value::<Rule>(body).map_err(|error| Error::Invalid(error.to_string()))?.checked()
    }

    #[test]
    fn what_cannot_be_answered_exactly_is_refused_by_its_field() {
        assert_eq!(rule(json!({})).unwrap().bot.as_deref(), Some("default"));
        for (changes, field) in [
            (json!({"name": ""}), "name:"),
            (json!({"name": "a\nb"}), "name:"),
            (json!({"window_hours": null}), "window_hours:"),
            (json!({"window_hours": 0}), "window_hours:"),
            (json!({"window_days": 1}), "window_days:"),
            (json!({"metric": "conversations"}), "window_hours:"),
            (json!({"metric": "disk_free_mb"}), "window_hours:"),
            (json!({"metric": "disk_free_mb", "bot": "shop"}), "bot:"),
            (
                json!({"metric": "disk_free_mb", "window_hours": null, "condition": "no_data", "threshold": null}),
                "condition:",
            ),
            (json!({"metric": "budget_used_percent", "window_hours": null}), "budget_usd:"),
            (json!({"metric": "budget_used_percent", "window_hours": null, "condition": "below"}), "condition:"),
            (json!({"threshold": null}), "threshold:"),
            (json!({"threshold": -1}), "threshold:"),
            (json!({"condition": "no_data"}), "threshold:"),
            (json!({"condition": "falls_by", "threshold": 101}), "threshold:"),
            (json!({"intent": "x"}), "intent:"),
            (json!({"endpoint": ""}), "endpoint:"),
            (json!({"min_count": 0}), "min_count:"),
            (json!({"budget_usd": 3}), "budget_usd:"),
            (json!({"hold_minutes": 100_000}), "hold_minutes:"),
            (json!({"remind_hours": 0}), "remind_hours:"),
            (json!({"channels": vec!["x"; 100]}), "channels:"),
        ] {
            let sentence = rule(changes).unwrap_err().to_string();
            assert!(sentence.starts_with(field), "{field} {sentence}");
        }
    }
}
