//! What the tests share: the oracle, the generator of events, the reference load, and servers with their client.

pub mod browser;
pub mod client;
pub mod conformance;
pub mod document;
pub mod generator;
pub mod mail_server;
pub mod oracle;
pub mod oracle_erase;
mod oracle_explore;
mod oracle_log;
pub mod oracle_records;
pub mod process;
pub mod receiver;
#[allow(dead_code, reason = "the benches use all of it")]
pub mod reference;
pub mod served;
pub mod small_disk;
