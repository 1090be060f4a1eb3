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
use crate::notify::{Letter, Postman, find};
use crate::report::figures::Figures;
use crate::report::page::Page;
use crate::report::period::{Asked, Every};
use crate::report::section::Section;
use crate::report::{Format, Report, Why, letter, mail};
use crate::settings::Document;
use crate::store::{Options, RedbEngine};

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
    /// Change a report: what is not given stays as it is
    Change(Box<Change>),
    /// Send the report of the latest period that is over at once, and say what came of it
    Send(Box<Send>),
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

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse report change Weekly --hour 7 --to anna@example.com --to jan@example.com --data ./db"
)]
struct Change {
    /// Its id or its name
    report: String,
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    /// What is to be over
    #[arg(long, value_enum)]
    every: Option<Every>,
    /// Whose figures
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// The hour of the day after it, in the bot's zone, 0 to 23
    #[arg(long)]
    hour: Option<u32>,
    /// What it is written in
    #[arg(long, value_enum)]
    language: Option<Language>,
    /// The mail channel whose server sends it
    #[arg(long)]
    channel: Option<String>,
    /// Who gets it from now on, instead of those before; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Vec<String>>,
    /// Its parts from now on, with commas between them
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    sections: Option<Vec<Section>>,
    /// Where the recipients reach the server, for links; empty for that of the server
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Whether it is sent: true, or false to let it rest
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
}

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse report send Weekly --to anna@example.com --data ./db\n\n\
                        It is sent by this command itself, once: what is due is sent all the same, and the history on the page has\n\
                        what the server sent. Exit code 1: some of the mails were not taken; 2: none was.")]
struct Send {
    /// Its id or its name
    report: String,
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    engine: EngineFlags,
    /// Who gets it, of the report's recipients or others; all of its recipients, unless given
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Vec<String>>,
    /// Where the server is reached, for links, where the report does not say it: https://chat.example.com
    #[arg(long, value_name = "URL", env = "NOVAHOUSE_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
}

pub(super) fn run(command: &ReportCommand) -> Result<ExitCode> {
    match &command.action {
        None => command.made.run()?,
        Some(Action::Add(add)) => add.run()?,
        Some(Action::Change(change)) => change.run()?,
        Some(Action::Send(send)) => return send.run(),
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
        RedbEngine::open_read_only(&self.data.dir, &Options::default())?.bot(&report.bot)?;
        let (name, now_ms) = (report.name.clone(), Clock::System.now_ms());
        let (id, _) =
            Document::change(&self.data.dir, |document| document.reports.add(report, &document.channels, now_ms))?;
        record(&access(&self.data)?, "report added", &name);
        if self.public_url.is_none() {
            eprintln!(
                "Its mails will have no links, and no way to unsubscribe (List-Unsubscribe), unless the server runs with \
                 `--public-url https://chat.example.com`, where recipients reach it. To give this report an address of its own: \
                 novahouse report change {id} --public-url https://chat.example.com --data {}",
                self.data.dir.display()
            );
        }
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

impl Change {
    fn run(&self) -> Result<()> {
        if let Some(bot) = &self.changes.bot {
            RedbEngine::open_read_only(&self.data.dir, &Options::default())?.bot(bot)?;
        }
        let (name, _) = Document::change(&self.data.dir, |document| {
            let id = document.reports.named(&self.report)?;
            let report = self.changes.of(document.reports.find(&id)?.report.clone()).checked()?;
            let name = report.name.clone();
            document.reports.replace(&id, report, &document.channels, Clock::System.now_ms())?;
            Ok(name)
        })?;
        record(&access(&self.data)?, "report changed", &name);
        eprintln!("{name} is changed.");
        Ok(())
    }
}

impl Changes {
    /// The report with what is to be changed of it.
    fn of(&self, before: Report) -> Report {
        let Self { name, every, bot, hour, language, channel, to, sections, public_url, enabled } = self;
        Report {
            name: name.clone().unwrap_or(before.name),
            bot: bot.clone().unwrap_or(before.bot),
            every: every.unwrap_or(before.every),
            hour: hour.unwrap_or(before.hour),
            language: language.unwrap_or(before.language),
            channel: channel.clone().unwrap_or(before.channel),
            recipients: to.clone().unwrap_or(before.recipients),
            sections: sections.clone().unwrap_or(before.sections),
            public_url: public_url.clone().or(before.public_url),
            enabled: enabled.unwrap_or(before.enabled),
        }
    }
}

impl Send {
    fn run(&self) -> Result<ExitCode> {
        let document = Document::read(&self.data.dir)?.unwrap_or_default();
        let id = document.reports.named(&self.report)?;
        let report = &document.reports.find(&id)?.report;
        let to = report.addressed(self.to.clone())?;
        let channel = find(&document.channels, &report.channel)?;
        let engine = RedbEngine::open_read_only(&self.data.dir, &self.engine.options())?;
        let period = report.every.holding(engine.today(&report.bot)?).previous();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (postman, now_ms) = (Postman::default(), Clock::System.now_ms());
        let mut taken = 0;
        for address in &to {
            let (letter_id, message) = letter(&id, report, (period, address, Why::Asked), now_ms);
            let letter = Letter::of(letter_id, &report.channel, message, now_ms);
            let composed = mail(&engine, &document, self.public_url.as_deref(), &letter.message);
            let done =
                composed.and_then(|mail| runtime.block_on(postman.deliver(channel, &letter, Some(mail), now_ms)));
            match done {
                Ok(answer) => {
                    taken += 1;
                    println!("{address}: the mail was taken: {answer}");
                }
                Err(failed) => eprintln!("{address}: the mail was not taken: {}", failed.why),
            }
        }
        if taken == 0 {
            return Err(Error::Unusable("none of the mails was taken".into()));
        }
        record(&access(&self.data)?, "report sent", &report.name);
        Ok(if taken == to.len() { ExitCode::SUCCESS } else { ExitCode::from(1) })
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
