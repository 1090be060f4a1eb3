//! Making an experiment, and changing one.

use schemars::JsonSchema;
use serde::Deserialize;

use super::definition::{Experiment, Goal, Lift, State, Variant, conflict};
use crate::error::Result;
use crate::limits::{EXPERIMENT_NAME_BYTES_MAX, GUARDRAILS_MAX, VARIANTS_MAX};
use crate::model::{DEFAULT_BOT, Unit};

const EVERYONE_PPM: u32 = 1_000_000;

/// An experiment to be. It begins as a draft.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExperiment {
    #[schemars(length(min = 1, max = EXPERIMENT_NAME_BYTES_MAX))]
    pub name: String,
    /// `default` where none is given.
    pub bot: Option<String>,
    /// `session` where none is given.
    #[serde(default)]
    pub unit: Unit,
    /// Millionths of all units that take part; all where none are given.
    #[schemars(range(max = 1_000_000))]
    pub traffic_share_ppm: Option<u32>,
    /// The first one is the control.
    #[schemars(length(min = 2, max = VARIANTS_MAX))]
    pub variants: Vec<Variant>,
    pub primary: Goal,
    #[serde(default)]
    #[schemars(length(max = GUARDRAILS_MAX))]
    pub guardrails: Vec<Goal>,
    pub plan: Option<Lift>,
}

impl NewExperiment {
    pub(super) fn into_draft(self, salt: String, now_ms: i64) -> (String, Experiment) {
        let Self { name, bot, unit, traffic_share_ppm, variants, primary, guardrails, plan } = self;
        let experiment = Experiment {
            bot: bot.unwrap_or_else(|| DEFAULT_BOT.to_owned()),
            unit,
            traffic_share_ppm: traffic_share_ppm.unwrap_or(EVERYONE_PPM),
            variants,
            primary,
            guardrails,
            plan,
            state: State::Draft,
            salt,
            created_ms: now_ms,
            started_ms: None,
            stopped_ms: None,
            decision: None,
            decided_by: None,
        };
        (name, experiment)
    }
}

/// What is to be different; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExperimentChange {
    pub bot: Option<String>,
    pub unit: Option<Unit>,
    /// While it runs it may only become more: who took part goes on doing so.
    #[schemars(range(max = 1_000_000))]
    pub traffic_share_ppm: Option<u32>,
    #[schemars(length(min = 2, max = VARIANTS_MAX))]
    pub variants: Option<Vec<Variant>>,
    pub primary: Option<Goal>,
    /// May be changed while it runs, too.
    #[schemars(length(max = GUARDRAILS_MAX))]
    pub guardrails: Option<Vec<Goal>>,
    pub plan: Option<Lift>,
}

impl ExperimentChange {
    /// # Errors
    /// `Conflict` where it is too late for it.
    pub fn apply(self, experiment: &mut Experiment) -> Result<()> {
        let Self { bot, unit, traffic_share_ppm, variants, primary, guardrails, plan } = self;
        if experiment.state == State::Stopped {
            return conflict("it was stopped: what it was is what was decided on");
        }
        let is_draft = experiment.state == State::Draft;
        if !is_draft && (bot.is_some() || unit.is_some() || variants.is_some()) {
            return conflict("it was started: bot, unit and variants decide who sees what, and stay as they are");
        }
        if !is_draft && (primary.is_some() || plan.is_some()) {
            return conflict("it was started: primary and plan decide when it is over, and stay as they are");
        }
        if let Some(share_ppm) = traffic_share_ppm {
            if !is_draft && share_ppm < experiment.traffic_share_ppm {
                return conflict("traffic_share_ppm: it was started: the share may only become more");
            }
            experiment.traffic_share_ppm = share_ppm;
        }
        experiment.bot = bot.unwrap_or_else(|| std::mem::take(&mut experiment.bot));
        experiment.unit = unit.unwrap_or(experiment.unit);
        experiment.variants = variants.unwrap_or_else(|| std::mem::take(&mut experiment.variants));
        experiment.primary = primary.unwrap_or(experiment.primary);
        experiment.guardrails = guardrails.unwrap_or_else(|| std::mem::take(&mut experiment.guardrails));
        experiment.plan = plan.or(experiment.plan);
        Ok(())
    }
}
