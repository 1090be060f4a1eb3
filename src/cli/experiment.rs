//! `novahouse experiment`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, EngineFlags, print_json};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::experiment::{
    By, Decision, Estimate, Experiment, ExperimentResult, Experiments, Goal, Lift, NewExperiment, Variant,
    VariantResult, Verdict, new_salt, results,
};
use crate::model::Unit;
use crate::model::day::rfc3339;
use crate::query::experiment::Metric;
use crate::settings::Document;
use crate::store::RedbEngine;

#[derive(Args)]
#[command(after_help = "Example:\n  \
        novahouse experiment add greeting --variant plain=1 --variant warm=1 --reply 'warm:greeting=Good to see you!' --data ./db\n  \
        novahouse experiment start greeting --data ./db\n\n\
        Works beside a live server, which hears of it within a second or two.")]
pub(super) struct ExperimentCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add one, as a draft
    Add(Box<Add>),
    /// List them, and how they stand
    List {
        #[command(flatten)]
        data: DataDir,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one, as JSON
    Show(Named),
    /// Start one, or go on with it
    Start(Named),
    /// Pause one: no one is shown a variant until it goes on
    Pause(Named),
    /// Stop one for good, with a decision
    Stop {
        #[command(flatten)]
        named: Named,
        /// The variant that everyone is to get from now on
        #[arg(long, value_name = "VARIANT")]
        winner: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Remove a draft, or one that was stopped
    Remove(Named),
    /// Say what one has shown so far
    Results {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        engine: EngineFlags,
        /// Tell the primary metric apart by device or language, too
        #[arg(long, value_parser = by)]
        by: Option<By>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Named {
    /// Its name
    name: String,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// Whose visitors
    #[arg(long, default_value = "default")]
    bot: String,
    /// What a variant is drawn for: session or user
    #[arg(long, default_value = "session", value_parser = unit)]
    unit: Unit,
    /// Percent of all who take part
    #[arg(long, value_name = "PERCENT", default_value = "100", value_parser = share)]
    share: u32,
    /// A variant and its weight, such as plain=1; the first one is the control
    #[arg(long, value_name = "NAME=WEIGHT", required = true, value_parser = variant)]
    variant: Vec<Variant>,
    /// What the built-in bot says in a variant, such as 'warm:greeting=Good to see you!'; may be given several times
    #[arg(long, value_name = "VARIANT:INTENT=TEXT", value_parser = reply)]
    reply: Vec<[String; 3]>,
    /// What decides
    #[arg(long, value_name = "METRIC", default_value = "lead_rate", value_parser = metric)]
    primary: Metric,
    /// What must not get worse; may be given several times
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    guardrail: Vec<Metric>,
    /// The primary metric as it is now, of a rate from 0 to 1, with --lift
    #[arg(long, requires = "lift")]
    baseline: Option<f64>,
    /// The lift that is to be found, in percent of --baseline
    #[arg(long, value_name = "PERCENT", requires = "baseline")]
    lift: Option<f64>,
    /// Standard deviation of the primary metric, where it is no rate
    #[arg(long, requires = "lift")]
    deviation: Option<f64>,
}

fn one_of<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let names = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| format!("expected one of {}", names()))
}

fn by(text: &str) -> Result<By, String> {
    one_of(&By::ALL, By::name, text)
}

fn unit(text: &str) -> Result<Unit, String> {
    one_of(&Unit::ALL, Unit::name, text)
}

fn metric(text: &str) -> Result<Metric, String> {
    one_of(&Metric::ALL, Metric::name, text)
}

/// Percent as millionths.
fn share(text: &str) -> Result<u32, String> {
    let percent: Option<f64> = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.map(|percent| (percent * 10_000.0).round() as u32).ok_or_else(|| "expected 0 to 100".to_owned())
}

fn variant(text: &str) -> Result<Variant, String> {
    let (name, weight) = text.rsplit_once('=').ok_or("expected NAME=WEIGHT, such as plain=1")?;
    let weight = weight.parse().map_err(|_| "expected a whole number for the weight")?;
    Ok(Variant { name: name.to_owned(), weight, ..Variant::default() })
}

fn reply(text: &str) -> Result<[String; 3], String> {
    let parts = text.split_once(':').and_then(|(variant, rest)| Some((variant, rest.split_once('=')?)));
    let (variant, (intent, said)) = parts.ok_or("expected VARIANT:INTENT=TEXT")?;
    Ok([variant, intent, said].map(str::to_owned))
}

pub(super) fn run(command: &ExperimentCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::List { data, json } => list(data, *json)?,
        Action::Show(named) => print_json(&shown(&named.name, experiments(&named.data)?.named(&named.name)?)),
        Action::Start(named) => act(named, "started", |one| one.start(Clock::System.now_ms()))?,
        Action::Pause(named) => act(named, "paused", Experiment::pause)?,
        Action::Stop { named, winner, reason } => {
            let decision = Decision { winner: winner.clone(), reason: reason.clone() };
            act(named, "stopped", |one| one.stop(decision, Clock::System.now_ms()))?;
        }
        Action::Remove(Named { name, data }) => {
            Document::change(&data.dir, |document| document.experiments.remove(name))?;
            record(&access(data)?, "experiment removed", name);
            eprintln!("{name} is removed.");
        }
        Action::Results { named, engine, by, json } => tell(named, engine, *by, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Add {
    fn run(&self) -> Result<()> {
        let Named { name, data } = &self.named;
        RedbEngine::open_read_only(&data.dir, &crate::store::Options::default())?.bot(&self.bot)?;
        let new = self.experiment()?;
        let salt = new_salt()?;
        Document::change(&data.dir, |document| document.experiments.add(new, salt, Clock::System.now_ms()))?;
        record(&access(data)?, "experiment added", name);
        eprintln!("{name} is a draft: start it with `novahouse experiment start`.");
        Ok(())
    }

    fn experiment(&self) -> Result<NewExperiment> {
        let mut variants = self.variant.clone();
        for [of, intent, text] in &self.reply {
            let variant = variants.iter_mut().find(|variant| variant.name == *of);
            let missing = || Error::Invalid(format!("--reply: expected the name of a variant, found {of:?}"));
            variant.ok_or_else(missing)?.replies.insert(intent.clone(), text.clone());
        }
        let plan = self.baseline.zip(self.lift);
        Ok(NewExperiment {
            name: self.named.name.clone(),
            bot: Some(self.bot.clone()),
            unit: self.unit,
            traffic_share_ppm: Some(self.share),
            variants,
            primary: Goal::of(self.primary),
            guardrails: self.guardrail.iter().copied().map(Goal::of).collect(),
            plan: plan.map(|(baseline, lift_percent)| Lift { baseline, deviation: self.deviation, lift_percent }),
        })
    }
}

fn experiments(data: &DataDir) -> Result<Experiments> {
    Ok(Document::read(&data.dir)?.unwrap_or_default().experiments)
}

fn act(Named { name, data }: &Named, what: &str, change: impl FnOnce(&mut Experiment) -> Result<()>) -> Result<()> {
    Document::change(&data.dir, |document| document.experiments.change(name, change))?;
    let action = match what {
        "started" => "experiment started",
        "paused" => "experiment paused",
        _ => "experiment stopped",
    };
    record(&access(data)?, action, name);
    eprintln!("{name} is {what}.");
    Ok(())
}

/// One without what its draws are salted with.
fn shown(name: &str, experiment: &Experiment) -> Value {
    let mut shown = serde_json::to_value(experiment).expect("names are texts");
    let fields = shown.as_object_mut().expect("it is an object");
    fields.remove("salt");
    fields.insert("planned_units".into(), experiment.planned_units().into());
    fields.insert("name".into(), name.into());
    shown
}

fn list(data: &DataDir, json: bool) -> Result<()> {
    let experiments = experiments(data)?;
    if json {
        print_json(&Value::Array(experiments.all.iter().map(|(name, one)| shown(name, one)).collect()));
        return Ok(());
    }
    for (name, experiment) in &experiments.all {
        let variants: Vec<&str> = experiment.variants.iter().map(|variant| &*variant.name).collect();
        let since = experiment.started_ms.map(|ms| format!(" since {}", rfc3339(ms))).unwrap_or_default();
        let winner = experiment.winner().map(|winner| format!(" for {}", winner.name)).unwrap_or_default();
        println!(
            "{:<8} {name:<24} {}: {} by {}{since}{winner}",
            experiment.state.name(),
            experiment.bot,
            variants.join(", "),
            experiment.primary.metric.name()
        );
    }
    Ok(())
}

fn tell(Named { name, data }: &Named, engine: &EngineFlags, by: Option<By>, json: bool) -> Result<()> {
    let experiments = experiments(data)?;
    let experiment = experiments.named(name)?;
    let not_yet = || Error::Conflict("it was not started yet: there is nothing to be seen".into());
    let trial = experiment.trial(name).ok_or_else(not_yet)?;
    // Beside a live server too.
    let figures = RedbEngine::open_read_only(&data.dir, &engine.options())?.trial(&experiment.bot, &trial)?;
    let found = results(experiment, &figures, by);
    if json {
        print_json(&json!(found));
        return Ok(());
    }
    print(name, experiment, &found);
    Ok(())
}

fn print(name: &str, experiment: &Experiment, found: &ExperimentResult) {
    let planned = found.planned_units.map(|planned| format!(" of {planned} planned")).unwrap_or_default();
    println!("{name} is {}: {}{planned} units.", experiment.state.name(), found.units);
    for warning in &found.warnings {
        println!("Beware: {}.", warning.text);
    }
    for metric in &found.metrics {
        let role = if metric.is_primary { "primary" } else { "guardrail" };
        println!("\n{} ({role})", metric.metric.name());
        metric.variants.iter().for_each(row);
    }
    for slice in found.slices.iter().flatten() {
        println!("\n{}: {} units", slice.value.as_deref().unwrap_or("not known"), slice.units);
        slice.variants.iter().for_each(row);
    }
}

fn row(found: &VariantResult) {
    let interval = |estimate: Option<Estimate>, decimals: usize| {
        estimate.map_or_else(
            || "-".to_owned(),
            |Estimate { value, low, high }| format!("{value:.decimals$} [{low:.decimals$}, {high:.decimals$}]"),
        )
    };
    let verdict = match found.verdict {
        Verdict::Control => "control",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Open => "open",
    };
    let best = found.best_percent.map(|percent| format!("{percent:.1}")).unwrap_or_else(|| "-".to_owned());
    println!(
        "  {:<20} {:>8} units  {:<28} lift % {:<28} best % {best:>6}  {verdict}",
        found.variant,
        found.units,
        interval(found.mean, 4),
        interval(found.lift_percent, 1)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_are_read() {
        assert_eq!(share("12.5"), Ok(125_000));
        assert!(share("101").is_err() && share("x").is_err());
        assert_eq!(variant("a=b=3").map(|variant| (variant.name, variant.weight)), Ok(("a=b".into(), 3)));
        assert!(variant("a").is_err() && variant("a=x").is_err());
        assert_eq!(reply("warm:greeting=a=b: c"), Ok(["warm", "greeting", "a=b: c"].map(str::to_owned)));
        assert!(reply("warm").is_err() && metric("leads").is_err() && by("country").is_err());
    }
}
