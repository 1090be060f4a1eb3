//! `novahouse merge`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, EngineFlags, print_json, progress};
use crate::error::Result;
use crate::limits::{IMPORT_CACHED_ROWS_MAX, IMPORT_PAGE_CACHE_BYTES};
use crate::settings::Document;
use crate::store::{self, Merged, Options};

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse merge --from ./other-db --data ./db\n  \
                        novahouse merge --from other.backup --data ./db --bot default=shop\n\n\
                        A merge that was interrupted goes on where it stopped, and one that is repeated adds what is new.\n\
                        Reads a snapshot, beside a live server too; needs the directory of --data for itself. What that one\n\
                        masks is masked in what comes; settings of the other one do not come along.")]
pub(super) struct Merge {
    /// Another data directory, or a backup
    #[arg(long, value_name = "DIR|FILE")]
    from: PathBuf,
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    engine: EngineFlags,
    /// Bring in a bot under another name; several times
    #[arg(long = "bot", value_name = "OLD=NEW", value_parser = renaming)]
    renamed: Vec<(String, String)>,
    /// Add to bots of the same name
    #[arg(long)]
    into_existing: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn renaming(text: &str) -> Result<(String, String), String> {
    let (old, new) = text.split_once('=').ok_or("expected OLD=NEW, such as default=shop")?;
    Ok((old.to_owned(), new.to_owned()))
}

pub(super) fn run(command: &Merge) -> Result<ExitCode> {
    let merge = store::Merge {
        renamed: command.renamed.iter().cloned().collect(),
        into_existing: command.into_existing,
        settings: Document::read(&command.data.dir)?.unwrap_or_default(),
    };
    let options = Options {
        cached_rows_max: IMPORT_CACHED_ROWS_MAX,
        page_cache_bytes: IMPORT_PAGE_CACHE_BYTES,
        ..command.engine.options()
    };
    let bar = progress::bar(0, "events");
    let merged = store::merge(&command.from, &command.data.dir, &merge, &options, &mut progress::reports(&bar))?;
    bar.finish_and_clear();
    let Merged { bots, stored, known } = merged;
    if command.json {
        print_json(&json!({"bots": bots, "stored": stored, "known": known}));
        return Ok(ExitCode::SUCCESS);
    }
    for bot in bots {
        println!("{} as {}: {} events", bot.from, bot.name, bot.events);
    }
    println!("{stored} events stored; {known} had come with an earlier merge.");
    Ok(ExitCode::SUCCESS)
}
