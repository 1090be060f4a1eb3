//! From text to stems that survive missing diacritics and inflection, and a vocabulary that finds a stem in spite of a
//! typing error.

use std::collections::HashMap;

use ahash::RandomState;

/// Letters of a long word that count; Polish and English inflect at the end.
const STEM_LETTERS: usize = 5;
/// Nothing is taken away from words that would become shorter.
const STEM_LETTERS_MIN: usize = 3;
/// Shorter words have neighbours that are words of their own, so that an error is not corrected.
const CORRECTED_LETTERS_MIN: usize = 5;
/// Words of a message that are read.
pub const WORDS_MAX: usize = 200;

/// Lower case without diacritics; what is neither letter nor digit parts words.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let letters = text.chars().flat_map(char::to_lowercase);
    // A combining mark, as some keyboards send it, is dropped with what it would add.
    let folded: String = letters.filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).map(plain).collect();
    let words: Vec<String> = folded.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect();
    words.into_iter().filter(|word| !word.is_empty()).take(WORDS_MAX)
}

/// A letter without its diacritic, for the languages of the region.
fn plain(letter: char) -> char {
    match letter {
        'ą' | 'á' | 'ä' | 'â' => 'a',
        'ć' | 'č' | 'ç' => 'c',
        'ę' | 'é' | 'ě' | 'è' => 'e',
        'ł' => 'l',
        'ń' | 'ň' => 'n',
        'ó' | 'ö' | 'ô' => 'o',
        'ś' | 'š' => 's',
        'ü' | 'ú' | 'ů' => 'u',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// What of a word stays when it is inflected: without the plural's s, the first letters
/// of a long word, a short one without its last vowel.
pub fn stem(word: &str) -> &str {
    let long = word.len() > STEM_LETTERS_MIN;
    let singular = word.strip_suffix('s').filter(|_| long).unwrap_or(word);
    if let Some((end, _)) = singular.char_indices().nth(STEM_LETTERS) {
        return &singular[..end];
    }
    let shorter = singular.strip_suffix(['a', 'e', 'i', 'o', 'u', 'y']);
    shorter.filter(|shorter| shorter.len() >= STEM_LETTERS_MIN).unwrap_or(singular)
}

/// Stems by number; words that were seen are found also with one letter wrong, missing, too much, or swapped with its
/// neighbour.
#[derive(Default)]
pub struct Vocabulary {
    numbers: HashMap<Box<str>, usize, RandomState>,
    /// Whole words, for errors: a stem alone is too near to other words.
    words: HashMap<Box<str>, usize, RandomState>,
    /// Each word without one of its letters (after W. Garbe's symmetric delete): two words one error apart share one.
    shortened: HashMap<Box<str>, usize, RandomState>,
}

impl Vocabulary {
    /// The number of the word's stem, a new one if it has none.
    pub fn number(&mut self, word: &str) -> usize {
        let next = self.numbers.len();
        let number = *self.numbers.entry(stem(word).into()).or_insert(next);
        if word.chars().count() >= CORRECTED_LETTERS_MIN && self.words.insert(word.into(), number).is_none() {
            for short in without_one(word) {
                self.shortened.entry(short.into()).or_insert(number);
            }
        }
        number
    }

    pub fn size(&self) -> usize {
        self.numbers.len()
    }

    pub fn exact(&self, word: &str) -> Option<usize> {
        self.numbers.get(stem(word)).copied()
    }

    /// The stem of the word one error away.
    pub fn near(&self, word: &str) -> Option<usize> {
        let missing = self.shortened.get(word).copied();
        if word.chars().count() < CORRECTED_LETTERS_MIN {
            return missing;
        }
        let through = |short: String| self.words.get(&*short).or_else(|| self.shortened.get(&*short)).copied();
        missing.or_else(|| without_one(word).find_map(through))
    }
}

fn without_one(word: &str) -> impl Iterator<Item = String> + '_ {
    word.char_indices().map(|(at, letter)| [&word[..at], &word[at + letter.len_utf8()..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_and_diacritics() {
        assert_eq!(words("Żółte, KOSZTY?! 50m²").collect::<Vec<_>>(), ["zolte", "koszty", "50m²"]);
        assert_eq!(words("").count(), 0);
    }

    #[test]
    fn inflected_words_share_a_stem() {
        for (one, other) in [
            ("kosztuje", "kosztowało"),
            ("pakiet", "pakietach"),
            ("cena", "ceny"),
            ("price", "prices"),
            ("hour", "hours"),
        ] {
            let (one, other) = (words(one).next().unwrap(), words(other).next().unwrap());
            assert_eq!(stem(&one), stem(&other), "{one} {other}");
        }
    }

    #[test]
    fn one_error_is_forgiven_in_long_words_alone() {
        let mut vocabulary = Vocabulary::default();
        let number = vocabulary.number("koszt");
        vocabulary.number("dom");
        assert_eq!(vocabulary.exact("koszty"), Some(number));
        for wrong in ["kszt", "koszzt", "kozst", "kaszt"] {
            assert_eq!(vocabulary.near(wrong), Some(number), "{wrong}");
        }
        assert_eq!(vocabulary.near("dam"), None);
        assert_eq!(vocabulary.near("kwiat"), None);
    }
}
