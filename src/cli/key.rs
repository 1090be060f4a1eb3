//! `novahouse key`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, or_all, record, warn_of};
use super::{DataDir, ListFlags, print_json};
use crate::access::changes::{NewKey, remove_key};
use crate::access::{Accounts, KeyKind};
use crate::clock::Clock;
use crate::error::Result;
use crate::model::day::rfc3339;

#[derive(Args)]
#[command(after_help = "Example:\n  KEY=$(novahouse key add shop --kind ingest --bot shop --data ./db)\n  \
                        curl -H \"Authorization: Bearer $KEY\" ...\n\n\
                        Works beside a live server, which hears of it within a second or two.")]
pub(super) struct KeyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key and print it, alone and once
    Add {
        /// What it is called in lists
        name: String,
        #[command(flatten)]
        data: DataDir,
        /// What it is for
        #[arg(long, value_enum)]
        kind: KeyKind,
        /// A bot that it is for; may be given several times, and stands for all where it is not
        #[arg(long, value_name = "BOT")]
        bot: Vec<String>,
        /// A site whose pages may use an ingest key, such as https://www.example.com; may be given several times
        #[arg(long, value_name = "ORIGIN")]
        origin: Vec<String>,
        /// Requests a second, and five times as many at once; as many as come, unless you say otherwise
        #[arg(long, value_name = "REQUESTS", id = "key_rate_limit")]
        rate_limit: Option<u32>,
    },
    /// List the keys, with the ids they are revoked by
    List(ListFlags),
    /// Make a key worthless
    Revoke {
        /// Its id or its name
        key: String,
        #[command(flatten)]
        data: DataDir,
    },
}

pub(super) fn run(command: &KeyCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add { name, data, kind, bot, origin, rate_limit } => {
            let new = NewKey {
                name: name.clone(),
                kind: *kind,
                bots: bot.clone(),
                origins: origin.clone(),
                rate_limit: *rate_limit,
            };
            let access = access(data)?;
            let add = |accounts: &mut Accounts| {
                let (_, said) = new.add(accounts, rfc3339(Clock::System.now_ms()))?;
                Ok((said, accounts.admins()))
            };
            let (said, admins) = access.change(add)?;
            record(&access, "key added", name);
            println!("{said}");
            warn_of((false, admins));
        }
        Action::List(flags) => list(flags)?,
        Action::Revoke { key, data } => {
            let access = access(data)?;
            let (revoked, left) = access.change(|accounts| {
                let named = accounts.keys.iter().find(|known| known.name == *key).map(|known| known.id.clone());
                let revoked = remove_key(accounts, named.as_ref().unwrap_or(key))?;
                Ok((revoked, (accounts.is_empty(), accounts.admins())))
            })?;
            record(&access, "key revoked", &revoked.id);
            eprintln!("{} is revoked.", revoked.name);
            warn_of(left);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let keys = access(data)?.accounts()?.keys;
    if *json {
        let list = keys.iter().map(|key| {
            json!({
                "id": key.id,
                "name": key.name,
                "kind": key.kind,
                "bots": key.bots,
                "origins": key.origins,
                "rate_limit": key.rate_limit,
                "created_at": key.created_at,
            })
        });
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for key in keys {
        println!("{:<16} {:<32} {:<6} {}", key.id, key.name, key.kind.name(), or_all(&key.bots));
    }
    Ok(())
}
