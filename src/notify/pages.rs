//! What is written down: letters that wait, what became of those before, and what their senders remember. No I/O.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::Message;
use super::{Again, Failed};
use crate::limits::{
    DELIVERIES_KEPT_MAX, DELIVERY_PAUSE_MS_MAX, DELIVERY_PAUSE_MS_MIN, DELIVERY_TRIED_FOR_MS, LETTERS_AT_ONCE_MAX,
    LETTERS_WAITING_MAX,
};

/// A message on its way to one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// The same for each try.
    pub id: String,
    pub channel: String,
    pub message: Message,
    /// Epoch ms, as all times here.
    pub made_ms: i64,
    pub tries: u32,
    /// Not before this.
    pub next_ms: i64,
    /// What came of the last try.
    pub answer: Option<String>,
}

impl Letter {
    /// One that was not tried yet.
    pub fn of(id: String, channel: &str, message: Message, now_ms: i64) -> Self {
        let channel = channel.to_owned();
        Self { id, channel, message, made_ms: now_ms, tries: 0, next_ms: now_ms, answer: None }
    }

    pub fn lane(&self) -> Lane {
        Lane { channel: self.channel.clone(), to: self.message.to.clone() }
    }

    /// The same for one of its readers alone, who is tried at once.
    fn to(&self, reader: &str, now_ms: i64, answer: &str) -> Self {
        let hash = blake3::hash(format!("{}\n{reader}", self.id).as_bytes()).to_hex();
        let message = Message { to: Some(reader.to_owned()), ..self.message.clone() };
        let (id, answer) = (hash[..32].to_owned(), Some(answer.to_owned()));
        Self { id, message, tries: self.tries + 1, next_ms: now_ms, answer, ..self.clone() }
    }

    /// What it is called in a log.
    fn logged_as(&self) -> String {
        let Message { title, to, .. } = &self.message;
        match to {
            // That of a report says it.
            Some(to) if !title.ends_with(to) => format!("{title}: {to}"),
            _ => title.clone(),
        }
    }
}

/// The way of a letter: to a channel, or to one reader of it. The letters of one go one after the other; none waits for those of
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    channel: String,
    to: Option<String>,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DeliveryOutcome")]
pub enum Outcome {
    /// It waits for its first or its next try.
    Waiting,
    Sent,
    /// It was tried for a day, or the receiver will not have it.
    GivenUp,
}

/// A line of a channel's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub title: String,
    pub made_ms: i64,
    /// When it came to this.
    pub at_ms: i64,
    pub tries: u32,
    pub outcome: Outcome,
    /// What the receiver answered, or why it could not.
    pub answer: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pages {
    /// Oldest first.
    waiting: Vec<Letter>,
    /// By channel, oldest first.
    done: BTreeMap<String, VecDeque<Delivery>>,
    /// By the name of whoever remembers it.
    remembered: BTreeMap<String, Value>,
    /// When a server began with what a backup held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restored_ms: Option<i64>,
}

impl Pages {
    /// Puts a letter behind those of its lane. Where too many wait, the oldest of them gives way, and the log says so.
    pub fn post(&mut self, id: String, channel: &str, message: Message, now_ms: i64) {
        self.waiting.push(Letter::of(id, channel, message, now_ms));
        self.make_room(channel, now_ms);
    }

    fn make_room(&mut self, channel: &str, now_ms: i64) {
        let of_channel = |letter: &&Letter| letter.channel == channel;
        while self.waiting_for(channel) > LETTERS_WAITING_MAX
            && let Some(oldest) = self.waiting.iter().find(of_channel).map(|letter| letter.id.clone())
        {
            self.give_up(&oldest, now_ms, "it gave way to newer ones: too many wait");
        }
    }

    /// Puts a letter for each reader in the place of one for all of them, which none got because one of them was refused.
    pub fn to_each(&mut self, id: &str, readers: &[String], now_ms: i64, why: &str) {
        let Some(place) = self.waiting.iter().position(|letter| letter.id == id) else { return };
        let letter = self.waiting.remove(place);
        self.waiting.splice(place..place, readers.iter().map(|reader| letter.to(reader, now_ms, why)));
        self.make_room(&letter.channel, now_ms);
    }

    /// The first letter of each lane that is not busy, where its time has come; of those to single readers of a channel no more
    /// than may be on their way at once.
    pub fn due(&self, now_ms: i64, busy: &HashSet<Lane>) -> Vec<Letter> {
        let mut seen = HashSet::new();
        let firsts = self.waiting.iter().filter(|letter| seen.insert((&letter.channel, &letter.message.to)));
        let free = firsts.filter(|letter| letter.next_ms <= now_ms && !busy.contains(&letter.lane()));
        let mut at_once = HashMap::<&str, usize>::new();
        for lane in busy.iter().filter(|lane| lane.to.is_some()) {
            *at_once.entry(&lane.channel).or_default() += 1;
        }
        let mut due = Vec::new();
        for letter in free {
            // What is for all readers waits for no letter to one of them.
            if letter.message.to.is_some() {
                let count = at_once.entry(&letter.channel).or_default();
                if *count >= LETTERS_AT_ONCE_MAX {
                    continue;
                }
                *count += 1;
            }
            due.push(letter.clone());
        }
        due
    }

    /// Notes that a letter was sent.
    pub fn sent(&mut self, id: &str, now_ms: i64, answer: String) {
        if let Some(letter) = self.waiting.iter_mut().find(|letter| letter.id == id) {
            letter.tries += 1;
        }
        self.conclude(id, now_ms, Outcome::Sent, Some(answer));
    }

    /// Notes that a letter was not. `luck`, from 0 to 1, spreads the next tries of many.
    pub fn failed(&mut self, id: &str, now_ms: i64, failed: Failed, luck: f64) {
        let Some(letter) = self.waiting.iter_mut().find(|letter| letter.id == id) else { return };
        letter.answer = Some(failed.why);
        let pause_ms = pause_ms(letter.tries, luck);
        letter.tries += 1;
        let Again::After(asked_ms) = failed.again else { return self.conclude(id, now_ms, Outcome::GivenUp, None) };
        let pause_ms = pause_ms.max(asked_ms.unwrap_or(0).min(DELIVERY_PAUSE_MS_MAX));
        if now_ms + pause_ms > letter.made_ms + DELIVERY_TRIED_FOR_MS {
            return self.conclude(id, now_ms, Outcome::GivenUp, None);
        }
        letter.next_ms = now_ms + pause_ms;
    }

    /// Lets go of the letters of a backup that this was read from: they may have been sent since it was made. Returns how many
    /// there were.
    pub fn begin_with_backup(&mut self, now_ms: i64) -> usize {
        let waiting: Vec<String> = self.waiting.iter().map(|letter| letter.id.clone()).collect();
        let why = "it waited when the backup was made, and may have been sent since: it is not sent again";
        waiting.iter().for_each(|id| self.give_up(id, now_ms, why));
        self.restored_ms = Some(now_ms);
        waiting.len()
    }

    /// When a server began with what a backup held, if one did: what was due before may have been sent.
    pub fn restored_ms(&self) -> Option<i64> {
        self.restored_ms
    }

    /// Lets a letter go that cannot be sent.
    pub fn give_up(&mut self, id: &str, now_ms: i64, why: &str) {
        self.conclude(id, now_ms, Outcome::GivenUp, Some(why.to_owned()));
    }

    fn conclude(&mut self, id: &str, now_ms: i64, outcome: Outcome, answer: Option<String>) {
        let Some(place) = self.waiting.iter().position(|letter| letter.id == id) else { return };
        let letter = self.waiting.remove(place);
        let tries = letter.tries;
        let answer = answer.or_else(|| letter.answer.clone()).unwrap_or_default();
        let title = letter.logged_as();
        let Letter { id, channel, made_ms, .. } = letter;
        self.log(&channel, Delivery { id, title, made_ms, at_ms: now_ms, tries, outcome, answer });
    }

    /// Adds a line to a channel's log.
    pub fn log(&mut self, channel: &str, delivery: Delivery) {
        let log = self.done.entry(channel.to_owned()).or_default();
        log.push_back(delivery);
        while log.len() > DELIVERIES_KEPT_MAX {
            log.pop_front();
        }
    }

    /// What became of a channel's letters, the latest first; those that wait before all others.
    pub fn deliveries(&self, channel: &str) -> Vec<Delivery> {
        let waiting = self.waiting.iter().rev().filter(|letter| letter.channel == channel).map(|letter| Delivery {
            id: letter.id.clone(),
            title: letter.logged_as(),
            made_ms: letter.made_ms,
            at_ms: letter.next_ms,
            tries: letter.tries,
            outcome: Outcome::Waiting,
            answer: letter.answer.clone().unwrap_or_default(),
        });
        let done = self.done.get(channel).into_iter().flat_map(|log| log.iter().rev().cloned());
        waiting.chain(done).collect()
    }

    /// Forgets what became of the letters of channels that are gone.
    pub fn keep_channels(&mut self, is_there: impl Fn(&str) -> bool) {
        self.done.retain(|channel, _| is_there(channel));
    }

    /// How many letters wait for a channel.
    pub fn waiting_for(&self, channel: &str) -> usize {
        self.waiting.iter().filter(|letter| letter.channel == channel).count()
    }

    /// How many letters wait, for whatever channel.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What someone remembers; what it is at first where there is nothing, or nothing of this shape.
    pub fn remembered<T: DeserializeOwned + Default>(&self, who: &str) -> T {
        let known = self.remembered.get(who).cloned().map(serde_json::from_value);
        known.transpose().ok().flatten().unwrap_or_default()
    }

    pub fn remember(&mut self, who: &str, what: &impl Serialize) {
        let value = serde_json::to_value(what).expect("its keys are texts");
        self.remembered.insert(who.to_owned(), value);
    }
}

/// Twice as long after each try, and up to a fifth more.
fn pause_ms(tries: u32, luck: f64) -> i64 {
    let pause_ms = DELIVERY_PAUSE_MS_MIN.saturating_mul(1 << tries.min(20)).min(DELIVERY_PAUSE_MS_MAX);
    pause_ms + (pause_ms as f64 * luck.clamp(0.0, 1.0) / 5.0) as i64
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::language::Language;

    fn post(pages: &mut Pages, id: u32, channel: &str, now_ms: i64) {
        pages.post(id.to_string(), channel, Message::test(channel, Language::En), now_ms);
    }

    #[test]
    fn a_letter_is_tried_for_a_day_and_then_given_up() {
        let mut pages = Pages::default();
        post(&mut pages, 0, "ops", 0);
        let (mut now_ms, mut tries) = (0, 0);
        while pages.is_waiting() {
            let due = pages.due(now_ms, &HashSet::new());
            if let [letter] = &due[..] {
                tries += 1;
                pages.failed(&letter.id.clone(), now_ms, Failed::later("no one is there"), 0.5);
            }
            now_ms += 1_000;
        }
        assert!((24..40).contains(&tries), "{tries}");
        assert!(now_ms > DELIVERY_TRIED_FOR_MS - 2 * DELIVERY_PAUSE_MS_MAX && now_ms <= DELIVERY_TRIED_FOR_MS + 1_000);
        let [delivery] = &pages.deliveries("ops")[..] else { panic!("one") };
        assert_eq!((delivery.outcome, delivery.tries), (Outcome::GivenUp, tries));
        assert_eq!(delivery.answer, "no one is there");
    }

    #[test]
    fn a_channel_keeps_its_order_and_no_other_waiting() {
        let mut pages = Pages::default();
        for (id, channel) in [(1, "a"), (2, "a"), (3, "b")] {
            post(&mut pages, id, channel, 0);
        }
        let ids = |letters: Vec<Letter>| letters.into_iter().map(|letter| letter.id).collect::<Vec<_>>();
        assert_eq!(ids(pages.due(0, &HashSet::new())), ["1", "3"]);
        let busy = HashSet::from([Lane { channel: "a".into(), to: None }]);
        assert_eq!(ids(pages.due(0, &busy)), ["3"]);
        pages.failed("1", 0, Failed::later("away"), 0.0);
        assert_eq!(ids(pages.due(1, &HashSet::new())), ["3"], "the second does not overtake the first");
        pages.failed("1", 0, Failed { why: "no".into(), again: Again::Never }, 0.0);
        assert_eq!(ids(pages.due(1, &HashSet::new())), ["2", "3"]);
        pages.failed("3", 0, Failed { why: "slowly".into(), again: Again::After(Some(60_000)) }, 0.0);
        assert!(pages.due(59_999, &busy).is_empty());
    }

    /// A full mailbox once held up the reports of all others, and the alerts by mail, for a day.
    #[test]
    fn a_reader_who_is_refused_holds_up_no_other_and_few_are_written_to_at_once() {
        let mut pages = Pages::default();
        let post = |pages: &mut Pages, id: &str, to: Option<&str>| {
            let message = Message { to: to.map(str::to_owned), ..Message::test("mail", Language::En) };
            pages.post(id.into(), "mail", message, 0);
        };
        for (id, to) in [("1", Some("anna")), ("2", Some("anna")), ("3", Some("zoe")), ("4", None)] {
            post(&mut pages, id, to);
        }
        let ids = |letters: Vec<Letter>| letters.into_iter().map(|letter| letter.id).collect::<Vec<_>>();
        assert_eq!(ids(pages.due(0, &HashSet::new())), ["1", "3", "4"]);
        pages.failed("1", 0, Failed::later("450 mailbox full"), 0.0);
        assert_eq!(ids(pages.due(1, &HashSet::new())), ["3", "4"], "hers stay in order, those of the others go");
        for reader in ["a", "b", "c", "d", "e", "f"] {
            post(&mut pages, reader, Some(reader));
        }
        let due = pages.due(1, &HashSet::new());
        assert_eq!(due.len(), LETTERS_AT_ONCE_MAX + 1);
        let busy: HashSet<Lane> = due.iter().filter(|letter| letter.id != "4").map(Letter::lane).collect();
        assert_eq!(ids(pages.due(1, &busy)), ["4"]);
    }

    /// An alert to several once waited for the one of them whose mailbox was full, or went to none where it was gone.
    #[test]
    fn where_one_reader_is_refused_each_gets_a_letter_of_his_own() {
        let mut pages = Pages::default();
        for id in 0..3 {
            post(&mut pages, id, "mail", 0);
        }
        let readers = ["anna".to_owned(), "zoe".to_owned()];
        pages.to_each("0", &readers, 5, "550 not here");
        let due = pages.due(5, &HashSet::new());
        let to: Vec<_> = due.iter().map(|letter| letter.message.to.as_deref()).collect();
        assert_eq!(to, [Some("anna"), Some("zoe"), None], "and the next one to all");
        assert!(due[0].id != due[1].id && due[0].id.len() == 32 && due[0].tries == 1);
        pages.failed(&due[0].id, 5, Failed { why: "550 not here".into(), again: Again::Never }, 0.0);
        pages.sent(&due[1].id, 5, "250 ok".into());
        let told: Vec<_> = pages.deliveries("mail").into_iter().skip(2).map(|one| (one.title, one.outcome)).collect();
        let title = "NovaHouse: a test of the channel mail";
        assert_eq!(told, [(format!("{title}: zoe"), Outcome::Sent), (format!("{title}: anna"), Outcome::GivenUp)]);
        let many: Vec<String> = (0..LETTERS_WAITING_MAX + 5).map(|number| number.to_string()).collect();
        pages.to_each("1", &many, 6, "450 not now");
        assert_eq!(pages.waiting_for("mail"), LETTERS_WAITING_MAX);
    }

    #[test]
    fn nothing_grows_beyond_its_limit_and_what_gives_way_is_told() {
        let seed = RandomState::new().hash_one(0);
        println!("seed {seed}");
        let mut random = SmallRng::seed_from_u64(seed);
        let mut pages = Pages::default();
        for id in 0..3_000 {
            post(&mut pages, id, if random.random_bool(0.9) { "a" } else { "b" }, i64::from(id));
            if random.random_bool(0.05) {
                let due = pages.due(i64::from(id), &HashSet::new());
                due.iter().for_each(|letter| pages.sent(&letter.id, i64::from(id), "200 OK".into()));
            }
        }
        for channel in ["a", "b"] {
            let all = pages.deliveries(channel);
            assert!(all.len() <= LETTERS_WAITING_MAX + DELIVERIES_KEPT_MAX);
            assert!(all.iter().filter(|one| one.outcome == Outcome::Waiting).count() <= LETTERS_WAITING_MAX);
        }
        assert!(pages.deliveries("a").iter().any(|one| one.answer.contains("gave way")));
        let text = serde_json::to_string(&pages).unwrap();
        assert_eq!(serde_json::from_str::<Pages>(&text).unwrap(), pages);
    }
}
