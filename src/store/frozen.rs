//! What a recount takes as it is stored: everything that was counted of days behind a horizon, the sessions that began
//! there, and who had come by then. Digests prove it; the rest is counted from the events that are left.

use std::collections::HashMap;

use ahash::RandomState;
use redb::ReadableTable;

use super::chunk::{Chunk, HOUR_MS};
use super::codec::decode_seqs;
use super::columns::{Column, Sessions, Users};
use super::digests::{Behind, all_bots, bot_of, for_each_row, is_cut};
use super::hot::Folding;
use super::names::{Kind, NameHash, Names, name_hash};
use super::read;
use super::rows::Named;
use super::snapshot::LazyTables;
use super::tables::*;
use super::{RedbEngine, Writer};
use crate::error::Result;
use crate::limits::{NAMES_WAITING_MAX, ROWS_PER_GROUP};
use crate::model::{BotId, Day, Event, Exposed, Number, Seq, Session, User};
use crate::rollup::fold::count_found_lead;

type ByName<T> = HashMap<(BotId, Box<str>), T, RandomState>;

pub struct Frozen {
    tables: Tables,
    user_names: Names,
    pub bots: Vec<Behind>,
    sessions: Cursor<Sessions>,
    users: Cursor<Users>,
    /// Sessions that have ended, with events that may have gone and others that have not.
    straddling: ByName<Vec<Straddling>>,
    /// Persons who had come by then, and may have come again, by the hashes of their names: one whose name was forgotten may have
    /// been exposed again, which leaves no trace.
    returning: HashMap<NameHash, Returning, RandomState>,
}

/// As much of a session as counts of its events that are left.
pub struct Straddling {
    pub number: Number,
    /// Its last event.
    last: Seq,
    /// Days with an exchange: the last one behind the horizon, and those that have been counted again.
    pub active_days: Vec<Day>,
}

struct Returning {
    number: Number,
    /// Known by the last of the days behind the horizon, and by those that have been counted again; the same of experiments.
    user: User,
    /// The first of its days that is counted again.
    days_counted: usize,
    /// What is stored: the days since then, and all experiments.
    days: Vec<Day>,
    exposures: Vec<Exposed>,
}

/// Rows by number, as they are stored.
struct Cursor<C: Column> {
    group: Option<Number>,
    rows: Vec<C::Value>,
}

impl<C: Column<Value: Clone>> Cursor<C> {
    fn row(
        &mut self,
        table: &impl ReadableTable<u64, Bytes>,
        name: &'static str,
        number: Number,
    ) -> Result<Option<&C::Value>> {
        let group = number / ROWS_PER_GROUP;
        if self.group != Some(group) {
            let stored = table.get(group)?;
            self.rows = match stored {
                Some(bytes) => read::group::<C>(bytes.value(), name, group)?,
                None => Vec::new(),
            };
            self.group = Some(group);
        }
        Ok(self.rows.get((number % ROWS_PER_GROUP) as usize))
    }
}

impl Frozen {
    /// `None` where no bot has let go of anything.
    pub fn of(tables: Tables) -> Result<Option<Self>> {
        let bots = all_bots(&tables)?;
        if !has_gone(&tables, &bots)? {
            return Ok(None);
        }
        let mut frozen = Self {
            user_names: Names::load(&tables, Kind::User, NAMES_WAITING_MAX)?,
            tables,
            bots,
            sessions: Cursor { group: None, rows: Vec::new() },
            users: Cursor { group: None, rows: Vec::new() },
            straddling: ByName::default(),
            returning: HashMap::default(),
        };
        frozen.find_straddling()?;
        frozen.find_returning()?;
        Ok(Some(frozen))
    }

    fn find_straddling(&mut self) -> Result<()> {
        let Self { tables, bots, straddling, .. } = self;
        for_each_row::<Sessions>(&tables.sessions, "sessions", |number, session| {
            let bot = bot_of(bots, session.bot, "sessions")?;
            if bot.has_closed(session) && !bot.is_counted(session.last_ms) {
                let before = session.active_days.partition_point(|day| *day < bot.horizons.events_proven);
                let active_days = session.active_days[..before].last().copied().into_iter().collect();
                let straddling = straddling.entry((session.bot, session.name.clone())).or_default();
                straddling.push(Straddling { number, last: last_seq(tables, number, session)?, active_days });
            }
            Ok(())
        })
    }

    fn find_returning(&mut self) -> Result<()> {
        let Self { tables, bots, returning, .. } = self;
        for_each_row::<Users>(&tables.users, "users", |number, user| {
            let bot = bot_of(bots, user.bot, "users")?;
            let days: Vec<Day> =
                user.active_days.iter().copied().filter(|day| *day >= bot.horizons.events_proven).collect();
            let may_come_again = !days.is_empty() || !user.exposures.is_empty();
            if may_come_again && bot.has_counted(user) {
                let active_days: Vec<Day> = bot.last_counted(user).into_iter().collect();
                let (days_counted, exposures) = (active_days.len(), user.exposures.clone());
                let user = User { active_days, exposures: bot.counted_exposures(user), ..user.clone() };
                returning.insert(user.name_hash(), Returning { number, user, days_counted, days, exposures });
            }
            Ok(())
        })
    }

    /// Where the log ended when sessions were closed that are counted from it all the same: they have to be written by then.
    /// In order.
    pub fn closings(&self) -> Vec<Seq> {
        let open = self.bots.iter().filter(|bot| !bot.horizons.are_proven());
        let mut closings: Vec<Seq> = open.map(|bot| bot.horizons.closed_at).collect();
        closings.sort_unstable();
        closings
    }

    /// Gives sessions and persons who are taken as they are their numbers, as far as it is their turn.
    pub fn take_turns(&mut self, writer: &mut Writer) -> Result<()> {
        let Self { tables, bots, sessions, users, .. } = self;
        while let Some(session) = sessions.row(&tables.sessions, "sessions", writer.sessions.next)? {
            let is_taken = session.is_gone() || bot_of(bots, session.bot, "sessions")?.has_closed(session);
            if !is_taken {
                break;
            }
            let number = writer.sessions.next;
            for entry in tables.session_events.range((number, 0)..=(number, Seq::MAX))? {
                let (key, bytes) = entry?;
                writer.spilled.push((key.value(), decode_seqs(bytes.value(), "session_events", key.value())?));
            }
            writer.sessions.seed(session.clone());
        }
        while let Some(user) = users.row(&tables.users, "users", writer.users.next)? {
            let is_taken = user.forgotten != 0 || user.is_gone();
            if !is_taken && !bot_of(bots, user.bot, "users")?.has_counted(user) {
                break;
            }
            writer.users.seed(user.clone());
        }
        Ok(())
    }

    /// Before a person comes: those of lower numbers are given theirs, who first came in what has been purged.
    pub fn let_earlier_ones_in(&mut self, writer: &mut Writer, bot: BotId, name: &str) -> Result<()> {
        if writer.users.number(bot, name).is_some() {
            return Ok(());
        }
        while let Some(user) = self.users.row(&self.tables.users, "users", writer.users.next)?.cloned() {
            if user.bot == bot && *user.name == *name {
                break;
            }
            let known = read::stored_user(&self.tables, &self.user_names, bot, name)?;
            if known.is_none_or(|known| known.number < writer.users.next) {
                break;
            }
            let begin = || User::new(user.bot, &user.name);
            writer.users.change(user.bot, &user.name, |_| false, || Ok(None), begin)?;
            self.take_turns(writer)?;
        }
        Ok(())
    }

    /// The session that has ended and the person who had come before to which an event belongs.
    pub fn held(&mut self, bot: BotId, event: &Event, seq: Seq) -> (Option<&mut Straddling>, Option<&mut User>) {
        let Self { straddling, returning, .. } = self;
        let session = event.session_id.as_ref().filter(|_| !straddling.is_empty());
        let straddling = session.and_then(|name| {
            straddling.get_mut(&(bot, name.clone()))?.iter_mut().find(|straddling| seq <= straddling.last)
        });
        let user = event.person().filter(|_| !returning.is_empty());
        let returning = user.and_then(|name| Some(&mut returning.get_mut(&name_hash(bot, name))?.user));
        (straddling, returning)
    }

    /// Before anything is counted: what lies behind the horizons is put into the fresh store.
    pub fn begin(&self, engine: &RedbEngine, writer: &mut Writer) -> Result<()> {
        let transaction = engine.db.begin_write()?;
        for (id, bot) in (0..).zip(&self.bots) {
            self.copy_days(id, bot, &transaction)?;
            self.copy_performance(id, bot, &transaction)?;
            self.copy_traces(id, bot, &transaction, writer)?;
        }
        transaction.commit()?;
        self.count_leads(engine, writer)
    }

    fn copy_days(&self, id: BotId, bot: &Behind, transaction: &Transaction) -> Result<()> {
        let (first, end) = ((id, i32::MIN), (id, bot.horizons.events_proven.0));
        let mut daily = transaction.open_table(DAILY)?;
        for entry in self.tables.daily.range(first..end)? {
            let (key, bytes) = entry?;
            daily.insert(key.value(), bytes.value())?;
        }
        let mut questions = transaction.open_table(QUESTIONS)?;
        for entry in self.tables.questions.range(first..end)? {
            let (key, bytes) = entry?;
            questions.insert(key.value(), bytes.value())?;
        }
        let mut leads = transaction.open_table(LEADS)?;
        for entry in self.tables.leads.range((id, i64::MIN, 0)..=(id, i64::MAX, u64::MAX))? {
            let (key, bytes) = entry?;
            if !bot.is_counted(key.value().1) {
                break;
            }
            leads.insert(key.value(), bytes.value())?;
        }
        Ok(())
    }

    fn copy_performance(&self, id: BotId, bot: &Behind, transaction: &Transaction) -> Result<()> {
        let end = bot.horizons.performance_proven;
        let mut daily = transaction.open_table(PERFORMANCE_DAILY)?;
        for entry in self.tables.performance_daily.range((id, i32::MIN)..(id, end.0))? {
            let (key, bytes) = entry?;
            daily.insert(key.value(), bytes.value())?;
        }
        let mut hourly = transaction.open_table(PERFORMANCE_HOURLY)?;
        for entry in self.tables.performance_hourly.range((id, i64::MIN)..=(id, i64::MAX))? {
            let (key, bytes) = entry?;
            if bot.zone.day(key.value().1 * 1_000) >= end {
                break;
            }
            hourly.insert(key.value(), bytes.value())?;
        }
        Ok(())
    }

    fn copy_traces(&self, id: BotId, bot: &Behind, transaction: &Transaction, writer: &mut Writer) -> Result<()> {
        let mut traces = transaction.open_table(TRACES)?;
        for entry in self.tables.traces.range((id, i64::MIN, 0)..=(id, i64::MAX, u64::MAX))? {
            let (key, bytes) = entry?;
            let key = key.value();
            if !bot.is_counted(key.1 * HOUR_MS) {
                break;
            }
            if !is_cut(bot, key.1) {
                traces.insert(key, bytes.value())?;
                continue;
            }
            for row in Chunk::decode(bytes.value(), key)?.rows() {
                let at_ms = key.1 * HOUR_MS + row.offset_ms as i64;
                if bot.is_counted(at_ms) {
                    writer.traces.add(id, row.session, at_ms, row.trace);
                }
            }
        }
        Ok(())
    }

    /// What the messages of sessions that have ended amount to since the horizon: the messages themselves may have gone.
    fn count_leads(&self, engine: &RedbEngine, writer: &mut Writer) -> Result<()> {
        let tables = LazyTables::new(&engine.db);
        let mut hot = engine.hot.write();
        let mut failed = None;
        for number in self.straddling.values().flatten().map(|straddling| straddling.number) {
            let session = read::session(&self.tables, number)?;
            let bot = bot_of(&self.bots, session.bot, "sessions")?;
            let Some(found) = session.found_lead().filter(|(at, _)| !bot.is_counted(at.0)) else { continue };
            let mut folding = Folding {
                hot: &mut hot.bots[session.bot as usize],
                leads: &mut writer.leads,
                traces: &mut writer.traces,
                session: Some(number),
                tables: &tables,
                words_lost_before: None,
                measured_since: writer.measured_since,
                failed: None,
            };
            count_found_lead(&mut folding, bot.zone, &bot.name, Some(&session.name), found);
            failed = failed.or(folding.failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// Persons who did not come again on the days that are stored.
    pub fn differences(&self) -> Vec<String> {
        let differs = |returning: &&Returning| {
            let Returning { number: _, user, days_counted, days, exposures } = returning;
            user.active_days[*days_counted..] != *days || user.exposures != *exposures
        };
        let told = |returning: &Returning| format!("users {}: not what the events give", returning.number);
        let mut differences: Vec<String> = self.returning.values().filter(differs).map(told).collect();
        differences.sort_unstable();
        differences
    }
}

/// Whether anything has gone from the log: by retention, or in a purge.
pub fn has_gone(tables: &Tables, bots: &[Behind]) -> Result<bool> {
    let purged = tables.meta.get(meta::PURGES)?.is_some();
    Ok(purged || bots.iter().any(|bot| !bot.horizons.are_none()))
}

/// Where the last event of a session stands, or stood, in the log.
fn last_seq(tables: &Tables, number: Number, session: &Session) -> Result<Seq> {
    if let Some(last) = session.seqs.last() {
        return Ok(*last);
    }
    let spilled = tables.session_events.range((number, 0)..=(number, Seq::MAX))?.next_back().transpose()?;
    let missing = || crate::error::Error::corrupt("session_events", number, "it has no event");
    let (key, bytes) = spilled.ok_or_else(missing)?;
    decode_seqs(bytes.value(), "session_events", key.value())?.last().copied().ok_or_else(missing)
}
