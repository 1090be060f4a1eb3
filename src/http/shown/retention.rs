//! How long a bot keeps what it was told, and what goes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{Gone, Retained};
use crate::model::day::rfc3339;
use crate::model::{Day, Horizons, Keep};
use crate::retention::{Ended, Run, Status};

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

/// By bot, of those that would let something go.
#[derive(Serialize, JsonSchema)]
pub struct RetentionForeseen<'a> {
    pub bots: &'a [Gone],
}

#[derive(Serialize, JsonSchema)]
pub struct RetentionRuns<'a> {
    /// Null where none is.
    pub under_way: Option<RunBegun<'a>>,
    /// The last one that ended since the server was started.
    pub last: Option<RunEnded<'a>>,
}

#[derive(Serialize, JsonSchema)]
pub struct RunBegun<'a> {
    #[schemars(extend("format" = "date-time"))]
    pub began_at: String,
    /// Who asked for it; null where it was its time of the night.
    pub by: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
pub struct RunEnded<'a> {
    #[schemars(extend("format" = "date-time"))]
    pub began_at: String,
    #[schemars(extend("format" = "date-time"))]
    pub ended_at: String,
    /// Who asked for it; null where it was its time of the night.
    pub by: Option<&'a str>,
    /// Whether it broke off; the server's log says why. What had gone until then has gone, and the next run goes on from there.
    pub failed: bool,
    /// What went, of the bots that let something go.
    pub bots: &'a [Gone],
    /// Transactions that it was made in.
    pub steps: u64,
    /// The longest that events had to wait for one of them, or for room to be given back, ms.
    pub longest_step_ms: f64,
    /// What the file takes less of the disk: room that was free in it.
    pub given_back_bytes: u64,
}

impl<'a> From<&'a Status> for RetentionRuns<'a> {
    fn from(Status { under_way, last }: &'a Status) -> Self {
        Self { under_way: under_way.as_ref().map(RunBegun::from), last: last.as_ref().map(RunEnded::from) }
    }
}

impl<'a> From<&'a Run> for RunBegun<'a> {
    fn from(Run { began_ms, by }: &'a Run) -> Self {
        Self { began_at: rfc3339(*began_ms), by: by.as_deref() }
    }
}

impl<'a> From<&'a Ended> for RunEnded<'a> {
    fn from(Ended { run, ended_ms, came_to }: &'a Ended) -> Self {
        let RunBegun { began_at, by } = run.into();
        let (bots, steps, longest, given_back_bytes) = match came_to {
            Ok(Retained { bots, steps, longest, given_back_bytes }) => (&bots[..], *steps, *longest, *given_back_bytes),
            Err(_) => Default::default(),
        };
        let (ended_at, longest_step_ms) = (rfc3339(*ended_ms), longest.as_secs_f64() * 1e3);
        Self { began_at, ended_at, by, failed: came_to.is_err(), bots, steps, longest_step_ms, given_back_bytes }
    }
}
