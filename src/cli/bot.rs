//! `novahouse bot`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{DataDir, print_json, progress};
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
        Action::Set { name, data, timezone } => {
            let bar = progress::bar(0, "events recounted");
            set_zone(&data.dir, &Options::default(), name, *timezone, &mut progress::reports(&bar))?;
            bar.finish_and_clear();
            println!("The days of {name} are counted in {} now.", timezone.name());
        }
    }
    Ok(ExitCode::SUCCESS)
}
