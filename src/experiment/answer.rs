//! What is answered about an experiment.

use schemars::JsonSchema;
use serde::Serialize;

use super::definition::Direction;
use crate::model::Day;
use crate::query::experiment::{Cell, Metric};

/// What a result is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Device,
    Language,
}

impl By {
    pub const ALL: [Self; 2] = [Self::Device, Self::Language];

    pub fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Language => "language",
        }
    }

    pub(super) fn of(self, cell: &Cell) -> Option<&str> {
        match self {
            Self::Device => cell.of.device.as_deref(),
            Self::Language => cell.of.language.as_deref(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExperimentResult {
    /// Sessions, or users, that were shown a variant.
    pub units: u64,
    /// As many as it takes to find the lift that is planned for.
    pub planned_units: Option<u64>,
    pub sample_ratio: SampleRatio,
    /// What has to be known before anything is believed.
    pub warnings: Vec<Warning>,
    /// The primary one first.
    pub metrics: Vec<MetricResult>,
    /// The primary metric of all units exposed up to the end of each day, as it is known now.
    pub over_time: Vec<DayResult>,
    /// The primary metric by device or language, where that was asked for.
    pub slices: Option<Vec<Slice>>,
}

/// Whether units were spread as the weights say.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SampleRatio {
    /// How rare such counts are if all is well.
    pub p_value: f64,
    pub is_well: bool,
    pub variants: Vec<VariantUnits>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VariantUnits {
    pub variant: String,
    pub units: u64,
    /// In percent of all units, as the weights say.
    pub expected_percent: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Warning {
    pub code: WarningCode,
    /// The same for a person.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Some variant has few units: no difference is claimed.
    FewUnits,
    /// There are fewer units than planned.
    BelowPlan,
    /// Units were not spread as the weights say: something is broken, and no figure is to be believed.
    SampleRatio,
    /// There are more sessions than are read.
    Cut,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MetricResult {
    pub metric: Metric,
    pub direction: Direction,
    pub is_primary: bool,
    /// In the order of the experiment, the control first.
    pub variants: Vec<VariantResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VariantResult {
    pub variant: String,
    /// Units of which the metric can be measured.
    pub units: u64,
    /// Mean of the units' values; of a rate from 0 to 1.
    pub mean: Option<Estimate>,
    /// By how much it is above the control's.
    pub difference: Option<Estimate>,
    /// The same in percent of the control's; null while the control's own mean may be zero.
    pub lift_percent: Option<Estimate>,
    /// How probable it is that the variant is the best of all, in percent.
    pub best_percent: Option<f64>,
    /// Whether the difference is sure to be one, and whether it is wanted.
    pub verdict: Verdict,
}

/// A figure, and an interval that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is what the others are compared with.
    Control,
    Better,
    Worse,
    /// Nothing is sure.
    Open,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DayResult {
    pub date: Day,
    pub variants: Vec<VariantResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Slice {
    /// Null where it is not known.
    pub value: Option<String>,
    pub units: u64,
    pub variants: Vec<VariantResult>,
}
