//! A text as its sentiment is read from it: words, emoji and emoticons, in their order.

use crate::reading::fold::{each_folded, is_mark, polish_letter};
use crate::reading::lexicon::{Meaning, Role, meaning};
use crate::reading::signs::{emoji, emoticon};
use crate::reading::trie::Place;

/// The words of a text.
#[derive(Default)]
pub struct Words {
    pub list: Vec<Word>,
    /// The letters of all words, folded.
    letters: String,
    /// Letters of the text that only Polish has.
    pub polish_letters: usize,
}

pub struct Word {
    from: usize,
    to: usize,
    pub meaning: Meaning,
    /// Where it led in the word lists.
    pub place: Option<Place>,
    pub capitals: bool,
    /// Words on two sides of a comma or a full stop do not deny each other.
    pub clause: usize,
    /// An emoji or emoticon carries its valence itself.
    pub sign: Option<f64>,
}

impl Words {
    pub fn of(text: &str) -> Self {
        let mut reader = Reader::new(text);
        let addresses = text.contains('@') || text.contains("://");
        for chunk in text.split_whitespace() {
            if addresses && (chunk.contains('@') || chunk.contains("://")) {
                reader.words.polish_letters += chunk.chars().filter(|c| polish_letter(*c).is_some()).count();
            } else {
                reader.chunk(chunk);
            }
        }
        reader.words
    }

    /// As it was folded.
    pub fn text(&self, word: &Word) -> &str {
        &self.letters[word.from..word.to]
    }
}

struct Reader {
    words: Words,
    clause: usize,
    begun: Option<Begun>,
}

/// A word of which not all has been seen.
struct Begun {
    from: usize,
    /// Where it ends if only apostrophes follow.
    to: usize,
    alphabetic: usize,
    small: bool,
}

impl Reader {
    fn new(text: &str) -> Self {
        // A usual word of a chat takes six bytes with the space after it.
        let (list, letters) = (Vec::with_capacity(text.len() / 6 + 2), String::with_capacity(text.len()));
        Self { words: Words { list, letters, polish_letters: 0 }, clause: 0, begun: None }
    }

    /// What stands between two spaces.
    fn chunk(&mut self, chunk: &str) {
        for c in chunk.chars() {
            let apostrophe = matches!(c, '\'' | '’');
            if c.is_alphanumeric() || is_mark(c) || (apostrophe && self.begun.is_some()) {
                self.letter(c, apostrophe);
                continue;
            }
            self.end_word();
            if let Some(valence) = emoji(c) {
                self.sign(valence);
            }
            self.clause += usize::from(matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '(' | ')' | '…'));
        }
        self.end_word();
        if let Some(valence) = emoticon(chunk) {
            self.sign(valence);
        }
    }

    fn letter(&mut self, c: char, apostrophe: bool) {
        let letters = &mut self.words.letters;
        let from = letters.len();
        let begun = self.begun.get_or_insert(Begun { from, to: from, alphabetic: 0, small: false });
        if c.is_ascii() {
            letters.push(c.to_ascii_lowercase());
            begun.alphabetic += usize::from(c.is_ascii_alphabetic());
            begun.small |= c.is_ascii_lowercase();
        } else if let Some((letter, capital)) = polish_letter(c) {
            letters.push(letter);
            begun.alphabetic += 1;
            begun.small |= !capital;
            self.words.polish_letters += 1;
        } else {
            each_folded(c, |plain| letters.push(plain));
            begun.alphabetic += usize::from(c.is_alphabetic());
            begun.small |= c.is_lowercase();
        }
        if !apostrophe {
            begun.to = letters.len();
        }
    }

    fn end_word(&mut self) {
        let Some(Begun { from, to, alphabetic, small }) = self.begun.take() else { return };
        let (meaning, place) = meaning(&self.words.letters[from..to]);
        let capitals = alphabetic > 1 && !small;
        self.words.list.push(Word { from, to, meaning, place, capitals, clause: self.clause, sign: None });
    }

    fn sign(&mut self, valence: f64) {
        let (meaning, at) = (Meaning::default(), self.words.letters.len());
        let sign = Some(valence);
        self.words.list.push(Word {
            from: at,
            to: at,
            meaning,
            place: None,
            capitals: false,
            clause: self.clause,
            sign,
        });
    }
}

impl Word {
    /// 1 for what strengthens the word after it, -1 for what weakens it.
    pub fn stronger(&self) -> f64 {
        if self.meaning.role.is(Role::UP) {
            1.0
        } else if self.meaning.role.is(Role::DOWN) {
            -1.0
        } else {
            0.0
        }
    }
}
