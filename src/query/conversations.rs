//! When people talk, how they feel, and how fast the bot answers.

use super::Days;
use super::answer::{Conversations, DayCount, DaySentiments, Times, average};
use crate::model::DayRange;
use crate::rollup::histogram::Merged;

pub fn conversations(range: DayRange, days: &Days) -> Conversations {
    let mut sentiments = [0; 3];
    let mut response = Merged::default();
    let mut by_hour_of_week = [[0; 24]; 7];
    for (day, daily) in days {
        for (sum, count) in sentiments.iter_mut().zip(daily.sentiments) {
            *sum += count;
        }
        for (sum, hour) in by_hour_of_week[day.weekday()].iter_mut().zip(&daily.by_hour) {
            *sum += hour.exchanges;
        }
        response.add(&daily.response);
    }
    let by_day = by_day(range, days, |daily| daily.exchanges);
    Conversations {
        total_analyzed: by_day.iter().map(|day| day.count).sum(),
        by_day,
        sentiments,
        response_time_ms: times(&response),
        by_hour_of_week,
        sentiments_by_day: sentiments_by_day(range, days),
    }
}

fn sentiments_by_day(range: DayRange, days: &Days) -> Vec<DaySentiments> {
    let nothing = |date| DaySentiments { date, positive: 0, neutral: 0, negative: 0 };
    let mut all: Vec<DaySentiments> = range.iter().map(nothing).collect();
    for (day, daily) in days {
        let [positive, neutral, negative] = daily.sentiments;
        all[(day.0 - range.first.0) as usize] = DaySentiments { date: *day, positive, neutral, negative };
    }
    all
}

pub fn times(response: &Merged) -> Times {
    Times {
        count: response.count,
        avg: average(response.sum_ms as f64, response.count),
        p50: response.percentile(50),
        p95: response.percentile(95),
        p99: response.percentile(99),
        max: u64::from(response.max_ms),
    }
}

/// A figure for every day of the range.
pub fn by_day(range: DayRange, days: &Days, figure: impl Fn(&crate::rollup::Daily) -> u64) -> Vec<DayCount> {
    let mut counts: Vec<DayCount> = range.iter().map(|date| DayCount { date, count: 0 }).collect();
    for (day, daily) in days {
        counts[(day.0 - range.first.0) as usize].count = figure(daily);
    }
    counts
}
