//! The word lists: a word, or a stem with `*` for every word that begins with it, a tab, and how good it is, -4 to 4.
//! Two words with a space between them are read together, before either alone. Zero is for what only looks like a word of
//! the list.

use std::sync::LazyLock;

use crate::reading::modifiers;
use crate::reading::trie::{Known, Place, Trie};

static MEANINGS: LazyLock<Trie<Meaning>> = LazyLock::new(|| {
    let polish = valences(include_str!("polish.tsv"), |tenths| Meaning { polish: Some(tenths), ..Meaning::default() });
    let english =
        valences(include_str!("english.tsv"), |tenths| Meaning { english: Some(tenths), ..Meaning::default() });
    let plays = |role: Role| move |word: &&'static str| (*word, Meaning { role, ..Meaning::default() });
    let small = POLISH_WORDS.iter().map(plays(Role::POLISH)).chain(ENGLISH_WORDS.iter().map(plays(Role::ENGLISH)));
    let modifiers = modifiers::LISTS.iter().flat_map(|(role, words)| words.iter().map(plays(*role)));
    Trie::new(polish.chain(english).chain(small).chain(modifiers))
});

fn valences(file: &'static str, meaning: impl Fn(i8) -> Meaning) -> impl Iterator<Item = (&'static str, Meaning)> {
    let lines = file.lines().filter_map(|line| line.split_once('\t'));
    lines.map(move |(word, valence)| (word, meaning((valence.parse::<f64>().unwrap_or(0.0) * 10.0).round() as i8)))
}

/// All that is known of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meaning {
    /// Its valence in each language, in tenths.
    english: Option<i8>,
    polish: Option<i8>,
    pub role: Role,
}

impl Known for Meaning {
    fn learn(&mut self, more: Self) {
        self.english = more.english.or(self.english);
        self.polish = more.polish.or(self.polish);
        self.role.0 |= more.role.0;
    }
}

/// What a word does beside being good or bad; one may do several things.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Role(u8);

impl Role {
    /// A small word only this language has.
    pub const POLISH: Self = Self(1);
    pub const ENGLISH: Self = Self(1 << 1);
    /// It turns over what follows, in a text of this language.
    pub const DENIES_POLISH: Self = Self(1 << 2);
    pub const DENIES_ENGLISH: Self = Self(1 << 3);
    /// It makes what follows stronger, or weaker.
    pub const UP: Self = Self(1 << 4);
    pub const DOWN: Self = Self(1 << 5);
    /// What follows it is what is meant.
    pub const BUT: Self = Self(1 << 6);

    pub fn is(self, role: Self) -> bool {
        self.0 & role.0 != 0
    }
}

/// What is known of a folded word, and where it led.
pub fn meaning(word: &str) -> (Meaning, Option<Place>) {
    let (mut meaning, place) = MEANINGS.find(word);
    if word.ends_with("n't") {
        meaning.role.0 |= Role::DENIES_ENGLISH.0;
    }
    (meaning, place)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Polish,
    English,
    /// Too short to tell, or both.
    Either,
}

impl Language {
    /// By the small words only one of the two has. Without this a Polish `no` would deny and an English `bole` would hurt.
    pub fn of(roles: impl Iterator<Item = Role>, polish_letters: usize) -> Self {
        let (mut polish, mut english) = (polish_letters, 0);
        for role in roles {
            polish += usize::from(role.is(Role::POLISH));
            english += usize::from(role.is(Role::ENGLISH));
        }
        match polish.cmp(&english) {
            std::cmp::Ordering::Greater => Self::Polish,
            std::cmp::Ordering::Less => Self::English,
            std::cmp::Ordering::Equal => Self::Either,
        }
    }

    /// The valence of a word in this language.
    pub fn valence(self, word: Meaning) -> Option<f64> {
        let tenths = match self {
            Self::Polish => word.polish,
            Self::English => word.english,
            Self::Either => word.english.or(word.polish),
        };
        tenths.map(|tenths| f64::from(tenths) / 10.0)
    }

    /// The valence of two neighbours that mean something only together; the first also by where it led.
    pub fn pair(self, (first, place): (&str, Option<Place>), second: &str) -> Option<f64> {
        if first.len() + second.len() > PAIR_BYTES_MAX {
            return None;
        }
        self.valence(MEANINGS.find_pair(place?, second)?)
    }

    /// Whether a word turns over what follows it.
    pub fn denies(self, role: Role) -> bool {
        (self != Self::English && role.is(Role::DENIES_POLISH))
            || (self != Self::Polish && role.is(Role::DENIES_ENGLISH))
    }
}

/// What is longer is a slip of the keyboard.
const PAIR_BYTES_MAX: usize = 48;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_whole() {
        for (file, least) in [(include_str!("english.tsv"), 400), (include_str!("polish.tsv"), 400)] {
            let mut seen = std::collections::HashSet::new();
            for line in file.lines() {
                let (word, valence) = line.split_once('\t').expect(line);
                let tenths = valence.parse::<f64>().expect(line) * 10.0;
                assert!(tenths.abs() <= 40.0 && (tenths - tenths.round()).abs() < 1e-9, "{line}");
                assert!(word.is_ascii() && word.len() <= 24, "{line}");
                assert!(seen.insert(word), "{line} twice");
            }
            assert!(seen.len() >= least);
        }
    }

    #[test]
    fn longest_stem_wins_and_languages_do_not_mix() {
        let word = |language: Language, word| language.valence(meaning(word).0);
        assert_eq!(word(Language::Polish, "reklamowa"), Some(0.0));
        assert!(word(Language::Polish, "reklamacje").unwrap() < 0.0);
        assert!(word(Language::English, "wonderfully").unwrap() > 0.0);
        assert_eq!(word(Language::English, "milion"), None);
        let pair = |first, second| Language::Polish.pair((first, meaning(first).1), second);
        assert!(pair("nie", "dzialalo").unwrap() < 0.0);
        assert_eq!(pair("problem", "cokolwiek"), None);
    }
}
