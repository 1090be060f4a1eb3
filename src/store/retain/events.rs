//! Events go from the log, or lose their texts: a block of which nothing is left goes whole, another is rewritten in its place.

use std::collections::HashMap;

use super::super::RedbEngine;
use super::super::digests::Behind;
use super::super::log::{Block, Rewritten, rewrite};
use super::super::read::{self, ALL_GONE};
use super::super::sessions::DAY_MS;
use super::tally::{Tally, add_block};
use super::{Run, Swept};
use crate::error::{Error, Result};
use crate::limits::{RETAIN_BLOCKS_PER_STEP, RETAIN_BYTES_PER_STEP};
use crate::model::keep::Fate;
use crate::model::{Event, Kind, Seq};
use crate::rollup::questions::{Asked, asked};

impl RedbEngine {
    pub(super) fn let_events_go(&self, run: &mut Run<'_>) -> Result<()> {
        let mut from = 0;
        while !(run.stopped)() {
            let rewritten = self.next_blocks(run, &mut from)?;
            if rewritten.is_empty() {
                break;
            }
            self.step(run, |_, transaction| rewrite(transaction, &rewritten), |_, ()| {})?;
        }
        Ok(())
    }

    /// The next blocks that change, as they are to be, from `from` on, which moves on behind them.
    fn next_blocks(&self, run: &mut Run<'_>, from: &mut Seq) -> Result<Vec<Rewritten>> {
        let tables = self.db.tables()?;
        let fates = Fates::of(&run.bots);
        let (mut rewritten, mut bytes) = (Vec::new(), 0);
        for entry in tables.log_index.range(*from..run.end)? {
            let (first, info) = entry?;
            let (first, (count, first_ms, last_ms)) = (first.value(), info.value());
            // What came since the days were closed may not be in the tables yet.
            let end = first + u64::from(count);
            if rewritten.len() >= RETAIN_BLOCKS_PER_STEP || bytes >= RETAIN_BYTES_PER_STEP || end > run.end {
                break;
            }
            *from = end;
            let has_done = |swept: &Swept| swept.has_done(end, (first_ms, last_ms), &run.bots);
            let stays = first_ms >= fates.before_ms || run.swept.as_ref().is_some_and(has_done);
            if stays || (first_ms, last_ms) == ALL_GONE {
                continue;
            }
            let mut events = read::block(&tables, first)?.all()?;
            let counted = fates.apply(&mut events)?;
            if counted.iter().all(Tally::is_nothing) {
                continue;
            }
            let block = Block::kept(first, &events);
            let bytes_left = block.as_ref().map_or(0, Block::bytes);
            bytes += bytes_left;
            let went = read::block_bytes(&tables, first)?.saturating_sub(bytes_left as u64);
            let weight = counted.iter().map(|counted| counted.gone.bytes).sum();
            add_block(&mut run.gone, counted, went, weight);
            rewritten.push(Rewritten { first, count, block });
        }
        Ok(rewritten)
    }
}

/// What becomes of events, by bot.
pub(super) struct Fates<'a> {
    bots: HashMap<&'a str, (usize, &'a Behind)>,
    /// Every event since then stays as it is.
    before_ms: i64,
}

impl<'a> Fates<'a> {
    pub fn of(bots: &'a [Behind]) -> Self {
        let days = bots.iter().map(|bot| {
            let horizons = &bot.horizons;
            horizons.text.max(horizons.events_proven).max(horizons.performance_proven)
        });
        let last = days.map(|day| day.0).max().unwrap_or(i32::MIN);
        // Whatever the zone.
        let before_ms = (i64::from(last) + 1) * DAY_MS;
        Self { bots: bots.iter().enumerate().map(|(id, bot)| (&*bot.name, (id, bot))).collect(), before_ms }
    }

    pub fn before_ms(&self) -> i64 {
        self.before_ms
    }

    /// Takes out what goes, and counts it by bot; `bytes` are what it weighs.
    pub fn apply(&self, events: &mut [Option<Event>]) -> Result<Vec<Tally>> {
        let mut counted = vec![Tally::default(); self.bots.len()];
        for place in events {
            let Some(event) = place else { continue };
            let known = self.bots.get(&*event.bot);
            let (id, bot) = known.ok_or_else(|| Error::corrupt("bots", &event.bot, "an event's bot is missing"))?;
            let Tally { gone, days } = &mut counted[*id];
            let weight = event.weight() as u64;
            let fate = bot.horizons.fate(bot.zone, event);
            if fate != Fate::Stays {
                days.insert(bot.zone.day(event.timestamp_ms));
            }
            match fate {
                Fate::Stays => {}
                Fate::LosesTexts => {
                    event.kind.forget_texts(|message| asked(message).as_ref().map(Asked::hash));
                    gone.texts += 1;
                    gone.bytes += weight - event.weight() as u64;
                }
                Fate::Goes => {
                    match &event.kind {
                        Kind::Performance(_) => gone.performance += 1,
                        _ => gone.events += 1,
                    }
                    gone.bytes += weight;
                    *place = None;
                }
            }
        }
        Ok(counted)
    }
}
