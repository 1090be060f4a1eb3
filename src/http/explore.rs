//! What is explored: funnels, paths, cohorts, the hours of the week, and two periods or bots side by side.

use super::analytics::range;
use super::params::Params;
use super::respond::{Answered, Body, Failure, success};
use super::{App, shown};
use crate::clock::read_span;
use crate::engine::{Funnel, HourMetric, PathShape, Period, Window};
use crate::limits::{FUNNEL_STEPS_MAX, FUNNEL_WITHIN_DAYS_MAX, PATH_NAMES_MAX, PATH_STEPS_MAX};
use crate::query::answer::{NamedFigure, of_some, percent, round2, round4};
use crate::query::funnel::Step;

pub const DEFAULT_DAYS: u32 = 7;
/// Eight weeks.
pub const DEFAULT_COHORT_DAYS: u32 = 56;
pub const DEFAULT_PATH_NAMES: usize = 8;
/// Headline figures compared.
const COMPARED: usize = 15;
/// Parameters for the steps of a funnel.
pub const STEPS: [&str; FUNNEL_STEPS_MAX] = ["step1", "step2", "step3", "step4", "step5", "step6", "step7", "step8"];

pub fn funnel(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let funnel = read_funnel(&mut params)?;
    params.finish()?;
    let steps = app.engine.funnel(&bot, window, &funnel)?;
    Ok(success(&shown::Funnel {
        period_days: range(app, &bot, window)?.len(),
        within_seconds: funnel.within_ms.map(|within_ms| within_ms / 1_000),
        steps,
    }))
}

/// `step1` and those after it, and `within`; without any, from a message to a lead.
pub fn read_funnel(params: &mut Params) -> Answered<Funnel> {
    let what = "intent:NAME, page:PATH, event:NAME, lead or message";
    let mut steps: Vec<Step> = Vec::new();
    for (place, name) in STEPS.into_iter().enumerate() {
        let Some(text) = params.take(name) else { continue };
        let Some(step) = text.parse::<Step>().ok().filter(|_| !is_of_others(&text)) else {
            return Err(Failure::invalid(format!("{name}: expected {what}, found {:?}", shortened(&text))));
        };
        if steps.len() < place {
            let missing = STEPS[steps.len()];
            return Err(Failure::invalid(format!("{missing}: expected before `{name}`, found nothing")));
        }
        if steps.contains(&step) {
            return Err(Failure::invalid(format!("{name}: {:?} is a step before it already", shortened(&text))));
        }
        steps.push(step);
    }
    if steps.is_empty() {
        steps = vec![Step::Message, Step::Lead];
    }
    let what = format!("a time like 30m, 24h or 7d, of at most {FUNNEL_WITHIN_DAYS_MAX} days");
    let within_ms = params.parsed("within", &what, read_within)?;
    Ok(Funnel { steps, within_ms })
}

/// Whether it names what stands for all names beyond the day's limit, which are not told apart.
fn is_of_others(step: &str) -> bool {
    step.split_once(':').is_some_and(|(_, name)| name == crate::limits::OTHER)
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A time as milliseconds.
fn read_within(text: &str) -> Option<u64> {
    let within_ms = u64::try_from(read_span(text)?.as_millis()).ok()?;
    (1..=FUNNEL_WITHIN_DAYS_MAX * 86_400_000).contains(&within_ms).then_some(within_ms)
}

pub fn paths(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let shape = PathShape {
        steps: params.whole("steps", 2..=PATH_STEPS_MAX)?.unwrap_or(PATH_STEPS_MAX),
        names: params.whole("names", 1..=PATH_NAMES_MAX)?.unwrap_or(DEFAULT_PATH_NAMES),
    };
    params.finish()?;
    let paths = app.engine.paths(&bot, window, shape)?;
    Ok(success(&shown::Paths {
        period_days: range(app, &bot, window)?.len(),
        steps: shape.steps,
        sessions: paths.sessions,
        nodes: paths.nodes,
        links: paths.links,
        truncated: paths.truncated,
    }))
}

pub fn cohorts(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_COHORT_DAYS)?);
    let by = params
        .parsed("by", "one of day, week, month", |text| Period::ALL.into_iter().find(|period| period.name() == text))?;
    params.finish()?;
    Ok(success(&app.engine.cohorts(&bot, window, by.unwrap_or(Period::Week))?))
}

pub fn hours(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let what = format!("one of {}", HourMetric::ALL.map(HourMetric::name).join(", "));
    let metric =
        params.parsed("metric", &what, |text| HourMetric::ALL.into_iter().find(|metric| metric.name() == text))?;
    params.finish()?;
    Ok(success(&app.engine.hours(&bot, window, metric.unwrap_or(HourMetric::Conversations))?))
}

/// Of a bot and its days, and of what they are compared with: by default the days before, or the same days of another bot.
pub fn compare(app: &App, mut params: Params) -> Answered<Body> {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let (other_bot, other_days) = (params.other_bot()?, params.other_days()?);
    params.finish()?;
    let other_window = match (&other_bot, other_days) {
        (_, Some(days)) => Window::Between(days),
        (Some(_), None) => window,
        (None, None) => Window::Between(range(app, &bot, window)?.previous()),
    };
    let other_bot = other_bot.unwrap_or_else(|| bot.clone());
    let this = compared(app, &bot, window)?;
    let other = compared(app, &other_bot, other_window)?;
    Ok(success(&shown::Comparison { figures: changes(&this.1, &other.1), this: this.0, other: other.0 }))
}

/// Figures of the same names, side by side.
pub fn changes(this: &[NamedFigure], other: &[NamedFigure]) -> Vec<shown::FigureChange> {
    let change = |(&(figure, this), &(_, other)): (&NamedFigure, &NamedFigure)| {
        let both = this.zip(other);
        shown::FigureChange {
            figure,
            this,
            other,
            difference: both.map(|(this, other)| round4(this - other)),
            change_percent: both
                .filter(|(_, other)| *other != 0.0)
                .map(|(this, other)| round2((this - other) / other * 100.0)),
        }
    };
    this.iter().zip(other).map(change).collect()
}

/// The headline figures of a bot and its days, by name.
fn compared(app: &App, bot: &str, window: Window) -> Answered<(shown::Compared, [NamedFigure; COMPARED])> {
    let days = range(app, bot, window)?;
    let window = Window::Between(days);
    let figures = app.engine.overview(bot, window)?.overview;
    let conversations = app.engine.conversations(bot, window)?;
    let engagement = app.engine.engagement(bot, window)?;
    let [_, _, negative] = conversations.sentiments;
    let felt = conversations.sentiments.iter().sum();
    let times = conversations.response_time_ms;
    let named = [
        ("total_conversations", Some(figures.total_conversations as f64)),
        ("total_messages", Some(figures.total_messages as f64)),
        ("unique_sessions", Some(figures.unique_sessions as f64)),
        ("unique_users", Some(figures.unique_users as f64)),
        ("total_sessions", Some(engagement.total_sessions as f64)),
        ("messages_per_session", of_some(engagement.messages_per_session, engagement.total_sessions)),
        ("avg_session_duration_seconds", of_some(figures.avg_session_duration_seconds, engagement.total_sessions)),
        ("total_leads", Some(figures.total_leads as f64)),
        ("conversion_rate_percent", of_some(figures.conversion_rate_percent, figures.unique_sessions)),
        ("not_understood_percent", of_some(figures.not_understood_percent, figures.with_intent)),
        ("satisfaction_percent", of_some(figures.satisfaction_percent, figures.satisfaction_votes)),
        ("negative_percent", of_some(percent(negative, felt), felt)),
        ("avg_response_time_ms", of_some(figures.avg_response_time_ms, times.count)),
        ("p95_response_time_ms", of_some(times.p95 as f64, times.count)),
        ("cost_usd", Some(figures.cost_usd)),
    ];
    let about = shown::Compared { bot: bot.to_owned(), from: days.first, to: days.last, period_days: days.len() };
    Ok((about, named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_has_a_unit() {
        let day_ms = 86_400_000;
        assert_eq!(["90s", "30m", "24h", "7d"].map(read_within), [90_000, 1_800_000, day_ms, 7 * day_ms].map(Some));
        for text in ["", "d", "7", "0d", "+7d", "7 d", "3651d", "7w", "99999999999999999999d", "7ż"] {
            assert_eq!(read_within(text), None, "{text}");
        }
    }

    #[test]
    fn steps_follow_each_other_and_are_different() {
        let read = |query: &str| {
            let mut params = Params::parse(query).map_err(|failure| failure.sentence)?;
            read_funnel(&mut params).map_err(|failure| failure.sentence)
        };
        assert_eq!(read("step1=message&step2=intent:a&step3=lead&within=1h").unwrap().steps.len(), 3);
        assert_eq!(read("").unwrap().steps, [Step::Message, Step::Lead]);
        for (query, begins) in [
            ("step2=lead", "step1: expected before"),
            ("step1=lead&step3=message", "step2: expected before"),
            ("step1=lead&step2=lead", "step2:"),
            ("step1=leads", "step1: expected"),
            ("step1=", "step1: expected"),
            ("step1=intent:(other)", "step1:"),
            ("step1=lead&within=x", "within: expected"),
        ] {
            let sentence = read(query).unwrap_err();
            assert!(sentence.starts_with(begins), "{query}: {sentence}");
        }
    }
}
