//! The log as it is written: sealed blocks, and the tail of events that await theirs.

use rayon::prelude::*;
use redb::ReadableTable;

use super::Writer;
use super::codec::encode_columns;
use super::columns::{Effort, Events, Kept};
use super::read::ALL_GONE;
use super::tables::*;
use crate::error::Result;
use crate::limits::{BLOCK_BYTES, BLOCK_EVENTS, BLOCK_PART_BYTES};
use crate::model::{Event, Seq};

/// A stretch of the log that stays as it is.
pub struct Block {
    first: Seq,
    events: u32,
    first_ms: i64,
    last_ms: i64,
    bytes: Vec<u8>,
}

impl Block {
    pub fn of<'a>(first: Seq, events: impl Iterator<Item = &'a Event> + Clone) -> Self {
        let timestamps_ms = || events.clone().map(|event| event.timestamp_ms);
        Self {
            first,
            events: u32::try_from(events.clone().count()).expect("a block's size is bounded"),
            first_ms: timestamps_ms().min().unwrap_or_default(),
            last_ms: timestamps_ms().max().unwrap_or_default(),
            bytes: encode_columns::<Events>(events, Effort::Small),
        }
    }

    /// What is left of a block in its place; `None` where nothing is.
    pub fn kept(first: Seq, events: &[Option<Event>]) -> Option<Self> {
        let timestamps_ms = || events.iter().flatten().map(|event| event.timestamp_ms);
        Some(Self {
            first,
            events: u32::try_from(events.len()).expect("a block's size is bounded"),
            first_ms: timestamps_ms().min()?,
            last_ms: timestamps_ms().max()?,
            bytes: encode_columns::<Kept>(events, Effort::Small),
        })
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Blocks of events that may weigh more than one should.
    pub fn all_of(first: Seq, events: &[Event]) -> Vec<Self> {
        let mut blocks = Vec::new();
        let (mut from, mut weight) = (0, 0);
        for (place, event) in (1..).zip(events) {
            weight += event.weight();
            if weight >= BLOCK_BYTES || place == events.len() {
                blocks.push(Self::of(first + from as Seq, events[from..place].iter()));
                (from, weight) = (place, 0);
            }
        }
        blocks
    }

    pub fn write(&self, blocks: &mut Table<'_, PartKey, Bytes>, index: &mut Table<'_, u64, BlockInfo>) -> Result<()> {
        let Self { first, events, first_ms, last_ms, bytes } = self;
        for (part, bytes) in (0..).zip(bytes.chunks(BLOCK_PART_BYTES)) {
            blocks.insert((*first, part), bytes)?;
        }
        index.insert(first, (*events, *first_ms, *last_ms))?;
        Ok(())
    }
}

/// A block as it is to be.
pub struct Rewritten {
    pub first: Seq,
    pub count: u32,
    /// `None` where nothing is left.
    pub block: Option<Block>,
}

/// Puts blocks as they are to be, which are in order, in their places.
pub fn rewrite(transaction: &Transaction, rewritten: &[Rewritten]) -> Result<()> {
    let (mut blocks, mut index) = (transaction.open_table(LOG_BLOCKS)?, transaction.open_table(LOG_INDEX)?);
    for Rewritten { first, count, block } in rewritten {
        blocks.retain_in((*first, 0)..=(*first, u32::MAX), |_, _| false)?;
        if let Some(block) = block {
            block.write(&mut blocks, &mut index)?;
            continue;
        }
        // Neighbours of which nothing is left share an entry: a log that is let go of takes no room.
        let before = index.range(..*first)?.next_back().transpose()?.map(|(first, info)| (first.value(), info.value()));
        let joined = before.and_then(|(start, (before, first_ms, last_ms))| {
            let adjoins = (first_ms, last_ms) == ALL_GONE && start + u64::from(before) == *first;
            Some((start, before.checked_add(*count)?)).filter(|_| adjoins)
        });
        index.remove(first)?;
        let (start, count) = joined.unwrap_or((*first, *count));
        index.insert(start, (count, ALL_GONE.0, ALL_GONE.1))?;
    }
    Ok(())
}

/// Writes all that awaits its block in blocks of any size. Once that is committed, `sealed` is to be called.
pub fn seal(transaction: &Transaction, writer: &Writer) -> Result<()> {
    let first = writer.next_seq - writer.tail.len() as u64;
    let (mut blocks, mut index) = (transaction.open_table(LOG_BLOCKS)?, transaction.open_table(LOG_INDEX)?);
    for block in Block::all_of(first, &writer.tail) {
        block.write(&mut blocks, &mut index)?;
    }
    transaction.open_table(LOG_TAIL)?.retain(|_, _| false)?;
    Ok(())
}

pub fn sealed(writer: &mut Writer) {
    writer.tail.clear();
    writer.tail_rows.clear();
    writer.tail_bytes = 0;
}

/// How the log's tail changes with new events: whole blocks leave it, the rest stays.
pub struct TailPlan {
    blocks: Vec<Block>,
    row: Option<(Seq, Vec<u8>)>,
    /// New events that are sealed, the whole tail before them.
    sealed: usize,
    /// What the tail's events will weigh.
    tail_bytes: usize,
}

impl TailPlan {
    pub fn new(writer: &Writer, events: &[Event]) -> Self {
        let waiting = writer.tail.len();
        let first = writer.next_seq - waiting as u64;
        let mut tail_bytes = writer.tail_bytes;
        // Stretches that become blocks, counted from the tail's first event.
        let (mut from, mut cuts) = (0, Vec::new());
        for (place, event) in (1..).zip(events) {
            tail_bytes += event.weight();
            let to = waiting + place;
            if to - from >= BLOCK_EVENTS || tail_bytes >= BLOCK_BYTES {
                cuts.push((from, to));
                (from, tail_bytes) = (to, 0);
            }
        }
        let block = |(from, to): (usize, usize)| {
            let new = &events[from.saturating_sub(waiting)..to - waiting];
            Block::of(first + from as u64, writer.tail.iter().skip(from).chain(new))
        };
        let blocks = cuts.into_par_iter().map(block).collect();
        let sealed = from.saturating_sub(waiting);
        let unsealed = &events[sealed..];
        let row = || (writer.next_seq + sealed as u64, encode_columns::<Events>(unsealed, Effort::Fast));
        let row = (!unsealed.is_empty()).then(row);
        Self { blocks, row, sealed, tail_bytes }
    }

    pub fn write(&self, transaction: &Transaction, writer: &Writer) -> Result<()> {
        let mut tail = transaction.open_table(LOG_TAIL)?;
        if !self.blocks.is_empty() {
            let mut blocks = transaction.open_table(LOG_BLOCKS)?;
            let mut index = transaction.open_table(LOG_INDEX)?;
            for block in &self.blocks {
                block.write(&mut blocks, &mut index)?;
            }
            for row in &writer.tail_rows {
                tail.remove(row)?;
            }
        }
        if let Some((first, bytes)) = &self.row {
            tail.insert(first, &bytes[..])?;
        }
        Ok(())
    }

    pub fn apply(&self, writer: &mut Writer, events: Vec<Event>) {
        if !self.blocks.is_empty() {
            writer.tail.clear();
            writer.tail_rows.clear();
        }
        writer.tail.extend(events.into_iter().skip(self.sealed));
        writer.tail_rows.extend(self.row.as_ref().map(|(first, _)| *first));
        writer.tail_bytes = self.tail_bytes;
        assert!(writer.tail.len() < BLOCK_EVENTS, "a full block stays in the tail");
    }
}
