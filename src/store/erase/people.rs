//! Sessions, the person and leads, as they are to be.

use std::collections::BTreeMap;

use super::super::Writer;
use super::super::codec::{decode, encode};
use super::super::columns::{Sessions, Users};
use super::super::digests::{Behind, Differences, Of, lead_hash, session_hash, together, user_hash};
use super::super::names::{Entry, NameHash, name_hash};
use super::super::read;
use super::super::retain::people::{change_rows, remove_sessions};
use super::super::rows::Named;
use super::super::sessions::Snapshot;
use super::super::tables::*;
use super::days::Days;
use super::events::{Changes, Seen};
use crate::error::{Error, Result};
use crate::model::erased::Left;
use crate::model::exposure::keep_first_exposure;
use crate::model::{Bot, Event, Number, Session, User};

/// Leads of what is erased; `None` where they go.
pub type NewLeads = Vec<(LeadKey, Option<Vec<u8>>)>;

/// Everything that has a name, before and as it is to be.
#[derive(Default)]
pub struct People {
    pub sessions: BTreeMap<Number, Session>,
    /// Of a purge more than the one who is erased.
    pub users: BTreeMap<Number, (User, User)>,
}

impl People {
    /// Leads that what is erased has left.
    pub fn leads(
        &self,
        snapshot: &Snapshot<'_>,
        bot: &Behind,
        changes: &Changes,
        differences: &mut Differences,
    ) -> Result<NewLeads> {
        let mut leads = NewLeads::new();
        for (number, session) in &self.sessions {
            snapshot.each_lead_of(*number, session, |key, before| {
                if changes.purge {
                    leads.push((key, None));
                    return Ok(());
                }
                let mut lead: Event = decode(before, "leads", key)?;
                changes.erasing(&changes.sessions[number]).event(&mut lead, |_| Left::Nothing);
                let now = encode(&lead);
                if bot.is_counted(key.1) {
                    let place = bot.zone.day(key.1).0.into();
                    differences.add(Of::Leads, key.0, place, lead_hash(key, before)?, lead_hash(key, &now)?);
                }
                leads.push((key, Some(now)));
                Ok(())
            })?;
        }
        Ok(leads)
    }

    /// Takes from those who are named in what is purged the days on which they came in nothing else, and what they were shown in
    /// nothing else.
    pub fn leave(
        &mut self,
        snapshot: &Snapshot<'_>,
        (bot, behind): (&Bot, &Behind),
        seen: &Seen,
        changes: &Changes,
        days: &mut Days<'_>,
    ) -> Result<()> {
        for (name, on) in &seen.users {
            let row = read::stored_user(&snapshot.tables, &snapshot.user_names, bot.id, name)?;
            let row = row.ok_or_else(|| Error::corrupt("users", name, "a person who came is missing"))?;
            let mut now = User { active_days: days.without_days(&row.row, name, on)?, ..row.row.clone() };
            if now.exposures.iter().any(|exposed| changes.touched.contains_key(&exposed.at.1)) {
                now.exposures = behind.counted_exposures(&row.row);
                snapshot.each_exposure_of(bot, name, |seq, at_ms, exposure| {
                    if !changes.touched.contains_key(&seq) && !behind.is_counted(at_ms) {
                        keep_first_exposure(&mut now.exposures, (at_ms, seq), exposure);
                    }
                })?;
            }
            if now.active_days.is_empty() && now.exposures.is_empty() {
                now = User::gone(bot.id);
            }
            self.users.insert(row.number, (row.row, now));
        }
        Ok(())
    }

    pub fn names_gone(&self) -> u64 {
        let (gone, renamed) = self.user_names();
        (gone.len() + renamed.len()) as u64
    }

    /// What digests of the people themselves become.
    pub fn digest(&self, bot: &Behind, changes: &Changes, differences: &mut Differences) {
        for (number, before) in self.sessions.iter().filter(|(_, session)| bot.has_closed(session)) {
            let hash = |session: &Session| session_hash(*number, session);
            let now = renamed(before, changes, *number);
            differences.add(Of::Sessions, 0, together(*number), hash(before), hash(&now));
        }
        for (number, (before, now)) in &self.users {
            if bot.has_counted(before) {
                let hash = |user: &User| user_hash(*number, user, bot);
                differences.add(Of::Users, 0, together(*number), hash(before), hash(now));
            }
        }
    }

    pub fn write(&self, transaction: &Transaction, writer: &Writer, changes: &Changes) -> Result<()> {
        if changes.purge {
            remove_sessions(transaction, self.sessions.iter().map(|(number, session)| (*number, session)))?;
            writer.session_names.forget(transaction, &self.session_entries())?;
        } else {
            let numbers: Vec<Number> = self.sessions.keys().copied().collect();
            change_rows::<Sessions>(
                &mut transaction.open_table(SESSIONS)?,
                "sessions",
                &numbers,
                |number, session| {
                    *session = renamed(session, changes, number);
                },
            )?;
            writer.session_names.rename(transaction, &self.new_session_names(changes))?;
        }
        let numbers: Vec<Number> = self.users.keys().copied().collect();
        change_rows::<Users>(&mut transaction.open_table(USERS)?, "users", &numbers, |number, user| {
            *user = self.users[&number].1.clone();
        })?;
        let (gone, renamed) = self.user_names();
        writer.user_names.forget(transaction, &gone)?;
        writer.user_names.rename(transaction, &renamed)
    }

    /// After what `write` did is committed.
    pub fn written(&self, writer: &mut Writer, changes: &Changes) {
        match changes.purge {
            true => writer.session_names.forgotten(&self.session_entries()),
            false => writer.session_names.renamed(&self.new_session_names(changes)),
        }
        let (gone, renamed) = self.user_names();
        writer.user_names.forgotten(&gone);
        writer.user_names.renamed(&renamed);
        self.sessions.keys().for_each(|number| writer.sessions.forget(*number));
        self.users.keys().for_each(|number| writer.users.forget(*number));
    }

    fn session_entries(&self) -> Vec<Entry> {
        self.sessions.iter().map(|(number, session)| (session.name_hash(), *number)).collect()
    }

    fn new_session_names(&self, changes: &Changes) -> Vec<(Entry, NameHash)> {
        let new = |(number, session): (&Number, &Session)| {
            ((session.name_hash(), *number), name_hash(session.bot, &changes.sessions[number]))
        };
        self.sessions.iter().map(new).collect()
    }

    /// Names of persons that go, and those that change.
    fn user_names(&self) -> (Vec<Entry>, Vec<(Entry, NameHash)>) {
        let (mut gone, mut renamed) = (Vec::new(), Vec::new());
        for (number, (before, now)) in &self.users {
            let entry = (before.name_hash(), *number);
            match now.name_hash() {
                0 => gone.push(entry),
                new if new != entry.0 => renamed.push((entry, new)),
                _ => {}
            }
        }
        (gone, renamed)
    }
}

/// A session as it is to be.
fn renamed(session: &Session, changes: &Changes, number: Number) -> Session {
    let mut now = session.clone();
    changes.erasing(&changes.sessions[&number]).session(&mut now);
    now
}

/// The person under another name, whether the old one is still there or had gone.
pub fn under_another_name(user: &User, name: &str) -> User {
    match user.forgotten {
        0 => User { name: name.into(), ..user.clone() },
        _ => User { forgotten: name_hash(user.bot, name), ..user.clone() },
    }
}
