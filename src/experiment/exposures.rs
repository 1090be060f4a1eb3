//! What a visitor is shown, and that it was shown.

use std::collections::HashSet;

use ahash::RandomState;
use parking_lot::Mutex;

use super::{Experiment, Experiments, State, Variant, assign};
use crate::limits::EXPOSURES_KNOWN_MAX;
use crate::model::{ANONYMOUS, Event, Exposure, Kind, Unit};

/// Who is to be shown something.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    pub bot: &'a str,
    pub session_id: Option<&'a str>,
    pub user_id: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub language: Option<&'a str>,
    /// Epoch ms.
    pub now_ms: i64,
}

impl<'a> Who<'a> {
    /// What a unit is known by; no one is the anonymous user.
    fn id(&self, unit: Unit) -> Option<&'a str> {
        match unit {
            Unit::Session => self.session_id,
            Unit::User => self.user_id.filter(|user| *user != ANONYMOUS),
        }
    }
}

/// A variant that is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub experiment: String,
    pub variant: Variant,
    /// What says that it was shown; none where it is not part of a running experiment.
    pub exposure: Option<Event>,
}

/// The variant of an experiment for someone. While it runs, by chance, and for those who take part; once it was stopped for
/// a winner, that for all; otherwise none: the bot is as it is without it.
pub fn shown(name: &str, experiment: &Experiment, who: &Who<'_>) -> Option<Shown> {
    let shown = |variant: &Variant, exposure| Shown { experiment: name.to_owned(), variant: variant.clone(), exposure };
    match experiment.state {
        State::Draft | State::Paused => None,
        State::Stopped => experiment.winner().map(|winner| shown(winner, None)),
        State::Running => {
            let id = who.id(experiment.unit)?;
            let variant = &experiment.variants[assign(experiment, id)?];
            Some(shown(variant, Some(exposure(name, experiment, variant, id, who))))
        }
    }
}

impl Experiments {
    /// The variants of all experiments for someone: of those that run, by their names; then those that have won, the latest first.
    pub fn shown_to(&self, who: &Who<'_>) -> Vec<Shown> {
        // Most have none, and look for none.
        if self.all.is_empty() {
            return Vec::new();
        }
        let mut all: Vec<_> = self.of_bot(who.bot).collect();
        all.sort_by_key(|(_, experiment)| experiment.stopped_ms.map(std::cmp::Reverse));
        all.into_iter().filter_map(|(name, experiment)| shown(name, experiment, who)).collect()
    }
}

/// The same unit's exposures have one id: told twice in a day, they are stored once.
fn exposure(name: &str, experiment: &Experiment, variant: &Variant, id: &str, who: &Who<'_>) -> Event {
    let mut hasher = blake3::Hasher::new();
    hasher.update(experiment.salt.as_bytes()).update(experiment.unit.name().as_bytes()).update(id.as_bytes());
    let hash = hasher.finalize().to_hex();
    let exposure = Exposure {
        experiment: name.into(),
        variant: variant.name.as_str().into(),
        unit: experiment.unit,
        device_type: who.device_type.map(Into::into),
        language: who.language.map(Into::into),
    };
    Event {
        bot: who.bot.into(),
        id: Some(format!("exposure-{}", &hash[..32]).into()),
        timestamp_ms: who.now_ms,
        session_id: who.session_id.map(Into::into),
        user_id: who.user_id.filter(|user| *user != ANONYMOUS).map(Into::into),
        kind: Kind::Exposure(Box::new(exposure)),
    }
}

/// Exposures that are known to be stored, the latest ones: they need not be told of again. One that was forgotten is told of
/// again, which counts for nothing.
#[derive(Default)]
pub struct KnownExposures(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    latest: HashSet<Box<str>, RandomState>,
    before: HashSet<Box<str>, RandomState>,
}

impl KnownExposures {
    /// Whether it has to be told of.
    pub fn is_new(&self, exposure: &Event) -> bool {
        let Some(id) = &exposure.id else { return true };
        let generations = self.0.lock();
        !generations.latest.contains(id) && !generations.before.contains(id)
    }

    /// After it was stored.
    pub fn add(&self, id: Box<str>) {
        let mut generations = self.0.lock();
        if generations.latest.len() >= EXPOSURES_KNOWN_MAX {
            generations.before = std::mem::take(&mut generations.latest);
        }
        generations.latest.insert(id);
    }
}
