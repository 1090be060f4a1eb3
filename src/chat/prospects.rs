//! Who may become a lead: what the sessions of the chat have said of themselves so far. The first address or number makes
//! the session's lead, with all that is known by then.

use std::collections::{HashMap, VecDeque};

use ahash::RandomState;
use parking_lot::Mutex;

use super::record::Visit;
use crate::limits::PROSPECTS_MAX;
use crate::model::Lead;
use crate::reading::Entities;

/// A bot and a session.
type Name = (Box<str>, Box<str>);

#[derive(Default)]
pub struct Prospects(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    known: HashMap<Name, Prospect, RandomState>,
    /// In order of first fact; the oldest goes first.
    order: VecDeque<Name>,
}

#[derive(Default)]
struct Prospect {
    facts: Entities,
    is_lead: bool,
}

impl Prospects {
    /// Takes in what a message says; the session's lead, if it becomes one by that.
    pub fn hear(&self, visit: &Visit, said: &Entities) -> Option<Lead> {
        if *said == Entities::default() {
            return None;
        }
        let mut sessions = self.0.lock();
        let name = (visit.bot.clone(), visit.session_id.clone());
        if !sessions.known.contains_key(&name) {
            sessions.order.push_back(name.clone());
        }
        let prospect = sessions.known.entry(name).or_default();
        merge(&mut prospect.facts, said);
        let reachable = prospect.facts.email.is_some() || prospect.facts.phone.is_some();
        let lead = (reachable && !prospect.is_lead).then(|| lead(&prospect.facts));
        prospect.is_lead |= reachable;
        if sessions.order.len() > PROSPECTS_MAX
            && let Some(oldest) = sessions.order.pop_front()
        {
            sessions.known.remove(&oldest);
        }
        lead
    }
}

/// The latest word counts.
fn merge(facts: &mut Entities, said: &Entities) {
    let text = |fact: &mut Option<Box<str>>, said: &Option<Box<str>>| {
        if said.is_some() {
            fact.clone_from(said);
        }
    };
    text(&mut facts.email, &said.email);
    text(&mut facts.phone, &said.phone);
    text(&mut facts.package, &said.package);
    text(&mut facts.property_type, &said.property_type);
    text(&mut facts.city, &said.city);
    facts.size_m2 = said.size_m2.or(facts.size_m2);
}

fn lead(facts: &Entities) -> Lead {
    Lead {
        name: None,
        email: facts.email.clone(),
        phone: facts.phone.clone(),
        interested_package: facts.package.clone(),
        property_size: facts.size_m2.map(|size| format!("{size}").into()),
        property_type: facts.property_type.clone(),
        location: facts.city.clone(),
        additional_info: None,
    }
}

/// The id of a session's lead: after a restart, too, the same session makes no second one.
pub fn lead_id(session: &str) -> Box<str> {
    let hash = blake3::hash(session.as_bytes()).to_hex();
    format!("chat-lead-{}", &hash[..32]).into()
}
