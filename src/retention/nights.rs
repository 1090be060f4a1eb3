//! Each bot lets go of what it keeps no longer once a night, at a quiet hour of its own zone.

use std::collections::BTreeMap;

use crate::engine::{Engine, Retained};
use crate::error::Result;
use crate::limits::RETAIN_HOUR;
use crate::model::{Bot, Day, Keep, Zone};
use crate::settings::Document;

/// Which bots have had their turn, and on which day.
#[derive(Default)]
pub struct Nights {
    had: BTreeMap<Box<str>, Day>,
    /// The day in UTC on which what is free in the file was looked at.
    looked: Option<Day>,
}

/// The bots whose hour it is, with how long they keep what they were told, and what day it is.
pub type Due = BTreeMap<Box<str>, (Keep, Day)>;

impl Nights {
    /// The bots whose turn it is, where it is time for a run: it may be without any, once a night, only to give room back that
    /// erasures have left.
    ///
    /// # Errors
    /// Where it is not known which bots there are, or what is free.
    pub fn now(&mut self, engine: &dyn Engine, document: &Document, now_ms: i64) -> Result<Option<Due>> {
        if !document.retention.is_empty() {
            let due = self.due(engine.bots()?, now_ms, |name| document.keep(name));
            if !due.is_empty() {
                return Ok(Some(due));
            }
        }
        Ok((self.is_to_look(now_ms) && engine.has_room_to_give_back()?).then(Due::new))
    }

    /// Whether it is time to look at what is free in the file, of whatever bots: once a night in UTC.
    fn is_to_look(&mut self, now_ms: i64) -> bool {
        let (today, hour) = Zone::UTC.day_and_hour(now_ms);
        hour == RETAIN_HOUR && self.looked.replace(today) != Some(today)
    }

    /// Lets go of what they keep no longer, which ends after the step it is at once `stopped`. A run that failed is tried again
    /// as long as the hour lasts.
    ///
    /// # Errors
    /// As `Engine::retain`.
    pub fn retain(&mut self, engine: &dyn Engine, due: Due, stopped: &dyn Fn() -> bool) -> Result<Retained> {
        let keep = |name: &str| due.get(name).map_or_else(Keep::default, |(keep, _)| *keep);
        let retained = engine.retain(&keep, stopped)?;
        if !stopped() {
            self.had.extend(due.into_iter().map(|(name, (_, day))| (name, day)));
        }
        Ok(retained)
    }

    /// Those that had no turn today.
    fn due(&self, bots: Vec<Bot>, now_ms: i64, keep: impl Fn(&str) -> Keep) -> Due {
        let of = |bot: Bot| {
            let (day, hour) = bot.zone.day_and_hour(now_ms);
            let keep = keep(&bot.name);
            let is_due = hour == RETAIN_HOUR && !keep.is_forever() && self.had.get(&bot.name) != Some(&day);
            is_due.then_some((bot.name, (keep, day)))
        };
        bots.into_iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_looked_at_once_a_night() {
        let mut nights = Nights::default();
        let mut looks =
            |text: &str| nights.is_to_look(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis());
        let moments =
            ["02:59:59", "03:00:00", "03:30:00", "04:00:00"].map(|time| looks(&format!("2026-11-24T{time}Z")));
        assert_eq!(moments, [false, true, false, false]);
        assert!(looks("2026-11-25T03:59:59Z"));
    }

    #[test]
    fn each_bot_has_its_turn_at_night_where_it_is_once() {
        let bot = |id, name: &str, zone: &str| Bot { id, name: name.into(), zone: zone.parse::<Zone>().unwrap() };
        let bots = || vec![bot(0, "default", "UTC"), bot(1, "shop", "Europe/Warsaw"), bot(2, "kept", "UTC")];
        let keep = |name: &str| Keep { text_days: (name != "kept").then_some(30), ..Keep::default() };
        let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        let mut nights = Nights::default();
        let mut names = |now: &str| {
            let due = nights.due(bots(), at(now), keep);
            let names: Vec<String> = due.keys().map(|name| name.to_string()).collect();
            nights.had.extend(due.into_iter().map(|(name, (_, day))| (name, day)));
            names
        };
        assert_eq!(names("2026-11-24T01:59:59Z"), [""; 0]);
        assert_eq!(names("2026-11-24T02:00:00Z"), ["shop"]);
        assert_eq!(names("2026-11-24T02:30:00Z"), [""; 0]);
        assert_eq!(names("2026-11-24T03:10:00Z"), ["default"]);
        assert_eq!(names("2026-11-24T12:00:00Z"), [""; 0]);
        assert_eq!(names("2026-11-25T02:00:00Z"), ["shop"]);
    }
}
