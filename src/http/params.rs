//! Query strings: every parameter is known, well-formed and in range, or the request is refused with its name.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::respond::{Answered, Failure};
use crate::engine::{HourWindow, Window};
use crate::limits::{BOT_NAME_BYTES_MAX, DAYS_MAX, HOURS_MAX};
use crate::model::{DEFAULT_BOT, Day, DayRange};

/// Names the bot that is compared with.
const OTHER_BOT: &str = "other_bot";

/// The parameters of one request that no one has taken yet.
pub struct Params(BTreeMap<String, String>);

impl Params {
    pub fn parse(query: &str) -> Answered<Self> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if params.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Failure::invalid(format!("{name}: given twice")));
            }
        }
        Ok(Self(params))
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Refuses what is left.
    pub fn finish(self) -> Answered<()> {
        match self.0.into_keys().next() {
            Some(name) => Err(Failure::invalid(format!("{name}: not a parameter of this address"))),
            None => Ok(()),
        }
    }

    /// The bot that is asked about, and the one it is compared with, unchecked.
    pub fn bots_named(&self) -> impl Iterator<Item = &str> {
        let bot = self.0.get("bot").map_or(DEFAULT_BOT, String::as_str);
        [bot].into_iter().chain(self.0.get(OTHER_BOT).map(String::as_str))
    }

    pub fn bot(&mut self) -> Answered<String> {
        self.bot_or(DEFAULT_BOT)
    }

    pub fn bot_or(&mut self, default: &str) -> Answered<String> {
        Ok(self.bot_at("bot")?.unwrap_or_else(|| default.to_owned()))
    }

    /// The bot that is compared with.
    pub fn other_bot(&mut self) -> Answered<Option<String>> {
        self.bot_at(OTHER_BOT)
    }

    fn bot_at(&mut self, parameter: &str) -> Answered<Option<String>> {
        let is_name = |name: &String| (1..=BOT_NAME_BYTES_MAX).contains(&name.len());
        match self.take(parameter) {
            Some(name) if !is_name(&name) => {
                Err(expected(parameter, format!("a name of 1 to {BOT_NAME_BYTES_MAX} bytes"), &name))
            }
            named => Ok(named),
        }
    }

    /// `days`, or `from` and `to`.
    pub fn window(&mut self, default_days: u32) -> Answered<Window> {
        let between = self.between("days", ["from", "to"])?;
        let days = self.whole("days", 1..=DAYS_MAX)?;
        Ok(between.map_or(Window::Days(days.unwrap_or(default_days)), Window::Between))
    }

    /// `hours`, or `from` and `to`.
    pub fn hour_window(&mut self, default_hours: u32) -> Answered<HourWindow> {
        let between = self.between("hours", ["from", "to"])?;
        let hours = self.whole("hours", 1..=HOURS_MAX)?;
        Ok(between.map_or(HourWindow::Hours(hours.unwrap_or(default_hours)), HourWindow::Between))
    }

    /// `other_from` and `other_to`.
    pub fn other_days(&mut self) -> Answered<Option<DayRange>> {
        self.between("other_days", ["other_from", "other_to"])
    }

    fn between(&mut self, instead_of: &str, [from, to]: [&str; 2]) -> Answered<Option<DayRange>> {
        let (first, last) = match (self.day(from)?, self.day(to)?) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(Failure::invalid(format!("{to}: expected beside `{from}`, found nothing"))),
            (None, Some(_)) => return Err(Failure::invalid(format!("{from}: expected beside `{to}`, found nothing"))),
            (Some(first), Some(last)) => (first, last),
        };
        if self.0.contains_key(instead_of) {
            return Err(Failure::invalid(format!("{instead_of}: not together with `{from}` and `{to}`")));
        }
        if first > last {
            return Err(Failure::invalid(format!("{from}: {first} is after `{to}`, {last}")));
        }
        let range = DayRange::new(first, last);
        if range.len() > DAYS_MAX {
            let days = range.len();
            return Err(Failure::invalid(format!(
                "{to}: expected at most {DAYS_MAX} days from `{from}`, found {days}"
            )));
        }
        Ok(Some(range))
    }

    pub fn day(&mut self, name: &str) -> Answered<Option<Day>> {
        self.parsed(name, "a date YYYY-MM-DD from 1970 to 9999", |text| {
            text.parse().ok().filter(|day: &Day| (0..=Day::LAST.0).contains(&day.0))
        })
    }

    pub fn whole<T>(&mut self, name: &str, range: RangeInclusive<T>) -> Answered<Option<T>>
    where
        T: FromStr + PartialOrd + Display,
    {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, &what, |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|number| digits && range.contains(number))
        })
    }

    pub fn boolean(&mut self, name: &str) -> Answered<Option<bool>> {
        self.parsed(name, "true or false", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    pub fn number(&mut self, name: &str, range: RangeInclusive<f64>) -> Answered<Option<f64>> {
        self.parsed(name, &format!("a number from {} to {}", range.start(), range.end()), |text| {
            text.parse().ok().filter(|number: &f64| range.contains(number))
        })
    }

    /// Any value that `read` understands.
    pub fn parsed<T>(&mut self, name: &str, what: &str, read: impl FnOnce(&str) -> Option<T>) -> Answered<Option<T>> {
        match self.take(name) {
            None => Ok(None),
            Some(text) => read(&text).map(Some).ok_or_else(|| expected(name, what, &text)),
        }
    }
}

fn expected(name: &str, what: impl Display, found: &str) -> Failure {
    let shown: String = found.chars().take(60).collect();
    Failure::invalid(format!("{name}: expected {what}, found {shown:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(query: &str) -> Result<Window, String> {
        let mut params = Params::parse(query).map_err(|failure| failure.sentence)?;
        let window = params.window(7).map_err(|failure| failure.sentence)?;
        params.finish().map_err(|failure| failure.sentence)?;
        Ok(window)
    }

    #[test]
    fn nothing_is_clamped_in_silence() {
        assert_eq!(window("").unwrap(), Window::Days(7));
        assert_eq!(window("days=3650").unwrap(), Window::Days(3650));
        for (query, name) in [
            ("days=0", "days:"),
            ("days=3651", "days:"),
            ("days=-1", "days:"),
            ("days=%2B7", "days:"),
            ("days=7&days=8", "days:"),
            ("day=7", "day:"),
            ("from=2026-01-01", "to:"),
            ("from=2026-01-02&to=2026-01-01", "from:"),
            ("from=2026-01-01&to=2026-01-02&days=2", "days:"),
            ("from=2026-13-01&to=2026-01-02", "from:"),
            ("from=2000-01-01&to=2026-01-01", "to:"),
        ] {
            let sentence = window(query).unwrap_err();
            assert!(sentence.starts_with(name), "{query}: {sentence}");
        }
    }

    #[test]
    fn no_query_brings_it_down() {
        let seeds =
            ["days=7&bot=default&fill=true", "from=2026-01-01&to=2026-01-31&limit=20&budget=1e3", "q=%C5%82%20+&x=%ff"];
        let take = |bytes: &[u8]| {
            let query = String::from_utf8_lossy(bytes);
            let read = || {
                let mut params = Params::parse(&query)?;
                params.bot()?;
                params.window(7)?;
                params.hour_window(24)?;
                params.whole("limit", 1..=500u32)?;
                params.boolean("fill")?;
                params.number("budget", 0.01..=1e12)?;
                params.take("q");
                params.finish()
            };
            read().err().map_or_else(|| "read".into(), |failure| failure.sentence)
        };
        crate::fuzz::run("query", seeds.map(Into::into).into(), 16 * 1024 * 1024, |_| {}, take);
    }
}
