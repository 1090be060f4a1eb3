//! Experiments, and who gets what.

use schemars::JsonSchema;
use serde::Serialize;

use crate::experiment::{Decision, Experiment, Goal, Lift, State, Variant};
use crate::model::Unit;
use crate::model::day::rfc3339;

const SUCCESS: &str = "success";

#[derive(Serialize, JsonSchema)]
pub struct ExperimentList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// By their names.
    experiments: Vec<ExperimentRow<'a>>,
}

impl<'a> ExperimentList<'a> {
    pub fn of(experiments: Vec<ExperimentRow<'a>>) -> Self {
        Self { status: SUCCESS, experiments }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct ExperimentAnswer<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    experiment: ExperimentRow<'a>,
}

impl<'a> ExperimentAnswer<'a> {
    pub fn of(experiment: ExperimentRow<'a>) -> Self {
        Self { status: SUCCESS, experiment }
    }
}

/// An experiment, without what its draws are salted with.
#[derive(Serialize, JsonSchema)]
pub struct ExperimentRow<'a> {
    name: &'a str,
    bot: &'a str,
    unit: Unit,
    /// Millionths of all units that take part.
    traffic_share_ppm: u32,
    /// The first one is the control.
    variants: &'a [Variant],
    primary: Goal,
    guardrails: &'a [Goal],
    plan: Option<Lift>,
    /// As many as it takes to find the lift that is planned for.
    planned_units: Option<u64>,
    state: State,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    started_at: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    stopped_at: Option<String>,
    decision: Option<&'a Decision>,
    /// Who stopped it, by the name in the record of changes.
    decided_by: Option<&'a str>,
}

impl<'a> ExperimentRow<'a> {
    pub fn of(name: &'a str, experiment: &'a Experiment) -> Self {
        let Experiment {
            bot,
            unit,
            traffic_share_ppm,
            variants,
            primary,
            guardrails,
            plan,
            state,
            salt: _,
            created_ms,
            started_ms,
            stopped_ms,
            decision,
            decided_by,
        } = experiment;
        Self {
            name,
            bot,
            unit: *unit,
            traffic_share_ppm: *traffic_share_ppm,
            variants,
            primary: *primary,
            guardrails,
            plan: *plan,
            planned_units: experiment.planned_units(),
            state: *state,
            created_at: rfc3339(*created_ms),
            started_at: started_ms.map(rfc3339),
            stopped_at: stopped_ms.map(rfc3339),
            decision: decision.as_ref(),
            decided_by: decided_by.as_deref(),
        }
    }
}

/// A variant for someone.
#[derive(Serialize, JsonSchema)]
pub struct Assigned<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Null where the bot is to be as it is without the experiment: it does not run, or who asks takes no part.
    variant: Option<&'a str>,
    /// Whether the experiment runs and this one takes part; the exposure is recorded.
    in_experiment: bool,
}

impl<'a> Assigned<'a> {
    pub fn of(variant: Option<&'a str>, in_experiment: bool) -> Self {
        Self { status: SUCCESS, variant, in_experiment }
    }
}
