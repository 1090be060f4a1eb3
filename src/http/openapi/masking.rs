//! What of each bot's texts is masked before they are stored.

use serde_json::{Value, json};

use super::access::takes;
use super::build::{Docs, Operation};
use crate::http::masking::TryBody;
use crate::http::shown;
use crate::limits::{BOT_NAME_BYTES_MAX, MASK_PATTERNS_OF_ALL_MAX};
use crate::settings::MaskingChange;

const TAG: &str = "Masking";

pub fn list(docs: &mut Docs) {
    let all = docs.success::<shown::MaskingList>();
    let masked = Operation::get("/api/masking", "masking", TAG, "What is masked in texts before they are stored");
    let about = "What is found gives way to a mark, such as `[email]` or the name of a pattern in brackets: in messages, replies, \
        comments, entities, pages, referrers and error messages, and in all that a lead has beside name, address, number and \
        place. Figures do not change by it.";
    docs.add(masked.about(about).gives("What is masked, by bot.", all));

    let answer = docs.success::<shown::MaskingAnswer>();
    let change =
        Operation::new("patch", "/api/masking/{name}", "masking_change", TAG, "Change what of a bot's texts is masked");
    let about = format!(
        "Counts for what comes from now on; what is stored stays as it is. The bot may be one that has sent nothing yet. Refused \
         with 409 where all bots together would have more than {MASK_PATTERNS_OF_ALL_MAX} patterns."
    );
    let example = json!({"kinds": ["email", "phone"], "patterns": [{"name": "customer", "regex": "C-[0-9]{6}"}]});
    let change = change.about(&about).params([name()]).fails(409);
    let change = takes::<MaskingChange>(docs, change, example);
    docs.add(change.gives("What is masked from now on.", answer));

    let tried = docs.success::<shown::MaskingTried>();
    let path = "/api/masking/{name}/try";
    let attempt = Operation::post(path, "masking_try", TAG, "See what would be stored of a text");
    let about = "With what the bot masks, or with what it would mask after a change. Nothing is stored.";
    let example = json!({"text": "Write to anna@example.com", "masking": {"kinds": ["email"]}});
    let attempt = takes::<TryBody>(docs, attempt.about(about).params([name()]), example);
    docs.add(attempt.gives("The text as it would be stored.", tried));
}

fn name() -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": BOT_NAME_BYTES_MAX});
    json!({"name": "name", "in": "path", "required": true, "description": "Which bot.", "schema": schema})
}
