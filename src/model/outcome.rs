//! What experiments measure of a session, in sums that know no order.

use serde::{Deserialize, Serialize};

use super::event::{Kind, Message};

/// Sums over the events of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Exchanges whose intent was served, and exchanges whose intent was not.
    pub understood: u64,
    pub misunderstood: u64,
    /// Voices of visitors.
    pub satisfied: u64,
    pub dissatisfied: u64,
    /// Exchanges that say how long the reply took, and how long all of these took.
    pub timed: u64,
    pub response_ms: u64,
    /// Billionths of a dollar.
    pub cost_nanos: u64,
    /// Tokens of exchanges that do not say what they cost.
    pub unpriced_input_tokens: u64,
    pub unpriced_output_tokens: u64,
}

impl Outcome {
    /// Adds what an event says.
    pub fn add(&mut self, kind: &Kind) {
        match kind {
            Kind::Message(message) | Kind::Introduction(message, _) => self.add_message(message),
            Kind::Feedback(feedback) => self.vote(feedback.satisfied()),
            Kind::Engagement(_) | Kind::Lead(_) | Kind::Performance(_) | Kind::Exposure(_) => {}
        }
    }

    fn add_message(&mut self, message: &Message) {
        match message.intent_success() {
            Some(true) => self.understood += 1,
            Some(false) => self.misunderstood += 1,
            None => {}
        }
        self.vote(message.user_satisfied);
        if let Some(response_ms) = message.response_time_ms {
            self.timed += 1;
            self.response_ms += u64::from(response_ms);
        }
        match message.cost_nanos {
            // Of amounts that no one pays the sum stops growing, in whatever order they come.
            Some(nanos) => self.cost_nanos = self.cost_nanos.saturating_add(nanos),
            None => {
                self.unpriced_input_tokens += u64::from(message.input_tokens.unwrap_or(0));
                self.unpriced_output_tokens += u64::from(message.output_tokens.unwrap_or(0));
            }
        }
    }

    fn vote(&mut self, satisfied: Option<bool>) {
        match satisfied {
            Some(true) => self.satisfied += 1,
            Some(false) => self.dissatisfied += 1,
            None => {}
        }
    }
}
