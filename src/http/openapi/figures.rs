//! The seven questions.

use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::events::AnyEvent;
use super::params::{fill, flag, hours, one_of_or, window};
use crate::engine::{ConversationRecord, EngagementRecord, IntentRecord, LeadRecord, PerformanceRecord};
use crate::http::shown;
use crate::limits::EXPORTS_AT_ONCE_MAX;

const TAG: &str = "Figures";
const DAYS: u32 = 7;

pub fn list(docs: &mut Docs) {
    let schema = docs.success::<shown::Overview>();
    let by_day = flag("by_day", "Whether the figures of each day are told too.");
    docs.add(figure("overview", "Key figures, and those of the window before", window(DAYS), [by_day], schema));
    let schema = docs.success::<shown::Conversations>();
    docs.add(figure(
        "conversations",
        "Conversations by day and hour, sentiment, speed",
        window(DAYS),
        [fill()],
        schema,
    ));
    let schema = docs.success::<shown::Engagement>();
    docs.add(figure("engagement", "Devices, browsers, referrers, pages", window(DAYS), [], schema));
    let schema = docs.success::<shown::Intents>();
    docs.add(figure("intents", "What people want, and how often the bot serves it", window(DAYS), [], schema));
    let schema = docs.success::<shown::Performance>();
    docs.add(figure("performance", "How the bot's own service does", hours(24), [fill()], schema));
    let schema = docs.success::<shown::Leads>();
    docs.add(figure("leads", "Leads by day, package and property type", window(DAYS), [fill()], schema));
    export(docs);
}

fn figure<const N: usize>(
    name: &'static str,
    summary: &str,
    params: Vec<Value>,
    more: [Value; N],
    schema: Value,
) -> Operation {
    let path = match name {
        "overview" => "/api/analytics/overview",
        "conversations" => "/api/analytics/conversations",
        "engagement" => "/api/analytics/engagement",
        "intents" => "/api/analytics/intents",
        "performance" => "/api/analytics/performance",
        _ => "/api/analytics/leads",
    };
    let figure = Operation::get(path, name, TAG, summary).params(params).params(more);
    figure.gives("The figures.", schema).fails(404)
}

fn export(docs: &mut Docs) {
    let types = ["overview", "conversations", "leads", "engagement", "intents", "performance", "events", "all"];
    let what = "Which records; `overview` and `conversations` are the same.";
    let format = "`csv` holds one type of records; events have no common columns.";
    let params =
        [one_of_or("type", what, &types, "overview"), one_of_or("format", format, &["json", "csv", "ndjson"], "json")];
    let schema = exported(docs);
    let content = json!({
        "application/json": {"schema": schema},
        "text/csv": {"schema": {"type": "string"}},
        "application/x-ndjson": {"schema": {"type": "string", "description":
            "One record a line, with its kind under `record`; a line of an event is the event itself."}},
    });
    let about = format!(
        "Streamed, however much it is; one that breaks off was not whole. {EXPORTS_AT_ONCE_MAX} are written at once."
    );
    let export = Operation::get("/api/analytics/export", "export", TAG, "Records as JSON, CSV or NDJSON");
    docs.add(export.about(&about).params(params).params(window(30)).answers(200, "The records.", content).fails(404));
}

fn exported(docs: &mut Docs) -> Value {
    let lists = [
        ("conversations", docs.of::<ConversationRecord>()),
        ("leads", docs.of::<LeadRecord>()),
        ("engagements", docs.of::<EngagementRecord>()),
        ("intents", docs.of::<IntentRecord>()),
        ("performance", docs.of::<PerformanceRecord>()),
        ("events", docs.of::<AnyEvent>()),
    ];
    let lists: serde_json::Map<String, Value> =
        lists.into_iter().map(|(name, items)| (name.to_owned(), json!({"type": "array", "items": items}))).collect();
    let time = json!({"type": "string", "format": "date-time"});
    let schema = json!({
        "type": "object",
        "properties": {
            "status": {"const": "success"},
            "export_type": {"type": "string"},
            "period_days": {"type": "integer"},
            "bot": {"type": "string"},
            "data": {"type": "object", "description": "A list for each type that was asked for.", "properties": lists},
            "exported_at": time,
            "timestamp": time,
        },
        "required": ["status", "export_type", "period_days", "bot", "data", "exported_at", "timestamp"],
    });
    docs.put("Export", schema)
}
