//! What an import came to: counted row by row, printed as a table.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::print_json;
use crate::model::Event;
use crate::settings::Document;
use crate::transfer::import::{Outcome, Row, Source, TableRows};

/// Rejected rows printed.
const SHOWN_MAX: usize = 20;

/// Rows seen so far.
#[derive(Default)]
pub(super) struct Tally {
    pub rows: u64,
    /// The first rows that an earlier import of the same content took in; they are passed over.
    pub known_rows: u64,
    /// Events stored.
    pub stored: u64,
    /// Events whose ids were known.
    pub duplicates: u64,
    pub rejected: u64,
    /// It only looked whether any row is bad.
    pub nothing_stored: bool,
    /// By table of a database, or array of an export.
    pub tables: BTreeMap<String, TableTally>,
    /// The first of the rejected rows.
    pub shown: Vec<String>,
}

#[derive(Default)]
pub(super) struct TableTally {
    rows: u64,
    events: u64,
    joined: u64,
    rejected: u64,
}

impl Tally {
    /// Counts the row; returns its events, unless they are in already.
    pub fn count(&mut self, row: Row) -> Vec<Event> {
        self.rows += 1;
        if self.rows <= self.known_rows {
            return Vec::new();
        }
        let mut of_row = TableTally { rows: 1, ..TableTally::default() };
        let mut events = Vec::new();
        match row.outcome {
            Outcome::Events(of_the_row) => events = of_the_row,
            Outcome::Joined => of_row.joined = 1,
            Outcome::Recounted => {}
            Outcome::Rejected(why) => {
                of_row.rejected = 1;
                self.rejected += 1;
                if self.shown.len() < SHOWN_MAX {
                    self.shown.push(format!("{}: {why}", row.place));
                }
            }
        }
        of_row.events = events.len() as u64;
        if let Some(table) = row.place.table() {
            // Looked up before it is made: there are as many rows as there are few tables.
            match self.tables.get_mut(table) {
                Some(tally) => tally.add(&of_row),
                None => self.tables.entry(table.to_owned()).or_default().add(&of_row),
            }
        }
        events
    }

    /// A row that was refused may be of any bot: what is said of it holds nothing that one of them masks.
    pub fn print(mut self, source: &Source, settings: &Document, as_json: bool) {
        self.shown.iter_mut().for_each(|line| *line = settings.masked_by_any(std::mem::take(line)));
        if as_json {
            print_json(&self.json(source));
            return;
        }
        self.shown.iter().for_each(|line| eprintln!("{line}"));
        self.print_tables(source);
        let Self { rows, known_rows, stored, duplicates, rejected, .. } = &self;
        if self.is_known() {
            println!("This content is in already ({rows} rows): nothing was added.");
        } else if self.nothing_stored {
            println!("{rejected} of {rows} rows are bad: nothing was imported.");
        } else {
            let new = rows - known_rows;
            println!(
                "{stored} events from {new} rows were imported, {duplicates} were known, {rejected} rows were rejected."
            );
            if *known_rows > 0 {
                println!("An earlier import that was interrupted had taken in the first {known_rows} rows.");
            }
        }
    }

    fn is_known(&self) -> bool {
        self.known_rows > 0 && self.rows == self.known_rows
    }

    /// Missing tables first say so, then those that were read.
    fn print_tables(&self, source: &Source) {
        for TableRows { name, rows, recounted } in &source.tables {
            match rows {
                None => println!("{name:<20} there is no such table"),
                Some(0) => println!("{name:<20} is empty"),
                Some(rows) if *recounted => println!("{name:<20} {rows:>9} rows: not read, as all of it is recounted"),
                Some(_) => {}
            }
        }
        for (name, TableTally { rows, events, joined, rejected }) in &self.tables {
            let joined = if *joined > 0 { format!("{joined} completed a conversation, ") } else { String::new() };
            println!("{name:<20} {rows:>9} rows: {events} events, {joined}{rejected} rejected");
        }
    }

    fn json(&self, source: &Source) -> Value {
        let Self { rows, known_rows, stored, duplicates, rejected, nothing_stored: _, tables, shown } = self;
        let read = tables.iter().map(|(name, TableTally { rows, events, joined, rejected })| {
            json!({"name": name, "rows": rows, "events": events, "joined": joined, "rejected": rejected})
        });
        let not_read = source.tables.iter().filter(|table| !tables.contains_key(table.name)).map(|table| {
            json!({"name": table.name, "rows": table.rows, "missing": table.rows.is_none(), "recounted": table.recounted})
        });
        json!({
            "rows": rows, "known_rows": known_rows, "events": stored, "duplicates": duplicates, "rejected": rejected,
            "errors": shown, "already_imported": self.is_known(), "tables": read.chain(not_read).collect::<Vec<_>>(),
        })
    }
}

impl TableTally {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.events += other.events;
        self.joined += other.joined;
        self.rejected += other.rejected;
    }
}
