//! What the oracle was told to erase: the events themselves are changed, or marked as never having come.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use novahouse::engine::Whom;
use novahouse::model::erased::{Seed, is_pseudonym};
use novahouse::model::{Event, Kind, Lead, Message};
use novahouse::rollup::trace::{QUESTION_HASH_BITS, question_hash};

use super::oracle::{Oracle, question};
use super::oracle_log::{Seen, Told, session_id};

/// What has to come of an erasure.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    NothingHeld,
    Refused,
    /// Sessions, events, exchanges and metrics.
    Done([u64; 4]),
}

/// The question that a message asks, by its hash.
fn asked(message: &Message) -> Option<u64> {
    match message.question {
        Some(hash) => Some(hash),
        None => question(message.user_message.as_deref()?).map(|words| question_hash(&words)),
    }
}

fn names(event: &Event, user: &str) -> bool {
    event.user_id.as_deref() == Some(user)
}

fn erase_contact(lead: &mut Lead) {
    for said in [
        &mut lead.name,
        &mut lead.email,
        &mut lead.phone,
        &mut lead.property_size,
        &mut lead.location,
        &mut lead.additional_info,
    ] {
        *said = said.as_ref().map(|_| "(erased)".into());
    }
}

impl Oracle {
    pub fn erase(&self, bot: &str, whom: Whom<'_>, purge: bool, seed: &Seed) -> Outcome {
        let told = self.told(bot).unwrap();
        let (_, kept) = self.log.lock().kept(bot);
        let is_meant = |(name, seen): &(&str, &Seen)| {
            !seen.is_gone
                && match whom {
                    Whom::Session(id) => session_id(name) == id,
                    Whom::User(user) => {
                        let listed = |event: &Event| {
                            matches!(event.kind, Kind::Lead(_)) && self.day(event).0 >= told.sessions_since
                        };
                        seen.left.iter().any(|(_, event)| names(event, user))
                            || seen.first(|event| event.user_id.as_deref()) == Some(user)
                            || seen.events.iter().any(|(_, event)| names(event, user) && listed(event))
                    }
                }
        };
        let sessions = told.sessions.iter().map(|(name, seen)| (&**name, seen));
        let meant: Vec<(&str, &Seen)> = sessions.filter(is_meant).collect();
        let known_by = |user: &str| {
            let events: Vec<_> = told.days.values().flatten().map(|(_, event)| event.clone()).collect();
            events.into_iter().filter(|event| event.person() == Some(user)).collect::<Vec<_>>()
        };
        let is_metric = |event: &Event, user: &str| matches!(event.kind, Kind::Performance(_)) && names(event, user);
        let (mut metrics, mut alone, mut person) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        if let Whom::User(user) = whom {
            metrics = told.left.iter().filter(|(_, event)| is_metric(event, user)).map(|(seq, _)| *seq).collect();
            let is_alone = |event: &Event| event.session_id.is_none() && event.person() == Some(user);
            alone = told.left.iter().filter(|(_, event)| is_alone(event)).map(|(seq, _)| *seq).collect();
            person = known_by(user);
        }
        if meant.is_empty() && metrics.is_empty() && alone.is_empty() && person.is_empty() {
            return Outcome::NothingHeld;
        }
        let is_counted = meant.iter().any(|(_, seen)| seen.began.0 < kept.events)
            || person.iter().any(|event| self.day(event).0 < kept.events);
        if purge && is_counted {
            return Outcome::Refused;
        }
        let left = || meant.iter().flat_map(|(_, seen)| &seen.left);
        let exchanges = left().filter(|(_, event)| event.kind.message().is_some()).count();
        let counts = [meant.len(), left().count() + alone.len(), exchanges, metrics.len()].map(|count| count as u64);
        self.replace_questions(bot, &told, &meant, seed);
        let user = match whom {
            Whom::User(user) => Some((user, seed.pseudonym("user", 0))),
            Whom::Session(_) => None,
        };
        let mut log = self.log.lock();
        let (mut ids, mut purged) = (Vec::new(), Vec::new());
        for (place, at, event) in (0..).zip(&mut log.events).map(|(place, (at, event))| (place, *at, event)) {
            if *event.bot != *bot {
                continue;
            }
            let event = Arc::make_mut(event);
            if alone.contains(&place) {
                ids.extend(event.id.clone().map(|id| (at, event.bot.clone(), id)));
                (event.id, event.user_id) = (None, user.as_ref().map(|(_, new)| new.clone()));
                if purge {
                    purged.push(place as usize);
                }
            } else if metrics.contains(&place) {
                ids.extend(event.id.clone().map(|id| (at, event.bot.clone(), id)));
                (event.id, event.user_id) = (None, None);
                let Kind::Performance(metric) = &mut event.kind else { unreachable!() };
                metric.error_message = None;
            } else if let Some((old, new)) = &user
                && names(event, old)
            {
                event.user_id = Some(new.clone());
            }
        }
        for (_, seen) in &meant {
            for (place, _) in &seen.events {
                let (at, event) = &mut log.events[*place as usize];
                let event = Arc::make_mut(event);
                let is_traced = self.day(event).0 >= told.sessions_since;
                // By its id it is still known when it comes again.
                let id = event.id.clone().map(|id| (*at, event.bot.clone(), id));
                ids.extend(id);
                erase_event(event, is_traced);
                event.session_id = Some(seed.pseudonym("session", seen.number));
                if purge {
                    log.purged.insert(*place as usize);
                }
            }
        }
        log.purged.extend(purged);
        log.erased_ids.extend(ids);
        log.bots = None;
        Outcome::Done(counts)
    }

    /// Questions that no one else has asked, who is still there, get other names, whoever asked them.
    fn replace_questions(&self, bot: &str, told: &Told, meant: &[(&str, &Seen)], seed: &Seed) {
        let traced = |seen: &Seen| -> Vec<u64> {
            let events = seen.events.iter().filter(|(_, event)| self.day(event).0 >= told.sessions_since);
            events.filter_map(|(_, event)| asked(event.kind.message()?)).collect()
        };
        let is_meant = |name: &str| meant.iter().any(|(known, _)| *known == name);
        let mut alone: HashSet<u64> = meant.iter().flat_map(|(_, seen)| traced(seen)).collect();
        for (name, seen) in &told.sessions {
            if !is_meant(name) && !is_pseudonym(session_id(name)) {
                traced(seen).iter().for_each(|question| {
                    alone.remove(question);
                });
            }
        }
        for (_, event) in self.log.lock().events.iter_mut().filter(|(_, event)| *event.bot == *bot) {
            let (Kind::Message(message) | Kind::Introduction(message, _)) = &mut Arc::make_mut(event).kind else {
                continue;
            };
            if let Some(question) = asked(message).filter(|question| alone.contains(question)) {
                message.user_message = None;
                message.question = Some(seed.question(question, QUESTION_HASH_BITS));
            }
        }
    }
}

fn erase_event(event: &mut Event, is_traced: bool) {
    event.id = None;
    match &mut event.kind {
        Kind::Message(message) => erase_message(message, is_traced),
        Kind::Introduction(message, said) => {
            erase_message(message, is_traced);
            erase_contact(said);
        }
        Kind::Lead(lead) => erase_contact(lead),
        Kind::Feedback(feedback) => feedback.comment = None,
        _ => {}
    }
}

/// What others asked too stays, and so does what counts for days of which nothing else is known.
fn erase_message(message: &mut Message, is_traced: bool) {
    (message.bot_response, message.entities) = (None, None);
    if is_traced && message.question.is_none() {
        message.question = asked(message);
        message.user_message = message.user_message.as_deref().and_then(question).map(Into::into);
    }
}
