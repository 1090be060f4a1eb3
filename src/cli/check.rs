//! `novahouse check`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, print_json, progress};
use crate::error::Result;
use crate::store::{Checked, Options, Repaired, check, repair};

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse check --data ./db\n  novahouse check --data ./db --repair\n\n\
                  Exits with 0 if everything agrees, or does after a repair, with 1 if anything differs.\n\
                  A repair needs the directory for itself, and keeps the file as it was beside the new one.")]
pub(super) struct Check {
    #[command(flatten)]
    data: DataDir,
    /// Make everything that differs anew from the raw events
    #[arg(long)]
    repair: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Check) -> Result<ExitCode> {
    if command.repair {
        return repair_all(command);
    }
    let bar = progress::bar(0, "events");
    let Checked { differences, waiting } = check(&command.data.dir, &mut progress::reports(&bar))?;
    let events = bar.position();
    bar.finish_and_clear();
    if command.json {
        let agrees = differences.is_empty();
        print_json(&json!({"agrees": agrees, "events": events, "waiting": waiting, "differences": differences}));
    } else if differences.is_empty() {
        println!("Everything agrees with a recount of {events} events.{}", since_the_checkpoint(waiting));
    } else {
        differences.iter().for_each(|difference| println!("{difference}"));
        println!(
            "{} differences. Stop the server and run `novahouse check --repair --data {}`, or restore a backup.",
            differences.len(),
            command.data.dir.display()
        );
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a recount has nothing to compare with yet.
fn since_the_checkpoint(waiting: u64) -> String {
    match waiting {
        0 => String::new(),
        _ => format!(
            " {waiting} more came after the last checkpoint: they were read, each is whole, and the next checkpoint counts them."
        ),
    }
}

fn repair_all(command: &Check) -> Result<ExitCode> {
    let bar = progress::bar(0, "events");
    let repaired = repair(&command.data.dir, &Options::default(), &mut progress::reports(&bar))?;
    bar.finish_and_clear();
    let Repaired { differences, kept, events } = repaired;
    if command.json {
        let repaired = kept.is_some();
        let mut answer = json!({"agrees": true, "repaired": repaired, "events": events, "differences": differences});
        if let Some(kept) = kept {
            answer["kept"] = kept.display().to_string().into();
        }
        print_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let Some(kept) = kept else {
        println!("Everything agrees with a recount of {events} events; there was nothing to repair.");
        return Ok(ExitCode::SUCCESS);
    };
    differences.iter().for_each(|difference| println!("before: {difference}"));
    println!(
        "Made anew from {events} events; everything agrees with a recount now. The file as it was is kept as {}: remove it \
         when you need it no more.",
        kept.display()
    );
    Ok(ExitCode::SUCCESS)
}
