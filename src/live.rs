//! What is happening now, for those who watch: short notes of events that have just been stored. Nobody waits for a
//! watcher: notes go to a ring of fixed size, and who is slow misses some and is told how many.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::engine::{Batch, Receipt};
use crate::limits::{LIVE_NOTES_PER_BATCH_MAX, LIVE_NOTES_WAITING_MAX, LIVE_TEXT_CHARS_MAX};
use crate::model::day::rfc3339;
use crate::model::{Event, Kind, Message, Sentiment};

/// What a watcher is shown of one event.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Note {
    #[serde(skip)]
    pub bot: Box<str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub timestamp: String,
    pub session_id: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_time_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfied: Option<bool>,
    /// Whether the message leaves an address or a number.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub contact: bool,
}

/// Notes of one batch, and how many of each bot's events are not among them for their number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    pub notes: Vec<Note>,
    pub left_out: BTreeMap<Box<str>, u64>,
    /// How often everything had been forgotten when they were noted.
    era: u64,
}

/// Where notes are handed out.
pub struct Live {
    sender: Mutex<Option<Sender<Arc<Notes>>>>,
    /// How often everything was forgotten.
    era: AtomicU64,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: Mutex::new(Some(broadcast::channel(LIVE_NOTES_WAITING_MAX).0)), era: AtomicU64::new(0) }
    }
}

impl Live {
    /// None once the server stops.
    pub fn watch(&self) -> Option<Receiver<Arc<Notes>>> {
        self.sender.lock().as_ref().map(Sender::subscribe)
    }

    pub fn watchers(&self) -> usize {
        self.sender.lock().as_ref().map_or(0, Sender::receiver_count)
    }

    /// Ends what every watcher receives.
    pub fn stop(&self) {
        drop(self.sender.lock().take());
    }

    /// Nothing is shown any more of what was noted until now, to those who were too slow to see it either.
    pub fn forget(&self) {
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether notes may still be shown.
    pub fn remembers(&self, notes: &Notes) -> bool {
        notes.era == self.era.load(Ordering::Relaxed)
    }

    /// Notes of batches that are about to be stored; none where nobody watches.
    pub fn note(&self, batches: &[Batch]) -> Vec<Draft> {
        if self.watchers() == 0 {
            return Vec::new();
        }
        let era = self.era.load(Ordering::Relaxed);
        batches.iter().map(|batch| Draft { era, ..Draft::of(batch) }).collect()
    }

    /// Hands out what of the drafts was stored.
    pub fn tell(&self, drafts: Vec<Draft>, receipts: &[Receipt]) {
        let Some(sender) = self.sender.lock().clone() else { return };
        for (draft, receipt) in drafts.into_iter().zip(receipts) {
            let notes = draft.stored(receipt);
            if !notes.notes.is_empty() || !notes.left_out.is_empty() {
                // An error says that the last watcher has just left.
                let _ = sender.send(Arc::new(notes));
            }
        }
    }
}

/// Notes of a batch before it is known which of its events are new.
#[derive(Debug, Default)]
pub struct Draft {
    /// With their places in the batch.
    notes: Vec<(u32, Note)>,
    /// Bots and places of events beyond each bot's limit.
    beyond: Vec<(Box<str>, u32)>,
    era: u64,
}

impl Draft {
    fn of(batch: &Batch) -> Self {
        let mut draft = Self::default();
        let mut of_bot: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, event) in (0..).zip(&batch.events) {
            if matches!(event.kind, Kind::Engagement(_) | Kind::Performance(_) | Kind::Exposure(_)) {
                continue;
            }
            let noted = of_bot.entry(&event.bot).or_default();
            *noted += 1;
            if *noted <= LIVE_NOTES_PER_BATCH_MAX {
                draft.notes.push((place, note(event)));
            } else {
                draft.beyond.push((event.bot.clone(), place));
            }
        }
        draft
    }

    fn stored(self, receipt: &Receipt) -> Notes {
        if receipt.repeated {
            return Notes::default();
        }
        // Ascending, as they were passed over in the order of the batch.
        let is_new = |place: &u32| receipt.passed_over.binary_search(place).is_err();
        let mut left_out = BTreeMap::new();
        for (bot, _) in self.beyond.into_iter().filter(|(_, place)| is_new(place)) {
            *left_out.entry(bot).or_default() += 1;
        }
        let notes = self.notes.into_iter().filter(|(place, _)| is_new(place)).map(|(_, note)| note).collect();
        Notes { notes, left_out, era: self.era }
    }
}

fn note(event: &Event) -> Note {
    let whole = Note {
        bot: event.bot.clone(),
        kind: event.kind.name(),
        timestamp: rfc3339(event.timestamp_ms),
        session_id: event.session_id.clone().unwrap_or_default(),
        ..Note::default()
    };
    match &event.kind {
        Kind::Message(message) => of_message(whole, message),
        Kind::Introduction(message, said) => Note { contact: said.is_reachable(), ..of_message(whole, message) },
        Kind::Feedback(feedback) => Note { satisfied: feedback.satisfied(), ..whole },
        Kind::Lead(_) | Kind::Engagement(_) | Kind::Performance(_) | Kind::Exposure(_) => whole,
    }
}

fn of_message(whole: Note, message: &Message) -> Note {
    let short = |text: &Option<Box<str>>| text.as_deref().map(|text| text.chars().take(LIVE_TEXT_CHARS_MAX).collect());
    Note {
        user_message: short(&message.user_message),
        bot_response: short(&message.bot_response),
        intent: message.intent.as_deref().map(|name| name.chars().take(LIVE_TEXT_CHARS_MAX).collect()),
        success: message.intent_success(),
        sentiment: message.sentiment,
        response_time_ms: message.response_time_ms,
        ..whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sessions: &[&str]) -> Batch {
        let event = |session: &&str| Event {
            bot: "default".into(),
            id: None,
            timestamp_ms: 0,
            session_id: Some((*session).into()),
            user_id: None,
            kind: Kind::Message(Message::default()),
        };
        Batch { events: sessions.iter().map(event).collect(), ..Batch::default() }
    }

    fn told(live: &Live, receipt: Receipt) -> Option<Vec<String>> {
        let mut watcher = live.watch().unwrap();
        live.tell(live.note(&[batch(&["a", "b", "c"])]), &[receipt]);
        watcher.try_recv().ok().map(|notes| notes.notes.iter().map(|note| note.session_id.to_string()).collect())
    }

    #[test]
    fn only_what_was_stored_is_told() {
        let live = Live::default();
        assert!(live.note(&[batch(&["a"])]).is_empty(), "nobody watches");
        assert_eq!(told(&live, Receipt::default()).unwrap(), ["a", "b", "c"]);
        assert_eq!(told(&live, Receipt { passed_over: vec![0, 2], ..Receipt::default() }).unwrap(), ["b"]);
        assert_eq!(told(&live, Receipt { repeated: true, ..Receipt::default() }), None);
        live.stop();
        assert!(live.watch().is_none());
    }

    #[test]
    fn what_was_noted_before_everything_was_forgotten_is_shown_to_no_one() {
        let live = Live::default();
        let mut watcher = live.watch().unwrap();
        let noted = live.note(&[batch(&["a"])]);
        live.forget();
        live.tell(noted, &[Receipt::default()]);
        live.tell(live.note(&[batch(&["b"])]), &[Receipt::default()]);
        assert!(!live.remembers(&watcher.try_recv().unwrap()));
        assert!(live.remembers(&watcher.try_recv().unwrap()));
    }

    #[test]
    fn one_bots_crowd_hides_nothing_of_another() {
        let mut crowd = batch(&vec!["s"; LIVE_NOTES_PER_BATCH_MAX + 5]);
        crowd.events.push(Event { bot: "other".into(), ..crowd.events[0].clone() });
        let notes = Draft::of(&crowd).stored(&Receipt::default());
        assert_eq!(notes.notes.iter().filter(|note| &*note.bot == "other").count(), 1);
        assert_eq!(notes.left_out, BTreeMap::from([("default".into(), 5)]));
    }

    #[test]
    fn a_large_batch_is_told_in_part_and_the_rest_counted() {
        let sessions = vec!["s"; LIVE_NOTES_PER_BATCH_MAX + 5];
        let draft = Draft::of(&batch(&sessions));
        let notes = draft.stored(&Receipt { passed_over: vec![LIVE_NOTES_PER_BATCH_MAX as u32], ..Receipt::default() });
        assert_eq!((notes.notes.len(), notes.left_out["default"]), (LIVE_NOTES_PER_BATCH_MAX, 4));
    }
}
