//! What an experiment has shown so far.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{
    By, DayResult, Estimate, ExperimentResult, MetricResult, SampleRatio, Slice, VariantResult, VariantUnits, Verdict,
    Warning, WarningCode,
};
use super::definition::{Direction, Experiment, Goal};
use super::statistics::{Interval, Posterior, RATIO_P_VALUE_MIN, Sample, Sequence, TUNED_FOR, best, ratio_p_value};
use crate::limits::{EXPERIMENT_LANGUAGES_MAX, EXPERIMENT_SESSIONS_MAX, FEW_UNITS, OTHER};
use crate::model::Day;
use crate::model::day::rfc3339;
use crate::query::answer::round4;
use crate::query::experiment::{Cell, MILLION, Metric, Moments, TrialFigures};

/// How an experiment is judged.
struct Judge<'a> {
    experiment: &'a Experiment,
    sequence: Sequence,
}

/// What the figures of an experiment say.
pub fn results(experiment: &Experiment, figures: &TrialFigures, by: Option<By>) -> ExperimentResult {
    let cells = &figures.cells;
    let planned_units = experiment.planned_units();
    let judge = Judge { experiment, sequence: sequence(experiment, planned_units) };
    let sample_ratio = judge.sample_ratio(cells);
    let units = cells.iter().map(|cell| cell.units).sum();
    let goals = [(experiment.primary, true)].into_iter().chain(experiment.guardrails.iter().map(|goal| (*goal, false)));
    let metrics = goals.map(|(goal, is_primary)| MetricResult {
        metric: goal.metric,
        direction: goal.direction,
        is_primary,
        variants: judge.variants(goal, &judge.sums(goal.metric, cells.iter())),
    });
    ExperimentResult {
        units,
        planned_units,
        warnings: warnings(units, planned_units, &sample_ratio, figures),
        metrics: metrics.collect(),
        over_time: judge.over_time(cells),
        slices: by.map(|by| judge.slices(cells, by)),
        sample_ratio,
    }
}

/// A comparison is between the control and one other variant.
fn sequence(experiment: &Experiment, planned_units: Option<u64>) -> Sequence {
    let comparisons = experiment.variants.len() - 1;
    let of_one = planned_units.map(|units| (units as f64 * 2.0 / experiment.variants.len() as f64).ceil() as u64);
    Sequence::of(comparisons, of_one.unwrap_or(TUNED_FOR))
}

impl Judge<'_> {
    /// By variant.
    fn sums<'c>(&self, metric: Metric, cells: impl Iterator<Item = &'c Cell>) -> Vec<Moments> {
        let mut sums = vec![Moments::default(); self.experiment.variants.len()];
        cells.for_each(|cell| sums[cell.of.variant].merge(cell.moments(metric)));
        sums
    }

    fn variants(&self, goal: Goal, sums: &[Moments]) -> Vec<VariantResult> {
        let is_rate = goal.metric.is_yes_or_no(self.experiment.unit);
        let samples: Vec<Sample> = sums.iter().map(|sums| sample(sums, is_rate)).collect();
        let best = self.best(goal, sums, is_rate);
        let control = samples[0];
        let of = |(place, sample): (usize, &Sample)| {
            let compared = |interval: Option<Interval>, value: f64| {
                interval.filter(|_| place > 0).map(|interval| estimate(value, interval))
            };
            let difference = self.sequence.difference(&control, sample);
            let percent = |Interval { low, high }: Interval| Interval { low: low * 100.0, high: high * 100.0 };
            let lift = self.sequence.lift(&control, sample).map(percent);
            VariantResult {
                variant: self.experiment.variants[place].name.clone(),
                units: sample.count,
                mean: self.sequence.mean(sample).map(|interval| estimate(sample.mean, within(interval, goal.metric))),
                difference: compared(difference, sample.mean - control.mean),
                lift_percent: compared(lift, (sample.mean / control.mean - 1.0) * 100.0),
                best_percent: best.as_ref().map(|best| round4(best[place] * 100.0)),
                verdict: if place == 0 {
                    Verdict::Control
                } else {
                    verdict(goal.direction, &control, sample, difference)
                },
            }
        };
        samples.iter().enumerate().map(of).collect()
    }

    /// `None` while some variant has no more than one unit.
    fn best(&self, goal: Goal, sums: &[Moments], is_rate: bool) -> Option<Vec<f64>> {
        let posterior = |sums: &Moments| {
            if is_rate {
                return Some(Posterior::of_rate(sums.count, hits(sums)));
            }
            let deviation = (sums.variance() / sums.count as f64).sqrt();
            (sums.count > 1).then(|| Posterior::Normal { mean: sums.mean(), deviation })
        };
        let posteriors: Vec<Posterior> = sums.iter().map(posterior).collect::<Option<_>>()?;
        Some(best(&posteriors, goal.direction == Direction::Higher))
    }

    fn sample_ratio(&self, cells: &[Cell]) -> SampleRatio {
        let variants = &self.experiment.variants;
        let mut counts = vec![0; variants.len()];
        cells.iter().for_each(|cell| counts[cell.of.variant] += cell.units);
        let total: f64 = variants.iter().map(|variant| f64::from(variant.weight)).sum();
        let shares: Vec<f64> = variants.iter().map(|variant| f64::from(variant.weight) / total).collect();
        let p_value = ratio_p_value(&counts, &shares);
        let of = |((variant, units), share): ((&super::Variant, u64), f64)| VariantUnits {
            variant: variant.name.clone(),
            units,
            expected_percent: round4(share * 100.0),
        };
        let variants = variants.iter().zip(counts).zip(shares).map(of).collect();
        SampleRatio { p_value, is_well: p_value >= RATIO_P_VALUE_MIN, variants }
    }

    fn over_time(&self, cells: &[Cell]) -> Vec<DayResult> {
        let goal = self.experiment.primary;
        let days: BTreeSet<Day> = cells.iter().map(|cell| cell.of.day).collect();
        let mut sums = self.sums(goal.metric, std::iter::empty());
        let of = |date: Day| {
            let added = self.sums(goal.metric, cells.iter().filter(|cell| cell.of.day == date));
            sums.iter_mut().zip(&added).for_each(|(sums, added)| sums.merge(added));
            DayResult { date, variants: self.variants(goal, &sums) }
        };
        days.into_iter().map(of).collect()
    }

    /// Those with the most units first; of many, the rest together at the end.
    fn slices(&self, cells: &[Cell], by: By) -> Vec<Slice> {
        let mut of_values = BTreeMap::<Option<&str>, (u64, Vec<&Cell>)>::new();
        for cell in cells {
            let (units, of_value) = of_values.entry(by.of(cell)).or_default();
            *units += cell.units;
            of_value.push(cell);
        }
        let mut sorted: Vec<_> = of_values.into_iter().collect();
        sorted.sort_by_key(|(_, (units, _))| std::cmp::Reverse(*units));
        if sorted.len() > EXPERIMENT_LANGUAGES_MAX {
            let rest = sorted.split_off(EXPERIMENT_LANGUAGES_MAX);
            let units = rest.iter().map(|(_, (units, _))| units).sum();
            let cells = rest.into_iter().flat_map(|(_, (_, cells))| cells).collect();
            sorted.push((Some(OTHER), (units, cells)));
        }
        let goal = self.experiment.primary;
        let slice = |(value, (units, cells)): (Option<&str>, (u64, Vec<&Cell>))| Slice {
            value: value.map(str::to_owned),
            units,
            variants: self.variants(goal, &self.sums(goal.metric, cells.into_iter())),
        };
        sorted.into_iter().map(slice).collect()
    }
}

fn hits(sums: &Moments) -> u64 {
    u64::try_from(sums.sum / u128::from(MILLION)).unwrap_or(u64::MAX)
}

fn sample(sums: &Moments, is_rate: bool) -> Sample {
    match is_rate {
        true => Sample::of_rate(sums.count, hits(sums)),
        false => Sample { count: sums.count, mean: sums.mean(), variance: sums.variance() },
    }
}

/// What cannot be, an interval need not hold.
fn within(interval: Interval, metric: Metric) -> Interval {
    let is_share = !matches!(metric, Metric::MessagesPerSession | Metric::ResponseTimeMs | Metric::CostUsd);
    Interval { low: interval.low.max(0.0), high: if is_share { interval.high.min(1.0) } else { interval.high } }
}

fn estimate(value: f64, Interval { low, high }: Interval) -> Estimate {
    Estimate { value, low, high }
}

/// Few units say nothing for sure: that the intervals hold is true of many.
fn verdict(direction: Direction, control: &Sample, other: &Sample, difference: Option<Interval>) -> Verdict {
    let sure = difference.filter(|difference| difference.excludes_zero());
    match sure.filter(|_| control.count.min(other.count) >= FEW_UNITS) {
        None => Verdict::Open,
        Some(difference) if (difference.low > 0.0) == (direction == Direction::Higher) => Verdict::Better,
        Some(_) => Verdict::Worse,
    }
}

fn warnings(units: u64, planned_units: Option<u64>, ratio: &SampleRatio, figures: &TrialFigures) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, text| warnings.push(Warning { code, text });
    if !ratio.is_well {
        let text = format!(
            "units are not spread over variants as the weights say (p = {:.1e}): something is broken, and no figure is to be believed",
            ratio.p_value
        );
        warn(WarningCode::SampleRatio, text);
    }
    let is_drawn = |of: &&VariantUnits| of.expected_percent > 0.0;
    if let Some(fewest) =
        ratio.variants.iter().filter(is_drawn).map(|of| of.units).min().filter(|fewest| *fewest < FEW_UNITS)
    {
        let text = format!("a variant has {fewest} units: below {FEW_UNITS} no difference is claimed");
        warn(WarningCode::FewUnits, text);
    }
    if let Some(planned) = planned_units.filter(|planned| units < *planned) {
        let text = format!("{units} of {planned} planned units: a lift that is there may not be found yet");
        warn(WarningCode::BelowPlan, text);
    }
    if let Some(cut_at_ms) = figures.cut_at_ms {
        let text = format!(
            "there are more than {EXPERIMENT_SESSIONS_MAX} sessions: those that began before {} are counted",
            rfc3339(cut_at_ms)
        );
        warn(WarningCode::Cut, text);
    }
    warnings
}
