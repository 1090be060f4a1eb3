//! NovaHouse: analytics for chatbots in one executable.
//!
//! Events come in over HTTP, are durable in a log before they are acknowledged, and are folded into sessions, users and
//! daily and hourly rollups. Every question is answered from the fold. Each module uses only those before it:
//!
//! `model` <- `rollup` <- `query` <- `engine` <- `store` <- `live` <- `ingest`, `transfer`, `demo`, `backups`, `retention`, `erasure` <- `http` <- `doctor`
//! <- `cli`; `limits`, `clock`, `error`, `language`, `metrics`, `private` and `threads` serve all. `reading`, what a message's text says of
//! itself, and `masking`, what is taken out of texts before they are stored, need only `model`; `access`, who may do what,
//! needs `engine`; `links`, ways to the dashboard, needs `model`; `settings`, what a team sets, needs `masking`, and `alert`, what is watched, `report`, what is sent when a
//! period is over, `experiment`, what is tried on visitors, and `notify`, who is told, which all look at it; `health` needs `ingest`.

#![forbid(unsafe_code)]

pub mod access;
pub mod alert;
pub mod backups;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod engine;
pub mod erasure;
pub mod error;
pub mod experiment;
#[cfg(test)]
mod fuzz;
pub mod health;
pub mod http;
pub mod ingest;
pub mod language;
pub mod limits;
pub mod links;
pub mod live;
pub mod masking;
pub mod metrics;
pub mod model;
pub mod notify;
pub mod private;
pub mod query;
pub mod random;
pub mod reading;
pub mod report;
pub mod retention;
pub mod rollup;
pub mod settings;
pub mod store;
pub mod threads;
pub mod transfer;
