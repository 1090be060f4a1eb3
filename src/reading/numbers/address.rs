//! E-mail addresses and links.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memchr3;
use regex::Regex;

use super::{TAKEN, pattern};

/// The first address as typed, and the text without any address and link: their digits and names mean nothing else.
pub fn email(text: &str) -> (Option<&str>, Cow<'_, str>) {
    static EMAIL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}"));
    // Most texts have none of the three, and a search for all at once is over soon.
    if memchr3(b'@', b'/', b'.', text.as_bytes()).is_none() {
        return (None, text.into());
    }
    let found = if text.contains('@') { EMAIL.find(text) } else { None };
    match found {
        Some(found) => (Some(found.as_str()), without_links(&EMAIL.replace_all(text, TAKEN)).into_owned().into()),
        None => (None, without_links(text)),
    }
}

fn without_links(text: &str) -> Cow<'_, str> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:https?://|www\.)\S+"));
    let may = text.contains("://") || text.contains("www.");
    if may { LINK.replace_all(text, TAKEN) } else { text.into() }
}
