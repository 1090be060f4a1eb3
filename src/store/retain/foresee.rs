//! What would go, without anything going.

use std::ops::ControlFlow;
use std::path::Path;

use super::super::columns::{Sessions, Users};
use super::super::digests::{all_bots, bot_of, for_each_row};
use super::super::read;
use super::super::snapshot::Db;
use super::super::tables::Tables;
use super::Gone;
use super::events::Fates;
use super::people::leaves;
use crate::clock::Clock;
use crate::error::Result;
use crate::model::Keep;

/// What a run at this time would let go of, by bot; beside a live server too.
///
/// # Errors
/// As opening the directory.
pub fn would_go(dir: &Path, keep: &dyn Fn(&str) -> Keep, clock: &Clock) -> Result<Vec<Gone>> {
    let db = Db::open_read_only(dir)?;
    db.layout()?;
    foresee(&db.tables()?, keep, clock)
}

impl super::RedbEngine {
    /// The same of what this engine serves.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn would_go(&self, keep: &dyn Fn(&str) -> Keep) -> Result<Vec<Gone>> {
        foresee(&self.db.tables()?, keep, &self.options.clock)
    }
}

fn foresee(tables: &Tables, keep: &dyn Fn(&str) -> Keep, clock: &Clock) -> Result<Vec<Gone>> {
    let mut bots = all_bots(tables)?;
    let (now_ms, end) = (clock.now_ms(), read::log_end(tables)?);
    for bot in &mut bots {
        // What is still to be proven of an earlier run goes first, in one that follows it.
        let today = bot.zone.day(now_ms);
        bot.horizons = bot.horizons.proven().moved(&keep(&bot.name), today, end).proven();
    }
    let mut gone: Vec<Gone> = bots.iter().map(|bot| Gone { bot: bot.name.clone(), ..Gone::default() }).collect();
    let fates = Fates::of(&bots);
    read::scan_log(tables, 0, Some((i64::MIN, fates.before_ms())), |stretch| {
        let bytes = if stretch.is_block { read::block_bytes(tables, stretch.first)? } else { 0 };
        let mut events: Vec<_> = stretch.events.into_iter().map(|(_, event)| Some(event)).collect();
        let weight: u64 = events.iter().flatten().map(|event| event.weight() as u64).sum();
        for (gone, counted) in gone.iter_mut().zip(fates.apply(&mut events)?) {
            gone.events += counted.events;
            gone.texts += counted.texts;
            gone.performance += counted.performance;
            gone.bytes += bytes * counted.bytes / weight.max(1);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for_each_row::<Sessions>(&tables.sessions, "sessions", |_, session| {
        let bot = bot_of(&bots, session.bot, "sessions")?;
        let goes = bot.has_closed(session) && bot.zone.day(session.last_ms) < bot.horizons.sessions;
        gone[session.bot as usize].sessions += u64::from(goes);
        Ok(())
    })?;
    for_each_row::<Users>(&tables.users, "users", |_, user| {
        gone[user.bot as usize].persons += u64::from(leaves(bot_of(&bots, user.bot, "users")?, user));
        Ok(())
    })?;
    Ok(gone.into_iter().filter(|gone| !gone.is_nothing()).collect())
}
