//! The answers, typed. Their field names are the API's; averages and percentages are rounded to two decimals where they are made.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Day;

/// A name and how often it was seen, under the key the contract gives each list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub name: Box<str>,
    pub count: u64,
}

/// The most frequent names first (equal counts by name); `truncated` says that a day had more names than it may keep
/// and that the rest stands under `(other)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub list: Vec<Count>,
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DayCount {
    pub date: Day,
    pub count: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    pub count: u64,
    pub avg: f64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub total_conversations: u64,
    pub total_leads: u64,
    pub unique_sessions: u64,
    pub unique_users: u64,
    pub avg_session_duration_seconds: f64,
    pub conversion_rate_percent: f64,
    /// The first five.
    pub top_intents: Counts,
    pub total_messages: u64,
    /// Exchanges with an intent.
    pub with_intent: u64,
    /// Exchanges whose intent did not succeed, percent of those with an intent.
    pub not_understood_percent: f64,
    /// Satisfied voices in percent of all (message and feedback events that say).
    pub satisfaction_percent: f64,
    pub satisfaction_votes: u64,
    pub cost_usd: f64,
    pub avg_response_time_ms: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub period_days: u32,
    pub overview: Figures,
    pub previous: Figures,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Conversations {
    /// Every day of the window, in order, those with nothing included.
    pub by_day: Vec<DayCount>,
    /// In the order of `Sentiment::ALL`.
    pub sentiments: [u64; 3],
    pub total_analyzed: u64,
    pub response_time_ms: Times,
    /// From Monday; hours of the wall clock.
    pub by_hour_of_week: [[u64; 24]; 7],
    /// Every day of the window, in order, those with nothing included.
    pub sentiments_by_day: Vec<DaySentiments>,
}

/// Exchanges of a day by their sentiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DaySentiments {
    pub date: Day,
    pub positive: u64,
    pub neutral: u64,
    pub negative: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EngagementAnswer {
    pub total_sessions: u64,
    /// These four count sessions that began in the window, by the session's value.
    pub devices: Counts,
    pub browsers: Counts,
    pub referrers: Counts,
    pub conversions: Counts,
    /// Visits made in the window.
    pub pages: Counts,
    pub messages_per_session: f64,
    pub session_duration_seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct IntentRow {
    pub intent: Box<str>,
    pub triggers: u64,
    pub success: u64,
    pub failures: u64,
    pub success_rate: f64,
    pub avg_confidence: f64,
    pub avg_response_time_ms: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Intents {
    /// Most triggered first, equal ones by name.
    pub rows: Vec<IntentRow>,
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EndpointRow {
    pub endpoint: Box<str>,
    pub request_count: u64,
    pub avg_response_time_ms: f64,
    pub max_response_time_ms: u64,
    pub p50_ms: u64,
    pub p95_ms: u64,
    pub p99_ms: u64,
    pub error_count: u64,
    pub error_rate: f64,
    /// Requests that say how long they took.
    #[serde(skip)]
    pub timed_count: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PerformanceAnswer {
    pub period_hours: u32,
    /// Most requested first, equal ones by name.
    pub endpoints: Vec<EndpointRow>,
    pub truncated: bool,
    /// All of them together, under no name.
    pub total: EndpointRow,
    pub avg_memory_mb: f64,
    pub avg_cpu_percent: f64,
    pub total_requests: u64,
    /// Start of each hour that has something (epoch ms) and its requests, in order.
    pub requests_by_hour: Vec<(i64, u64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Leads {
    pub total_leads: u64,
    /// Every day of the window, in order.
    pub by_day: Vec<DayCount>,
    pub by_package: Counts,
    pub by_property_type: Counts,
}

/// One day's figures: what the legacy endpoints and the overview's days are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct DayFigures {
    pub date: Day,
    pub conversations: u64,
    pub messages: u64,
    pub tokens: u64,
    pub cost_nanos: u128,
    pub leads: u64,
    pub response_time_sum_ms: u64,
    pub response_time_count: u64,
    pub unique_sessions: u64,
    pub top_intents: Counts,
    pub unique_users: u64,
    /// That began on the day.
    pub total_sessions: u64,
    pub response_time_ms: Times,
    pub not_understood_percent: f64,
    pub satisfaction_percent: f64,
    pub satisfaction_votes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct QuestionRow {
    pub question: Box<str>,
    pub count: u64,
    /// Of all exchanges in the window.
    pub percentage: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Questions {
    pub period_days: u32,
    pub rows: Vec<QuestionRow>,
    pub truncated: bool,
}

/// `numerator / denominator`, rounded to two decimals; 0 where there is nothing to divide by.
pub fn average(numerator: f64, denominator: u64) -> f64 {
    if denominator == 0 { 0.0 } else { round2(numerator / denominator as f64) }
}

/// A figure by its name; `None` where it is a share or an average of nothing.
pub type NamedFigure = (&'static str, Option<f64>);

/// A share or an average of so many, where there are any.
pub fn of_some(figure: f64, count: u64) -> Option<f64> {
    (count > 0).then_some(figure)
}

/// `part` of `whole` in percent, rounded to two decimals; 0 where there is no whole.
pub fn percent(part: u64, whole: u64) -> f64 {
    average(part as f64 * 100.0, whole)
}

pub fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

pub fn round4(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
