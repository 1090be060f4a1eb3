//! E-mail addresses, as they are and as people disguise them.

use memchr::{memchr_iter, memchr3_iter};

/// What stands for the sign between brackets or spaces.
const DISGUISES: [&str; 3] = ["at", "małpa", "malpa"];
/// The longest of them with its spaces, bytes.
const DISGUISE_BYTES_MAX: usize = 9;
/// What a space before the sign and none behind it needs, to be no name of someone: anna @example.com
const USUAL_TOPS: [&str; 12] = ["com", "pl", "org", "net", "eu", "de", "uk", "info", "io", "edu", "gov", "fr"];

/// The addresses of a text: where they start and end.
pub fn emails(text: &str, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    for at in memchr_iter(b'@', bytes) {
        // Also with a space on either side, which some set on purpose.
        around(text, at, at + 1, &mut found);
    }
    for open in memchr3_iter(b'(', b'[', b'{', bytes) {
        let inside = &bytes[open + 1..];
        let close = inside.iter().take(DISGUISE_BYTES_MAX).position(|byte| matches!(byte, b')' | b']' | b'}'));
        if let Some(close) = close
            && is_disguise(text[open + 1..open + 1 + close].trim())
        {
            around(text, open, open + 1 + close + 1, &mut found);
        }
    }
    for word in [" małpa ", " malpa "] {
        text.match_indices(word).for_each(|(start, _)| around(text, start, start + word.len(), &mut found));
    }
}

fn is_disguise(word: &str) -> bool {
    word == "@" || DISGUISES.iter().any(|disguise| word.to_lowercase() == *disguise)
}

/// The address around a sign, if there is one.
fn around(text: &str, sign: usize, after: usize, found: &mut impl FnMut(usize, usize)) {
    let before = text[..sign].strip_suffix(' ').unwrap_or(&text[..sign]);
    let rest = text[after..].strip_prefix(' ').unwrap_or(&text[after..]);
    let (local, domain) = (local(before), domain(rest));
    let is_half_apart = before.len() < sign && text.len() - rest.len() == after && after == sign + 1;
    let is_usual = || rest[..domain].rsplit('.').next().is_some_and(|top| USUAL_TOPS.contains(&top));
    if local > 0 && domain > 0 && (!is_half_apart || is_usual()) {
        found(before.len() - local, text.len() - rest.len() + domain);
    }
}

/// How many bytes at the end are what stands before the sign.
fn local(text: &str) -> usize {
    let of_local = |letter: char| letter.is_alphanumeric() || "._%+-'’".contains(letter);
    let start = text.trim_end_matches(of_local).len();
    let local = &text[start..];
    let local = local.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    if local.ends_with(char::is_alphanumeric) || local.ends_with(['_', '-', '+']) { local.len() } else { 0 }
}

/// How many bytes at the start are a domain with a name of the top level.
fn domain(text: &str) -> usize {
    let (mut place, mut end, mut labels) = (0, 0, 0);
    let mut all_small = true;
    loop {
        let label = text[place..].split(|letter: char| !letter.is_alphanumeric() && letter != '-').next().unwrap_or("");
        let label = label.trim_end_matches('-');
        // A sentence that begins right after the full stop: anna@example.com.Thanks
        let is_sentence = labels >= 2 && all_small && label.starts_with(char::is_uppercase);
        if label.is_empty() || label.starts_with('-') || is_sentence {
            return end;
        }
        all_small &= !label.contains(char::is_uppercase);
        (place, labels) = (place + label.len(), labels + 1);
        let is_top =
            label.starts_with("xn--") || (label.chars().nth(1).is_some() && label.chars().all(char::is_alphabetic));
        if labels >= 2 && is_top {
            end = place;
        }
        let Some(dot) = dot(&text[place..]) else { return end };
        place += dot;
    }
}

/// How long the dot is that a text begins with, if it does.
fn dot(text: &str) -> Option<usize> {
    const DOTS: [&str; 6] = [".", "(dot)", "[dot]", " (dot) ", " [dot] ", " kropka "];
    DOTS.iter().find(|dot| text.starts_with(**dot)).map(|dot| dot.len())
}
