//! What the benches share: servers and what they weigh, requests sent over many connections, baselines, tables.

pub mod answer;
pub mod arguments;
pub mod baseline;
pub mod connection;
pub mod load;
pub mod plain;
pub mod posts;
pub mod server;
pub mod table;
pub mod times;

#[path = "../../tests/support/reference.rs"]
pub mod reference;
