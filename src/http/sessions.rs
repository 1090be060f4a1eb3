//! Lists of sessions, and one session from first to last.

use warp::http::StatusCode;

use super::explore::{STEPS, read_funnel};
use super::params::Params;
use super::respond::{Answered, Failure, success};
use super::{App, shown};
use crate::engine::{By, Cursor, ExchangeFilter, FunnelPlace, PathNext, PathPlace, SessionFilter};
use crate::limits::{OTHER, PATH_STEPS_MAX, SESSIONS_PER_PAGE_MAX};
use crate::model::Sentiment;
use crate::model::day::from_rfc3339;
use crate::query::paths::END;
use crate::rollup::questions::listed;
use crate::transfer::event_json;

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_LIMIT: u32 = 50;
/// Parameters that belong to some values of `by` only.
const OF_SOME_LISTS: [&str; 14] = [
    "intent",
    "sentiment",
    "understood",
    "hour_of_week",
    "during",
    "question",
    "page",
    "package",
    "property_type",
    "within",
    "reached",
    "lost_at",
    "path_step",
    "next",
];

pub fn list(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let filter = SessionFilter {
        window: params.window(DEFAULT_DAYS)?,
        by: by(&mut params)?,
        search: params.take("q").filter(|text| !text.is_empty()),
        lead: params.boolean("lead")?,
        device: name_of(&mut params, "device")?,
        browser: name_of(&mut params, "browser")?,
        referrer: name_of(&mut params, "referrer")?,
        conversion: name_of(&mut params, "conversion")?,
        user: params.take("user").filter(|text| !text.is_empty()),
        limit: params.whole("limit", 1..=SESSIONS_PER_PAGE_MAX)?.unwrap_or(DEFAULT_LIMIT),
        cursor: params.parsed("cursor", "the next_cursor of the page before", read_cursor)?,
    };
    params.finish()?;
    let page = app.engine.sessions(&bot, &filter)?;
    Ok(success(&shown::SessionList {
        total: page.total,
        matches: page.matches,
        sessions: page.sessions,
        next_cursor: page.next_cursor.map(|cursor| format!("{}-{}", cursor.at_ms, cursor.number)),
    })
    .response(&app.clock))
}

/// `by`, and the parameters that belong to it.
fn by(params: &mut Params) -> Answered<By> {
    let what = "one of start, exchange, visit, lead, funnel, path";
    let known = ["start", "exchange", "visit", "lead", "funnel", "path"];
    let given = params.parsed("by", what, |text| known.into_iter().find(|by| *by == text))?;
    let given = given.unwrap_or("start");
    let by = match given {
        "start" => By::Start { intent: name_of(params, "intent")?, sentiment: sentiment(params)? },
        "exchange" => By::Exchange(ExchangeFilter {
            intent: name_of(params, "intent")?,
            sentiment: sentiment(params)?,
            understood: params.boolean("understood")?,
            hour_of_week: params.whole("hour_of_week", 0..=167)?,
            during: params.parsed(
                "during",
                "two moments as RFC 3339 with a slash between them, the earlier one first",
                read_during,
            )?,
            question: question(params)?,
        }),
        "visit" => By::Visit { page: name_of(params, "page")? },
        "funnel" => By::Funnel(funnel_place(params)?),
        "path" => By::Path(path_place(params)?),
        _ => By::Lead { package: name_of(params, "package")?, property_type: name_of(params, "property_type")? },
    };
    for parameter in OF_SOME_LISTS.into_iter().chain(STEPS) {
        if params.take(parameter).is_some() {
            return Err(Failure::invalid(format!("{parameter}: not a parameter of a list by {given}")));
        }
    }
    Ok(by)
}

/// From a moment until before another, epoch ms.
fn read_during(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('/')?;
    from_rfc3339(from).zip(from_rfc3339(to)).filter(|(from_ms, to_ms)| from_ms < to_ms)
}

/// A funnel, and the step whose sessions are meant: those that `reached` it, or those that the funnel has `lost_at` it.
fn funnel_place(params: &mut Params) -> Answered<FunnelPlace> {
    let funnel = read_funnel(params)?;
    let steps = funnel.steps.len();
    let (reached, lost_at) = (params.whole("reached", 1..=steps)?, params.whole("lost_at", 2..=steps.max(2))?);
    match (reached, lost_at) {
        (Some(step), None) => Ok(FunnelPlace { funnel, step, lost: false }),
        (None, Some(step)) if step <= steps => Ok(FunnelPlace { funnel, step, lost: true }),
        (None, Some(_)) => Err(Failure::invalid("lost_at: a funnel of one step loses no one")),
        (None, None) => Err(Failure::invalid("reached: expected a step of the funnel, or one with `lost_at`")),
        (Some(_), Some(_)) => Err(Failure::invalid("lost_at: not together with `reached`")),
    }
}

fn path_place(params: &mut Params) -> Answered<PathPlace> {
    let Some(step) = params.whole("path_step", 1..=PATH_STEPS_MAX)? else {
        return Err(Failure::invalid("path_step: expected beside `by=path`, found nothing"));
    };
    let Some(intent) = name_of(params, "intent")? else {
        return Err(Failure::invalid("intent: expected beside `by=path`, found nothing"));
    };
    let next = name_of(params, "next")?.map(|next| if next == END { PathNext::End } else { PathNext::Intent(next) });
    Ok(PathPlace { step, intent, next })
}

/// A name as a list of counts has it.
pub fn name_of(params: &mut Params, parameter: &str) -> Answered<Option<String>> {
    match params.take(parameter) {
        Some(name) if name == OTHER => Err(Failure::invalid(format!(
            "{parameter}: {OTHER} stands for all names beyond the day's limit, which are not told apart; choose one that has a name"
        ))),
        given => Ok(given.filter(|name| !name.is_empty())),
    }
}

fn question(params: &mut Params) -> Answered<Option<String>> {
    let Some(text) = name_of(params, "question")? else { return Ok(None) };
    match listed(&text) {
        Some(_) => Ok(Some(text)),
        None => Err(Failure::invalid("question: expected a text of letters or digits, found none")),
    }
}

fn sentiment(params: &mut Params) -> Answered<Option<Sentiment>> {
    params.parsed("sentiment", "one of positive, neutral, negative", |text| {
        Sentiment::ALL.into_iter().find(|sentiment| sentiment.name() == text)
    })
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let (at_ms, number) = text.split_once('-')?;
    Some(Cursor { at_ms: at_ms.parse().ok()?, number: number.parse().ok()? })
}

pub fn one(app: &App, mut params: Params, encoded_name: &str) -> Answered {
    let bot = params.bot()?;
    params.finish()?;
    let name = percent_encoding::percent_decode_str(encoded_name)
        .decode_utf8()
        .map_err(|_| Failure::invalid("session_id: expected UTF-8"))?;
    let Some(transcript) = app.engine.session(&bot, &name)? else {
        return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", "there is no such session"));
    };
    let shown = shown::Transcript {
        session: transcript.session,
        timeline: transcript.timeline.iter().map(|(_, event)| event_json::to_json(event)).collect(),
        truncated: transcript.truncated,
    };
    Ok(success(&shown).response(&app.clock))
}
