//! What a session has said so far, for an upstream that remembers nothing itself.

use std::collections::{HashMap, VecDeque};

use ahash::RandomState;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::limits::{HISTORY_EXCHANGES_MAX, HISTORY_SESSIONS_MAX};

#[derive(Default)]
pub struct History(Mutex<Sessions>);

/// A message and its reply.
type Exchange = (Box<str>, Box<str>);

#[derive(Default)]
struct Sessions {
    exchanges: HashMap<Box<str>, VecDeque<Exchange>, RandomState>,
    /// In order of first exchange; the oldest goes first.
    order: VecDeque<Box<str>>,
}

impl History {
    /// The session's latest exchanges, as messages of the OpenAI form.
    pub fn of(&self, session: &str) -> Vec<Value> {
        let sessions = self.0.lock();
        let exchanges = sessions.exchanges.get(session).into_iter().flatten();
        exchanges
            .flat_map(|(message, reply)| {
                [json!({"role": "user", "content": message}), json!({"role": "assistant", "content": reply})]
            })
            .collect()
    }

    pub fn add(&self, session: &str, message: &str, reply: &str) {
        let mut sessions = self.0.lock();
        if !sessions.exchanges.contains_key(session) {
            sessions.order.push_back(session.into());
        }
        let exchanges = sessions.exchanges.entry(session.into()).or_default();
        exchanges.push_back((message.into(), reply.into()));
        if exchanges.len() > HISTORY_EXCHANGES_MAX {
            exchanges.pop_front();
        }
        if sessions.order.len() > HISTORY_SESSIONS_MAX
            && let Some(oldest) = sessions.order.pop_front()
        {
            sessions.exchanges.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_exchanges_of_the_latest_sessions_are_held() {
        let history = History::default();
        for number in 0..=HISTORY_EXCHANGES_MAX {
            history.add("s", &format!("m{number}"), "r");
        }
        let held = history.of("s");
        assert_eq!((held.len(), &held[0]["content"]), (2 * HISTORY_EXCHANGES_MAX, &"m1".into()));
        for number in 0..HISTORY_SESSIONS_MAX {
            history.add(&format!("other-{number}"), "m", "r");
        }
        assert!(history.of("s").is_empty());
        assert_eq!(history.of("other-7").len(), 2);
    }
}
