//! What is remembered of alerts beside the settings: their states, and what happened. No I/O.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::rule::{Rule, Severity};
use super::state::{News, State};
use crate::limits::ALERT_HISTORY_MAX;

/// Under which it is written down.
pub const WHO: &str = "alerts";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By the rule's id.
    pub states: BTreeMap<String, Known>,
    /// Oldest first.
    pub history: VecDeque<Happened>,
}

/// A rule's alert, with what is needed to say that it is over where the rule is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub state: State,
    /// What was asked: of another question it knows nothing.
    pub question: String,
    pub rule: Rule,
    /// Who has been told that it fires.
    pub told: Vec<String>,
}

/// Something that happened to an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    pub at_ms: i64,
    pub id: String,
    pub name: String,
    pub bot: Option<String>,
    pub severity: Severity,
    pub what: What,
    pub value: Option<f64>,
    /// Who did it, or why; where it is not for the value.
    pub why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertHappened")]
pub enum What {
    Fired,
    Reminder,
    Resolved,
    Acknowledged,
}

impl From<News> for What {
    fn from(news: News) -> Self {
        match news {
            News::Fired => Self::Fired,
            News::Reminder => Self::Reminder,
            News::Resolved => Self::Resolved,
        }
    }
}

impl Memory {
    pub fn note(&mut self, happened: Happened) {
        self.history.push_back(happened);
        while self.history.len() > ALERT_HISTORY_MAX {
            self.history.pop_front();
        }
    }
}
