//! Whether a number stands for itself, or is a piece of something else.

use super::chain::{Chain, Gap};

/// Whether a number may begin with this group.
pub fn begins(text: &str, chain: &Chain, first: usize) -> bool {
    match chain.gap_before(first) {
        Some(gap) => matches!(gap, Gap::Space | Gap::Slash | Gap::Bracket | Gap::Wide),
        None => stands_apart_before(text, chain.groups[first].start),
    }
}

/// Whether it may end with this one.
pub fn ends(text: &str, chain: &Chain, last: usize) -> bool {
    match chain.gap_after(last) {
        Some(gap) => matches!(gap, Gap::Space | Gap::Slash | Gap::Bracket | Gap::Wide),
        None => stands_apart_after(text, chain.groups[last].end),
    }
}

/// Whether what stands beside is a piece of a word.
pub fn attached(beside: Option<char>) -> bool {
    beside.is_some_and(char::is_alphanumeric)
}

fn stands_apart_before(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev().skip_while(|letter| *letter == '(');
    match before.next() {
        None => true,
        // The number of a ticket, a piece of a name, an amount.
        Some('+' | '#' | '№' | '_' | '@' | '$' | '€' | '£' | '%' | '\\') => false,
        // What goes before belongs to it: ORD-1, 1,2, 12:1.
        Some('-' | '–' | '/' | '~') => !attached(before.next()),
        Some(',' | ':' | '.') => !before.next().is_some_and(|letter| letter.is_ascii_digit()),
        Some(letter) => !letter.is_alphanumeric(),
    }
}

fn stands_apart_after(text: &str, end: usize) -> bool {
    let mut after = text[end..].chars();
    match after.next() {
        None => true,
        Some('@' | '_' | '%' | '‰' | '€' | '$' | '£' | '°' | '\\') => false,
        Some('-' | '–') => !attached(after.next()),
        Some(',' | ':' | '.') => !after.next().is_some_and(|letter| letter.is_ascii_digit()),
        Some(letter) => !letter.is_alphanumeric(),
    }
}
