//! From text to stems that survive missing diacritics and inflection, and a vocabulary that finds a stem in spite of a
//! typing error.

use std::collections::HashMap;

use ahash::RandomState;

/// Letters of a long word that count; Polish and English inflect at the end.
const STEM_LETTERS: usize = 5;
/// Nothing is taken away from words that would become shorter.
const STEM_LETTERS_MIN: usize = 3;
/// Shorter stems have neighbours that are words of their own, so that an error is not corrected.
const CORRECTED_LETTERS_MIN: usize = 4;
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

/// What of a word stays when it is inflected: without the plural's s, its first letters, without a last vowel.
pub fn stem(word: &str) -> &str {
    let long = word.len() > STEM_LETTERS_MIN;
    let singular = word.strip_suffix('s').filter(|_| long).unwrap_or(word);
    let end = singular.char_indices().nth(STEM_LETTERS).map_or(singular.len(), |(at, _)| at);
    let start = &singular[..end];
    match start.strip_suffix(['a', 'e', 'i', 'o', 'u', 'y']) {
        Some(shorter) if shorter.len() >= STEM_LETTERS_MIN => shorter,
        _ => start,
    }
}

/// Stems by number, found also with one letter wrong, missing, too much, or swapped with its neighbour.
#[derive(Default)]
pub struct Vocabulary {
    numbers: HashMap<Box<str>, usize, RandomState>,
    /// Each stem without one of its letters (after W. Garbe's symmetric delete): two stems one error apart share one.
    shortened: HashMap<Box<str>, usize, RandomState>,
}

impl Vocabulary {
    pub fn number(&mut self, stem: &str) -> usize {
        if let Some(number) = self.numbers.get(stem) {
            return *number;
        }
        let number = self.numbers.len();
        self.numbers.insert(stem.into(), number);
        for short in without_one(stem) {
            self.shortened.entry(short.into()).or_insert(number);
        }
        number
    }

    pub fn size(&self) -> usize {
        self.numbers.len()
    }

    pub fn exact(&self, stem: &str) -> Option<usize> {
        self.numbers.get(stem).copied()
    }

    /// The stem one error away.
    pub fn near(&self, stem: &str) -> Option<usize> {
        if stem.chars().count() < CORRECTED_LETTERS_MIN {
            return None;
        }
        let shortened = self.shortened.get(stem).copied();
        let through = |short: String| self.numbers.get(&*short).or_else(|| self.shortened.get(&*short)).copied();
        shortened.or_else(|| without_one(stem).find_map(through))
    }
}

fn without_one(stem: &str) -> impl Iterator<Item = String> + '_ {
    let corrected = stem.chars().count() >= CORRECTED_LETTERS_MIN;
    let places = stem.char_indices().filter(move |_| corrected);
    places.map(|(at, letter)| [&stem[..at], &stem[at + letter.len_utf8()..]].concat())
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
    fn one_error_is_forgiven_in_long_stems_alone() {
        let mut vocabulary = Vocabulary::default();
        let number = vocabulary.number("koszt");
        vocabulary.number("dom");
        for wrong in ["kszt", "koszzt", "kozst", "kaszt"] {
            assert_eq!(vocabulary.near(wrong), Some(number), "{wrong}");
        }
        assert_eq!(vocabulary.near("dam"), None);
        assert_eq!(vocabulary.near("kwiat"), None);
    }
}
