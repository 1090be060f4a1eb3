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
    /// Change a channel: what is not given stays as it is, its secret too
    Change(Box<Change>),
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

const ABOUT_SECRETS: &str = "The secret of a channel (the password of mail, what a webhook signs with, the address of Slack, \
                             Teams and Discord, the token of Telegram) is read from NOVAHOUSE_CHANNEL_SECRET, or with \
                             --secret-stdin from the standard input.";

#[derive(Args)]
#[command(after_help = ABOUT_SECRETS)]
struct Add {
    /// What it is called in rules
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    #[command(flatten)]
    flags: ChannelFlags,
}

#[derive(Args)]
#[command(after_help = ABOUT_SECRETS)]
struct Change {
    /// Its name
    name: String,
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    flags: ChannelFlags,
}

#[derive(Args)]
struct ChannelFlags {
    /// What its messages are written in: English, unless given
    #[arg(long, value_enum)]
    language: Option<Language>,
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
    to: Option<Vec<String>>,
}

pub(super) fn run(command: &ChannelCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::Change(change) => change.run()?,
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
        let channel = self.flags.draft(Draft::of(self.kind), self.flags.secret()?)?.channel(None)?;
        Document::change(&self.data.dir, |document| notify::add(&mut document.channels, &self.name, channel))?;
        record(&access(&self.data)?, "channel added", &self.name);
        eprintln!("{} is a channel now. Try it: novahouse channel test {}", self.name, self.name);
        Ok(())
    }
}

impl Change {
    fn run(&self) -> Result<()> {
        let Self { name, data, flags } = self;
        let secret = flags.secret()?;
        Document::change(&data.dir, |document| {
            notify::change(&mut document.channels, name, |known| flags.draft(Draft::again(known), secret))
        })?;
        record(&access(data)?, "channel changed", name);
        eprintln!("{name} is changed. Try it: novahouse channel test {name}");
        Ok(())
    }
}

impl ChannelFlags {
    /// What is given, and of what is not, what the draft has.
    fn draft(&self, base: Draft, secret: Option<String>) -> Result<Draft> {
        let mut draft = Draft {
            language: self.language.unwrap_or(base.language),
            url: self.url.clone().or(base.url),
            chat_id: self.chat_id.clone().or(base.chat_id),
            host: self.host.clone().or(base.host),
            port: self.port.or(base.port),
            security: self.security.or(base.security),
            user: self.user.clone().or(base.user),
            from: self.from.clone().or(base.from),
            to: self.to.clone().or(base.to),
            ..Draft::of(base.kind)
        };
        match base.kind {
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
