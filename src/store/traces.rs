//! Traces on their way from the fold to their table, and back.

use std::collections::BTreeMap;

use redb::{ReadableTable, Table};

use super::chunk::{Chunk, Growing, HOUR_MS, Row};
use super::tables::{Bytes, TraceKey};
use crate::error::Result;
use crate::limits::{TRACE_CHUNK_BYTES_SMALL, TRACE_CHUNK_ROWS_MAX};
use crate::model::session::Moment;
use crate::model::{BotId, Number};
use crate::rollup::Trace;

/// A bot's hour: its number, and hours since 1970 in UTC.
pub type BotHour = (BotId, i64);

/// What the next checkpoint will write.
#[derive(Default)]
pub struct Pending {
    hours: BTreeMap<BotHour, Vec<(u64, Growing)>>,
    /// Estimated.
    bytes: usize,
}

impl Pending {
    pub fn add(&mut self, bot: BotId, session: Number, at: Moment, trace: Trace<'_>) {
        let (timestamp_ms, seq) = at;
        let chunks = self.hours.entry((bot, timestamp_ms.div_euclid(HOUR_MS))).or_default();
        if chunks.last().is_none_or(|(_, growing)| growing.chunk.len() >= TRACE_CHUNK_ROWS_MAX) {
            chunks.push((seq, Growing::default()));
        }
        let (_, growing) = chunks.last_mut().expect("there is one now");
        self.bytes += growing.push(Row { offset_ms: timestamp_ms.rem_euclid(HOUR_MS) as u64, session, trace });
    }

    /// Estimated.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The chunks of a bot's hours from the first to before the last, in order.
    pub fn between(&self, bot: BotId, hours: (i64, i64)) -> impl DoubleEndedIterator<Item = (i64, &Chunk)> {
        let found = self.hours.range((bot, hours.0)..(bot, hours.1));
        found.flat_map(|((_, hour), chunks)| chunks.iter().map(|(_, growing)| (*hour, &growing.chunk)))
    }

    /// Writes all, in order of key.
    pub fn write(&self, table: &mut Table<'_, TraceKey, Bytes>) -> Result<()> {
        for ((bot, hour), chunks) in &self.hours {
            let mut chunks = chunks.iter();
            if let Some((key, mut last)) = small_last_chunk(table, *bot, *hour)? {
                let (_, more) = chunks.next().expect("an hour has a chunk");
                more.chunk.rows().for_each(|row| {
                    last.push(row);
                });
                table.insert(key, &last.chunk.encode()[..])?;
            }
            for (first, growing) in chunks {
                table.insert((*bot, *hour, *first), &growing.chunk.encode()[..])?;
            }
        }
        Ok(())
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The last chunk of an hour, if it has room.
fn small_last_chunk(table: &Table<'_, TraceKey, Bytes>, bot: BotId, hour: i64) -> Result<Option<(TraceKey, Growing)>> {
    let Some(entry) = table.range((bot, hour, 0)..=(bot, hour, u64::MAX))?.next_back() else { return Ok(None) };
    let (key, bytes) = entry?;
    if bytes.value().len() >= TRACE_CHUNK_BYTES_SMALL {
        return Ok(None);
    }
    let chunk = Chunk::decode(bytes.value(), key.value())?;
    Ok(Some((key.value(), Growing::resume(chunk))))
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
