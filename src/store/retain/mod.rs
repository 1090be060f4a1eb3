//! Retention: what a bot keeps no longer goes, in steps of one transaction each that leave a file which agrees with itself.
//!
//! First the days behind the horizon are closed: they take no more events (`close.rs`). Then what was counted of them gets
//! digests, and only then their events go, whole blocks at once where they can (`events.rs`). Sessions and persons follow
//! later, with what leads to them (`people.rs`). The work of each step is done before it takes the writer, as far as it can be:
//! what is closed does not change.

mod close;
mod events;
mod foresee;
mod give_back;
pub(super) mod people;
mod space;
mod tally;

use std::time::{Duration, Instant};

use super::digests::Behind;
use super::sessions::DAY_MS;
use super::tables::{HORIZONS, Transaction};
use super::{RedbEngine, Writer, codec};
use crate::engine::{KeepOf, Retained};
use crate::error::Result;
use crate::limits::RETAIN_PAUSE_MAX;
use crate::model::{BotId, Day, Horizons, Seq};

pub use foresee::would_go;
pub(super) use give_back::LittleFree;
pub use space::compact;
use tally::Tally;

/// How far a run came that came to its end.
pub(super) struct Swept {
    /// Of the events before this, all have become what they were to become.
    end: Seq,
    /// By bot.
    horizons: Vec<Horizons>,
}

impl Swept {
    /// Whether a block is as it is to be: it was there then, and no horizon has passed over any of its time since.
    fn has_done(&self, end: Seq, (first_ms, last_ms): (i64, i64), bots: &[Behind]) -> bool {
        let passed = |before: Day, now: Day| {
            // Whatever the zone.
            let from_ms = (i64::from(before.0) - 1) * DAY_MS;
            let to_ms = (i64::from(now.0) + 1) * DAY_MS;
            before < now && first_ms < to_ms && last_ms >= from_ms
        };
        let none = Horizons::default();
        let before = self.horizons.iter().chain(std::iter::repeat(&none));
        let passed_over = bots.iter().zip(before).any(|(Behind { horizons: now, .. }, before)| {
            passed(before.text, now.text)
                || passed(before.events_proven, now.events_proven)
                || passed(before.performance_proven, now.performance_proven)
        });
        end <= self.end && !passed_over
    }
}

/// One run.
struct Run<'a> {
    stopped: &'a dyn Fn() -> bool,
    /// How far the last one came.
    swept: Option<Swept>,
    bots: Vec<Behind>,
    /// By bot.
    gone: Vec<Tally>,
    /// Where the log ended when it began: everything before is in the tables.
    end: Seq,
    steps: u64,
    longest: Duration,
}

impl RedbEngine {
    pub(super) fn let_go(&self, keep: &KeepOf<'_>, stopped: &dyn Fn() -> bool) -> Result<Retained> {
        let mut swept = self.retaining.lock();
        let mut run = self.close_days(keep, stopped)?;
        run.swept = swept.take();
        if run.bots.iter().all(|bot| bot.horizons.are_none()) {
            return Ok(Retained::default());
        }
        self.prove_days(&mut run)?;
        self.let_events_go(&mut run)?;
        self.let_people_go(&mut run)?;
        if !stopped() {
            let horizons = run.bots.iter().map(|bot| bot.horizons).collect();
            *swept = Some(Swept { end: run.end, horizons });
        }
        let Run { gone, steps, longest, .. } = run;
        Ok(Retained { bots: tally::whole(gone), steps, longest, given_back_bytes: 0 })
    }

    /// One step: `work` changes the file in one transaction, and once that is durable `then` changes memory.
    fn step<T>(
        &self,
        run: &mut Run<'_>,
        work: impl FnOnce(&Writer, &Transaction) -> Result<T>,
        then: impl FnOnce(&mut Writer, T),
    ) -> Result<()> {
        let mut writer = self.writer.lock();
        self.heal(&mut writer)?;
        let began = Instant::now();
        let done = self.db.begin_write().and_then(|transaction| {
            let worked = work(&writer, &transaction)?;
            transaction.commit()?;
            Ok(worked)
        });
        match done {
            Ok(worked) => then(&mut writer, worked),
            Err(error) => {
                // Whether it is in the file is not known: memory is made anew from what is.
                writer.broken = true;
                self.look_after(&mut writer);
                return Err(error);
            }
        }
        drop(writer);
        let took = began.elapsed();
        run.steps += 1;
        run.longest = run.longest.max(took);
        std::thread::sleep(took.min(RETAIN_PAUSE_MAX));
        Ok(())
    }

    fn put_horizons(&self, id: BotId, horizons: Horizons) {
        self.hot.write().bots.filled_up(id as usize).horizons = horizons;
    }
}

fn write_horizons(transaction: &Transaction, id: BotId, horizons: &Horizons) -> Result<()> {
    transaction.open_table(HORIZONS)?.insert(id, &codec::encode(horizons)[..])?;
    Ok(())
}
