//! `novahouse restore`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::user::access;
use super::{DataDir, print_json};
use crate::erasure::{SESSION_ERASED, USER_ERASED};
use crate::error::Result;
use crate::limits::AUDIT_LOOKED_THROUGH_MAX;
use crate::model::day::rfc3339;
use crate::store::restore;

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse restore --from /backups/monday.backup --data ./db\n\n\
                        The directory must hold no data. The backup is verified first and stays as it is. What was erased since it was\n\
                        made is told, where the audit log is still in the directory.")]
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
    // The audit log is no part of a backup: the one of before the loss tells what was erased since.
    let mut since = access(&command.data)?.recorded(AUDIT_LOOKED_THROUGH_MAX)?;
    since.retain(|entry| matches!(&*entry.action, USER_ERASED | SESSION_ERASED) && entry.time > at);
    if command.json {
        print_json(&json!({"events": backup.events, "made": at, "erased_since": since}));
    } else {
        println!("{}: {} events, as they were at {at}.", command.data.dir.display(), backup.events);
        for entry in &since {
            println!(
                "The {} of {} is not in it: erase again what {} was for.",
                entry.action.replace("erased", "erasure"),
                entry.time,
                entry.target.as_deref().unwrap_or("it")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
