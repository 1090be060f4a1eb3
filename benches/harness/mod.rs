//! What the benches share: servers and what they weigh, requests sent over many connections, baselines, tables.

pub mod answer;
pub mod arguments;
pub mod asked;
pub mod baseline;
pub mod connection;
pub mod load;
pub mod plain;
pub mod plot;
pub mod posts;
pub mod seed;
pub mod server;
pub mod table;
pub mod times;

#[path = "../../tests/support/client.rs"]
pub mod client;
#[path = "../../tests/support/reference.rs"]
pub mod reference;

/// What time it is, for events that end now.
pub fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    now.as_millis() as i64
}
