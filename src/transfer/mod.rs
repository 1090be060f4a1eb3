//! Getting data in and out as text: exports, imports, events as the wire has them.

pub mod event_json;
