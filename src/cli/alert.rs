//! `novahouse alert`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::alert_rule::{Add, Change};
use super::user::{access, record};
use super::{DataDir, ListFlags, print_json};
use crate::alert::{self, Backtest, Firing, Phase, backtest, reason, remembered};
use crate::clock::Clock;
use crate::error::Result;
use crate::language::Language;
use crate::limits::BACKTEST_DAYS;
use crate::model::day::rfc3339;
use crate::settings::Document;
use crate::store::{Options, RedbEngine};

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse alert add 'Slow' --metric response_p95_ms --hours 1 --above 1000 --hold 5 --channel ops --data ./db\n\n\
                        Works beside a live server, which hears of it within a second or two."
)]
pub(super) struct AlertCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a rule
    Add(Box<Add>),
    /// Change a rule: what is not given stays as it is
    Change(Box<Change>),
    /// List the rules, and how they stood when a server wrote it down last
    List(ListFlags),
    /// Remove a rule
    Remove {
        /// Its id or its name
        rule: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Say when a rule would have fired in the last 90 days
    Test {
        /// Its id or its name
        rule: String,
        #[command(flatten)]
        data: DataDir,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &AlertCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::Change(change) => change.run()?,
        Action::List(flags) => list(flags)?,
        Action::Remove { rule, data } => {
            let (removed, _) = Document::change(&data.dir, |document| {
                let id = document.alerts.named(rule)?;
                document.alerts.remove(&id)
            })?;
            record(&access(data)?, "alert rule removed", &removed.name);
            eprintln!("{} is removed.", removed.name);
        }
        Action::Test { rule, data, json } => test(rule, data, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Beside a live server too.
pub(super) fn engine(data: &DataDir) -> Result<RedbEngine> {
    RedbEngine::open_read_only(&data.dir, &Options::default())
}

pub(super) fn alerts(data: &DataDir) -> Result<alert::Alerts> {
    Ok(Document::read(&data.dir)?.unwrap_or_default().alerts)
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let (alerts, memory) = (alerts(data)?, remembered(&data.dir)?);
    let phase = |id: &str| memory.states.get(id).map(|known| known.state.phase);
    if *json {
        let list = alerts.rules.iter().map(|(id, rule)| json!({"id": id, "rule": rule, "phase": phase(id)}));
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for (id, rule) in &alerts.rules {
        let phase = if rule.enabled { phase(id).map_or("new", word) } else { "off" };
        println!("{id:<12} {phase:<8} {:<32} {}", rule.name, reason(rule, Language::En));
    }
    Ok(())
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Ok => "ok",
        Phase::Pending => "pending",
        Phase::Firing => "firing",
        Phase::NoData => "no data",
    }
}

fn test(named: &str, data: &DataDir, json: bool) -> Result<()> {
    let alerts = alerts(data)?;
    let rule = &alerts.rules[&alerts.named(named)?];
    let Backtest { points, firings } = backtest(&engine(data)?, rule, Clock::System.now_ms())?;
    if json {
        let firings = firings.iter().map(|Firing { fired_ms, resolved_ms, days: (from, to), .. }| {
            json!({"fired_at": rfc3339(*fired_ms), "resolved_at": resolved_ms.map(rfc3339), "from": from, "to": to})
        });
        print_json(&json!({"points": points.len(), "firings": firings.collect::<Vec<_>>()}));
        return Ok(());
    }
    let times = if firings.len() == 1 { "once".to_owned() } else { format!("{} times", firings.len()) };
    println!("{}: in the last {BACKTEST_DAYS} days it would have fired {times}.", reason(rule, Language::En));
    for Firing { fired_ms, resolved_ms, .. } in firings {
        let until = resolved_ms.map_or_else(|| "and still would".to_owned(), |ms| format!("until {}", rfc3339(ms)));
        println!("{} {until}", rfc3339(fired_ms));
    }
    Ok(())
}
