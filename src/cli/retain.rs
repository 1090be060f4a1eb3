//! `novahouse retain`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::user::{ACTOR, access};
use super::{DataDir, print_json};
use crate::access::Actor;
use crate::clock::Clock;
use crate::engine::{Engine, Gone, Retained};
use crate::error::Result;
use crate::settings::Settings;
use crate::store::{Options, RedbEngine, compact, or_ask_for, would_go};

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse bot set default --keep-text 30d --keep-events 400d --data ./db\n  \
                        novahouse retain --dry-run --data ./db\n  novahouse retain --compact --data ./db\n\n\
                        A server does the same every night, at three o'clock of each bot's zone. --dry-run works beside it;\n\
                        without it, the command needs the directory for itself.")]
pub(super) struct Retain {
    #[command(flatten)]
    data: DataDir,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// Give the room that is free in the file back to the disk
    #[arg(long, conflicts_with = "dry_run")]
    compact: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Retain) -> Result<ExitCode> {
    let dir = &command.data.dir;
    let settings = Settings::load(dir)?.now();
    let keep = |name: &str| settings.keep(name);
    if command.dry_run {
        let bots = would_go(dir, &keep, &Clock::System)?;
        match command.json {
            true => print_json(&json!({"dry_run": true, "bots": bots})),
            false => tell(&bots, "would go"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let access = access(&command.data)?;
    // No one else uses the directory: room is given back when it is asked for, and in one go.
    let engine = RedbEngine::open(dir, &Options { given_back_bytes_min: u64::MAX, ..Options::default() })
        .map_err(|error| or_ask_for(error, "POST /api/retention/runs/now"))?;
    let Retained { bots, steps, longest, given_back_bytes: _ } = engine.retain(&keep, &|| false)?;
    access.record_now(&Actor { name: ACTOR.to_owned(), address: None }, "retention run", None);
    engine.close()?;
    drop(engine);
    let given_back = if command.compact { Some(compact(dir)?) } else { None };
    if command.json {
        let longest_ms = longest.as_secs_f64() * 1e3;
        print_json(&json!({
            "dry_run": false, "bots": bots, "steps": steps, "longest_step_ms": longest_ms, "given_back_bytes": given_back,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    tell(&bots, "went");
    if let Some(bytes) = given_back {
        println!("{} given back to the disk.", megabytes(bytes));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(bots: &[Gone], went: &str) {
    if bots.is_empty() {
        println!("Nothing {went}.");
    }
    for Gone { bot, days, events, texts, performance, sessions, persons, blocks, bytes } in bots {
        println!(
            "{bot}: {events} events, the texts of {texts} more and {performance} performance metrics of {days} days, \
             {sessions} sessions and the names of {persons} persons {went}; about {} of the log, in {blocks} blocks.",
            megabytes(*bytes)
        );
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
