//! Erasure: a person goes, or a session, from everything that is stored, in one transaction.
//!
//! Otherwise the counts stay. Names are replaced by random ones and texts by nothing, one by one and everywhere, so that what is
//! folded from the log is what it was, but for the names. A purge takes the events out of the log too, and the days they lie
//! on are counted anew. What takes long, finding who is meant, is done before the writer has to wait.

mod asked;
mod days;
mod events;
mod find;
mod people;
mod receipts;

use redb::{Key, ReadableTable};

use super::digests::{Behind, Differences, all_bots, bot_of};
use super::log::{Rewritten, rewrite, seal, sealed};
use super::read;
use super::sessions::Snapshot;
use super::tables::*;
use super::{RedbEngine, Writer};
use crate::engine::{Erased, Erasure, MakeReceipt, Whom};
use crate::error::{Error, Result};
use crate::model::{Bot, BotId, Number, Seq, Session, User};
use asked::{NewChunks, Questioned};
use days::{Days, NewDays};
use events::Changes;
pub(super) use find::Found;
use people::{NewLeads, People, under_another_name};

pub use receipts::erasures;

impl RedbEngine {
    pub(super) fn erase_one(&self, erasure: &Erasure<'_>, receipt: &MakeReceipt<'_>) -> Result<Vec<Box<str>>> {
        let _one_at_a_time = self.retaining.try_lock().ok_or_else(|| {
            Error::Conflict(
                "another erasure, or the nightly run of retention, is under way: try again in a moment".into(),
            )
        })?;
        let bot = self.known_bot(erasure.bot)?;
        let mut found = Found::default();
        let mut looked_through = 0;
        if let Whom::User(user) = erasure.whom {
            let snapshot = self.snapshot_at_rest()?;
            found = self.find_held(&snapshot, &bot, user)?;
            looked_through = snapshot.end;
        }
        let mut writer = self.writer.lock();
        self.heal(&mut writer)?;
        self.write_back(&mut writer)?;
        let snapshot = self.snapshot_of(&writer)?;
        match erasure.whom {
            Whom::User(user) => snapshot.find_user(&bot, user, looked_through, &mut found)?,
            Whom::Session(name) => found = snapshot.find_session(&bot, name)?,
        }
        drop(snapshot);
        let erased =
            self.seal_all(&mut writer).and_then(|()| self.erase_found(&mut writer, erasure, &bot, found, receipt));
        if matches!(erased, Err(Error::Storage(_) | Error::Corrupt { .. })) {
            // Whether it is in the file is not known: memory is made anew from what is.
            writer.broken = true;
            self.look_after(&mut writer);
        }
        erased
    }

    /// Puts everything that awaits its block into one, where it can be changed.
    fn seal_all(&self, writer: &mut Writer) -> Result<()> {
        if writer.tail.is_empty() {
            return Ok(());
        }
        let transaction = self.db.begin_write()?;
        seal(&transaction, writer)?;
        transaction.commit()?;
        sealed(writer);
        Ok(())
    }

    fn erase_found(
        &self,
        writer: &mut Writer,
        erasure: &Erasure<'_>,
        bot: &Bot,
        found: Found,
        receipt: &MakeReceipt<'_>,
    ) -> Result<Vec<Box<str>>> {
        let snapshot = self.snapshot_of(writer)?;
        let plan = Plan::of(&snapshot, erasure, bot, found)?;
        drop(snapshot);
        let transaction = self.db.begin_write()?;
        plan.write(&transaction, writer)?;
        receipts::write(&transaction, |number| receipt(number, &plan.erased, plan.first))?;
        transaction.commit()?;
        plan.people.written(writer, &plan.changes);
        self.hot.write().forget(bot.id);
        Ok(plan.people.sessions.into_values().map(|session| session.name).collect())
    }
}

/// Everything that changes, as it is to be.
struct Plan {
    changes: Changes,
    people: People,
    blocks: Vec<Rewritten>,
    leads: NewLeads,
    chunks: NewChunks,
    questions: NewDays,
    daily: NewDays,
    differences: Differences,
    erased: Erased,
    /// Where the first of it stands in the log, if that is known.
    first: Option<Seq>,
}

impl Plan {
    fn of(snapshot: &Snapshot<'_>, erasure: &Erasure<'_>, bot: &Bot, found: Found) -> Result<Self> {
        let tables = &snapshot.tables;
        let bots = all_bots(tables)?;
        let behind = bot_of(&bots, bot.id, "bots")?;
        let mut people = People::default();
        for number in &found.sessions {
            people.sessions.insert(*number, snapshot.session(*number)?);
        }
        let person = match erasure.whom {
            Whom::User(name) => read::stored_user(tables, &snapshot.user_names, bot.id, name)?,
            Whom::Session(_) => None,
        };
        // As it is stored, whether its name had gone or not.
        let person = person.map(|row| Ok::<_, Error>((row.number, read::user(tables, row.number)?))).transpose()?;
        if people.sessions.is_empty() && found.alone.is_empty() && person.is_none() {
            return Err(nothing_held(erasure.whom));
        }
        if erasure.purge {
            can_be_counted_anew(behind, people.sessions.values(), person.as_ref().map(|(_, user)| user))?;
        }
        let questioned = Questioned::of(snapshot, bot.id, behind, &people.sessions, &erasure.seed)?;
        let changes = Changes::of(tables, erasure, &people.sessions, &questioned, &found.alone)?;
        let (blocks, seen) = changes.blocks(tables, &bot.name, bot.zone)?;
        if let (Some((number, user)), Some((_, new))) = (person, &changes.user) {
            let renamed = under_another_name(&user, new);
            people.users.insert(number, (user, renamed));
        }

        let mut differences = Differences::default();
        let leads = people.leads(snapshot, behind, &changes, &mut differences)?;
        let purged = |number: Number| erasure.purge && people.sessions.contains_key(&number);
        let chunks = questioned.traces(tables, behind, purged, &mut differences)?;
        let mut days = Days::of(snapshot, bot, behind, questioned.days(tables, bot.id, behind)?);
        if erasure.purge {
            days.count(&seen.days, &changes, &leads)?;
            days.without_sessions(&people)?;
            people.leave(snapshot, (bot, behind), &seen, &changes, &mut days)?;
        } else {
            people.digest(behind, &changes, &mut differences);
        }
        let (daily, questions) = (days.daily_rows(), days.question_rows(&mut differences)?);
        let first = if has_every_event(tables, bot.id, behind)? { changes.first() } else { None };
        let erased = Erased {
            sessions: people.sessions.len() as u64,
            events: seen.events,
            exchanges: seen.exchanges,
            metrics: seen.metrics,
            leads: leads.len() as u64,
            questions: questioned.replaced.len() as u64,
            persons: people.names_gone(),
            days: seen.days.len() as u64 * u64::from(erasure.purge),
        };
        Ok(Self { changes, people, blocks, leads, chunks, questions, daily, differences, erased, first })
    }

    fn write(&self, transaction: &Transaction, writer: &Writer) -> Result<()> {
        rewrite(transaction, &self.blocks)?;
        self.people.write(transaction, writer, &self.changes)?;
        put(transaction.open_table(LEADS)?, &self.leads)?;
        put(transaction.open_table(TRACES)?, &self.chunks)?;
        put(transaction.open_table(QUESTIONS)?, &self.questions)?;
        put(transaction.open_table(DAILY)?, &self.daily)?;
        self.differences.write(transaction)?;
        if self.changes.purge {
            let mut meta = transaction.open_table(META)?;
            let before = meta.get(meta::PURGES)?.map_or(0, |purges| purges.value());
            meta.insert(meta::PURGES, before + 1)?;
        }
        Ok(())
    }
}

/// Puts rows in the places of those that are there; `None` takes one away.
fn put<K>(mut table: Table<'_, K, Bytes>, rows: &[(K, Option<Vec<u8>>)]) -> Result<()>
where
    for<'a> K: Key<SelfType<'a> = K> + Copy + 'static,
{
    for (key, row) in rows {
        match row {
            Some(bytes) => table.insert(key, &bytes[..])?,
            None => table.remove(key)?,
        };
    }
    Ok(())
}

/// Whether none of a bot's events has gone: nothing is counted of days before those that are kept.
fn has_every_event(tables: &Tables, id: BotId, bot: &Behind) -> Result<bool> {
    let days = (id, i32::MIN)..(id, bot.horizons.events.max(bot.horizons.performance).0);
    Ok(tables.daily.range(days.clone())?.next().is_none() && tables.performance_daily.range(days)?.next().is_none())
}

fn nothing_held(whom: Whom<'_>) -> Error {
    Error::NotFound(match whom {
        Whom::User(name) => format!("user: nothing is held of one named `{name}`"),
        Whom::Session(name) => format!("session: there is none named `{name}`"),
    })
}

/// # Errors
/// `Conflict` where what would have to be counted anew is counted for good, because its events have gone.
fn can_be_counted_anew<'a>(
    bot: &Behind,
    mut sessions: impl Iterator<Item = &'a Session>,
    person: Option<&User>,
) -> Result<()> {
    let is_counted = sessions.any(|session| bot.has_closed(session))
        || person.is_some_and(|user| user.forgotten != 0 || bot.has_counted(user));
    if !is_counted {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "some of it happened before {}, and of that the bot has let the events go: those days cannot be counted anew; erase \
         without purge",
        bot.horizons.events_proven
    )))
}
