//! Closing days, and digests of what was counted of them.

use std::time::{Duration, Instant};

use super::super::digests::{Digests, Of, all_bots, digests};
use super::super::log::{seal, sealed};
use super::super::tables::*;
use super::super::{RedbEngine, Writer};
use super::{Run, Tally, write_horizons};
use crate::engine::KeepOf;
use crate::error::Result;
use crate::model::Horizons;
use crate::model::keep::Fate;

impl RedbEngine {
    /// Moves the horizons to where they are to be today. Everything before is in the tables then, and no event can change it.
    pub(super) fn close_days<'a>(&self, keep: &KeepOf<'_>, stopped: &'a dyn Fn() -> bool) -> Result<Run<'a>> {
        let mut writer = self.writer.lock();
        self.heal(&mut writer)?;
        self.write_back(&mut writer)?;
        let end = writer.next_seq;
        let now_ms = self.options.clock.now_ms();
        let mut bots = all_bots(&self.db.tables()?)?;
        let before: Vec<Horizons> = bots.iter().map(|bot| bot.horizons).collect();
        for bot in &mut bots {
            bot.horizons = bot.horizons.moved(&keep(&bot.name), bot.zone.day(now_ms), end);
        }
        let gone = bots.iter().map(|bot| Tally::of(&bot.name)).collect();
        let mut run = Run { stopped, swept: None, bots, gone, end, steps: 1, longest: Duration::ZERO };
        let began = Instant::now();
        let closed = self.close_by(&mut writer, &run, &before);
        run.longest = began.elapsed();
        if closed.is_err() {
            writer.broken = true;
            self.look_after(&mut writer);
        }
        closed.map(|()| run)
    }

    fn close_by(&self, writer: &mut Writer, run: &Run<'_>, before: &[Horizons]) -> Result<()> {
        let moved: Vec<_> =
            (0..).zip(&run.bots).zip(before).filter(|((_, bot), before)| bot.horizons != **before).collect();
        let seals = run.has_to_be_sealed(writer);
        if moved.is_empty() && !seals {
            return Ok(());
        }
        let transaction = self.db.begin_write()?;
        for ((id, bot), _) in &moved {
            write_horizons(&transaction, *id, &bot.horizons)?;
        }
        if seals {
            // Blocks of any size: what awaits its block with the rest would stay for as long as the rest does not come.
            seal(&transaction, writer)?;
        }
        transaction.commit()?;
        for ((id, bot), _) in moved {
            self.put_horizons(id, bot.horizons);
        }
        if seals {
            sealed(writer);
        }
        Ok(())
    }

    /// Writes digests of the days that were closed; from then on their events may go.
    pub(super) fn prove_days(&self, run: &mut Run<'_>) -> Result<()> {
        if run.bots.iter().all(|bot| bot.horizons.are_proven()) {
            return Ok(());
        }
        let since: Vec<Horizons> = run.bots.iter().map(|bot| bot.horizons).collect();
        run.bots.iter_mut().for_each(|bot| bot.horizons = bot.horizons.proven());
        let found = digests(&self.db.tables()?, &run.bots, &since)?;
        let proven: Vec<_> = run.bots.iter().map(|bot| bot.horizons).collect();
        let moved =
            || (0..).zip(&proven).zip(&since).filter(|((_, now), before)| now != before).map(|(moved, _)| moved);
        self.step(
            run,
            |_, transaction| {
                moved().try_for_each(|(id, horizons)| write_horizons(transaction, id, horizons))?;
                write_digests(transaction, &found)
            },
            |_, ()| moved().for_each(|(id, horizons)| self.put_horizons(id, *horizons)),
        )
    }
}

impl Run<'_> {
    /// Whether something goes of what awaits its block.
    fn has_to_be_sealed(&self, writer: &Writer) -> bool {
        writer.tail.iter().any(|event| {
            let bot = self.bots.iter().find(|bot| bot.name == event.bot);
            bot.is_some_and(|bot| bot.horizons.proven().fate(bot.zone, event) != Fate::Stays)
        })
    }
}

/// Those of sessions and persons are all of them, in the place of those that are there.
fn write_digests(transaction: &Transaction, found: &Digests) -> Result<()> {
    let mut table = transaction.open_table(DIGESTS)?;
    let all_together = (Of::Sessions as u8, 0, i64::MIN)..=(Of::Users as u8, u32::MAX, i64::MAX);
    table.retain_in(all_together, |key, _| found.contains_key(&key))?;
    for (key, digest) in found {
        table.insert(key, digest)?;
    }
    Ok(())
}
