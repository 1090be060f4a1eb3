//! The executable: parse, run, exit code. 0 is done, 1 is done with differences or losses, 2 could not be done.

use std::process::ExitCode;

use clap::Parser;
use novahouse::cli::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("novahouse: {error}");
            ExitCode::from(2)
        }
    }
}
