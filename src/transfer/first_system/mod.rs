//! The first system's SQLite file. Its rows come session by session, in the order in which the sessions began, and within
//! one in order of time: so the log ends up as live traffic would have left it, and neither the reader nor the engine ever
//! holds more than the sessions at hand.

mod exchanges;
mod record;

use std::path::Path;
use std::sync::Arc;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, Statement};

use super::import::{Outcome, Row, TableRows};
use crate::error::{Error, Result};
use crate::model::wire::Context;
use exchanges::Exchanges;
use record::Record;
pub use record::moment;

/// What every SQLite file begins with.
pub const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

/// Tables that are read, and the column that says when a row was.
const TABLES: [(&str, &str); 5] = [
    (CONVERSATIONS, "timestamp"),
    (CHAT_ANALYTICS, "timestamp"),
    (LEADS, "created_at"),
    (USER_ENGAGEMENT, "first_interaction"),
    (PERFORMANCE_METRICS, "timestamp"),
];
const CONVERSATIONS: &str = "conversations";
const CHAT_ANALYTICS: &str = "chat_analytics";
const LEADS: &str = "leads";
const USER_ENGAGEMENT: &str = "user_engagement";
const PERFORMANCE_METRICS: &str = "performance_metrics";
/// What it says is recounted from the conversations.
const INTENT_ANALYTICS: &str = "intent_analytics";

/// Every table of the first system in the file at `path`, and how many rows it has.
///
/// # Errors
/// Where the file is damaged.
pub fn tables(path: &Path) -> Result<Vec<TableRows>> {
    let connection = open(path)?;
    let mut tables = Vec::new();
    for name in TABLES.map(|(name, _)| name).into_iter().chain([INTENT_ANALYTICS]) {
        let count = format!("SELECT count(*) FROM {name}");
        let rows = match exists(&connection, name)? {
            true => Some(connection.query_row(&count, [], |row| row.get(0)).map_err(unreadable)?),
            false => None,
        };
        tables.push(TableRows { name, rows, recounted: name == INTENT_ANALYTICS });
    }
    Ok(tables)
}

/// Reads the file row by row.
///
/// # Errors
/// Where it is damaged; whatever `take` returns.
pub fn read(path: &Path, context: &Context, take: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
    let connection = open(path)?;
    let mut sources = Vec::new();
    for (name, time) in TABLES {
        if exists(&connection, name)? {
            sources.push(Source::open(&connection, name, time)?);
        }
    }
    if sources.is_empty() {
        return Ok(());
    }
    let mut in_order = connection.prepare(&order(&sources)).map_err(unreadable)?;
    let mut places = in_order.query([]).map_err(unreadable)?;
    let mut exchanges = Exchanges::new(context);
    let mut read = 0;
    let mut take_counted = |row: Row| {
        read += 1;
        take(Row { read, ..row })
    };
    while let Some(place) = places.next().map_err(unreadable)? {
        let source: usize = place.get(0).map_err(unreadable)?;
        let record = sources[source].record(place.get(1).map_err(unreadable)?)?;
        let session = place.get_ref(2).map_err(unreadable)?.as_str().ok();
        exchanges.reach(session, place.get(3).map_err(unreadable)?, &mut take_counted)?;
        match record.table {
            CONVERSATIONS | CHAT_ANALYTICS => exchanges.hold(record, &mut take_counted)?,
            LEADS => take_counted(record.row("lead", context))?,
            PERFORMANCE_METRICS => take_counted(record.row("performance", context))?,
            _ => take_counted(record.engagement(context))?,
        }
    }
    exchanges.end(&mut take_counted)
}

/// Opens the file to read, with times as this program reads them.
fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unreadable)?;
    // What is sorted goes to a file once it is more than a few megabytes.
    connection.pragma_update(None, "temp_store", "file").map_err(unreadable)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let moment_ms = |context: &rusqlite::functions::Context<'_>| Ok(record::time_ms(context.get_raw(0)));
    connection.create_scalar_function("moment_ms", 1, flags, moment_ms).map_err(unreadable)?;
    Ok(connection)
}

fn unreadable(error: rusqlite::Error) -> Error {
    Error::Unusable(format!("the SQLite file cannot be read: {error}"))
}

fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    let count: i64 = connection.query_row(query, [table], |row| row.get(0)).map_err(unreadable)?;
    Ok(count > 0)
}

/// A table to be read row by row.
struct Source<'a> {
    table: &'static str,
    time: &'static str,
    columns: Vec<Arc<str>>,
    by_number: Statement<'a>,
}

impl<'a> Source<'a> {
    fn open(connection: &'a Connection, table: &'static str, time: &'static str) -> Result<Self> {
        let query = format!("SELECT * FROM {table} WHERE rowid = ?1");
        let by_number = connection.prepare(&query).map_err(unreadable)?;
        let columns = by_number.column_names().into_iter().map(Arc::from).collect();
        Ok(Self { table, time, columns, by_number })
    }

    /// The column's name, or NULL where the table does not have it.
    fn column_or_null(&self, name: &'static str) -> &'static str {
        if self.columns.iter().any(|column| &**column == name) { name } else { "NULL" }
    }

    fn record(&mut self, number: i64) -> Result<Record> {
        let mut rows = self.by_number.query([number]).map_err(unreadable)?;
        match rows.next().map_err(unreadable)? {
            Some(row) => Record::read(self.table, number, &self.columns, row).map_err(unreadable),
            None => Err(Error::Unusable(format!("the SQLite file is damaged: {} has lost row {number}", self.table))),
        }
    }
}

/// The rows of all sources: source, number, session and time. Only these few figures are sorted, not what the rows hold.
fn order(sources: &[Source<'_>]) -> String {
    let selects: Vec<String> = sources
        .iter()
        .enumerate()
        .map(|(place, source)| {
            let (session, time) = (source.column_or_null("session_id"), source.column_or_null(source.time));
            format!(
                "SELECT {place} AS source, rowid AS number, {session} AS session, moment_ms({time}) AS time_ms FROM {}",
                source.table
            )
        })
        .collect();
    format!(
        "SELECT source, number, session, time_ms FROM (
            SELECT *, min(time_ms) OVER (PARTITION BY session) AS begun_ms FROM ({}))
         ORDER BY begun_ms, session, time_ms, number, source",
        selects.join(" UNION ALL ")
    )
}

/// A row as it came out.
fn row_of(record: &Record, outcome: Outcome) -> Row {
    Row { place: record.place(), outcome, read: 0 }
}
