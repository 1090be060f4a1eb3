//! Digests of what can no longer be counted again, because the events it came from may have gone: of each day's rollups,
//! leads and traces, and of sessions and persons by the thousand. They are written before the first of the events goes.

use std::collections::BTreeMap;

use redb::ReadableTable;
use xxhash_rust::xxh3::xxh3_64;

use super::append::decode_bot;
use super::chunk::{Chunk, HOUR_MS};
use super::codec::{decode, encode, value_hash};
use super::columns::{Column, Sessions, Users};
use super::read;
use super::rows::Named;
use super::sessions::around_ms;
use super::tables::{Bytes, DIGESTS, DigestKey, LeadKey, Tables, Transaction};
use crate::error::{Error, Result};
use crate::limits::{DIGESTED_TOGETHER, ROWS_PER_GROUP};
use crate::model::{BotId, Day, DayRange, Exposed, Horizons, Number, Outcome, Session, User, Zone};
use crate::rollup::Trace;

/// What a digest is of. Part of keys in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Of {
    Day = 0,
    Questions = 1,
    PerformanceDay = 2,
    PerformanceHours = 3,
    Leads = 4,
    Traces = 5,
    Sessions = 6,
    Users = 7,
}

impl Of {
    /// Whether it is of what goes with the sessions.
    pub fn goes_with_sessions(kind: u8) -> bool {
        kind == Self::Leads as u8 || kind == Self::Traces as u8
    }
}

pub type Digests = BTreeMap<DigestKey, u64>;

/// By how much digests differ once what they are of has been changed.
#[derive(Default)]
pub struct Differences(Digests);

impl Differences {
    pub fn add(&mut self, of: Of, bot: BotId, place: i64, before: u64, now: u64) {
        let difference = self.0.entry((of as u8, bot, place)).or_default();
        *difference = difference.wrapping_add(now.wrapping_sub(before));
    }

    /// # Errors
    /// `Corrupt` where a digest is missing.
    pub fn write(&self, transaction: &Transaction) -> Result<()> {
        let mut table = transaction.open_table(DIGESTS)?;
        for (key, difference) in &self.0 {
            let digest = table.get(key)?.map(|digest| digest.value());
            let digest = digest.ok_or_else(|| Error::corrupt("digests", key, "it is missing"))?;
            table.insert(key, digest.wrapping_add(*difference))?;
        }
        Ok(())
    }
}

/// A bot and its horizons.
#[derive(Clone, Debug)]
pub struct Behind {
    pub name: Box<str>,
    pub zone: Zone,
    pub horizons: Horizons,
}

impl Behind {
    /// Whether nothing of a session changes any more, and its events may have gone.
    pub fn has_closed(&self, session: &Session) -> bool {
        !session.is_gone() && self.is_counted(session.first_ms)
    }

    /// Whether what happened at a time is counted for good.
    pub fn is_counted(&self, timestamp_ms: i64) -> bool {
        self.horizons.events_proven > Horizons::default().events
            && self.zone.day(timestamp_ms) < self.horizons.events_proven
    }

    /// The last of the days on which a person came and which are counted for good.
    pub fn last_counted(&self, user: &User) -> Option<Day> {
        let before = user.active_days.partition_point(|day| *day < self.horizons.events_proven);
        before.checked_sub(1).map(|place| user.active_days[place])
    }

    /// The experiments that a person was exposed to and that are counted for good.
    pub fn counted_exposures(&self, user: &User) -> Vec<Exposed> {
        user.exposures.iter().filter(|exposed| self.is_counted(exposed.at.0)).cloned().collect()
    }

    /// Whether a person is known by what is counted for good.
    pub fn has_counted(&self, user: &User) -> bool {
        self.last_counted(user).is_some() || user.exposures.iter().any(|exposed| self.is_counted(exposed.at.0))
    }
}

/// Every bot, by id.
pub fn all_bots(tables: &Tables) -> Result<Vec<Behind>> {
    let mut bots = Vec::new();
    for entry in tables.bots.iter()? {
        let (id, bytes) = entry?;
        let bot = decode_bot(id.value(), bytes.value())?;
        if bot.id as usize != bots.len() {
            return Err(Error::corrupt("bots", bot.id, "bots before this one are missing"));
        }
        bots.push(Behind { name: bot.name, zone: bot.zone, horizons: Horizons::default() });
    }
    for entry in tables.horizons.iter()? {
        let (id, bytes) = entry?;
        let id = id.value();
        let bot = bots.get_mut(id as usize).ok_or_else(|| Error::corrupt("horizons", id, "there is no such bot"))?;
        bot.horizons = decode(bytes.value(), "horizons", id)?;
    }
    Ok(bots)
}

/// The bot that a row says it is of.
pub fn bot_of<'a>(bots: &'a [Behind], id: BotId, table: &'static str) -> Result<&'a Behind> {
    bots.get(id as usize).ok_or_else(|| Error::corrupt(table, id, "there is no such bot"))
}

/// Digests of everything behind the horizons, of days only from those in `since` on, which are by bot.
pub fn digests(tables: &Tables, bots: &[Behind], since: &[Horizons]) -> Result<Digests> {
    let mut digests = Digests::new();
    for ((id, bot), since) in (0..).zip(bots).zip(since) {
        days(tables, id, bot, since, &mut digests)?;
        performance(tables, id, bot, since, &mut digests)?;
    }
    for_each_row::<Sessions>(&tables.sessions, "sessions", |number, session| {
        // Of a bot that appeared meanwhile nothing has gone.
        if bots.get(session.bot as usize).is_some_and(|bot| bot.has_closed(session)) {
            add(&mut digests, (Of::Sessions as u8, 0, together(number)), session_hash(number, session));
        }
        Ok(())
    })?;
    for_each_row::<Users>(&tables.users, "users", |number, user| {
        if let Some(bot) = bots.get(user.bot as usize).filter(|bot| bot.has_counted(user)) {
            add(&mut digests, (Of::Users as u8, 0, together(number)), user_hash(number, user, bot));
        }
        Ok(())
    })?;
    Ok(digests)
}

/// Which of the digests a session, or a person, counts in.
pub fn together(number: Number) -> i64 {
    (number / DIGESTED_TOGETHER) as i64
}

/// What a session that has ended adds to its digest.
pub fn session_hash(number: Number, session: &Session) -> u64 {
    let Session { outcome, exposures, .. } = session;
    // Of a session without them it is what it was before there were experiments.
    if *outcome == Outcome::default() && exposures.is_empty() {
        return xxh3_64(&encode(&(number, session)));
    }
    xxh3_64(&encode(&(number, session, outcome, exposures)))
}

/// The same of a person, of whom only what is counted for good is known for good.
pub fn user_hash(number: Number, user: &User, bot: &Behind) -> u64 {
    let (last, exposures) = (bot.last_counted(user), bot.counted_exposures(user));
    match last {
        Some(last) if exposures.is_empty() => xxh3_64(&encode(&(number, user.bot, user.name_hash(), last))),
        _ => xxh3_64(&encode(&(number, user.bot, user.name_hash(), last, exposures))),
    }
}

/// What a lead adds.
///
/// # Errors
/// `Corrupt` where the row is not what was written.
pub fn lead_hash(key: LeadKey, bytes: &[u8]) -> Result<u64> {
    Ok(xxh3_64(&[&encode(&key)[..], &value_hash(bytes, "leads", key)?.to_le_bytes()].concat()))
}

/// What is together in a digest is added up, so that the order does not matter and what has gone can be left out.
fn add(digests: &mut Digests, key: DigestKey, hash: u64) {
    let sum = digests.entry(key).or_default();
    *sum = sum.wrapping_add(hash);
}

/// Days from the first to before the last; `None` where there are none.
fn range(first: Day, end: Day) -> Option<DayRange> {
    // Nothing happened before 1970, whatever the zone.
    let (first, last) = (first.max(Day(-1)), end.plus(-1));
    (first <= last).then(|| DayRange::new(first, last))
}

/// Of a table that has a row for each day.
fn by_day(
    table: &impl ReadableTable<(u32, i32), Bytes>,
    name: &'static str,
    (of, id, days): (Of, BotId, DayRange),
    digests: &mut Digests,
) -> Result<()> {
    for entry in table.range((id, days.first.0)..=(id, days.last.0))? {
        let (key, bytes) = entry?;
        let hash = value_hash(bytes.value(), name, key.value())?;
        add(digests, (of as u8, id, key.value().1.into()), hash);
    }
    Ok(())
}

fn days(tables: &Tables, id: BotId, bot: &Behind, since: &Horizons, digests: &mut Digests) -> Result<()> {
    let Some(days) = range(since.events_proven, bot.horizons.events_proven) else { return Ok(()) };
    by_day(&tables.daily, "daily", (Of::Day, id, days), digests)?;
    by_day(&tables.questions, "questions", (Of::Questions, id, days), digests)?;
    let Some(days) = range(since.events_proven.max(bot.horizons.sessions), bot.horizons.events_proven) else {
        return Ok(());
    };
    let (from_ms, to_ms) = around_ms(days);
    for entry in tables.leads.range((id, from_ms, 0)..(id, to_ms, 0))? {
        let (key, bytes) = entry?;
        let key = key.value();
        let day = bot.zone.day(key.1);
        if days.contains(day) {
            add(digests, (Of::Leads as u8, id, day.0.into()), lead_hash(key, bytes.value())?);
        }
    }
    for entry in tables.traces.range((id, from_ms / HOUR_MS, 0)..(id, to_ms / HOUR_MS, 0))? {
        let (key, bytes) = entry?;
        let start_ms = key.value().1 * HOUR_MS;
        for row in Chunk::decode(bytes.value(), key.value())?.rows() {
            let at_ms = start_ms + row.offset_ms as i64;
            let day = bot.zone.day(at_ms);
            if days.contains(day) {
                add(digests, (Of::Traces as u8, id, day.0.into()), trace_hash(at_ms, row.session, row.trace));
            }
        }
    }
    Ok(())
}

fn performance(tables: &Tables, id: BotId, bot: &Behind, since: &Horizons, digests: &mut Digests) -> Result<()> {
    let Some(days) = range(since.performance_proven, bot.horizons.performance_proven) else { return Ok(()) };
    by_day(&tables.performance_daily, "performance_daily", (Of::PerformanceDay, id, days), digests)?;
    let (from_ms, to_ms) = around_ms(days);
    for entry in tables.performance_hourly.range((id, from_ms / 1_000)..(id, to_ms / 1_000))? {
        let (key, bytes) = entry?;
        let key = key.value();
        let day = bot.zone.day(key.1 * 1_000);
        if days.contains(day) {
            let value = value_hash(bytes.value(), "performance_hourly", key)?;
            add(digests, (Of::PerformanceHours as u8, id, day.0.into()), xxh3_64(&encode(&(key, value))));
        }
    }
    Ok(())
}

/// Of an exchange, a visit or a conversion event, and whose it is.
pub fn trace_hash(at_ms: i64, session: Number, trace: Trace<'_>) -> u64 {
    match trace {
        Trace::Exchange { intent, success, sentiment, question } => {
            xxh3_64(&encode(&(at_ms, session, intent, success, sentiment, question)))
        }
        Trace::Visit { page } => xxh3_64(&encode(&(at_ms, session, page))),
        Trace::Conversion { event } => xxh3_64(&encode(&(at_ms, session, "conversion", event))),
    }
}

/// Calls `visit` with every row of a table of groups, in order of number.
pub fn for_each_row<C: Column>(
    table: &impl ReadableTable<u64, Bytes>,
    name: &'static str,
    mut visit: impl FnMut(Number, &C::Value) -> Result<()>,
) -> Result<()> {
    for entry in table.iter()? {
        let (group, bytes) = entry?;
        let group = group.value();
        let rows = read::group::<C>(bytes.value(), name, group)?;
        (group * ROWS_PER_GROUP..).zip(&rows).try_for_each(|(number, row)| visit(number, row))?;
    }
    Ok(())
}

/// What of the digests stored does not agree with those of what is stored.
pub fn compare_digests(tables: &Tables, bots: &[Behind]) -> Result<Vec<String>> {
    let found = digests(tables, bots, &vec![Horizons::default(); bots.len()])?;
    let mut stored = Digests::new();
    for entry in tables.digests.iter()? {
        let (key, digest) = entry?;
        let (kind, id, place) = key.value();
        // These are about to go.
        let goes = Of::goes_with_sessions(kind) && place < i64::from(bot_of(bots, id, "digests")?.horizons.sessions.0);
        if !goes {
            stored.insert((kind, id, place), digest.value());
        }
    }
    let differs = |key: &&DigestKey| stored.get(*key) != found.get(*key);
    let mut keys: Vec<&DigestKey> = stored.keys().chain(found.keys()).filter(differs).collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys.into_iter().map(|key| told(key, bots)).collect())
}

fn told((kind, id, place): &DigestKey, bots: &[Behind]) -> String {
    const WHAT: [&str; 8] = [
        "figures",
        "questions",
        "performance by day",
        "performance by hour",
        "leads",
        "exchanges and visits",
        "sessions",
        "persons",
    ];
    let what = WHAT.get(usize::from(*kind)).copied().unwrap_or("what is digested");
    if *kind == Of::Sessions as u8 || *kind == Of::Users as u8 {
        // A damaged place may be anything.
        let first = place.saturating_mul(DIGESTED_TOGETHER as i64);
        return format!("digests: {what} from number {first} on are not what they were when their events were let go");
    }
    let name = bots.get(*id as usize).map_or("", |bot| &*bot.name);
    let day = Day(*place as i32);
    format!("digests: the {what} of {name} on {day} are not what they were when their events were let go")
}

/// Hours that lie in days of both sides of the horizon, in some zones: what is left of them is counted again.
pub fn is_cut(bot: &Behind, hour: i64) -> bool {
    bot.is_counted(hour * HOUR_MS) && !bot.is_counted((hour + 1) * HOUR_MS - 1)
}
