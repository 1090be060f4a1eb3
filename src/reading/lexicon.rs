//! The word lists: a word, or a stem with `*` for every word that begins with it, a tab, and how good it is, -4 to 4.
//! Two words with a space between them are read together, before either alone. Zero is for what only looks like a word of
//! the list.

use std::sync::LazyLock;

use ahash::AHashMap;

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(include_str!("english.tsv")));
static POLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(include_str!("polish.tsv")));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Polish,
    English,
    /// Too short to tell, or both.
    Either,
}

impl Language {
    /// By the small words only one of the two has. Without this a Polish `no` would deny and an English `bole` would hurt.
    pub fn of<'a>(words: impl Iterator<Item = &'a str>, polish_letters: usize) -> Self {
        let (mut polish, mut english) = (polish_letters, 0);
        for word in words {
            polish += usize::from(POLISH_WORDS.contains(&word));
            english += usize::from(ENGLISH_WORDS.contains(&word));
        }
        match polish.cmp(&english) {
            std::cmp::Ordering::Greater => Self::Polish,
            std::cmp::Ordering::Less => Self::English,
            std::cmp::Ordering::Equal => Self::Either,
        }
    }

    /// The valence of one folded word.
    pub fn word(self, word: &str) -> Option<f64> {
        self.lexicons().find_map(|lexicon| lexicon.find(word, 1))
    }

    /// The valence of two neighbours that mean something only together.
    pub fn pair(self, first: &str, second: &str) -> Option<f64> {
        if first.len() + second.len() > 2 * MAX_STEM {
            return None;
        }
        let both = format!("{first} {second}");
        self.lexicons().find_map(|lexicon| lexicon.find(&both, first.len() + 2))
    }

    fn lexicons(self) -> impl Iterator<Item = &'static Lexicon> {
        let english = (self != Self::Polish).then(|| &*ENGLISH);
        let polish = (self != Self::English).then(|| &*POLISH);
        english.into_iter().chain(polish)
    }
}

const POLISH_WORDS: &[&str] = &[
    "ale", "bardzo", "bez", "bo", "by", "byl", "byla", "byc", "chce", "ci", "co", "czy", "dla", "gdzie", "ich", "ile",
    "ja", "jak", "jaki", "je", "jest", "jestem", "juz", "kiedy", "ktory", "mam", "mamy", "mi", "mnie", "moj", "moja",
    "moze", "na", "nam", "nas", "nic", "nie", "od", "pan", "pani", "po", "pod", "prosze", "przez", "sa", "sie", "ta",
    "tak", "te", "tego", "tej", "ten", "tez", "tu", "tylko", "tym", "u", "w", "was", "wasz", "wszystko", "wy", "z",
    "za", "ze", "ani", "niz", "tam", "sobie", "lub", "nawet", "wcale", "takie", "taki",
];
const ENGLISH_WORDS: &[&str] = &[
    "about", "all", "am", "an", "and", "are", "as", "at", "be", "been", "but", "can", "did", "does", "for", "from",
    "had", "has", "have", "he", "her", "his", "how", "i'm", "if", "in", "is", "it", "it's", "its", "just", "me", "my",
    "not", "of", "or", "our", "she", "so", "than", "that", "the", "their", "them", "there", "they", "this", "very",
    "we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your", "don't", "didn't",
];

/// Longer than any stem of the lists. It bounds the work one word can ask for.
const MAX_STEM: usize = 24;

struct Lexicon {
    words: AHashMap<&'static str, f64>,
    stems: AHashMap<&'static str, f64>,
}

impl Lexicon {
    fn read(file: &'static str) -> Self {
        let mut lexicon = Self { words: AHashMap::new(), stems: AHashMap::new() };
        for (word, valence) in file.lines().filter_map(|line| line.split_once('\t')) {
            let valence = valence.parse().unwrap_or(0.0);
            match word.strip_suffix('*') {
                Some(stem) => lexicon.stems.insert(stem, valence),
                None => lexicon.words.insert(word, valence),
            };
        }
        lexicon
    }

    /// The word itself, else its longest stem of at least `least` bytes.
    fn find(&self, word: &str, least: usize) -> Option<f64> {
        if let Some(valence) = self.words.get(word) {
            return Some(*valence);
        }
        (least..=word.len().min(2 * MAX_STEM)).rev().find_map(|end| self.stems.get(word.get(..end)?).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_whole() {
        for (file, least) in [(include_str!("english.tsv"), 400), (include_str!("polish.tsv"), 400)] {
            let mut seen = std::collections::HashSet::new();
            for line in file.lines() {
                let (word, valence) = line.split_once('\t').expect(line);
                let valence: f64 = valence.parse().expect(line);
                assert!(valence.abs() <= 4.0 && word.is_ascii() && word.len() <= MAX_STEM, "{line}");
                assert!(seen.insert(word), "{line} twice");
            }
            assert!(seen.len() >= least);
        }
    }

    #[test]
    fn longest_stem_wins_and_languages_do_not_mix() {
        assert_eq!(Language::Polish.word("reklamowa"), Some(0.0));
        assert!(Language::Polish.word("reklamacje").unwrap() < 0.0);
        assert!(Language::English.word("wonderfully").unwrap() > 0.0);
        assert_eq!(Language::English.word("milion"), None);
        assert!(Language::Polish.pair("nie", "dzialalo").unwrap() < 0.0);
        assert_eq!(Language::Polish.pair("problem", "cokolwiek"), None);
    }
}
