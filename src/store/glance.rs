//! A quick look at a directory's file, beside whoever writes it: how far the log goes and how far the fold, and whether a
//! sample of it can be read. Nothing is written, not even to repair.

use std::ops::ControlFlow;
use std::path::Path;

use redb::ReadableTable;

use super::read::{self, ALL_GONE};
use super::snapshot::{Db, FILE_NAME, caught, damaged};
use super::tables::{LAYOUT, Tables, meta};
use crate::error::{Error, Result};
use crate::limits::{GLANCE_BLOCKS_MAX, GLANCE_COUNTED_BYTES_MAX};
use crate::model::Seq;

/// What a look at the file shows.
#[derive(Debug)]
pub struct Glance {
    pub layout: u64,
    /// Events in the log, and those of them that the tables of the fold hold.
    pub events: Seq,
    pub checkpoint: Seq,
    /// The latest timestamp of an event, epoch ms.
    pub newest_ms: Option<i64>,
    /// Events since the time that was asked for, by their timestamps; whole blocks only.
    pub recent_events: u64,
    pub file_bytes: u64,
    /// Bytes of the file that no table uses: new events take them before it grows. Counted in files of some size only.
    pub free_bytes: Option<u64>,
    pub blocks: usize,
    pub blocks_read: usize,
    /// What could not be read.
    pub damage: Vec<String>,
}

/// Looks at the file; `None` where it was not closed, and the next start has to put that right first. `draw` chooses which
/// blocks are read.
///
/// # Errors
/// `Unusable` with what to do.
pub fn glance(dir: &Path, recent_from_ms: i64, draw: u64) -> Result<Option<Glance>> {
    // redb panics over some pages that are something else than it takes them for.
    caught(|| look(dir, recent_from_ms, draw)).unwrap_or_else(|| Err(damaged(&dir.join(FILE_NAME))))
}

fn look(dir: &Path, recent_from_ms: i64, draw: u64) -> Result<Option<Glance>> {
    let Some(db) = Db::open_untouched(dir)? else { return Ok(None) };
    let layout = db.layout()?.unwrap_or(LAYOUT);
    let tables = db.tables()?;
    let file_bytes = std::fs::metadata(dir.join(FILE_NAME))?.len();
    let mut glance = Glance {
        layout,
        events: 0,
        checkpoint: tables.meta.get(meta::CHECKPOINT)?.map_or(0, |figure| figure.value()),
        newest_ms: None,
        recent_events: 0,
        file_bytes,
        free_bytes: None,
        blocks: 0,
        blocks_read: 0,
        damage: Vec::new(),
    };
    if let Err(error) = glance.follow_log(&tables, recent_from_ms, draw) {
        glance.damage.push(error.to_string());
    }
    if file_bytes <= GLANCE_COUNTED_BYTES_MAX && glance.damage.is_empty() {
        glance.free_bytes = Some(file_bytes.saturating_sub(tables.taken_bytes()?));
    }
    Ok(Some(glance))
}

impl Glance {
    fn follow_log(&mut self, tables: &Tables, recent_from_ms: i64, draw: u64) -> Result<()> {
        let mut firsts = Vec::new();
        for entry in tables.log_index.iter()? {
            let (first, info) = entry?;
            let (count, first_ms, last_ms) = info.value();
            firsts.push(first.value());
            self.events = first.value() + u64::from(count);
            if (first_ms, last_ms) != ALL_GONE {
                self.newest_ms = self.newest_ms.max(Some(last_ms));
                self.recent_events += if first_ms >= recent_from_ms { u64::from(count) } else { 0 };
            }
        }
        self.blocks = firsts.len();
        for first in sample(&firsts, draw) {
            self.read_block(tables, first)?;
        }
        // The tail is short, and read whole.
        self.events = read::scan_log(tables, self.events, None, |stretch| {
            let timestamps = || stretch.events.iter().map(|(_, event)| event.timestamp_ms);
            self.newest_ms = self.newest_ms.max(timestamps().max());
            self.recent_events += timestamps().filter(|timestamp| *timestamp >= recent_from_ms).count() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    fn read_block(&mut self, tables: &Tables, first: Seq) -> Result<()> {
        match read::scan_log(tables, first, None, |_| Ok(ControlFlow::Break(()))) {
            Ok(_) => self.blocks_read += 1,
            Err(error @ Error::Corrupt { .. }) => self.damage.push(error.to_string()),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The first and the last block, and some at even distances between them, which `draw` moves from one look to the next.
fn sample(firsts: &[Seq], draw: u64) -> Vec<Seq> {
    if firsts.len() <= GLANCE_BLOCKS_MAX {
        return firsts.to_vec();
    }
    let step = firsts.len().div_ceil(GLANCE_BLOCKS_MAX - 2);
    let between = firsts.iter().skip((draw % step as u64) as usize).step_by(step);
    let mut chosen: Vec<Seq> = firsts.first().into_iter().chain(between).chain(firsts.last()).copied().collect();
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_turn_and_no_look_takes_too_many() {
        let firsts: Vec<Seq> = (0..1_000).collect();
        let mut seen = vec![false; firsts.len()];
        for draw in 0..100 {
            let chosen = sample(&firsts, draw);
            assert!(chosen.len() <= GLANCE_BLOCKS_MAX && chosen.is_sorted(), "{chosen:?}");
            assert_eq!([chosen.first(), chosen.last()], [Some(&0), Some(&999)]);
            chosen.iter().for_each(|first| seen[*first as usize] = true);
        }
        assert!(seen.iter().all(|seen| *seen));
        assert_eq!(sample(&firsts[..3], 7), [0, 1, 2]);
        assert!(sample(&[], 7).is_empty());
    }
}
