//! Telephone numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// No number that is looked for has fewer.
const DIGITS_MIN: usize = 8;

/// The first telephone number: nine Polish digits in one of the usual groupings, or any with its country.
pub fn phone(text: &str) -> Option<String> {
    static PHONE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)
            (?<polish> (?:(?:\+|00)\ ?48|\(\+?48\)|48)?[\ -]?
              (?: [1-9][0-9]{2}[\ .-]?[0-9]{3}[\ .-]?[0-9]{3} | \(?0?[1-9][0-9]\)?[\ -]?[0-9]{3}[\ -]?[0-9]{2}[\ -]?[0-9]{2} | [1-9][0-9]{2}[\ -][0-9]{2}[\ -][0-9]{2}[\ -][0-9]{2} ) )
            | (?<abroad> (?:\+|00)[1-9](?:[\ ().-]{0,2}[0-9]){7,14} )",
        )
    });
    if text.bytes().filter(u8::is_ascii_digit).count() < DIGITS_MIN {
        return None;
    }
    let mut from = 0;
    while let Some(found) = PHONE.captures_at(text, from) {
        let whole = found.get(0)?;
        let digits: String = whole.as_str().chars().filter(char::is_ascii_digit).collect();
        if stands_alone(text, whole.start(), whole.end()) {
            return Some(match found.name("polish") {
                Some(_) => format!("+48{}", &digits[digits.len() - 9..]),
                None => format!("+{}", digits.trim_start_matches("00")),
            });
        }
        // Every character a match begins with is one byte long.
        from = whole.start() + 1;
    }
    None
}

/// Whether what was found is not a piece of a longer number, nor one that a word before it calls something else.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    const OTHER: &[&str] =
        &["nip", "regon", "pesel", "krs", "kont", "umow", "zamow", "zlecen", "faktur", "order", "invoice"];
    let mut before = text[..start].chars().rev();
    let attached = match before.next() {
        Some(c @ ('-' | '.' | '/' | ',' | '+')) => c == '+' || before.next().is_some_and(|c| c.is_ascii_digit()),
        Some(' ') => {
            before.next().is_some_and(|c| c.is_ascii_digit()) && !text[start..].starts_with(['+', '(']) && {
                // Four digits and a space may be the middle of an account's number.
                text[..start].trim_end().chars().rev().take_while(char::is_ascii_digit).count() > 3
            }
        }
        Some(c) => c.is_alphanumeric(),
        None => false,
    };
    let mut after = text[end..].chars();
    let continued = match after.next() {
        Some('-' | '.' | '/' | ',') => after.next().is_some_and(|c| c.is_ascii_digit()),
        Some(' ') => after.take(3).filter(char::is_ascii_digit).count() == 3,
        Some(c) => c.is_alphanumeric(),
        None => false,
    };
    let words = text[..start].char_indices().rev().nth(19).map_or(0, |(at, _)| at);
    let last = text[words..start].rsplit([';', ',', '\n']).next().unwrap_or("");
    let other = |word: &str| OTHER.iter().any(|other| word.starts_with(other)) && !word.starts_with("kontakt");
    !attached && !continued && !last.split(|letter: char| !letter.is_alphanumeric()).any(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_other_scripts_are_none() {
        assert_eq!(phone("6٠٠ ٧٠٠ ٨٠٠ 12345678"), None);
    }
}
