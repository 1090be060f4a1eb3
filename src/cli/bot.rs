//! `novahouse bot`

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::bot_set::BotSet;
use super::mask::told;
use super::{ListFlags, print_json};
use crate::chat::ScriptedBot;
use crate::engine::Engine;
use crate::error::Result;
use crate::model::Bot;
use crate::settings::Document;
use crate::store::{Options, RedbEngine};

#[derive(Args)]
pub(super) struct BotCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the bots, their reporting zones and what they mask; works beside a live server
    List(ListFlags),
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
    /// Change a bot: how long it keeps what it was told and what it masks, beside a live server too, or its zone
    Set(BotSet),
}

pub(super) fn run(command: &BotCommand) -> Result<ExitCode> {
    match &command.action {
        Action::List(ListFlags { data, json }) => {
            let bots = RedbEngine::open_read_only(&data.dir, &Options::default())?.bots()?;
            let settings = Document::read(&data.dir)?.unwrap_or_default();
            let masking = |bot: &Bot| settings.masking(&bot.name).cloned().unwrap_or_default();
            if *json {
                let list = bots
                    .iter()
                    .map(|bot| json!({"name": bot.name, "timezone": bot.zone.name(), "masking": masking(bot)}));
                print_json(&Value::Array(list.collect()));
            } else {
                let line =
                    |bot: &Bot| format!("{:<32} {:<24} masks {}", bot.name, bot.zone.name(), told(&masking(bot)));
                bots.iter().for_each(|bot| println!("{}", line(bot)));
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
