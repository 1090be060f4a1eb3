//! The log as it is written: sealed blocks, and the tail of events that await theirs.

use std::sync::Arc;

use rayon::prelude::*;
use redb::{Table, WriteTransaction};

use super::LogEnd;
use super::codec::encode_columns;
use super::columns::{Effort, Events, Kept};
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
    pub fn all_of<'a>(first: Seq, events: impl Iterator<Item = &'a Event> + Clone) -> Vec<Self> {
        let mut blocks = Vec::new();
        let (mut from, mut weight) = (0, 0);
        let mut left = events.clone().enumerate().peekable();
        while let Some((place, event)) = left.next() {
            weight += event.weight();
            if weight >= BLOCK_BYTES || left.peek().is_none() {
                let to = place + 1;
                blocks.push(Self::of(first + from as Seq, events.clone().skip(from).take(to - from)));
                (from, weight) = (to, 0);
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

/// Events that await their block.
#[derive(Default)]
pub struct Tail {
    /// As they were committed; whoever folds them has them too.
    groups: Vec<Arc<Vec<Event>>>,
    len: usize,
    /// The rows of `log_tail` that hold them.
    rows: Vec<Seq>,
    /// What they weigh.
    bytes: usize,
}

impl Tail {
    /// Takes on what a row of `log_tail` holds, in order.
    pub fn load(&mut self, row: Seq, events: Vec<Event>) {
        self.rows.push(row);
        self.bytes += events.iter().map(Event::weight).sum::<usize>();
        self.extend(Arc::new(events));
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> + Clone {
        self.groups.iter().flat_map(|events| events.iter())
    }

    /// Its events in blocks of any size; `end` is the end of the log.
    pub fn sealed(&self, end: Seq) -> Vec<Block> {
        Block::all_of(end - self.len as Seq, self.events())
    }

    fn extend(&mut self, events: Arc<Vec<Event>>) {
        self.len += events.len();
        self.groups.push(events);
    }
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
    pub fn new(LogEnd { next_seq, tail, .. }: &LogEnd, events: &[Event]) -> Self {
        let waiting = tail.len;
        let first = next_seq - waiting as u64;
        let mut tail_bytes = tail.bytes;
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
            Block::of(first + from as u64, tail.events().skip(from).chain(new))
        };
        let blocks = cuts.into_par_iter().map(block).collect();
        let sealed = from.saturating_sub(waiting);
        let unsealed = &events[sealed..];
        let row = || (next_seq + sealed as u64, encode_columns::<Events>(unsealed, Effort::Fast));
        let row = (!unsealed.is_empty()).then(row);
        Self { blocks, row, sealed, tail_bytes }
    }

    /// `before` is the tail as it was.
    pub fn write(&self, transaction: &WriteTransaction, before: &Tail) -> Result<()> {
        let mut tail = transaction.open_table(LOG_TAIL)?;
        if !self.blocks.is_empty() {
            let mut blocks = transaction.open_table(LOG_BLOCKS)?;
            let mut index = transaction.open_table(LOG_INDEX)?;
            for block in &self.blocks {
                block.write(&mut blocks, &mut index)?;
            }
            for row in &before.rows {
                tail.remove(row)?;
            }
        }
        if let Some((first, bytes)) = &self.row {
            tail.insert(first, &bytes[..])?;
        }
        Ok(())
    }

    /// Takes from the new events those that await their block, and returns them.
    pub fn apply(&self, tail: &mut Tail, events: &mut Vec<Event>) -> Arc<Vec<Event>> {
        if !self.blocks.is_empty() {
            *tail = Tail::default();
        }
        let unsealed = Arc::new(events.split_off(self.sealed));
        tail.extend(unsealed.clone());
        tail.rows.extend(self.row.as_ref().map(|(first, _)| *first));
        tail.bytes = self.tail_bytes;
        assert!(tail.len < BLOCK_EVENTS, "a full block stays in the tail");
        unsealed
    }
}
