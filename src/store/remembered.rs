//! What makes repetition harmless: the event ids and idempotency keys of the last 24 hours.

use std::collections::{HashMap, HashSet, VecDeque};

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use super::codec::{checked, decode};
use super::tables::Tables;
use crate::engine::Receipt;
use crate::error::{Error, Result};
use crate::limits::{EVENT_IDS_MAX, IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_MS};

/// Hash of a bot and an event id.
pub type IdHash = u128;
/// Time of arrival (epoch ms) and a number that makes it unique: the key of both tables.
pub type Arrival = (i64, u64);

pub fn id_hash(bot: &str, id: &str) -> IdHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(bot.len() as u64).to_le_bytes());
    hasher.update(bot.as_bytes());
    hasher.update(id.as_bytes());
    u128::from_le_bytes(hasher.finalize().as_bytes()[..16].try_into().expect("sixteen bytes"))
}

/// A key and the answer it was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answered {
    pub key: Box<str>,
    pub receipt: Receipt,
}

/// The hashes of a row of `event_ids`.
///
/// # Errors
/// `Corrupt` where it is damaged.
pub fn decode_ids(bytes: &[u8], arrival: Arrival) -> Result<Vec<IdHash>> {
    let (hashes, rest) = checked(bytes, "event_ids", arrival)?.as_chunks::<16>();
    match rest {
        [] => Ok(hashes.iter().map(|bytes| u128::from_le_bytes(*bytes)).collect()),
        _ => Err(Error::corrupt("event_ids", arrival, "not a whole number of hashes")),
    }
}

#[derive(Default)]
pub struct Remembered {
    ids: HashSet<IdHash, RandomState>,
    id_groups: VecDeque<(Arrival, Vec<IdHash>)>,
    answers: HashMap<Box<str>, (Arrival, Receipt), RandomState>,
    answer_order: VecDeque<(Arrival, Box<str>)>,
    /// Makes the next arrival unique.
    next: u64,
}

impl Remembered {
    pub fn load(tables: &Tables, now_ms: i64) -> Result<Self> {
        let mut remembered = Self::default();
        let since = (now_ms - IDEMPOTENCY_MS, 0);
        for entry in tables.event_ids.range(since..)? {
            let (arrival, bytes) = entry?;
            remembered.add_ids(arrival.value(), decode_ids(bytes.value(), arrival.value())?);
        }
        for entry in tables.idempotency.range(since..)? {
            let (arrival, bytes) = entry?;
            remembered.add_answer(arrival.value(), decode(bytes.value(), "idempotency", arrival.value())?);
        }
        Ok(remembered)
    }

    /// Keys for what arrives now: one for a group of ids, or for an answer.
    pub fn arrivals(&self, now_ms: i64) -> impl Iterator<Item = Arrival> {
        (self.next..).map(move |number| (now_ms, number))
    }

    pub fn knows_id(&self, hash: IdHash) -> bool {
        self.ids.contains(&hash)
    }

    pub fn answer(&self, key: &str) -> Option<&Receipt> {
        self.answers.get(key).map(|(_, receipt)| receipt)
    }

    pub fn add_ids(&mut self, arrival: Arrival, hashes: Vec<IdHash>) {
        self.next = self.next.max(arrival.1 + 1);
        if !hashes.is_empty() {
            self.ids.extend(&hashes);
            self.id_groups.push_back((arrival, hashes));
        }
    }

    pub fn add_answer(&mut self, arrival: Arrival, answered: Answered) {
        self.next = self.next.max(arrival.1 + 1);
        self.answer_order.push_back((arrival, answered.key.clone()));
        self.answers.insert(answered.key, (arrival, answered.receipt));
    }

    /// Forgets what is older than 24 hours, or too much.
    pub fn expire(&mut self, now_ms: i64) {
        let since = (now_ms - IDEMPOTENCY_MS, 0);
        while let Some((arrival, hashes)) = self.id_groups.front()
            && (*arrival < since || self.ids.len() > EVENT_IDS_MAX)
        {
            hashes.iter().for_each(|hash| {
                self.ids.remove(hash);
            });
            self.id_groups.pop_front();
        }
        while let Some((arrival, key)) = self.answer_order.front()
            && (*arrival < since || self.answers.len() > IDEMPOTENCY_KEYS_MAX)
        {
            if self.answers.get(key).is_some_and(|(current, _)| current == arrival) {
                self.answers.remove(key);
            }
            self.answer_order.pop_front();
        }
    }

    /// The oldest arrivals still remembered, of ids and of answers: rows before them can go.
    pub fn oldest(&self) -> (Option<Arrival>, Option<Arrival>) {
        (self.id_groups.front().map(|group| group.0), self.answer_order.front().map(|entry| entry.0))
    }
}
