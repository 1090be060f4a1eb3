//! `novahouse export`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{DataDir, output};
use crate::clock::Clock;
use crate::engine::{Engine, Window};
use crate::error::{Error, Result};
use crate::limits::DAYS_MAX;
use crate::model::day::rfc3339;
use crate::model::{DEFAULT_BOT, Day, DayRange};
use crate::store::{Options, RedbEngine};
use crate::transfer::format::{ExportFormat, ExportPlan, ExportSelection, write_export};

const TYPES: [&str; 8] =
    ["overview", "conversations", "leads", "engagement", "intents", "performance", "events", "all"];

#[derive(Args)]
#[command(
    after_help = "Examples:\n  novahouse export --data ./db --type leads --format csv --days 365 --output leads.csv\n  \
                        novahouse export --data ./db --type events --format ndjson --days 3650 > events.ndjson"
)]
pub(super) struct Export {
    #[command(flatten)]
    data: DataDir,
    /// What to export; `events` are the raw events, as `import` takes them back
    #[arg(long = "type", value_name = "TYPE", default_value = "overview", value_parser = PossibleValuesParser::new(TYPES))]
    what: String,
    #[arg(long, default_value = "json", value_parser = PossibleValuesParser::new(["json", "csv", "ndjson"]))]
    format: String,
    #[arg(long, value_name = "NAME", default_value = DEFAULT_BOT)]
    bot: String,
    /// The last N days, today included
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
    days: u32,
    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE", requires = "to", conflicts_with = "days", value_parser = day)]
    from: Option<Day>,
    /// Last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE", requires = "from", value_parser = day)]
    to: Option<Day>,
    /// File to write; the standard output where none is given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|()| "expected a date YYYY-MM-DD".to_owned())
}

pub(super) fn run(command: &Export) -> Result<ExitCode> {
    let window = match (command.from, command.to) {
        (Some(first), Some(last)) if first > last => {
            return Err(Error::Invalid(format!("--from: {first} is after --to, {last}")));
        }
        (Some(first), Some(last)) if DayRange::new(first, last).len() > DAYS_MAX => {
            return Err(Error::Invalid(format!("--to: expected at most {DAYS_MAX} days from --from, {first}")));
        }
        (Some(first), Some(last)) => Window::Between(DayRange::new(first, last)),
        _ => Window::Days(command.days),
    };
    let engine = RedbEngine::open_read_only(&command.data.dir, &Options::default())?;
    engine.bot(&command.bot)?;
    let plan = ExportPlan {
        bot: command.bot.clone(),
        selection: ExportSelection::named(&command.what).expect("clap checked it"),
        format: ExportFormat::named(&command.format).expect("clap checked it"),
        window,
        period_days: match window {
            Window::Days(days) => days,
            Window::Between(range) => range.len(),
        },
        exported_at: rfc3339(Clock::System.now_ms()),
    };
    plan.validate().map_err(|sentence| Error::Invalid(format!("--{sentence}")))?;
    output::write(command.output.as_deref(), |out| write_export(&engine, &plan, out))?;
    Ok(ExitCode::SUCCESS)
}
