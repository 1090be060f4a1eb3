//! Answers that are kept as they were given, for as long as they are true.
//!
//! An answer is kept under its question as it was sent, with the state of its bots (one, or two that are compared) before and
//! after it was computed, which have to be the same: it is then the answer in that state. It is given again while their state is
//! still that one, to who may see them; only the time of day in it is new.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::{Equivalent, HashMap};
use parking_lot::RwLock;
use warp::reply::Response;

use super::App;
use super::params::Params;
use super::respond::{Answered, Body};
use crate::engine::State;
use crate::limits::{ANSWERS_KEPT_BYTES_MAX, ANSWERS_KEPT_MAX};

/// A question whose answer follows from the bot's state alone.
pub type Question = fn(&App, Params) -> Answered<Body>;

/// What an answer takes beside its text, its question and its bots' states, estimated bytes.
const ENTRY_BYTES: usize = 256;

/// The kept answer if it is still true, otherwise a new one. What is refused or fails is not kept.
pub fn answer(app: &App, path: &'static str, query: &str, question: Question) -> Answered<Response> {
    match kept(app, path, query) {
        Some(response) => Ok(response),
        None => answer_anew(app, path, query, question),
    }
}

/// The kept answer if there is one and it is still true.
pub fn kept(app: &App, path: &'static str, query: &str) -> Option<Response> {
    let kept = app.answers.find(&Asked { path, query })?;
    let is_true = |(bot, before): &(Box<str>, State)| app.engine.state(bot).is_ok_and(|state| state == *before);
    if !kept.states.iter().all(is_true) {
        return None;
    }
    app.meters.answers_kept.add(1);
    Some(kept.body.response(&app.clock))
}

/// A new answer, which is kept.
pub fn answer_anew(app: &App, path: &'static str, query: &str, question: Question) -> Answered<Response> {
    let params = Params::parse(query)?;
    let bots: Vec<Box<str>> = params.bots_named().map(Into::into).collect();
    // Unknown bots have no state, and refuse the question.
    let states =
        || bots.iter().map(|bot| Some((bot.clone(), app.engine.state(bot).ok()?))).collect::<Option<Box<[_]>>>();
    let before = states();
    let body = question(app, params)?;
    app.meters.answers_made.add(1);
    let response = body.response(&app.clock);
    if let Some(before) = before
        && states().as_ref() == Some(&before)
    {
        app.answers.keep(&Asked { path, query }, Kept { states: before, body });
    }
    Ok(response)
}

/// A bounded number of answers. What has not been asked for while half of the room was filled anew goes first.
#[derive(Default)]
pub struct Answers(RwLock<Halves>);

#[derive(Default)]
struct Halves {
    young: Half,
    old: Half,
}

#[derive(Default)]
struct Half {
    kept: HashMap<Key, Arc<Kept>, ahash::RandomState>,
    bytes: usize,
}

struct Kept {
    /// Of the bots it is about, by name.
    states: Box<[(Box<str>, State)]>,
    body: Body,
}

/// A question as it was sent.
struct Key {
    path: &'static str,
    query: Box<str>,
}

#[derive(Hash)]
struct Asked<'a> {
    path: &'static str,
    query: &'a str,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Asked { path: self.path, query: &self.query }.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.query == other.query
    }
}

impl Eq for Key {}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.path == key.path && *self.query == *key.query
    }
}

impl Answers {
    fn find(&self, asked: &Asked) -> Option<Arc<Kept>> {
        {
            let halves = self.0.read();
            if let Some(kept) = halves.young.kept.get(asked) {
                return Some(kept.clone());
            }
            if !halves.old.kept.contains_key(asked) {
                return None;
            }
        }
        let mut halves = self.0.write();
        let kept = halves.old.remove(asked)?;
        halves.put(asked, kept.clone());
        Some(kept)
    }

    fn keep(&self, asked: &Asked, kept: Kept) {
        if bytes(asked.query, &kept) <= ANSWERS_KEPT_BYTES_MAX / 2 {
            self.0.write().put(asked, Arc::new(kept));
        }
    }

    /// How many are kept, and what they take, estimated bytes.
    #[cfg(test)]
    fn size(&self) -> (usize, usize) {
        let halves = self.0.read();
        (halves.young.kept.len() + halves.old.kept.len(), halves.young.bytes + halves.old.bytes)
    }
}

impl Halves {
    fn put(&mut self, asked: &Asked, kept: Arc<Kept>) {
        self.old.remove(asked);
        self.young.remove(asked);
        let bytes = bytes(asked.query, &kept);
        if self.young.kept.len() >= ANSWERS_KEPT_MAX / 2 || self.young.bytes + bytes > ANSWERS_KEPT_BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += bytes;
        self.young.kept.insert(Key { path: asked.path, query: asked.query.into() }, kept);
    }
}

impl Half {
    fn remove(&mut self, asked: &Asked) -> Option<Arc<Kept>> {
        let kept = self.kept.remove(asked)?;
        self.bytes -= bytes(asked.query, &kept);
        Some(kept)
    }
}

fn bytes(query: &str, kept: &Kept) -> usize {
    let states: usize = kept.states.iter().map(|(bot, _)| bot.len() + size_of::<(Box<str>, State)>()).sum();
    query.len() + states + kept.body.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::respond::success;
    use super::*;
    use crate::model::Zone;

    fn kept(length: usize) -> Kept {
        let body = success(&json!({"text": "x".repeat(length)}));
        Kept { states: [("default".into(), State::at(0, Zone::UTC, 0))].into(), body }
    }

    fn fill(answers: &Answers, count: usize, length: usize) {
        for number in 0..count {
            answers.keep(&Asked { path: "/", query: &number.to_string() }, kept(length));
            // Asked for all the time, it stays.
            answers.find(&Asked { path: "/", query: "0" }).expect("it is kept");
        }
    }

    #[test]
    fn answers_are_bounded_by_number_and_by_bytes_and_those_in_use_stay() {
        let answers = Answers::default();
        fill(&answers, 3 * ANSWERS_KEPT_MAX, 1);
        let (count, bytes) = answers.size();
        assert!((ANSWERS_KEPT_MAX / 2..=ANSWERS_KEPT_MAX).contains(&count), "{count}");
        assert!(bytes <= ANSWERS_KEPT_BYTES_MAX);

        let answers = Answers::default();
        let length = ANSWERS_KEPT_BYTES_MAX / 20;
        fill(&answers, 60, length);
        let (count, bytes) = answers.size();
        assert!((ANSWERS_KEPT_BYTES_MAX / 4..=ANSWERS_KEPT_BYTES_MAX).contains(&bytes), "{bytes}");
        assert!(count < 20);
        answers.keep(&Asked { path: "/", query: "long" }, kept(ANSWERS_KEPT_BYTES_MAX));
        assert!(answers.find(&Asked { path: "/", query: "long" }).is_none());
    }

    #[test]
    fn a_question_kept_again_takes_the_place_it_had() {
        let answers = Answers::default();
        let asked = Asked { path: "/", query: "" };
        answers.keep(&asked, kept(100));
        let size = answers.size();
        (0..100).for_each(|_| answers.keep(&asked, kept(100)));
        assert_eq!(answers.size(), size);
    }
}
