//! Lists of sessions, and one session from first to last.

use serde_json::{Value, json};
use warp::http::StatusCode;

use super::App;
use super::params::Params;
use super::respond::{Answered, Failure, success};
use crate::engine::{Cursor, SessionFilter};
use crate::limits::SESSIONS_PER_PAGE_MAX;
use crate::model::Sentiment;
use crate::transfer::event_json;

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_LIMIT: u32 = 50;

pub fn list(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let filter = SessionFilter {
        window: params.window(DEFAULT_DAYS)?,
        search: params.take("q").filter(|text| !text.is_empty()),
        intent: params.take("intent").filter(|name| !name.is_empty()),
        sentiment: params.parsed("sentiment", "one of positive, neutral, negative", |text| {
            Sentiment::ALL.into_iter().find(|sentiment| sentiment.name() == text)
        })?,
        lead: params.boolean("lead")?,
        limit: params.whole("limit", 1..=SESSIONS_PER_PAGE_MAX)?.unwrap_or(DEFAULT_LIMIT),
        cursor: params.parsed("cursor", "the next_cursor of the page before", read_cursor)?,
    };
    params.finish()?;
    let page = app.engine.sessions(&bot, &filter)?;
    Ok(success(
        &app.clock,
        json!({
            "total": page.total,
            "sessions": page.sessions,
            "next_cursor": page.next_cursor.map(|cursor| format!("{}-{}", cursor.first_ms, cursor.number)),
        }),
    ))
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let (first_ms, number) = text.split_once('-')?;
    Some(Cursor { first_ms: first_ms.parse().ok()?, number: number.parse().ok()? })
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
    let timeline: Vec<Value> = transcript.timeline.iter().map(|(_, event)| event_json::to_json(event)).collect();
    Ok(success(
        &app.clock,
        json!({"session": transcript.session, "timeline": timeline, "truncated": transcript.truncated}),
    ))
}
