//! The reply as server-sent events: `delta` for each piece as it comes, and last `done` with the whole answer, or `error`.

use std::convert::Infallible;
use std::future::ready;

use futures_util::stream::{once, unfold};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinHandle;
use warp::Reply as _;
use warp::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderMap, HeaderValue, Response as HttpResponse, StatusCode};
use warp::reply::Response;

use super::{Turn, apology, conclude, elapsed_ms};
use crate::chat::Reply;
use crate::chat::pieces::{Listener, Speaker, pieces};
use crate::http::App;
use crate::http::request_id::RequestId;
use crate::http::respond::json_answer;
use crate::http::shown::ChatReply;

/// Whether the client names events, and likes JSON no better. Who takes anything gets JSON.
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    let events = weight(headers, "text/event-stream");
    events > 0.0 && events >= weight(headers, "application/json")
}

/// How much the client likes a type, 0 to 1; 0 where it does not name it.
fn weight(headers: &HeaderMap, media_type: &str) -> f32 {
    let ranges =
        headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let weights = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.eq_ignore_ascii_case(media_type);
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named.then(|| weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    });
    weights.fold(0.0, f32::max)
}

/// An answer that is whole already.
pub fn at_once(answer: &ChatReply) -> Response {
    events(HttpResponse::new([delta(&answer.response), event("done", answer)].concat().into()))
}

/// Answers as soon as there is a first piece: until then a failure can still have its status.
pub async fn answer(app: App, turn: Turn) -> Response {
    let (speaker, mut listener) = pieces();
    let sorry = apology(turn.answer.clone());
    // A task of its own, since this request ends with its connection, and what was said on it is to be recorded then.
    let exchange = match RequestId::current() {
        Some(id) => tokio::spawn(id.within(converse(app, turn, speaker))),
        None => tokio::spawn(converse(app, turn, speaker)),
    };
    if let Some(first) = listener.next().await {
        let first = once(ready(Ok(delta(&first))));
        return events(warp::reply::stream(first.chain(rest(listener, exchange, sorry))).into_response());
    }
    match end(exchange, sorry).await {
        (StatusCode::OK, answer) => events(HttpResponse::new(event("done", &answer).into())),
        (status, answer) => json_answer(status, &answer),
    }
}

/// `None` where the visitor went away.
async fn converse(app: App, turn: Turn, speaker: Speaker) -> Option<(StatusCode, ChatReply)> {
    let asked = turn.asked();
    let replied = tokio::select! {
        biased;
        replied = app.chat.reply(&asked, Some(&speaker)) => replied,
        () = speaker.unheard() => {
            let Turn { message, visit, started, .. } = turn;
            let reply = Reply { response: speaker.said(), ..Reply::default() };
            app.recorder.gone(&app.ingest, visit, &message, &reply, elapsed_ms(started));
            return None;
        }
    };
    Some(conclude(&app, turn, replied))
}

type Exchange = JoinHandle<Option<(StatusCode, ChatReply)>>;

/// The pieces that are still to come, and the end.
fn rest(listener: Listener, exchange: Exchange, sorry: ChatReply) -> impl Stream<Item = Result<String, Infallible>> {
    unfold((listener, Some((exchange, sorry))), |(mut listener, ending)| async {
        if let Some(piece) = listener.next().await {
            return Some((Ok(delta(&piece)), (listener, ending)));
        }
        let (exchange, sorry) = ending?;
        let (status, answer) = end(exchange, sorry).await;
        let name = if status == StatusCode::OK { "done" } else { "error" };
        Some((Ok(event(name, &answer)), (listener, None)))
    })
}

async fn end(exchange: Exchange, sorry: ChatReply) -> (StatusCode, ChatReply) {
    // Without an end it panicked: this connection is still there to hear of it.
    exchange.await.ok().flatten().unwrap_or((StatusCode::BAD_GATEWAY, sorry))
}

fn delta(piece: &str) -> String {
    event("delta", &json!({"delta": piece}))
}

fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).expect("it has texts for keys");
    format!("event: {name}\ndata: {data}\n\n")
}

fn events(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would gather the pieces before it passes them on.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_for_who_names_them() {
        for (accept, right) in [
            (&["text/event-stream"][..], true),
            (&["Text/Event-Stream; charset=utf-8"], true),
            (&["application/json, text/event-stream"], true),
            (&["text/html", "text/event-stream;q=0.5"], true),
            (&["application/json;q=0.9, text/event-stream;q=0.9"], true),
            (&["application/json, text/event-stream;q=0.9"], false),
            (&["text/event-stream;q=0"], false),
            (&["text/event-stream;q=much"], false),
            (&["text/*, */*"], false),
            (&["application/json"], false),
            (&[], false),
        ] {
            let headers = accept.iter().map(|value| (ACCEPT, HeaderValue::from_static(value))).collect();
            assert_eq!(is_asked_for(&headers), right, "{accept:?}");
        }
    }
}
