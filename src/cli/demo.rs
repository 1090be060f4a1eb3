//! `novahouse demo`

use std::process::ExitCode;

use clap::Args;

use super::{DataDir, EngineFlags, progress};
use crate::clock::Clock;
use crate::demo::{EXPERIMENT, Plan, generate, set_experiment};
use crate::engine::{Batch, Engine};
use crate::error::{Error, Result};
use crate::settings::Document;
use crate::store::RedbEngine;

const BATCH_EVENTS: usize = 5_000;

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse demo --data ./demo --days 90 --seed 1 && novahouse serve --data ./demo")]
pub(super) struct Demo {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    engine: EngineFlags,
    /// Days of traffic that end now
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The same seed gives the same traffic
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(command: &Demo) -> Result<ExitCode> {
    let engine = RedbEngine::open(&command.data.dir, &command.engine.options())?;
    if !engine.is_empty()? {
        let dir = command.data.dir.display();
        return Err(Error::Unusable(format!("{dir} holds events already; give an empty directory")));
    }
    let bar = progress::bar(u64::from(command.days), "days");
    let plan = Plan { days: command.days, seed: command.seed, now_ms: Clock::System.now_ms() };
    Document::change(&command.data.dir, |document| {
        set_experiment(&mut document.experiments, plan);
        Ok(())
    })?;
    let events = fill(&engine, plan, |day| bar.set_position(day))?;
    bar.finish_and_clear();
    println!(
        "{events} events of {} days are in {}, and the experiment `{EXPERIMENT}`.",
        command.days,
        command.data.dir.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Stores the generated traffic; returns how many events it has.
pub(super) fn fill(engine: &RedbEngine, plan: Plan, mut day_done: impl FnMut(u64)) -> Result<u64> {
    let mut events = Vec::new();
    let mut stored = 0;
    for (day, of_day) in generate(plan).enumerate() {
        events.extend(of_day);
        if events.len() >= BATCH_EVENTS {
            stored += append(engine, std::mem::take(&mut events))?;
        }
        day_done(day as u64 + 1);
    }
    stored += append(engine, events)?;
    engine.checkpoint()?;
    Ok(stored)
}

fn append(engine: &RedbEngine, events: Vec<crate::model::Event>) -> Result<u64> {
    let receipts = engine.append(vec![Batch { events, ..Batch::default() }])?;
    Ok(receipts.iter().map(|receipt| receipt.accepted).sum())
}
