//! All that is found in a text, whether it is to be masked or not: an account's number is no telephone for those either who
//! mask telephones only.

use std::cmp::Reverse;
use std::ops::Range;

use super::chain::Chain;
use super::kind::MaskKind;
use super::{checked, email, ip, phone};

/// Numbers that are looked for have at least as many digits as an address of a machine.
const DIGITS_MIN: usize = 4;

/// A place in a text, and what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Find {
    pub start: usize,
    pub end: usize,
    pub kind: MaskKind,
}

/// What of these kinds is in a text; no two in one place. `before` is what goes before the text, such as a field's name.
pub fn find(before: &str, text: &str, kinds: &[MaskKind]) -> Vec<Find> {
    let mut found = Vec::new();
    if kinds.contains(&MaskKind::Email) {
        email::emails(text, |start, end| found.push(Find { start, end, kind: MaskKind::Email }));
    }
    let has_numbers = || text.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN;
    if kinds.iter().any(|kind| *kind != MaskKind::Email) && has_numbers() {
        numbers(before, text, &mut found);
    }
    if kinds.contains(&MaskKind::Ip) {
        ip::v6(text, |start, end| found.push(Find { start, end, kind: MaskKind::Ip }));
    }
    let mut found = apart(text, found, |find| (find.start..find.end, find.kind.proof()));
    found.retain(|find| kinds.contains(&find.kind));
    found
}

fn numbers(before: &str, text: &str, found: &mut Vec<Find>) {
    let mut chain = Chain::default();
    let mut from = 0;
    while chain.read(text, from) {
        from = chain.end();
        for first in 0..chain.groups.len() {
            let start = chain.groups[first].start;
            if let Some((start, end)) = checked::iban(text, start) {
                found.push(Find { start, end, kind: MaskKind::Iban });
            }
            let mut take = |kind, groups: Option<usize>| {
                let Some(groups) = groups else { return };
                let end = chain.groups[first + groups - 1].end;
                let start = if kind == MaskKind::Phone { with_sign(text, start, end) } else { start };
                found.push(Find { start, end, kind });
            };
            take(MaskKind::Iban, checked::polish_account(text, &chain, first));
            take(MaskKind::Card, checked::card(text, &chain, first));
            take(MaskKind::Pesel, checked::pesel(text, &chain, first));
            take(MaskKind::Ip, ip::v4(text, &chain, first));
            take(MaskKind::Phone, phone::phone(before, text, &chain, first));
        }
    }
}

/// Where a number begins with the sign or the bracket that belongs to it.
fn with_sign(text: &str, start: usize, end: usize) -> usize {
    let start = phone::plus(text, start).unwrap_or(start);
    match text[..start].strip_suffix('(') {
        Some(before) if text[start..end].contains(')') => before.len(),
        _ => start,
    }
}

/// Of those that overlap the longest, and of two as long the one with more to prove it; in order of place. `of` says where
/// one is, and its proof.
pub fn apart<T, P: Ord>(text: &str, mut found: Vec<T>, of: impl Fn(&T) -> (Range<usize>, P)) -> Vec<T> {
    if found.len() > 1 {
        found.sort_by_key(|one| {
            let (place, proof) = of(one);
            Reverse((place.len(), proof))
        });
        let mut taken = vec![false; text.len()];
        // Whatever overlaps one that is longer has an end of its own in it.
        found.retain(|one| {
            let (place, _) = of(one);
            let is_free = !taken[place.start] && !taken[place.end - 1];
            taken[place].iter_mut().for_each(|byte| *byte |= is_free);
            is_free
        });
        found.sort_by_key(|one| of(one).0.start);
    }
    found
}
