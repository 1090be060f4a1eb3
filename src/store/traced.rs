//! The traces of a range, hour by hour, those that no checkpoint has written among them.

use std::iter::Peekable;

use redb::{AccessGuard, StorageError};

use super::chunk::{Chunk, HOUR_MS};
use super::sessions::{Snapshot, around_ms};
use super::tables::{Bytes, TraceKey};
use crate::error::{Error, Result};
use crate::limits::TRACES_READ_MAX;
use crate::model::{Bot, Day, DayRange, Zone};

/// The clocks of all zones are whole quarters of an hour from UTC, those of old times aside.
const QUARTER_MS: i64 = HOUR_MS / 4;

type Stored<'a> = Result<(AccessGuard<'a, TraceKey>, AccessGuard<'a, Bytes>), StorageError>;

/// From which end a range is gone through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Within an hour in order of arrival.
    OldestFirst,
    /// Within an hour in any order.
    NewestFirst,
}

/// Hours that are still to be gone through.
pub struct Traced<'a> {
    order: Order,
    stored: Peekable<Box<dyn Iterator<Item = Stored<'a>> + 'a>>,
    beyond: Peekable<Box<dyn Iterator<Item = (i64, &'a Chunk)> + 'a>>,
    traces_read: u64,
}

impl Snapshot<'_> {
    /// The hours that may hold traces of the range, and some around it.
    pub(super) fn traced_hours(&self, bot: &Bot, range: DayRange, order: Order) -> Result<Traced<'_>> {
        let (from_ms, to_ms) = around_ms(range);
        let hours = (from_ms.div_euclid(HOUR_MS), to_ms.div_euclid(HOUR_MS));
        let bot = bot.id;
        let stored = self.tables.traces.range((bot, hours.0, 0)..(bot, hours.1, 0))?;
        let beyond = self.beyond.iter().flat_map(move |writer| writer.traces.between(bot, hours));
        let (stored, beyond): (Box<dyn Iterator<Item = _>>, Box<dyn Iterator<Item = _>>) = match order {
            Order::OldestFirst => (Box::new(stored), Box::new(beyond)),
            Order::NewestFirst => (Box::new(stored.rev()), Box::new(beyond.rev())),
        };
        Ok(Traced { order, stored: stored.peekable(), beyond: beyond.peekable(), traces_read: 0 })
    }
}

impl Traced<'_> {
    /// The next hour that has any, counted from 1970 in UTC.
    pub fn hour(&mut self) -> Result<Option<i64>> {
        let stored = match self.stored.peek() {
            Some(Ok((key, _))) => Some(key.value().1),
            Some(Err(_)) => return self.stored.next().transpose().map(|_| None).map_err(Error::from),
            None => None,
        };
        let either = [stored, self.beyond.peek().map(|(hour, _)| *hour)].into_iter().flatten();
        Ok(if self.order == Order::OldestFirst { either.min() } else { either.max() })
    }

    /// Calls `read` with every chunk of the hour that comes next, or passes over them unread where none `is_wanted`.
    ///
    /// # Errors
    /// `Invalid` where more has been read than one question may.
    pub fn chunks(&mut self, hour: i64, is_wanted: bool, mut read: impl FnMut(&Chunk) -> Result<()>) -> Result<()> {
        let traces_read = &mut self.traces_read;
        let mut read = |chunk: &Chunk| {
            *traces_read += chunk.len() as u64;
            if *traces_read > TRACES_READ_MAX {
                return Err(Error::Invalid(format!(
                    "days: the range holds more than {TRACES_READ_MAX} exchanges and visits; choose a shorter one"
                )));
            }
            read(chunk)
        };
        let of_hour = |entry: &Stored<'_>| entry.as_ref().map_or(true, |(key, _)| key.value().1 == hour);
        while let Some(entry) = self.stored.next_if(of_hour) {
            let (key, bytes) = entry?;
            if is_wanted {
                read(&Chunk::decode(bytes.value(), key.value())?)?;
            }
        }
        while let Some((_, chunk)) = self.beyond.next_if(|(of, _)| *of == hour) {
            if is_wanted {
                read(chunk)?;
            }
        }
        Ok(())
    }
}

/// Which moments of an hour are wanted, by day and hour of the wall clock: decided for a quarter at once, so that rows need no
/// calendar.
pub struct Quarters<W> {
    pub start_ms: i64,
    zone: Zone,
    /// `None`: the clock changes within it.
    wanted: [Option<bool>; 4],
    wants: W,
}

impl<W: Fn(Day, usize) -> bool> Quarters<W> {
    /// Of an hour counted from 1970 in UTC.
    pub fn of(hour: i64, zone: Zone, wants: W) -> Self {
        let start_ms = hour * HOUR_MS;
        let wanted = [0, 1, 2, 3].map(|quarter| {
            let first_ms = start_ms + quarter * QUARTER_MS;
            let whole = zone.whole_in(first_ms, first_ms + QUARTER_MS - 1);
            whole.map(|(day, hour)| wants(day, hour))
        });
        Self { start_ms, zone, wanted, wants }
    }

    pub fn want_any(&self) -> bool {
        self.wanted.iter().any(|wanted| *wanted != Some(false))
    }

    /// Of a moment so many milliseconds after the hour began.
    pub fn want(&self, offset_ms: i64) -> bool {
        self.wanted[(offset_ms / QUARTER_MS) as usize].unwrap_or_else(|| {
            let (day, hour) = self.zone.day_and_hour(self.start_ms + offset_ms);
            (self.wants)(day, hour)
        })
    }
}
