//! `novahouse bot`

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, print_json, progress};
use crate::chat::ScriptedBot;
use crate::engine::Engine;
use crate::error::Result;
use crate::limits::KEPT_DAYS_MAX;
use crate::model::{Keep, Zone};
use crate::settings::{Document, KeepChange};
use crate::store::{Options, RedbEngine, set_zone};

#[derive(Args)]
pub(super) struct BotCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the bots and their reporting zones; works beside a live server
    List {
        #[command(flatten)]
        data: DataDir,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a bot's script: errors by line
    Check {
        /// The script (TOML)
        file: PathBuf,
    },
    /// Talk to a bot in the terminal; an empty line ends
    Try {
        /// The script (TOML); without one, the embedded bot
        file: Option<PathBuf>,
    },
    /// Change a bot: how long it keeps what it was told, beside a live server too, or its zone
    Set(BotSet),
}

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)),
          after_help = "Examples:\n  novahouse bot set default --keep-text 30d --keep-events 400d --data ./db\n  \
                        novahouse bot set default --keep-text forever --data ./db\n\n\
                        What is kept no longer goes the next night, or with `novahouse retain`. Figures stay.")]
struct BotSet {
    /// The bot's name
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// Its reporting zone from now on (IANA name); its rollups are recounted, which needs the directory for itself
    #[arg(long, value_name = "ZONE", group = "what")]
    timezone: Option<Zone>,
    /// What was written (messages, replies, entities, comments), such as 30d; the events themselves stay
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_text: Option<Kept>,
    /// Messages, visits, leads and feedback as they came
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_events: Option<Kept>,
    /// Performance metrics as they came
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_performance: Option<Kept>,
    /// Sessions, the names of persons, contact data of leads, and the way from figures to them
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_sessions: Option<Kept>,
}

/// Days; `None` is for ever.
#[derive(Clone, Copy)]
struct Kept(Option<u32>);

fn kept(text: &str) -> Result<Kept, String> {
    if text == "forever" {
        return Ok(Kept(None));
    }
    let days =
        text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=KEPT_DAYS_MAX).contains(days));
    days.map(|days| Kept(Some(days)))
        .ok_or_else(|| format!("expected days from 1d to {KEPT_DAYS_MAX}d, such as 30d, or forever"))
}

impl BotSet {
    fn keep(&self) -> KeepChange {
        let days = |kept: Option<Kept>| kept.map(|Kept(days)| days);
        KeepChange {
            text_days: days(self.keep_text),
            events_days: days(self.keep_events),
            performance_days: days(self.keep_performance),
            sessions_days: days(self.keep_sessions),
        }
    }

    fn run(&self) -> Result<()> {
        let Self { name, data, timezone, .. } = self;
        if let Some(timezone) = timezone {
            let bar = progress::bar(0, "events recounted");
            set_zone(&data.dir, &Options::default(), name, *timezone, &mut progress::reports(&bar))?;
            bar.finish_and_clear();
            println!("The days of {name} are counted in {} now.", timezone.name());
        }
        let change = self.keep();
        if change.is_none() {
            return Ok(());
        }
        RedbEngine::open_read_only(&data.dir, &Options::default())?.bot(name)?;
        let access = access(data)?;
        let (keep, _) = Document::change(&data.dir, |document| document.change_keep(name, change))?;
        record(&access, "retention changed", name);
        println!("{name} keeps {}.", told(&keep));
        Ok(())
    }
}

fn told(keep: &Keep) -> String {
    let Keep { text_days, events_days, performance_days, sessions_days } = *keep;
    let days = |days: Option<u32>| match days {
        None => "for ever".to_owned(),
        Some(1) => "for a day".to_owned(),
        Some(days) => format!("for {days} days"),
    };
    format!(
        "texts {}, events {}, performance metrics {} and sessions {}",
        days(text_days),
        days(events_days),
        days(performance_days),
        days(sessions_days)
    )
}

pub(super) fn run(command: &BotCommand) -> Result<ExitCode> {
    match &command.action {
        Action::List { data, json } => {
            let bots = RedbEngine::open_read_only(&data.dir, &Options::default())?.bots()?;
            if *json {
                let list = bots.iter().map(|bot| json!({"name": bot.name, "timezone": bot.zone.name()}));
                print_json(&Value::Array(list.collect()));
            } else {
                bots.iter().for_each(|bot| println!("{:<32} {}", bot.name, bot.zone.name()));
            }
        }
        Action::Check { file } => {
            let (intents, phrases) = ScriptedBot::load(Some(file))?.size();
            println!("{} is sound: {intents} intents, {phrases} phrases.", file.display());
        }
        Action::Try { file } => talk(&ScriptedBot::load(file.as_deref())?)?,
        Action::Set(set) => set.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn talk(bot: &ScriptedBot) -> Result<()> {
    let mut out = std::io::stdout();
    for turn in 0.. {
        write!(out, "> ")?;
        out.flush()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let reply = bot.reply(line.trim(), turn);
        let (intent, confidence) = (reply.intent.unwrap_or_default(), reply.confidence.unwrap_or_default());
        writeln!(out, "{}\n  [{intent} {confidence:.2}]", reply.response)?;
    }
    Ok(())
}
