//! How long a bot keeps what it was told.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Day, Horizons, Keep};

#[derive(Serialize, JsonSchema)]
pub struct RetentionList {
    pub bots: Vec<RetentionRow>,
}

#[derive(Serialize, JsonSchema)]
pub struct RetentionRow {
    pub name: Box<str>,
    /// IANA name.
    pub timezone: &'static str,
    pub keep: KeepRow,
    pub since: KeptSince,
}

#[derive(Serialize, JsonSchema)]
pub struct RetentionAnswer {
    pub keep: KeepRow,
    pub since: KeptSince,
}

/// Days that each kind is kept, today included; null is for ever.
#[derive(Serialize, JsonSchema)]
pub struct KeepRow {
    /// What was written: messages, replies, entities, comments.
    pub text_days: Option<u32>,
    /// Messages, visits, leads and feedback as they came.
    pub events_days: Option<u32>,
    /// Performance metrics as they came.
    pub performance_days: Option<u32>,
    /// Sessions, the names of persons, contact data of leads.
    pub sessions_days: Option<u32>,
}

impl From<Keep> for KeepRow {
    fn from(Keep { text_days, events_days, performance_days, sessions_days }: Keep) -> Self {
        Self { text_days, events_days, performance_days, sessions_days }
    }
}

/// The first days of which each kind is still there; null where nothing has gone.
#[derive(Serialize, JsonSchema)]
pub struct KeptSince {
    pub text: Option<Day>,
    /// Events of earlier days are refused.
    pub events: Option<Day>,
    /// Metrics of earlier days are refused.
    pub performance: Option<Day>,
    pub sessions: Option<Day>,
}

impl From<Horizons> for KeptSince {
    fn from(horizons: Horizons) -> Self {
        let since = |day: Day| Some(day).filter(|day| *day > Day(0));
        Self {
            text: since(horizons.text),
            events: since(horizons.events),
            performance: since(horizons.performance),
            sessions: since(horizons.sessions),
        }
    }
}
