//! How long a bot keeps what it was told, and how far it has let go of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::event::{Event, Kind};
use super::{Seq, Zone};
use crate::limits::KEPT_DAYS_MAX;

/// Days that each kind is kept, today included; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// What was written: messages, replies, entities, comments. The events themselves stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX))]
    pub text_days: Option<u32>,
    /// Messages, visits, leads and feedback as they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX))]
    pub events_days: Option<u32>,
    /// Performance metrics as they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX))]
    pub performance_days: Option<u32>,
    /// Sessions, the names of persons, contact data of leads, and the way from figures to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX))]
    pub sessions_days: Option<u32>,
}

impl Keep {
    pub fn is_forever(&self) -> bool {
        *self == Self::default()
    }

    /// # Errors
    /// A sentence that names the field: where one is out of range, or would not outlive what it is counted from.
    pub fn check(&self) -> Result<(), String> {
        let Self { text_days, events_days, performance_days, sessions_days } = *self;
        for (name, days) in [
            ("text_days", text_days),
            ("events_days", events_days),
            ("performance_days", performance_days),
            ("sessions_days", sessions_days),
        ] {
            if let Some(days) = days.filter(|days| !(1..=KEPT_DAYS_MAX).contains(days)) {
                return Err(format!("{name}: expected days from 1 to {KEPT_DAYS_MAX}, found {days}"));
            }
        }
        if let (Some(text), Some(events)) = (text_days, events_days)
            && text > events
        {
            return Err(format!(
                "text_days: expected at most events_days, {events}, found {text}: texts go with their events"
            ));
        }
        match (sessions_days, events_days) {
            (Some(sessions), None) => Err(format!(
                "sessions_days: expected events_days beside it, {sessions} at most: a session is counted from its events"
            )),
            (Some(sessions), Some(events)) if sessions < events => Err(format!(
                "sessions_days: expected at least events_days, {events}, found {sessions}: a session is counted from its events"
            )),
            _ => Ok(()),
        }
    }
}

/// A day that is before every other.
const NEVER: Day = Day(i32::MIN);

/// The first days that are kept of each kind, in the bot's zone. They only move forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizons {
    /// Of earlier events the texts may have gone.
    pub text: Day,
    /// Events of earlier days are refused, and sessions that began earlier take no more. Nothing that is counted of earlier
    /// days changes any more.
    pub events: Day,
    /// Digests prove what is counted of days before this one, and the events themselves may have gone. Follows `events`.
    pub events_proven: Day,
    /// Where the log ended when `events` moved to where it is.
    pub closed_at: Seq,
    /// As `events`, of performance metrics.
    pub performance: Day,
    pub performance_proven: Day,
    /// Sessions whose last event lies before it, and what leads to them, may have gone.
    pub sessions: Day,
}

impl Default for Horizons {
    /// Nothing has gone.
    fn default() -> Self {
        Self {
            text: NEVER,
            events: NEVER,
            events_proven: NEVER,
            closed_at: 0,
            performance: NEVER,
            performance_proven: NEVER,
            sessions: NEVER,
        }
    }
}

impl Horizons {
    /// Whether nothing has gone and nothing is about to.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Where they are to be on a day, the log ending at `end`. What is not proven yet has to be before it moves on.
    pub fn moved(&self, keep: &Keep, today: Day, end: Seq) -> Self {
        let first = |kept: Option<u32>, now: Day| {
            // Nothing happened before 1970.
            let day = kept.map(|days| today.plus(1 - days as i32)).filter(|day| *day > Day(0));
            day.map_or(now, |day| now.max(day))
        };
        let mut moved = *self;
        moved.text = first(keep.text_days, self.text);
        if self.performance == self.performance_proven {
            moved.performance = first(keep.performance_days, self.performance);
        }
        if self.events == self.events_proven {
            moved.events = first(keep.events_days, self.events);
            if moved.events > self.events {
                moved.closed_at = end;
            }
        }
        // What leads to sessions is counted from events: it never goes first.
        moved.sessions = first(keep.sessions_days, self.sessions).min(moved.events.max(self.sessions));
        moved
    }

    /// What is proven up to where it moved.
    pub fn proven(&self) -> Self {
        Self { events_proven: self.events, performance_proven: self.performance, ..*self }
    }

    pub fn are_proven(&self) -> bool {
        self.events == self.events_proven && self.performance == self.performance_proven
    }

    /// The day before which an event of this kind is refused.
    pub fn refused(&self, kind: &Kind) -> Option<Day> {
        Some(if matches!(kind, Kind::Performance(_)) { self.performance } else { self.events })
            .filter(|day| *day > NEVER)
    }

    /// Whether an event, of this day, may have gone.
    pub fn may_have_gone(&self, kind: &Kind, day: Day) -> bool {
        day < if matches!(kind, Kind::Performance(_)) { self.performance_proven } else { self.events_proven }
    }

    /// Whether a session that began at `first_ms` takes no event that stands at `seq` of the log.
    pub fn close(&self, zone: Zone, first_ms: i64, seq: Seq) -> bool {
        self.events > NEVER && seq >= self.closed_at && zone.day(first_ms) < self.events
    }

    /// What becomes of an event.
    pub fn fate(&self, zone: Zone, event: &Event) -> Fate {
        let day = zone.day(event.timestamp_ms);
        match &event.kind {
            kind if self.may_have_gone(kind, day) => Fate::Goes,
            kind if day < self.text && kind.has_texts() => Fate::LosesTexts,
            _ => Fate::Stays,
        }
    }
}

/// What becomes of an event in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Stays,
    LosesTexts,
    Goes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_shorter_than_what_is_counted_from_it() {
        let keep =
            |text_days, events_days, sessions_days| Keep { text_days, events_days, sessions_days, ..Keep::default() };
        assert!(keep(Some(30), Some(400), Some(400)).check().is_ok() && keep(Some(1), None, None).check().is_ok());
        for (wrong, name) in [
            (keep(Some(0), None, None), "text_days:"),
            (keep(None, Some(KEPT_DAYS_MAX + 1), None), "events_days:"),
            (keep(Some(31), Some(30), None), "text_days:"),
            (keep(None, None, Some(30)), "sessions_days:"),
            (keep(None, Some(30), Some(29)), "sessions_days:"),
        ] {
            let sentence = wrong.check().unwrap_err();
            assert!(sentence.starts_with(name), "{sentence}");
        }
    }

    #[test]
    fn horizons_move_forward_only_and_wait_for_their_proof() {
        let keep = Keep { text_days: Some(2), events_days: Some(10), sessions_days: Some(20), ..Keep::default() };
        let first = Horizons::default().moved(&keep, Day(100), 7);
        assert_eq!((first.text, first.events, first.closed_at, first.sessions), (Day(99), Day(91), 7, Day(81)));
        let second = first.moved(&keep, Day(105), 9);
        assert_eq!((second.text, second.events, second.closed_at, second.sessions), (Day(104), Day(91), 7, Day(86)));
        let third = second.proven().moved(&keep, Day(105), 9);
        assert_eq!((third.events, third.events_proven, third.closed_at), (Day(96), Day(91), 9));
        let longer = Keep { events_days: Some(500), ..keep };
        assert_eq!(third.proven().moved(&longer, Day(105), 11), third.proven());
        assert_eq!(third.proven().moved(&Keep::default(), Day(300), 11), third.proven());
    }
}
