//! Getting data in and out as text: exports, imports, and events as the wire has them.

pub mod event_json;
mod export_file;
pub mod first_system;
pub mod format;
pub mod import;
pub mod person;
