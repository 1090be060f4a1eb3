//! The seven questions' answers as the contract spells them (the seventh, export, has a file of its own).

use super::params::Params;
use super::respond::{Answered, Body, success};
use super::{App, shown};
use crate::engine::{HourWindow, Window};
use crate::model::day::rfc3339;
use crate::model::{DayRange, Sentiment};
use crate::query::answer::{DayCount, DaySentiments};

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_HOURS: u32 = 24;

pub fn overview(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let with_days = params.boolean("by_day")?.unwrap_or(false);
    params.finish()?;
    let answer = app.engine.overview(&bot, window)?;
    let days = if with_days { Some(app.engine.daily(&bot, window)?) } else { None };
    Ok(success(&shown::Overview {
        period_days: answer.period_days,
        overview: answer.overview.into(),
        previous: answer.previous.into(),
        by_day: days.map(|days| days.into_iter().map(Into::into).collect()),
    }))
}

pub fn conversations(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window, fill) = windowed(&mut params)?;
    params.finish()?;
    let answer = app.engine.conversations(&bot, window)?;
    let sentiments = Sentiment::ALL.into_iter().zip(answer.sentiments).filter(|(_, count)| *count > 0);
    let sentiments = sentiments.map(|(sentiment, count)| shown::SentimentCount { sentiment, count });
    let some = |day: &DaySentiments| fill || day.positive + day.neutral + day.negative > 0;
    let sentiments_by_day: Vec<DaySentiments> = answer.sentiments_by_day.into_iter().filter(some).collect();
    Ok(success(&shown::Conversations {
        conversations_by_day: by_day(answer.by_day, fill),
        sentiment_distribution: sentiments.collect(),
        total_analyzed: answer.total_analyzed,
        response_time_ms: answer.response_time_ms,
        by_hour_of_week: answer.by_hour_of_week,
        sentiment_by_day: sentiments_by_day,
    }))
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
    let is_truncated = !truncated.is_empty();
    Ok(success(&shown::Engagement {
        total_sessions: answer.total_sessions,
        truncated_lists: truncated,
        truncated: is_truncated,
        device_distribution: shown::DeviceCount::list(answer.devices),
        browser_distribution: shown::BrowserCount::list(answer.browsers),
        referrers: shown::ReferrerCount::list(answer.referrers),
        top_pages: shown::PageCount::list(answer.pages),
        conversion_events: shown::ConversionCount::list(answer.conversions),
        averages: shown::EngagementAverages {
            messages_per_session: answer.messages_per_session,
            session_duration_seconds: answer.session_duration_seconds,
        },
    }))
}

pub fn intents(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    params.finish()?;
    let answer = app.engine.intents(&bot, window)?;
    Ok(success(&shown::Intents {
        total_intents: answer.rows.len(),
        intent_summary: answer.rows,
        truncated: answer.truncated,
    }))
}

pub fn performance(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.hour_window(DEFAULT_HOURS)?);
    let fill = params.boolean("fill")?.unwrap_or(false);
    params.finish()?;
    let answer = app.engine.performance(&bot, window)?;
    let hours = if fill { filled_hours(app, &bot, window, answer.requests_by_hour)? } else { answer.requests_by_hour };
    let hours = hours.into_iter().map(|(start_ms, count)| shown::HourCount { hour: rfc3339(start_ms), count });
    Ok(success(&shown::Performance {
        period_hours: answer.period_hours,
        endpoint_performance: answer.endpoints,
        resource_usage: shown::ResourceUsage {
            avg_memory_mb: answer.avg_memory_mb,
            avg_cpu_percent: answer.avg_cpu_percent,
        },
        total_requests: answer.total_requests,
        requests_by_hour: hours.collect(),
        truncated: answer.truncated,
    }))
}

/// Every hour of the window, those without a request included; a window of days lists the hours from its first request.
fn filled_hours(app: &App, bot: &str, window: HourWindow, some: Vec<(i64, u64)>) -> Answered<Vec<(i64, u64)>> {
    let zone = app.engine.bot(bot)?.zone;
    let (first, last) = match window {
        HourWindow::Hours(hours) => {
            let last = zone.hour(app.clock.now_ms());
            (last.plus(1 - i64::from(hours)).start_ms(), last.start_ms())
        }
        HourWindow::Until { last, hours } => (last.plus(1 - i64::from(hours)).start_ms(), last.start_ms()),
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
    Ok(success(&shown::Leads {
        total_leads: answer.total_leads,
        leads_by_day: by_day(answer.by_day, fill),
        truncated: answer.by_package.truncated || answer.by_property_type.truncated,
        leads_by_package: shown::PackageCount::list(answer.by_package),
        leads_by_property_type: shown::PropertyTypeCount::list(answer.by_property_type),
    }))
}

fn windowed(params: &mut Params) -> Answered<(String, Window, bool)> {
    Ok((params.bot()?, params.window(DEFAULT_DAYS)?, params.boolean("fill")?.unwrap_or(false)))
}

/// Days that have something; with `fill`, every day.
fn by_day(days: Vec<DayCount>, fill: bool) -> Vec<DayCount> {
    days.into_iter().filter(|day| fill || day.count > 0).collect()
}

/// The range a window stands for.
pub fn range(app: &App, bot: &str, window: Window) -> Answered<DayRange> {
    Ok(match window {
        Window::Days(days) => DayRange::ending(app.engine.today(bot)?, days),
        Window::Between(range) => range,
    })
}
