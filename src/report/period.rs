//! Which days a report covers, and when it is due. No I/O.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::DAYS_MAX;
use crate::model::{Day, DayRange, Zone};

/// How long a period is, and so how often there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ReportEvery")]
pub enum Every {
    /// A calendar day
    Day,
    /// From Monday to Sunday
    Week,
    /// A calendar month
    Month,
}

impl Every {
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The period that a day lies in.
    pub fn holding(self, day: Day) -> Period {
        let date = day.date();
        let range = match self {
            Self::Day => DayRange::new(day, day),
            Self::Week => {
                let monday = day.plus(-(day.weekday() as i32));
                DayRange::new(monday, monday.plus(6))
            }
            Self::Month => {
                let first = day.plus(1 - date.day() as i32);
                DayRange::new(first, first.plus(i32::from(date.num_days_in_month()) - 1))
            }
        };
        Period { every: self, range }
    }
}

/// A whole calendar day, week or month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub every: Every,
    pub range: DayRange,
}

impl Period {
    pub fn previous(self) -> Self {
        self.every.holding(self.range.first.plus(-1))
    }

    /// When its report is due, epoch ms: at this hour (0 to 23) of the wall clock on the day after its last. An hour that a
    /// change of the clock leaves out is due an hour later; of one that comes twice the first counts.
    pub fn due_ms(self, zone: Zone, hour: u32) -> i64 {
        let time = NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
        zone.moment_ms(self.range.last.plus(1), time)
    }
}

impl fmt::Display for Period {
    /// `2026-11-27`, `2026-W48` or `2026-11`: what `Asked` reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.range.first.date();
        match self.every {
            Every::Day => write!(formatter, "{}", self.range.first),
            Every::Week => write!(formatter, "{:04}-W{:02}", first.iso_week().year(), first.iso_week().week()),
            Every::Month => write!(formatter, "{:04}-{:02}", first.year(), first.month()),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        named(&text).ok_or_else(|| D::Error::custom(format!("expected a period, found {text:?}")))
    }
}

/// A period as someone names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The latest that is over.
    Last(Every),
    Named(Period),
}

impl Asked {
    pub const EXPECTED: &str = "yesterday, last-week, last-month, a day such as 2026-11-27, a week such as 2026-W48, or a month such as 2026-11";

    pub fn period(self, today: Day) -> Period {
        match self {
            Self::Last(every) => every.holding(today).previous(),
            Self::Named(period) => period,
        }
    }
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "yesterday" => Self::Last(Every::Day),
            "last-week" => Self::Last(Every::Week),
            "last-month" => Self::Last(Every::Month),
            _ => Self::Named(named(text).ok_or_else(|| format!("expected {}", Self::EXPECTED))?),
        })
    }
}

fn named(text: &str) -> Option<Period> {
    let plain =
        |digits: &str, length: usize| digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
    let within = |day: Day| (0..=Day::LAST.0 - 366).contains(&day.0).then_some(day);
    if let Ok(day) = text.parse::<Day>() {
        return Some(Every::Day.holding(within(day)?));
    }
    if let Some((year, week)) = text.split_once("-W").filter(|(year, week)| plain(year, 4) && plain(week, 2)) {
        let monday = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
        return Some(Every::Week.holding(within(Day::from_date(monday))?));
    }
    let (year, month) = text.split_once('-').filter(|(year, month)| plain(year, 4) && plain(month, 2))?;
    let first = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
    Some(Every::Month.holding(within(Day::from_date(first))?))
}

/// When reports of one kind are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub every: Every,
    /// Of the wall clock, 0 to 23.
    pub hour: u32,
    /// What was due up to then is no one's business, epoch ms: that is when the report was set.
    pub since_ms: i64,
}

/// A period whose report has to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub period: Period,
    /// Earlier ones that were missed and are left out: a month of downtime is no reason for thirty mails.
    pub left_out: u32,
}

impl Schedule {
    /// The latest period whose report is due.
    pub fn latest(self, zone: Zone, now_ms: i64) -> Period {
        let mut period = self.every.holding(zone.day(now_ms)).previous();
        while period.due_ms(zone, self.hour) > now_ms {
            period = period.previous();
        }
        period
    }

    /// When the next one will be due, epoch ms.
    pub fn next_ms(self, zone: Zone, now_ms: i64) -> i64 {
        let mut period = self.every.holding(self.latest(zone, now_ms).range.last.plus(1));
        while period.due_ms(zone, self.hour) <= now_ms {
            period = self.every.holding(period.range.last.plus(1));
        }
        period.due_ms(zone, self.hour)
    }

    /// What has to be sent, where the reports that end on the days of `sent` have been.
    ///
    /// After a downtime that is the latest alone. Days of `sent` that have not even come are of a clock that was wrong, and
    /// hold nothing up.
    pub fn due(self, zone: Zone, sent: &[Day], now_ms: i64) -> Option<Due> {
        let (latest, today) = (self.latest(zone, now_ms), zone.day(now_ms));
        let newest = sent.iter().copied().filter(|last| *last <= today).max();
        let is_new = |period: &Period| {
            period.due_ms(zone, self.hour) > self.since_ms
                && newest.is_none_or(|newest| period.range.last > newest)
                && !sent.contains(&period.range.last)
        };
        if !is_new(&latest) {
            return None;
        }
        let missed = std::iter::successors(Some(latest.previous()), |period| Some(period.previous()));
        let left_out = missed.take(DAYS_MAX as usize).take_while(is_new).count() as u32;
        Some(Due { period: latest, left_out })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        for (every, day, first, last) in [
            (Every::Day, "2026-11-27", "2026-11-27", "2026-11-27"),
            (Every::Week, "2026-11-27", "2026-11-23", "2026-11-29"),
            (Every::Week, "2027-01-03", "2026-12-28", "2027-01-03"),
            (Every::Month, "2024-02-10", "2024-02-01", "2024-02-29"),
            (Every::Month, "2026-12-31", "2026-12-01", "2026-12-31"),
        ] {
            let period = every.holding(day.parse().unwrap());
            assert_eq!((period.range.first.to_string(), period.range.last.to_string()), (first.into(), last.into()));
            let before = period.previous();
            assert_eq!(before.range.last.plus(1), period.range.first);
            assert_eq!(period.to_string().parse(), Ok(Asked::Named(period)), "{period}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        assert_eq!("last-month".parse(), Ok(Asked::Last(Every::Month)));
        for text in [
            "",
            "today",
            "2026",
            "2026-13",
            "2026-W54",
            "2026-W00",
            "2026-1",
            "2026-02-30",
            "9999-12",
            "-W01",
            "+026-01",
        ] {
            assert!(text.parse::<Asked>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_that_is_left_out_is_due_an_hour_later_and_one_that_comes_twice_once() {
        let warsaw = zone("Europe/Warsaw");
        let due = |day: &str, hour| {
            let period = Every::Day.holding(day.parse::<Day>().unwrap()).previous();
            crate::model::day::rfc3339(period.due_ms(warsaw, hour))
        };
        assert_eq!(due("2026-03-29", 2), "2026-03-29T01:00:00.000Z");
        assert_eq!(due("2026-10-25", 2), "2026-10-25T00:00:00.000Z");
        assert_eq!(due("2026-07-01", 8), "2026-07-01T06:00:00.000Z");
    }

    #[test]
    fn a_clock_that_was_years_ahead_holds_nothing_up() {
        let schedule = Schedule { every: Every::Day, hour: 8, since_ms: 0 };
        let now_ms = 1_795_000_000_000;
        let ahead = Zone::UTC.day(now_ms).plus(1_000);
        assert!(schedule.due(Zone::UTC, &[ahead], now_ms).is_some());
        let latest = schedule.latest(Zone::UTC, now_ms).range.last;
        assert!(schedule.due(Zone::UTC, &[latest, ahead], now_ms).is_none());
    }

    /// What is sent where someone looks at moments that are `steps` hours apart.
    fn sent(schedule: Schedule, zone: Zone, start_ms: i64, steps: &[i64]) -> Vec<(i64, Due)> {
        let (mut now_ms, mut known, mut all) = (start_ms, Vec::new(), Vec::new());
        for step in steps {
            now_ms += step * HOUR_MS;
            if let Some(due) = schedule.due(zone, &known, now_ms) {
                known.push(due.period.range.last);
                all.push((now_ms, due));
            }
        }
        all
    }

    /// The same by walking through the hours one by one: a period is due once the wall clock has reached its hour.
    fn naive(schedule: Schedule, zone: Zone, start_ms: i64, steps: &[i64]) -> Vec<(i64, Day, u32)> {
        let (mut now_ms, mut waiting, mut all) = (start_ms, Vec::new(), Vec::new());
        // What was due before someone set the report is not sent.
        let before_start = zone.day(start_ms).plus(-1);
        for step in steps {
            for _ in 0..*step {
                now_ms += HOUR_MS;
                // Quarters of an hour: zones are off by them.
                for quarter_ms in (now_ms - HOUR_MS + 900_000..=now_ms).step_by(900_000) {
                    let yesterday = zone.day(quarter_ms).plus(-1);
                    let is_last = schedule.every.holding(yesterday).range.last == yesterday;
                    let has_come = zone.day_and_hour(quarter_ms).1 as u32 >= schedule.hour;
                    let was_due = yesterday == before_start && zone.day_and_hour(start_ms).1 as u32 >= schedule.hour;
                    let is_new = waiting.last() != Some(&yesterday)
                        && all.last().is_none_or(|(_, known, _): &(i64, Day, u32)| *known < yesterday);
                    if is_last && has_come && !was_due && is_new {
                        waiting.push(yesterday);
                    }
                }
            }
            if let Some(last) = waiting.last() {
                all.push((now_ms, *last, waiting.len() as u32 - 1));
                waiting.clear();
            }
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn each_period_is_sent_once_however_often_one_looks(
            every in prop::sample::select(vec![Every::Day, Every::Week, Every::Month]),
            zone_name in prop::sample::select(vec![
                "UTC", "Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
                "Pacific/Kiritimati", "Africa/Casablanca",
            ]),
            hour in 0u32..24,
            start_days in 10_000i64..20_700,
            steps in prop::collection::vec(prop_oneof![8 => 1i64..12, 1 => 12i64..200, 1 => 200i64..2_000], 50..400),
        ) {
            let zone = zone(zone_name);
            let start_ms = start_days * 24 * HOUR_MS;
            let schedule = Schedule { every, hour, since_ms: start_ms };
            let found: Vec<_> = sent(schedule, zone, start_ms, &steps)
                .into_iter()
                .map(|(at_ms, due)| (at_ms, due.period.range.last, due.left_out))
                .collect();
            prop_assert_eq!(found, naive(schedule, zone, start_ms, &steps));
            let end_ms = start_ms + steps.iter().sum::<i64>() * HOUR_MS;
            prop_assert!(schedule.next_ms(zone, end_ms) > end_ms);
            prop_assert!(schedule.latest(zone, end_ms).due_ms(zone, hour) <= end_ms);
        }
    }
}
