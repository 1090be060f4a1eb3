//! What became of the units of an experiment, by variant, day of their first exposure, device and language.

mod metric;
mod outcomes;
mod tally;
mod variants;

pub use metric::{MILLION, Metric, Moments};
pub use outcomes::Outcomes;
pub use tally::{Tally, days_read};
pub use variants::{VariantFigures, VariantSums, VariantTally, days_compared};

use crate::model::{Day, Exposed, Session, Unit, User};

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

impl Trial {
    /// Whether something happened while the experiment ran.
    fn is_within(&self, at_ms: i64) -> bool {
        at_ms >= self.from_ms && self.until_ms.is_none_or(|until_ms| at_ms < until_ms)
    }

    /// The place of the variant that was shown first, and when and to what it was; `None` where the experiment did not run then.
    fn shown<'e>(&self, exposures: &'e [Exposed]) -> Option<(usize, &'e Exposed)> {
        let exposed = exposures.iter().find(|exposed| *exposed.experiment == *self.experiment)?;
        let variant = self.variants.iter().position(|variant| **variant == *exposed.variant)?;
        self.is_within(exposed.at.0).then_some((variant, exposed))
    }
}

/// What is counted user by user, and then session by session.
pub trait Counts {
    /// Takes a user's exposures in; all users before the first session.
    fn add_user(&mut self, user: &User);

    /// Counts a session that began on one of the days that have to be read.
    fn add_session(&mut self, session: &Session);
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
