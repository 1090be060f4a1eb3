//! `novahouse backup`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{DataDir, print_json};
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::store::{BackupOptions, backup};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verify {
    /// Every row against the counts and checksums of what was copied
    Read,
    /// The same, and everything recounted from the events in it
    Deep,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse backup --data ./db --to /backups/monday.backup\n  \
                        novahouse backup --data ./db --to /backups/latest.backup --overwrite --verify deep\n\n\
                        Works beside a live server, which goes on. The file takes its name once it was read again whole.")]
pub(super) struct Backup {
    #[command(flatten)]
    data: DataDir,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replace a file of that name, once the new one is whole
    #[arg(long)]
    overwrite: bool,
    /// How the new file is verified
    #[arg(long, value_enum, default_value = "read")]
    verify: Verify,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Backup) -> Result<ExitCode> {
    let began = Instant::now();
    let options = BackupOptions { overwrite: command.overwrite, deep: command.verify == Verify::Deep };
    let made = backup(&command.data.dir, &command.to, options)?;
    let seconds = began.elapsed().as_secs_f64();
    let file = command.to.display().to_string();
    if command.json {
        let at = rfc3339(made.made_ms);
        print_json(&json!({"file": file, "events": made.events, "rows": made.rows, "bytes": made.bytes,
            "made": at, "seconds": seconds}));
    } else {
        println!(
            "{file}: {} events, {} rows, {} bytes, written and verified in {seconds:.1} s.",
            made.events, made.rows, made.bytes
        );
    }
    Ok(ExitCode::SUCCESS)
}
