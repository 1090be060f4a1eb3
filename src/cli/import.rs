//! `novahouse import`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, EngineFlags, print_json, progress};
use crate::clock::Clock;
use crate::engine::Batch;
use crate::error::{Error, Result};
use crate::model::Event;
use crate::store::RedbEngine;
use crate::transfer::import::{Row, content_hash, read};

/// Events in one commit.
const BATCH_EVENTS: usize = 10_000;
/// Bad rows printed.
const SHOWN_MAX: usize = 20;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  novahouse import events.ndjson --data ./db\n  novahouse import export.json --data ./db --strict\n\n\
                        The same content is taken in once, at whatever time it comes again; an import that was\n\
                        interrupted goes on where it stopped. Needs the directory for itself: beside a live server,\n\
                        send the events with POST /api/events."
)]
pub(super) struct Import {
    /// NDJSON of events, an export of NovaHouse as JSON or NDJSON, or the first system's export or SQLite file;
    /// recognised by looking inside
    file: PathBuf,
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    engine: EngineFlags,
    /// The bot of rows that name none; else the one an export says it is of, else `default`
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Import nothing if any row is bad
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Rows seen so far.
#[derive(Default)]
struct Tally {
    rows: u64,
    /// Events stored.
    imported: u64,
    /// Events whose ids were known.
    duplicates: u64,
    bad: u64,
    /// Rows and bad ones of each table of a database.
    tables: BTreeMap<String, (u64, u64)>,
    /// The first of the bad ones.
    shown: Vec<String>,
}

pub(super) fn run(command: &Import) -> Result<ExitCode> {
    let now_ms = Clock::System.now_ms();
    let hash = content_hash(&command.file)?;
    if command.strict {
        let tally = verify(command, now_ms)?;
        if tally.bad > 0 {
            report(command, &tally, false);
            return Ok(ExitCode::from(1));
        }
    }
    let engine = RedbEngine::open(&command.data.dir, &command.engine.options())?;
    let done_before = engine.imported(&hash)?;
    let tally = import(command, &engine, now_ms, &hash, done_before)?;
    engine.close()?;
    report(command, &tally, tally.rows == done_before && done_before > 0);
    Ok(if tally.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn verify(command: &Import, now_ms: i64) -> Result<Tally> {
    let mut tally = Tally::default();
    read(&command.file, now_ms, command.bot.as_deref(), &mut |row| {
        tally.count(row);
        Ok(())
    })?;
    Ok(tally)
}

impl Tally {
    /// Counts the row; returns its events.
    fn count(&mut self, row: Row) -> Vec<Event> {
        self.rows += 1;
        if let Some((table, _)) = row.place.split_once(" row ") {
            let (rows, bad) = self.tables.entry(table.to_owned()).or_default();
            *rows += 1;
            *bad += u64::from(row.events.is_err());
        }
        match row.events {
            Ok(events) => events,
            Err(why) => {
                self.bad += 1;
                if self.shown.len() < SHOWN_MAX {
                    self.shown.push(format!("{}: {why}", row.place));
                }
                Vec::new()
            }
        }
    }
}

fn import(command: &Import, engine: &RedbEngine, now_ms: i64, hash: &[u8; 32], done_before: u64) -> Result<Tally> {
    let bar = progress::bar(done_before, "rows");
    let mut tally = Tally::default();
    let mut waiting: Vec<Event> = Vec::new();
    let store = |events: Vec<Event>, tally: &mut Tally| -> Result<()> {
        let receipt = engine.append_import(Batch { events, ..Batch::default() }, hash, tally.rows)?;
        tally.imported += receipt.accepted;
        tally.duplicates += receipt.duplicates;
        bar.set_length(tally.rows);
        bar.set_position(tally.rows);
        match receipt.errors.first() {
            Some(error) => Err(Error::Unusable(error.error.to_string())),
            None => Ok(()),
        }
    };
    read(&command.file, now_ms, command.bot.as_deref(), &mut |row| {
        if tally.rows < done_before {
            tally.rows += 1;
            return Ok(());
        }
        waiting.extend(tally.count(row));
        if waiting.len() >= BATCH_EVENTS {
            store(std::mem::take(&mut waiting), &mut tally)?;
        }
        Ok(())
    })?;
    if tally.rows > done_before {
        store(waiting, &mut tally)?;
    }
    bar.finish_and_clear();
    Ok(tally)
}

fn report(command: &Import, tally: &Tally, already: bool) {
    let Tally { rows, imported, duplicates, bad, tables, shown } = tally;
    if command.json {
        print_json(&json!({
            "rows": rows, "events": imported, "duplicates": duplicates, "rejected": bad, "errors": shown,
            "already_imported": already,
            "tables": tables.iter().map(|(name, (rows, bad))| json!({"name": name, "rows": rows, "rejected": bad})).collect::<Vec<_>>(),
        }));
        return;
    }
    shown.iter().for_each(|line| eprintln!("{line}"));
    for (name, (rows, bad)) in tables {
        println!("{name:<20} {rows:>10} rows, {bad} of them rejected");
    }
    if already {
        println!("This content is in already ({rows} rows): nothing was added.");
    } else if command.strict && *bad > 0 {
        println!("{bad} of {rows} rows are bad: nothing was imported.");
    } else {
        println!(
            "{imported} events from {rows} rows were imported, {duplicates} were known, {bad} rows were rejected."
        );
    }
}
