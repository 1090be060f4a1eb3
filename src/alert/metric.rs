//! What can be watched, over which windows, and by what it can be narrowed: no more than the rollups answer exactly.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A figure. Names end with their unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
#[schemars(rename = "AlertMetric")]
pub enum Metric {
    /// Exchanges, of all intents or of one
    Conversations,
    /// Exchanges whose intent did not succeed, percent of those with an intent, of all or of one
    NotUnderstoodPercent,
    /// Exchanges with a negative sentiment, percent of those with any
    NegativePercent,
    /// Satisfied voices, percent of all
    SatisfactionPercent,
    /// Sessions with an exchange
    Sessions,
    /// Persons with an exchange
    Users,
    Leads,
    /// Leads, percent of sessions
    ConversionPercent,
    /// What the exchanges cost, US dollars
    CostUsd,
    /// What this calendar month has cost, percent of a budget
    BudgetUsedPercent,
    /// Response time of the bot's replies, by messages that say it
    ReplyAvgMs,
    ReplyP50Ms,
    ReplyP95Ms,
    ReplyP99Ms,
    /// Performance events, of all endpoints or of one
    Requests,
    /// Those with a status of 400 or more, percent of all
    ErrorRatePercent,
    ResponseP50Ms,
    ResponseP95Ms,
    ResponseP99Ms,
    /// NovaHouse's own: how full the queue of events is
    QueueUsedPercent,
    /// NovaHouse's own: what is free of the disk that the data lies on, MB
    DiskFreeMb,
    /// NovaHouse's own: checks of its health that fail
    FailingChecks,
}

/// In what its window is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Calendar days of the bot's zone.
    Days,
    /// Clock hours.
    Hours,
    /// The calendar month so far.
    Month,
    /// As it is now.
    Now,
}

/// By what it may be narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrowed {
    Intent,
    Endpoint,
    No,
}

/// What its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Percent,
    Ms,
    Usd,
    Mb,
}

impl Metric {
    pub const ALL: [Self; 22] = [
        Self::Conversations,
        Self::NotUnderstoodPercent,
        Self::NegativePercent,
        Self::SatisfactionPercent,
        Self::Sessions,
        Self::Users,
        Self::Leads,
        Self::ConversionPercent,
        Self::CostUsd,
        Self::BudgetUsedPercent,
        Self::ReplyAvgMs,
        Self::ReplyP50Ms,
        Self::ReplyP95Ms,
        Self::ReplyP99Ms,
        Self::Requests,
        Self::ErrorRatePercent,
        Self::ResponseP50Ms,
        Self::ResponseP95Ms,
        Self::ResponseP99Ms,
        Self::QueueUsedPercent,
        Self::DiskFreeMb,
        Self::FailingChecks,
    ];

    pub fn span(self) -> Span {
        match self {
            Self::Conversations
            | Self::NotUnderstoodPercent
            | Self::NegativePercent
            | Self::SatisfactionPercent
            | Self::Sessions
            | Self::Users
            | Self::Leads
            | Self::ConversionPercent
            | Self::CostUsd
            | Self::ReplyAvgMs
            | Self::ReplyP50Ms
            | Self::ReplyP95Ms
            | Self::ReplyP99Ms => Span::Days,
            Self::BudgetUsedPercent => Span::Month,
            Self::Requests
            | Self::ErrorRatePercent
            | Self::ResponseP50Ms
            | Self::ResponseP95Ms
            | Self::ResponseP99Ms => Span::Hours,
            Self::QueueUsedPercent | Self::DiskFreeMb | Self::FailingChecks => Span::Now,
        }
    }

    pub fn narrowed(self) -> Narrowed {
        match (self, self.span()) {
            (Self::Conversations | Self::NotUnderstoodPercent, _) => Narrowed::Intent,
            (_, Span::Hours) => Narrowed::Endpoint,
            _ => Narrowed::No,
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::Conversations | Self::Sessions | Self::Users | Self::Leads | Self::Requests | Self::FailingChecks => {
                Unit::Count
            }
            Self::NotUnderstoodPercent
            | Self::NegativePercent
            | Self::SatisfactionPercent
            | Self::ConversionPercent
            | Self::BudgetUsedPercent
            | Self::ErrorRatePercent
            | Self::QueueUsedPercent => Unit::Percent,
            Self::ReplyAvgMs
            | Self::ReplyP50Ms
            | Self::ReplyP95Ms
            | Self::ReplyP99Ms
            | Self::ResponseP50Ms
            | Self::ResponseP95Ms
            | Self::ResponseP99Ms => Unit::Ms,
            Self::CostUsd => Unit::Usd,
            Self::DiskFreeMb => Unit::Mb,
        }
    }

    /// Whether it is of NovaHouse and of no bot.
    pub fn is_own(self) -> bool {
        self.span() == Span::Now
    }

    /// As the API names it.
    pub fn name(self) -> String {
        let value = serde_json::to_value(self).expect("a variant without fields");
        value.as_str().expect("is a text").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = Metric::ALL.into_iter().map(Metric::name).collect();
        assert_eq!(names.len(), Metric::value_variants().len());
        assert_eq!(Metric::ResponseP95Ms.name(), "response_p95_ms");
    }
}
