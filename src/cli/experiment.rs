//! `novahouse experiment`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::experiment_shape::{Add, Change, by};
use super::user::{ACTOR, access, record};
use super::{DataDir, EngineFlags, print_json};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::experiment::{
    By, Decision, Estimate, Experiment, ExperimentResult, Experiments, VariantResult, Verdict, results,
};
use crate::model::day::rfc3339;
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
    /// Change one: what is not given stays as it is; most of it only while it is a draft
    Change(Box<Change>),
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
pub(super) struct Named {
    /// Its name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) data: DataDir,
}

pub(super) fn run(command: &ExperimentCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add(add) => add.run()?,
        Action::Change(change) => change.run()?,
        Action::List { data, json } => list(data, *json)?,
        Action::Show(named) => print_json(&shown(&named.name, experiments(&named.data)?.named(&named.name)?)),
        Action::Start(named) => act(named, "started", |one| one.start(Clock::System.now_ms()))?,
        Action::Pause(named) => act(named, "paused", Experiment::pause)?,
        Action::Stop { named, winner, reason } => {
            let decision = Decision { winner: winner.clone(), reason: reason.clone() };
            act(named, "stopped", |one| one.stop(decision, ACTOR, Clock::System.now_ms()))?;
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
