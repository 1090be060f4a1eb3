//! What one exchange, visit or conversion event leaves of itself beside the sums: as much as leads from a figure back to the sessions
//! behind it, without the texts.

use crate::model::{Event, Kind, Sentiment};

/// One exchange, one visit to a page, or one conversion event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace<'a> {
    Exchange {
        intent: Option<&'a str>,
        /// Whether the intent was served; `None` without an intent.
        success: Option<bool>,
        sentiment: Option<Sentiment>,
        /// Hash of the question it counts for; `None` where it counts for none.
        question: Option<u64>,
    },
    Visit {
        page: &'a str,
    },
    Conversion {
        event: &'a str,
    },
}

/// Calls `leave` with every trace of an event. `question` is the hash of what its message counts for among the questions.
pub fn traces<'a>(event: &'a Event, question: Option<u64>, mut leave: impl FnMut(Trace<'a>)) {
    match &event.kind {
        Kind::Message(message) | Kind::Introduction(message, _) => leave(Trace::Exchange {
            intent: message.intent.as_deref(),
            success: message.intent_success(),
            sentiment: message.sentiment,
            question,
        }),
        Kind::Engagement(engagement) => {
            engagement.pages.iter().for_each(|page| leave(Trace::Visit { page }));
            engagement.conversion_event.iter().for_each(|event| leave(Trace::Conversion { event }));
        }
        Kind::Lead(_) | Kind::Performance(_) | Kind::Feedback(_) | Kind::Exposure(_) => {}
    }
}

/// The first 6 bytes of BLAKE3. That any of a million other questions has the hash of the one asked for has a chance of
/// four in 10^9, and to make two of one hash on purpose takes more than a faster hash would.
pub fn question_hash(question: &str) -> u64 {
    let hash = blake3::hash(question.as_bytes());
    let eight = u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes"));
    eight & ((1 << QUESTION_HASH_BITS) - 1)
}

/// So many bits of a hash are kept.
pub const QUESTION_HASH_BITS: u32 = 48;
