//! The parts of a report.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a report, which it has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ReportSection")]
pub enum Section {
    /// The key figures and how they have changed
    Summary,
    /// What people asked, and for what
    Questions,
    /// What the bot did not understand
    Missed,
    /// The latest messages that were not understood, as they were written
    Examples,
    /// Who left contact data, by what they want: counts, no names
    Leads,
    /// What the exchanges cost
    Cost,
    /// The slowest endpoints of the bot's service
    Endpoints,
}

impl Section {
    /// In the order of a report.
    pub const ALL: [Self; 7] =
        [Self::Summary, Self::Questions, Self::Missed, Self::Examples, Self::Leads, Self::Cost, Self::Endpoints];

    pub fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Questions => "questions",
            Self::Missed => "missed",
            Self::Examples => "examples",
            Self::Leads => "leads",
            Self::Cost => "cost",
            Self::Endpoints => "endpoints",
        }
    }
}
