//! What people ask most.

use std::sync::Arc;

use super::Days;
use super::answer::{QuestionRow, Questions, percent};
use super::counts::{counts_of, merge};
use crate::model::{Day, DayRange};
use crate::rollup;

pub fn questions(range: DayRange, days: &Days, asked: &[(Day, Arc<rollup::Questions>)], limit: u32) -> Questions {
    let exchanges: u64 = days.iter().map(|(_, daily)| daily.exchanges).sum();
    let (merged, truncated) = merge(asked.iter().map(|(_, day)| &day.asked), |sum: &mut u64, count| *sum += count);
    let rows = counts_of(merged, truncated, limit as usize).list.into_iter().map(|count| QuestionRow {
        percentage: percent(count.count, exchanges),
        question: count.name,
        count: count.count,
    });
    Questions { period_days: range.len(), rows: rows.collect(), truncated }
}
