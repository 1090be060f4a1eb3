//! Areas in square metres. Nearly every message of the trade names one, so that this is no pattern but written out.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::{TAKEN, digits, next_digit, pattern, value};

/// The first area in square metres, and the text without any. A bare "metrów" is one too, unless it says of what: a way, a
/// height, a volume.
pub fn size(text: &str) -> (Option<f64>, Cow<'_, str>) {
    let mut found = None;
    let mut rest = String::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(start) = next_digit(text.as_bytes(), from) {
        let area = match area(text, start) {
            Ok(area) => area,
            Err(next) => {
                from = next;
                continue;
            }
        };
        let size = value(&text[start..area.number_end]).filter(|size| (1.0..=100_000.0).contains(size));
        if !(area.bare && is_of_something_else(&text[area.end..])) {
            found = found.or(size);
        }
        // What stands before the number goes with it.
        let before = text[..start].chars().next_back().map_or(0, char::len_utf8);
        rest.push_str(&text[copied..start - before]);
        rest.push_str(TAKEN);
        (copied, from) = (area.end, area.end);
    }
    if copied == 0 {
        return (None, text.into());
    }
    rest.push_str(&text[copied..]);
    (found, rest.into())
}

struct Area {
    number_end: usize,
    end: usize,
    /// Metres, which may be square ones.
    bare: bool,
}

/// The area whose number begins at `start`, else from where on the next one may.
fn area(text: &str, start: usize) -> Result<Area, usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| digits(bytes, from);
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let first = start + digits(start);
    if start > 0 && matches!(bytes[start - 1], b'.' | b',' | b'a'..=b'z') {
        return Err(first);
    }
    // `1 200,50`: groups of three; else `1200.50`.
    let mut end = first;
    while first - start <= 3 && matches!(byte(end), b' ' | b'.') && digits(end + 1) == 3 {
        end += 4;
    }
    let grouped = end > first;
    let fraction = byte(end) == b',' || (!grouped && byte(end) == b'.');
    let number_end = match digits((end + 1).min(bytes.len())) {
        length @ 1..=2 if fraction => end + 1 + length,
        _ => end,
    };
    match unit(&text[number_end..]) {
        Some((length, bare)) => Ok(Area { number_end, end: number_end + length, bare }),
        // The last group may be a number by itself. Those before it end where it does.
        None if grouped => Err(end - 3),
        None => Err(first),
    }
}

/// How long a text's beginning is that says square metres, and whether it says metres alone.
fn unit(text: &str) -> Option<(usize, bool)> {
    let rest = skip(skip(text, " "), "-");
    let length = |end: &str| text.len() - end.len();
    if let Some(after) = rest.strip_prefix("sq") {
        return square(after).map(|end| (length(end), false));
    }
    let after = rest.strip_prefix('m')?;
    let two = skip(skip(after, " "), "^").strip_prefix('2');
    let kw = skip(skip(after, "."), " ").strip_prefix("kw");
    if let Some(end) = two.or(kw).filter(|end| !goes_on(end)) {
        return Some((length(end), false));
    }
    let metres = word_end(after.strip_prefix("etr").or_else(|| after.strip_prefix("eter"))?);
    match metres.strip_prefix(" kw") {
        Some(kw) => Some((length(word_end(kw)), false)),
        None => Some((length(metres), !text[..length(metres)].contains("sq"))),
    }
}

/// What follows `sq` of square metres, behind them.
fn square(text: &str) -> Option<&str> {
    if let Some(after) = text.strip_prefix("uare met") {
        return goes_on(after).then(|| word_end(after));
    }
    let after = skip(skip(text, "."), " ").strip_prefix('m')?;
    match after.strip_prefix("et") {
        Some(after) => Some(word_end(after)),
        None => (!goes_on(after)).then_some(after),
    }
}

fn skip<'a>(text: &'a str, what: &str) -> &'a str {
    text.strip_prefix(what).unwrap_or(text)
}

/// The text behind the word that it begins in the middle of.
fn word_end(mut text: &str) -> &str {
    while goes_on(text) {
        let mut letters = text.chars();
        letters.next();
        text = letters.as_str();
    }
    text
}

/// Whether a text begins in the middle of a word.
fn goes_on(text: &str) -> bool {
    static LETTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\w"));
    match text.as_bytes().first() {
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric() || *byte == b'_',
        Some(_) => LETTER.is_match(text),
        None => false,
    }
}

/// Whether what follows metres says that they are no square ones.
fn is_of_something_else(after: &str) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\.? ?(?:od|do|dalej|stad|wysok|dlug|szerok|glebok|biez|szesc|from|away|tall|long|wide|high|deep|to)\w*\b",
        )
    });
    OTHER.is_match(after.get(..16.min(after.len())).unwrap_or(""))
}
