//! The integration tests: one binary, a module for each property.

mod cli;
mod crash;
mod exactness;
mod golden;
mod http;
mod load;
mod support;
