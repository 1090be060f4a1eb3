//! The oracle's experiments: every unit on its own, from all that it ever did.

use std::collections::{BTreeMap, BTreeSet};

use novahouse::engine::*;
use novahouse::error::{Error, Result};
use novahouse::model::{Day, Event, Exposure, Kind, Unit};
use novahouse::query::experiment::{Cell, CellOf, Metric, VariantSums};

use super::oracle::{Oracle, succeeded};
use super::oracle_log::{Placed, Seen, Told, session_id};

const WEEK_MS: i64 = 7 * 86_400_000;

/// The first exposure among the events of a unit.
fn first<'a>(
    events: impl Iterator<Item = &'a Placed>,
    unit: Unit,
    experiment: &str,
) -> Option<(&'a Event, &'a Exposure)> {
    let mut exposures: Vec<(i64, u64, &Event, &Exposure)> = Vec::new();
    for (seq, event) in events {
        if let Kind::Exposure(exposure) = &event.kind
            && exposure.unit == unit
            && &*exposure.experiment == experiment
        {
            exposures.push((event.timestamp_ms, *seq, event, exposure));
        }
    }
    exposures.sort_by_key(|(at_ms, seq, ..)| (*at_ms, *seq));
    exposures.first().map(|(_, _, event, exposure)| (*event, *exposure))
}

impl Seen {
    fn began_ms(&self) -> i64 {
        self.events[0].1.timestamp_ms
    }

    fn ended_ms(&self) -> i64 {
        self.events.last().unwrap().1.timestamp_ms
    }

    fn user(&self) -> Option<&str> {
        self.first(|event| event.user_id.as_deref())
    }

    fn exchanges(&self) -> impl Iterator<Item = &novahouse::model::Message> {
        self.events.iter().filter_map(|(_, event)| event.kind.message())
    }

    fn voices(&self) -> Vec<bool> {
        let voice = |event: &Event| match &event.kind {
            Kind::Feedback(feedback) => feedback.user_satisfied.or(feedback.rating.map(|rating| rating > 3)),
            kind => kind.message()?.user_satisfied,
        };
        self.events.iter().filter_map(|(_, event)| voice(event)).collect()
    }

    fn is_well(&self) -> bool {
        let understood: Vec<bool> = self.exchanges().filter_map(succeeded).collect();
        !understood.is_empty()
            && understood.iter().all(|understood| *understood)
            && self.voices().iter().all(|voice| *voice)
    }
}

/// The mean of values in millionths, to the nearest.
fn mean(values: &[u128]) -> Option<u64> {
    let count = values.len() as u128;
    (count > 0).then(|| ((values.iter().sum::<u128>() * 1_000_000 + count / 2) / count) as u64)
}

fn share(of: &[bool]) -> Option<u64> {
    mean(&of.iter().map(|hit| u128::from(*hit)).collect::<Vec<_>>())
}

/// The first exposure of a unit, and the sessions that count for it.
type Exposed<'t> = ((&'t Event, &'t Exposure), Vec<&'t Seen>);

fn is_inside(trial: &Trial, at_ms: i64) -> bool {
    at_ms >= trial.from_ms && trial.until_ms.is_none_or(|until_ms| at_ms < until_ms)
}

/// The place of the variant that a unit was shown.
fn variant_of(trial: &Trial, (event, exposure): (&Event, &Exposure)) -> Option<usize> {
    let variant = trial.variants.iter().position(|variant| **variant == *exposure.variant);
    variant.filter(|_| is_inside(trial, event.timestamp_ms))
}

/// All units that were shown something of an experiment.
fn units<'t>(told: &'t Told, trial: &Trial, today: Day) -> Vec<Exposed<'t>> {
    let began = told.sessions.values().filter(|seen| is_inside(trial, seen.began_ms()) && seen.began <= today);
    let began: Vec<&Seen> = began.collect();
    let mut units: Vec<Exposed> = Vec::new();
    match trial.unit {
        Unit::Session => {
            for seen in began {
                units.extend(first(seen.events.iter(), trial.unit, &trial.experiment).map(|found| (found, vec![seen])));
            }
        }
        Unit::User => {
            let mut of_users = BTreeMap::<&str, Vec<&Placed>>::new();
            for placed in told.days.values().flatten() {
                if let Some(user) = placed.1.user_id.as_deref() {
                    of_users.entry(user).or_default().push(placed);
                }
            }
            for (user, events) in of_users {
                let Some(found) = first(events.into_iter(), trial.unit, &trial.experiment) else { continue };
                let of_user = began.iter().filter(|seen| seen.user() == Some(user));
                let of_user = of_user.filter(|seen| seen.ended_ms() >= found.0.timestamp_ms).copied().collect();
                units.push((found, of_user));
            }
        }
    }
    units
}

impl Oracle {
    pub(super) fn trial_cells(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        let told = self.told(bot)?;
        if self.zone.day(trial.from_ms).0 < told.sessions_since {
            return Err(Error::Invalid("some sessions have gone".into()));
        }
        let today = self.zone.day(self.clock.now_ms());
        let mut cells = BTreeMap::<CellOf, Cell>::new();
        for ((event, exposure), sessions) in units(&told, trial, today) {
            let Some(variant) = variant_of(trial, (event, exposure)) else { continue };
            let of = CellOf {
                variant,
                day: self.day(event),
                device: exposure.device_type.clone(),
                language: exposure.language.clone(),
            };
            let empty = || Cell { of: of.clone(), units: 0, moments: Default::default() };
            let cell = cells.entry(of.clone()).or_insert_with(empty);
            cell.units += 1;
            for (metric, moments) in Metric::ALL.into_iter().zip(&mut cell.moments) {
                if let Some(value) = self.value(metric, &sessions, &told, trial) {
                    moments.count += 1;
                    moments.sum += u128::from(value);
                    moments.squares += u128::from(value).pow(2);
                }
            }
        }
        Ok(TrialFigures { cells: cells.into_values().collect(), cut_at_ms: None })
    }

    pub(super) fn variant_sums(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let ran = |day: &Day| {
            *day >= self.zone.day(trial.from_ms) && trial.until_ms.is_none_or(|until| *day <= self.zone.day(until))
        };
        let known_since = |first: Day| match trial.unit {
            Unit::Session => first,
            Unit::User => first.min(self.zone.day(trial.from_ms)),
        };
        if range.iter().find(ran).is_some_and(|first| known_since(first).0 < told.sessions_since) {
            return Err(Error::Invalid("some sessions have gone".into()));
        }
        let mut variants = vec![VariantSums::default(); trial.variants.len()];
        let mut persons = vec![BTreeSet::new(); trial.variants.len()];
        for (found, sessions) in units(&told, trial, self.zone.day(self.clock.now_ms())) {
            let Some(variant) = variant_of(trial, found) else { continue };
            let (sums, persons) = (&mut variants[variant], &mut persons[variant]);
            for seen in sessions.into_iter().filter(|seen| range.contains(seen.began)) {
                let (voices, understood) = (seen.voices(), seen.exchanges().filter_map(succeeded).collect::<Vec<_>>());
                let hits = |of: &[bool], hit: bool| of.iter().filter(|one| **one == hit).count() as u64;
                let times: Vec<u32> = seen.exchanges().filter_map(|message| message.response_time_ms).collect();
                let exchanges = seen.exchanges().count() as u64;
                sums.outcomes.sessions += 1;
                sums.with_exchange += u64::from(exchanges > 0);
                sums.exchanges += exchanges;
                sums.outcomes.messages += seen.message_count();
                sums.duration_ms += seen.duration_ms() as u64;
                sums.leads += seen.leads.len() as u64;
                sums.outcomes.understood += hits(&understood, true);
                sums.outcomes.misunderstood += hits(&understood, false);
                sums.outcomes.satisfied += hits(&voices, true);
                sums.outcomes.dissatisfied += hits(&voices, false);
                sums.outcomes.timed += times.len() as u64;
                sums.outcomes.response_ms += times.iter().map(|time_ms| u64::from(*time_ms)).sum::<u64>();
                sums.outcomes.cost_nanos += seen.exchanges().map(|message| self.cost(message)).sum::<u128>();
                persons.extend(seen.user().filter(|_| exchanges > 0));
            }
            sums.users = persons.len() as u64;
        }
        Ok(VariantFigures { variants, cut_at_ms: None })
    }

    /// Of a unit, in millionths.
    fn value(&self, metric: Metric, sessions: &[&Seen], told: &Told, trial: &Trial) -> Option<u64> {
        let exchanges = || sessions.iter().flat_map(|seen| seen.exchanges());
        match metric {
            Metric::LeadRate => Some(if sessions.iter().any(|seen| !seen.leads.is_empty()) { 1_000_000 } else { 0 }),
            Metric::Satisfaction => share(&sessions.iter().flat_map(|seen| seen.voices()).collect::<Vec<_>>()),
            Metric::Understood => share(&exchanges().filter_map(succeeded).collect::<Vec<_>>()),
            Metric::MessagesPerSession => {
                mean(&sessions.iter().map(|seen| u128::from(seen.message_count())).collect::<Vec<_>>())
            }
            Metric::ResponseTimeMs => {
                mean(&exchanges().filter_map(|message| message.response_time_ms).map(u128::from).collect::<Vec<_>>())
            }
            Metric::CostUsd => {
                let nanos: u128 = exchanges().map(|message| self.cost(message)).sum();
                Some(((nanos + 500) / 1_000) as u64)
            }
            Metric::Resolved => {
                let now_ms = self.clock.now_ms();
                let is_over = |seen: &&&Seen| {
                    let ended_ms = seen.ended_ms();
                    ended_ms + WEEK_MS <= now_ms && trial.until_ms.is_none_or(|until_ms| ended_ms <= until_ms + WEEK_MS)
                };
                let settled = sessions.iter().filter(|seen| seen.exchanges().count() > 0).filter(is_over);
                let comes_back = |seen: &Seen| {
                    let after = |other: &&Seen| {
                        other.began_ms() > seen.ended_ms() && other.began_ms() <= seen.ended_ms() + WEEK_MS
                    };
                    let others = told.sessions.values().filter(after);
                    seen.user().is_some()
                        && others.filter(|other| other.user() == seen.user()).any(|other| other.exchanges().count() > 0)
                };
                share(&settled.map(|seen| seen.is_well() && !comes_back(seen)).collect::<Vec<_>>())
            }
        }
    }

    pub(super) fn shown_first(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        let told = self.told(bot)?;
        let found = match unit {
            Unit::User => {
                let events = told.days.values().flatten().filter(|(_, event)| event.user_id.as_deref() == Some(id));
                first(events, unit, experiment)
            }
            Unit::Session => {
                // The last one of that id, if it has not ended.
                let named = told.sessions.iter().filter(|(name, _)| session_id(name) == id);
                let last =
                    named.max_by_key(|(_, seen)| seen.number).filter(|(_, seen)| seen.began.0 >= told.takes_since);
                last.and_then(|(_, seen)| first(seen.events.iter(), unit, experiment))
            }
        };
        Ok(found.map(|(_, exposure)| exposure.variant.clone()))
    }
}
