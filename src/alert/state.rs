//! What a rule's alert goes through: a pure function of what it was, what is found, and when. No I/O and no clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measure::Verdict;
use crate::limits::ALERT_BLIND_MS_MAX;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertPhase")]
pub enum Phase {
    #[default]
    Ok,
    /// The condition holds, and not yet for long enough.
    Pending,
    Firing,
    /// There is too little to tell.
    NoData,
}

impl Phase {
    pub const ALL: [Self; 4] = [Self::Ok, Self::Pending, Self::Firing, Self::NoData];

    /// As the API names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::NoData => "no_data",
        }
    }
}

/// Epoch ms, all times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub phase: Phase,
    /// When the phase began.
    pub since_ms: i64,
    /// While it fires.
    pub fired: Option<Fired>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fired {
    pub at_ms: i64,
    /// When anyone was told last; not at all while it is silenced.
    pub told_ms: Option<i64>,
    pub acknowledged: Option<Acknowledged>,
    /// Since when there is too little to tell whether it goes on.
    pub blind_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub by: String,
    pub at_ms: i64,
}

/// What is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertNews")]
pub enum News {
    Fired,
    /// It still fires.
    Reminder,
    Resolved,
}

/// How long until something happens, ms.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub hold_ms: i64,
    pub remind_ms: Option<i64>,
}

impl State {
    /// Of a rule that has not been looked at before.
    pub fn fresh(now_ms: i64) -> Self {
        Self::in_phase(Phase::Ok, now_ms)
    }

    fn in_phase(phase: Phase, since_ms: i64) -> Self {
        Self { phase, since_ms, fired: None }
    }

    /// What comes next, and what is to be told of it. While it is muted no one is told that it fires, and whoever was told
    /// before hears that it is over all the same.
    pub fn next(&self, timing: Timing, verdict: Verdict, now_ms: i64, muted: bool) -> (Self, Option<News>) {
        self.next_of(timing, (verdict, now_ms), now_ms, muted)
    }

    /// The same, of a verdict that has stood since an earlier moment.
    pub fn next_of(
        &self,
        timing: Timing,
        (verdict, since_ms): (Verdict, i64),
        now_ms: i64,
        muted: bool,
    ) -> (Self, Option<News>) {
        match &self.fired {
            Some(fired) => self.while_firing(fired, timing, verdict, now_ms, muted),
            None => self.while_quiet(timing, (verdict, since_ms), now_ms, muted),
        }
    }

    /// When something comes of it next, reminders aside, if the verdict stays as it was.
    pub fn due_ms(&self, timing: Timing) -> Option<i64> {
        match &self.fired {
            Some(fired) => fired.blind_ms.map(|since_ms| since_ms + ALERT_BLIND_MS_MAX),
            None => (self.phase == Phase::Pending).then_some(self.since_ms + timing.hold_ms),
        }
    }

    fn while_quiet(
        &self,
        timing: Timing,
        (verdict, stands_since_ms): (Verdict, i64),
        now_ms: i64,
        muted: bool,
    ) -> (Self, Option<News>) {
        let phase = match verdict {
            Verdict::Good => Phase::Ok,
            Verdict::Unknown => Phase::NoData,
            Verdict::Bad => Phase::Pending,
        };
        // A clock that was set back makes nothing older than now.
        let since_ms = if self.phase == phase { self.since_ms.min(now_ms) } else { stands_since_ms };
        if phase != Phase::Pending || now_ms - since_ms < timing.hold_ms {
            return (Self::in_phase(phase, since_ms), None);
        }
        let told_ms = (!muted).then_some(now_ms);
        let fired = Fired { at_ms: now_ms, told_ms, acknowledged: None, blind_ms: None };
        (Self { phase: Phase::Firing, since_ms: now_ms, fired: Some(fired) }, told_ms.map(|_| News::Fired))
    }

    fn while_firing(
        &self,
        fired: &Fired,
        timing: Timing,
        verdict: Verdict,
        now_ms: i64,
        muted: bool,
    ) -> (Self, Option<News>) {
        let over = |phase| (Self::in_phase(phase, now_ms), fired.told_ms.map(|_| News::Resolved));
        let blind_ms = match verdict {
            Verdict::Good => return over(Phase::Ok),
            Verdict::Unknown => Some(fired.blind_ms.map_or(now_ms, |since_ms| since_ms.min(now_ms))),
            Verdict::Bad => None,
        };
        // What no longer says anything may be worse than ever: it goes on for a while.
        if blind_ms.is_some_and(|since_ms| now_ms - since_ms >= ALERT_BLIND_MS_MAX) {
            return over(Phase::NoData);
        }
        let told_ms = fired.told_ms.map(|told_ms| told_ms.min(now_ms));
        let news = match told_ms {
            _ if muted => None,
            None => Some(News::Fired),
            Some(told_ms) => {
                let is_due = timing.remind_ms.is_some_and(|remind_ms| now_ms - told_ms >= remind_ms);
                (is_due && fired.acknowledged.is_none()).then_some(News::Reminder)
            }
        };
        let told_ms = if news.is_some() { Some(now_ms) } else { told_ms };
        let fired = Fired { told_ms, blind_ms, ..fired.clone() };
        (Self { fired: Some(fired), ..self.clone() }, news)
    }

    /// What is to be told where the rule is gone or asks something else: that it is over, where anyone was told of it.
    pub fn end(&self) -> Option<News> {
        self.fired.as_ref()?.told_ms.map(|_| News::Resolved)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    const MINUTE: i64 = 60_000;

    fn told(timing: Timing, verdicts: &[(i64, Verdict)], muted: impl Fn(i64) -> bool) -> Vec<(i64, News)> {
        let mut state = State::default();
        let mut all = Vec::new();
        for (minute, verdict) in verdicts {
            let (next, news) = state.next(timing, *verdict, minute * MINUTE, muted(*minute));
            all.extend(news.map(|news| (*minute, news)));
            state = next;
        }
        all
    }

    fn course(text: &str) -> Vec<(i64, Verdict)> {
        let verdict = |char| match char {
            '!' => Verdict::Bad,
            '.' => Verdict::Good,
            _ => Verdict::Unknown,
        };
        text.chars().enumerate().map(|(minute, char)| (minute as i64, verdict(char))).collect()
    }

    #[test]
    fn it_has_to_hold_before_it_fires_and_is_told_once_each_way() {
        let timing = Timing { hold_ms: 2 * MINUTE, remind_ms: None };
        assert_eq!(told(timing, &course(".!!.!!!!!.!."), |_| false), [(6, News::Fired), (9, News::Resolved)]);
        assert_eq!(told(timing, &course("!!?!!?"), |_| false), [], "what says nothing breaks it off");
        let at_once = Timing { hold_ms: 0, remind_ms: Some(3 * MINUTE) };
        assert_eq!(
            told(at_once, &course("!!!!!!!!."), |_| false),
            [(0, News::Fired), (3, News::Reminder), (6, News::Reminder), (8, News::Resolved)]
        );
        assert_eq!(told(at_once, &course("!??."), |_| false), [(0, News::Fired), (3, News::Resolved)]);
    }

    #[test]
    fn what_fires_while_it_is_silenced_is_told_afterwards_if_it_lasts() {
        let timing = Timing { hold_ms: 0, remind_ms: None };
        assert_eq!(told(timing, &course("!!!!."), |minute| minute < 2), [(2, News::Fired), (4, News::Resolved)]);
        assert_eq!(told(timing, &course("!!."), |_| true), []);
        assert_eq!(told(timing, &course("!!."), |minute| minute > 0), [(0, News::Fired), (2, News::Resolved)]);
    }

    #[test]
    fn without_data_it_ends_after_a_day() {
        let timing = Timing { hold_ms: 0, remind_ms: None };
        let blind = ALERT_BLIND_MS_MAX / MINUTE;
        let verdicts =
            [(0, Verdict::Bad), (1, Verdict::Unknown), (blind, Verdict::Unknown), (blind + 1, Verdict::Unknown)];
        assert_eq!(told(timing, &verdicts, |_| false), [(0, News::Fired), (blind + 1, News::Resolved)]);
    }

    /// Whatever happens, and however often the state is written down and read again: who is told that it fires is told that it is
    /// over before he is told again, it fires only where the condition has held, and an acknowledged alert reminds no one.
    #[test]
    fn any_course_of_things_is_told_in_order() {
        let seed = RandomState::new().hash_one(0);
        println!("seed {seed}");
        let mut random = SmallRng::seed_from_u64(seed);
        for _ in 0..300 {
            let remind_ms = random.random_bool(0.5).then(|| random.random_range(1..60) * MINUTE);
            let timing = Timing { hold_ms: random.random_range(0..10) * MINUTE, remind_ms };
            let (mut state, mut now_ms, mut latest_ms) = (State::default(), 0, 0);
            let (mut bad_since, mut open) = (None, false);
            for _ in 0..400 {
                // A clock that is set back now and then.
                let step = if random.random_bool(0.02) { -300..0 } else { 0..10 };
                now_ms += random.random_range(step) * MINUTE;
                latest_ms = latest_ms.max(now_ms);
                let verdict = [Verdict::Good, Verdict::Unknown, Verdict::Bad, Verdict::Bad, Verdict::Bad];
                let verdict = verdict[random.random_range(0..5)];
                bad_since = match verdict {
                    Verdict::Bad => Some(bad_since.unwrap_or(now_ms).min(now_ms)),
                    _ => None,
                };
                let (next, news) = state.next(timing, verdict, now_ms, random.random_bool(0.2));
                match news {
                    Some(News::Fired) => {
                        assert!(!open);
                        // It may have fired in a silence, before the clock was set back.
                        assert!(next.fired.as_ref().unwrap().at_ms <= latest_ms);
                        if state.fired.is_none() {
                            assert!(now_ms - bad_since.unwrap() >= timing.hold_ms);
                        }
                        open = true;
                    }
                    Some(News::Reminder) => assert!(open && next.fired.as_ref().unwrap().acknowledged.is_none()),
                    Some(News::Resolved) => {
                        assert!(open && verdict != Verdict::Bad);
                        open = false;
                    }
                    None => {}
                }
                assert_eq!(next.phase == Phase::Firing, next.fired.is_some());
                assert_eq!(open, next.end().is_some());
                state = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
                if let Some(fired) = state.fired.as_mut().filter(|_| random.random_bool(0.1)) {
                    fired.acknowledged = Some(Acknowledged { by: "anna".into(), at_ms: now_ms });
                }
            }
        }
    }
}
