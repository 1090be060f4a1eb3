//! Exact distinct counts over any range of days, without sets: each day keeps how long ago those who came that day had
//! come before.

use serde::{Deserialize, Serialize};

use crate::model::session::NewDay;
use crate::model::{Day, DayRange};

/// Who came on a day, by the gap in days to the same one's previous active day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Everyone who came.
    pub total: u64,
    /// Gap and count of those who had come before, sorted by gap.
    returning: Vec<(u32, u64)>,
}

impl Presence {
    fn add(&mut self, day: Day, before: Option<Day>) {
        self.total += 1;
        let Some(before) = before else { return };
        let gap = gap(before, day);
        match self.returning.binary_search_by_key(&gap, |entry| entry.0) {
            Ok(at) => self.returning[at].1 += 1,
            Err(at) => self.returning.insert(at, (gap, 1)),
        }
    }

    fn remove(&mut self, day: Day, before: Option<Day>) {
        self.total = self.total.checked_sub(1).expect("no one was there to be taken away");
        let Some(before) = before else { return };
        let at = self.returning.binary_search_by_key(&gap(before, day), |entry| entry.0).expect("a gap that was added");
        self.returning[at].1 -= 1;
        if self.returning[at].1 == 0 {
            self.returning.remove(at);
        }
    }

    /// Those who came for the first time ever.
    pub fn first_timers(&self) -> u64 {
        self.total - self.returning.iter().map(|entry| entry.1).sum::<u64>()
    }

    /// Those who came today for the first time since `first`, that day included.
    fn new_since(&self, first: Day, today: Day) -> u64 {
        let days_in = (today.0 - first.0) as u32;
        let end = self.returning.partition_point(|entry| entry.0 <= days_in);
        self.total - self.returning[..end].iter().map(|entry| entry.1).sum::<u64>()
    }

    /// Whether those who returned are not more than those who came, each gap once.
    pub fn is_whole(&self) -> bool {
        self.returning.iter().map(|entry| entry.1).sum::<u64>() <= self.total
            && self.returning.windows(2).all(|pair| pair[0].0 < pair[1].0)
    }

    pub fn bytes(&self) -> usize {
        self.returning.capacity() * size_of::<(u32, u64)>()
    }
}

fn gap(before: Day, day: Day) -> u32 {
    u32::try_from(day.0 - before.0).expect("days in order")
}

/// Counts a day that became active, on it and on the active day after it (whose gap it shortens).
pub fn count_new_day(new_day: NewDay, mut presence_of: impl FnMut(Day, &mut dyn FnMut(&mut Presence))) {
    let NewDay { day, before, after } = new_day;
    presence_of(day, &mut |presence| presence.add(day, before));
    if let Some(after) = after {
        presence_of(after, &mut |presence| {
            presence.remove(after, before);
            presence.add(after, Some(day));
        });
    }
}

/// Counts anew one who came on the days of `before`, as was known, and now of `now`; both are sorted. Days of which nothing
/// changes are not asked for.
pub fn recount_days(before: &[Day], now: &[Day], mut presence_of: impl FnMut(Day, &mut dyn FnMut(&mut Presence))) {
    let same = before.iter().zip(now).take_while(|(one, other)| one == other).count();
    let previous = |days: &[Day], at: usize| at.checked_sub(1).map(|at| days[at]);
    for at in same..before.len() {
        presence_of(before[at], &mut |presence| presence.remove(before[at], previous(before, at)));
    }
    for at in same..now.len() {
        presence_of(now[at], &mut |presence| presence.add(now[at], previous(now, at)));
    }
}

/// How many different ones came in the range. `days` has the days of the range that have something, in any order.
pub fn distinct<'a>(range: DayRange, days: impl Iterator<Item = (Day, &'a Presence)>) -> u64 {
    days.map(|(day, presence)| presence.new_since(range.first, day)).sum()
}
