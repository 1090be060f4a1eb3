//! What the oracle was told: the events as they came, and the same events put side by side by day and by session, once for
//! all questions until more arrive. Nothing here is a sum: that is left to the questions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use novahouse::engine::Receipt;
use novahouse::model::{DEFAULT_BOT, Day, DayRange, Event, Kind, Lead, Zone};

/// An event, and its place in the log.
pub type Placed = (u64, Arc<Event>);
/// A lead: its place and event, and what is known of the person.
pub type Left = (u64, Event, Lead);

#[derive(Default)]
pub struct Log {
    /// With the time of arrival.
    pub events: Vec<(i64, Arc<Event>)>,
    pub answers: Vec<(i64, String, Receipt)>,
    /// Until the next event.
    pub bots: Option<Arc<Bots>>,
}

pub struct Bots {
    /// In order of appearance.
    pub names: Vec<Box<str>>,
    pub told: HashMap<Box<str>, Arc<Told>>,
}

/// All events of one bot.
#[derive(Default)]
pub struct Told {
    pub count: u64,
    pub days: BTreeMap<Day, Vec<Placed>>,
    pub sessions: HashMap<Box<str>, Seen>,
}

/// All events of one session.
pub struct Seen {
    /// Order of first appearance among all sessions of all bots.
    pub number: u64,
    /// In order of time, then of arrival.
    pub events: Vec<Placed>,
    pub began: Day,
    pub leads: Vec<Left>,
}

impl Bots {
    pub fn of(log: &Log, zone: Zone) -> Self {
        let mut names: Vec<Box<str>> = vec![DEFAULT_BOT.into()];
        let mut told = HashMap::from([(names[0].clone(), Told::default())]);
        let mut sessions = 0;
        for (seq, (_, event)) in (0..).zip(&log.events) {
            if !told.contains_key(&event.bot) {
                names.push(event.bot.clone());
            }
            let told = told.entry(event.bot.clone()).or_default();
            told.count += 1;
            let day = zone.day(event.timestamp_ms);
            told.days.entry(day).or_default().push((seq, event.clone()));
            let Some(name) = &event.session_id else { continue };
            let seen = told.sessions.entry(name.clone()).or_insert_with(|| {
                sessions += 1;
                Seen { number: sessions - 1, events: Vec::new(), began: day, leads: Vec::new() }
            });
            seen.events.push((seq, event.clone()));
        }
        for seen in told.values_mut().flat_map(|told| told.sessions.values_mut()) {
            seen.events.sort_by_key(|(seq, event)| (event.timestamp_ms, *seq));
            seen.began = zone.day(seen.events[0].1.timestamp_ms);
            seen.leads = leads(&seen.events);
        }
        Self { names, told: told.into_iter().map(|(name, told)| (name, Arc::new(told))).collect() }
    }
}

impl Told {
    /// Day by day.
    pub fn placed(&self, range: DayRange) -> impl Iterator<Item = &Placed> {
        self.days.range(range.first..=range.last).flat_map(|(_, events)| events)
    }

    pub fn within(&self, range: DayRange) -> impl Iterator<Item = &Event> {
        self.placed(range).map(|(_, event)| &**event)
    }

    /// The sessions that began in the range.
    pub fn began(&self, range: DayRange) -> Vec<(&str, &Seen)> {
        let sessions = self.sessions.iter().filter(|(_, seen)| range.contains(seen.began));
        sessions.map(|(name, seen)| (&**name, seen)).collect()
    }

    /// By time.
    pub fn leads(&self, range: DayRange, zone: Zone) -> Vec<&Left> {
        let leads = self.sessions.values().flat_map(|seen| &seen.leads);
        let mut leads: Vec<&Left> =
            leads.filter(|(_, event, _)| range.contains(zone.day(event.timestamp_ms))).collect();
        leads.sort_by_key(|(seq, event, _)| (event.timestamp_ms, *seq));
        leads
    }
}

/// A session's leads: its lead events, and where it has none of these but a message that leaves an address or a number, one
/// for all that it says. Such a lead dates from the first message that can be answered, and knows what was said last of
/// each thing.
fn leads(events: &[Placed]) -> Vec<Left> {
    let sent = events.iter().filter_map(|(seq, event)| match &event.kind {
        Kind::Lead(lead) => Some((*seq, Event::clone(event), lead.clone())),
        _ => None,
    });
    let sent: Vec<Left> = sent.collect();
    if !sent.is_empty() {
        return sent;
    }
    let reached = events.iter().find(
        |(_, event)| matches!(&event.kind, Kind::Introduction(_, said) if said.email.is_some() || said.phone.is_some()),
    );
    let Some((seq, event)) = reached else { return Vec::new() };
    let said = |of: fn(&Lead) -> &Option<Box<str>>| {
        let mut latest = None;
        for (_, event) in events {
            if let Kind::Introduction(_, lead) = &event.kind {
                latest = of(lead).clone().or(latest);
            }
        }
        latest
    };
    let lead = Lead {
        name: said(|lead| &lead.name),
        email: said(|lead| &lead.email),
        phone: said(|lead| &lead.phone),
        interested_package: said(|lead| &lead.interested_package),
        property_size: said(|lead| &lead.property_size),
        property_type: said(|lead| &lead.property_type),
        location: said(|lead| &lead.location),
        additional_info: said(|lead| &lead.additional_info),
    };
    vec![(*seq, Event { id: None, ..Event::clone(event) }, lead)]
}

impl Seen {
    pub fn duration_ms(&self) -> i64 {
        self.events.last().unwrap().1.timestamp_ms - self.events[0].1.timestamp_ms
    }

    /// What the first event that says so says.
    pub fn first<'a>(&'a self, of: impl Fn(&'a Event) -> Option<&'a str>) -> Option<&'a str> {
        self.events.iter().find_map(|(_, event)| of(event))
    }

    pub fn latest<'a>(&'a self, of: impl Fn(&'a Event) -> Option<&'a str>) -> Option<&'a str> {
        self.events.iter().rev().find_map(|(_, event)| of(event))
    }

    pub fn message_count(&self) -> u64 {
        let messages = self.events.iter().filter_map(|(_, event)| event.kind.message());
        messages.map(|message| u64::from(message.message_count)).sum()
    }
}
