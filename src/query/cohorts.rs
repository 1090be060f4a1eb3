//! Who comes again: users by the period in which they first came.

use chrono::{Datelike, Months};
use schemars::JsonSchema;
use serde::Serialize;

use super::Days;
use super::answer::percent;
use crate::error::{Error, Result};
use crate::limits::COHORT_PERIODS_MAX;
use crate::model::{Day, DayRange};
use crate::rollup::presence::distinct;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    Day,
    /// From Monday.
    Week,
    /// Of the calendar.
    Month,
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the period that holds `day`.
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            Self::Week => day.plus(-(day.weekday() as i32)),
            Self::Month => day.plus(1 - day.date().day() as i32),
        }
    }

    /// The first day of the period after the one that begins with `start`.
    fn after(self, start: Day) -> Day {
        match self {
            Self::Day => start.plus(1),
            Self::Week => start.plus(7),
            Self::Month => start.date().checked_add_months(Months::new(1)).map_or(Day::LAST.plus(1), Day::from_date),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cohorts {
    pub by: Period,
    /// The first day of the first period. Periods are whole, whatever days are asked for; but the first begins no earlier than
    /// `since.sessions` of /api/retention, as who came before then is known no longer.
    pub from: Day,
    /// The last day of the last period, which may be yet to come.
    pub to: Day,
    /// One for each period, in order, also where no one came for the first time in it.
    pub cohorts: Vec<Cohort>,
    /// Of the days that were asked for.
    pub returning: Returning,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cohort {
    /// The first day of the period.
    pub start: Day,
    /// Who first came in it.
    pub users: u64,
    /// Those of them who came in each later period.
    pub returned: Vec<u64>,
    /// The same in percent of the cohort's users.
    pub returned_percent: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Returning {
    /// Persons with an exchange.
    pub users: u64,
    /// Those who had come before the first of the days.
    pub returning_users: u64,
    pub returning_percent: f64,
    /// Those who first came on one of the days.
    pub new_users: u64,
    /// Every day, in order.
    pub by_day: Vec<ReturningDay>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReturningDay {
    pub date: Day,
    /// Who came for the first time ever.
    pub new_users: u64,
    /// Who had come on an earlier day.
    pub returning_users: u64,
}

/// Counts users by cohort.
pub struct Tally {
    by: Period,
    /// The first day of each period, and of the one after the last.
    starts: Vec<Day>,
    users: Vec<u64>,
    /// By the period they first came in, and the period they came in.
    came: Vec<Vec<u64>>,
}

impl Tally {
    /// Of the periods that hold the days of the range, as far as they are kept: all days are from `kept` on, which is not
    /// after the range's first.
    ///
    /// # Errors
    /// `Invalid` where there are more than one question may have.
    pub fn of(range: DayRange, by: Period, kept: Day) -> Result<Self> {
        let mut next = by.start(range.first);
        let mut starts = vec![next.max(kept)];
        while next <= range.last {
            next = by.after(next);
            starts.push(next);
            if starts.len() > COHORT_PERIODS_MAX + 1 {
                return Err(Error::Invalid(format!(
                    "by: {} days are more than {COHORT_PERIODS_MAX} periods by {}; choose longer periods or fewer days",
                    range.len(),
                    by.name()
                )));
            }
        }
        let periods = starts.len() - 1;
        let came = (0..periods).map(|first| vec![0; periods - first]).collect();
        Ok(Self { by, starts, users: vec![0; periods], came })
    }

    /// Counts a person by the days with an exchange, in order; no one where there are none.
    pub fn add(&mut self, active_days: &[Day]) {
        let Self { by: _, starts, users, came } = self;
        // The place of the period that holds a day.
        let period = |day: &Day| {
            let place = starts.partition_point(|start| start <= day).checked_sub(1)?;
            (place + 1 < starts.len()).then_some(place)
        };
        let Some(first) = active_days.first().and_then(period) else { return };
        users[first] += 1;
        let mut before = first;
        for period in active_days.iter().filter_map(period) {
            if std::mem::replace(&mut before, period) != period {
                came[first][period - first] += 1;
            }
        }
    }

    /// `days` are those of the range that have something.
    pub fn cohorts(self, range: DayRange, days: &Days) -> Cohorts {
        let Self { by, starts, users, came } = self;
        let cohorts = starts.iter().zip(users).zip(came).map(|((start, users), came)| {
            let returned = came[1..].to_vec();
            let returned_percent = returned.iter().map(|returned| percent(*returned, users)).collect();
            Cohort { start: *start, users, returned, returned_percent }
        });
        let to = starts.last().map_or(range.last, |after| after.plus(-1));
        Cohorts { by, from: starts[0], to, cohorts: cohorts.collect(), returning: returning(range, days) }
    }
}

fn returning(range: DayRange, days: &Days) -> Returning {
    let users = distinct(range, days.iter().map(|(day, daily)| (*day, &daily.users)));
    let mut by_day: Vec<ReturningDay> =
        range.iter().map(|date| ReturningDay { date, new_users: 0, returning_users: 0 }).collect();
    for (day, daily) in days {
        let new_users = daily.users.first_timers();
        let returning_users = daily.users.total - new_users;
        by_day[(day.0 - range.first.0) as usize] = ReturningDay { date: *day, new_users, returning_users };
    }
    let new_users = by_day.iter().map(|day| day.new_users).sum();
    let returning_users = users - new_users;
    Returning { users, returning_users, returning_percent: percent(returning_users, users), new_users, by_day }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing has gone.
    const EVER: Day = Day(i32::MIN);

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_whole_whatever_days_are_asked_for() {
        let range = DayRange::new(day("2026-01-30"), day("2026-03-02"));
        let starts = |by| Tally::of(range, by, EVER).unwrap().starts.iter().map(Day::to_string).collect::<Vec<_>>();
        assert_eq!(starts(Period::Month), ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]);
        let weeks = starts(Period::Week);
        assert_eq!((&*weeks[0], weeks.len(), &*weeks[weeks.len() - 1]), ("2026-01-26", 7, "2026-03-09"));
        assert_eq!(starts(Period::Day).len(), 33);
        let long = DayRange::ending(day("2026-03-02"), COHORT_PERIODS_MAX as u32 + 1);
        assert!(Tally::of(long, Period::Day, EVER).is_err());
        assert!(Tally::of(DayRange::ending(long.last, COHORT_PERIODS_MAX as u32), Period::Day, EVER).is_ok());
    }

    /// A question of days that were all kept was once refused, for days before them that belong to the first one's month.
    #[test]
    fn the_first_period_begins_with_what_is_kept() {
        let (range, kept) = (DayRange::new(day("2026-10-20"), day("2026-12-02")), day("2026-10-14"));
        let mut tally = Tally::of(range, Period::Month, kept).unwrap();
        let starts: Vec<String> = tally.starts.iter().map(Day::to_string).collect();
        assert_eq!(starts, ["2026-10-14", "2026-11-01", "2026-12-01", "2027-01-01"]);
        // Who came before is of no period that is told of.
        tally.add(&[day("2026-10-05"), day("2026-10-20"), day("2026-11-02")]);
        tally.add(&[day("2026-10-14"), day("2026-11-02")]);
        let cohorts = tally.cohorts(range, &[]);
        assert_eq!((cohorts.from, cohorts.cohorts[0].start, cohorts.to), (kept, kept, day("2026-12-31")));
        assert_eq!((cohorts.cohorts[0].users, &cohorts.cohorts[0].returned[..]), (1, &[1, 0][..]));
        // A whole period stays whole, and it is the beginning alone that may be cut.
        let whole = Tally::of(range, Period::Week, kept).unwrap();
        assert_eq!(whole.starts[0], day("2026-10-19"));
    }

    #[test]
    fn a_person_is_of_the_period_he_first_came_in() {
        let mut tally = Tally::of(DayRange::new(day("2026-01-05"), day("2026-01-25")), Period::Week, EVER).unwrap();
        tally.add(&[day("2026-01-06"), day("2026-01-08"), day("2026-01-19"), day("2026-02-02")]);
        tally.add(&[day("2026-01-04"), day("2026-01-06")]);
        tally.add(&[day("2026-01-12"), day("2026-01-25")]);
        let cohorts = tally.cohorts(DayRange::new(day("2026-01-05"), day("2026-01-25")), &[]).cohorts;
        let of = |cohort: &Cohort| (cohort.users, cohort.returned.clone(), cohort.returned_percent.clone());
        assert_eq!(
            cohorts.iter().map(of).collect::<Vec<_>>(),
            [(1, vec![0, 1], vec![0.0, 100.0]), (1, vec![1], vec![100.0]), (0, vec![], vec![])]
        );
    }
}
