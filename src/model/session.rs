//! What the events of one session, or of one user, add up to.

use serde::{Deserialize, Serialize};

use super::contact::Contact;
use super::day::{Day, Zone};
use super::event::{Event, Kind, Lead, Message, Sentiment};
use super::exposure::{Exposed, Unit, keep_first_exposure};
use super::outcome::Outcome;
use super::{BotId, Seq};
use crate::limits::{INTENTS_PER_SESSION_MAX, PAGES_PER_SESSION_MAX};

/// Place of an event in time; events of the same millisecond stand in the order of their arrival.
pub type Moment = (i64, Seq);

/// A value and when it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub at: Moment,
    pub value: Box<str>,
}

/// One visitor's chat: the fold of the events that name it, in whatever order they arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub bot: BotId,
    pub name: Box<str>,
    pub first_ms: i64,
    pub last_ms: i64,
    /// Events that name it.
    pub interactions: u64,
    /// Message events.
    pub exchanges: u64,
    /// Sum of their `message_count`.
    pub messages: u64,
    /// Lead events.
    pub leads: u32,
    /// The first person named; absent while everyone was anonymous.
    pub user: Option<Said>,
    pub device: Option<Said>,
    pub browser: Option<Said>,
    pub referrer: Option<Said>,
    /// The latest one.
    pub conversion: Option<Said>,
    /// Visits in order of time, the first `PAGES_PER_SESSION_MAX` of them.
    pub pages: Vec<Said>,
    /// Distinct intents, sorted, up to `INTENTS_PER_SESSION_MAX`.
    pub intents: Vec<Box<str>>,
    /// Bit n for `Sentiment::ALL[n]`.
    pub sentiments: u8,
    /// Days with an exchange, sorted.
    pub active_days: Vec<Day>,
    /// Where its latest events stand in the log, in order of arrival; earlier ones have spilled into rows of their own.
    pub seqs: Vec<Seq>,
    /// Events that have spilled.
    pub spilled: u64,
    /// What its messages say of the visitor.
    pub contact: Option<Box<Contact>>,
    /// Of its events since the file knows experiments. Not among what a digest of before has been made of.
    #[serde(skip)]
    pub outcome: Outcome,
    /// First exposures to experiments that draw by session, by their names. The same.
    #[serde(skip)]
    pub exposures: Vec<Exposed>,
}

impl Session {
    /// A session of which `event` will be the first; advance it with that event next.
    pub fn begin(bot: BotId, name: &str, timestamp_ms: i64) -> Self {
        Self {
            bot,
            name: name.into(),
            first_ms: timestamp_ms,
            last_ms: timestamp_ms,
            interactions: 0,
            exchanges: 0,
            messages: 0,
            leads: 0,
            user: None,
            device: None,
            browser: None,
            referrer: None,
            conversion: None,
            pages: Vec::new(),
            intents: Vec::new(),
            sentiments: 0,
            active_days: Vec::new(),
            seqs: Vec::new(),
            spilled: 0,
            contact: None,
            outcome: Outcome::default(),
            exposures: Vec::new(),
        }
    }

    /// Takes one more event in. Returns the neighbours of a day that became active.
    pub fn advance(&mut self, event: &Event, seq: Seq, zone: Zone) -> Option<NewDay> {
        let at = (event.timestamp_ms, seq);
        self.first_ms = self.first_ms.min(event.timestamp_ms);
        self.last_ms = self.last_ms.max(event.timestamp_ms);
        self.interactions += 1;
        self.seqs.push(seq);
        keep_first(&mut self.user, at, event.user_id.as_deref());
        assert!(self.first_ms <= self.last_ms);
        match &event.kind {
            Kind::Message(message) => self.exchange(message, zone.day(event.timestamp_ms)),
            Kind::Introduction(message, said) => {
                self.contact.get_or_insert_default().hear(at, said);
                self.exchange(message, zone.day(event.timestamp_ms))
            }
            Kind::Engagement(engagement) => {
                keep_first(&mut self.device, at, engagement.device_type.as_deref());
                keep_first(&mut self.browser, at, engagement.browser.as_deref());
                keep_first(&mut self.referrer, at, engagement.referrer.as_deref());
                keep_latest(&mut self.conversion, at, engagement.conversion_event.as_deref());
                self.visit(at, &engagement.pages);
                None
            }
            Kind::Lead(_) => {
                self.leads += 1;
                None
            }
            Kind::Exposure(exposure) => {
                if exposure.unit == Unit::Session {
                    keep_first_exposure(&mut self.exposures, at, exposure);
                }
                None
            }
            Kind::Feedback(_) | Kind::Performance(_) => None,
        }
    }

    /// The lead that its messages amount to, and since when. A session with lead events of its own has none beside them:
    /// who sends those counts leads in a way of their own.
    pub fn found_lead(&self) -> Option<(Moment, Lead)> {
        let contact = self.contact.as_ref().filter(|_| self.leads == 0)?;
        Some((contact.reached?, contact.lead()))
    }

    /// What stands in the place of a session that has gone.
    pub fn gone() -> Self {
        Self::begin(0, "", 0)
    }

    /// Every session that is there has an event.
    pub fn is_gone(&self) -> bool {
        self.interactions == 0
    }

    pub fn has_lead(&self) -> bool {
        self.leads > 0 || self.contact.as_ref().is_some_and(|contact| contact.reached.is_some())
    }

    fn exchange(&mut self, message: &Message, day: Day) -> Option<NewDay> {
        self.exchanges += 1;
        self.messages += u64::from(message.message_count);
        if let Some(intent) = &message.intent {
            self.remember_intent(intent);
        }
        if let Some(sentiment) = message.sentiment {
            self.sentiments |= sentiment_bit(sentiment);
        }
        add_day(&mut self.active_days, day)
    }

    /// Estimated bytes in memory.
    pub fn weight(&self) -> usize {
        let said = [&self.user, &self.device, &self.browser, &self.referrer, &self.conversion];
        let said: usize = said.into_iter().flatten().map(|said| text_weight(&said.value)).sum();
        let pages: usize = self.pages.iter().map(|visit| text_weight(&visit.value)).sum();
        let intents: usize = self.intents.iter().map(|intent| text_weight(intent)).sum();
        let contact = self.contact.as_ref().map_or(0, |contact| contact.weight());
        size_of::<Self>()
            + text_weight(&self.name)
            + said
            + pages
            + size_of::<Said>() * self.pages.capacity()
            + intents
            + size_of::<Box<str>>() * self.intents.capacity()
            + contact
            + size_of::<Day>() * self.active_days.capacity()
            + size_of::<Seq>() * self.seqs.capacity()
            + self.exposures.iter().map(Exposed::weight).sum::<usize>()
    }

    pub fn duration_ms(&self) -> u64 {
        (self.last_ms - self.first_ms) as u64
    }

    fn visit(&mut self, at: Moment, pages: &[Box<str>]) {
        let place = self.pages.partition_point(|visit| visit.at <= at);
        let visits = pages.iter().map(|page| Said { at, value: page.clone() });
        self.pages.splice(place..place, visits);
        self.pages.truncate(PAGES_PER_SESSION_MAX);
    }

    fn remember_intent(&mut self, intent: &str) {
        if let Err(place) = self.intents.binary_search_by(|known| (**known).cmp(intent))
            && self.intents.len() < INTENTS_PER_SESSION_MAX
        {
            self.intents.insert(place, intent.into());
        }
    }
}

/// What a text takes on the heap: allocators give in steps.
pub(super) fn text_weight(text: &str) -> usize {
    text.len().next_multiple_of(16)
}

pub fn sentiment_bit(sentiment: Sentiment) -> u8 {
    1 << Sentiment::ALL.iter().position(|known| *known == sentiment).unwrap_or_default()
}

/// A person across sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub bot: BotId,
    pub name: Box<str>,
    /// Days with an exchange, sorted.
    pub active_days: Vec<Day>,
    /// Hash of the name once that has gone, so that a person who comes back is counted once; 0 before.
    pub forgotten: u64,
    /// First exposures to experiments that draw by user, by their names.
    pub exposures: Vec<Exposed>,
}

impl User {
    pub fn new(bot: BotId, name: &str) -> Self {
        Self { bot, name: name.into(), active_days: Vec::new(), forgotten: 0, exposures: Vec::new() }
    }

    /// What stands in the place of a person of whom nothing is left. Every other has a name, or once had one.
    pub fn gone(bot: BotId) -> Self {
        Self::new(bot, "")
    }

    pub fn is_gone(&self) -> bool {
        self.name.is_empty() && self.forgotten == 0
    }

    /// Estimated bytes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + text_weight(&self.name)
            + size_of::<Day>() * self.active_days.capacity()
            + self.exposures.iter().map(Exposed::weight).sum::<usize>()
    }
}

/// A day that became active, with the active days before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDay {
    pub day: Day,
    pub before: Option<Day>,
    pub after: Option<Day>,
}

/// Inserts `day`; `None` if it was active already.
pub fn add_day(active_days: &mut Vec<Day>, day: Day) -> Option<NewDay> {
    let place = active_days.binary_search(&day).err()?;
    let before = place.checked_sub(1).map(|at| active_days[at]);
    let after = active_days.get(place).copied();
    active_days.insert(place, day);
    Some(NewDay { day, before, after })
}

fn keep_first(kept: &mut Option<Said>, at: Moment, value: Option<&str>) {
    if let Some(value) = value
        && kept.as_ref().is_none_or(|said| at < said.at)
    {
        *kept = Some(Said { at, value: value.into() });
    }
}

pub(super) fn keep_latest(kept: &mut Option<Said>, at: Moment, value: Option<&str>) {
    if let Some(value) = value
        && kept.as_ref().is_none_or(|said| at > said.at)
    {
        *kept = Some(Said { at, value: value.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_between_two_others_knows_both() {
        let mut days = vec![Day(3), Day(9)];
        let added = add_day(&mut days, Day(5));
        assert_eq!(added, Some(NewDay { day: Day(5), before: Some(Day(3)), after: Some(Day(9)) }));
        assert_eq!(add_day(&mut days, Day(5)), None);
    }
}
