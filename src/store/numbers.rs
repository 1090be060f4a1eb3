//! A set of numbers: one bit for each session there is, so that as many as the file holds can be told apart.

use crate::error::{Error, Result};
use crate::model::Number;

pub struct Numbers {
    words: Vec<u64>,
    /// One more than the greatest number there is.
    end: Number,
}

impl Numbers {
    /// An empty set of numbers before `end`.
    pub fn before(end: Number) -> Self {
        Self { words: Vec::new(), end }
    }

    /// Whether it was not there yet.
    ///
    /// # Errors
    /// `Corrupt` for a number that no session has.
    pub fn insert(&mut self, number: Number) -> Result<bool> {
        if number >= self.end {
            return Err(Error::corrupt("traces", number, "there is no session of this number"));
        }
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        Ok(is_new)
    }

    pub fn contains(&self, number: Number) -> bool {
        self.words.get((number / 64) as usize).is_some_and(|word| word & 1 << (number % 64) != 0)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Number> {
        let of_word = |(place, word): (u64, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word & 1 << bit != 0).map(move |bit| place * 64 + bit)
        };
        (0..).zip(&self.words).flat_map(of_word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_new_once_and_one_that_no_session_has_is_damage() {
        let mut numbers = Numbers::before(1_000);
        let added = [999, 0, 64, 63, 0, 999].map(|number| numbers.insert(number).unwrap());
        assert_eq!(added, [true, true, true, true, false, false]);
        assert_eq!(numbers.iter().collect::<Vec<_>>(), [0, 63, 64, 999]);
        assert!(numbers.contains(64) && !numbers.contains(65) && !numbers.contains(u64::MAX));
        assert!(numbers.insert(1_000).is_err());
    }
}
