//! Each bot lets go of what it keeps no longer once a night, at a quiet hour of its own zone.

use std::collections::BTreeMap;

use crate::engine::{Engine, Retained};
use crate::error::Result;
use crate::limits::RETAIN_HOUR;
use crate::model::{Bot, Day, Keep};
use crate::settings::Document;

/// Which bots have had their turn, and on which day.
#[derive(Default)]
pub struct Nights(BTreeMap<Box<str>, Day>);

/// The bots whose hour it is, with how long they keep what they were told, and what day it is.
pub type Due = BTreeMap<Box<str>, (Keep, Day)>;

impl Nights {
    /// The bots whose turn it is.
    ///
    /// # Errors
    /// Where it is not known which bots there are.
    pub fn now(&self, engine: &dyn Engine, document: &Document, now_ms: i64) -> Result<Due> {
        match document.retention.is_empty() {
            true => Ok(Due::new()),
            false => Ok(self.due(engine.bots()?, now_ms, |name| document.keep(name))),
        }
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
            self.0.extend(due.into_iter().map(|(name, (_, day))| (name, day)));
        }
        Ok(retained)
    }

    /// Those that had no turn today.
    fn due(&self, bots: Vec<Bot>, now_ms: i64, keep: impl Fn(&str) -> Keep) -> Due {
        let of = |bot: Bot| {
            let (day, hour) = bot.zone.day_and_hour(now_ms);
            let keep = keep(&bot.name);
            let is_due = hour == RETAIN_HOUR && !keep.is_forever() && self.0.get(&bot.name) != Some(&day);
            is_due.then_some((bot.name, (keep, day)))
        };
        bots.into_iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;

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
            nights.0.extend(due.into_iter().map(|(name, (_, day))| (name, day)));
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
