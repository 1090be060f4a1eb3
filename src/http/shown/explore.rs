//! The answers about what is explored.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Day;
use crate::query::funnel::FunnelStep;
use crate::query::paths::{PathLink, PathNode};

#[derive(Serialize, JsonSchema)]
pub struct Funnel {
    pub period_days: u32,
    /// From the first step to the last; `null` where there is no limit.
    pub within_seconds: Option<u64>,
    pub steps: Vec<FunnelStep>,
}

#[derive(Serialize, JsonSchema)]
pub struct Paths {
    pub period_days: u32,
    /// Followed from the first one.
    pub steps: usize,
    /// With an intent in the window.
    pub sessions: u64,
    /// By step, those of most sessions first.
    pub nodes: Vec<PathNode>,
    /// By step, those of most sessions first.
    pub links: Vec<PathLink>,
    /// Whether a day had more intents than are told apart: others may be among the most triggered.
    pub truncated: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct Comparison {
    pub this: Compared,
    pub other: Compared,
    pub figures: Vec<FigureChange>,
}

#[derive(Serialize, JsonSchema)]
pub struct Compared {
    pub bot: String,
    pub from: Day,
    pub to: Day,
    pub period_days: u32,
}

/// Of sessions that began in the window while the experiment ran.
#[derive(Serialize, JsonSchema)]
pub struct VariantComparison {
    pub experiment: String,
    pub bot: String,
    pub from: Day,
    pub to: Day,
    pub period_days: u32,
    /// The variants.
    pub this: String,
    pub other: String,
    pub figures: Vec<FigureChange>,
    /// Where there are more sessions than are read: only those that began before count.
    #[schemars(extend("format" = "date-time"))]
    pub cut_at: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct FigureChange {
    /// By the name that it has in the other answers.
    pub figure: &'static str,
    /// `null`: a share or an average of nothing.
    pub this: Option<f64>,
    pub other: Option<f64>,
    /// From the other to this; `null` where there is nothing on a side.
    pub difference: Option<f64>,
    /// In percent of the other; `null` where that is 0 or there is nothing on a side.
    pub change_percent: Option<f64>,
}
