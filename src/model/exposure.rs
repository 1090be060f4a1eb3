//! Who saw which variant of an experiment.

use serde::{Deserialize, Serialize};

use super::session::{Moment, text_weight};
use crate::limits::EXPERIMENTS_PER_UNIT_MAX;

/// What an experiment draws a variant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    #[default]
    Session,
    User,
}

impl Unit {
    pub const ALL: [Self; 2] = [Self::Session, Self::User];

    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::User => "user",
        }
    }
}

/// The session or the user of the event was shown a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    pub experiment: Box<str>,
    pub variant: Box<str>,
    pub unit: Unit,
    /// `mobile`, `desktop` or `tablet`.
    pub device_type: Option<Box<str>>,
    /// The primary subtag of a language tag, in lower case.
    pub language: Option<Box<str>>,
}

/// The first time that a session, or a user, was shown a variant of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    pub at: Moment,
    pub experiment: Box<str>,
    pub variant: Box<str>,
    pub device: Option<Box<str>>,
    pub language: Option<Box<str>>,
}

impl Exposed {
    /// Estimated bytes in memory.
    pub fn weight(&self) -> usize {
        let Self { at: _, experiment, variant, device, language } = self;
        let maybe = [device, language].into_iter().flatten().map(|text| text_weight(text)).sum::<usize>();
        size_of::<Self>() + text_weight(experiment) + text_weight(variant) + maybe
    }
}

/// Keeps the first exposure to each experiment, in order of their names; of too many the earliest, so that the order in
/// which they are told of does not matter.
pub fn keep_first_exposure(kept: &mut Vec<Exposed>, at: Moment, exposure: &Exposure) {
    let Exposure { experiment, variant, unit: _, device_type, language } = exposure;
    let place = kept.binary_search_by(|known| known.experiment.cmp(experiment));
    if place.is_ok_and(|place| kept[place].at <= at) {
        return;
    }
    let first = Exposed {
        at,
        experiment: experiment.clone(),
        variant: variant.clone(),
        device: device_type.clone(),
        language: language.clone(),
    };
    match place {
        Ok(place) => kept[place] = first,
        Err(place) => kept.insert(place, first),
    }
    if kept.len() > EXPERIMENTS_PER_UNIT_MAX {
        let latest = (0..kept.len()).max_by_key(|place| kept[*place].at).expect("there are some");
        kept.remove(latest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposure(experiment: usize, variant: &str) -> Exposure {
        Exposure { experiment: format!("{experiment:03}").into(), variant: variant.into(), ..Exposure::default() }
    }

    #[test]
    fn the_first_exposure_counts_in_whatever_order_they_are_told_of() {
        let told = [(9, "b"), (4, "a"), (7, "b")];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut kept = Vec::new();
            for place in order {
                let (at_ms, variant) = told[place];
                keep_first_exposure(&mut kept, (at_ms, place as u64), &exposure(1, variant));
            }
            assert_eq!((kept.len(), kept[0].at, &*kept[0].variant), (1, (4, 1), "a"));
        }
    }

    #[test]
    fn of_too_many_experiments_the_earliest_are_kept_in_whatever_order_they_are_told_of() {
        let count = EXPERIMENTS_PER_UNIT_MAX + 5;
        let mut told: Vec<(i64, usize)> = (0..count).map(|number| ((number * 7 % count) as i64, number)).collect();
        // One that was dropped turns out to have been there first.
        told.push((-1, told.iter().max().unwrap().1));
        let keep = |told: &[(i64, usize)]| {
            let mut kept = Vec::new();
            for (at_ms, number) in told {
                keep_first_exposure(&mut kept, (*at_ms, *number as u64), &exposure(*number, "a"));
            }
            kept
        };
        let forwards = keep(&told);
        told.reverse();
        assert_eq!(keep(&told), forwards);
        assert_eq!(forwards.len(), EXPERIMENTS_PER_UNIT_MAX);
        assert_eq!(forwards.iter().map(|exposed| exposed.at.0).min(), Some(-1));
    }
}
