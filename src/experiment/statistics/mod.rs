//! What can be said of a difference between variants.
//!
//! - `sequence`: intervals that hold at all times at once, so that one may look at a running experiment as often as one likes.
//! - `bayes`: how probable it is that a variant is the best.
//! - `ratio`: whether units were spread over variants as the weights say.
//! - `power`: how many units it takes to find a difference.

mod bayes;
mod gamma;
mod power;
mod ratio;
mod sequence;
#[cfg(test)]
mod simulation;

pub use bayes::{Posterior, best};
pub use power::{POWER, Plan, planned_units};
pub use ratio::ratio_p_value;
pub use sequence::{Interval, Sample, Sequence};

/// How often intervals may be wrong, of all comparisons of an experiment's metric together.
pub const ALPHA: f64 = 0.05;
/// Units for which intervals are narrowest where no plan says how many there will be.
pub const TUNED_FOR: u64 = 10_000;
/// Below this, units were hardly spread as the weights say: so rare that a look every day does not find it by chance.
pub const RATIO_P_VALUE_MIN: f64 = 0.001;
