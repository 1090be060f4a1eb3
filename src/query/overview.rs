//! What a window adds up to, at a glance.

use super::Days;
use super::answer::{Counts, Figures, average, percent};
use super::counts::{counts_of, merge};
use crate::engine::TokenPrice;
use crate::model::DayRange;
use crate::rollup::Daily;
use crate::rollup::presence::distinct;

/// Intents listed.
const TOP_INTENTS: usize = 5;

pub fn figures(range: DayRange, days: &Days, price: TokenPrice) -> Figures {
    let sum = |of: fn(&Daily) -> u64| days.iter().map(|(_, daily)| of(daily)).sum::<u64>();
    let total_leads = sum(|daily| daily.leads);
    let unique_sessions = distinct(range, days.iter().map(|(day, daily)| (*day, &daily.sessions)));
    let (with_intent, succeeded) = days
        .iter()
        .flat_map(|(_, daily)| daily.intents.iter().map(|(_, tally)| tally).chain(daily.intents.other()))
        .fold((0, 0), |(triggers, success), tally| (triggers + tally.triggers, success + tally.success));
    let cost_nanos: u128 = days.iter().map(|(_, daily)| cost_nanos(daily, price)).sum();
    Figures {
        total_conversations: sum(|daily| daily.exchanges),
        total_leads,
        unique_sessions,
        unique_users: distinct(range, days.iter().map(|(day, daily)| (*day, &daily.users))),
        avg_session_duration_seconds: average(
            sum(|daily| daily.began.duration_ms) as f64 / 1_000.0,
            sum(|daily| daily.began.sessions),
        ),
        conversion_rate_percent: percent(total_leads, unique_sessions),
        top_intents: top_intents(days),
        total_messages: sum(|daily| daily.messages),
        with_intent,
        not_understood_percent: percent(with_intent - succeeded, with_intent),
        satisfaction_percent: percent(sum(|daily| daily.satisfied), sum(|daily| daily.satisfaction_votes)),
        satisfaction_votes: sum(|daily| daily.satisfaction_votes),
        cost_usd: cost_nanos as f64 / 1e9,
        avg_response_time_ms: average(sum(|daily| daily.response.sum_ms) as f64, sum(|daily| daily.response.count)),
    }
}

/// The intents triggered most.
fn top_intents(days: &Days) -> Counts {
    let names = days.iter().map(|(_, daily)| &daily.intents);
    let (merged, truncated) = merge(names, |triggers: &mut u64, tally| *triggers += tally.triggers);
    counts_of(merged, truncated, TOP_INTENTS)
}

/// What the day cost: as the events say, and by tokens where they do not.
pub fn cost_nanos(daily: &Daily, price: TokenPrice) -> u128 {
    priced(daily.cost_nanos, (daily.unpriced_input_tokens, daily.unpriced_output_tokens), price)
}

/// What was said to have been paid, and the price of tokens in and out of which nothing was said.
pub fn priced(cost_nanos: u128, unpriced_tokens: (u64, u64), price: TokenPrice) -> u128 {
    let (input, output) = unpriced_tokens;
    cost_nanos + u128::from(input) * u128::from(price.input_nanos) + u128::from(output) * u128::from(price.output_nanos)
}
