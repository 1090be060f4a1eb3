//! Whose sessions they are. A session knows the first person that it was told of; any other is found in the log, whose blocks
//! say once who is named in them.

use std::collections::BTreeSet;

use rayon::prelude::*;
use redb::ReadableTable;

use super::super::codec::{decode, decode_columns};
use super::super::columns::{Events, Sessions, Whose};
use super::super::digests::for_each_row;
use super::super::read::{self, ALL_GONE};
use super::super::sessions::{Snapshot, value};
use super::super::tables::{LeadKey, Tables};
use crate::error::Result;
use crate::model::{Bot, Event, Exposure, Kind, Number, Seq, Session, Unit};

/// What is held of someone.
#[derive(Default)]
pub struct Found {
    pub sessions: BTreeSet<Number>,
    /// Where events without a session that name the person stand in the log.
    pub alone: BTreeSet<Seq>,
}

impl Snapshot<'_> {
    /// Every session of that name.
    pub(in crate::store) fn find_session(&self, bot: &Bot, name: &str) -> Result<Found> {
        let sessions = self.sessions_named(bot.id, name)?.into_iter().map(|(number, _)| number).collect();
        Ok(Found { sessions, alone: BTreeSet::new() })
    }

    /// Every session that an event names together with the person, of events from `from` on.
    pub(in crate::store) fn find_user(&self, bot: &Bot, user: &str, from: Seq, found: &mut Found) -> Result<()> {
        for (seq, session) in naming(&self.tables, (bot, user), from, |seq, event| Some((seq, event.session_id)))? {
            match session {
                Some(name) => found.sessions.extend(self.number_of(bot.id, &name, seq)?),
                None => {
                    found.alone.insert(seq);
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with every lead that a session left, as it is stored.
    pub(in crate::store) fn each_lead_of(
        &self,
        number: Number,
        session: &Session,
        mut each: impl FnMut(LeadKey, &[u8]) -> Result<()>,
    ) -> Result<()> {
        if !session.has_lead() {
            return Ok(());
        }
        let places = (session.bot, session.first_ms, 0)..=(session.bot, session.last_ms, Seq::MAX);
        for entry in self.tables.leads.range(places)? {
            let (key, bytes) = entry?;
            let key = key.value();
            let lead: Event = decode(bytes.value(), "leads", key)?;
            let is_named = lead.session_id.as_deref() == Some(&*session.name);
            if is_named && self.number_of(session.bot, &session.name, key.2)? == Some(number) {
                each(key, bytes.value())?;
            }
        }
        Ok(())
    }

    /// Calls `each` with every exposure of the person that is in the log.
    pub(in crate::store) fn each_exposure_of(
        &self,
        bot: &Bot,
        user: &str,
        mut each: impl FnMut(Seq, i64, &Exposure),
    ) -> Result<()> {
        let shown = |seq: Seq, event: Event| match event.kind {
            Kind::Exposure(exposure) if exposure.unit == Unit::User => Some((seq, event.timestamp_ms, exposure)),
            _ => None,
        };
        for (seq, at_ms, exposure) in naming(&self.tables, (bot, user), 0, shown)? {
            each(seq, at_ms, &exposure);
        }
        Ok(())
    }

    /// The same of those whose events may have gone.
    pub(in crate::store) fn find_user_of_old(&self, bot: &Bot, user: &str, found: &mut Found) -> Result<()> {
        for_each_row::<Sessions>(&self.tables.sessions, "sessions", |number, session| {
            if !session.is_gone() && session.bot == bot.id && value(&session.user) == Some(user) {
                found.sessions.insert(number);
            }
            Ok(())
        })?;
        for entry in self.tables.leads.range((bot.id, i64::MIN, 0)..=(bot.id, i64::MAX, Seq::MAX))? {
            let (key, bytes) = entry?;
            let (_, _, seq) = key.value();
            let lead: Event = decode(bytes.value(), "leads", key.value())?;
            if let (Some(name), Some(user_id)) = (&lead.session_id, &lead.user_id)
                && **user_id == *user
            {
                found.sessions.extend(self.number_of(bot.id, name, seq)?);
            }
        }
        Ok(())
    }
}

/// What `take` makes of every event that names the person.
fn naming<T: Send>(
    tables: &Tables,
    (bot, user): (&Bot, &str),
    from: Seq,
    take: impl Fn(Seq, Event) -> Option<T> + Sync,
) -> Result<Vec<T>> {
    let is_of = |event: &Event| *event.bot == *bot.name && event.user_id.as_deref() == Some(user);
    let named = |(seq, event): (Seq, Event)| if seq >= from && is_of(&event) { take(seq, event) } else { None };
    let names = |whose: &Whose| *whose.bot == *bot.name && whose.user_id.as_deref() == Some(user);
    let of_block = |first: Seq| -> Result<Vec<T>> {
        let block = read::block(tables, first)?;
        if !block.columns().names_any(names) {
            return Ok(Vec::new());
        }
        let events = (first..).zip(block.all()?);
        Ok(events.filter_map(|(seq, event)| named((seq, event?))).collect())
    };
    let found: Vec<Vec<T>> = blocks_since(tables, from)?.into_par_iter().map(of_block).collect::<Result<_>>()?;
    let mut found: Vec<T> = found.into_iter().flatten().collect();
    for entry in tables.log_tail.iter()? {
        let (first, bytes) = entry?;
        let events = decode_columns::<Events>(bytes.value(), "log_tail", first.value())?.all()?;
        found.extend((first.value()..).zip(events).filter_map(named));
    }
    Ok(found)
}

/// The first places of blocks of which something is left.
fn blocks_since(tables: &Tables, from: Seq) -> Result<Vec<Seq>> {
    let start = tables.log_index.range(..=from)?.next_back().transpose()?.map_or(0, |entry| entry.0.value());
    let mut blocks = Vec::new();
    for entry in tables.log_index.range(start..)? {
        let (first, info) = entry?;
        let (count, first_ms, last_ms) = info.value();
        if (first_ms, last_ms) != ALL_GONE && first.value() + u64::from(count) > from {
            blocks.push(first.value());
        }
    }
    Ok(blocks)
}
