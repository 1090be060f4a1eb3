//! `novahouse check`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, print_json, progress};
use crate::error::Result;
use crate::store::check;

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse check --data ./db\n\nExits with 0 if everything agrees, with 1 if anything differs."
)]
pub(super) struct Check {
    #[command(flatten)]
    data: DataDir,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Check) -> Result<ExitCode> {
    let bar = progress::bar(0, "events");
    let differences = check(&command.data.dir, &mut progress::reports(&bar))?;
    let events = bar.position();
    bar.finish_and_clear();
    if command.json {
        print_json(&json!({"agrees": differences.is_empty(), "events": events, "differences": differences}));
    } else if differences.is_empty() {
        println!("Everything agrees with a recount of {events} events.");
    } else {
        differences.iter().for_each(|difference| println!("{difference}"));
        println!(
            "{} differences. Restore a backup, or export the events and import them into a new directory.",
            differences.len()
        );
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
