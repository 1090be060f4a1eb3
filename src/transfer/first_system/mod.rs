//! The first system's SQLite file. Tables are read in an order that does not change, one row at a time; what a row cannot
//! be is said with its place.

use std::collections::VecDeque;
use std::path::Path;

use chrono::NaiveDateTime;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Number, Value};

use super::import::{Row, engagement_events};
use crate::error::{Error, Result};
use crate::model::Event;
use crate::model::wire::{self, Context};

/// What every SQLite file begins with.
pub const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

/// How far apart a row of `chat_analytics` may be from the one of `conversations` it completes, ms.
const SAME_EXCHANGE_MS: i64 = 5_000;

/// Columns that hold JSON as text, and those that hold 0 or 1.
const JSON_COLUMNS: [&str; 3] = ["entities", "entities_extracted", "pages_visited"];
const TRUTH_COLUMNS: [&str; 2] = ["user_satisfied", "lead_generated"];
/// Columns that hold a time, as the first system wrote it.
const TIME_COLUMNS: [&str; 4] = ["timestamp", "created_at", "first_interaction", "last_interaction"];

/// Exchanges of a session stand together, in order of time.
const IN_TIME: [&str; 3] = ["session_id", "timestamp", "rowid"];

/// A table's row as the fields of a record, or what is wrong with it.
struct Record {
    place: String,
    fields: Result<Map<String, Value>, String>,
}

impl Record {
    fn time_ms(&self) -> Option<i64> {
        self.fields.as_ref().ok()?.get("timestamp")?.as_i64()
    }

    fn session(&self) -> Option<&str> {
        self.fields.as_ref().ok()?.get("session_id")?.as_str()
    }
}

/// Reads the file row by row.
///
/// # Errors
/// Where it is damaged; whatever `take` returns.
pub fn read(path: &Path, context: &Context, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unreadable)?;
    exchanges(&connection, context, take)?;
    each(&connection, "leads", &["rowid"], &mut |record| take(row(record, "lead", context)))?;
    each(&connection, "user_engagement", &["rowid"], &mut |record| take(engagement(record, context)))?;
    each(&connection, "performance_metrics", &["rowid"], &mut |record| take(row(record, "performance", context)))
}

fn unreadable(error: rusqlite::Error) -> Error {
    Error::Unusable(format!("the SQLite file cannot be read: {error}"))
}

/// Calls `take` with every row of a table, in the given order; a table that is not there has none.
fn each(
    connection: &Connection,
    table: &str,
    order: &[&str],
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    if !exists(connection, table)? {
        return Ok(());
    }
    let names = columns(connection, table)?;
    let order: Vec<&str> =
        order.iter().copied().filter(|one| *one == "rowid" || names.iter().any(|n| n == one)).collect();
    let query = format!("SELECT rowid, * FROM {table} ORDER BY {}", order.join(", "));
    let mut statement = connection.prepare(&query).map_err(unreadable)?;
    let mut rows = statement.query([]).map_err(unreadable)?;
    while let Some(row) = rows.next().map_err(unreadable)? {
        take(record(table, &names, row)?)?;
    }
    Ok(())
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let statement = connection.prepare(&format!("SELECT * FROM {table} LIMIT 0")).map_err(unreadable)?;
    Ok(statement.column_names().into_iter().map(str::to_owned).collect())
}

fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    let count: i64 = connection.query_row(query, [table], |row| row.get(0)).map_err(unreadable)?;
    Ok(count > 0)
}

fn record(table: &str, names: &[String], row: &rusqlite::Row<'_>) -> Result<Record> {
    let number: i64 = row.get(0).map_err(unreadable)?;
    let mut fields = Ok(Map::new());
    for (place, name) in names.iter().enumerate() {
        let value = row.get_ref(place + 1).map_err(unreadable)?;
        fields = fields.and_then(|mut fields: Map<String, Value>| {
            // Its numbers mean nothing here.
            if name != "id"
                && let Some(value) = value_of(name, value).map_err(|why| format!("{name}: {why}"))?
            {
                fields.insert(name.clone(), value);
            }
            Ok(fields)
        });
    }
    Ok(Record { place: format!("{table} row {number}"), fields })
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

/// A time as the first system wrote it, UTC, as epoch ms; also RFC 3339.
///
/// # Errors
/// A sentence.
pub fn moment(text: &str) -> Result<i64, String> {
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let plain = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time_ms = plain.map(|time| time.and_utc().timestamp_millis());
    let with_zone = || chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    time_ms.or_else(with_zone).ok_or_else(|| format!("expected YYYY-MM-DD HH:MM:SS.ffffff, found {text:?}"))
}

fn row(record: Record, kind: &str, context: &Context) -> Row {
    let events = record.fields.and_then(|fields| event(fields, kind, context));
    Row { place: record.place, events }
}

fn event(mut fields: Map<String, Value>, kind: &str, context: &Context) -> Result<Vec<Event>, String> {
    if let Some(created) = fields.remove("created_at") {
        fields.insert("timestamp".into(), created);
    }
    if !fields.contains_key("timestamp") {
        return Err("timestamp: expected a time, found nothing".into());
    }
    fields.insert("type".into(), kind.into());
    wire::parse(&Value::Object(fields).to_string(), context).map(|parsed| vec![parsed.event])
}

fn engagement(record: Record, context: &Context) -> Row {
    let events = record.fields.and_then(|mut fields| {
        let Some(first) = fields.get("first_interaction").cloned() else {
            return Err("first_interaction: expected a time, found nothing".into());
        };
        fields.entry("last_interaction").or_insert(first);
        engagement_events(&fields, context)
    });
    Row { place: record.place, events }
}

/// `conversations`, each completed by the row of `chat_analytics` of the same session that is nearest in time; then what of
/// `chat_analytics` stands alone. Both come sorted, so that only the rows of a few seconds are held.
fn exchanges(connection: &Connection, context: &Context, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
    let (sender, analytics) = std::sync::mpsc::sync_channel::<Record>(1_024);
    let path = connection.path().map(str::to_owned).unwrap_or_default();
    // Two sorted readings at once: the second one on a connection of its own.
    let reader = std::thread::spawn(move || -> Result<()> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unreadable)?;
        each(&connection, "chat_analytics", &IN_TIME, &mut |record| {
            sender.send(record).map_err(|_| Error::Unusable("the import has ended".into()))
        })
    });
    let mut merge = Merge { analytics: analytics.into_iter(), next: None, near: VecDeque::new(), context };
    merge.next = merge.analytics.next();
    let taken = each(connection, "conversations", &IN_TIME, &mut |record| merge.complete(record, take))
        .and_then(|()| merge.rest(take));
    drop(merge);
    match reader.join() {
        Ok(read) => taken.and(read),
        Err(_) => Err(Error::Storage("the reader of chat_analytics panicked".into())),
    }
}

struct Merge<'a> {
    analytics: std::sync::mpsc::IntoIter<Record>,
    /// The first one that was not looked at.
    next: Option<Record>,
    /// Those that the coming conversations may still want.
    near: VecDeque<Record>,
    context: &'a Context,
}

impl Merge<'_> {
    fn complete(&mut self, mut conversation: Record, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        if let (Some(session), Some(time_ms)) = (conversation.session().map(str::to_owned), conversation.time_ms()) {
            self.draw_near(&session, time_ms);
            self.leave_behind(&session, time_ms, take)?;
            let distance = |record: &Record| record.time_ms().map_or(i64::MAX, |other| other.abs_diff(time_ms) as i64);
            let nearest = (0..self.near.len()).min_by_key(|place| distance(&self.near[*place]));
            if let Some(place) = nearest.filter(|place| distance(&self.near[*place]) <= SAME_EXCHANGE_MS) {
                let analytics = self.near.remove(place).expect("it was just found");
                fill(&mut conversation, analytics);
            }
        }
        take(row(conversation, "message", self.context))
    }

    /// Takes up what is not after the window of the given exchange.
    fn draw_near(&mut self, session: &str, time_ms: i64) {
        let wanted = |record: &Record| match (record.session(), record.time_ms()) {
            (Some(other), Some(at)) => (other, at) <= (session, time_ms + SAME_EXCHANGE_MS),
            // It can complete nothing, and is only passed on.
            _ => true,
        };
        while self.next.as_ref().is_some_and(wanted) {
            self.near.extend(self.next.take());
            self.next = self.analytics.next();
        }
    }

    /// Passes on what lies before the window: no exchange wants it any more.
    fn leave_behind(&mut self, session: &str, time_ms: i64, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let behind = |record: &Record| match (record.session(), record.time_ms()) {
            (Some(other), Some(at)) => (other, at) < (session, time_ms - SAME_EXCHANGE_MS),
            _ => true,
        };
        while self.near.front().is_some_and(behind) {
            if let Some(record) = self.near.pop_front() {
                take(row(record, "message", self.context))?;
            }
        }
        Ok(())
    }

    fn rest(&mut self, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let waiting = self.near.drain(..).chain(self.next.take());
        for record in waiting.chain(self.analytics.by_ref()) {
            take(row(record, "message", self.context))?;
        }
        Ok(())
    }
}

/// What the conversation leaves open comes from its analytics.
fn fill(conversation: &mut Record, analytics: Record) {
    let (Ok(fields), Ok(more)) = (&mut conversation.fields, analytics.fields) else { return };
    for (name, value) in more {
        let name = match &*name {
            "intent_detected" => "intent".to_owned(),
            "entities_extracted" => "entities".to_owned(),
            _ => name,
        };
        fields.entry(name).or_insert(value);
    }
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
