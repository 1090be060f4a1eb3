//! A row of the first system's tables: cells to the fields of a record, and a record to events.

use std::sync::{Arc, LazyLock};

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Number, Value};

use crate::model::Event;
use crate::model::day::from_rfc3339;
use crate::model::wire::{self, Context};
use crate::transfer::import::{Place, Row, engagement_events};

/// Columns that hold JSON as text, and those that hold 0 or 1.
const JSON_COLUMNS: [&str; 3] = ["entities", "entities_extracted", "pages_visited"];
const TRUTH_COLUMNS: [&str; 2] = ["user_satisfied", "lead_generated"];
/// Columns that hold a time, as the first system wrote it.
const TIME_COLUMNS: [&str; 4] = ["timestamp", "created_at", "first_interaction", "last_interaction"];

/// The ways in which a time without a zone is written. Read once: every row has a time, most of them two.
static FORMS: LazyLock<[Vec<Item<'static>>; 2]> =
    LazyLock::new(|| ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"].map(|form| StrftimeItems::new(form).collect()));

/// A table's row as the fields of a record, or what is wrong with it.
pub struct Record {
    pub table: &'static str,
    number: i64,
    fields: Result<Fields, String>,
}

/// Few enough that looking one up takes a walk. NULLs have no place here.
type Fields = Vec<(Arc<str>, Value)>;

impl Record {
    pub fn read(
        table: &'static str,
        number: i64,
        columns: &[Arc<str>],
        row: &rusqlite::Row<'_>,
    ) -> rusqlite::Result<Self> {
        let mut fields = Ok(Vec::with_capacity(columns.len()));
        for (place, name) in columns.iter().enumerate() {
            let cell = row.get_ref(place)?;
            // Its own numbers mean nothing here.
            if &**name == "id" {
                continue;
            }
            match (&mut fields, value_of(name, cell)) {
                (Ok(fields), Ok(Some(value))) => fields.push((name.clone(), value)),
                (Ok(_), Err(why)) => fields = Err(format!("{name}: {why}")),
                (Ok(_), Ok(None)) | (Err(_), _) => {}
            }
        }
        Ok(Self { table, number, fields })
    }

    pub fn place(&self) -> Place {
        Place::TableRow(self.table, self.number)
    }

    fn field(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.fields.as_ref().ok()?.iter().find(|(known, _)| &**known == name)?;
        Some(value)
    }

    pub fn time_ms(&self) -> Option<i64> {
        self.field("timestamp")?.as_i64()
    }

    pub fn session(&self) -> Option<&str> {
        self.field("session_id")?.as_str()
    }

    /// Takes from the other what this one leaves open.
    pub fn fill(&mut self, other: &Self) {
        let (Ok(fields), Ok(more)) = (&mut self.fields, &other.fields) else { return };
        for (name, value) in more {
            let name = match &**name {
                "intent_detected" => "intent",
                "entities_extracted" => "entities",
                other => other,
            };
            if !fields.iter().any(|(known, _)| &**known == name) {
                fields.push((name.into(), value.clone()));
            }
        }
    }

    /// The one event of the given type that the record is.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn event(&self, kind: &str, context: &Context) -> Result<Event, String> {
        let fields = self.fields.as_ref().map_err(String::clone)?;
        if !fields.iter().any(|(name, _)| matches!(&**name, "timestamp" | "created_at")) {
            return Err("timestamp: expected a time, found nothing".into());
        }
        let json = serde_json::to_string(&Typed { kind, fields }).expect("fields have names and values");
        wire::parse(&json, context).map(|parsed| parsed.event)
    }

    pub fn row(&self, kind: &str, context: &Context) -> Row {
        let events = self.event(kind, context).map(|event| vec![event]);
        super::row_of(self, events.into())
    }

    pub fn engagement(self, context: &Context) -> Row {
        let place = self.place();
        let events = self.fields.and_then(|fields| {
            let mut fields: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            let Some(first) = fields.get("first_interaction").cloned() else {
                return Err("first_interaction: expected a time, found nothing".into());
            };
            fields.entry("last_interaction").or_insert(first);
            engagement_events(&fields, context)
        });
        Row { place, outcome: events.into(), read: 0 }
    }
}

/// A record as an event of the given type on the wire.
struct Typed<'a> {
    kind: &'a str,
    fields: &'a Fields,
}

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        map.serialize_entry("type", self.kind)?;
        for (name, value) in self.fields {
            let name = if &**name == "created_at" { "timestamp" } else { name };
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A cell by the name of its column; `None` for NULL.
fn value_of(name: &str, cell: ValueRef<'_>) -> Result<Option<Value>, String> {
    let value = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => Value::from(number),
        // Whole numbers as SQLite keeps them in a REAL column.
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::from(number as i64),
        ValueRef::Real(number) => Number::from_f64(number).map(Value::Number).ok_or("expected a finite number")?,
        ValueRef::Text(bytes) => Value::from(str::from_utf8(bytes).map_err(|_| "expected UTF-8")?),
        ValueRef::Blob(_) => return Err("expected no binary value".into()),
    };
    match value {
        Value::String(text) if JSON_COLUMNS.contains(&name) => {
            if text.trim().is_empty() {
                return Ok(None);
            }
            let parsed: Value = serde_json::from_str(&text).map_err(|error| format!("not valid JSON: {error}"))?;
            Ok(Some(parsed).filter(|parsed| !parsed.is_null()))
        }
        Value::String(text) if TIME_COLUMNS.contains(&name) => moment(&text).map(|time_ms| Some(time_ms.into())),
        Value::Number(number) if TRUTH_COLUMNS.contains(&name) => match number.as_i64() {
            Some(0) => Ok(Some(false.into())),
            Some(1) => Ok(Some(true.into())),
            _ => Err(format!("expected 0 or 1, found {number}")),
        },
        value => Ok(Some(value)),
    }
}

/// A cell that holds a time, epoch ms; `None` for one that does not.
pub fn time_ms(cell: ValueRef<'_>) -> Option<i64> {
    match value_of("timestamp", cell) {
        Ok(Some(value)) => value.as_i64(),
        _ => None,
    }
}

/// A time as the first system wrote it, UTC, as epoch ms; also RFC 3339.
///
/// # Errors
/// A sentence.
pub fn moment(text: &str) -> Result<i64, String> {
    let plain = FORMS.iter().find_map(|form| {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, form.iter()).ok()?;
        parsed.to_naive_datetime_with_offset(0).ok()
    });
    let time_ms = plain.map(|time| time.and_utc().timestamp_millis());
    time_ms.or_else(|| from_rfc3339(text)).ok_or_else(|| format!("expected YYYY-MM-DD HH:MM:SS.ffffff, found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_or_without_a_fraction() {
        assert_eq!(moment("1970-01-01 00:00:01.500000"), Ok(1_500));
        assert_eq!(moment("1970-01-01 00:00:01"), Ok(1_000));
        assert_eq!(moment("1970-01-01T00:00:01.5"), Ok(1_500));
        assert_eq!(moment("1970-01-01T01:00:00+01:00"), Ok(0));
        assert!(moment("yesterday").is_err());
    }
}
