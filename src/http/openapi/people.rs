//! Sessions, leads, bots, and what happens now.

use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::explore::steps;
use super::params::{bot, flag, one_of, one_of_or, query, text, whole, window};
use crate::http::shown;
use crate::limits::{
    FUNNEL_STEPS_MAX, LEADS_OFFSET_MAX, LEADS_PER_PAGE_MAX, PATH_STEPS_MAX, SESSION_ID_BYTES_MAX, SESSIONS_PER_PAGE_MAX,
};

const TAG: &str = "Sessions and leads";

pub fn list(docs: &mut Docs) {
    sessions(docs);
    session(docs);
    leads(docs);
    bots(docs);
    live(docs);
}

fn sessions(docs: &mut Docs) {
    let schema = docs.success::<shown::SessionList>();
    let about = "Newest first. `by` says what brings a session into the list, and which filters go with it: \
        `start`: `intent`, `sentiment`; `exchange`: these and `understood`, `hour_of_week`, `during`, `question`, all of one exchange; \
        `visit`: `page`; `lead`: `package`, `property_type`; `funnel`: its steps, `within`, and `reached` or `lost_at`; `path`: \
        `path_step`, `intent`, `next`. Any of them goes with what is asked of the session as a whole. \
        `matches` equals the figure that one comes from.";
    let list = Operation::get("/api/sessions", "sessions", TAG, "Sessions, and those behind any figure");
    let list = list.about(about).params(window(7)).params(filters()).params(places());
    docs.add(list.gives("A page of the list.", schema).fails(404));
}

fn filters() -> Vec<Value> {
    let by = "What has to lie in the window.";
    let hour = json!({"type": "integer", "minimum": 0, "maximum": 167});
    let cursor = json!({"type": "string", "pattern": "^[0-9]{1,18}-[0-9]{1,19}$"});
    vec![
        one_of_or("by", by, &["start", "exchange", "visit", "lead", "funnel", "path"], "start"),
        text("q", "Found in a message, a reply, the session's or the user's name; letter case aside."),
        text("intent", "With `by=start` anywhere in the session, with `by=exchange` of the exchange."),
        one_of("sentiment", "The same.", &["positive", "neutral", "negative"]),
        flag("understood", "With `by=exchange`: whether its intent was served."),
        query("hour_of_week", "With `by=exchange`: 0 is Monday from midnight, 167 the last hour of Sunday.", hour),
        text(
            "during",
            "With `by=exchange`: from a moment until before another, `2026-03-31T07:00:00Z/2026-03-31T09:00:00Z`.",
        ),
        text("question", "With `by=exchange`: as a list of questions shows it."),
        text("page", "With `by=visit`."),
        text("package", "With `by=lead`."),
        text("property_type", "With `by=lead`."),
        flag("lead", "Whether the session left a lead."),
        text("device", "As the session's record says it, like the four after it."),
        text("browser", ""),
        text("referrer", ""),
        text("conversion", "The latest conversion event."),
        text("user", "`anonymous` for those without a name."),
        whole("limit", "Sessions on a page.", 1, SESSIONS_PER_PAGE_MAX.into(), 50),
        query("cursor", "`next_cursor` of the page before.", cursor),
    ]
}

/// In a funnel, and in paths.
fn places() -> Vec<Value> {
    let whole = |max: usize| json!({"type": "integer", "minimum": 1, "maximum": max});
    let mut places = steps();
    places.extend([
        query("reached", "With `by=funnel`: the sessions that did this step.", whole(FUNNEL_STEPS_MAX)),
        query("lost_at", "With `by=funnel`: those that did the step before and not this one.", whole(FUNNEL_STEPS_MAX)),
        query(
            "path_step",
            "With `by=path`: which of the session's intents in the window `intent` is.",
            whole(PATH_STEPS_MAX),
        ),
        text("next", "With `by=path`: the intent after it, or `(end)`."),
    ]);
    places
}

fn session(docs: &mut Docs) {
    let schema = docs.success::<shown::Transcript>();
    let id = json!({
        "name": "session_id", "in": "path", "required": true,
        "description": format!("At most {SESSION_ID_BYTES_MAX} bytes."),
        "schema": {"type": "string", "minLength": 1, "maxLength": SESSION_ID_BYTES_MAX},
    });
    let one = Operation::get("/api/sessions/{session_id}", "session", TAG, "One session with everything in it");
    docs.add(one.params([id, bot()]).gives("The session, and its events in order of time.", schema).fails(404));
}

fn leads(docs: &mut Docs) {
    let schema = docs.success::<shown::LeadList>();
    let limit = whole("limit", "Leads on a page.", 1, LEADS_PER_PAGE_MAX.into(), 20);
    let offset = whole("offset", "How many of the newest are passed over.", 0, LEADS_OFFSET_MAX.into(), 0);
    let list = Operation::get("/api/leads", "lead_list", TAG, "Who left contact data, newest first");
    docs.add(list.params(window(7)).params([limit, offset]).gives("A page of the list.", schema).fails(404));
}

fn bots(docs: &mut Docs) {
    let schema = docs.success::<shown::BotList>();
    let list = Operation::get("/api/bots", "bots", TAG, "The bots, their time zones, and what day it is for each");
    docs.add(list.gives("The bots.", schema));
}

fn live(docs: &mut Docs) {
    let about = "Server-sent events: `open` first; `note` for each message, lead and feedback just stored; `missed` with the \
        number of `batches` a slow reader did not get; `left_out` with the `events` of a large batch that are not shown.";
    let content = json!({"text/event-stream": {"schema": {"type": "string"}}});
    let live = Operation::get("/api/live", "live", TAG, "What is stored, as it is stored").about(about);
    docs.add(live.params([bot()]).answers(200, "Events, until one side goes.", content).fails(404));
}
