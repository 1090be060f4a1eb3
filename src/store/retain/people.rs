//! Sessions and persons go, and before them what leads to them: traces and leads.

use redb::ReadableTable;

use super::super::chunk::HOUR_MS;
use super::super::codec::encode_columns;
use super::super::columns::{Column, Effort, Sessions, Users};
use super::super::digests::{Behind, Of, session_hash, together};
use super::super::names::Entry;
use super::super::read;
use super::super::rows::Named;
use super::super::tables::*;
use super::super::{RedbEngine, Writer};
use super::Run;
use crate::error::{Error, Result};
use crate::limits::{DIGESTED_TOGETHER, RETAIN_ROWS_PER_STEP, ROWS_PER_GROUP};
use crate::model::{BotId, Day, Horizons, Number, Session, User};

/// Sessions that go together, and what is left of their neighbours.
struct Leaving {
    /// Which digest they count in, and what it is without them.
    together: i64,
    digest: u64,
    sessions: Vec<(Number, Session)>,
}

impl RedbEngine {
    pub(super) fn let_people_go(&self, run: &mut Run<'_>) -> Result<()> {
        let let_go = |(_, bot): &(BotId, &Behind)| bot.horizons.sessions > Horizons::default().sessions;
        let bots: Vec<BotId> = (0..).zip(&run.bots).filter(let_go).map(|(id, _)| id).collect();
        if bots.is_empty() {
            return Ok(());
        }
        // First what leads to sessions: no list may come to one that has gone.
        for id in bots {
            self.let_traces_go(run, id)?;
        }
        self.let_sessions_go(run)?;
        self.let_persons_go(run)
    }

    fn let_traces_go(&self, run: &mut Run<'_>, id: BotId) -> Result<()> {
        let bot = run.bots[id as usize].clone();
        let first = bot.horizons.sessions;
        let is_behind = |timestamp_ms: i64| bot.zone.day(timestamp_ms) < first;
        let (mut goes_on, mut is_first) = (true, true);
        while goes_on && !(run.stopped)() {
            let tables = self.db.tables()?;
            let traces = tables.traces.range((id, i64::MIN, 0)..=(id, i64::MAX, u64::MAX))?;
            let traces = first_keys(traces, |key| is_behind((key.1 + 1) * HOUR_MS - 1))?;
            let leads = tables.leads.range((id, i64::MIN, 0)..=(id, i64::MAX, u64::MAX))?;
            let leads = first_keys(leads, |key| is_behind(key.1))?;
            drop(tables);
            goes_on = traces.len().max(leads.len()) == RETAIN_ROWS_PER_STEP;
            if traces.is_empty() && leads.is_empty() && !is_first {
                break;
            }
            is_first = false;
            let work = |_: &Writer, transaction: &Transaction| {
                remove_all(transaction.open_table(TRACES)?, &traces)?;
                remove_all(transaction.open_table(LEADS)?, &leads)?;
                forget_digests(transaction, id, first)
            };
            self.step(run, work, |_, ()| {})?;
        }
        Ok(())
    }

    fn let_sessions_go(&self, run: &mut Run<'_>) -> Result<()> {
        let mut next = 0;
        while !(run.stopped)() {
            let Some(leaving) = self.next_sessions(run, &mut next)? else { break };
            for (_, session) in &leaving.sessions {
                run.gone[session.bot as usize].gone.sessions += 1;
            }
            let names: Vec<Entry> =
                leaving.sessions.iter().map(|(number, session)| (session.name_hash(), *number)).collect();
            let work = |writer: &Writer, transaction: &Transaction| {
                let_go(transaction, &leaving)?;
                writer.session_names.forget(transaction, &names)
            };
            self.step(run, work, |writer, ()| {
                writer.session_names.forgotten(&names);
                names.iter().for_each(|(_, number)| writer.sessions.forget(*number));
            })?;
        }
        Ok(())
    }

    /// The next sessions that go, those of one digest at most; `next` is the number of the digest to look at.
    fn next_sessions(&self, run: &Run<'_>, next: &mut u64) -> Result<Option<Leaving>> {
        let tables = self.db.tables()?;
        let end = tables.meta.get(meta::NEXT_SESSION)?.map_or(0, |next| next.value());
        while *next * DIGESTED_TOGETHER < end {
            let first = *next * DIGESTED_TOGETHER;
            *next += 1;
            let mut leaving = Leaving { together: together(first), digest: 0, sessions: Vec::new() };
            for_each_of::<Sessions>(&tables.sessions, "sessions", first, |number, session| {
                let bot = run.bots.get(session.bot as usize).filter(|bot| bot.has_closed(session));
                let Some(bot) = bot else { return Ok(()) };
                if bot.zone.day(session.last_ms) < bot.horizons.sessions {
                    leaving.sessions.push((number, session.clone()));
                } else {
                    leaving.digest = leaving.digest.wrapping_add(session_hash(number, session));
                }
                Ok(())
            })?;
            if !leaving.sessions.is_empty() {
                return Ok(Some(leaving));
            }
        }
        Ok(None)
    }

    fn let_persons_go(&self, run: &mut Run<'_>) -> Result<()> {
        let mut next = 0;
        while !(run.stopped)() {
            let Some(persons) = self.next_persons(run, &mut next)? else { break };
            let bots = run.bots.clone();
            let mut gone = Vec::new();
            let work = |writer: &Writer, transaction: &Transaction| {
                // Who came just now stays.
                let still = |number: &Number| writer.users.changed(*number).is_none();
                forget_names(transaction, &bots, persons.iter().copied().filter(still))
            };
            self.step(run, work, |writer, forgotten| {
                forgotten.iter().for_each(|(number, _)| writer.users.forget(*number));
                gone = forgotten;
            })?;
            gone.iter().for_each(|(_, bot)| run.gone[*bot as usize].gone.persons += 1);
        }
        Ok(())
    }

    fn next_persons(&self, run: &Run<'_>, next: &mut u64) -> Result<Option<Vec<Number>>> {
        let tables = self.db.tables()?;
        let end = tables.meta.get(meta::NEXT_USER)?.map_or(0, |next| next.value());
        while *next * DIGESTED_TOGETHER < end {
            let first = *next * DIGESTED_TOGETHER;
            *next += 1;
            let mut persons = Vec::new();
            for_each_of::<Users>(&tables.users, "users", first, |number, user| {
                if run.bots.get(user.bot as usize).is_some_and(|bot| leaves(bot, user)) {
                    persons.push(number);
                }
                Ok(())
            })?;
            if !persons.is_empty() {
                return Ok(Some(persons));
            }
        }
        Ok(None)
    }
}

/// Whether a person's name goes.
pub(super) fn leaves(bot: &Behind, user: &User) -> bool {
    let exposed = user.exposures.iter().map(|exposed| bot.zone.day(exposed.at.0)).max();
    let last = user.active_days.last().copied().max(exposed);
    user.forgotten == 0 && last.is_some_and(|day| day < bot.horizons.sessions.min(bot.horizons.events_proven))
}

/// The keys at the beginning of a range of which `goes` is true, as many as go in one step.
fn first_keys(range: redb::Range<'_, LeadKey, Bytes>, goes: impl Fn(LeadKey) -> bool) -> Result<Vec<LeadKey>> {
    let mut keys = Vec::new();
    for entry in range {
        let (key, _) = entry?;
        let key = key.value();
        if keys.len() == RETAIN_ROWS_PER_STEP || !goes(key) {
            break;
        }
        keys.push(key);
    }
    Ok(keys)
}

fn remove_all(mut table: Table<'_, LeadKey, Bytes>, keys: &[LeadKey]) -> Result<()> {
    for key in keys {
        table.remove(key)?;
    }
    Ok(())
}

/// Takes away the digests of what leads to sessions, of days before the first that is kept.
fn forget_digests(transaction: &Transaction, id: BotId, first: Day) -> Result<()> {
    let mut digests = transaction.open_table(DIGESTS)?;
    for of in [Of::Leads, Of::Traces] {
        digests.retain_in((of as u8, id, i64::MIN)..(of as u8, id, first.0.into()), |_, _| false)?;
    }
    Ok(())
}

/// Calls `visit` with the rows that have one digest, from the first one's number on.
fn for_each_of<C: Column>(
    table: &impl ReadableTable<u64, Bytes>,
    name: &'static str,
    first: Number,
    mut visit: impl FnMut(Number, &C::Value) -> Result<()>,
) -> Result<()> {
    let groups = first / ROWS_PER_GROUP..(first + DIGESTED_TOGETHER) / ROWS_PER_GROUP;
    for entry in table.range(groups)? {
        let (group, bytes) = entry?;
        let rows = read::group::<C>(bytes.value(), name, group.value())?;
        (group.value() * ROWS_PER_GROUP..).zip(&rows).try_for_each(|(number, row)| visit(number, row))?;
    }
    Ok(())
}

/// Changes rows, which are in order of number, among the others of their groups.
pub(in crate::store) fn change_rows<C: Column>(
    table: &mut Table<'_, u64, Bytes>,
    name: &'static str,
    numbers: &[Number],
    mut change: impl FnMut(Number, &mut C::Value),
) -> Result<()> {
    for numbers in numbers.chunk_by(|one, other| one / ROWS_PER_GROUP == other / ROWS_PER_GROUP) {
        let group = numbers[0] / ROWS_PER_GROUP;
        let missing = || Error::corrupt(name, group, "it is missing");
        let mut rows = {
            let bytes = table.get(group)?.ok_or_else(missing)?;
            read::group::<C>(bytes.value(), name, group)?
        };
        for number in numbers {
            change(*number, rows.get_mut((number % ROWS_PER_GROUP) as usize).ok_or_else(missing)?);
        }
        table.insert(group, &encode_columns::<C>(&rows, Effort::Small)[..])?;
    }
    Ok(())
}

fn let_go(transaction: &Transaction, leaving: &Leaving) -> Result<()> {
    remove_sessions(transaction, leaving.sessions.iter().map(|(number, session)| (*number, session)))?;
    let key = (Of::Sessions as u8, 0, leaving.together);
    let mut digests = transaction.open_table(DIGESTS)?;
    match leaving.digest {
        0 => digests.remove(key)?,
        digest => digests.insert(key, digest)?,
    };
    Ok(())
}

/// Takes sessions, which are in order of number, out of the tables.
pub(in crate::store) fn remove_sessions<'a>(
    transaction: &Transaction,
    gone: impl Iterator<Item = (Number, &'a Session)> + Clone,
) -> Result<()> {
    let numbers: Vec<Number> = gone.clone().map(|(number, _)| number).collect();
    let mut sessions = transaction.open_table(SESSIONS)?;
    change_rows::<Sessions>(&mut sessions, "sessions", &numbers, |_, session| *session = Session::gone())?;
    let mut starts = transaction.open_table(SESSION_STARTS)?;
    let mut events = transaction.open_table(SESSION_EVENTS)?;
    for (number, session) in gone {
        starts.remove((session.bot, session.first_ms, number))?;
        if session.spilled > 0 {
            events.retain_in((number, 0)..=(number, u64::MAX), |_, _| false)?;
        }
    }
    Ok(())
}

/// Takes the names of persons, and the days on which they came but the last one; returns who of them was still to go.
fn forget_names(
    transaction: &Transaction,
    bots: &[Behind],
    persons: impl Iterator<Item = Number>,
) -> Result<Vec<(Number, BotId)>> {
    let numbers: Vec<Number> = persons.collect();
    let mut forgotten = Vec::new();
    let mut users = transaction.open_table(USERS)?;
    change_rows::<Users>(&mut users, "users", &numbers, |number, user| {
        if bots.get(user.bot as usize).is_some_and(|bot| leaves(bot, user)) {
            forgotten.push((number, user.bot));
            let last = user.active_days.last().copied();
            *user = User {
                forgotten: user.name_hash(),
                name: "".into(),
                bot: user.bot,
                active_days: last.into_iter().collect(),
                exposures: std::mem::take(&mut user.exposures),
            };
        }
    })?;
    Ok(forgotten)
}
