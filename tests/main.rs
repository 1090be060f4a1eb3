//! The integration tests: one binary, a module for each property.

mod access;
mod alerts;
mod browser;
mod chat;
mod cli;
mod crash;
mod erasure;
mod exactness;
mod experiments;
mod faults;
mod golden;
mod http;
mod laws;
mod load;
mod masking;
mod operable;
mod reading;
mod reports;
mod retention;
mod siege;
mod support;
