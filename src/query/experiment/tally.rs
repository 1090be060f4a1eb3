//! From sessions and exposures to cells.
//!
//! A unit takes part from its first exposure while the experiment ran. If it is a session, all of the session counts. If it is
//! a user, so do all of the user's sessions that began while the experiment ran and were not over before the first exposure. What
//! such a session did before the exposure counts too: chance has drawn the variant, so that it favours none.

use std::collections::{BTreeMap, HashMap};

use ahash::RandomState;
use xxhash_rust::xxh3::xxh3_64;

use super::{Cell, CellOf, Counts, MILLION, Metric, Moments, Outcomes, Trial, TrialFigures};
use crate::engine::TokenPrice;
use crate::limits::RESOLVED_WITHIN_MS;
use crate::model::{DayRange, Exposed, Outcome, Session, Unit, User, Zone};

/// The days whose sessions have to be read, the first one first, up to today.
pub fn days_read(trial: &Trial, zone: Zone, now_ms: i64) -> DayRange {
    let last_ms = trial.until_ms.map_or(now_ms, |until_ms| now_ms.min(until_ms + 2 * RESOLVED_WITHIN_MS));
    let first = zone.day(trial.from_ms);
    DayRange::new(first, zone.day(last_ms).max(first))
}

/// Counts, session by session.
pub struct Tally<'a> {
    trial: &'a Trial,
    zone: Zone,
    price: TokenPrice,
    now_ms: i64,
    units: Vec<UnitSums>,
    /// Places in `units`.
    of_users: HashMap<Box<str>, usize, RandomState>,
    /// Of users who are known by name.
    visits: Vec<Visit>,
    names: Names,
}

/// Devices and languages, each of which many units have: held once.
#[derive(Default)]
struct Names {
    all: Vec<Box<str>>,
    places: HashMap<Box<str>, u32, RandomState>,
}

impl Names {
    fn place(&mut self, name: Option<&str>) -> Option<u32> {
        let name = name?;
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        let place = self.all.len() as u32;
        self.all.push(name.into());
        self.places.insert(name.into(), place);
        Some(place)
    }

    fn name(&self, place: Option<u32>) -> Option<Box<str>> {
        place.map(|place| self.all[place as usize].clone())
    }
}

struct UnitSums {
    variant: u32,
    /// Of the first exposure, as the device and the language are.
    at_ms: i64,
    device: Option<u32>,
    language: Option<u32>,
    outcomes: Outcomes,
    has_lead: bool,
    /// Sessions of which it is known whether they were resolved for good, and those that were.
    settled: u64,
    resolved: u64,
}

/// A session of someone who may come again.
struct Visit {
    /// Hash of the user's name.
    user: u64,
    first_ms: i64,
    last_ms: i64,
    /// Place in `units` where it has to be settled, and whether all was well in it.
    settles: Option<(usize, bool)>,
}

impl<'a> Tally<'a> {
    /// Prices tokens of exchanges that do not say what they cost; `now_ms` decides whether seven days are over.
    pub fn of(trial: &'a Trial, zone: Zone, price: TokenPrice, now_ms: i64) -> Self {
        let of_users = HashMap::default();
        Self { trial, zone, price, now_ms, units: Vec::new(), of_users, visits: Vec::new(), names: Names::default() }
    }

    /// The unit that a session counts for.
    fn place_of(&mut self, session: &Session) -> Option<usize> {
        if !self.trial.is_within(session.first_ms) {
            return None;
        }
        match self.trial.unit {
            Unit::Session => {
                let unit = self.unit_of(&session.exposures)?;
                self.units.push(unit);
                Some(self.units.len() - 1)
            }
            Unit::User => {
                let place = *self.of_users.get(&session.user.as_ref()?.value)?;
                (session.last_ms >= self.units[place].at_ms).then_some(place)
            }
        }
    }

    fn unit_of(&mut self, exposures: &[Exposed]) -> Option<UnitSums> {
        let (variant, exposed) = self.trial.shown(exposures)?;
        Some(UnitSums {
            variant: variant as u32,
            at_ms: exposed.at.0,
            device: self.names.place(exposed.device.as_deref()),
            language: self.names.place(exposed.language.as_deref()),
            outcomes: Outcomes::default(),
            has_lead: false,
            settled: 0,
            resolved: 0,
        })
    }

    /// A session without an exchange resolves nothing and is no coming back.
    fn visit(&mut self, session: &Session, place: Option<usize>) {
        if session.exchanges == 0 {
            return;
        }
        let Outcome { understood, misunderstood, dissatisfied, .. } = session.outcome;
        let is_well = understood > 0 && misunderstood == 0 && dissatisfied == 0;
        let seen_until_ms = self.trial.until_ms.map_or(i64::MAX, |until_ms| until_ms + RESOLVED_WITHIN_MS);
        let is_over = session.last_ms + RESOLVED_WITHIN_MS <= self.now_ms && session.last_ms <= seen_until_ms;
        let settles = place.filter(|_| is_over).map(|place| (place, is_well));
        match &session.user {
            Some(user) => self.visits.push(Visit {
                user: xxh3_64(user.value.as_bytes()),
                first_ms: session.first_ms,
                last_ms: session.last_ms,
                settles,
            }),
            // Of those who are not known by name no one sees them come back.
            None => settles.into_iter().for_each(|(place, is_well)| self.units[place].settle(is_well)),
        }
    }

    /// What there is, once all sessions have been counted.
    pub fn figures(mut self, cut_at_ms: Option<i64>) -> TrialFigures {
        self.settle();
        let mut cells = BTreeMap::<CellOf, (u64, [Moments; Metric::ALL.len()])>::new();
        let units = self.units.iter().filter(|unit| cut_at_ms.is_none_or(|cut_at_ms| unit.at_ms < cut_at_ms));
        for unit in units {
            let of = CellOf {
                variant: unit.variant as usize,
                day: self.zone.day(unit.at_ms),
                device: self.names.name(unit.device),
                language: self.names.name(unit.language),
            };
            let (count, moments) = cells.entry(of).or_default();
            *count += 1;
            for (metric, moments) in Metric::ALL.iter().zip(moments) {
                if let Some(value) = unit.value(*metric) {
                    moments.add(value);
                }
            }
        }
        let cells = cells.into_iter().map(|(of, (units, moments))| Cell { of, units, moments });
        TrialFigures { cells: cells.collect(), cut_at_ms }
    }

    /// Looks for those who came back.
    fn settle(&mut self) {
        let Self { units, visits, .. } = self;
        visits.sort_unstable_by_key(|visit| (visit.user, visit.first_ms, visit.last_ms));
        for of_user in visits.chunk_by(|one, other| one.user == other.user) {
            for visit in of_user {
                let Some((place, is_well)) = visit.settles else { continue };
                let next = of_user.partition_point(|other| other.first_ms <= visit.last_ms);
                let comes_back =
                    of_user.get(next).is_some_and(|other| other.first_ms <= visit.last_ms + RESOLVED_WITHIN_MS);
                units[place].settle(is_well && !comes_back);
            }
        }
    }
}

impl Counts for Tally<'_> {
    fn add_user(&mut self, user: &User) {
        if let Some(unit) = self.unit_of(&user.exposures) {
            self.of_users.insert(user.name.clone(), self.units.len());
            self.units.push(unit);
        }
    }

    fn add_session(&mut self, session: &Session) {
        let place = self.place_of(session);
        if let Some(place) = place {
            let price = self.price;
            let unit = &mut self.units[place];
            unit.outcomes.add(session, price);
            unit.has_lead |= session.has_lead();
        }
        self.visit(session, place);
    }
}

impl UnitSums {
    fn settle(&mut self, is_resolved: bool) {
        self.settled += 1;
        self.resolved += u64::from(is_resolved);
    }

    /// In millionths, rounded to the nearest; `None` where there is nothing to be measured.
    fn value(&self, metric: Metric) -> Option<u64> {
        let of = &self.outcomes;
        match metric {
            Metric::LeadRate => Some(u64::from(self.has_lead) * MILLION),
            Metric::Satisfaction => ratio(of.satisfied, of.satisfied + of.dissatisfied),
            Metric::Understood => ratio(of.understood, of.understood + of.misunderstood),
            Metric::Resolved => ratio(self.resolved, self.settled),
            Metric::MessagesPerSession => ratio(of.messages, of.sessions),
            Metric::ResponseTimeMs => ratio(of.response_ms, of.timed),
            Metric::CostUsd => Some(u64::try_from((of.cost_nanos + 500) / 1_000).unwrap_or(u64::MAX)),
        }
    }
}

/// In millionths, rounded to the nearest; `None` where there is nothing to divide by.
fn ratio(part: u64, whole: u64) -> Option<u64> {
    let whole = u128::from(whole);
    let millionths = (u128::from(part) * u128::from(MILLION) + whole / 2).checked_div(whole)?;
    Some(u64::try_from(millionths).unwrap_or(u64::MAX))
}
