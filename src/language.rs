//! The languages of what is sent to people, and how each writes numbers and dates.

use chrono::Datelike;
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Day;

/// A language that reports and messages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English
    #[default]
    En,
    /// Polish
    Pl,
}

/// Does not break a line.
const NO_BREAK_SPACE: char = '\u{a0}';

const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "stycznia",
        "lutego",
        "marca",
        "kwietnia",
        "maja",
        "czerwca",
        "lipca",
        "sierpnia",
        "września",
        "października",
        "listopada",
        "grudnia",
    ],
];
const WEEKDAYS_SHORT: [[&str; 7]; 2] =
    [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["pn.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."]];

impl Language {
    pub fn named(tag: &str) -> Option<Self> {
        [Self::En, Self::Pl].into_iter().find(|language| language.tag() == tag)
    }

    /// As HTML names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Pl => "pl",
        }
    }

    /// At most so many decimals, and no zeros at their end.
    pub fn number(self, value: f64, decimals: usize) -> String {
        // Halves go up, as the dashboard writes them.
        let power = 10f64.powi(decimals as i32);
        let written = format!("{:.decimals$}", (value.abs() * power).round() / power);
        let (whole, rest) = written.split_once('.').unwrap_or((&written, ""));
        let rest = rest.trim_end_matches('0');
        let mut text = String::new();
        if value < 0.0 && (whole != "0" || !rest.is_empty()) {
            text.push('−');
        }
        self.push_grouped(&mut text, whole);
        if !rest.is_empty() {
            text.push(self.decimal_mark());
            text.push_str(rest);
        }
        text
    }

    pub fn count(self, value: u64) -> String {
        let mut text = String::new();
        self.push_grouped(&mut text, &value.to_string());
        text
    }

    fn push_grouped(self, text: &mut String, digits: &str) {
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(if self == Self::Pl { NO_BREAK_SPACE } else { ',' });
            }
            text.push(digit);
        }
    }

    pub fn decimal_mark(self) -> char {
        if self == Self::Pl { ',' } else { '.' }
    }

    /// Of a percentage as the questions give it. Rounding makes nothing of something, and everything of nearly everything.
    pub fn percent(self, value: f64) -> String {
        match value {
            value if value > 0.0 && value < 0.05 => format!("<{}%", self.number(0.1, 1)),
            value if (99.95..100.0).contains(&value) => format!(">{}%", self.number(99.9, 1)),
            value => format!("{}%", self.number(value, 1)),
        }
    }

    /// US dollars: cents, hundredths of them where it is less than a dollar, and of less than a cent its first two digits.
    pub fn money(self, usd: f64) -> String {
        let decimals = match usd.abs() {
            size if size > 0.0 && size < 0.01 => (1.0 - size.log10().floor()) as usize,
            size if size < 1.0 => 4,
            _ => 2,
        };
        let mut number = self.number(usd, decimals);
        let shown = number.rsplit_once(self.decimal_mark()).map_or(0, |(_, rest)| rest.len());
        if shown == 0 {
            number.push(self.decimal_mark());
        }
        (shown..2).for_each(|_| number.push('0'));
        match self {
            Self::En => format!("${number}"),
            Self::Pl => format!("{number}{NO_BREAK_SPACE}$"),
        }
    }

    /// A time that something took.
    pub fn ms(self, ms: f64) -> String {
        if ms < 999.5 {
            format!("{}{NO_BREAK_SPACE}ms", self.number(ms, 0))
        } else {
            format!("{}{NO_BREAK_SPACE}s", self.number(ms / 1_000.0, 2))
        }
    }

    /// As a date says it.
    pub fn month(self, day: Day) -> &'static str {
        MONTHS[self as usize][day.date().month0() as usize]
    }

    /// `27 November 2026`
    pub fn day(self, day: Day) -> String {
        format!("{} {} {}", day.date().day(), self.month(day), day.date().year())
    }

    pub fn weekday_short(self, day: Day) -> &'static str {
        WEEKDAYS_SHORT[self as usize][day.weekday()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let (en, pl) = (Language::En, Language::Pl);
        assert_eq!((en.count(1_234_567), pl.count(1_234_567)), ("1,234,567".into(), "1\u{a0}234\u{a0}567".into()));
        assert_eq!((en.number(-12.5, 1), pl.number(-12.5, 1)), ("−12.5".into(), "−12,5".into()));
        assert_eq!((en.number(-0.04, 1), en.number(999.96, 1)), ("0".into(), "1,000".into()));
        assert_eq!((en.money(1_234.5), pl.money(0.0)), ("$1,234.50".into(), "0,00\u{a0}$".into()));
        assert_eq!(
            (en.money(0.00123), en.money(0.05), en.money(0.0342)),
            ("$0.0012".into(), "$0.05".into(), "$0.0342".into())
        );
        assert_eq!(
            (en.percent(0.01), pl.percent(99.99), pl.percent(12.34)),
            ("<0.1%".into(), ">99,9%".into(), "12,3%".into())
        );
        assert_eq!((en.percent(81.25), en.number(2.5, 0)), ("81.3%".into(), "3".into()));
        assert_eq!((en.ms(999.0), pl.ms(1_250.0)), ("999\u{a0}ms".into(), "1,25\u{a0}s".into()));
    }
}
