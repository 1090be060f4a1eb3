//! `novahouse silence`

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, ListFlags, alert, print_json};
use crate::alert::Silence;
use crate::clock::{Clock, read_span};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::day::{from_rfc3339, rfc3339};
use crate::settings::Document;

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse silence add --for 2h --why 'The bot is being moved.' --data ./db\n  \
                        novahouse silence add --rule Slow --from 2026-12-24T22:00:00+01:00 --for 8h --data ./db\n\n\
                        Works beside a live server, which hears of it within a second or two.")]
pub(super) struct SilenceCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Tell no one for a while; what still fires when it ends is told then
    Add(Add),
    /// List the silences that last, and those to come
    List(ListFlags),
    /// End one
    End {
        /// Its id
        id: String,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    data: DataDir,
    /// One rule, by its id or its name; all rules, unless given
    #[arg(long)]
    rule: Option<String>,
    /// The rules of one bot
    #[arg(long, value_name = "NAME", conflicts_with = "rule")]
    bot: Option<String>,
    /// When it begins, such as 2026-12-24T22:00:00+01:00; at once, unless given
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<i64>,
    #[command(flatten)]
    end: End,
    /// For whoever wonders
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct End {
    /// How long: 30m, 4h, 2d
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    lasts: Option<Duration>,
    /// When it ends, such as 2026-12-25T06:00:00+01:00
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
}

fn span(text: &str) -> Result<Duration, String> {
    let lasts = read_span(text).filter(|lasts| !lasts.is_zero());
    lasts.ok_or_else(|| "expected a time, such as 30m, 4h or 2d".to_owned())
}

/// As epoch milliseconds.
fn moment(text: &str) -> Result<i64, String> {
    from_rfc3339(text).ok_or_else(|| "expected a time with its zone, such as 2026-12-24T22:00:00+01:00".to_owned())
}

pub(super) fn run(command: &SilenceCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::List(flags) => list(flags)?,
        Action::End { id, data } => {
            let (of, _) = Document::change(&data.dir, |document| {
                let ended = document.alerts.end_silence(id)?;
                Ok(document.alerts.silenced(&ended))
            })?;
            record(&access(data)?, "silence ended", &of);
            eprintln!("The silence of {of} is over.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Add {
    fn run(&self) -> Result<()> {
        if let Some(bot) = &self.bot {
            alert::engine(&self.data)?.bot(bot)?;
        }
        let now_ms = Clock::System.now_ms();
        let until = self.until(now_ms)?;
        let ((id, of), _) = Document::change(&self.data.dir, |document| {
            let silence = Silence {
                bot: self.bot.clone(),
                rule: self.rule.as_ref().map(|rule| document.alerts.named(rule)).transpose()?,
                from: self.from.map(rfc3339),
                until,
                why: self.why.clone(),
            };
            silence.check(now_ms)?;
            let of = document.alerts.silenced(&silence);
            Ok((document.alerts.silence(silence, now_ms)?, of))
        })?;
        record(&access(&self.data)?, "alerts silenced", &of);
        println!("{id}");
        Ok(())
    }

    fn until(&self, now_ms: i64) -> Result<String> {
        let lasts = |lasts: Duration| {
            let lasts_ms = i64::try_from(lasts.as_millis()).ok()?;
            self.from.unwrap_or(now_ms).checked_add(lasts_ms)
        };
        let until_ms = self.end.until.or_else(|| self.end.lasts.and_then(lasts));
        until_ms.map(rfc3339).ok_or_else(|| Error::Invalid("--for: expected a time that ends".into()))
    }
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let (alerts, now_ms) = (alert::alerts(data)?, Clock::System.now_ms());
    let silences = alerts.silences.iter().filter(|(_, silence)| !silence.is_over(now_ms));
    if *json {
        let list = silences.map(|(id, silence)| json!({"id": id, "silence": silence}));
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for (id, silence) in silences {
        let Silence { from, until, why, .. } = silence;
        let begins = from.as_ref().map(|from| format!("from {from} ")).unwrap_or_default();
        println!("{id:<12} {:<32} {begins}until {until} {why}", alerts.silenced(silence));
    }
    Ok(())
}
