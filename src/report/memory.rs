//! What is remembered of reports beside the settings: which periods were sent, and to whom. No I/O.

use std::collections::{BTreeMap, VecDeque};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::limits::{REPORT_HISTORY_MAX, REPORT_PERIODS_KEPT};
use crate::model::Day;

/// Under which it is written down.
pub const WHO: &str = "reports";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By the report's id, the latest last.
    sent: BTreeMap<String, VecDeque<Period>>,
    /// Oldest first.
    pub history: VecDeque<Sent>,
}

/// A report that was handed to the post office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub at_ms: i64,
    /// The report's.
    pub id: String,
    pub name: String,
    pub bot: String,
    pub period: Period,
    pub why: Why,
    /// Earlier periods that no one was sent.
    pub left_out: u32,
    /// Who asked for it, where someone did.
    pub by: Option<String>,
    pub channel: String,
    /// One for each recipient.
    pub letters: Vec<String>,
}

/// What made it go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ReportSentBecause")]
pub enum Why {
    /// It was due
    Due,
    /// It had been due while the server was not running
    Late,
    /// Someone asked for it
    Asked,
}

impl Memory {
    /// The last days of the periods that were sent.
    pub fn ends(&self, id: &str) -> Vec<Day> {
        self.sent.get(id).into_iter().flatten().map(|period| period.range.last).collect()
    }

    /// Notes that a period is done with.
    pub fn done(&mut self, id: &str, period: Period) {
        let sent = self.sent.entry(id.to_owned()).or_default();
        sent.push_back(period);
        while sent.len() > REPORT_PERIODS_KEPT {
            sent.pop_front();
        }
    }

    pub fn note(&mut self, sent: Sent) {
        self.history.push_back(sent);
        while self.history.len() > REPORT_HISTORY_MAX {
            self.history.pop_front();
        }
    }

    /// Forgets the periods of reports that are gone.
    pub fn keep_reports(&mut self, is_there: impl Fn(&str) -> bool) {
        self.sent.retain(|id, _| is_there(id));
    }
}
