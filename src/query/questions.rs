//! What people ask most.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;

use super::Days;
use super::answer::{QuestionRow, Questions, percent};
use super::counts::{counts_of, merge};
use crate::model::{Day, DayRange};
use crate::rollup;

type Asked = [(Day, Arc<rollup::Questions>)];
type Counted<N> = HashMap<N, u64, RandomState>;

/// What was asked on some days together.
pub struct Sum {
    counts: Counted<Box<str>>,
    truncated: bool,
}

impl Sum {
    /// `None` where that is more than so many names.
    pub fn of(asked: &Asked, names_max: usize) -> Option<Self> {
        let (counts, truncated) = merged(asked);
        let counts = (counts.len() <= names_max)
            .then(|| counts.into_iter().map(|(question, count)| (question.into(), count)).collect());
        Some(Self { counts: counts?, truncated })
    }
}

fn merged(asked: &Asked) -> (Counted<&str>, bool) {
    merge(asked.iter().map(|(_, day)| &day.asked), |sum: &mut u64, count| *sum += count)
}

pub fn questions(range: DayRange, days: &Days, asked: &Asked, limit: u32) -> Questions {
    let (counts, truncated) = merged(asked);
    answer(range, days, counts, truncated, limit)
}

/// The same from the sum of the first days and the rest.
pub fn questions_after(range: DayRange, days: &Days, before: &Sum, rest: &Asked, limit: u32) -> Questions {
    let (mut counts, truncated) = merged(rest);
    for (question, count) in &before.counts {
        *counts.entry(question).or_default() += count;
    }
    answer(range, days, counts, truncated || before.truncated, limit)
}

fn answer(range: DayRange, days: &Days, merged: Counted<&str>, truncated: bool, limit: u32) -> Questions {
    let exchanges: u64 = days.iter().map(|(_, daily)| daily.exchanges).sum();
    let rows = counts_of(merged, truncated, limit as usize).list.into_iter().map(|count| QuestionRow {
        percentage: percent(count.count, exchanges),
        question: count.name,
        count: count.count,
    });
    Questions { period_days: range.len(), rows: rows.collect(), truncated }
}
