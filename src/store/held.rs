//! Everything that is held of a person: who they are known as, their sessions, leads and events.

use super::RedbEngine;
use super::codec::decode;
use super::erase::Found;
use super::export::lead_record;
use super::read;
use super::sessions::{Snapshot, engagement_record};
use crate::engine::{Held, HeldSink};
use crate::error::{Error, Result};
use crate::limits::TIMELINE_EVENTS_MAX;
use crate::model::{Bot, Event, Horizons, Kind, Number, Seq, Session};
use crate::transfer::event_json;

impl RedbEngine {
    pub(super) fn held_of(&self, bot: &Bot, user: &str, sink: &mut HeldSink<'_>) -> Result<()> {
        let snapshot = self.snapshot_at_rest()?;
        let found = self.find_held(&snapshot, bot, user)?;
        let person = read::stored_user(&snapshot.tables, &snapshot.user_names, bot.id, user)?;
        if person.is_none() && found.sessions.is_empty() && found.alone.is_empty() {
            return Err(Error::NotFound(format!("user: nothing is held of one named `{user}`")));
        }
        let (days, shown) = person.map(|person| (person.row.active_days, person.row.exposures)).unwrap_or_default();
        sink(Held::Known(days, shown))?;
        snapshot.each_event(found.alone.into_iter().collect(), sink)?;
        for number in found.sessions {
            snapshot.each_of_session(number, &snapshot.session(number)?, sink)?;
        }
        Ok(())
    }

    /// Everything in which the person is named.
    pub(super) fn find_held(&self, snapshot: &Snapshot<'_>, bot: &Bot, user: &str) -> Result<Found> {
        let mut found = Found::default();
        snapshot.find_user(bot, user, 0, &mut found)?;
        if self.horizons_of(bot.id).events_proven > Horizons::default().events {
            snapshot.find_user_of_old(bot, user, &mut found)?;
        }
        Ok(found)
    }
}

impl Snapshot<'_> {
    fn each_of_session(&self, number: Number, session: &Session, sink: &mut HeldSink<'_>) -> Result<()> {
        sink(Held::Session(Box::new(engagement_record(number, session))))?;
        self.each_lead_of(number, session, |key, bytes| {
            let event: Event = decode(bytes, "leads", key)?;
            match &event.kind {
                Kind::Lead(lead) => sink(Held::Lead(Box::new(lead_record(key.2, &event, lead)))),
                _ => Err(Error::corrupt("leads", key, "it is no lead")),
            }
        })?;
        self.each_event(read::all_seqs(&self.tables, number, session)?, sink)
    }

    /// As many at a time as a timeline shows.
    fn each_event(&self, seqs: Vec<Seq>, sink: &mut HeldSink<'_>) -> Result<()> {
        for seqs in seqs.chunks(TIMELINE_EVENTS_MAX) {
            for (_, event) in read::events_at(&self.tables, seqs)? {
                sink(Held::Event(event_json::to_json(&event)))?;
            }
        }
        Ok(())
    }
}
