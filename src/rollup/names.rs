//! Tallies by name, bounded: the first names of a day get a place of their own, the rest count together.

use std::sync::LazyLock;

use ahash::RandomState;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

/// Up to so many names are looked through one by one.
const LOOKED_THROUGH_MAX: usize = 8;

/// A tally per name. A name keeps its place once it has one, also when its tally falls back to zero: so that what was
/// counted under a name (or under the rest) is taken away from the same place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Names<T> {
    /// In order of first appearance.
    entries: Vec<(Box<str>, T)>,
    /// All names that found no place.
    other: Option<T>,
    /// Places in `entries` by the name's hash; made when it is first needed.
    #[serde(skip)]
    places: HashTable<u32>,
}

impl<T: PartialEq> PartialEq for Names<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries && self.other == other.other
    }
}

impl<T: Eq> Eq for Names<T> {}

impl<T: Default> Names<T> {
    /// The tally of `name`, or of the rest where all `places_max` are taken.
    pub fn tally(&mut self, name: &str, places_max: usize) -> &mut T {
        let place = match self.place(name) {
            Some(place) => place,
            None if self.entries.len() < places_max => self.admit(name),
            None => return self.other.get_or_insert_default(),
        };
        &mut self.entries[place].1
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if self.entries.len() <= LOOKED_THROUGH_MAX {
            return self.entries.iter().position(|entry| *entry.0 == *name);
        }
        let Self { entries, places, .. } = self;
        for place in places.len()..entries.len() {
            index(places, entries, place);
        }
        let found = places.find(hash(name), |place| *entries[*place as usize].0 == *name);
        found.map(|place| *place as usize)
    }

    fn admit(&mut self, name: &str) -> usize {
        let place = self.entries.len();
        self.entries.push((name.into(), T::default()));
        place
    }
}

fn index<T>(places: &mut HashTable<u32>, entries: &[(Box<str>, T)], place: usize) {
    let hash_of = |place: &u32| hash(&entries[*place as usize].0);
    places.insert_unique(hash(&entries[place].0), place as u32, hash_of);
}

/// Keyed anew by every process, so that no one can choose names that meet.
fn hash(name: &str) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one(name)
}

impl<T> Names<T> {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, tally)| (&**name, tally))
    }

    /// The same tallies under other names.
    pub fn renamed(self, name: impl Fn(&str) -> Box<str>) -> Self {
        let entries = self.entries.into_iter().map(|(old, tally)| (name(&old), tally)).collect();
        Self { entries, other: self.other, places: HashTable::new() }
    }

    /// The tally of all names that found no place; there only if there was one.
    pub fn other(&self) -> Option<&T> {
        self.other.as_ref()
    }

    /// Estimated, without what the tallies hold on the heap.
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|(name, _)| name.len() + 24 + size_of::<T>()).sum()
    }
}

impl Names<u64> {
    /// What they say, whatever was counted under them meanwhile: in order, without those that are back at zero. Where names
    /// found no place, which of them did depends on it too: then only the sum of all is certain.
    pub fn settled(self) -> Self {
        let Self { mut entries, other, .. } = self;
        match other.filter(|other| *other > 0) {
            Some(other) => {
                let sum = entries.iter().map(|(_, tally)| tally).sum::<u64>() + other;
                Self { entries: Vec::new(), other: Some(sum), places: HashTable::new() }
            }
            None => {
                entries.retain(|(_, tally)| *tally > 0);
                entries.sort_unstable();
                Self { entries, other: None, places: HashTable::new() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_places_count_together_and_come_off_there_again() {
        let mut names = Names::<u64>::default();
        for name in ["b", "a", "c", "a"] {
            *names.tally(name, 2) += 1;
        }
        *names.tally("b", 2) -= 1;
        *names.tally("c", 2) += 1;
        assert_eq!(names.iter().collect::<Vec<_>>(), [("b", &0), ("a", &2)]);
        assert_eq!(names.other(), Some(&2));
    }

    #[test]
    fn many_names_are_told_apart_also_after_a_pause() {
        let mut names = Names::<u64>::default();
        let count = |names: &mut Names<u64>| (0..1_000).for_each(|name| *names.tally(&format!("n{name}"), 900) += 1);
        count(&mut names);
        let bytes = bincode::serde::encode_to_vec(&names, bincode::config::standard()).unwrap();
        let (mut read, _): (Names<u64>, _) =
            bincode::serde::decode_from_slice(&bytes, bincode::config::standard()).unwrap();
        assert_eq!(read, names);
        count(&mut read);
        assert!(read.iter().all(|(_, count)| *count == 2));
        assert_eq!((read.iter().count(), read.other()), (900, Some(&200)));
    }
}
