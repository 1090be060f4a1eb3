//! What became of the units of an experiment, by variant, day of their first exposure, device and language.

mod metric;
mod tally;

pub use metric::{MILLION, Metric, Moments};
pub use tally::{Tally, days_read};

use crate::model::{Day, Unit};

/// Which exposures and sessions belong to an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub experiment: String,
    pub unit: Unit,
    pub variants: Vec<String>,
    /// When it was started, epoch ms. Sessions that began before take no part.
    pub from_ms: i64,
    /// When it was stopped, epoch ms. Sessions that began then or later take no part.
    pub until_ms: Option<i64>,
}

/// What is counted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialFigures {
    /// In order of what they are of.
    pub cells: Vec<Cell>,
    /// Where it has more sessions than may be read: only those that began before count.
    pub cut_at_ms: Option<i64>,
}

/// Units of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub of: CellOf,
    pub units: u64,
    /// By place in `Metric::ALL`.
    pub moments: [Moments; Metric::ALL.len()],
}

/// What the units of a cell have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellOf {
    /// Place in the experiment's variants.
    pub variant: usize,
    /// Of the first exposure, in the bot's zone.
    pub day: Day,
    pub device: Option<Box<str>>,
    pub language: Option<Box<str>>,
}

impl Cell {
    pub fn moments(&self, metric: Metric) -> &Moments {
        &self.moments[metric.place()]
    }
}
