//! Addresses of machines.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::chain::{Chain, Gap};
use super::cues::words_before;
use super::edges::attached;
use super::segment;

/// Words before an address that are looked at.
const WORDS_MAX: usize = 2;
/// Four numbers with dots are a version or a chapter where one of these goes before.
const VERSIONS: &[&str] = &[
    "v",
    "ver",
    "version",
    "wersja",
    "wersji",
    "wersję",
    "firmware",
    "build",
    "release",
    "rev",
    "chrome",
    "firefox",
    "safari",
    "edge",
    "opera",
    "android",
    "ios",
    "windows",
    "rozdział",
    "section",
    "punkt",
    "pkt",
];
/// And these say that even the smallest numbers are an address.
const ADDRESSES: &[&str] = &["ip", "ipv4", "dns", "host", "server", "serwer", "adres", "address"];

/// How many groups from the given one on are an IPv4 address.
pub fn v4(text: &str, chain: &Chain, first: usize) -> Option<usize> {
    const PARTS: usize = 4;
    let groups = chain.groups.get(first..first + PARTS)?;
    let inner = &chain.gaps[first..first + PARTS - 1];
    let beside = [chain.gap_before(first), chain.gap_after(first + PARTS - 1)];
    if inner.iter().any(|gap| *gap != Gap::Dot) || beside.contains(&Some(Gap::Dot)) {
        return None;
    }
    let (start, end) = (groups[0].start, groups[PARTS - 1].end);
    // Leading zeros are refused: 01.02.03.04 is a date or a chapter.
    let address: Ipv4Addr = text[start..end].parse().ok()?;
    let mut before = text[..start].chars().rev();
    let is_segment = || segment::may_be_an_address(text, start) && segment::ends(text, end);
    let is_piece = match before.next() {
        // Chrome/120.0.0.0
        Some('/') => before.next().is_some_and(char::is_alphabetic) && !is_segment(),
        Some('-') => before.next().is_some_and(char::is_alphabetic),
        Some('.' | '_' | '§') => true,
        letter => attached(letter),
    };
    let is_continued = match text[end..].chars().next() {
        Some('_') => true,
        letter => attached(letter),
    };
    let says = |words: &[&str]| words_before("", text, start).take(WORDS_MAX).any(|word| words.contains(&&*word));
    let is_small = || address.octets().iter().all(|octet| *octet < 10) && !says(ADDRESSES);
    (!is_piece && !is_continued && !is_small() && !says(VERSIONS)).then_some(PARTS)
}

/// The IPv6 addresses of a text: where they start and end.
pub fn v6(text: &str, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let of_address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let mut from = 0;
    while let Some(colon) = memchr::memchr(b':', &bytes[from..]).map(|place| from + place) {
        let start = colon - bytes[from..colon].iter().rev().take_while(|byte| of_address(**byte)).count();
        let end = colon + bytes[colon..].iter().take_while(|byte| of_address(**byte)).count();
        // The full stop and the colon of the sentence are not its own.
        let whole = text[start..end].trim_end_matches('.');
        let whole = if whole.ends_with("::") { whole } else { whole.trim_end_matches(':') };
        let end_of_it = start + whole.len();
        let apart = !attached(text[..start].chars().next_back()) && !attached(text[end..].chars().next());
        if apart && is_v6(whole) {
            found(start, end_of_it);
        }
        from = end;
    }
}

/// Whether it is an address, and could be nothing else that is written with colons: 10::30, a::b.
fn is_v6(text: &str) -> bool {
    let says_more = |part: &str| part.len() > 2 || part.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    has_digit && (text.starts_with("::") || text.split(':').any(says_more)) && text.parse::<Ipv6Addr>().is_ok()
}
