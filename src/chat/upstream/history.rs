//! What a session has said so far, for an upstream that remembers nothing itself.

use std::collections::{HashMap, VecDeque};

use ahash::RandomState;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::chat::DEFAULT_SESSION;
use crate::limits::{HISTORY_EXCHANGES_MAX, HISTORY_SESSIONS_MAX};

#[derive(Default)]
pub struct History(Mutex<Sessions>);

/// A message and its reply.
type Exchange = (Box<str>, Box<str>);
/// A bot and a session.
type Name = (Box<str>, Box<str>);

#[derive(Default)]
struct Sessions {
    exchanges: HashMap<Name, VecDeque<Exchange>, RandomState>,
    /// In order of first exchange; the oldest goes first.
    order: VecDeque<Name>,
}

impl History {
    /// The session's latest exchanges, as messages of the OpenAI form.
    pub fn of(&self, bot: &str, session: &str) -> Vec<Value> {
        let sessions = self.0.lock();
        let exchanges = sessions.exchanges.get(&(bot.into(), session.into())).into_iter().flatten();
        exchanges
            .flat_map(|(message, reply)| {
                [json!({"role": "user", "content": message}), json!({"role": "assistant", "content": reply})]
            })
            .collect()
    }

    /// Those who name no session are strangers to each other: nothing of them is held.
    pub fn add(&self, bot: &str, session: &str, message: &str, reply: &str) {
        if session == DEFAULT_SESSION {
            return;
        }
        let name: Name = (bot.into(), session.into());
        let mut sessions = self.0.lock();
        if !sessions.exchanges.contains_key(&name) {
            sessions.order.push_back(name.clone());
        }
        let exchanges = sessions.exchanges.entry(name).or_default();
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

    /// Forgets what was said in sessions.
    pub fn forget(&self, bot: &str, names: &[Box<str>]) {
        let mut sessions = self.0.lock();
        for name in names {
            let name: Name = (bot.into(), name.clone());
            if sessions.exchanges.remove(&name).is_some() {
                sessions.order.retain(|known| *known != name);
            }
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
            history.add("b", "s", &format!("m{number}"), "r");
        }
        let held = history.of("b", "s");
        assert_eq!((held.len(), &held[0]["content"]), (2 * HISTORY_EXCHANGES_MAX, &"m1".into()));
        for number in 0..HISTORY_SESSIONS_MAX {
            history.add("b", &format!("other-{number}"), "m", "r");
        }
        assert!(history.of("b", "s").is_empty());
        assert_eq!(history.of("b", "other-7").len(), 2);
        assert!(history.of("another bot", "other-7").is_empty());
        history.forget("b", &["other-7".into(), "nowhere".into()]);
        assert!(history.of("b", "other-7").is_empty() && !history.of("b", "other-8").is_empty());
        history.add("b", DEFAULT_SESSION, "m", "r");
        assert!(history.of("b", DEFAULT_SESSION).is_empty());
    }
}
