//! Reports: what is sent to whom, and what it looks like.

use serde_json::{Value, json};

use super::access::{add_deed, named, takes};
use super::build::{Docs, Operation};
use super::params::{bot, one_of_or, query, text, whole};
use crate::http::reports::{DEFAULT_HISTORY, ReportBody, SendBody};
use crate::http::shown;
use crate::limits::{REPORT_HISTORY_MAX, REPORT_TOKEN_BYTES_MAX, REPORTS_MAX};
use crate::report::Format;
use crate::report::section::Section;

const TAG: &str = "Reports";

pub fn list(docs: &mut Docs) {
    definitions(docs);
    preview(docs);
    unsubscribe(docs);
}

fn example() -> Value {
    json!({
        "name": "Weekly", "bot": "default", "every": "week", "hour": 8, "language": "en", "channel": "mail",
        "recipients": ["anna@example.com"], "public_url": "https://chat.example.com",
    })
}

fn definitions(docs: &mut Docs) {
    let list = docs.of::<shown::ReportList<'static>>();
    let get = Operation::get("/api/reports", "reports", TAG, "The reports that are sent");
    docs.add(get.about("Those of other bots are not there for whoever may not see these.").gives("All.", list));

    let made = docs.of::<shown::Made<'static>>();
    let about = format!(
        "At most {REPORTS_MAX}. Each period is sent once, at the hour of the day after it; after a downtime the latest is sent \
         late, and those before it are left out. The first is that which ends next. A mail that is not taken is tried again for a \
         day."
    );
    let add = Operation::post("/api/reports", "report_add", TAG, "Add a report").about(&about);
    let add = takes::<ReportBody>(docs, add, example());
    docs.add(add.gives("The report's id.", made).fails(404).fails(409));

    let history = docs.of::<shown::ReportHistory<'static>>();
    let limit = whole("limit", "How many of the latest.", 1, REPORT_HISTORY_MAX as u64, DEFAULT_HISTORY as u64);
    let get = Operation::get("/api/reports/history", "report_history", TAG, "What was sent, and what became of it");
    docs.add(get.params([limit]).gives("Newest first.", history));

    let id = || named("id", "Its `id` in the list.");
    let change = Operation::new("put", "/api/reports/{id}", "report_change", TAG, "Put another report in its place");
    let about = "Where it is sent at other times than before, it begins with the period that ends next.";
    let change = takes::<ReportBody>(docs, change.about(about).params([id()]), example()).fails(404);
    add_deed(docs, change);
    let remove = Operation::new("delete", "/api/reports/{id}", "report_remove", TAG, "Remove a report");
    add_deed(docs, remove.params([id()]).fails(404));

    let posted = docs.of::<shown::ReportPosted>();
    let send = Operation::post("/api/reports/{id}/send", "report_send", TAG, "Send it now");
    let send =
        send.about("The latest period that is over. What is due is sent at its time all the same.").params([id()]);
    let send = takes::<SendBody>(docs, send, json!({"to": ["anna@example.com"]}));
    docs.add(send.gives("It is on its way.", posted).fails(404).fails(409));
}

fn preview(docs: &mut Docs) {
    let periods = "The latest that is over: `yesterday`, `last-week` or `last-month`; or a day such as `2026-11-27`, a week such \
        as `2026-W48`, a month such as `2026-11`.";
    let schema = json!({"type": "string", "default": "last-week", "examples": ["last-week", "2026-W48"]});
    let names = Section::ALL.map(Section::name).join(",");
    let sections = format!("Names with commas between them, of `{names}`; all, unless given.");
    let format = "`html` as it is mailed, with its pictures inside; `csv` has the figures alone.";
    let params = [
        bot(),
        query("period", periods, schema),
        one_of_or("language", "Of everything but `csv`.", &["en", "pl"], "en"),
        text("sections", &sections),
        one_of_or("format", format, &Format::ALL.map(Format::name), "html"),
        text("public_url", "Where recipients reach this server, for links."),
    ];
    let plain = || json!({"schema": {"type": "string"}});
    let content =
        json!({"text/html": plain(), "text/plain": plain(), "text/csv": plain(), "application/pdf": {"schema": {}}});
    let get = Operation::get("/api/reports/preview", "report_preview", TAG, "A report of any period");
    let get = get.about("What a report says, whether one is sent or not.").params(params);
    docs.add(get.answers(200, "The report.", content).fails(404));
}

fn unsubscribe(docs: &mut Docs) {
    const PATH: &str = "/api/reports/unsubscribe";
    let schema = || json!({"type": "string", "minLength": 1, "maxLength": REPORT_TOKEN_BYTES_MAX});
    let params =
        || [query("report", "The report's id.", schema()), query("token", "What the mail's link has.", schema())];
    let page = || json!({"text/html": {"schema": {"type": "string"}}});
    let unknown = "The link is not valid any more.";
    let ask = Operation::get(PATH, "unsubscribe_page", TAG, "Ask a recipient whether he wants to leave");
    docs.add(ask.params(params()).answers(200, "A page with a button.", page()).answers(404, unknown, page()));
    let about = "As a mail program sends it (RFC 8058), or that page. A body is not looked at.";
    let leave = Operation::post(PATH, "unsubscribe", TAG, "Take a recipient from a report").about(about);
    docs.add(leave.params(params()).answers(200, "It is done.", page()).answers(404, unknown, page()));
}
