//! The answers of `/api/analytics/…` in the contract's envelope.

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::legacy::usd;
use crate::model::{Day, Sentiment};
use crate::query::answer::{
    Counts, DayCount, DayFigures, DaySentiments, EndpointRow, Figures, IntentRow, Times, percent,
};

/// Lists of counts, each under the name that the contract gives what is counted.
macro_rules! counts {
    ($($row:ident { $name:ident }),+ $(,)?) => {
        $(
            #[derive(Serialize, JsonSchema)]
            pub struct $row {
                $name: Box<str>,
                count: u64,
            }

            impl $row {
                pub fn list(counts: Counts) -> Vec<Self> {
                    counts.list.into_iter().map(|entry| Self { $name: entry.name, count: entry.count }).collect()
                }
            }
        )+
    };
}

counts! {
    IntentCount { intent },
    DeviceCount { device },
    BrowserCount { browser },
    ReferrerCount { referrer },
    PageCount { page },
    ConversionCount { event },
    PackageCount { package },
    PropertyTypeCount { property_type },
}

#[derive(Serialize, JsonSchema)]
pub struct Overview {
    pub period_days: u32,
    pub overview: OverviewFigures,
    /// The same figures for the window before.
    pub previous: OverviewFigures,
    /// The figures of each day, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_day: Option<Vec<OverviewDay>>,
}

#[derive(Serialize, JsonSchema)]
pub struct OverviewFigures {
    /// Exchanges: one for each message event.
    total_conversations: u64,
    total_leads: u64,
    /// Sessions with an exchange in the window.
    unique_sessions: u64,
    /// Persons with an exchange in the window.
    unique_users: u64,
    /// Of the sessions that began in the window: last minus first interaction.
    avg_session_duration_seconds: f64,
    /// Leads in percent of unique sessions.
    conversion_rate_percent: f64,
    /// The first five.
    top_intents: Vec<IntentCount>,
    total_messages: u64,
    /// Exchanges whose intent did not succeed, in percent of those with an intent.
    not_understood_percent: f64,
    /// Satisfied voices in percent of all.
    satisfaction_percent: f64,
    satisfaction_votes: u64,
    cost_usd: f64,
    avg_response_time_ms: f64,
    /// Whether a day had more intents than are told apart.
    truncated: bool,
}

impl From<Figures> for OverviewFigures {
    fn from(figures: Figures) -> Self {
        Self {
            total_conversations: figures.total_conversations,
            total_leads: figures.total_leads,
            unique_sessions: figures.unique_sessions,
            unique_users: figures.unique_users,
            avg_session_duration_seconds: figures.avg_session_duration_seconds,
            conversion_rate_percent: figures.conversion_rate_percent,
            truncated: figures.top_intents.truncated,
            top_intents: IntentCount::list(figures.top_intents),
            total_messages: figures.total_messages,
            not_understood_percent: figures.not_understood_percent,
            satisfaction_percent: figures.satisfaction_percent,
            satisfaction_votes: figures.satisfaction_votes,
            cost_usd: figures.cost_usd,
            avg_response_time_ms: figures.avg_response_time_ms,
        }
    }
}

/// A day of the window, its figures by the names they have in the whole.
#[derive(Serialize, JsonSchema)]
pub struct OverviewDay {
    date: Day,
    total_conversations: u64,
    total_leads: u64,
    /// Sessions that began on the day.
    total_sessions: u64,
    unique_sessions: u64,
    unique_users: u64,
    conversion_rate_percent: f64,
    response_time_ms: Times,
    not_understood_percent: f64,
    satisfaction_percent: f64,
    satisfaction_votes: u64,
    cost_usd: f64,
}

impl From<DayFigures> for OverviewDay {
    fn from(day: DayFigures) -> Self {
        Self {
            date: day.date,
            total_conversations: day.conversations,
            total_leads: day.leads,
            total_sessions: day.total_sessions,
            unique_sessions: day.unique_sessions,
            unique_users: day.unique_users,
            conversion_rate_percent: percent(day.leads, day.unique_sessions),
            response_time_ms: day.response_time_ms,
            not_understood_percent: day.not_understood_percent,
            satisfaction_percent: day.satisfaction_percent,
            satisfaction_votes: day.satisfaction_votes,
            cost_usd: usd(day.cost_nanos),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Conversations {
    pub conversations_by_day: Vec<DayCount>,
    /// Exchanges that have one.
    pub sentiment_distribution: Vec<SentimentCount>,
    /// Exchanges.
    pub total_analyzed: u64,
    pub response_time_ms: Times,
    /// From Monday; hours of the wall clock.
    pub by_hour_of_week: [[u64; 24]; 7],
    pub sentiment_by_day: Vec<DaySentiments>,
}

#[derive(Serialize, JsonSchema)]
pub struct SentimentCount {
    pub sentiment: Sentiment,
    pub count: u64,
}

#[derive(Serialize, JsonSchema)]
pub struct Engagement {
    /// Sessions that began in the window.
    pub total_sessions: u64,
    pub device_distribution: Vec<DeviceCount>,
    pub browser_distribution: Vec<BrowserCount>,
    pub referrers: Vec<ReferrerCount>,
    /// Visits made in the window.
    pub top_pages: Vec<PageCount>,
    pub conversion_events: Vec<ConversionCount>,
    pub averages: EngagementAverages,
    /// Whether a day had more names of a kind than are told apart.
    pub truncated: bool,
    /// The lists of which that is so.
    pub truncated_lists: Vec<&'static str>,
}

#[derive(Serialize, JsonSchema)]
pub struct EngagementAverages {
    pub messages_per_session: f64,
    pub session_duration_seconds: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct Intents {
    /// Most triggered first.
    pub intent_summary: Vec<IntentRow>,
    pub total_intents: usize,
    pub truncated: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct Performance {
    pub period_hours: u32,
    /// Most requested first. An error is a status from 400 on.
    pub endpoint_performance: Vec<EndpointRow>,
    pub resource_usage: ResourceUsage,
    pub total_requests: u64,
    pub requests_by_hour: Vec<HourCount>,
    pub truncated: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct ResourceUsage {
    pub avg_memory_mb: f64,
    pub avg_cpu_percent: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct HourCount {
    /// When it began.
    #[schemars(extend("format" = "date-time"))]
    pub hour: String,
    pub count: u64,
}

#[derive(Serialize, JsonSchema)]
pub struct Leads {
    pub total_leads: u64,
    pub leads_by_day: Vec<DayCount>,
    pub leads_by_package: Vec<PackageCount>,
    pub leads_by_property_type: Vec<PropertyTypeCount>,
    pub truncated: bool,
}
