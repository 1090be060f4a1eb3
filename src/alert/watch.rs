//! Looks at all rules once a minute, and remembers what came of it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

use super::measure::{End, Judged, judge};
use super::memory::{Happened, Known, Memory, WHO};
use super::own::Own;
use super::rule::Rule;
use super::state::{Acknowledged, News, Phase, State, Timing};
use super::telling::{Readers, Told, messages};
use super::words::Why;
use super::{What, no_rule};
use crate::clock::Clock;
use crate::engine::{self, Engine};
use crate::error::{Error, Result};
use crate::ingest::Ingest;
use crate::language::Language;
use crate::limits::ALERT_LOOKS_EVERY;
use crate::metrics::{Histogram, Tally};
use crate::model::{DayRange, Zone};
use crate::notify::{Book, Channels};
use crate::random;
use crate::settings::{Document, Settings};

const MINUTE_MS: i64 = 60_000;
/// How rules stand that no one looks at, or has looked at yet.
const OFF: &str = "off";
const NEW: &str = "new";

/// Watches over all rules of a server.
pub struct Watch {
    engine: Arc<dyn Engine>,
    ingest: Ingest,
    settings: Arc<Settings>,
    book: Arc<Book>,
    clock: Clock,
    /// Where people reach this server, for links.
    public_url: Option<String>,
    /// As it is written down, or about to be: who holds it changes it.
    memory: Mutex<Memory>,
    /// The same for those who only look.
    shown: RwLock<Arc<Memory>>,
    latest: RwLock<Arc<Latest>>,
    /// How long it took to look at all rules.
    took: Histogram,
}

/// What was found of each rule last, by its id.
pub type Latest = HashMap<String, Seen>;

/// What was found of a rule, and of what state of the bot: while that is the same, so is what is found.
#[derive(Clone, Debug)]
pub struct Seen {
    pub judged: Judged,
    /// The days that were looked at; none of what is as it is now.
    days: Option<DayRange>,
    question: String,
    end: End,
    state: Option<engine::State>,
}

/// The zone of a bot; UTC of what is of none, or of one that is gone.
fn zone_of(engine: &dyn Engine, bot: Option<&str>) -> Result<Zone> {
    match bot.map(|bot| engine.bot(bot)) {
        Some(Ok(bot)) => Ok(bot.zone),
        Some(Err(Error::NotFound(_))) | None => Ok(Zone::UTC),
        Some(Err(error)) => Err(error),
    }
}

/// What a round finds.
struct Round<'e> {
    engine: &'e dyn Engine,
    memory: Memory,
    told: Vec<Told>,
    now_ms: i64,
}

impl Watch {
    pub fn new(
        engine: Arc<dyn Engine>,
        ingest: Ingest,
        settings: Arc<Settings>,
        book: Arc<Book>,
        clock: Clock,
        public_url: Option<String>,
    ) -> Self {
        let memory: Memory = book.pages().remembered(WHO);
        let shown = RwLock::new(Arc::new(memory.clone()));
        let (memory, latest, took) = (Mutex::new(memory), RwLock::default(), Histogram::default());
        Self { engine, ingest, settings, book, clock, public_url, memory, shown, latest, took }
    }

    /// Looks once a minute, and as soon as the settings have changed, for as long as it is polled.
    pub async fn run(self: Arc<Self>) -> Infallible {
        let mut looked = None;
        loop {
            let minute = self.clock.now_ms().div_euclid(MINUTE_MS);
            let settings = self.settings.now();
            let is_same = |(before, known): &(i64, Arc<Document>)| *before == minute && Arc::ptr_eq(known, &settings);
            if !looked.as_ref().is_some_and(is_same) {
                looked = Some((minute, settings));
                let watch = self.clone();
                if tokio::task::spawn_blocking(move || watch.look()).await.is_err() {
                    tracing::error!("looking at the alerts panicked; it is tried again in a minute");
                }
            }
            tokio::time::sleep(ALERT_LOOKS_EVERY).await;
        }
    }

    /// States and history as they are now. Waits for no one.
    pub fn memory(&self) -> Arc<Memory> {
        self.shown.read().clone()
    }

    /// What was found last. Waits for no one.
    pub fn latest(&self) -> Arc<Latest> {
        self.latest.read().clone()
    }

    /// How long it took to look at all rules, each time since the start.
    pub fn took(&self) -> Tally {
        self.took.read()
    }

    /// Rules by how they stand, those that were not looked at yet and those that rest among them.
    pub fn standing(&self) -> Vec<(&'static str, usize)> {
        let (document, memory) = (self.settings.now(), self.memory());
        let stands = |id: &str, rule: &Rule| match memory.states.get(id) {
            _ if !rule.enabled => OFF,
            Some(known) => known.state.phase.name(),
            None => NEW,
        };
        let names = Phase::ALL.map(Phase::name).into_iter().chain([NEW, OFF]);
        let count = |name: &str| document.alerts.rules.iter().filter(|(id, rule)| stands(id, rule) == name).count();
        names.map(|name| (name, count(name))).collect()
    }

    /// Looks at all rules now. Waits for the disk where something happens.
    pub fn look(&self) {
        let began = Instant::now();
        let mut memory = self.memory.lock();
        let (document, now_ms) = (self.settings.now(), self.clock.now_ms());
        if document.alerts.rules.is_empty() && memory.states.is_empty() {
            return;
        }
        let mut round = Round { engine: &*self.engine, memory: memory.clone(), told: Vec::new(), now_ms };
        let latest = self.judge_all(&document, &mut round);
        *self.latest.write() = Arc::new(latest);
        self.took.observe(began.elapsed());
        round.end_what_is_gone(&document);
        if let Err(error) = self.keep(&mut memory, round, &document.channels) {
            tracing::error!(%error, "what became of the alerts cannot be written down; it is tried again in a minute");
        }
    }

    fn judge_all(&self, document: &Document, round: &mut Round<'_>) -> Latest {
        let before = self.latest();
        let mut latest = Latest::with_capacity(document.alerts.rules.len());
        let is_own = |rule: &Rule| rule.enabled && rule.metric.is_own();
        let own = match document.alerts.rules.values().any(is_own) {
            true => Own::look(&*self.engine, &self.ingest.stats()),
            false => Own::default(),
        };
        for (id, rule) in document.alerts.rules.iter().filter(|(_, rule)| rule.enabled) {
            let seen = match self.judge(rule, &own, before.get(id), round.now_ms) {
                Ok(seen) => seen,
                Err(error) => {
                    // What cannot be looked at stays as it was: a rule of its own watches the storage.
                    tracing::error!(%error, rule = id, "a rule cannot be judged");
                    continue;
                }
            };
            let mutes = |silence: &super::Silence| silence.mutes(id, rule, round.now_ms);
            let muted = document.alerts.silences.values().any(mutes);
            round.step(id, rule, &seen, muted);
            latest.insert(id.clone(), seen);
        }
        latest
    }

    fn judge(&self, rule: &Rule, own: &Own, before: Option<&Seen>, now_ms: i64) -> Result<Seen> {
        let bot = rule.bot.as_deref();
        let zone = zone_of(&*self.engine, bot)?;
        let (question, end) = (rule.question(), End::at(rule, zone, now_ms));
        let state = bot.and_then(|bot| self.engine.state(bot).ok());
        if let Some(seen) = before
            && state.is_some()
            && (seen.state, seen.end, &seen.question) == (state, end, &question)
        {
            return Ok(seen.clone());
        }
        let judged = judge(&*self.engine, own, rule, end)?;
        Ok(Seen { judged, days: end.days(rule, zone), question, end, state })
    }

    /// Writes down what has changed, together with what is to be told.
    fn keep(&self, memory: &mut Memory, round: Round<'_>, channels: &Channels) -> Result<()> {
        if round.memory == *memory && round.told.is_empty() {
            return Ok(());
        }
        let readers = Readers { channels, public_url: self.public_url.as_deref() };
        let letters = messages(&round.told, readers, round.now_ms);
        let letters = letters.into_iter().map(|(channel, message)| Ok((random::id()?, channel, message)));
        let letters = letters.collect::<Result<Vec<_>>>()?;
        self.write(memory, round.memory, |pages| {
            for (id, channel, message) in letters {
                pages.post(id, &channel, message, round.now_ms);
            }
        })
    }

    fn write(&self, memory: &mut Memory, fresh: Memory, post: impl FnOnce(&mut crate::notify::Pages)) -> Result<()> {
        self.book.change(|pages| {
            pages.remember(WHO, &fresh);
            post(pages);
        })?;
        *self.shown.write() = Arc::new(fresh.clone());
        *memory = fresh;
        Ok(())
    }

    /// Notes that someone takes care of an alert: no one is reminded of it any more. Waits for the disk.
    ///
    /// # Errors
    /// Where the rule does not fire.
    pub fn acknowledge(&self, id: &str, by: &str) -> Result<()> {
        let mut memory = self.memory.lock();
        let at_ms = self.clock.now_ms();
        let mut fresh = memory.clone();
        let known = fresh.states.get_mut(id).ok_or_else(|| no_rule(id))?;
        let fired = known.state.fired.as_mut();
        let fired =
            fired.ok_or_else(|| Error::Conflict("the rule does not fire: there is nothing to acknowledge".into()))?;
        fired.acknowledged = Some(Acknowledged { by: by.to_owned(), at_ms });
        let (what, why) = (What::Acknowledged, Some(by.to_owned()));
        let happened = happened(id, &known.rule, what, None, why, at_ms);
        fresh.note(happened);
        self.write(&mut memory, fresh, |_| {})
    }
}

impl Round<'_> {
    /// What a rule's alert goes through.
    fn step(&mut self, id: &str, rule: &Rule, Seen { judged, days, .. }: &Seen, muted: bool) {
        let question = rule.question();
        if self.memory.states.get(id).is_some_and(|known| known.question != question) {
            self.end(id, Why::AsksElse);
        }
        let known = self.memory.states.remove(id);
        let (state, mut told) =
            known.map_or_else(|| (State::fresh(self.now_ms), Vec::new()), |known| (known.state, known.told));
        let timing = Timing { hold_ms: rule.hold_ms(), remind_ms: rule.remind_ms() };
        let (next, news) = state.next(timing, judged.verdict, self.now_ms, muted);
        if let Some(news) = news {
            if news != News::Resolved {
                told.extend(
                    rule.channels.iter().filter(|channel| !told.contains(channel)).cloned().collect::<Vec<_>>(),
                );
            }
            let channels = if news == News::Resolved { std::mem::take(&mut told) } else { rule.channels.clone() };
            let why = (news == News::Resolved && judged.value.is_none()).then_some(Why::NoData);
            let fired_ms = next.fired.as_ref().or(state.fired.as_ref()).map_or(self.now_ms, |fired| fired.at_ms);
            self.tell(Told {
                id: id.to_owned(),
                rule: rule.clone(),
                news,
                value: judged.value,
                fired_ms,
                zone: self.zone(rule),
                days: *days,
                why,
                channels,
            });
        }
        if next.fired.is_none() {
            told.clear();
        }
        self.memory.states.insert(id.to_owned(), Known { state: next, question, rule: rule.clone(), told });
    }

    /// Ends the alerts of rules that are gone or rest.
    fn end_what_is_gone(&mut self, document: &Document) {
        let is_followed = |id: &String| document.alerts.rules.get(id).is_some_and(|rule| rule.enabled);
        let gone: Vec<String> = self.memory.states.keys().filter(|id| !is_followed(id)).cloned().collect();
        gone.iter().for_each(|id| self.end(id, Why::Gone));
    }

    fn end(&mut self, id: &str, why: Why) {
        let Some(known) = self.memory.states.remove(id) else { return };
        let (Some(news), Some(fired)) = (known.state.end(), &known.state.fired) else { return };
        let (rule, channels, fired_ms) = (known.rule, known.told, fired.at_ms);
        let (id, zone, value, days, why) = (id.to_owned(), self.zone(&rule), None, None, Some(why));
        self.tell(Told { id, rule, news, value, fired_ms, zone, days, why, channels });
    }

    fn zone(&self, rule: &Rule) -> Zone {
        // What it cannot be asked for now is told all the same.
        zone_of(self.engine, rule.bot.as_deref()).unwrap_or(Zone::UTC)
    }

    fn tell(&mut self, told: Told) {
        // The page has words of its own for it.
        let why = told.why.map(|why| why.words(Language::En).to_owned());
        self.memory.note(happened(&told.id, &told.rule, told.news.into(), told.value, why, self.now_ms));
        self.told.push(told);
    }
}

fn happened(id: &str, rule: &Rule, what: What, value: Option<f64>, why: Option<String>, at_ms: i64) -> Happened {
    let (name, bot, severity) = (rule.name.clone(), rule.bot.clone(), rule.severity);
    Happened { at_ms, id: id.to_owned(), name, bot, severity, what, value, why }
}
