//! Erasing persons and sessions, and telling a person what is held of them.

use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::params::{bot, flag, whole};
use crate::http::shown;
use crate::limits::{ERASURES_KEPT_MAX, ERASURES_LISTED_MAX, SESSION_ID_BYTES_MAX, USER_ID_BYTES_MAX};

const TAG: &str = "Erasure";

pub fn list(docs: &mut Docs) {
    erase(docs);
    let held = docs.of::<shown::PersonExport>();
    let content = json!({"application/json": {"schema": held}});
    let about = "Streamed, however much it is; one that breaks off was not whole.";
    let export = Operation::get("/api/users/{id}/export", "user_export", TAG, "Everything that is held of a person");
    docs.add(export.about(about).params([id(), bot()]).answers(200, "What is held.", content).fails(404));

    let all = docs.success::<shown::ErasureList>();
    let about = format!("The last {ERASURES_KEPT_MAX} are kept. None holds anything of what was erased.");
    let limit = whole("limit", "At most so many.", 1, ERASURES_LISTED_MAX.into(), 100);
    let receipts = Operation::get("/api/erasures", "erasures", TAG, "Receipts of erasures");
    docs.add(receipts.about(&about).params([limit]).gives("The latest first.", all));
}

fn erase(docs: &mut Docs) {
    let receipt = docs.success::<shown::ErasureAnswer>();
    let purge = || {
        flag(
            "purge",
            "Whether the counts go too: the days are counted anew, as if nothing of it had come. Refused with 409 where \
            some of these days' events have been let go of.",
        )
    };
    let about = "Done when answered. Names are replaced by random ones and what was written by nothing, in events, sessions, \
        leads, indexes and caches; the counts stay as they are, of a question too that others asked in the same words. \
        One erasure is made at a time: 409 while another, or the nightly run of retention, is under way.";
    let user = Operation::new("delete", "/api/users/{id}", "user_erase", TAG, "Erase a person");
    let user = user.about(about).params([id(), bot(), purge()]).gives("The signed receipt.", receipt.clone());
    docs.add(user.fails(404).fails(409));
    let about = "The same of one session. Who came in it is still known as a person.";
    let session = Operation::new("delete", "/api/sessions/{session_id}", "session_erase", TAG, "Erase a session");
    let named = named("session_id", "The session.", SESSION_ID_BYTES_MAX);
    let session = session.about(about).params([named, bot(), purge()]).gives("The signed receipt.", receipt);
    docs.add(session.fails(404).fails(409));
}

fn id() -> Value {
    named("id", "The person's `user_id`.", USER_ID_BYTES_MAX)
}

fn named(name: &str, description: &str, bytes_max: usize) -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": bytes_max});
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}
