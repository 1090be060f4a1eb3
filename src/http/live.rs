//! GET /api/live: what is happening now, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use warp::Reply;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};

use super::App;
use super::params::Params;
use super::respond::{Answered, Failure};
use crate::access::{Access, Asker};
use crate::ingest::Ingest;
use crate::limits::LIVE_WATCHERS_MAX;
use crate::live::Notes;

/// A comment that often keeps proxies from taking the connection for dead, and finds out who has gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Sent first: who loses the connection comes back after two seconds.
const GREETING: &str = "retry: 2000\nevent: open\ndata: {}\n\n";

struct Watcher {
    bot: String,
    access: Arc<Access>,
    asker: Asker,
    greeted: bool,
    notes: Receiver<Arc<Notes>>,
    ingest: Ingest,
}

pub fn live(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    params.finish()?;
    app.engine.bot(&bot)?;
    let live = app.ingest.live();
    if live.watchers() >= LIVE_WATCHERS_MAX {
        let sentence = format!("{LIVE_WATCHERS_MAX} connections watch already, which is the most there may be");
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_watchers", sentence));
    }
    let stopping = || Failure::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server stops");
    let notes = live.watch().ok_or_else(stopping)?;
    let parts = futures_util::stream::unfold(
        Watcher {
            bot,
            access: app.access.clone(),
            asker: app.caller.asker.clone(),
            greeted: false,
            notes,
            ingest: app.ingest.clone(),
        },
        next,
    );
    let mut response = warp::reply::stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would gather events until a buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn next(mut watcher: Watcher) -> Option<(Result<Bytes, Infallible>, Watcher)> {
    if !watcher.greeted {
        watcher.greeted = true;
        return Some((Ok(GREETING.into()), watcher));
    }
    loop {
        let text = match tokio::time::timeout(HEARTBEAT, watcher.notes.recv()).await {
            Err(_) => ": still here\n\n".to_owned(),
            Ok(Ok(notes)) if watcher.ingest.live().remembers(&notes) => events(&watcher.bot, &notes),
            Ok(Ok(_)) => continue,
            Ok(Err(RecvError::Lagged(batches))) => event("missed", &json!({"batches": batches})),
            Ok(Err(RecvError::Closed)) => return None,
        };
        // Who may not see it any more sees none of what comes now.
        if !watcher.access.still_knows(&watcher.asker) {
            return None;
        }
        if !text.is_empty() {
            return Some((Ok(text.into()), watcher));
        }
    }
}

/// What of the notes is this bot's.
fn events(bot: &str, notes: &Notes) -> String {
    let mut text: String =
        notes.notes.iter().filter(|note| *note.bot == *bot).map(|note| event("note", &json!(note))).collect();
    if let Some(count) = notes.left_out.get(bot) {
        text.push_str(&event("left_out", &json!({"events": count})));
    }
    text
}

/// JSON has no line breaks outside of texts, and escapes those inside.
fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
