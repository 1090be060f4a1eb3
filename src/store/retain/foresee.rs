//! What would go, without anything going.

use std::ops::ControlFlow;
use std::path::Path;

use super::super::RedbEngine;
use super::super::columns::{Sessions, Users};
use super::super::digests::{all_bots, bot_of, for_each_row};
use super::super::read;
use super::super::snapshot::Db;
use super::super::tables::Tables;
use super::Tally;
use super::events::Fates;
use super::people::leaves;
use super::tally::{add_block, whole};
use crate::clock::Clock;
use crate::engine::{Gone, KeepOf};
use crate::error::{Error, Result};

/// What a run at this time would let go of, by bot; beside a live server too. What came since its last checkpoint, some
/// seconds ago, is counted among events and not yet among sessions.
///
/// # Errors
/// As opening the directory.
pub fn would_go(dir: &Path, keep: &KeepOf<'_>, clock: &Clock) -> Result<Vec<Gone>> {
    let db = Db::open_read_only(dir)?;
    db.layout()?;
    foresee(&db.tables()?, keep, clock, &|| false)
}

impl RedbEngine {
    /// As a run does, it begins with a checkpoint.
    pub(in crate::store) fn foresee(&self, keep: &KeepOf<'_>, stopped: &dyn Fn() -> bool) -> Result<Vec<Gone>> {
        self.checkpoint()?;
        foresee(&self.db.tables()?, keep, &self.options.clock, stopped)
    }
}

fn foresee(tables: &Tables, keep: &KeepOf<'_>, clock: &Clock, stopped: &dyn Fn() -> bool) -> Result<Vec<Gone>> {
    let mut bots = all_bots(tables)?;
    let (now_ms, end) = (clock.now_ms(), read::log_end(tables)?);
    for bot in &mut bots {
        // What is still to be proven of an earlier run goes first, in one that follows it.
        let today = bot.zone.day(now_ms);
        bot.horizons = bot.horizons.proven().moved(&keep(&bot.name), today, end).proven();
    }
    let goes_on = || if stopped() { Err(Error::Stopping) } else { Ok(()) };
    let mut gone: Vec<Tally> = bots.iter().map(|bot| Tally::of(&bot.name)).collect();
    let fates = Fates::of(&bots);
    // Where something of it goes, a run puts all that awaits its block into one.
    let mut awaiting = Vec::new();
    read::scan_log(tables, 0, Some((i64::MIN, fates.before_ms())), |stretch| {
        goes_on()?;
        let mut events: Vec<_> = stretch.events.into_iter().map(|(_, event)| Some(event)).collect();
        if !stretch.is_block {
            awaiting.append(&mut events);
            return Ok(ControlFlow::Continue(()));
        }
        let bytes = read::block_bytes(tables, stretch.first)?;
        let weight = events.iter().flatten().map(|event| event.weight() as u64).sum();
        add_block(&mut gone, fates.apply(&mut events)?, bytes, weight);
        Ok(ControlFlow::Continue(()))
    })?;
    // What it would take packed is not known.
    add_block(&mut gone, fates.apply(&mut awaiting)?, 0, 0);
    for_each_row::<Sessions>(&tables.sessions, "sessions", |_, session| {
        let bot = bot_of(&bots, session.bot, "sessions")?;
        let goes = bot.has_closed(session) && bot.zone.day(session.last_ms) < bot.horizons.sessions;
        gone[session.bot as usize].gone.sessions += u64::from(goes);
        Ok(())
    })?;
    goes_on()?;
    for_each_row::<Users>(&tables.users, "users", |_, user| {
        gone[user.bot as usize].gone.persons += u64::from(leaves(bot_of(&bots, user.bot, "users")?, user));
        Ok(())
    })?;
    Ok(whole(gone))
}
