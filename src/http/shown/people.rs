//! Sessions, leads and bots.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{EngagementRecord, LeadRecord};
use crate::model::Day;

#[derive(Serialize, JsonSchema)]
pub struct SessionList {
    /// Sessions.
    pub total: u64,
    /// Exchanges, visits or leads that match; of a list by start, sessions.
    pub matches: u64,
    /// Newest first.
    pub sessions: Vec<EngagementRecord>,
    /// To be given as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Transcript {
    pub session: EngagementRecord,
    /// Every event of the session, in order of time.
    #[schemars(with = "Vec<crate::http::openapi::AnyEvent>")]
    pub timeline: Vec<Value>,
    /// Whether it is longer than is shown.
    pub truncated: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct LeadList {
    /// Of the window, those that are still there: of days before `since.sessions` of /api/retention the bot has let go of who
    /// left them, and only counts them.
    pub total: u64,
    /// Newest first.
    pub leads: Vec<LeadRecord>,
}

#[derive(Serialize, JsonSchema)]
pub struct BotList {
    pub bots: Vec<BotRow>,
}

#[derive(Serialize, JsonSchema)]
pub struct BotRow {
    pub name: Box<str>,
    /// IANA name.
    pub timezone: &'static str,
    pub today: Day,
}
