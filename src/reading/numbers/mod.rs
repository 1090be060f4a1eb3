//! E-mail addresses, amounts, sizes and telephone numbers. Each is taken out of the text it was found in, and a mark left
//! in its place so that its neighbours do not grow together. Most texts have none of them: before a pattern is matched, a
//! look at the bytes tells whether it can.
//!
//! A digit is one of 0 to 9 throughout.

mod address;
mod money;
mod phone;
mod size;

use regex::Regex;

pub use address::email;
pub use money::money;
pub use phone::phone;
pub use size::size;

const TAKEN: &str = " ; ";
/// `3000`, `3 000`, `1.200,50`.
const NUMBER: &str = r"[0-9]{1,3}(?:[ .,][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]{1,2})?";

fn pattern(pattern: &str) -> Regex {
    Regex::new(&pattern.replace("NUMBER", NUMBER)).expect("a pattern of this folder")
}

/// Where the next number begins.
fn next_digit(text: &[u8], from: usize) -> Option<usize> {
    Some(from + text[from..].iter().position(u8::is_ascii_digit)?)
}

/// How many digits follow from a place on.
fn digits(text: &[u8], from: usize) -> usize {
    text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Three digits after a separator are thousands, fewer are a fraction.
fn value(number: &str) -> Option<f64> {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    match number.rsplit_once(['.', ',']) {
        Some((whole, fraction)) if fraction.len() < 3 => format!("{}.{fraction}", digits(whole)).parse().ok(),
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
        _ => digits(number).parse().ok(),
    }
}
