//! What the tests share: the oracle, the generator of events, and the real server.

pub mod conformance;
pub mod generator;
pub mod oracle;
pub mod oracle_records;
