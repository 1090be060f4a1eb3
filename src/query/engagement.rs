//! Who came, with what, from where, and what they did.

use super::Days;
use super::answer::{EngagementAnswer, average};
use super::counts::counts;

pub fn engagement(days: &Days) -> EngagementAnswer {
    let began = || days.iter().map(|(_, daily)| &daily.began);
    let total_sessions = began().map(|began| began.sessions).sum();
    let messages: u64 = began().map(|began| began.messages).sum();
    let duration_ms: u64 = began().map(|began| began.duration_ms).sum();
    EngagementAnswer {
        total_sessions,
        devices: counts(began().map(|began| &began.devices)),
        browsers: counts(began().map(|began| &began.browsers)),
        referrers: counts(began().map(|began| &began.referrers)),
        conversions: counts(began().map(|began| &began.conversions)),
        pages: counts(days.iter().map(|(_, daily)| &daily.pages)),
        messages_per_session: average(messages as f64, total_sessions),
        session_duration_seconds: average(duration_ms as f64 / 1_000.0, total_sessions),
    }
}
