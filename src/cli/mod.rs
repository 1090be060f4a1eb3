//! The command line: one function per command.

mod alert;
mod alert_rule;
mod backup;
mod bot;
mod bot_set;
mod channel;
mod check;
mod demo;
mod doctor;
mod door;
mod erase;
mod experiment;
mod experiment_shape;
mod export;
mod import;
mod import_tally;
mod keep;
mod key;
mod manual;
mod mask;
mod merge;
mod migrate;
mod output;
mod progress;
mod report;
mod restore;
mod retain;
mod scheduled;
mod serve;
mod silence;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::engine::TokenPrice;
use crate::error::{Error, Result};
use crate::limits::ENCODERS_MAX;
use crate::model::Zone;
use crate::store::Options;
use crate::threads::{Behind, give_way};

/// Analytics for chatbots in one executable: exact numbers, nothing acknowledged ever lost.
#[derive(Parser)]
#[command(
    name = "novahouse",
    version,
    after_help = "Start with:  novahouse serve --data ./db --demo\nThen open:   http://127.0.0.1:8080/dashboard.html\n\n\
                  Exit codes:  0 done; 1 done, but with differences or rejected rows; 2 could not be done"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take events and answer questions over HTTP
    Serve(Box<serve::Serve>),
    /// Create or upgrade a data directory, verify every table and print the schema
    Migrate(migrate::Migrate),
    /// Write records to a file or the standard output; works beside a live server
    Export(export::Export),
    /// Take in a file of events or an export of NovaHouse
    Import(import::Import),
    /// Recount everything from the raw events and compare; works beside a live server
    Check(check::Check),
    /// Copy everything into one file, beside a live server too
    Backup(backup::Backup),
    /// Make a data directory of a backup
    Restore(restore::Restore),
    /// Bring in the bots of another data directory or backup
    Merge(merge::Merge),
    /// Look at a machine and a data directory, and say what is wrong; works beside a live server
    Doctor(doctor::Doctor),
    /// Fill a directory with believable traffic
    Demo(demo::Demo),
    /// List bots, or change one
    Bot(bot::BotCommand),
    /// Let go of what bots keep no longer, as their settings say
    Retain(retain::Retain),
    /// Erase a person or a session from everything that is stored, and give a receipt
    Erase(erase::Erase),
    /// Say who may log in, and as what; works beside a live server
    User(user::UserCommand),
    /// Make keys for programs, and revoke them; works beside a live server
    Key(key::KeyCommand),
    /// Watch figures, and say what a rule would have told; works beside a live server
    Alert(alert::AlertCommand),
    /// Keep alerts quiet for a while; works beside a live server
    Silence(silence::SilenceCommand),
    /// Say where alerts go; works beside a live server
    Channel(channel::ChannelCommand),
    /// Try something on visitors, and say what came of it; works beside a live server
    Experiment(experiment::ExperimentCommand),
    /// Say what happened in a day, a week or a month, or have it sent by mail; works beside a live server
    Report(Box<report::ReportCommand>),
    /// Print a completion script for a shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Write the manual, a page for each command, to a directory
    #[command(hide = true)]
    Manual(manual::Manual),
}

/// Where the data lies.
#[derive(Args)]
struct DataDir {
    /// The data directory
    #[arg(long = "data", value_name = "DIR", env = "NOVAHOUSE_DATA")]
    dir: PathBuf,
}

/// What is listed, and in which form.
#[derive(Args)]
struct ListFlags {
    #[command(flatten)]
    data: DataDir,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What an engine has to be told.
#[derive(Args)]
struct EngineFlags {
    /// Reporting zone of bots that appear (IANA name)
    #[arg(long, value_name = "ZONE", default_value = "UTC", env = "NOVAHOUSE_TIMEZONE")]
    timezone: Zone,
    /// Dollars per million input tokens, for events with tokens and no cost
    #[arg(long, value_name = "USD", default_value = "2.50", env = "NOVAHOUSE_PRICE_INPUT", value_parser = price)]
    price_input: u64,
    /// Dollars per million output tokens
    #[arg(long, value_name = "USD", default_value = "10.00", env = "NOVAHOUSE_PRICE_OUTPUT", value_parser = price)]
    price_output: u64,
}

impl EngineFlags {
    fn options(&self) -> Options {
        let price = TokenPrice { input_nanos: self.price_input, output_nanos: self.price_output };
        Options { zone: self.timezone, price, ..Options::default() }
    }
}

/// Dollars per million tokens, as billionths of a dollar per token.
fn price(text: &str) -> Result<u64, String> {
    let usd: f64 = text.parse().map_err(|_| "expected dollars, such as 2.50".to_owned())?;
    if !(0.0..=1_000_000.0).contains(&usd) {
        return Err("expected dollars from 0 to 1000000".into());
    }
    Ok((usd * 1_000.0).round() as u64)
}

/// Runs the command.
///
/// # Errors
/// What kept it from being done; the process then exits with 2.
pub fn run(cli: Cli) -> Result<ExitCode> {
    share_encoding()?;
    match cli.command {
        Command::Serve(command) => serve::run(&command),
        Command::Migrate(command) => migrate::run(&command),
        Command::Export(command) => export::run(&command),
        Command::Import(command) => import::run(&command),
        Command::Check(command) => check::run(&command),
        Command::Backup(command) => backup::run(&command),
        Command::Restore(command) => restore::run(&command),
        Command::Merge(command) => merge::run(&command),
        Command::Doctor(command) => doctor::run(&command),
        Command::Demo(command) => demo::run(&command),
        Command::Bot(command) => bot::run(&command),
        Command::Retain(command) => retain::run(&command),
        Command::Erase(command) => erase::run(&command),
        Command::User(command) => user::run(&command),
        Command::Key(command) => key::run(&command),
        Command::Alert(command) => alert::run(&command),
        Command::Silence(command) => silence::run(&command),
        Command::Channel(command) => channel::run(&command),
        Command::Experiment(command) => experiment::run(&command),
        Command::Report(command) => report::run(&command),
        Command::Manual(command) => manual::run(&command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "novahouse", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Lets a few threads help the writer to encode what it stores.
fn share_encoding() -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(cores.min(ENCODERS_MAX));
    let threads = threads.thread_name(|number| format!("encoder-{number}")).start_handler(|_| give_way(Behind::Helper));
    let made = threads.build_global();
    made.map_err(|error| Error::Unusable(format!("threads cannot be started: {error}")))
}

/// One line of JSON on the standard output.
fn print_json(value: &serde_json::Value) {
    println!("{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn prices_are_billionths_per_token() {
        assert_eq!(price("2.50"), Ok(2_500));
        assert!(price("-1").is_err());
    }
}
