//! Traces on their way from the fold to their table, and back.

use std::collections::BTreeMap;

use rayon::prelude::*;
use redb::{ReadOnlyTable, ReadableTable};

use super::chunk::{Chunk, Growing, HOUR_MS, Row};
use super::digests::trace_hash;
use super::tables::{Bytes, Table, TraceKey};
use crate::error::Result;
use crate::limits::{TRACE_CHUNK_BYTES_MAX, TRACE_CHUNK_ROOM_MIN, TRACE_CHUNK_ROWS_MAX};
use crate::model::{BotId, Number};
use crate::rollup::Trace;

/// A bot's hour: its number, and hours since 1970 in UTC.
pub type BotHour = (BotId, i64);

/// What the next checkpoint will write.
#[derive(Default)]
pub struct Pending {
    hours: BTreeMap<BotHour, Growing>,
    /// Estimated.
    bytes: usize,
}

impl Pending {
    pub fn add(&mut self, bot: BotId, session: Number, timestamp_ms: i64, trace: Trace<'_>) {
        /// An hour's vectors and maps, however little is in them.
        const HOUR_BYTES: usize = 1_024;
        let growing = self.hours.entry((bot, timestamp_ms.div_euclid(HOUR_MS))).or_insert_with(|| {
            self.bytes += HOUR_BYTES;
            Growing::default()
        });
        self.bytes += growing.push(Row { offset_ms: timestamp_ms.rem_euclid(HOUR_MS) as u64, session, trace });
    }

    /// Estimated.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A bot's hours from the first to before the last, in order.
    pub fn between(&self, bot: BotId, hours: (i64, i64)) -> impl DoubleEndedIterator<Item = (i64, &Chunk)> {
        let found = self.hours.range((bot, hours.0)..(bot, hours.1));
        found.map(|((_, hour), growing)| (*hour, &growing.chunk))
    }

    /// Writes all, in order of key. `stored` is the same table as it was before the transaction.
    pub fn write(&self, mut table: Table<'_, TraceKey, Bytes>, stored: &ReadOnlyTable<TraceKey, Bytes>) -> Result<()> {
        let hours: Vec<_> = self.hours.iter().collect();
        let chunks = hours.into_par_iter().map(|(hour, pending)| chunks(stored, *hour, &pending.chunk));
        for chunks in chunks.collect::<Vec<_>>() {
            for (key, bytes) in chunks? {
                table.insert(key, &bytes[..])?;
            }
        }
        Ok(())
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The chunks of an hour that change, and the new ones.
fn chunks(stored: &ReadOnlyTable<TraceKey, Bytes>, hour: BotHour, pending: &Chunk) -> Result<Vec<(TraceKey, Vec<u8>)>> {
    let rows: Vec<Row<'_>> = pending.rows().collect();
    let mut rows = &rows[..];
    let (mut number, mut filling) = last_chunk(stored, hour)?;
    let mut chunks = Vec::new();
    while !rows.is_empty() {
        let taken = filling.take(rows);
        if taken > 0 {
            chunks.push(((hour.0, hour.1, number), filling.bytes));
        }
        (number, filling) = (number + 1, Filling::default());
        rows = &rows[taken..];
    }
    Ok(chunks)
}

/// A chunk that is being filled, and its bytes.
#[derive(Default)]
struct Filling {
    growing: Growing,
    bytes: Vec<u8>,
}

impl Filling {
    /// Takes as many of the rows as fit, and returns their number: at least one where it was empty.
    fn take(&mut self, rows: &[Row<'_>]) -> usize {
        /// Of a row, until it is known what these take.
        const ROW_BYTES: usize = 6;
        let mut taken = 0;
        let mut next = TRACE_CHUNK_BYTES_MAX / ROW_BYTES;
        // How small columns become is known only when they are written.
        while let left @ 1.. = rows.len() - taken
            && next > 0
        {
            next = next.min(left).min(TRACE_CHUNK_ROWS_MAX - self.growing.chunk.len());
            if next == 0 {
                break;
            }
            let mut growing = self.growing.clone();
            let mut pushed = 0;
            // Long names fill a chunk by themselves: no more of them than could ever fit are tried.
            while pushed < next && growing.name_bytes <= 2 * TRACE_CHUNK_BYTES_MAX {
                growing.push(rows[taken + pushed]);
                pushed += 1;
            }
            let bytes = growing.chunk.encode();
            if bytes.len() > TRACE_CHUNK_BYTES_MAX {
                next = pushed / 2;
                continue;
            }
            taken += pushed;
            let room = TRACE_CHUNK_BYTES_MAX - bytes.len();
            next = if room < TRACE_CHUNK_ROOM_MIN { 0 } else { (room * growing.chunk.len() / bytes.len()).max(1) };
            *self = Self { growing, bytes };
        }
        assert!(taken > 0 || self.growing.chunk.len() > 0 || rows.is_empty(), "a trace fits into a chunk");
        taken
    }
}

/// The chunk of an hour that has room, and its number: the last one or a new one.
fn last_chunk(table: &ReadOnlyTable<TraceKey, Bytes>, (bot, hour): BotHour) -> Result<(u64, Filling)> {
    let Some(entry) = table.range((bot, hour, 0)..=(bot, hour, u64::MAX))?.next_back() else {
        return Ok((0, Filling::default()));
    };
    let (key, bytes) = entry?;
    let (_, _, number) = key.value();
    if bytes.value().len() + TRACE_CHUNK_ROOM_MIN > TRACE_CHUNK_BYTES_MAX {
        return Ok((number + 1, Filling::default()));
    }
    let growing = Growing::resume(Chunk::decode(bytes.value(), key.value())?);
    Ok((number, Filling { growing, bytes: bytes.value().to_vec() }))
}

/// A table's rows, hour by hour, wherever chunks begin and end.
pub struct Hours<'a> {
    chunks: std::iter::Peekable<redb::Range<'a, TraceKey, Bytes>>,
}

impl<'a> Hours<'a> {
    pub fn of(table: &'a impl ReadableTable<TraceKey, Bytes>) -> Result<Self> {
        Ok(Self { chunks: table.iter()?.peekable() })
    }

    /// The next hour that has any.
    pub fn hour(&mut self) -> Option<BotHour> {
        // What cannot be read is met again by `next_chunk`.
        self.chunks.peek()?.as_ref().map_or(Some((0, i64::MIN)), |(key, _)| Some(hour_of(key.value())))
    }

    /// The next chunk, if it is of that hour.
    pub fn next_chunk(&mut self, hour: BotHour) -> Result<Option<Chunk>> {
        let of_hour = |entry: &Result<(redb::AccessGuard<'_, TraceKey>, _), _>| {
            entry.as_ref().map_or(true, |(key, _)| hour_of(key.value()) == hour)
        };
        let Some(entry) = self.chunks.next_if(of_hour) else { return Ok(None) };
        let (key, bytes) = entry?;
        Chunk::decode(bytes.value(), key.value()).map(Some)
    }

    /// The sum of the hashes of an hour's rows, which does not depend on their order, and how many they are.
    pub fn sum(&mut self, hour: BotHour) -> Result<(u64, u64)> {
        let (mut sum, mut count) = (0u64, 0);
        while let Some(chunk) = self.next_chunk(hour)? {
            for row in chunk.rows() {
                sum = sum.wrapping_add(trace_hash(hour.1 * HOUR_MS + row.offset_ms as i64, row.session, row.trace));
                count += 1;
            }
        }
        Ok((sum, count))
    }

    /// Passes over what is left of an hour, unread.
    pub fn skip_hour(&mut self, hour: BotHour) -> Result<()> {
        while self.hour() == Some(hour) {
            self.chunks.next().transpose()?;
        }
        Ok(())
    }
}

fn hour_of(key: TraceKey) -> BotHour {
    (key.0, key.1)
}
