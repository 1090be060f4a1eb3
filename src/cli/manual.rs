//! `novahouse manual`, for whoever packs the program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::Cli;
use crate::error::{Error, Result};

#[derive(Args)]
pub(super) struct Manual {
    /// The directory to write to; it has to be there
    dir: PathBuf,
}

pub(super) fn run(command: &Manual) -> Result<ExitCode> {
    let written = clap_mangen::generate_to(Cli::command(), &command.dir);
    written.map_err(|error| Error::Unusable(format!("{} cannot be written to: {error}", command.dir.display())))?;
    Ok(ExitCode::SUCCESS)
}
