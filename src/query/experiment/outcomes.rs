//! What came of sessions.

use crate::engine::TokenPrice;
use crate::model::{Outcome, Session};
use crate::query::overview::priced;

/// What some sessions add up to, their tokens priced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub sessions: u64,
    pub messages: u64,
    pub understood: u64,
    pub misunderstood: u64,
    pub satisfied: u64,
    pub dissatisfied: u64,
    /// Exchanges that say how long the reply took, and how long all of these took.
    pub timed: u64,
    pub response_ms: u64,
    /// Billionths of a dollar.
    pub cost_nanos: u128,
}

impl Outcomes {
    /// Prices tokens of exchanges that do not say what they cost.
    pub fn add(&mut self, session: &Session, price: TokenPrice) {
        let Outcome {
            understood,
            misunderstood,
            satisfied,
            dissatisfied,
            timed,
            response_ms,
            cost_nanos,
            unpriced_input_tokens,
            unpriced_output_tokens,
        } = session.outcome;
        self.sessions += 1;
        self.messages += session.messages;
        self.understood += understood;
        self.misunderstood += misunderstood;
        self.satisfied += satisfied;
        self.dissatisfied += dissatisfied;
        self.timed += timed;
        self.response_ms += response_ms;
        self.cost_nanos += priced(cost_nanos.into(), (unpriced_input_tokens, unpriced_output_tokens), price);
    }
}
