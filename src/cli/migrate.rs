//! `novahouse migrate`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{DataDir, EngineFlags, print_json};
use crate::error::Result;
use crate::store::{FILE_NAME, migrate};

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse migrate --data ./db\n\nNeeds the directory for itself: stop a server that uses it first."
)]
pub(super) struct Migrate {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    engine: EngineFlags,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Migrate) -> Result<ExitCode> {
    let tables = migrate(&command.data.dir, &command.engine.options())?;
    let file_bytes = std::fs::metadata(command.data.dir.join(FILE_NAME))?.len();
    if command.json {
        print_json(&json!({"tables": tables, "file_bytes": file_bytes}));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:<20} {:>12} {:>14}  a row is", "table", "rows", "bytes");
    for table in &tables {
        println!("{:<20} {:>12} {:>14}  {}", table.name, table.rows, table.bytes, table.row);
    }
    println!("\nEvery table can be read. The file has {file_bytes} bytes.");
    Ok(ExitCode::SUCCESS)
}
