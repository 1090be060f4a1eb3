//! Lists of sessions, and one session from first to last.

use warp::http::StatusCode;

use super::params::Params;
use super::respond::{Answered, Failure, success};
use super::{App, shown};
use crate::engine::{By, Cursor, ExchangeFilter, SessionFilter};
use crate::limits::{OTHER, SESSIONS_PER_PAGE_MAX};
use crate::model::Sentiment;
use crate::rollup::questions::listed;
use crate::transfer::event_json;

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_LIMIT: u32 = 50;
/// Parameters that belong to some values of `by` only.
const OF_SOME_LISTS: [&str; 8] =
    ["intent", "sentiment", "understood", "hour_of_week", "question", "page", "package", "property_type"];

pub fn list(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let filter = SessionFilter {
        window: params.window(DEFAULT_DAYS)?,
        by: by(&mut params)?,
        search: params.take("q").filter(|text| !text.is_empty()),
        lead: params.boolean("lead")?,
        device: name(&mut params, "device")?,
        browser: name(&mut params, "browser")?,
        referrer: name(&mut params, "referrer")?,
        conversion: name(&mut params, "conversion")?,
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
    let what = "one of start, exchange, visit, lead";
    let known = ["start", "exchange", "visit", "lead"];
    let given = params.parsed("by", what, |text| known.into_iter().find(|by| *by == text))?;
    let given = given.unwrap_or("start");
    let by = match given {
        "start" => By::Start { intent: name(params, "intent")?, sentiment: sentiment(params)? },
        "exchange" => By::Exchange(ExchangeFilter {
            intent: name(params, "intent")?,
            sentiment: sentiment(params)?,
            understood: params.boolean("understood")?,
            hour_of_week: params.whole("hour_of_week", 0..=167)?,
            question: question(params)?,
        }),
        "visit" => By::Visit { page: name(params, "page")? },
        _ => By::Lead { package: name(params, "package")?, property_type: name(params, "property_type")? },
    };
    for parameter in OF_SOME_LISTS {
        if params.take(parameter).is_some() {
            return Err(Failure::invalid(format!("{parameter}: not a parameter of a list by {given}")));
        }
    }
    Ok(by)
}

/// A name as a list of counts has it.
fn name(params: &mut Params, parameter: &str) -> Answered<Option<String>> {
    match params.take(parameter) {
        Some(name) if name == OTHER => Err(Failure::invalid(format!(
            "{parameter}: {OTHER} stands for all names beyond the day's limit, which are not told apart; choose one that has a name"
        ))),
        given => Ok(given.filter(|name| !name.is_empty())),
    }
}

fn question(params: &mut Params) -> Answered<Option<String>> {
    let Some(text) = name(params, "question")? else { return Ok(None) };
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
