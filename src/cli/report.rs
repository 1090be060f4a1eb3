//! `novahouse report`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, EngineFlags, ListFlags, output, print_json};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::language::Language;
use crate::model::DEFAULT_BOT;
use crate::report::figures::Figures;
use crate::report::page::Page;
use crate::report::period::{Asked, Every};
use crate::report::section::Section;
use crate::report::{Format, Report};
use crate::settings::Document;
use crate::store::RedbEngine;

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  novahouse report --period last-month --format pdf --output report.pdf --data ./db\n  \
                        novahouse report add Weekly --every week --channel mail --to anna@example.com --data ./db\n\n\
                        Works beside a live server, which hears of a change within a second or two."
)]
pub(super) struct ReportCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    made: Made,
}

#[derive(Subcommand)]
enum Action {
    /// Have a report sent when a day, a week or a month is over
    Add(Box<Add>),
    /// List the reports that are sent
    List(ListFlags),
    /// Have a report sent no more
    Remove {
        /// Its id or its name
        report: String,
        #[command(flatten)]
        data: DataDir,
    },
}

/// A report that is written to a file.
#[derive(Args)]
struct Made {
    /// The data directory
    // Optional to the parser alone: what follows a subcommand has its own.
    #[arg(long, value_name = "DIR", env = "NOVAHOUSE_DATA")]
    data: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineFlags,
    /// yesterday, last-week, last-month, a day (2026-11-27), a week (2026-W48) or a month (2026-11)
    #[arg(long, value_name = "PERIOD", default_value = "last-week")]
    period: Asked,
    /// Its form
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Whose figures
    #[arg(long, value_name = "NAME", default_value = DEFAULT_BOT)]
    bot: String,
    /// Of everything but csv
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// Its parts, with commas between them; all, unless given
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    sections: Vec<Section>,
    /// Where the server is reached, for links: https://chat.example.com
    #[arg(long, value_name = "URL", env = "NOVAHOUSE_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// File to write; the standard output where none is given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args)]
struct Add {
    /// What it is called
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// What is to be over
    #[arg(long, value_enum)]
    every: Every,
    /// Whose figures
    #[arg(long, value_name = "NAME", default_value = DEFAULT_BOT)]
    bot: String,
    /// The hour of the day after it, in the bot's zone, 0 to 23
    #[arg(long, default_value = "8")]
    hour: u32,
    /// What it is written in
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// The mail channel whose server sends it
    #[arg(long)]
    channel: String,
    /// Who gets it; may be given several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// Its parts, with commas between them; all, unless given
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    sections: Vec<Section>,
    /// Where the recipients reach the server, for links: https://chat.example.com
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

pub(super) fn run(command: &ReportCommand) -> Result<ExitCode> {
    match &command.action {
        None => command.made.run()?,
        Some(Action::Add(add)) => add.run()?,
        Some(Action::List(flags)) => list(flags)?,
        Some(Action::Remove { report, data }) => {
            let (removed, _) = Document::change(&data.dir, |document| {
                let id = document.reports.named(report)?;
                document.reports.remove(&id)
            })?;
            record(&access(data)?, "report removed", &removed.name);
            eprintln!("{} is sent no more.", removed.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the server is reached, as flags take it.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    crate::report::public_url(text).map_err(|error| error.to_string())
}

fn parts(given: &[Section]) -> Vec<Section> {
    if given.is_empty() { Section::ALL.to_vec() } else { given.to_vec() }
}

impl Made {
    fn run(&self) -> Result<()> {
        let missing = || Error::Invalid("--data: expected the data directory".into());
        let data = self.data.as_ref().ok_or_else(missing)?;
        let engine = RedbEngine::open_read_only(data, &self.engine.options())?;
        let period = self.period.period(engine.today(&self.bot)?);
        let sections = parts(&self.sections);
        let figures = Figures::gather(&engine, &self.bot, period, &sections)?;
        let page = Page::of(&figures, &sections, self.language, self.public_url.as_deref());
        let bytes = self.format.of(&figures, &page)?;
        output::write(self.output.as_deref(), |out| Ok(out.write_all(&bytes)?))
    }
}

impl Add {
    fn run(&self) -> Result<()> {
        let report = self.report().checked()?;
        RedbEngine::open_read_only(&self.data.dir, &crate::store::Options::default())?.bot(&report.bot)?;
        let (name, now_ms) = (report.name.clone(), Clock::System.now_ms());
        let (id, _) =
            Document::change(&self.data.dir, |document| document.reports.add(report, &document.channels, now_ms))?;
        record(&access(&self.data)?, "report added", &name);
        println!("{id}");
        Ok(())
    }

    fn report(&self) -> Report {
        Report {
            name: self.name.clone(),
            bot: self.bot.clone(),
            every: self.every,
            hour: self.hour,
            language: self.language,
            channel: self.channel.clone(),
            recipients: self.to.clone(),
            sections: parts(&self.sections),
            public_url: self.public_url.clone(),
            enabled: true,
        }
    }
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let reports = Document::read(&data.dir)?.unwrap_or_default().reports;
    if *json {
        let list =
            reports.list.iter().map(|(id, kept)| json!({"id": id, "report": kept.report, "unsubscribed": kept.left}));
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for (id, kept) in &reports.list {
        let Report { name, bot, every, hour, enabled, recipients, .. } = &kept.report;
        let state = if *enabled { "on" } else { "off" };
        println!("{id:<12} {state:<4} {:<6} {hour:>2}:00 {bot:<16} {name:<32} {}", every.name(), recipients.join(", "));
    }
    Ok(())
}
