//! How long bots keep what they were told.

use serde_json::{Value, json};

use super::access::takes;
use super::build::{Docs, Operation};
use crate::http::shown;
use crate::limits::BOT_NAME_BYTES_MAX;
use crate::settings::KeepChange;

const TAG: &str = "Retention";

pub fn list(docs: &mut Docs) {
    let all = docs.success::<shown::RetentionList>();
    let kept = Operation::get("/api/retention", "retention", TAG, "How long bots keep what they were told");
    let about = "What is kept no longer goes at three o'clock at night in the bot's zone. Figures stay as they are: only records \
        go (exports, transcripts, lists of sessions and leads), and what happened before `since` is refused from then on.";
    docs.add(kept.about(about).gives("How long, and what is still there.", all));

    let answer = docs.success::<shown::RetentionAnswer>();
    let path = "/api/retention/{name}";
    let change = Operation::new("patch", path, "retention_change", TAG, "Change how long a bot keeps what it was told");
    let about = "Texts are not kept longer than their events, nor sessions shorter. What has gone does not come back where it is \
        kept longer again.";
    let change = change.about(about).params([name()]).fails(404);
    let change =
        takes::<KeepChange>(docs, change, json!({"text_days": 30, "events_days": 400, "performance_days": null}));
    docs.add(change.gives("How long from now on.", answer));
    runs(docs);
}

fn runs(docs: &mut Docs) {
    let foreseen = docs.success::<shown::RetentionForeseen<'static>>();
    let next = Operation::get("/api/retention/runs/next", "retention_next", TAG, "What would go now");
    let about = "Nothing goes. All events that lie before where they are kept are read for it, which may take seconds; whoever \
        asks meanwhile is given the same. 409 while a run is under way. `novahouse retain --dry-run` says the same.";
    docs.add(next.about(about).fails(409).gives("What would go, by bot.", foreseen));

    let runs = docs.success::<shown::RetentionRuns<'static>>();
    let now =
        Operation::new("post", "/api/retention/runs/now", "retention_now", TAG, "Let go of what is kept no longer now");
    let about = "Does at once, for all bots, what is done at night: what goes does not come back. Answered when the run has begun; \
        `/api/retention/runs/last` says how it went. Where half of the file has become free by then, the disk is given it back. One run at a time: 409 while another is under way.";
    docs.add(now.about(about).fails(409).gives("The run that has begun, and the one before.", runs.clone()));

    let last = Operation::get("/api/retention/runs/last", "retention_last", TAG, "How the last run of retention went");
    docs.add(last.gives("The run that is under way, and the one that ended last.", runs));
}

fn name() -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": BOT_NAME_BYTES_MAX});
    json!({"name": "name", "in": "path", "required": true, "description": "Which bot.", "schema": schema})
}
