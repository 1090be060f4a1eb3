//! Calendar days and clock hours in a bot's reporting zone.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, SecondsFormat, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

const HOUR_S: i64 = 3_600;
const EPOCH_DAYS_FROM_CE: i32 = 719_163;

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// 9999-12-31.
    pub const LAST: Self = Self(2_932_896);

    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
    }

    /// The calendar date; days far outside chrono's range show as its first day.
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH_DAYS_FROM_CE)).unwrap_or(NaiveDate::MIN)
    }

    /// 0 is Monday.
    pub fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match written_date(self.date()) {
            Some(date) => f.write_str(ascii(&date)),
            None => write!(f, "{}", self.date().format("%Y-%m-%d")),
        }
    }
}

impl Serialize for Day {
    /// `YYYY-MM-DD` for people and programs, the plain number in binary formats.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i32(self.0) }
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

impl FromStr for Day {
    type Err = ();

    /// Exactly `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !shaped {
            return Err(());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::from_date).map_err(|_| ())
    }
}

/// Days from `first` to `last`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DayRange {
    pub first: Day,
    pub last: Day,
}

impl DayRange {
    /// # Panics
    /// If the range is reversed.
    pub fn new(first: Day, last: Day) -> Self {
        assert!(first <= last, "reversed day range {first}..{last}");
        Self { first, last }
    }

    /// The `days` (at least 1) calendar days that end with `last`.
    pub fn ending(last: Day, days: u32) -> Self {
        Self::new(last.plus(1 - days as i32), last)
    }

    pub fn len(self) -> u32 {
        (self.last.0 - self.first.0 + 1) as u32
    }

    pub fn is_empty(self) -> bool {
        false
    }

    /// The window of the same length that ends where this one begins.
    pub fn previous(self) -> Self {
        Self::ending(self.first.plus(-1), self.len())
    }

    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    pub fn iter(self) -> impl DoubleEndedIterator<Item = Day> {
        (self.first.0..=self.last.0).map(Day)
    }
}

/// The instant a clock hour begins, epoch seconds. Zones half an hour off UTC have hours that begin half an hour off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hour(pub i64);

impl Hour {
    pub fn plus(self, hours: i64) -> Self {
        Self(self.0 + hours * HOUR_S)
    }

    pub fn start_ms(self) -> i64 {
        self.0 * 1_000
    }
}

/// A reporting zone, by its IANA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// When the wall clock first shows this time on this day, epoch ms; of a time that a change of the clock leaves out, an
    /// hour later.
    pub fn moment_ms(self, day: Day, time: NaiveTime) -> i64 {
        let local = day.date().and_time(time);
        let moment = |local| self.0.from_local_datetime(&local).earliest();
        let later = || moment(local + TimeDelta::hours(1));
        moment(local)
            .or_else(later)
            .map_or_else(|| local.and_utc().timestamp_millis(), |moment| moment.timestamp_millis())
    }

    fn offset_s(self, timestamp_ms: i64) -> i64 {
        if self == Self::UTC {
            return 0;
        }
        let instant = DateTime::<Utc>::from_timestamp_millis(timestamp_ms).unwrap_or_default();
        i64::from(self.0.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc())
    }

    /// The day and the hour of the day (0 to 23) on the wall clock.
    pub fn day_and_hour(self, timestamp_ms: i64) -> (Day, usize) {
        let local_s = timestamp_ms.div_euclid(1_000) + self.offset_s(timestamp_ms);
        let day = Day(local_s.div_euclid(24 * HOUR_S) as i32);
        (day, (local_s.rem_euclid(24 * HOUR_S) / HOUR_S) as usize)
    }

    pub fn day(self, timestamp_ms: i64) -> Day {
        self.day_and_hour(timestamp_ms).0
    }

    /// The day and hour of the day in which a stretch of time lies as a whole, both ends (epoch ms) included and at most an
    /// hour apart; `None` where it lies in none, or the clock changes meanwhile.
    pub fn whole_in(self, first_ms: i64, last_ms: i64) -> Option<(Day, usize)> {
        let steady = self.offset_s(first_ms) == self.offset_s(last_ms);
        let (first, last) = (self.day_and_hour(first_ms), self.day_and_hour(last_ms));
        (steady && first == last).then_some(first)
    }

    /// The clock hour that holds the instant.
    pub fn hour(self, timestamp_ms: i64) -> Hour {
        let utc_s = timestamp_ms.div_euclid(1_000);
        let into_hour = (utc_s + self.offset_s(timestamp_ms)).rem_euclid(HOUR_S);
        Hour(utc_s - into_hour)
    }

    /// The wall clock's reading, for log lines and reports.
    pub fn wall_clock(self, timestamp_ms: i64) -> (i32, u32, u32, u32, u32) {
        let local = DateTime::<Utc>::from_timestamp_millis(timestamp_ms).unwrap_or_default().with_timezone(&self.0);
        (local.year(), local.month(), local.day(), local.hour(), local.minute())
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        name.parse::<Tz>()
            .map(Self)
            .map_err(|_| format!("timezone: expected an IANA name such as Europe/Warsaw, found `{name}`"))
    }
}

/// RFC 3339 in UTC with milliseconds.
pub fn rfc3339(timestamp_ms: i64) -> String {
    let instant = DateTime::<Utc>::from_timestamp_millis(timestamp_ms).unwrap_or_default();
    let Some(date) = written_date(instant.date_naive()) else {
        return instant.to_rfc3339_opts(SecondsFormat::Millis, true);
    };
    let mut text = *b"0000-00-00T00:00:00.000Z";
    text[..10].copy_from_slice(&date);
    write_digits(&mut text[11..13], instant.hour());
    write_digits(&mut text[14..16], instant.minute());
    write_digits(&mut text[17..19], instant.second());
    write_digits(&mut text[20..23], instant.timestamp_subsec_millis());
    ascii(&text).to_owned()
}

/// Epoch milliseconds of a moment as RFC 3339 writes it, in any zone.
pub fn from_rfc3339(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

/// `YYYY-MM-DD`, by hand: lists of days and hours consist of little else. `None` beyond four digits of years.
fn written_date(date: NaiveDate) -> Option<[u8; 10]> {
    let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9_999)?;
    let mut text = *b"0000-00-00";
    write_digits(&mut text[..4], year);
    write_digits(&mut text[5..7], date.month());
    write_digits(&mut text[8..], date.day());
    Some(text)
}

fn write_digits(places: &mut [u8], mut number: u32) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("digits and marks")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn days_begin_at_local_midnight_also_when_clocks_change() {
        let warsaw: Zone = "Europe/Warsaw".parse().unwrap();
        assert_eq!(warsaw.day_and_hour(ms("2026-03-28T22:59:59Z")), ("2026-03-28".parse().unwrap(), 23));
        assert_eq!(warsaw.day_and_hour(ms("2026-03-28T23:00:00Z")), ("2026-03-29".parse().unwrap(), 0));
        assert_eq!(warsaw.day_and_hour(ms("2026-03-29T01:00:00Z")).1, 3, "two o'clock does not exist that night");
        assert_eq!(warsaw.day(ms("2026-03-29T22:00:00Z")), "2026-03-30".parse().unwrap());
    }

    #[test]
    fn a_zone_half_an_hour_off_has_hours_half_an_hour_off() {
        let kolkata: Zone = "Asia/Kolkata".parse().unwrap();
        assert_eq!(kolkata.hour(ms("2026-01-01T10:29:59Z")).start_ms(), ms("2026-01-01T09:30:00Z"));
        assert_eq!(kolkata.hour(ms("2026-01-01T10:30:00Z")).start_ms(), ms("2026-01-01T10:30:00Z"));
    }

    #[test]
    fn days_and_instants_are_written_as_chrono_writes_them() {
        for day in (-800_000..3_700_000).step_by(997).map(Day) {
            assert_eq!(day.to_string(), day.date().format("%Y-%m-%d").to_string());
        }
        for timestamp_ms in (-70_000_000_000_000..300_000_000_000_000).step_by(98_765_432_123).chain([i64::MAX, 0, -1])
        {
            let instant = DateTime::<Utc>::from_timestamp_millis(timestamp_ms).unwrap_or_default();
            assert_eq!(rfc3339(timestamp_ms), instant.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }

    #[test]
    fn dates_round_trip_and_monday_is_first() {
        let day: Day = "2026-11-23".parse().unwrap();
        assert_eq!(day.to_string(), "2026-11-23");
        assert_eq!(day.weekday(), 0);
        assert!("2026-2-03".parse::<Day>().is_err());
        assert!("2026-02-30".parse::<Day>().is_err());
    }
}
