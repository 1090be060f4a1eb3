//! What the oracle was told: the events as they came, and the same events put side by side by day and by session, once for
//! all questions until more arrive. Nothing here is a sum: that is left to the questions.
//!
//! What it was told to let go of it still knows, for figures; only records are made of what is left. A session that began
//! before the days that are kept takes no more events: what comes later under its id is another one, whose name has a mark
//! behind it here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    /// What has been let go of, by bot: how many events there were then, and the first days that were kept.
    pub let_go: Vec<(usize, Box<str>, Kept)>,
    /// Bots and ids of events that have been erased, with the time of arrival.
    pub erased_ids: Vec<(i64, Box<str>, Box<str>)>,
    /// Places of events that are as if they had never come.
    pub purged: BTreeSet<usize>,
    /// Until the next event.
    pub bots: Option<Arc<Bots>>,
}

/// The first days that are kept; 0 where everything is.
#[derive(Clone, Copy, Default)]
pub struct Kept {
    pub text: i32,
    pub events: i32,
    pub performance: i32,
    pub sessions: i32,
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
    /// In order of arrival, those that have not been let go of, as they are now.
    pub left: Vec<Placed>,
    /// Sessions that have no events since then are not known any more, nor what led to them.
    pub sessions_since: i32,
    /// Sessions that began before take no more.
    pub takes_since: i32,
    pub days: BTreeMap<Day, Vec<Placed>>,
    pub sessions: HashMap<Box<str>, Seen>,
}

/// All events of one session.
pub struct Seen {
    /// Order of first appearance among all sessions of all bots.
    pub number: u64,
    /// In order of time, then of arrival.
    pub events: Vec<Placed>,
    /// The same, those that have not been let go of, as they are now.
    pub left: Vec<Placed>,
    pub is_gone: bool,
    pub began: Day,
    pub leads: Vec<Left>,
}

impl Log {
    /// What a bot was told to let go of last, and how many events there were then.
    pub fn kept(&self, bot: &str) -> (usize, Kept) {
        let last = self.let_go.iter().rev().find(|(_, of, _)| **of == *bot);
        last.map_or((0, Kept::default()), |(events, _, kept)| (*events, *kept))
    }

    /// An event as it is now, if it is still there.
    fn left(&self, place: usize, event: &Arc<Event>, day: Day) -> Option<Arc<Event>> {
        let (events, kept) = self.kept(&event.bot);
        let first = if matches!(event.kind, Kind::Performance(_)) { kept.performance } else { kept.events };
        if place >= events || day.0 >= first && day.0 >= kept.text {
            return Some(event.clone());
        }
        let mut event = Some(Event::clone(event)).filter(|_| day.0 >= first)?;
        match &mut event.kind {
            Kind::Message(message) | Kind::Introduction(message, _) => {
                (message.user_message, message.bot_response, message.entities) = (None, None, None);
            }
            Kind::Feedback(feedback) => feedback.comment = None,
            _ => {}
        }
        Some(Arc::new(event))
    }
}

/// The id of a session without the mark that tells it from others of that id.
pub fn session_id(name: &str) -> &str {
    name.split('\0').next().unwrap()
}

impl Bots {
    pub fn of(log: &Log, zone: Zone) -> Self {
        let mut names: Vec<Box<str>> = vec![DEFAULT_BOT.into()];
        let mut told = HashMap::from([(names[0].clone(), Told::default())]);
        let mut sessions = 0;
        // How many sessions of an id have ended.
        let mut ended = HashMap::<(Box<str>, Box<str>), usize>::new();
        let mut purged = BTreeSet::new();
        let mut let_go = log.let_go.iter().peekable();
        for (place, (_, event)) in log.events.iter().enumerate() {
            while let Some((_, bot, kept)) = let_go.next_if(|(events, ..)| *events <= place) {
                end_sessions(told.entry(bot.clone()).or_default(), bot, kept.events, &mut ended);
            }
            // Ten million events are there once, but for those that have changed.
            let mut event = event.clone();
            if !told.contains_key(&event.bot) {
                names.push(event.bot.clone());
            }
            let told = told.entry(event.bot.clone()).or_default();
            let day = zone.day(event.timestamp_ms);
            let before = event.session_id.as_ref().and_then(|name| ended.get(&(event.bot.clone(), name.clone())));
            if let Some(before) = before {
                let session_id = event.session_id.as_ref().map(|name| format!("{name}\0{before}").into());
                event = Arc::new(Event { session_id, ..Event::clone(&event) });
            }
            if log.purged.contains(&place) {
                // It had a number all the same.
                sessions += u64::from(event.session_id.is_some() && purged.insert(event.session_id.clone()));
                continue;
            }
            let seq = place as u64;
            let left = log.left(place, &event, day).map(|left| (seq, left));
            told.count += 1;
            told.days.entry(day).or_default().push((seq, event.clone()));
            told.left.extend(left.clone());
            let Some(name) = &event.session_id else { continue };
            let seen = told.sessions.entry(name.clone()).or_insert_with(|| {
                sessions += 1;
                let (events, left, leads) = (Vec::new(), Vec::new(), Vec::new());
                Seen { number: sessions - 1, events, left, is_gone: false, began: day, leads }
            });
            seen.began = seen.began.min(day);
            seen.events.push((seq, event.clone()));
            seen.left.extend(left);
        }
        for (bot, told) in &mut told {
            let kept = log.kept(bot).1;
            (told.sessions_since, told.takes_since) = (kept.sessions, kept.events);
            for seen in told.sessions.values_mut() {
                seen.events.sort_by_key(|(seq, event)| (event.timestamp_ms, *seq));
                seen.left.sort_by_key(|(seq, event)| (event.timestamp_ms, *seq));
                seen.leads = leads(&seen.events);
                let last = seen.events.last().unwrap().1.timestamp_ms;
                seen.is_gone = zone.day(last).0 < told.sessions_since;
            }
        }
        Self { names, told: told.into_iter().map(|(name, told)| (name, Arc::new(told))).collect() }
    }
}

/// Sessions that began before the days that are kept have ended.
fn end_sessions(told: &mut Told, bot: &str, first: i32, ended: &mut HashMap<(Box<str>, Box<str>), usize>) {
    for (name, seen) in &told.sessions {
        let id = session_id(name);
        let before = name[id.len()..].trim_start_matches('\0').parse().unwrap_or(0);
        if seen.began.0 < first {
            let count = ended.entry((bot.into(), id.into())).or_default();
            *count = (before + 1).max(*count);
        }
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
