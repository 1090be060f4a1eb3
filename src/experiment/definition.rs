//! What an experiment is, and what may become of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::statistics::{POWER, Plan, planned_units};
use crate::error::{Error, Result};
use crate::limits::{DECISION_CHARS_MAX, GUARDRAILS_MAX, VARIANT_REPLIES_MAX, VARIANT_WEIGHT_MAX, VARIANTS_MAX};
use crate::model::Unit;
use crate::query::experiment::{Metric, Trial};

/// An experiment as it is set. The first variant is the control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    pub bot: String,
    pub unit: Unit,
    /// Millionths of all units that take part.
    #[schemars(range(max = 1_000_000))]
    pub traffic_share_ppm: u32,
    #[schemars(length(min = 2, max = VARIANTS_MAX))]
    pub variants: Vec<Variant>,
    pub primary: Goal,
    /// What must not get worse.
    #[serde(default)]
    #[schemars(length(max = GUARDRAILS_MAX))]
    pub guardrails: Vec<Goal>,
    /// How large a lift is to be found, and from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Lift>,
    pub state: State,
    /// Drawn once.
    pub salt: String,
    pub created_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Who stopped it, by the name in the record of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub name: String,
    /// How many of all weights together are drawn for it.
    #[schemars(range(max = VARIANT_WEIGHT_MAX))]
    pub weight: u32,
    /// What the built-in bot says instead of its own replies, by intent; for those who write in one language alone, by the intent, a
    /// colon and `pl` or `en`: `greeting:pl`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = VARIANT_REPLIES_MAX))]
    pub replies: BTreeMap<String, String>,
}

impl Variant {
    /// What is said in it for an intent, to someone who writes in that language (`pl` or `en`).
    pub fn reply(&self, intent: &str, language: &str) -> Option<&str> {
        let own = self.replies.get(&format!("{intent}:{language}"));
        own.or_else(|| self.replies.get(intent)).map(String::as_str)
    }
}

/// The intent that a reply is for, whatever the language.
fn intent_of(key: &str) -> &str {
    [":pl", ":en"].into_iter().find_map(|language| key.strip_suffix(language)).unwrap_or(key)
}

/// A metric, and where it is to go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenGoal")]
pub struct Goal {
    pub metric: Metric,
    pub direction: Direction,
}

/// The same, where it need not be said where it is usually to go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenGoal {
    metric: Metric,
    direction: Option<Direction>,
}

impl From<WrittenGoal> for Goal {
    fn from(WrittenGoal { metric, direction }: WrittenGoal) -> Self {
        let usual = Self::of(metric);
        Self { direction: direction.unwrap_or(usual.direction), ..usual }
    }
}

impl Default for Goal {
    fn default() -> Self {
        Self::of(Metric::LeadRate)
    }
}

impl Goal {
    /// Where a metric is usually to go.
    pub fn of(metric: Metric) -> Self {
        let direction = if metric.is_better_higher() { Direction::Higher } else { Direction::Lower };
        Self { metric, direction }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Higher,
    Lower,
}

/// A lift that is worth finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lift {
    /// The primary metric's mean without the change; a rate is from 0 to 1.
    #[schemars(range(min = 0.000001))]
    pub baseline: f64,
    /// Standard deviation of the primary metric; of a rate the baseline gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// The change, in percent of the baseline.
    #[schemars(range(min = 0.1, max = 1_000.0))]
    pub lift_percent: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It can be changed as one likes; no one takes part.
    #[default]
    Draft,
    Running,
    /// No one new takes part; who took part goes on being counted.
    Paused,
    /// For good. Who won, everyone gets.
    Stopped,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

/// Why it was stopped, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// A variant that everyone is to get from now on; without one it is as if there had been no experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<String>,
    #[schemars(length(min = 1, max = DECISION_CHARS_MAX))]
    pub reason: String,
}

impl Experiment {
    /// How many units it takes to find the lift that is planned for; `None` where none is.
    pub fn planned_units(&self) -> Option<u64> {
        let Lift { baseline, deviation, lift_percent } = self.plan?;
        let is_lower = self.primary.direction == Direction::Lower;
        let lifted = baseline * (1.0 + if is_lower { -lift_percent } else { lift_percent } / 100.0);
        let variance = |mean: f64| match deviation {
            Some(deviation) if !self.primary.metric.is_yes_or_no(self.unit) => deviation * deviation,
            _ => (mean * (1.0 - mean)).max(0.0),
        };
        let total: f64 = self.variants.iter().map(|variant| f64::from(variant.weight)).sum();
        let share = |variant: &Variant| f64::from(variant.weight) / total;
        let control = share(self.variants.first()?);
        let least = self.variants[1..].iter().map(share).filter(|share| *share > 0.0).reduce(f64::min)?;
        let plan = Plan {
            difference: lifted - baseline,
            variances: [variance(baseline), variance(lifted)],
            shares: [control, least],
            comparisons: self.variants.len() - 1,
            power: POWER,
        };
        planned_units(&plan)
    }

    /// The place of a variant.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.variants.iter().position(|variant| variant.name == name)
    }

    /// The intents that a variant has a reply of its own for.
    pub fn intents(&self) -> impl Iterator<Item = &str> {
        self.variants.iter().flat_map(|variant| variant.replies.keys().map(|key| intent_of(key)))
    }

    /// The variant that everyone gets.
    pub fn winner(&self) -> Option<&Variant> {
        let winner = self.decision.as_ref()?.winner.as_deref()?;
        self.variants.iter().find(|variant| variant.name == winner)
    }

    /// What is counted for it; `None` before it is started.
    pub fn trial(&self, name: &str) -> Option<Trial> {
        Some(Trial {
            experiment: name.to_owned(),
            unit: self.unit,
            variants: self.variants.iter().map(|variant| variant.name.clone()).collect(),
            from_ms: self.started_ms?,
            until_ms: self.stopped_ms,
        })
    }

    /// Starts it, or goes on with it.
    ///
    /// # Errors
    /// `Conflict` where it runs already or is over.
    pub fn start(&mut self, now_ms: i64) -> Result<()> {
        match self.state {
            State::Draft | State::Paused => {}
            State::Running => return conflict("it runs already"),
            State::Stopped => return conflict("it was stopped, and its decision stands: make another experiment"),
        }
        self.state = State::Running;
        self.started_ms.get_or_insert(now_ms);
        Ok(())
    }

    /// # Errors
    /// `Conflict` where it does not run.
    pub fn pause(&mut self) -> Result<()> {
        match self.state {
            State::Running => {}
            State::Draft => return conflict("it was not started yet"),
            State::Paused => return conflict("it is paused already"),
            State::Stopped => return conflict("it was stopped, and its decision stands"),
        }
        self.state = State::Paused;
        Ok(())
    }

    /// # Errors
    /// `Conflict` where it was never started or is over; `Invalid` where the decision names no variant or has no reason.
    pub fn stop(&mut self, decision: Decision, by: &str, now_ms: i64) -> Result<()> {
        match self.state {
            State::Running | State::Paused => {}
            State::Draft => return conflict("it was not started yet: there is nothing to decide"),
            State::Stopped => return conflict("it was stopped already, and its decision stands"),
        }
        let chars = decision.reason.trim().chars().count();
        if !(1..=DECISION_CHARS_MAX).contains(&chars) {
            return invalid(format!("reason: expected 1 to {DECISION_CHARS_MAX} characters, found {chars}"));
        }
        if let Some(winner) = decision.winner.as_deref().filter(|winner| self.place(winner).is_none()) {
            return invalid(format!("winner: expected the name of a variant, found {winner:?}"));
        }
        self.state = State::Stopped;
        self.stopped_ms = Some(now_ms);
        self.decision = Some(decision);
        self.decided_by = Some(by.to_owned());
        Ok(())
    }
}

pub(super) fn invalid<T>(sentence: String) -> Result<T> {
    Err(Error::Invalid(sentence))
}

pub(super) fn conflict<T>(sentence: &str) -> Result<T> {
    Err(Error::Conflict(sentence.to_owned()))
}
