//! Files to events. What a file is, is seen by looking inside: events as NDJSON, or an export of this program.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

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

/// A row of a file: the events it stands for (an engagement record may be two), or what is wrong with it.
pub struct Row {
    /// `line 17`, or `data.conversations[16]`.
    pub place: String,
    pub events: Result<Vec<Event>, String>,
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

/// Reads the file row by row. Rows that name no bot belong to `bot`; where none is given, to the bot that an export says
/// it is of, else to `default`.
///
/// # Errors
/// Where the file cannot be read or is of no known kind; whatever `take` returns.
pub fn read(path: &Path, now_ms: i64, bot: Option<&str>, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<FileKind> {
    let mut file = BufReader::new(open(path)?);
    let kind = recognise(&mut file)?;
    file.rewind()?;
    let context = Context { bot: bot.unwrap_or(DEFAULT_BOT).into(), ..Context::at(now_ms) };
    match kind {
        FileKind::Lines => read_lines(file, &context, take)?,
        FileKind::Export => read_export(file, context, bot.is_some(), take)?,
        FileKind::Sqlite => first_system::read(path, &context, take)?,
    }
    Ok(kind)
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
    for number in 1u64.. {
        line.clear();
        let read = (&mut file).take(UNPACKED_BODY_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        let trimmed = line.trim_ascii();
        if !trimmed.is_empty() {
            let events = str::from_utf8(trimmed).map_err(|error| format!("not valid UTF-8: {error}"));
            let events = events.and_then(|text| parse_line(text, context));
            take(Row { place: format!("line {number}"), events })?;
        }
    }
    Ok(())
}

fn parse_line(text: &str, context: &Context) -> Result<Vec<Event>, String> {
    // Only lines of an export have this key; a cheap look spares all others a second parse.
    if text.contains("\"record\"")
        && let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text)
        && let Some(Value::String(what)) = fields.remove("record")
    {
        return record_events(&what, fields, context);
    }
    wire::parse(text, context).map(|parsed| vec![parsed.event])
}

/// The events that a record of an export stands for.
fn record_events(what: &str, mut fields: Map<String, Value>, context: &Context) -> Result<Vec<Event>, String> {
    // Ids that NovaHouse made itself mean nothing anywhere else.
    if fields.get("id").is_some_and(|id| id.is_number() || id.as_str().is_some_and(|id| id.starts_with("nh-"))) {
        fields.remove("id");
    }
    for name in ["timestamp", "created_at", "first_interaction", "last_interaction"] {
        // The first system's times name no zone.
        if let Some(Value::String(text)) = fields.get(name) {
            let time_ms = first_system::moment(text).map_err(|why| format!("{name}: {why}"))?;
            fields.insert(name.into(), time_ms.into());
        }
    }
    let kind = match what {
        "conversation" => "message",
        "lead" => {
            rename(&mut fields, "created_at", "timestamp");
            "lead"
        }
        "performance" => "performance",
        "engagement" => return engagement_events(&fields, context),
        // Recounted from the conversations.
        "intent" => return Ok(Vec::new()),
        other => {
            return Err(format!(
                "record: expected conversation, lead, engagement, intent or performance, found {other:?}"
            ));
        }
    };
    fields.insert("type".into(), kind.into());
    wire::parse(&Value::Object(fields).to_string(), context).map(|parsed| vec![parsed.event])
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

fn read_export(
    file: impl Read,
    context: Context,
    bot_is_given: bool,
    take: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let mut failed = None;
    let mut reader = ExportReader { context, bot_is_given, take, failed: &mut failed };
    let read = serde_json::Deserializer::from_reader(file).deserialize_map(Envelope(&mut reader));
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::Unusable(format!("the export is not valid JSON: {error}"))),
        (None, Ok(())) => Ok(()),
    }
}

/// Reads the arrays of an export one record at a time, so that memory stays flat.
struct ExportReader<'a, 'b> {
    context: Context,
    /// Whoever imports named the bot; what the export says does not count.
    bot_is_given: bool,
    take: &'a mut (dyn FnMut(Row) -> Result<()> + 'b),
    /// Why `take` wants no more.
    failed: &'a mut Option<Error>,
}

struct Envelope<'r, 'a, 'b>(&'r mut ExportReader<'a, 'b>);

impl<'de> Visitor<'de> for Envelope<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an export of NovaHouse")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if key == "data" {
                entries.next_value_seed(Data(&mut *self.0))?;
            } else if key == "bot" && !self.0.bot_is_given {
                self.0.context.bot = entries.next_value::<Box<str>>()?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Data<'r, 'a, 'b>(&'r mut ExportReader<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the arrays of an export")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(Records { key, reader: &mut *self.0 })?;
        }
        Ok(())
    }
}

struct Records<'r, 'a, 'b> {
    key: String,
    reader: &'r mut ExportReader<'a, 'b>,
}

impl<'de> DeserializeSeed<'de> for Records<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = items.next_element::<Value>()? {
            let place = format!("data.{}[{index}]", self.key);
            index += 1;
            let events = match (value, &*self.key) {
                (value, "events") => {
                    wire::parse(&value.to_string(), &self.reader.context).map(|parsed| vec![parsed.event])
                }
                (Value::Object(fields), key) => record_events(singular(key), fields, &self.reader.context),
                (other, _) => Err(format!("expected an object, found {other}")),
            };
            if let Err(error) = (self.reader.take)(Row { place, events }) {
                *self.reader.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn singular(key: &str) -> &str {
    match key {
        "performance" => key,
        _ => key.strip_suffix('s').unwrap_or(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn events(what: &str, record: Value) -> Vec<Event> {
        let Value::Object(fields) = record else { panic!() };
        record_events(what, fields, &Context::at(1_800_000_000_000)).unwrap()
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
