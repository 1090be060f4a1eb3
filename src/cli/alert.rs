//! `novahouse alert`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, ListFlags, print_json};
use crate::alert::{self, Backtest, Condition, Firing, Metric, Phase, Rule, Severity, backtest, reason, remembered};
use crate::clock::Clock;
use crate::engine::Engine;
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

#[derive(Args)]
struct Add {
    /// What it is called in messages
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// What it watches
    #[arg(long, value_enum)]
    metric: Metric,
    /// Whose figure; not for NovaHouse's own
    #[arg(long)]
    bot: Option<String>,
    /// Over so many clock hours, for what is counted by the hour
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    /// Over so many calendar days, for what is counted by the day
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    #[command(flatten)]
    condition: ConditionFlags,
    /// Minutes that it has to hold
    #[arg(long, value_name = "MINUTES", default_value = "0")]
    hold: u32,
    /// Of one endpoint
    #[arg(long)]
    endpoint: Option<String>,
    /// Of one intent
    #[arg(long)]
    intent: Option<String>,
    /// Fewer events than this in the window say nothing
    #[arg(long, value_name = "N")]
    min_count: Option<u64>,
    /// Of a month, in US dollars, for budget_used_percent
    #[arg(long, value_name = "USD")]
    budget: Option<f64>,
    /// How grave it is
    #[arg(long, value_enum, default_value = "warning")]
    severity: Severity,
    /// Who is told; may be given several times
    #[arg(long, value_name = "CHANNEL")]
    channel: Vec<String>,
    /// Hours after which whoever was told is told again while it lasts
    #[arg(long, value_name = "HOURS")]
    remind: Option<u32>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct ConditionFlags {
    /// It is above this
    #[arg(long, value_name = "N")]
    above: Option<f64>,
    /// It is below this
    #[arg(long, value_name = "N")]
    below: Option<f64>,
    /// It has grown by more than this, against the same window a week before
    #[arg(long, value_name = "PERCENT")]
    rises_by: Option<f64>,
    /// It has shrunk by more than this, against the same window a week before
    #[arg(long, value_name = "PERCENT")]
    falls_by: Option<f64>,
    /// There is nothing in the window
    #[arg(long)]
    no_data: bool,
}

impl ConditionFlags {
    fn condition(&self) -> (Condition, Option<f64>) {
        let Self { above, below, rises_by, falls_by, no_data: _ } = self;
        let given = [
            (Condition::Above, above),
            (Condition::Below, below),
            (Condition::RisesBy, rises_by),
            (Condition::FallsBy, falls_by),
        ];
        let given =
            given.into_iter().find_map(|(condition, threshold)| threshold.map(|value| (condition, Some(value))));
        given.unwrap_or((Condition::NoData, None))
    }
}

pub(super) fn run(command: &AlertCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
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

impl Add {
    fn run(&self) -> Result<()> {
        let rule = self.rule().checked()?;
        if let Some(bot) = &rule.bot {
            engine(&self.data)?.bot(bot)?;
        }
        let name = rule.name.clone();
        let (id, _) = Document::change(&self.data.dir, |document| document.alerts.add(rule, &document.channels))?;
        record(&access(&self.data)?, "alert rule added", &name);
        println!("{id}");
        Ok(())
    }

    fn rule(&self) -> Rule {
        let (condition, threshold) = self.condition.condition();
        Rule {
            name: self.name.clone(),
            bot: self.bot.clone(),
            metric: self.metric,
            window_hours: self.hours,
            window_days: self.days,
            condition,
            threshold,
            hold_minutes: self.hold,
            endpoint: self.endpoint.clone(),
            intent: self.intent.clone(),
            min_count: self.min_count,
            budget_usd: self.budget,
            severity: self.severity,
            channels: self.channel.clone(),
            remind_hours: self.remind,
            enabled: true,
        }
    }
}

/// Beside a live server too.
fn engine(data: &DataDir) -> Result<RedbEngine> {
    RedbEngine::open_read_only(&data.dir, &Options::default())
}

fn alerts(data: &DataDir) -> Result<alert::Alerts> {
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
        let firings = firings.iter().map(|Firing { fired_ms, resolved_ms, days: (from, to) }| {
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
