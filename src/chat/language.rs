//! Which of its two languages a message is in: by everyday words, by the words of the script's phrases, and where neither
//! tells, by pairs of letters.

use std::collections::HashMap;

use ahash::RandomState;

use super::script::{Language, Script};
use super::words::words;

/// Everyday words that only one of the languages has, without diacritics.
const POLISH: &str = "aby ale bardzo bo byc byl chce chcialbym cos co czy czym dla dlaczego dzien gdzie ile ja jak jaka \
    jaki jakie jest jestem juz kiedy opowiedz powiedz polecasz polecacie wiedziec podaj kogo kto ktos ktory ma macie mam mi mnie moge mozna moze moj na nad nam nas nie o od \
    oraz pan pani po poprosze prosze przez przy robi sa sie tak tam tego tu ty w was wam we z za ze zeby zl";
const ENGLISH: &str = "about any more now want the a an and are at be but by can could did does for from give go good had has have help how if in is \
    it like long many much my need not tell say know see make recommend of on open or our please some that there they this us what when where which who \
    why will with would you your";
/// Pairs of letters that are common in one language and rare in the other.
const POLISH_PAIRS: [&str; 9] = ["sz", "cz", "rz", "dz", "zy", "wi", "ni", "aj", "sk"];
const ENGLISH_PAIRS: [&str; 9] = ["th", "sh", "ee", "oo", "ph", "ck", "wh", "ou", "ng"];

/// Evidence of a word, and of a letter or a pair of letters.
const WORD: i32 = 3;
const LETTERS: i32 = 1;

pub struct Languages {
    /// Words of one language: above zero Polish, below zero English.
    words: HashMap<String, i32, RandomState>,
}

impl Languages {
    pub fn new(script: &Script) -> Self {
        let mut all: HashMap<String, i32, RandomState> = HashMap::default();
        for (list, weight) in [(POLISH, WORD), (ENGLISH, -WORD)] {
            all.extend(list.split_whitespace().map(|word| (word.to_owned(), weight)));
        }
        for texts in script.intent.iter().map(|intent| intent.phrases.get_ref()) {
            for (language, phrase) in
                texts.iter().flat_map(|(language, list)| list.iter().map(move |one| (language, one)))
            {
                let weight = if *language == Language::Pl { WORD } else { -WORD };
                // A word of both languages tells nothing.
                words(phrase).for_each(|word| {
                    all.entry(word)
                        .and_modify(|known| *known = if *known == weight { weight } else { 0 })
                        .or_insert(weight);
                });
            }
        }
        Self { words: all }
    }

    /// The language of a message, whose words come `joined` as well; Polish where nothing tells.
    pub fn of(&self, message: &str, joined: &str) -> Language {
        let polish_letters = message.chars().filter(|letter| "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ".contains(*letter)).count() as i32;
        let mut lead = polish_letters * WORD;
        for word in joined.split_terminator(' ') {
            lead += self.words.get(word).copied().unwrap_or_else(|| pairs(word));
        }
        if lead < 0 { Language::En } else { Language::Pl }
    }
}

fn pairs(word: &str) -> i32 {
    let count = |pairs: &[&str]| pairs.iter().filter(|pair| word.contains(**pair)).count() as i32;
    // Polish has neither of these letters.
    let foreign = i32::from(word.contains(['q', 'v', 'x']));
    LETTERS * (count(&POLISH_PAIRS) - count(&ENGLISH_PAIRS) - foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::features::joined;
    use crate::chat::script::EMBEDDED;

    #[test]
    fn messages_are_told_apart() {
        let languages = Languages::new(&Script::parse(EMBEDDED).unwrap());
        for polish in ["Dzień dobry", "ile kosztuje remont", "czy jutro pada deszcz", "krzeslo", "", "50 m2", "ok"] {
            assert_eq!(languages.of(polish, &joined(polish)), Language::Pl, "{polish}");
        }
        for english in
            ["Hello", "how much is it", "purple elephants", "will it rain tomorrow", "what the heck", "u open now?"]
        {
            assert_eq!(languages.of(english, &joined(english)), Language::En, "{english}");
        }
    }
}
