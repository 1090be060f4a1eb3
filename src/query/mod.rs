//! One file per question: from rollups to a typed answer. Ratios and averages are computed here, from sums.

pub mod answer;
pub mod cohorts;
pub mod conversations;
pub mod counts;
pub mod daily;
pub mod engagement;
pub mod experiment;
pub mod funnel;
pub mod hours;
pub mod intents;
pub mod leads;
pub mod overview;
pub mod paths;
pub mod performance;
pub mod questions;

use std::sync::Arc;

use crate::model::Day;
use crate::rollup::Daily;

/// The days of a window that have something, in order.
pub type Days = [(Day, Arc<Daily>)];
