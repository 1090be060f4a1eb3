//! What people asked on a day: grouped by their words, whatever the spelling of case, punctuation and white space.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::trace::question_hash;
use crate::limits::{QUESTION_BYTES_MAX, QUESTIONS_PER_DAY_MAX};
use crate::model::Message;

/// Shorter messages are greetings and the like, not questions. Characters.
const QUESTION_CHARS_MIN: usize = 11;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questions {
    pub asked: Names<u64>,
}

impl Questions {
    pub fn add(&mut self, question: &str) {
        *self.asked.tally(question, QUESTIONS_PER_DAY_MAX) += 1;
    }

    /// The same with hashes in the place of words.
    pub fn by_hash(self) -> Self {
        Self { asked: self.asked.renamed(|words| by_hash(hash_of(words)).into()) }
    }

    /// Puts other hashes in the place of questions; `None` where none of them was asked.
    pub fn replaced(&self, hashes: &HashMap<u64, u64>) -> Option<Self> {
        let new = |words: &str| hashes.get(&hash_of(words));
        self.asked.iter().any(|(words, _)| new(words).is_some()).then(|| Self {
            asked: self
                .asked
                .clone()
                .renamed(|words| new(words).map_or_else(|| words.into(), |hash| by_hash(*hash).into())),
        })
    }
}

/// A question, grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Words(String),
    /// Its words have gone.
    Hash(u64),
}

impl Asked {
    pub fn hash(&self) -> u64 {
        match self {
            Self::Words(words) => question_hash(words),
            Self::Hash(hash) => *hash,
        }
    }
}

/// The question that a message asks; `None` where it asks none that counts.
pub fn asked(message: &Message) -> Option<Asked> {
    match (&message.user_message, message.question) {
        // Of one who was erased only the words are left that others asked in too.
        (Some(words), Some(_)) => Some(Asked::Words(words.as_ref().into())),
        (Some(text), None) => normalize(text).map(Asked::Words),
        (None, hash) => hash.map(Asked::Hash),
    }
}

/// Stands in the place of a question's words where these are not known. No question has such words.
pub fn by_hash(hash: u64) -> String {
    format!("(erased {hash:012x})")
}

/// The hash of a question, of its words or of what stands in their place.
pub fn hash_of(question: &str) -> u64 {
    let digits = question.strip_prefix("(erased ").and_then(|rest| rest.strip_suffix(')'));
    let hash = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    hash.filter(|hash| by_hash(*hash) == question).unwrap_or_else(|| question_hash(question))
}

/// The group a message belongs to, if it is a question: lower-cased, without punctuation, white space folded.
fn normalize(user_message: &str) -> Option<String> {
    user_message.chars().nth(QUESTION_CHARS_MIN - 1)?;
    words(user_message)
}

/// The group that a text from a list of questions names, however it is spelt now.
pub fn listed(text: &str) -> Option<String> {
    let mut question = words(text)?;
    if hash_of(text) != question_hash(text) {
        return Some(text.into());
    }
    // The list may have cut it behind a blank, which is then a part of its name.
    let cut = (QUESTION_BYTES_MAX - 3..=QUESTION_BYTES_MAX).contains(&text.len());
    if cut && question.len() + 1 == text.len() && text.ends_with(' ') {
        question.push(' ');
    }
    Some(question)
}

fn words(text: &str) -> Option<String> {
    let mut question = String::with_capacity(text.len());
    let mut space_due = false;
    let mut add = |char: char| {
        if char.is_whitespace() {
            space_due = true;
        } else if char.is_alphanumeric() {
            if space_due && !question.is_empty() {
                question.push(' ');
            }
            space_due = false;
            question.push(char);
        }
    };
    // Lower case first: it can turn one letter into a letter and a mark, which then goes like punctuation. Of all letters only
    // this one is written in small by what stands around it.
    match text.contains('Σ') {
        true => text.to_lowercase().chars().for_each(add),
        false => text.chars().for_each(|char| match char.is_ascii() {
            true => add(char.to_ascii_lowercase()),
            false => char.to_lowercase().for_each(&mut add),
        }),
    }
    if question.len() > QUESTION_BYTES_MAX {
        question.truncate(question.floor_char_boundary(QUESTION_BYTES_MAX));
    }
    (!question.is_empty()).then_some(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_aside_a_question_is_the_same() {
        assert_eq!(normalize("Ile kosztuje  REMONT?"), Some("ile kosztuje remont".to_owned()));
        assert_eq!(normalize(" ile kosztuje\nremont !!"), Some("ile kosztuje remont".to_owned()));
        assert_eq!(normalize("dzień dobr"), None, "ten characters are no question");
        assert_eq!(normalize("?????? !!!!!!"), None);
        // Found by the oracle: İ in lower case is an i and a combining dot.
        assert_eq!(normalize("İstanbul'da mı"), Some("istanbulda mı".to_owned()));
    }

    #[test]
    fn every_letter_is_made_small_as_in_a_whole_text() {
        for char in (char::MIN..=char::MAX).filter(|char| char.is_alphanumeric()) {
            let alone = words(&format!("a{char}b {char} {char}c")).expect("there are letters");
            let in_text = words(&format!("a{char}b {char} {char}cΣ")).expect("there are letters");
            assert_eq!(Some(&*alone), in_text.strip_suffix('ς'), "{char:?}");
        }
    }

    #[test]
    fn a_question_whose_words_are_not_known_is_found_by_what_stands_for_it() {
        let shown = by_hash(0x0a1b_2c3d_4e5f);
        assert_eq!((&*shown, hash_of(&shown)), ("(erased 0a1b2c3d4e5f)", 0x0a1b_2c3d_4e5f));
        assert_eq!(listed(&shown), Some(shown));
        for words in ["erased 0a1b2c3d4e5f", "(erased 0A1B2C3D4E5F)", "(erased a1b)", "ile kosztuje remont"] {
            assert_eq!(hash_of(words), question_hash(words));
        }
    }

    #[test]
    fn a_listed_question_names_itself() {
        let cut_at_a_blank = format!("{} {}", "a".repeat(QUESTION_BYTES_MAX - 1), "b".repeat(20));
        for message in ["?!?!?!?! ILE?", "ΑΣ ὈΔΥΣΣΕΎΣ, İstanbul", &cut_at_a_blank, &"ąę ".repeat(200)] {
            let question = normalize(message).unwrap();
            assert_eq!(listed(&question), Some(question.clone()));
        }
        assert_eq!(listed(" Ile kosztuje?"), Some("ile kosztuje".to_owned()));
        assert_eq!(listed("?!"), None);
    }
}
