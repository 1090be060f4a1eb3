//! The figures of single days, which the legacy endpoints are made of.

use super::Days;
use super::answer::DayFigures;
use super::overview::{cost_nanos, top_intents};
use crate::engine::TokenPrice;
use crate::model::DayRange;
use crate::rollup::Daily;

pub fn daily(range: DayRange, days: &Days, price: TokenPrice) -> Vec<DayFigures> {
    let nothing = std::sync::Arc::new(Daily::default());
    let mut rest = days.iter().peekable();
    let figures = range.iter().map(|date| {
        let found = rest.next_if(|(day, _)| *day == date);
        let (_, day) = found.cloned().unwrap_or((date, nothing.clone()));
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
            top_intents: top_intents(&[(date, day)]),
        }
    });
    figures.collect()
}
