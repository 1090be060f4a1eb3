//! `novahouse restore`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, print_json};
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::store::restore;

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse restore --from /backups/monday.backup --data ./db\n\n\
                        The directory must hold no data. The backup is verified first and stays as it is.")]
pub(super) struct Restore {
    /// A file that `novahouse backup` or `serve --backup-to` made
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    data: DataDir,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Restore) -> Result<ExitCode> {
    let backup = restore(&command.from, &command.data.dir)?;
    let at = rfc3339(backup.made_ms);
    if command.json {
        print_json(&json!({"events": backup.events, "made": at}));
    } else {
        println!("{}: {} events, as they were at {at}.", command.data.dir.display(), backup.events);
    }
    Ok(ExitCode::SUCCESS)
}
