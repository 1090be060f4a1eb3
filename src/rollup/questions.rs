//! What people asked on a day: grouped by their words, whatever the spelling of case, punctuation and white space.

use serde::{Deserialize, Serialize};

use super::names::Names;
use crate::limits::{QUESTION_BYTES_MAX, QUESTIONS_PER_DAY_MAX};

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
}

/// The group a message belongs to, if it is a question: lower-cased, without punctuation, white space folded.
pub fn normalize(user_message: &str) -> Option<String> {
    user_message.chars().nth(QUESTION_CHARS_MIN - 1)?;
    let mut question = String::with_capacity(user_message.len());
    let mut space_due = false;
    for char in user_message.chars() {
        if char.is_whitespace() {
            space_due = true;
            continue;
        }
        if !char.is_alphanumeric() {
            continue;
        }
        if space_due && !question.is_empty() {
            question.push(' ');
        }
        space_due = false;
        question.extend(char.to_lowercase());
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
    }
}
