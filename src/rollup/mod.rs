//! What a day, or an hour, adds up to: mergeable sums, counts, extremes and histograms, never averages.
//! `fold` is the one function that keeps them, for ingest, recovery, `check` and recounts alike. No I/O here.

pub mod daily;
pub mod fold;
pub mod histogram;
pub mod names;
pub mod performance;
pub mod presence;
pub mod questions;
pub mod trace;

pub use daily::Daily;
pub use fold::{Rollups, fold};
pub use histogram::Histogram;
pub use names::Names;
pub use performance::PerformanceRollup;
pub use presence::Presence;
pub use questions::Questions;
pub use trace::Trace;
