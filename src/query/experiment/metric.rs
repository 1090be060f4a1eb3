//! What experiments measure of a unit: one value each, so that units are what chance has drawn and what is counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Unit;

/// What is measured of each unit. A unit of which it cannot be measured (no one voted) does not count for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Whether the unit left a lead.
    LeadRate,
    /// Share of the unit's voices that were satisfied.
    Satisfaction,
    /// Share of the unit's exchanges with an intent whose intent was served.
    Understood,
    /// Share of the unit's sessions that were resolved and not followed by another of the same user within seven days. Resolved
    /// is a session in which something was understood, all of it, and no one was dissatisfied; counted once the days are over.
    Resolved,
    MessagesPerSession,
    /// The unit's mean response time, ms.
    ResponseTimeMs,
    /// What the unit cost, US dollars.
    CostUsd,
}

impl Metric {
    pub const ALL: [Self; 7] = [
        Self::LeadRate,
        Self::Satisfaction,
        Self::Understood,
        Self::Resolved,
        Self::MessagesPerSession,
        Self::ResponseTimeMs,
        Self::CostUsd,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::LeadRate => "lead_rate",
            Self::Satisfaction => "satisfaction",
            Self::Understood => "understood",
            Self::Resolved => "resolved",
            Self::MessagesPerSession => "messages_per_session",
            Self::ResponseTimeMs => "response_time_ms",
            Self::CostUsd => "cost_usd",
        }
    }

    /// Whether a unit's value is either nothing or one.
    pub fn is_yes_or_no(self, unit: Unit) -> bool {
        match self {
            Self::LeadRate => true,
            Self::Resolved => unit == Unit::Session,
            Self::Satisfaction | Self::Understood | Self::MessagesPerSession | Self::ResponseTimeMs | Self::CostUsd => {
                false
            }
        }
    }

    /// Whether more of it is better where no one says otherwise.
    pub fn is_better_higher(self) -> bool {
        match self {
            Self::LeadRate | Self::Satisfaction | Self::Understood | Self::Resolved => true,
            Self::MessagesPerSession | Self::ResponseTimeMs | Self::CostUsd => false,
        }
    }

    pub(super) fn place(self) -> usize {
        Self::ALL.iter().position(|metric| *metric == self).expect("all are listed")
    }
}

/// Units with a value, and the sums of their values and of their squares. Values are in millionths, so that neither the order in
/// which they come nor how they are put together makes a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    pub count: u64,
    pub sum: u128,
    pub squares: u128,
}

/// One, in the unit of values.
pub const MILLION: u64 = 1_000_000;
/// Highest value: a million units of it still have a sum of squares.
pub const VALUE_MAX: u64 = 10_000_000_000_000_000;

impl Moments {
    pub fn add(&mut self, value: u64) {
        let value = u128::from(value.min(VALUE_MAX));
        self.count += 1;
        self.sum += value;
        self.squares += value * value;
    }

    pub fn merge(&mut self, other: &Self) {
        let Self { count, sum, squares } = other;
        self.count += count;
        self.sum += sum;
        self.squares += squares;
    }

    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 / MILLION as f64 }
    }

    /// Of the values (divided by one less than they are); nothing where there are fewer than two.
    pub fn variance(&self) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        let (count, sum) = (self.count as f64, self.sum as f64);
        // Whole numbers as long as they fit, so that what is nearly equal does not lose its difference.
        let spread = match (self.squares.checked_mul(self.count.into()), self.sum.checked_mul(self.sum)) {
            (Some(squares), Some(square)) => (squares - square) as f64 / count,
            _ => self.squares as f64 - sum * sum / count,
        };
        (spread / (count - 1.0)).max(0.0) / (MILLION as f64 * MILLION as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_give_mean_and_variance_and_can_be_put_together() {
        let of = |values: &[u64]| {
            let mut moments = Moments::default();
            values.iter().for_each(|value| moments.add(value * MILLION));
            moments
        };
        let mut moments = of(&[2, 4, 4, 4]);
        moments.merge(&of(&[5, 5, 7, 9]));
        assert_eq!(moments, of(&[9, 7, 5, 5, 4, 4, 4, 2]));
        // statistics.mean, statistics.variance of Python.
        assert_eq!((moments.mean(), moments.variance()), (5.0, 32.0 / 7.0));
        assert_eq!((Moments::default().mean(), of(&[3]).variance()), (0.0, 0.0));
        let mut large = Moments::default();
        (0..1_000).for_each(|_| large.add(u64::MAX));
        assert_eq!((large.mean(), large.variance()), (1e10, 0.0));
    }
}
