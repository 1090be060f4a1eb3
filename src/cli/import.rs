//! `novahouse import`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{SyncSender, sync_channel};

use clap::Args;
use indicatif::ProgressBar;

use super::import_tally::Tally;
use super::{DataDir, EngineFlags, progress};
use crate::clock::Clock;
use crate::engine::Batch;
use crate::error::{Error, Result};
use crate::limits::*;
use crate::model::Event;
use crate::settings::Document;
use crate::store::{Options, RedbEngine};
use crate::transfer::import::{Outcome, Row, Source, content_hash};

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

pub(super) fn run(command: &Import) -> Result<ExitCode> {
    let now_ms = Clock::System.now_ms();
    let source = Source::open(&command.file)?;
    let hash = content_hash(&command.file)?;
    let settings = Document::read(&command.data.dir)?.unwrap_or_default();
    if command.strict {
        let tally = verify(command, &source, now_ms)?;
        if tally.rejected > 0 {
            tally.print(&source, &settings, command.json);
            return Ok(ExitCode::from(1));
        }
    }
    let options = Options {
        cached_rows_max: IMPORT_CACHED_ROWS_MAX,
        page_cache_bytes: IMPORT_PAGE_CACHE_BYTES,
        ..command.engine.options()
    };
    let engine = RedbEngine::open(&command.data.dir, &options)?;
    let from = Reading { source: &source, bot: command.bot.as_deref(), now_ms, settings: &settings };
    let tally = import(from, &engine, &hash)?;
    engine.close()?;
    let exit = if tally.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) };
    tally.print(&source, &settings, command.json);
    Ok(exit)
}

fn bar(source: &Source) -> ProgressBar {
    if source.is_in_bytes() { progress::bytes_bar(source.total) } else { progress::bar(source.total, "rows") }
}

/// Reads everything and stores nothing.
fn verify(command: &Import, source: &Source, now_ms: i64) -> Result<Tally> {
    let bar = bar(source);
    let mut tally = Tally { nothing_stored: true, ..Tally::default() };
    source.read(now_ms, command.bot.as_deref(), &mut |row| {
        bar.set_position(row.read);
        tally.count(row);
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(tally)
}

/// What is imported, and how.
#[derive(Clone, Copy)]
struct Reading<'a> {
    source: &'a Source,
    /// That of rows that name none.
    bot: Option<&'a str>,
    now_ms: i64,
    settings: &'a Document,
}

/// Reads on a thread of its own, beside storing what has been read.
fn import(from: Reading, engine: &RedbEngine, hash: &[u8; 32]) -> Result<Tally> {
    let bar = bar(from.source);
    let tally = std::thread::scope(|scope| {
        let (sender, chunks) = sync_channel(IMPORT_CHUNKS_WAITING_MAX);
        let reader = scope.spawn(move || read(from, &sender));
        let stored = store(chunks, engine, hash, &bar);
        // A store that failed has let go of the channel, and the reader ends too; what stopped the store says why.
        let read = reader.join().map_err(|_| Error::Storage("the reader of the file panicked".into()))?;
        stored.and_then(|tally| read.map(|()| tally))
    })?;
    bar.finish_and_clear();
    Ok(tally)
}

fn read(from: Reading, chunks: &SyncSender<Vec<Row>>) -> Result<()> {
    let send = |chunk| chunks.send(chunk).map_err(|_| Error::Unusable("the import has ended".into()));
    let mut chunk = Vec::new();
    from.source.read(from.now_ms, from.bot, &mut |mut row| {
        if let Outcome::Events(events) = &mut row.outcome {
            events.iter_mut().for_each(|event| from.settings.mask(event));
        }
        chunk.push(row);
        if chunk.len() >= IMPORT_ROWS_PER_CHUNK { send(std::mem::take(&mut chunk)) } else { Ok(()) }
    })?;
    send(chunk)
}

fn store(
    chunks: impl IntoIterator<Item = Vec<Row>>,
    engine: &RedbEngine,
    hash: &[u8; 32],
    bar: &ProgressBar,
) -> Result<Tally> {
    let mut tally = Tally { known_rows: engine.imported(hash)?, ..Tally::default() };
    let mut waiting: Vec<Event> = Vec::new();
    for chunk in chunks {
        if tally.rows == 0 {
            // Before the first row a database is sorted: that says nothing of the rate to come.
            bar.reset_eta();
        }
        let read = chunk.last().map(|row| row.read);
        chunk.into_iter().for_each(|row| waiting.extend(tally.count(row)));
        if waiting.len() >= IMPORT_EVENTS_PER_COMMIT {
            append(engine, std::mem::take(&mut waiting), hash, &mut tally)?;
        }
        if let Some(read) = read {
            bar.set_position(read);
        }
    }
    if tally.rows > tally.known_rows {
        append(engine, waiting, hash, &mut tally)?;
    }
    Ok(tally)
}

fn append(engine: &RedbEngine, events: Vec<Event>, hash: &[u8; 32], tally: &mut Tally) -> Result<()> {
    let receipt = engine.append_import(Batch { events, ..Batch::default() }, hash, tally.rows)?;
    tally.stored += receipt.accepted;
    tally.duplicates += receipt.duplicates;
    match receipt.errors.first() {
        Some(error) => Err(Error::Unusable(error.error.to_string())),
        None => Ok(()),
    }
}
