//! Merging bounded tallies of many days into one list.

use std::collections::HashMap;

use ahash::RandomState;

use super::answer::{Count, Counts};
use crate::limits::OTHER;
use crate::rollup::Names;

/// Merges tallies by name; what a day had over its limit comes under `(other)`. Also returns whether any had.
pub fn merge<'a, T: 'a, M: Default>(
    days: impl Iterator<Item = &'a Names<T>>,
    add: impl Fn(&mut M, &'a T),
) -> (HashMap<&'a str, M, RandomState>, bool) {
    let mut merged = HashMap::<&str, M, RandomState>::default();
    let mut truncated = false;
    for names in days {
        for (name, tally) in names.iter() {
            add(merged.entry(name).or_default(), tally);
        }
        if let Some(tally) = names.other() {
            add(merged.entry(OTHER).or_default(), tally);
            truncated = true;
        }
    }
    (merged, truncated)
}

/// The same for plain counts, most frequent first.
pub fn counts<'a>(days: impl Iterator<Item = &'a Names<u64>>) -> Counts {
    let (merged, truncated) = merge(days, |sum: &mut u64, count| *sum += count);
    counts_of(merged, truncated, usize::MAX)
}

/// The first `most` of merged counts; what fell back to nothing is left out.
pub fn counts_of(merged: HashMap<&str, u64, RandomState>, truncated: bool, most: usize) -> Counts {
    let mut list: Vec<(&str, u64)> = merged.into_iter().filter(|(_, count)| *count > 0).collect();
    if most < list.len() {
        list.select_nth_unstable_by(most, most_first);
        list.truncate(most);
    }
    list.sort_unstable_by(most_first);
    let list = list.into_iter().map(|(name, count)| Count { name: name.into(), count }).collect();
    Counts { list, truncated }
}

/// Most frequent first, equal counts by name.
pub fn most_first(one: &(&str, u64), other: &(&str, u64)) -> std::cmp::Ordering {
    other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0))
}
