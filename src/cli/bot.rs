//! `novahouse bot`

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::bot_set::BotSet;
use super::{DataDir, ListFlags, keep, mask, print_json};
use crate::chat::ScriptedBot;
use crate::engine::Engine;
use crate::error::Result;
use crate::masking::Masking;
use crate::model::Keep;
use crate::settings::Document;
use crate::store::{Options, RedbEngine};

#[derive(Args)]
pub(super) struct BotCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the bots, their reporting zones, how long they keep what they were told and what they mask; works beside a live
    /// server
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
        Action::List(flags) => list(flags)?,
        Action::Check { file } => {
            let (intents, phrases) = ScriptedBot::load(Some(file))?.size();
            println!("{} is sound: {intents} intents, {phrases} phrases.", file.display());
        }
        Action::Try { file } => talk(&ScriptedBot::load(file.as_deref())?)?,
        Action::Set(set) => set.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A bot, and what is set for it.
struct Row {
    name: String,
    /// None of one that has sent nothing yet: it gets one with its first event.
    timezone: Option<&'static str>,
    keep: Keep,
    masking: Masking,
}

/// The bots that there are, in their order, and then those that only something is set for.
fn rows(data: &DataDir) -> Result<Vec<Row>> {
    let bots = RedbEngine::open_read_only(&data.dir, &Options::default())?.bots()?;
    let settings = Document::read(&data.dir)?.unwrap_or_default();
    let row = |name: &str, timezone: Option<&'static str>| Row {
        name: name.to_owned(),
        timezone,
        keep: settings.keep(name),
        masking: settings.masking(name).cloned().unwrap_or_default(),
    };
    let is_new = |name: &&String| bots.iter().all(|bot| *bot.name != ***name);
    let set: BTreeSet<&String> = settings.masking.keys().chain(settings.retention.keys()).filter(is_new).collect();
    let known = bots.iter().map(|bot| row(&bot.name, Some(bot.zone.name())));
    Ok(known.chain(set.into_iter().map(|name| row(name, None))).collect())
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let rows = rows(data)?;
    if *json {
        let list = rows.into_iter().map(|Row { name, timezone, keep, masking }| {
            json!({"name": name, "timezone": timezone, "keep": keep::as_json(&keep), "masking": masking})
        });
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for Row { name, timezone, keep, masking } in rows {
        let zone = timezone.unwrap_or("(has sent nothing yet)");
        let kept = if keep.is_forever() { "everything".to_owned() } else { keep::told(&keep) };
        println!("{name:<32} {zone:<24} keeps {kept}; masks {}", mask::told(&masking));
    }
    Ok(())
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
