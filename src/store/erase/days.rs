//! Days counted anew without what is purged, as if it had never come: from the events that are left of them, the leads and
//! the sessions that began on them. Of those who came, what a day knows besides is how long ago they had come before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use super::super::codec::{decode, encode_packed, value_hash};
use super::super::digests::{Behind, Differences, Of};
use super::super::read;
use super::super::sessions::{Snapshot, around_ms};
use super::super::tables::*;
use super::asked::NewQuestions;
use super::events::Changes;
use super::people::{NewLeads, People};
use crate::error::{Error, Result};
use crate::model::{Bot, BotId, Day, DayRange, Event, Kind, User};
use crate::rollup::daily::Opening;
use crate::rollup::presence::recount_days;
use crate::rollup::questions::{Asked, asked, by_hash, hash_of};
use crate::rollup::{Daily, Presence, Questions};

/// Rows of days; `None` where nothing is left of one.
pub type NewDays = Vec<((BotId, i32), Option<Vec<u8>>)>;

/// Days as they are to be.
pub struct Days<'a> {
    snapshot: &'a Snapshot<'a>,
    bot: &'a Bot,
    behind: &'a Behind,
    daily: BTreeMap<Day, Daily>,
    questions: NewQuestions,
    /// Persons who still come on these.
    come: BTreeMap<Day, BTreeSet<Box<str>>>,
}

impl<'a> Days<'a> {
    /// `questions` are those of which some have been replaced.
    pub fn of(snapshot: &'a Snapshot<'a>, bot: &'a Bot, behind: &'a Behind, questions: NewQuestions) -> Self {
        Self { snapshot, bot, behind, daily: BTreeMap::new(), questions, come: BTreeMap::new() }
    }

    /// Counts days anew.
    pub fn count(&mut self, days: &BTreeSet<Day>, changes: &Changes, leads: &NewLeads) -> Result<()> {
        let mut words = HashMap::new();
        for day in days {
            if let Some(questions) = self.asked(*day)? {
                words.extend(
                    questions.asked.iter().map(|(question, _)| (hash_of(question), Box::<str>::from(question))),
                );
            }
            self.daily.insert(*day, Daily::default());
            self.questions.insert(*day, Questions::default());
        }
        for range in runs(days) {
            self.count_events(range, changes, &words)?;
            self.count_leads(range, leads)?;
            self.count_sessions(range, changes)?;
        }
        for day in days {
            let counted = self.daily.remove(day).unwrap_or_default();
            let stored = self.stored(*day)?;
            self.daily.insert(*day, counted.with_presence_of(stored));
        }
        Ok(())
    }

    fn count_events(&mut self, range: DayRange, changes: &Changes, words: &HashMap<u64, Box<str>>) -> Result<()> {
        let zone = self.behind.zone;
        read::scan_log(&self.snapshot.tables, 0, Some(around_ms(range)), |stretch| {
            for (seq, event) in stretch.events {
                if *event.bot == *self.bot.name
                    && range.contains(zone.day(event.timestamp_ms))
                    && let Some(event) = changes.event(seq, event)
                {
                    self.count_event(&event, words);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    fn count_event(&mut self, event: &Event, words: &HashMap<u64, Box<str>>) {
        let (day, hour) = self.behind.zone.day_and_hour(event.timestamp_ms);
        let daily = self.daily.entry(day).or_default();
        match &event.kind {
            Kind::Message(message) | Kind::Introduction(message, _) => {
                daily.add_message(message, hour);
                let questions = self.questions.entry(day).or_default();
                match asked(message) {
                    Some(Asked::Words(words)) => questions.add(&words),
                    // The words of some messages have gone, and are known from what was counted of the day.
                    Some(Asked::Hash(hash)) => match words.get(&hash) {
                        Some(words) => questions.add(words),
                        None => questions.add(&by_hash(hash)),
                    },
                    None => {}
                }
                if let Some(user) = &event.user_id {
                    self.come.entry(day).or_default().insert(user.clone());
                }
            }
            Kind::Engagement(engagement) => daily.add_visits(engagement),
            Kind::Feedback(feedback) => daily.add_feedback(feedback),
            // Counted from the list of leads, where messages that amount to one stand too.
            Kind::Lead(_) => {}
            Kind::Performance(_) | Kind::Exposure(_) => {}
        }
    }

    fn count_leads(&mut self, range: DayRange, gone: &NewLeads) -> Result<()> {
        let gone: BTreeSet<LeadKey> = gone.iter().map(|(key, _)| *key).collect();
        let (from_ms, to_ms) = around_ms(range);
        for entry in self.snapshot.tables.leads.range((self.bot.id, from_ms, 0)..(self.bot.id, to_ms, 0))? {
            let (key, bytes) = entry?;
            let key = key.value();
            let (day, hour) = self.behind.zone.day_and_hour(key.1);
            if !range.contains(day) || gone.contains(&key) {
                continue;
            }
            let lead: Event = decode(bytes.value(), "leads", key)?;
            let Kind::Lead(lead) = &lead.kind else {
                return Err(Error::corrupt("leads", key, "it is no lead"));
            };
            self.daily.entry(day).or_default().add_lead(lead, hour);
        }
        Ok(())
    }

    fn count_sessions(&mut self, range: DayRange, changes: &Changes) -> Result<()> {
        let snapshot = self.snapshot;
        for start in snapshot.starts(self.bot, range, None)? {
            let (first_ms, number, _) = start?;
            if !changes.sessions.contains_key(&number) {
                let opening = Opening::of(&snapshot.session(number)?);
                self.daily.entry(self.behind.zone.day(first_ms)).or_default().began.add(&opening);
            }
        }
        Ok(())
    }

    /// Takes sessions that are purged out of those who came.
    pub fn without_sessions(&mut self, people: &People) -> Result<()> {
        for session in people.sessions.values() {
            self.come_on(&session.active_days, &[], |daily| &mut daily.sessions)?;
        }
        Ok(())
    }

    /// A person's days without those on which exchanges were purged, except those on which others are left.
    pub fn without_days(&mut self, user: &User, name: &str, days: &BTreeSet<Day>) -> Result<Vec<Day>> {
        let comes = |day: &Day| self.come.get(day).is_some_and(|users| users.contains(name));
        let now: Vec<Day> = user.active_days.iter().copied().filter(|day| !days.contains(day) || comes(day)).collect();
        self.come_on(&user.active_days, &now, |daily| &mut daily.users)?;
        Ok(now)
    }

    fn come_on(&mut self, before: &[Day], now: &[Day], of: impl Fn(&mut Daily) -> &mut Presence) -> Result<()> {
        let same = before.iter().zip(now).take_while(|(one, other)| one == other).count();
        for day in &before[same..] {
            if !self.daily.contains_key(day) {
                let stored = self.stored(*day)?;
                self.daily.insert(*day, stored);
            }
        }
        recount_days(before, now, |day, change| change(of(self.daily.entry(day).or_default())));
        Ok(())
    }

    fn stored(&self, day: Day) -> Result<Daily> {
        Ok(read::rollup(&self.snapshot.tables.daily, "daily", (self.bot.id, day.0))?.unwrap_or_default())
    }

    /// What was asked on a day, as it is counted until now.
    fn asked(&self, day: Day) -> Result<Option<Questions>> {
        match self.questions.get(&day) {
            Some(questions) => Ok(Some(questions.clone())),
            None => read::rollup(&self.snapshot.tables.questions, "questions", (self.bot.id, day.0)),
        }
    }

    pub fn daily_rows(&self) -> NewDays {
        let row = |(day, daily): (&Day, &Daily)| {
            assert!(daily.is_whole(), "the rollup of {day} does not add up");
            ((self.bot.id, day.0), (*daily != Daily::default()).then(|| encode_packed(daily)))
        };
        self.daily.iter().map(row).collect()
    }

    /// # Errors
    /// `Corrupt` where a row is not what was written.
    pub fn question_rows(&self, differences: &mut Differences) -> Result<NewDays> {
        let mut rows = NewDays::new();
        for (day, questions) in &self.questions {
            let key = (self.bot.id, day.0);
            let now = encode_packed(questions);
            if *day < self.behind.horizons.events_proven
                && let Some(before) = self.snapshot.tables.questions.get(key)?
            {
                let hash = |bytes: &[u8]| value_hash(bytes, "questions", key);
                differences.add(Of::Questions, key.0, day.0.into(), hash(before.value())?, hash(&now)?);
            }
            rows.push((key, (*questions != Questions::default()).then_some(now)));
        }
        Ok(rows)
    }
}

/// Days that follow each other together.
fn runs(days: &BTreeSet<Day>) -> Vec<DayRange> {
    let mut runs = Vec::<DayRange>::new();
    for day in days {
        match runs.last_mut().filter(|run| run.last.plus(1) == *day) {
            Some(run) => run.last = *day,
            None => runs.push(DayRange::new(*day, *day)),
        }
    }
    runs
}
