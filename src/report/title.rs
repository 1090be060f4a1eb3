//! How each language says the days of a period.

use chrono::Datelike;

use super::period::{Every, Period};
use crate::language::Language;

/// Standing alone, as Polish says them then.
const MONTHS_ALONE: [&str; 12] = [
    "styczeń",
    "luty",
    "marzec",
    "kwiecień",
    "maj",
    "czerwiec",
    "lipiec",
    "sierpień",
    "wrzesień",
    "październik",
    "listopad",
    "grudzień",
];
const WEEKDAYS: [[&str; 7]; 2] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"],
];

impl Language {
    /// The days of a period, as a title says them.
    pub fn period(self, period: Period) -> String {
        let (first, last) = (period.range.first, period.range.last);
        match period.every {
            Every::Day => format!("{}, {}", WEEKDAYS[self as usize][first.weekday()], self.day(first)),
            Every::Month if self == Self::Pl => {
                format!("{} {}", MONTHS_ALONE[first.date().month0() as usize], first.date().year())
            }
            Every::Month => format!("{} {}", self.month(first), first.date().year()),
            Every::Week => match (first.date(), last.date()) {
                (from, to) if from.year() != to.year() => format!("{} – {}", self.day(first), self.day(last)),
                (from, to) if from.month() != to.month() => {
                    format!("{} {} – {}", from.day(), self.month(first), self.day(last))
                }
                (from, _) => format!("{}–{}", from.day(), self.day(last)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_said_as_a_title_says_them() {
        for (every, day, en, pl) in [
            (Every::Day, "2026-11-27", "Friday, 27 November 2026", "piątek, 27 listopada 2026"),
            (Every::Week, "2026-11-18", "16–22 November 2026", "16–22 listopada 2026"),
            (Every::Week, "2026-12-01", "30 November – 6 December 2026", "30 listopada – 6 grudnia 2026"),
            (Every::Week, "2026-12-31", "28 December 2026 – 3 January 2027", "28 grudnia 2026 – 3 stycznia 2027"),
            (Every::Month, "2026-10-05", "October 2026", "październik 2026"),
        ] {
            let period = every.holding(day.parse().unwrap());
            assert_eq!((Language::En.period(period), Language::Pl.period(period)), (en.into(), pl.into()));
        }
    }
}
