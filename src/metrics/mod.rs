//! Figures about the process, counted while it works. Counting takes an atomic addition or two: no lock, no allocation.

mod exposition;
mod histogram;
mod sharded;

pub use exposition::Exposition;
pub use histogram::{Histogram, Tally};
pub use sharded::{Counter, Sharded};
