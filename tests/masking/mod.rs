//! What is masked is nowhere: not in a file of the directory, an export, an answer or the log, whichever way it came.

mod answers;
mod figures;
mod ways;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::process::{Dir, Ran, run, run_on};

const KINDS: &str = "email,phone,card,iban,pesel,ip";
/// One of each kind, and of a pattern.
const SECRETS: [&str; 7] = [
    "anna.kowalska@example.com",
    "600 700 800",
    "4539 5260 1815 9083",
    "PL61 1090 1014 0000 0712 1981 2874",
    "44051468460",
    "203.0.113.77",
    "C-482913",
];
const MARKS: [&str; 7] = ["[email]", "[phone]", "[card]", "[iban]", "[pesel]", "[ip]", "[customer]"];

/// Makes a bot mask everything there is, and a pattern.
fn mask(dir: &Dir, bot: &str) {
    mask_at(&dir.data(), bot).exits(0);
}

fn mask_at(data: &Path, bot: &str) -> Ran {
    let words = ["bot", "set", bot, "--mask", KINDS, "--mask-pattern", "customer=C-[0-9]{6}", "--data"];
    run(words.into_iter().map(std::ffi::OsStr::new).chain([data.as_os_str()]))
}

fn all_secrets() -> String {
    SECRETS.join("; ")
}

/// Events of every kind, with the secrets wherever someone may have written them. The message says who writes, so that no lead is
/// read from its words: a lead keeps the address and the number that it is for.
fn lines(bot: &str) -> String {
    let said = all_secrets();
    let url = format!("/thanks?q={}", percent_encoding::utf8_percent_encode(&said, percent_encoding::NON_ALPHANUMERIC));
    let events = [
        json!({"type": "message", "id": "m-1", "session_id": "s", "user_message": said, "bot_response": format!("You said: {said}"),
            "contact": {"name": "Anna Kowalska"}, "entities": {"said": [said, {"deep": said}], said.clone(): 1, "phone": 600700800, "pesel": 44051468460_u64}}),
        json!({"type": "engagement", "session_id": "s", "page": url, "referrer": format!("https://example.org{url}"),
            "conversion_event": said}),
        json!({"type": "lead", "session_id": "s", "name": "Anna Kowalska", "additional_info": said, "interested_package": said}),
        json!({"type": "lead", "session_id": "s", "name": "Anna Kowalska", "additional_info": {"note": [said]}}),
        json!({"type": "feedback", "session_id": "s", "rating": 4, "comment": said}),
        json!({"type": "performance", "endpoint": url, "error_message": format!("no such user: {said}")}),
    ];
    let of_bot = |mut event: Value| {
        event["bot"] = bot.into();
        event.to_string() + "\n"
    };
    events.map(of_bot).concat()
}

/// # Panics
/// Where a text holds any of the secrets.
#[track_caller]
fn has_none(text: &str, of: &str) {
    let digits = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{of}: {secret} is in {text}");
    }
    // However it is written.
    for secret in ["600700800", "44051468460", "4539526018159083", "61109010140000071219812874", "482913"] {
        assert!(!digits(text).contains(secret), "{of}: {secret} is in {text}");
    }
}

/// All that a directory exports, as it stands in its log and as records.
fn exported(data: &Path) -> String {
    let all = ["events", "all"]
        .map(|kind| run_on(data, &format!("export --type {kind} --format ndjson --days 3650 --bot shop")).exits(0).out);
    all.concat()
}

/// # Panics
/// Where a file of a directory holds any of the secrets, byte for byte.
#[track_caller]
fn files_have_none(data: &Path) {
    let mut files = 0;
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        files += 1;
        for secret in SECRETS {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{secret} is in {}", path.display());
        }
    }
    assert!(files >= 2);
}
