//! `novahouse experiment add` and `change`: what one consists of, as flags.

use clap::Args;

use super::experiment::Named;
use super::user::{access, record};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::experiment::{By, ExperimentChange, Goal, Lift, NewExperiment, Variant};
use crate::model::{DEFAULT_BOT, Unit};
use crate::query::experiment::Metric;
use crate::random;
use crate::settings::Document;
use crate::store::{Options, RedbEngine};

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    named: Named,
    /// A variant and its weight, such as plain=1; the first one is the control
    #[arg(long, value_name = "NAME=WEIGHT", required = true, value_parser = variant)]
    variant: Vec<Variant>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  novahouse experiment change greeting --share 50 --reply 'warm:greeting=Hello again!' --data ./db"
)]
pub(super) struct Change {
    #[command(flatten)]
    named: Named,
    /// The variants from now on, each with its weight; those that stay keep their replies
    #[arg(long, value_name = "NAME=WEIGHT", value_parser = variant)]
    variant: Option<Vec<Variant>>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Args)]
struct Shape {
    /// Whose visitors; those of `default`, unless given
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// What a variant is drawn for: session, unless given, or user
    #[arg(long, value_parser = unit)]
    unit: Option<Unit>,
    /// Percent of all who take part; everyone, unless given
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    share: Option<u32>,
    /// What the built-in bot says in a variant, such as 'warm:greeting=Good to see you!'; may be given several times; with no
    /// text it says there what it always says
    #[arg(long, value_name = "VARIANT:INTENT=TEXT", value_parser = reply)]
    reply: Vec<[String; 3]>,
    /// What decides: lead_rate, unless given
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    primary: Option<Metric>,
    /// What must not get worse; may be given several times
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    guardrail: Option<Vec<Metric>>,
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

pub(super) fn by(text: &str) -> Result<By, String> {
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

impl Add {
    pub(super) fn run(&self) -> Result<()> {
        let Named { name, data } = &self.named;
        let bot = self.shape.bot.as_deref().unwrap_or(DEFAULT_BOT);
        RedbEngine::open_read_only(&data.dir, &Options::default())?.bot(bot)?;
        let new = self.experiment()?;
        let salt = random::id()?;
        Document::change(&data.dir, |document| document.experiments.add(new, salt, Clock::System.now_ms()))?;
        record(&access(data)?, "experiment added", name);
        eprintln!("{name} is a draft: start it with `novahouse experiment start`.");
        Ok(())
    }

    fn experiment(&self) -> Result<NewExperiment> {
        let ExperimentChange { bot, unit, traffic_share_ppm, variants, primary, guardrails, plan } =
            self.shape.change(Some(self.variant.clone()), &[])?;
        Ok(NewExperiment {
            name: self.named.name.clone(),
            bot,
            unit: unit.unwrap_or_default(),
            traffic_share_ppm,
            variants: variants.unwrap_or_default(),
            primary: primary.unwrap_or(Goal::of(Metric::LeadRate)),
            guardrails: guardrails.unwrap_or_default(),
            plan,
        })
    }
}

impl Change {
    pub(super) fn run(&self) -> Result<()> {
        let Named { name, data } = &self.named;
        if let Some(bot) = &self.shape.bot {
            RedbEngine::open_read_only(&data.dir, &Options::default())?.bot(bot)?;
        }
        Document::change(&data.dir, |document| {
            let known = &document.experiments.named(name)?.variants;
            let change = self.shape.change(self.variant.clone(), known)?;
            document.experiments.change(name, |experiment| change.apply(experiment))
        })?;
        record(&access(data)?, "experiment changed", name);
        eprintln!("{name} is changed.");
        Ok(())
    }
}

impl Shape {
    /// What is given, with the variants as they are to be, where anything is said of them.
    fn change(&self, variants: Option<Vec<Variant>>, known: &[Variant]) -> Result<ExperimentChange> {
        let plan = self.baseline.zip(self.lift);
        Ok(ExperimentChange {
            bot: self.bot.clone(),
            unit: self.unit,
            traffic_share_ppm: self.share,
            variants: self.variants(variants, known)?,
            primary: self.primary.map(Goal::of),
            guardrails: self.guardrail.as_ref().map(|metrics| metrics.iter().copied().map(Goal::of).collect()),
            plan: plan.map(|(baseline, lift_percent)| Lift { baseline, deviation: self.deviation, lift_percent }),
        })
    }

    fn variants(&self, given: Option<Vec<Variant>>, known: &[Variant]) -> Result<Option<Vec<Variant>>> {
        if given.is_none() && self.reply.is_empty() {
            return Ok(None);
        }
        let mut variants = given.unwrap_or_else(|| known.to_vec());
        for variant in &mut variants {
            if let Some(before) = known.iter().find(|before| before.name == variant.name) {
                variant.replies.clone_from(&before.replies);
            }
        }
        for [of, intent, text] in &self.reply {
            let variant = variants.iter_mut().find(|variant| variant.name == *of);
            let missing = || Error::Invalid(format!("--reply: expected the name of a variant, found {of:?}"));
            let replies = &mut variant.ok_or_else(missing)?.replies;
            if text.is_empty() {
                replies.remove(intent);
            } else {
                replies.insert(intent.clone(), text.clone());
            }
        }
        Ok(Some(variants))
    }
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
