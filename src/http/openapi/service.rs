//! Events and messages in, and how the server does.

use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::events::{AnyEvent, examples};
use super::params::bot;
use crate::chat::DEFAULT_SESSION;
use crate::http::shown;
use crate::limits::{
    BATCH_EVENTS_MAX, BODY_BYTES_MAX, IDEMPOTENCY_KEY_BYTES_MAX, SESSION_ID_BYTES_MAX, TEXT_BYTES_MAX,
    UNPACKED_BODY_BYTES_MAX, USER_ID_BYTES_MAX,
};
use crate::model::ANONYMOUS;

const MIB: u64 = 1024 * 1024;
const EVENTS: &str = "Events";
const SERVER: &str = "Server";

pub fn events_and_chat(docs: &mut Docs) {
    events(docs);
    chat(docs);
}

fn events(docs: &mut Docs) {
    let event = docs.of::<AnyEvent>();
    let taken = docs.of::<shown::EventsTaken<'static>>();
    let about = format!(
        "Answered with 200 only when every accepted event is on disk and part of every answer. A wrong event takes no good \
         one down with it. At most {BATCH_EVENTS_MAX} events in {} MiB, with `Content-Encoding: gzip` or \
         `zstd` {} MiB once unpacked. Retry-safe: an `id` is taken once within 24 hours, and so is an \
         `Idempotency-Key`, which gives the first answer again. On 503 nothing was stored: wait, and send it again.",
        BODY_BYTES_MAX / MIB,
        UNPACKED_BODY_BYTES_MAX / MIB,
    );
    let lines = "One event a line.";
    let content = json!({
        "application/json": {
            "schema": {"oneOf": [event, {"type": "array", "items": event}]},
            "examples": examples(),
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": lines},
            "example": "{\"type\":\"message\",\"session_id\":\"visit-1\",\"user_message\":\"Hello\"}\n\
                        {\"type\":\"feedback\",\"session_id\":\"visit-1\",\"rating\":5}\n",
        },
    });
    // Printable, and no space at its ends, which are none of a header's value.
    let printable = format!("^[!-~]([ -~]{{0,{}}}[!-~])?$", IDEMPOTENCY_KEY_BYTES_MAX - 2);
    let key = json!({
        "name": "Idempotency-Key", "in": "header",
        "description": format!("Unlike any other for 24 hours; 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes."),
        "schema": {"type": "string", "pattern": printable},
    });
    let mut of_events = bot();
    of_events["description"] = "The bot of events that name none.".into();
    let post = Operation::post("/api/events", "ingest", EVENTS, "Report what happened");
    let post = post.about(&about).params([of_events, key]).takes(content);
    let none = json!({"application/json": {"schema": taken}});
    let post = post.gives("What became of the events.", taken).answers(422, "None of them was accepted.", none);
    docs.add(post.fails(415));
}

fn chat(docs: &mut Docs) {
    let reply = docs.of::<shown::ChatReply>();
    let text = |bytes_max: usize, default: &str| json!({"type": ["string", "null"], "maxLength": bytes_max, "default": default});
    let message = json!({
        "type": "object",
        "description": "What else is in it is passed on to a bot behind this server.",
        "properties": {
            "message": text(TEXT_BYTES_MAX, ""),
            "session_id": text(SESSION_ID_BYTES_MAX, DEFAULT_SESSION),
            "user_id": text(USER_ID_BYTES_MAX, ANONYMOUS),
        },
    });
    let message = docs.put("ChatMessage", message);
    let about = "The exchange is recorded without being waited for. With `Accept: text/event-stream` the reply comes in pieces: \
        events `delta` with a part of it, then `done` with the whole answer, or `error` with an apology.";
    let example = json!({"message": "Ile kosztuje wykończenie mieszkania?", "session_id": "visit-3"});
    let post = Operation::post("/api/chatbot/chat", "chat", EVENTS, "Ask the bot").about(about);
    let post = post.params([bot()]).takes(json!({"application/json": {"schema": message, "example": example}}));
    let whole = json!({"schema": reply});
    let content = json!({"application/json": whole, "text/event-stream": {"schema": {"type": "string"}}});
    let apology = json!({"application/json": whole});
    let post = post.answers(200, "The reply; a friendly word where nothing was asked.", content);
    docs.add(post.answers(502, "The bot behind this server gave no reply; `response` is an apology.", apology));
}

pub fn health(docs: &mut Docs) {
    let health = docs.of::<shown::Health>();
    let about = "`status` says whether the storage can be read; `checks` say what else was looked at.";
    for (path, id) in [("/api/health", "health"), ("/api/chatbot/health", "chatbot_health")] {
        let json = json!({"application/json": {"schema": health}});
        let get = Operation::get(path, id, SERVER, "Whether the server can do its work").about(about);
        let get = get.answers(200, "It can.", json.clone());
        docs.add(get.answers(503, "The storage cannot be read, or there is too much to do.", or_error(&json)));
    }
    let ready = docs.of::<shown::Ready>();
    let about =
        "For whoever distributes requests: not while the server starts or stops, nor while events cannot be stored.";
    let get = Operation::get("/api/ready", "ready", SERVER, "Whether requests may be sent here").about(about);
    docs.add(get.gives("They may.", ready));
    let text = json!({"text/plain": {"schema": {"type": "string"}}});
    let get = Operation::get("/metrics", "metrics", SERVER, "Figures about the server, for Prometheus");
    let about = "Not here where they have a listener of their own (`--metrics-listen`).";
    docs.add(get.about(about).answers(200, "Prometheus' text format.", text).fails(404));
    let anything = json!({"type": "object"});
    let get = Operation::get("/api/openapi.json", "openapi", SERVER, "This document");
    docs.add(get.gives("OpenAPI 3.1.", anything));
}

/// What the route says, or an error from before it.
fn or_error(content: &Value) -> Value {
    let own = &content["application/json"]["schema"];
    let error = json!({"$ref": "#/components/schemas/Error"});
    json!({"application/json": {"schema": {"anyOf": [own, error]}}})
}
