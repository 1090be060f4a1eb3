//! `novahouse bot`

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{DataDir, print_json, progress};
use crate::chat::ScriptedBot;
use crate::engine::Engine;
use crate::error::Result;
use crate::model::Zone;
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
    /// Change a bot; its rollups are recounted. Needs the directory for itself
    Set {
        /// The bot's name
        name: String,
        #[command(flatten)]
        data: DataDir,
        /// Its reporting zone from now on (IANA name)
        #[arg(long, value_name = "ZONE")]
        timezone: Zone,
    },
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
        Action::Set { name, data, timezone } => {
            let bar = progress::bar(0, "events recounted");
            set_zone(&data.dir, &Options::default(), name, *timezone, &mut progress::reports(&bar))?;
            bar.finish_and_clear();
            println!("The days of {name} are counted in {} now.", timezone.name());
        }
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
