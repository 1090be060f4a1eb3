//! Tallies by name, bounded: the first names of a day get a place of their own, the rest count together.

use serde::{Deserialize, Serialize};

/// A tally per name. A name keeps its place once it has one, also when its tally falls back to zero: so that what was
/// counted under a name (or under the rest) is taken away from the same place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names<T> {
    /// Sorted by name.
    entries: Vec<(Box<str>, T)>,
    /// All names that found no place.
    other: Option<T>,
}

impl<T: Default> Names<T> {
    /// The tally of `name`, or of the rest where `places` are taken.
    pub fn tally(&mut self, name: &str, places: usize) -> &mut T {
        match self.entries.binary_search_by(|entry| (*entry.0).cmp(name)) {
            Ok(at) => &mut self.entries[at].1,
            Err(at) if self.entries.len() < places => {
                self.entries.insert(at, (name.into(), T::default()));
                &mut self.entries[at].1
            }
            Err(_) => self.other.get_or_insert_default(),
        }
    }
}

impl<T> Names<T> {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, tally)| (&**name, tally))
    }

    /// The tally of all names that found no place; there only if there was one.
    pub fn other(&self) -> Option<&T> {
        self.other.as_ref()
    }

    /// Estimated, without what the tallies hold on the heap.
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|(name, _)| name.len() + 16 + size_of::<T>()).sum()
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
        assert_eq!(names.iter().collect::<Vec<_>>(), [("a", &2), ("b", &0)]);
        assert_eq!(names.other(), Some(&2));
    }
}
