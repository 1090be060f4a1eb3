//! `novahouse channel`

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, ListFlags, print_json};
use crate::alert::take_out_channel;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::language::Language;
use crate::limits::ACCESS_BODY_BYTES_MAX;
use crate::notify::{self, Channels, Draft, Kind, Postman, Security, check_name, find, test_letter};
use crate::settings::Document;

/// Where a channel's secret is read from: a flag would show it to everyone on the machine.
const SECRET: &str = "NOVAHOUSE_CHANNEL_SECRET";

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse channel add ops --kind webhook --url https://example.com/hook --secret-stdin --data ./db\n  \
                        novahouse channel test ops --data ./db\n\n\
                        Works beside a live server, which hears of it within a second or two."
)]
pub(super) struct ChannelCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a way by which alerts are told
    Add(Box<Add>),
    /// List the channels, without their secrets
    List(ListFlags),
    /// Remove a channel that no rule tells
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Send a test message, and say what came of it
    Test {
        /// Its name
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Args)]
#[command(
    after_help = "The secret of a channel (the password of mail, what a webhook signs with, the address of Slack, Teams and \
                        Discord, the token of Telegram) is read from NOVAHOUSE_CHANNEL_SECRET, or with --secret-stdin from \
                        the standard input."
)]
struct Add {
    /// What it is called in rules
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// What its messages are written in
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// Read the secret from the standard input
    #[arg(long)]
    secret_stdin: bool,
    /// Where a webhook goes, or a Bot API server of your own
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The chat that a bot of Telegram writes to
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    chat_id: Option<String>,
    /// The mail server
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Its port, where it is not the usual one
    #[arg(long)]
    port: Option<u16>,
    /// How it is spoken to
    #[arg(long, value_enum)]
    security: Option<Security>,
    /// Who logs in to it
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Who writes: 'NovaHouse <alerts@example.com>'
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Who reads; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
}

pub(super) fn run(command: &ChannelCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::List(flags) => list(flags)?,
        Action::Remove { name, data } => {
            Document::change(&data.dir, |document| take_out_channel(document, name))?;
            record(&access(data)?, "channel removed", name);
            eprintln!("{name} is removed.");
        }
        Action::Test { name, data } => return test(name, data),
    }
    Ok(ExitCode::SUCCESS)
}

impl Add {
    fn run(&self) -> Result<()> {
        check_name(&self.name)?;
        let channel = self.draft()?.channel(None)?;
        Document::change(&self.data.dir, |document| notify::add(&mut document.channels, &self.name, channel))?;
        record(&access(&self.data)?, "channel added", &self.name);
        eprintln!("{} is a channel now. Try it: novahouse channel test {}", self.name, self.name);
        Ok(())
    }

    fn draft(&self) -> Result<Draft> {
        let mut draft = Draft {
            language: self.language,
            url: self.url.clone(),
            chat_id: self.chat_id.clone(),
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            user: self.user.clone(),
            from: self.from.clone(),
            to: (!self.to.is_empty()).then(|| self.to.clone()),
            ..Draft::of(self.kind)
        };
        let secret = self.secret()?;
        match self.kind {
            Kind::Email => draft.password = secret,
            Kind::Webhook => draft.secret = secret,
            Kind::Slack | Kind::Teams | Kind::Discord if self.url.is_some() => {
                return Err(Error::Invalid(format!(
                    "--url: this address is a secret of its own; give it in {SECRET}, or with --secret-stdin"
                )));
            }
            Kind::Slack | Kind::Teams | Kind::Discord => draft.url = secret,
            Kind::Telegram => draft.token = secret,
        }
        Ok(draft)
    }

    fn secret(&self) -> Result<Option<String>> {
        if !self.secret_stdin {
            return match std::env::var(SECRET) {
                Ok(secret) => Ok(Some(secret)),
                Err(std::env::VarError::NotPresent) => Ok(None),
                Err(error) => Err(Error::Unusable(format!("{SECRET}: {error}"))),
            };
        }
        let mut text = String::new();
        std::io::stdin().take(ACCESS_BODY_BYTES_MAX).read_to_string(&mut text)?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn channels(data: &DataDir) -> Result<Channels> {
    Ok(Document::read(&data.dir)?.unwrap_or_default().channels)
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let channels = channels(data)?;
    if *json {
        let list = channels.iter().map(|(name, channel)| {
            json!({"name": name, "kind": channel.kind(), "place": channel.place(), "has_secret": channel.has_secret(),
                   "language": channel.language()})
        });
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for (name, channel) in channels {
        println!("{name:<24} {:<8} {}", channel.kind().name(), channel.place());
    }
    Ok(())
}

fn test(name: &str, data: &DataDir) -> Result<ExitCode> {
    let channels = channels(data)?;
    let channel = find(&channels, name)?;
    let letter = test_letter(name, channel.language(), Clock::System.now_ms())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(Postman::default().deliver(channel, &letter, None, letter.made_ms));
    match done {
        Ok(answer) => {
            println!("The message was taken: {answer}");
            Ok(ExitCode::SUCCESS)
        }
        Err(failed) => Err(Error::Unusable(format!("the message was not taken: {}", failed.why))),
    }
}
