//! Files to events. What a file is, is seen by looking inside: events as NDJSON, an export, or the first system's database.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::export_file;
use super::first_system::{self, SQLITE_HEADER};
use crate::error::{Error, Result};
use crate::limits::{PAGES_PER_EVENT_MAX, UNPACKED_BODY_BYTES_MAX};
use crate::model::wire::{self, Context};
use crate::model::{DEFAULT_BOT, Event};

/// What a file was seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Lines of events, or of an export.
    Lines,
    /// The JSON of an export, of this program or of the first system.
    Export,
    /// The first system's database.
    Sqlite,
}

/// A row of a file, and what became of it.
pub struct Row {
    pub place: Place,
    pub outcome: Outcome,
    /// How much has been read with it, in the source's unit.
    pub read: u64,
}

/// Where a row stands.
pub enum Place {
    Line(u64),
    /// In one of the arrays of an export.
    Item(Arc<str>, u64),
    /// Of a table of a database, by its `rowid`.
    TableRow(&'static str, i64),
}

impl Place {
    /// The table or array.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Line(_) => None,
            Self::Item(array, _) => Some(array),
            Self::TableRow(table, _) => Some(table),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Item(array, index) => write!(f, "data.{array}[{index}]"),
            Self::TableRow(table, number) => write!(f, "{table} row {number}"),
        }
    }
}

pub enum Outcome {
    /// An engagement record may be two or more.
    Events(Vec<Event>),
    /// It completed a row of another table and is part of that one's event.
    Joined,
    /// What it says is counted from other rows.
    Recounted,
    /// What is wrong with it.
    Rejected(String),
}

impl From<Result<Vec<Event>, String>> for Outcome {
    fn from(events: Result<Vec<Event>, String>) -> Self {
        events.map_or_else(Self::Rejected, Self::Events)
    }
}

/// A table that a database may have.
pub struct TableRows {
    pub name: &'static str,
    /// `None`: there is no such table.
    pub rows: Option<u64>,
    /// What it says is counted from other tables: it is not read.
    pub recounted: bool,
}

/// BLAKE3 of the whole content.
///
/// # Errors
/// Where the file cannot be read.
pub fn content_hash(path: &Path) -> Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open(path)?)?;
    Ok(*hasher.finalize().as_bytes())
}

/// A file that is known to be one that can be read.
pub struct Source {
    path: PathBuf,
    kind: FileKind,
    /// The tables of a database, those that are missing too.
    pub tables: Vec<TableRows>,
    /// Rows of a database, bytes of another file.
    pub total: u64,
}

impl Source {
    /// # Errors
    /// Where the file cannot be read or is of no known kind.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = open(path)?;
        let kind = recognise(&mut file)?;
        let tables = if kind == FileKind::Sqlite { first_system::tables(path)? } else { Vec::new() };
        let total = match kind {
            FileKind::Sqlite => tables.iter().filter(|table| !table.recounted).filter_map(|table| table.rows).sum(),
            FileKind::Lines | FileKind::Export => file.metadata()?.len(),
        };
        Ok(Self { path: path.to_owned(), kind, tables, total })
    }

    /// Whether its extent is in bytes; else in rows.
    pub fn is_in_bytes(&self) -> bool {
        self.kind != FileKind::Sqlite
    }

    /// Reads it row by row. Rows that name no bot belong to `bot`; where none is given, to the bot that an export says it is
    /// of, else to `default`.
    ///
    /// # Errors
    /// Where the file cannot be read; whatever `take` returns.
    pub fn read(&self, now_ms: i64, bot: Option<&str>, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let context = Context { bot: bot.unwrap_or(DEFAULT_BOT).into(), ..Context::at(now_ms) };
        match self.kind {
            FileKind::Lines => read_lines(BufReader::new(open(&self.path)?), &context, take),
            FileKind::Export => export_file::read(open(&self.path)?, context, bot.is_some(), take),
            FileKind::Sqlite => first_system::read(&self.path, &context, take),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::Unusable(format!("{} cannot be read: {error}", path.display())))
}

/// An export names its type within its first bytes; everything else is taken for lines.
fn recognise(file: &mut impl Read) -> Result<FileKind> {
    let mut start = Vec::new();
    file.take(4_096).read_to_end(&mut start)?;
    if start.starts_with(SQLITE_HEADER) {
        return Ok(FileKind::Sqlite);
    }
    let text = String::from_utf8_lossy(&start);
    let first_line = text.lines().next().unwrap_or("");
    let event = first_line.contains("\"type\"") || first_line.contains("\"record\"");
    let has_data = text.trim_start().starts_with('{') && text.contains("\"data\"");
    // The first system's exports do not name their type.
    let export = has_data && (text.contains("\"export_type\"") || (!event && text.contains("\"status\"")));
    if export {
        Ok(FileKind::Export)
    } else if event || first_line.trim().is_empty() || text.trim_start().starts_with('{') {
        Ok(FileKind::Lines)
    } else {
        Err(Error::Unusable(
            "the file is neither lines of events (NDJSON) nor an export of NovaHouse nor the first system's SQLite file"
                .into(),
        ))
    }
}

fn read_lines(mut file: impl BufRead, context: &Context, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
    let mut line = Vec::new();
    let mut read = 0;
    for number in 1u64.. {
        line.clear();
        let bytes = (&mut file).take(UNPACKED_BODY_BYTES_MAX).read_until(b'\n', &mut line)?;
        if bytes == 0 {
            return Ok(());
        }
        read += bytes as u64;
        let trimmed = line.trim_ascii();
        if !trimmed.is_empty() {
            let events = str::from_utf8(trimmed).map_err(|error| format!("not valid UTF-8: {error}"));
            let outcome = events.map_or_else(Outcome::Rejected, |text| parse_line(text, context));
            take(Row { place: Place::Line(number), outcome, read })?;
        }
    }
    Ok(())
}

fn parse_line(text: &str, context: &Context) -> Outcome {
    // Only lines of an export have this key; a cheap look spares all others a second parse.
    if text.contains("\"record\"")
        && let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text)
        && let Some(Value::String(what)) = fields.remove("record")
    {
        return record_events(&what, fields, context);
    }
    event(text, context)
}

pub(super) fn event(text: &str, context: &Context) -> Outcome {
    wire::parse(text, context).map(|parsed| vec![parsed.event]).into()
}

/// What a record of an export stands for.
pub(super) fn record_events(what: &str, mut fields: Map<String, Value>, context: &Context) -> Outcome {
    // Ids that NovaHouse made itself mean nothing anywhere else.
    if fields.get("id").is_some_and(|id| id.is_number() || id.as_str().is_some_and(|id| id.starts_with("nh-"))) {
        fields.remove("id");
    }
    for name in ["timestamp", "created_at", "first_interaction", "last_interaction"] {
        // The first system's times name no zone.
        if let Some(Value::String(text)) = fields.get(name) {
            match first_system::moment(text) {
                Ok(time_ms) => fields.insert(name.into(), time_ms.into()),
                Err(why) => return Outcome::Rejected(format!("{name}: {why}")),
            };
        }
    }
    let kind = match what {
        "conversation" => "message",
        "lead" => {
            rename(&mut fields, "created_at", "timestamp");
            "lead"
        }
        "performance" => "performance",
        "engagement" => return engagement_events(&fields, context).into(),
        "intent" => return Outcome::Recounted,
        other => {
            return Outcome::Rejected(format!(
                "record: expected conversation, lead, engagement, intent or performance, found {other:?}"
            ));
        }
    };
    fields.insert("type".into(), kind.into());
    event(&Value::Object(fields).to_string(), context)
}

/// A session's record becomes what it was first seen with, and its last moment. Its pages may be more than one event takes.
pub(super) fn engagement_events(fields: &Map<String, Value>, context: &Context) -> Result<Vec<Event>, String> {
    let at = |moment: &str, names: &[&str]| {
        let mut event = json!({"type": "engagement", "timestamp": fields.get(moment)});
        for name in ["session_id", "user_id"].iter().chain(names) {
            if let Some(value) = fields.get(*name) {
                event[*name] = value.clone();
            }
        }
        event
    };
    let mut first = at("first_interaction", &["device_type", "browser", "referrer", "pages_visited"]);
    let mut later = Vec::new();
    if let Some(Value::Array(pages)) = fields.get("pages_visited")
        && pages.len() > PAGES_PER_EVENT_MAX
    {
        first["pages_visited"] = pages[..PAGES_PER_EVENT_MAX].into();
        for chunk in pages[PAGES_PER_EVENT_MAX..].chunks(PAGES_PER_EVENT_MAX) {
            let mut event = at("first_interaction", &[]);
            event["pages_visited"] = chunk.into();
            later.push(event);
        }
    }
    if fields.get("last_interaction") != fields.get("first_interaction") {
        later.push(at("last_interaction", &["conversion_event"]));
    } else if let Some(conversion) = fields.get("conversion_event") {
        first["conversion_event"] = conversion.clone();
    }
    let events = std::iter::once(first).chain(later);
    events.map(|event| wire::parse(&event.to_string(), context).map(|parsed| parsed.event)).collect()
}

fn rename(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = fields.remove(from) {
        fields.insert(to.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn events(what: &str, record: Value) -> Vec<Event> {
        let Value::Object(fields) = record else { panic!() };
        match record_events(what, fields, &Context::at(1_800_000_000_000)) {
            Outcome::Events(events) => events,
            _ => panic!("{what} is no event"),
        }
    }

    /// A session lists up to 500 pages, an event takes 100: our own export was refused.
    #[test]
    fn a_session_of_many_pages_comes_back_whole() {
        let pages: Vec<String> = (0..250).map(|number| format!("/{number}")).collect();
        let record = json!({"session_id": "s", "first_interaction": 1000, "last_interaction": 1000, "pages_visited": pages,
            "conversion_event": "call"});
        let events = events("engagement", record);
        let engagements: Vec<_> = events
            .iter()
            .map(|event| match &event.kind {
                Kind::Engagement(engagement) => engagement,
                other => panic!("{other:?}"),
            })
            .collect();
        let back: Vec<&str> = engagements.iter().flat_map(|one| one.pages.iter().map(|page| &**page)).collect();
        assert_eq!(back, pages);
        assert_eq!(engagements[0].conversion_event.as_deref(), Some("call"));
    }

    #[test]
    fn a_session_with_a_duration_becomes_its_two_ends() {
        let record =
            json!({"session_id": "s", "first_interaction": 1000, "last_interaction": 9000, "browser": "Firefox"});
        let times: Vec<i64> = events("engagement", record).iter().map(|event| event.timestamp_ms).collect();
        assert_eq!(times, [1000, 9000]);
    }
}
