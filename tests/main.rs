//! The integration tests: one binary, a module for each property.

mod cli;
mod crash;
mod exactness;
mod load;
mod support;
