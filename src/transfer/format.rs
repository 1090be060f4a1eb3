//! Exports as text: JSON, CSV and NDJSON, for the endpoint and the command alike.

use std::borrow::Cow;
use std::io::Write;

use serde_json::{Map, Value};

use crate::engine::{Engine, ExportType, Record, Window};
use crate::error::{Error, Result};

/// What is to be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportSelection {
    /// Conversations, which the first system called so.
    Overview,
    Leads,
    Engagement,
    Intents,
    Performance,
    Events,
    All,
}

impl ExportSelection {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "overview" | "conversations" => Self::Overview,
            "leads" => Self::Leads,
            "engagement" => Self::Engagement,
            "intents" => Self::Intents,
            "performance" => Self::Performance,
            "events" => Self::Events,
            "all" => Self::All,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Leads => "leads",
            Self::Engagement => "engagement",
            Self::Intents => "intents",
            Self::Performance => "performance",
            Self::Events => "events",
            Self::All => "all",
        }
    }

    fn types(self) -> &'static [ExportType] {
        match self {
            Self::Overview => &[ExportType::Conversations],
            Self::Leads => &[ExportType::Leads],
            Self::Engagement => &[ExportType::Engagements],
            Self::Intents => &[ExportType::Intents],
            Self::Performance => &[ExportType::Performance],
            Self::Events => &[ExportType::Events],
            Self::All => &[
                ExportType::Conversations,
                ExportType::Leads,
                ExportType::Engagements,
                ExportType::Intents,
                ExportType::Performance,
            ],
        }
    }
}

/// The key of a type's array in JSON, its word in NDJSON, and its columns in CSV.
fn shape(what: ExportType) -> (&'static str, &'static str, &'static [&'static str]) {
    match what {
        ExportType::Conversations => (
            "conversations",
            "conversation",
            &[
                "id",
                "session_id",
                "user_id",
                "user_message",
                "bot_response",
                "intent",
                "confidence",
                "entities",
                "sentiment",
                "response_time_ms",
                "user_satisfied",
                "lead_generated",
                "message_count",
                "timestamp",
                "success",
                "input_tokens",
                "output_tokens",
                "cost_usd",
                "model",
            ],
        ),
        ExportType::Leads => (
            "leads",
            "lead",
            &[
                "id",
                "session_id",
                "name",
                "email",
                "phone",
                "interested_package",
                "property_size",
                "property_type",
                "location",
                "additional_info",
                "created_at",
            ],
        ),
        ExportType::Engagements => (
            "engagements",
            "engagement",
            &[
                "id",
                "session_id",
                "user_id",
                "first_interaction",
                "last_interaction",
                "total_messages",
                "session_duration_seconds",
                "pages_visited",
                "conversion_event",
                "device_type",
                "browser",
                "referrer",
                "lead",
                "interactions",
            ],
        ),
        ExportType::Intents => (
            "intents",
            "intent",
            &[
                "intent_name",
                "date",
                "trigger_count",
                "success_count",
                "failure_count",
                "avg_confidence",
                "avg_response_time_ms",
            ],
        ),
        ExportType::Performance => (
            "performance",
            "performance",
            &[
                "id",
                "timestamp",
                "endpoint",
                "response_time_ms",
                "status_code",
                "error_message",
                "memory_usage_mb",
                "cpu_usage_percent",
            ],
        ),
        ExportType::Events => ("events", "event", &[]),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Json,
    Csv,
    Ndjson,
}

impl ExportFormat {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "csv" => Self::Csv,
            "ndjson" => Self::Ndjson,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// One export, as asked for.
pub struct ExportPlan {
    pub bot: String,
    pub selection: ExportSelection,
    pub format: ExportFormat,
    pub window: Window,
    pub period_days: u32,
    /// RFC 3339.
    pub exported_at: String,
}

impl ExportPlan {
    /// # Errors
    /// A sentence, where type and format do not go together.
    pub fn validate(&self) -> Result<(), String> {
        if self.format != ExportFormat::Csv {
            return Ok(());
        }
        match self.selection {
            ExportSelection::All => Err("format: csv holds one type; ask for each of them, or for json".into()),
            ExportSelection::Events => Err("format: events have no common columns; ask for ndjson or json".into()),
            _ => Ok(()),
        }
    }

    pub fn file_name(&self) -> String {
        let date = self.exported_at.split('T').next().unwrap_or_default();
        format!("novahouse-{}-{date}.{}", self.selection.name(), self.format.name())
    }
}

/// Writes the export, record by record.
///
/// # Errors
/// From the engine, or from `out`.
pub fn write_export(engine: &dyn Engine, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    match plan.format {
        ExportFormat::Json => write_json(engine, plan, out),
        ExportFormat::Csv => write_csv(engine, plan, out),
        ExportFormat::Ndjson => write_lines(engine, plan, out),
    }
}

fn write_json(engine: &dyn Engine, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    write!(
        out,
        "{{\"status\":\"success\",\"export_type\":\"{}\",\"period_days\":{},\"bot\":{},\"data\":{{",
        plan.selection.name(),
        plan.period_days,
        Value::from(&*plan.bot)
    )?;
    for (place, what) in plan.selection.types().iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        write!(out, "{comma}\"{}\":[", shape(*what).0)?;
        let mut first = true;
        engine.export(&plan.bot, *what, plan.window, &mut |record| {
            if !std::mem::replace(&mut first, false) {
                out.write_all(b",")?;
            }
            write_record(out, &record)
        })?;
        out.write_all(b"]")?;
    }
    writeln!(out, "}},\"exported_at\":\"{}\",\"timestamp\":\"{}\"}}", plan.exported_at, plan.exported_at)?;
    Ok(())
}

/// Each line says what it is, under `record`; a line of an event is the event itself.
fn write_lines(engine: &dyn Engine, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    for what in plan.selection.types() {
        let word = shape(*what).1;
        engine.export(&plan.bot, *what, plan.window, &mut |record| {
            if *what == ExportType::Events {
                write_record(out, &record)?;
            } else {
                let mut line = Map::new();
                line.insert("record".into(), word.into());
                line.extend(fields(&record));
                serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
            }
            out.write_all(b"\n")?;
            Ok(())
        })?;
    }
    Ok(())
}

fn write_csv(engine: &dyn Engine, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    let what = plan.selection.types()[0];
    let columns = shape(what).2;
    let mut table = csv::Writer::from_writer(out);
    let failed = |error: csv::Error| Error::Storage(error.to_string());
    table.write_record(columns).map_err(failed)?;
    engine.export(&plan.bot, what, plan.window, &mut |record| {
        let fields = fields(&record);
        assert_eq!(fields.len(), columns.len(), "a record has other fields than its table has columns");
        table.write_record(fields.values().map(cell)).map_err(failed)
    })?;
    table.flush()?;
    Ok(())
}

fn write_record(out: &mut dyn Write, record: &Record) -> Result<()> {
    serde_json::to_writer(out, record).map_err(std::io::Error::from)?;
    Ok(())
}

fn fields(record: &Record) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        other => unreachable!("a record is an object, not {other:?}"),
    }
}

/// A cell of a table.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text).into_owned(),
        other => other.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it, so that opening a table never runs what a
/// visitor typed into the chat.
pub fn harmless(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}
