//! The first system's answers: what stands under `data`.

use schemars::JsonSchema;
use serde::Serialize;

use super::IntentCount;
use crate::model::Day;
use crate::query::answer::QuestionRow;

/// The envelope of the first system.
#[derive(Serialize, JsonSchema)]
pub struct LegacyAnswer<T> {
    /// Always true.
    pub success: bool,
    pub data: T,
}

#[derive(Serialize, JsonSchema)]
pub struct Summary {
    pub today: SummaryToday,
    pub budget: Budget,
    /// Of seven days, the first five.
    pub top_questions: Vec<QuestionRow>,
    /// Seven days, oldest first.
    pub weekly_trend: Vec<TrendDay>,
    #[schemars(extend("format" = "date-time"))]
    pub last_updated: &'static str,
}

#[derive(Serialize, JsonSchema)]
pub struct SummaryToday {
    pub conversations: u64,
    pub leads: u64,
    pub cost_usd: f64,
    pub avg_response_time_ms: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct TrendDay {
    pub date: Day,
    pub conversations: u64,
    /// US dollars.
    pub cost: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct Budget {
    pub budget_usd: f64,
    /// In this calendar month.
    pub spent_usd: f64,
    pub remaining_usd: f64,
    pub usage_percent: f64,
    pub daily_avg_usd: f64,
    pub projected_monthly_usd: f64,
    pub days_remaining: u32,
    pub status: BudgetStatus,
}

/// `OK` below 80 % of the budget, `WARNING` below 95 %, else `CRITICAL`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BudgetStatus {
    Ok,
    Warning,
    Critical,
}

#[derive(Serialize, JsonSchema)]
pub struct DailyMetrics {
    pub date: Day,
    pub total_conversations: u64,
    pub total_messages: u64,
    pub total_tokens: u64,
    pub total_cost_usd: f64,
    pub leads_created: u64,
    pub avg_response_time_ms: f64,
    pub unique_sessions: u64,
    pub top_intents: Vec<IntentCount>,
    /// US dollars.
    pub cost_per_lead: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct WeeklyMetrics {
    /// Always `7_days`.
    pub period: &'static str,
    /// Oldest first.
    pub daily_breakdown: Vec<WeeklyDay>,
    pub summary: WeeklySummary,
}

#[derive(Serialize, JsonSchema)]
pub struct WeeklyDay {
    pub date: Day,
    pub conversations: u64,
    pub cost_usd: f64,
    pub leads: u64,
    /// Milliseconds.
    pub avg_response_time: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct WeeklySummary {
    pub total_conversations: u64,
    pub total_cost_usd: f64,
    pub total_leads: u64,
    pub avg_response_time_ms: f64,
    /// Leads in percent of unique sessions.
    pub conversion_rate: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct TopQuestions {
    pub period_days: u32,
    pub questions: Vec<QuestionRow>,
    pub truncated: bool,
}
