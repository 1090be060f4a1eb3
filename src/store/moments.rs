//! What sessions did in a range, session by session: what funnels and paths are read off. The log is not read.

use super::sessions::{Snapshot, around_ms};
use super::traced::{Order, Quarters};
use crate::error::{Error, Result};
use crate::limits::MOMENTS_HELD_MAX;
use crate::model::{Bot, DayRange, Number};
use crate::rollup::Trace;

/// The lower bits of a moment are its mark, those above them the time since the first one there can be.
const MARK_BITS: u32 = u16::BITS;

/// Doings with their marks.
pub struct Moments {
    from_ms: i64,
    /// By session; in order of arrival until they are sorted.
    all: Vec<(Number, u64)>,
}

impl Snapshot<'_> {
    /// Every trace of the range that `mark` gives a mark, and every lead, if leads have one. `mark` is asked once for many.
    ///
    /// # Errors
    /// `Invalid` where there are more than may be held.
    pub(super) fn moments(
        &self,
        bot: &Bot,
        range: DayRange,
        mark: impl Fn(Trace<'_>) -> Option<u16>,
        mark_of_lead: Option<u16>,
    ) -> Result<Moments> {
        let (from_ms, to_ms) = around_ms(range);
        let mut moments = Moments { from_ms, all: Vec::new() };
        let mut hours = self.traced_hours(bot, range, Order::OldestFirst)?;
        while let Some(hour) = hours.hour()? {
            let quarters = Quarters::of(hour, bot.zone, |day, _| range.contains(day));
            hours.chunks(hour, quarters.want_any(), |chunk| {
                chunk.marked(&mark, |offset_ms, session, mark| match quarters.want(offset_ms as i64) {
                    true => moments.add(session, quarters.start_ms + offset_ms as i64, mark),
                    false => Ok(()),
                })
            })?;
        }
        if let Some(mark) = mark_of_lead {
            self.each_session_lead(bot, range, (from_ms, to_ms), |_, found| {
                let (at_ms, session) = found()?;
                moments.add(session, at_ms, mark)
            })?;
        }
        Ok(moments)
    }
}

impl Moments {
    fn add(&mut self, session: Number, at_ms: i64, mark: u16) -> Result<()> {
        if self.all.len() == MOMENTS_HELD_MAX {
            return Err(Error::Invalid(format!(
                "days: the range holds more than {MOMENTS_HELD_MAX} of what is asked for; choose a shorter one"
            )));
        }
        let since_ms = (at_ms - self.from_ms).cast_unsigned();
        debug_assert!(since_ms >> (u64::BITS - MARK_BITS) == 0, "a moment outside the range");
        self.all.push((session, since_ms << MARK_BITS | u64::from(mark)));
        Ok(())
    }

    /// Calls `each` with every session and what it did: when (epoch ms, in order; at one moment in order of arrival, leads
    /// last), and the marks.
    pub fn each_session(mut self, mut each: impl FnMut(Number, &[(i64, u16)])) {
        self.all.sort_by_key(|(session, moment)| (*session, moment >> MARK_BITS));
        let mut done = Vec::new();
        for of_session in self.all.chunk_by(|one, other| one.0 == other.0) {
            done.clear();
            done.extend(
                of_session
                    .iter()
                    .map(|(_, moment)| ((moment >> MARK_BITS).cast_signed() + self.from_ms, *moment as u16)),
            );
            each(of_session[0].0, &done);
        }
    }
}
