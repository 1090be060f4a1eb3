//! Variants side by side: what the sessions of each add up to, of those that began in a window of days.
//!
//! A session takes part as it does in the result of the experiment: it began while that ran, and it, or its user before it was
//! over, was shown a variant.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;
use xxhash_rust::xxh3::xxh3_64;

use super::{Counts, Outcomes, Trial};
use crate::engine::TokenPrice;
use crate::model::{DayRange, Session, Unit, User, Zone};
use crate::query::answer::{NamedFigure, average, of_some, percent, round4};

/// Figures of a variant.
const FIGURES: usize = 14;

/// Of the sessions of one variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantSums {
    pub outcomes: Outcomes,
    /// Sessions with an exchange.
    pub with_exchange: u64,
    /// Persons in them: of each the first who is named in it.
    pub users: u64,
    pub exchanges: u64,
    pub duration_ms: u64,
    pub leads: u64,
}

/// What is counted of all variants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantFigures {
    /// In the order of the experiment.
    pub variants: Vec<VariantSums>,
    /// Where there are more sessions than may be read: only those that began before count.
    pub cut_at_ms: Option<i64>,
}

impl VariantSums {
    fn add(&mut self, session: &Session, price: TokenPrice) {
        self.outcomes.add(session, price);
        self.with_exchange += u64::from(session.exchanges > 0);
        self.exchanges += session.exchanges;
        self.duration_ms += session.duration_ms();
        // Where there are no lead events, what its messages say of the visitor may be one.
        self.leads += u64::from(session.leads.max(u32::from(session.has_lead())));
    }

    /// By the names that they have in the other answers, and by the same rules.
    pub fn figures(&self) -> [NamedFigure; FIGURES] {
        let of = &self.outcomes;
        let dollars = of.cost_nanos as f64 / 1e9;
        let mean = |sum: f64, count: u64| of_some(average(sum, count), count);
        let share = |part: u64, whole: u64| of_some(percent(part, whole), whole);
        [
            ("total_sessions", Some(of.sessions as f64)),
            ("unique_sessions", Some(self.with_exchange as f64)),
            ("unique_users", Some(self.users as f64)),
            ("total_conversations", Some(self.exchanges as f64)),
            ("total_messages", Some(of.messages as f64)),
            ("messages_per_session", mean(of.messages as f64, of.sessions)),
            ("avg_session_duration_seconds", mean(self.duration_ms as f64 / 1_000.0, of.sessions)),
            ("total_leads", Some(self.leads as f64)),
            ("conversion_rate_percent", share(self.leads, self.with_exchange)),
            ("not_understood_percent", share(of.misunderstood, of.understood + of.misunderstood)),
            ("satisfaction_percent", share(of.satisfied, of.satisfied + of.dissatisfied)),
            ("avg_response_time_ms", mean(of.response_ms as f64, of.timed)),
            ("cost_usd", Some(dollars)),
            ("cost_per_session_usd", of_some(round4(dollars / of.sessions.max(1) as f64), of.sessions)),
        ]
    }
}

/// The days of a window whose sessions have to be read; `None` where the experiment ran on none of them.
pub fn days_compared(trial: &Trial, zone: Zone, window: DayRange) -> Option<DayRange> {
    let first = window.first.max(zone.day(trial.from_ms));
    let last = trial.until_ms.map_or(window.last, |until_ms| window.last.min(zone.day(until_ms)));
    (first <= last).then(|| DayRange::new(first, last))
}

/// Counts, session by session.
pub struct VariantTally<'a> {
    trial: &'a Trial,
    price: TokenPrice,
    /// The place of the variant that a user was shown first, and when that was.
    of_users: HashMap<Box<str>, (usize, i64), RandomState>,
    counted: Vec<Counted>,
}

#[derive(Clone, Default)]
struct Counted {
    sums: VariantSums,
    /// Hashes of the names of those who came.
    users: HashSet<u64, RandomState>,
}

impl<'a> VariantTally<'a> {
    /// Prices tokens of exchanges that do not say what they cost.
    pub fn of(trial: &'a Trial, price: TokenPrice) -> Self {
        let counted = vec![Counted::default(); trial.variants.len()];
        Self { trial, price, of_users: HashMap::default(), counted }
    }

    fn variant_of(&self, session: &Session) -> Option<usize> {
        if !self.trial.is_within(session.first_ms) {
            return None;
        }
        match self.trial.unit {
            Unit::Session => self.trial.shown(&session.exposures).map(|(variant, _)| variant),
            Unit::User => {
                let (variant, at_ms) = *self.of_users.get(&session.user.as_ref()?.value)?;
                (session.last_ms >= at_ms).then_some(variant)
            }
        }
    }

    /// What there is, once all sessions have been counted.
    pub fn figures(self, cut_at_ms: Option<i64>) -> VariantFigures {
        let sums = |Counted { sums, users }| VariantSums { users: users.len() as u64, ..sums };
        VariantFigures { variants: self.counted.into_iter().map(sums).collect(), cut_at_ms }
    }
}

impl Counts for VariantTally<'_> {
    fn add_user(&mut self, user: &User) {
        if let Some((variant, exposed)) = self.trial.shown(&user.exposures) {
            self.of_users.insert(user.name.clone(), (variant, exposed.at.0));
        }
    }

    fn add_session(&mut self, session: &Session) {
        let Some(variant) = self.variant_of(session) else { return };
        let Counted { sums, users } = &mut self.counted[variant];
        sums.add(session, self.price);
        if let Some(user) = session.user.as_ref().filter(|_| session.exchanges > 0) {
            users.insert(xxh3_64(user.value.as_bytes()));
        }
    }
}
