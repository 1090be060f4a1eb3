//! The figures of single days.

use std::sync::Arc;

use super::Days;
use super::answer::DayFigures;
use super::conversations::times;
use super::overview::{cost_nanos, figures};
use crate::engine::TokenPrice;
use crate::model::{Day, DayRange};
use crate::rollup::Daily;
use crate::rollup::histogram::Merged;

pub fn daily(range: DayRange, days: &Days, price: TokenPrice) -> Vec<DayFigures> {
    let nothing = Arc::new(Daily::default());
    let mut rest = days.iter().peekable();
    let figures = range.iter().map(|date| {
        let found = rest.next_if(|(day, _)| *day == date);
        of_day(date, found.map_or_else(|| nothing.clone(), |(_, day)| day.clone()), price)
    });
    figures.collect()
}

fn of_day(date: Day, day: Arc<Daily>, price: TokenPrice) -> DayFigures {
    let mut response = Merged::default();
    response.add(&day.response);
    let figures = figures(DayRange::new(date, date), &[(date, day.clone())], price);
    DayFigures {
        date,
        conversations: day.exchanges,
        messages: day.messages,
        tokens: day.tokens,
        cost_nanos: cost_nanos(&day, price),
        leads: day.leads,
        response_time_sum_ms: day.response.sum_ms,
        response_time_count: day.response.count,
        unique_sessions: day.sessions.total,
        top_intents: figures.top_intents,
        unique_users: day.users.total,
        total_sessions: day.began.sessions,
        response_time_ms: times(&response),
        not_understood_percent: figures.not_understood_percent,
        satisfaction_percent: figures.satisfaction_percent,
        satisfaction_votes: figures.satisfaction_votes,
    }
}
