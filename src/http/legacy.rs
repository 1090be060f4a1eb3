//! The first system's own endpoints, for its dashboard and its clients.

use serde::Serialize;

use super::App;
use super::params::Params;
use super::respond::{Answered, Body};
use super::shown::{self, BudgetStatus, LegacyAnswer};
use crate::engine::Window;
use crate::limits::QUESTIONS_LISTED_MAX;
use crate::model::DayRange;
use crate::query::answer::{DayFigures, average, percent, round2};

pub const DEFAULT_BUDGET_USD: f64 = 10.0;
/// A cent: of next to nothing, what is spent would be more percent than a number holds.
pub const BUDGET_USD_MIN: f64 = 0.01;
pub const BUDGET_USD_MAX: f64 = 1e12;
const DEFAULT_DAYS: u32 = 7;
const DEFAULT_QUESTIONS: u32 = 10;
const SUMMARY_QUESTIONS: u32 = 5;
const WARNING_PERCENT: f64 = 80.0;
const CRITICAL_PERCENT: f64 = 95.0;

fn success(data: impl Serialize) -> Answered<Body> {
    Ok(Body::timeless(&LegacyAnswer { success: true, data }))
}

/// GET /api/analytics/dashboard/summary?budget=10
pub fn summary(app: &App, mut params: Params) -> Answered<Body> {
    let bot = params.bot()?;
    let budget_usd = take_budget(&mut params)?;
    params.finish()?;
    let week = app.engine.daily(&bot, Window::Days(7))?;
    let today = week.last().expect("a week has days");
    let questions = app.engine.questions(&bot, Window::Days(7), SUMMARY_QUESTIONS)?;
    let trend = |day: &DayFigures| shown::TrendDay {
        date: day.date,
        conversations: day.conversations,
        cost: usd(day.cost_nanos),
    };
    let data = shown::Summary {
        today: shown::SummaryToday {
            conversations: today.conversations,
            leads: today.leads,
            cost_usd: usd(today.cost_nanos),
            avg_response_time_ms: response_time(std::slice::from_ref(today)),
        },
        budget: budget_of(app, &bot, budget_usd)?,
        top_questions: questions.rows,
        weekly_trend: week.iter().map(trend).collect(),
        last_updated: "",
    };
    Ok(Body::with_time_at_end(&LegacyAnswer { success: true, data }, 2))
}

/// GET /api/analytics/budget/status?budget=10
pub fn budget(app: &App, mut params: Params) -> Answered<Body> {
    let bot = params.bot()?;
    let budget_usd = take_budget(&mut params)?;
    params.finish()?;
    success(budget_of(app, &bot, budget_usd)?)
}

fn take_budget(params: &mut Params) -> Answered<f64> {
    Ok(params.number("budget", BUDGET_USD_MIN..=BUDGET_USD_MAX)?.unwrap_or(DEFAULT_BUDGET_USD))
}

fn budget_of(app: &App, bot: &str, budget_usd: f64) -> Answered<shown::Budget> {
    use chrono::Datelike;
    let today = app.engine.today(bot)?;
    let date = today.date();
    let days_elapsed = date.day();
    let days_in_month = u32::from(date.num_days_in_month());
    let month = DayRange::ending(today, days_elapsed);
    let spent_nanos: u128 = app.engine.daily(bot, Window::Between(month))?.iter().map(|day| day.cost_nanos).sum();
    let spent_usd = usd(spent_nanos);
    let daily_avg_usd = spent_usd / f64::from(days_elapsed);
    let usage = spent_usd / budget_usd * 100.0;
    let status = if usage < WARNING_PERCENT {
        BudgetStatus::Ok
    } else if usage < CRITICAL_PERCENT {
        BudgetStatus::Warning
    } else {
        BudgetStatus::Critical
    };
    Ok(shown::Budget {
        budget_usd,
        spent_usd,
        remaining_usd: round6(budget_usd - spent_usd),
        usage_percent: round2(usage),
        daily_avg_usd: round6(daily_avg_usd),
        projected_monthly_usd: round6(daily_avg_usd * f64::from(days_in_month)),
        days_remaining: days_in_month - days_elapsed,
        status,
    })
}

/// GET /api/analytics/metrics/daily?date=
pub fn daily(app: &App, mut params: Params) -> Answered<Body> {
    let bot = params.bot()?;
    let date = params.day("date")?;
    params.finish()?;
    let date = date.map_or_else(|| app.engine.today(&bot), Ok)?;
    let days = app.engine.daily(&bot, Window::Between(DayRange::new(date, date)))?;
    let day = days.first().expect("one day was asked for");
    let cost_usd = usd(day.cost_nanos);
    success(shown::DailyMetrics {
        date: day.date,
        total_conversations: day.conversations,
        total_messages: day.messages,
        total_tokens: day.tokens,
        total_cost_usd: cost_usd,
        leads_created: day.leads,
        avg_response_time_ms: response_time(&days),
        unique_sessions: day.unique_sessions,
        top_intents: shown::IntentCount::list(day.top_intents.clone()),
        cost_per_lead: if day.leads == 0 { 0.0 } else { round6(cost_usd / day.leads as f64) },
    })
}

/// GET /api/analytics/metrics/weekly
pub fn weekly(app: &App, mut params: Params) -> Answered<Body> {
    let bot = params.bot()?;
    params.finish()?;
    let week = app.engine.daily(&bot, Window::Days(7))?;
    let unique_sessions = app.engine.overview(&bot, Window::Days(7))?.overview.unique_sessions;
    let leads: u64 = week.iter().map(|day| day.leads).sum();
    let of_day = |day: &DayFigures| shown::WeeklyDay {
        date: day.date,
        conversations: day.conversations,
        cost_usd: usd(day.cost_nanos),
        leads: day.leads,
        avg_response_time: response_time(std::slice::from_ref(day)),
    };
    success(shown::WeeklyMetrics {
        period: "7_days",
        daily_breakdown: week.iter().map(of_day).collect(),
        summary: shown::WeeklySummary {
            total_conversations: week.iter().map(|day| day.conversations).sum(),
            total_cost_usd: usd(week.iter().map(|day| day.cost_nanos).sum()),
            total_leads: leads,
            avg_response_time_ms: response_time(&week),
            conversion_rate: percent(leads, unique_sessions),
        },
    })
}

/// GET /api/analytics/questions/top?days=7&limit=10
pub fn questions(app: &App, mut params: Params) -> Answered<Body> {
    let bot = params.bot()?;
    let window = params.window(DEFAULT_DAYS)?;
    let limit = params.whole("limit", 1..=QUESTIONS_LISTED_MAX)?.unwrap_or(DEFAULT_QUESTIONS);
    params.finish()?;
    let answer = app.engine.questions(&bot, window, limit)?;
    success(shown::TopQuestions {
        period_days: answer.period_days,
        questions: answer.rows,
        truncated: answer.truncated,
    })
}

fn response_time(days: &[DayFigures]) -> f64 {
    let sum: u64 = days.iter().map(|day| day.response_time_sum_ms).sum();
    average(sum as f64, days.iter().map(|day| day.response_time_count).sum())
}

/// Dollars; a number of JSON holds billions of them to the billionth.
pub fn usd(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

/// To a millionth of a dollar, for what is divided.
fn round6(usd: f64) -> f64 {
    (usd * 1e6).round() / 1e6
}
