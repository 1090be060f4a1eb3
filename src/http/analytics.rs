//! The seven questions' answers as the contract spells them (the seventh, export, has a file of its own).

use serde::Serialize;
use serde_json::{Value, json};

use super::App;
use super::legacy::usd;
use super::params::Params;
use super::respond::{Answered, Body, success};
use crate::engine::{HourWindow, Window};
use crate::model::day::rfc3339;
use crate::model::{DayRange, Sentiment};
use crate::query::answer::{Counts, DayCount, DayFigures, DaySentiments, EndpointRow, Figures, Times, percent};

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_HOURS: u32 = 24;

pub fn overview(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let with_days = params.boolean("by_day")?.unwrap_or(false);
    params.finish()?;
    let answer = app.engine.overview(&bot, window)?;
    let mut body = json!({
        "period_days": answer.period_days,
        "overview": figures(&answer.overview),
        "previous": figures(&answer.previous),
    });
    if with_days {
        body["by_day"] = app.engine.daily(&bot, window)?.iter().map(day).collect();
    }
    Ok(success(&body))
}

/// A day of the window, its figures by the names they have in the whole.
fn day(day: &DayFigures) -> Value {
    json!({
        "date": day.date,
        "total_conversations": day.conversations,
        "total_leads": day.leads,
        "total_sessions": day.total_sessions,
        "unique_sessions": day.unique_sessions,
        "unique_users": day.unique_users,
        "conversion_rate_percent": percent(day.leads, day.unique_sessions),
        "response_time_ms": day.response_time_ms,
        "not_understood_percent": day.not_understood_percent,
        "satisfaction_percent": day.satisfaction_percent,
        "satisfaction_votes": day.satisfaction_votes,
        "cost_usd": usd(day.cost_nanos),
    })
}

fn figures(figures: &Figures) -> Value {
    json!({
        "total_conversations": figures.total_conversations,
        "total_leads": figures.total_leads,
        "unique_sessions": figures.unique_sessions,
        "unique_users": figures.unique_users,
        "avg_session_duration_seconds": figures.avg_session_duration_seconds,
        "conversion_rate_percent": figures.conversion_rate_percent,
        "top_intents": counts(&figures.top_intents, "intent"),
        "total_messages": figures.total_messages,
        "not_understood_percent": figures.not_understood_percent,
        "satisfaction_percent": figures.satisfaction_percent,
        "satisfaction_votes": figures.satisfaction_votes,
        "cost_usd": figures.cost_usd,
        "avg_response_time_ms": figures.avg_response_time_ms,
        "truncated": figures.top_intents.truncated,
    })
}

pub fn conversations(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window, fill) = windowed(&mut params)?;
    params.finish()?;
    let answer = app.engine.conversations(&bot, window)?;
    let sentiments = Sentiment::ALL.iter().zip(answer.sentiments).filter(|(_, count)| *count > 0);
    let sentiments: Vec<Value> =
        sentiments.map(|(sentiment, count)| json!({"sentiment": sentiment.name(), "count": count})).collect();
    let some = |day: &DaySentiments| fill || day.positive + day.neutral + day.negative > 0;
    let sentiments_by_day: Vec<DaySentiments> = answer.sentiments_by_day.into_iter().filter(some).collect();
    Ok(success(&ConversationsBody {
        conversations_by_day: by_day(answer.by_day, fill),
        sentiment_distribution: sentiments,
        total_analyzed: answer.total_analyzed,
        response_time_ms: answer.response_time_ms,
        by_hour_of_week: answer.by_hour_of_week,
        sentiment_by_day: sentiments_by_day,
    }))
}

/// Written as it is: a `Value` of thousands of days would take longer than the answer.
#[derive(Serialize)]
struct ConversationsBody {
    conversations_by_day: Vec<DayCount>,
    sentiment_distribution: Vec<Value>,
    total_analyzed: u64,
    response_time_ms: Times,
    by_hour_of_week: [[u64; 24]; 7],
    sentiment_by_day: Vec<DaySentiments>,
}

pub fn engagement(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    params.finish()?;
    let answer = app.engine.engagement(&bot, window)?;
    let lists = [
        ("device_distribution", &answer.devices),
        ("browser_distribution", &answer.browsers),
        ("referrers", &answer.referrers),
        ("top_pages", &answer.pages),
        ("conversion_events", &answer.conversions),
    ];
    let truncated: Vec<&str> = lists.iter().filter(|(_, list)| list.truncated).map(|(name, _)| *name).collect();
    Ok(success(&json!({
        "total_sessions": answer.total_sessions,
        "device_distribution": counts(&answer.devices, "device"),
        "browser_distribution": counts(&answer.browsers, "browser"),
        "referrers": counts(&answer.referrers, "referrer"),
        "top_pages": counts(&answer.pages, "page"),
        "conversion_events": counts(&answer.conversions, "event"),
        "averages": {
            "messages_per_session": answer.messages_per_session,
            "session_duration_seconds": answer.session_duration_seconds,
        },
        "truncated": !truncated.is_empty(),
        "truncated_lists": truncated,
    })))
}

pub fn intents(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    params.finish()?;
    let answer = app.engine.intents(&bot, window)?;
    Ok(success(&json!({
        "intent_summary": answer.rows,
        "total_intents": answer.rows.len(),
        "truncated": answer.truncated,
    })))
}

pub fn performance(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.hour_window(DEFAULT_HOURS)?);
    let fill = params.boolean("fill")?.unwrap_or(false);
    params.finish()?;
    let answer = app.engine.performance(&bot, window)?;
    let hours = if fill { filled_hours(app, &bot, window, answer.requests_by_hour)? } else { answer.requests_by_hour };
    let hours = hours.into_iter().map(|(start_ms, count)| HourCount { hour: rfc3339(start_ms), count });
    Ok(success(&PerformanceBody {
        period_hours: answer.period_hours,
        endpoint_performance: answer.endpoints,
        resource_usage: json!({"avg_memory_mb": answer.avg_memory_mb, "avg_cpu_percent": answer.avg_cpu_percent}),
        total_requests: answer.total_requests,
        requests_by_hour: hours.collect(),
        truncated: answer.truncated,
    }))
}

#[derive(Serialize)]
struct PerformanceBody {
    period_hours: u32,
    endpoint_performance: Vec<EndpointRow>,
    resource_usage: Value,
    total_requests: u64,
    requests_by_hour: Vec<HourCount>,
    truncated: bool,
}

#[derive(Serialize)]
struct HourCount {
    hour: String,
    count: u64,
}

/// Every hour of the window, those without a request included; a window of days lists the hours from its first request.
fn filled_hours(app: &App, bot: &str, window: HourWindow, some: Vec<(i64, u64)>) -> Answered<Vec<(i64, u64)>> {
    let zone = app.engine.bot(bot)?.zone;
    let (first, last) = match window {
        HourWindow::Hours(hours) => {
            let last = zone.hour(app.clock.now_ms());
            (last.plus(1 - i64::from(hours)).start_ms(), last.start_ms())
        }
        HourWindow::Between(_) => match (some.first(), some.last()) {
            (Some(first), Some(last)) => (first.0, last.0),
            _ => return Ok(some),
        },
    };
    let mut all: std::collections::BTreeMap<i64, u64> =
        (first..=last).step_by(3_600_000).map(|start_ms| (start_ms, 0)).collect();
    all.extend(some);
    Ok(all.into_iter().collect())
}

pub fn leads(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window, fill) = windowed(&mut params)?;
    params.finish()?;
    let answer = app.engine.leads(&bot, window)?;
    Ok(success(&json!({
        "total_leads": answer.total_leads,
        "leads_by_day": by_day(answer.by_day, fill),
        "leads_by_package": counts(&answer.by_package, "package"),
        "leads_by_property_type": counts(&answer.by_property_type, "property_type"),
        "truncated": answer.by_package.truncated || answer.by_property_type.truncated,
    })))
}

fn windowed(params: &mut Params) -> Answered<(String, Window, bool)> {
    Ok((params.bot()?, params.window(DEFAULT_DAYS)?, params.boolean("fill")?.unwrap_or(false)))
}

/// Days that have something; with `fill`, every day.
fn by_day(days: Vec<DayCount>, fill: bool) -> Vec<DayCount> {
    days.into_iter().filter(|day| fill || day.count > 0).collect()
}

/// A list of counts under the names the contract gives it.
pub fn counts(counts: &Counts, name_key: &str) -> Vec<Value> {
    counts.list.iter().map(|entry| json!({name_key: entry.name, "count": entry.count})).collect()
}

/// The range a window stands for.
pub fn range(app: &App, bot: &str, window: Window) -> Answered<DayRange> {
    Ok(match window {
        Window::Days(days) => DayRange::ending(app.engine.today(bot)?, days),
        Window::Between(range) => range,
    })
}
