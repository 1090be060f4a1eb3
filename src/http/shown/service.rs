//! What becomes of events and messages, how the server does, and what a failure looks like.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::EventError;
use crate::health::Word;

/// What became of the events of a request.
#[derive(Serialize, JsonSchema)]
pub struct EventsTaken<'a> {
    /// `success` where one was accepted or known already.
    pub status: &'static str,
    pub accepted: u64,
    /// Known by their `id`.
    pub duplicates: u64,
    pub rejected: u64,
    /// By place in the request; the first of them, where there are many.
    pub errors: &'a [EventError],
    /// Fields that were not stored.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub warnings: &'a [EventError],
    /// Where none was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Where none was accepted, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What the chat answers.
#[derive(Clone, Serialize, JsonSchema)]
pub struct ChatReply {
    /// For the visitor to read; where the bot failed, an apology.
    pub response: String,
    pub session_id: String,
    #[schemars(extend("format" = "date-time"))]
    pub timestamp: String,
    /// `success`, or `error` where the bot failed.
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Where the bot failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// Why a request failed.
#[derive(Serialize, JsonSchema)]
pub struct ErrorAnswer<'a> {
    /// Always `error`.
    pub status: &'static str,
    /// A sentence for a person.
    pub error: &'a str,
    /// A word for a program.
    pub code: &'a str,
}

/// The same in the first system's envelope.
#[derive(Serialize, JsonSchema)]
pub struct LegacyError<'a> {
    /// Always false.
    pub success: bool,
    /// A sentence for a person.
    pub error: &'a str,
}

#[derive(Serialize, JsonSchema)]
pub struct Health {
    pub status: HealthWord,
    /// Always `novahouse-chatbot`.
    pub service: &'static str,
    /// `connected`, or `unavailable` where the storage cannot be read.
    pub database: &'static str,
    #[schemars(extend("format" = "date-time"))]
    pub timestamp: String,
    pub version: &'static str,
    /// Not for strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingest: Option<IngestState>,
    /// Not for strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatState>,
    /// What was looked at, one by one.
    pub checks: Checks,
    /// Those made by the clock, where the server makes any; not for strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backups: Option<BackupState>,
}

#[derive(Serialize, JsonSchema)]
pub struct BackupState {
    /// When the latest one that is there was begun.
    #[schemars(extend("format" = "date-time"))]
    pub last: Option<String>,
    /// Whether the one after it failed; the server's log says why.
    pub failed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthWord {
    Healthy,
    Unhealthy,
}

#[derive(Serialize, JsonSchema)]
pub struct IngestState {
    pub queued_requests: usize,
    pub queued_bytes: usize,
    /// Since the start.
    pub accepted_events: u64,
    /// Requests that could not be stored, since the start.
    pub failed_requests: u64,
}

#[derive(Serialize, JsonSchema)]
pub struct ChatState {
    /// Exchanges that the queue had no room for, since the start.
    pub unrecorded_exchanges: u64,
}

#[derive(Serialize, JsonSchema)]
pub struct Checks {
    /// Whether it can be read, and was written last time.
    pub storage: Check,
    /// Whether there is room for events.
    pub ingest_queue: Check,
    /// Whether the disk has room.
    pub disk_space: Check,
    /// Whether what is held in memory is written back in time.
    pub last_checkpoint: Check,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Check {
    pub status: Word,
    /// What was found, and where it is not ok what to do; not for strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Whether requests may be sent here.
#[derive(Serialize, JsonSchema)]
pub struct Ready {
    /// Always `ready`.
    pub status: &'static str,
    #[schemars(extend("format" = "date-time"))]
    pub timestamp: String,
}
