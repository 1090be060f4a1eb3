//! `novahouse alert add` and `change`: what a rule says, as flags.

use clap::Args;

use super::user::{access, record};
use super::{DataDir, alert};
use crate::alert::{Condition, Metric, Rule, Severity};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::settings::Document;

#[derive(Args)]
pub(super) struct Add {
    /// What it is called in messages
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// What it watches
    #[arg(long, value_enum)]
    metric: Metric,
    #[command(flatten)]
    condition: ConditionFlags,
    #[command(flatten)]
    flags: RuleFlags,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse alert change Slow --above 1500 --channel ops --channel night --data ./db"
)]
pub(super) struct Change {
    /// Its id or its name
    rule: String,
    #[command(flatten)]
    data: DataDir,
    /// What it is called in messages
    #[arg(long)]
    name: Option<String>,
    /// What it watches
    #[arg(long, value_enum)]
    metric: Option<Metric>,
    #[command(flatten)]
    condition: ConditionFlags,
    #[command(flatten)]
    flags: RuleFlags,
    /// Whether it is watched: true, or false to let it rest
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
}

#[derive(Args)]
struct RuleFlags {
    /// Whose figure; not for NovaHouse's own
    #[arg(long)]
    bot: Option<String>,
    /// Over so many clock hours, for what is counted by the hour
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    /// Over so many calendar days, for what is counted by the day
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Minutes that it has to hold; at once, unless given
    #[arg(long, value_name = "MINUTES")]
    hold: Option<u32>,
    /// Of one endpoint; empty for all
    #[arg(long)]
    endpoint: Option<String>,
    /// Of one intent; empty for all
    #[arg(long)]
    intent: Option<String>,
    /// Fewer events than this in the window say nothing; 0 for any
    #[arg(long, value_name = "N")]
    min_count: Option<u64>,
    /// Of a month, in US dollars, for budget_used_percent
    #[arg(long, value_name = "USD")]
    budget: Option<f64>,
    /// How grave it is: a warning, unless given
    #[arg(long, value_enum)]
    severity: Option<Severity>,
    /// Who is told; may be given several times; empty for no one
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<Vec<String>>,
    /// Hours after which whoever was told is told again while it lasts; 0 for never
    #[arg(long, value_name = "HOURS")]
    remind: Option<u32>,
}

#[derive(Args)]
#[group(multiple = false)]
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
    /// The one that is given, with its threshold.
    fn condition(&self) -> Option<(Condition, Option<f64>)> {
        let Self { above, below, rises_by, falls_by, no_data } = self;
        let given = [
            (Condition::Above, above),
            (Condition::Below, below),
            (Condition::RisesBy, rises_by),
            (Condition::FallsBy, falls_by),
        ];
        let given =
            given.into_iter().find_map(|(condition, threshold)| threshold.map(|value| (condition, Some(value))));
        given.or_else(|| no_data.then_some((Condition::NoData, None)))
    }
}

impl RuleFlags {
    /// The rule with what is given.
    fn of(&self, before: Rule) -> Rule {
        let Self { bot, hours, days, hold, endpoint, intent, min_count, budget, severity, channel, remind } = self;
        let filled = |given: &Option<String>, before| match given {
            Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            None => before,
        };
        let (window_hours, window_days) = match (hours, days) {
            (None, None) => (before.window_hours, before.window_days),
            _ => (*hours, *days),
        };
        Rule {
            bot: bot.clone().or(before.bot),
            window_hours,
            window_days,
            hold_minutes: hold.unwrap_or(before.hold_minutes),
            endpoint: filled(endpoint, before.endpoint),
            intent: filled(intent, before.intent),
            min_count: min_count.or(before.min_count).filter(|count| *count > 0),
            budget_usd: budget.or(before.budget_usd),
            severity: severity.unwrap_or(before.severity),
            channels: channel
                .as_ref()
                .map_or(before.channels, |given| given.iter().filter(|name| !name.is_empty()).cloned().collect()),
            remind_hours: remind.or(before.remind_hours).filter(|hours| *hours > 0),
            ..before
        }
    }
}

impl Add {
    pub(super) fn run(&self) -> Result<()> {
        let rule = self.rule()?.checked()?;
        if let Some(bot) = &rule.bot {
            alert::engine(&self.data)?.bot(bot)?;
        }
        let name = rule.name.clone();
        let (id, _) = Document::change(&self.data.dir, |document| document.alerts.add(rule, &document.channels))?;
        record(&access(&self.data)?, "alert rule added", &name);
        println!("{id}");
        Ok(())
    }

    fn rule(&self) -> Result<Rule> {
        let missing =
            || Error::Invalid("expected one of --above, --below, --rises-by, --falls-by and --no-data".into());
        let (condition, threshold) = self.condition.condition().ok_or_else(missing)?;
        Ok(self.flags.of(Rule {
            name: self.name.clone(),
            bot: None,
            metric: self.metric,
            window_hours: None,
            window_days: None,
            condition,
            threshold,
            hold_minutes: 0,
            endpoint: None,
            intent: None,
            min_count: None,
            budget_usd: None,
            severity: Severity::default(),
            channels: Vec::new(),
            remind_hours: None,
            enabled: true,
        }))
    }
}

impl Change {
    pub(super) fn run(&self) -> Result<()> {
        if let Some(bot) = &self.flags.bot {
            alert::engine(&self.data)?.bot(bot)?;
        }
        let (name, _) = Document::change(&self.data.dir, |document| {
            let id = document.alerts.named(&self.rule)?;
            let rule = self.of(document.alerts.rules[&id].clone()).checked()?;
            let name = rule.name.clone();
            document.alerts.replace(&id, rule, &document.channels)?;
            Ok(name)
        })?;
        record(&access(&self.data)?, "alert rule changed", &name);
        eprintln!("{name} is changed.");
        Ok(())
    }

    fn of(&self, before: Rule) -> Rule {
        let known = (before.condition, before.threshold);
        let (condition, threshold) = self.condition.condition().unwrap_or(known);
        self.flags.of(Rule {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            metric: self.metric.unwrap_or(before.metric),
            condition,
            threshold,
            enabled: self.enabled.unwrap_or(before.enabled),
            ..before
        })
    }
}
