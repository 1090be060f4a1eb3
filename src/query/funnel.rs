//! How many sessions come from one step to the next.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::percent;
use crate::rollup::Trace;

/// What a session has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// From 1 to `FUNNEL_STEPS_MAX`, all different.
    pub steps: Vec<Step>,
    /// From the first step to the last.
    pub within_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An exchange with this intent.
    Intent(Box<str>),
    /// A visit to this page.
    Page(Box<str>),
    /// This conversion event.
    Event(Box<str>),
    /// A lead.
    Lead,
    /// Any exchange.
    Message,
}

/// A place in a funnel, and the sessions that are meant by it.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelPlace {
    pub funnel: Funnel,
    /// From 1.
    pub step: usize,
    /// Those that did the step before and not this one; otherwise those that did this one.
    pub lost: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FunnelStep {
    /// As it was asked for.
    pub step: String,
    /// Sessions that did this step and all before it.
    pub sessions: u64,
    /// In percent of those that did the first step.
    pub of_first_percent: f64,
    /// Sessions that did the step before and not this one.
    pub lost: u64,
    /// In percent of those that did the step before.
    pub lost_percent: f64,
    /// Of those that did this step: half of them did it no later after the step before. `null` for the first step, and where no
    /// session did it.
    pub median_seconds: Option<f64>,
}

impl FromStr for Step {
    type Err = ();

    /// `intent:NAME`, `page:PATH`, `event:NAME`, `lead` or `message`.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some((_, "")) => Err(()),
            Some(("intent", name)) => Ok(Self::Intent(name.into())),
            Some(("page", path)) => Ok(Self::Page(path.into())),
            Some(("event", name)) => Ok(Self::Event(name.into())),
            None if text == "lead" => Ok(Self::Lead),
            None if text == "message" => Ok(Self::Message),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intent(name) => write!(f, "intent:{name}"),
            Self::Page(path) => write!(f, "page:{path}"),
            Self::Event(name) => write!(f, "event:{name}"),
            Self::Lead => f.write_str("lead"),
            Self::Message => f.write_str("message"),
        }
    }
}

impl Step {
    fn is(&self, trace: Trace<'_>) -> bool {
        match (self, trace) {
            (Self::Message, Trace::Exchange { .. }) => true,
            (Self::Intent(name), Trace::Exchange { intent, .. }) => intent == Some(&**name),
            (Self::Page(path), Trace::Visit { page }) => *page == **path,
            (Self::Event(name), Trace::Conversion { event }) => *event == **name,
            _ => false,
        }
    }
}

impl Funnel {
    /// The steps that a trace is, as bits; `None` where it is none.
    pub fn mark(&self, trace: Trace<'_>) -> Option<u16> {
        self.bits(|step| step.is(trace))
    }

    /// The same of a lead.
    pub fn mark_of_lead(&self) -> Option<u16> {
        self.bits(|step| *step == Step::Lead)
    }

    fn bits(&self, is: impl Fn(&Step) -> bool) -> Option<u16> {
        let bits =
            self.steps.iter().enumerate().filter(|(_, step)| is(step)).fold(0, |bits, (place, _)| bits | 1 << place);
        (bits != 0).then_some(bits)
    }
}

/// Finds how far sessions come, one after the other.
pub struct Passages<'a> {
    funnel: &'a Funnel,
    /// When the session did each step, in order.
    done_ms: Vec<Vec<i64>>,
    best: Vec<i64>,
    attempt: Vec<i64>,
}

impl<'a> Passages<'a> {
    pub fn of(funnel: &'a Funnel) -> Self {
        let done_ms = vec![Vec::new(); funnel.steps.len()];
        Self { funnel, done_ms, best: Vec::new(), attempt: Vec::new() }
    }

    /// When a session that did these steps (as bits) at these times (epoch ms, in order) did one after the other. A step is
    /// done at the first moment that is no earlier than the one before it. Where there is a time limit, each doing of the
    /// first step is an attempt, and what counts is the one that gets farthest, of several the earliest.
    pub fn through(&mut self, moments: &[(i64, u16)]) -> &[i64] {
        self.done_ms.iter_mut().for_each(Vec::clear);
        for (at_ms, bits) in moments {
            let done = self.done_ms.iter_mut().enumerate().filter(|(place, _)| bits & 1 << place != 0);
            for (_, done_ms) in done {
                done_ms.push(*at_ms);
            }
        }
        self.best.clear();
        for start in 0..self.done_ms[0].len() {
            self.attempt(start);
            if self.attempt.len() > self.best.len() {
                std::mem::swap(&mut self.attempt, &mut self.best);
            }
            // Without a limit no later start gets farther than the first.
            if self.best.len() == self.done_ms.len() || self.funnel.within_ms.is_none() {
                break;
            }
        }
        &self.best
    }

    fn attempt(&mut self, start: usize) {
        let start_ms = self.done_ms[0][start];
        let is_late = |at_ms: i64| self.funnel.within_ms.is_some_and(|within_ms| (at_ms - start_ms) as u64 > within_ms);
        self.attempt.clear();
        self.attempt.push(start_ms);
        let mut before_ms = start_ms;
        for done_ms in &self.done_ms[1..] {
            let next = done_ms.partition_point(|at_ms| *at_ms < before_ms);
            let Some(at_ms) = done_ms.get(next).copied().filter(|at_ms| !is_late(*at_ms)) else { return };
            self.attempt.push(at_ms);
            before_ms = at_ms;
        }
    }
}

/// What all sessions add up to.
pub struct Tally {
    sessions: Vec<u64>,
    /// Between a step and the one before it.
    waits_ms: Vec<Vec<u64>>,
}

impl Tally {
    pub fn of(funnel: &Funnel) -> Self {
        let steps = funnel.steps.len();
        Self { sessions: vec![0; steps], waits_ms: vec![Vec::new(); steps] }
    }

    /// Counts a session that came `through` so.
    pub fn add(&mut self, through: &[i64]) {
        for (place, at_ms) in through.iter().enumerate() {
            self.sessions[place] += 1;
            if place > 0 {
                self.waits_ms[place].push((at_ms - through[place - 1]) as u64);
            }
        }
    }

    pub fn steps(mut self, funnel: &Funnel) -> Vec<FunnelStep> {
        let first = self.sessions[0];
        let mut before = first;
        let steps = funnel.steps.iter().zip(&self.sessions).zip(&mut self.waits_ms);
        let steps = steps.map(|((step, sessions), waits_ms)| {
            let came = std::mem::replace(&mut before, *sessions);
            FunnelStep {
                step: step.to_string(),
                sessions: *sessions,
                of_first_percent: percent(*sessions, first),
                lost: came - sessions,
                lost_percent: percent(came - sessions, came),
                median_seconds: median(waits_ms).map(|wait_ms| wait_ms as f64 / 1_000.0),
            }
        });
        steps.collect()
    }
}

/// By nearest rank: the smallest value that half of them do not exceed.
fn median(values: &mut [u64]) -> Option<u64> {
    let place = values.len().div_ceil(2).checked_sub(1)?;
    Some(*values.select_nth_unstable(place).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funnel(within_ms: Option<u64>) -> Funnel {
        Funnel { steps: ["intent:a", "page:b", "lead"].map(|step| step.parse().unwrap()).into(), within_ms }
    }

    fn through(within_ms: Option<u64>, moments: &[(i64, u16)]) -> Vec<i64> {
        Passages::of(&funnel(within_ms)).through(moments).to_vec()
    }

    #[test]
    fn steps_are_passed_in_order_and_at_one_moment_too() {
        let (a, b, lead) = (1, 2, 4);
        assert_eq!(through(None, &[(1, b), (2, a), (5, lead), (7, b)]), [2, 7]);
        assert_eq!(through(None, &[(3, lead), (3, b), (3, a)]), [3, 3, 3]);
        assert!(through(None, &[(3, b)]).is_empty());
        assert_eq!(through(None, &[(3, a), (4, a), (5, b)]), [3, 5]);
    }

    #[test]
    fn within_a_limit_the_attempt_that_gets_farthest_counts() {
        let (a, b, lead) = (1, 2, 4);
        let moments = [(0, a), (8, a), (9, b), (20, lead), (21, a), (22, a), (23, b), (24, lead)];
        assert_eq!(through(Some(9), &moments[..4]), [0, 9]);
        assert_eq!(through(Some(5), &moments[..4]), [8, 9]);
        assert_eq!(through(Some(5), &moments), [21, 23, 24]);
        assert_eq!(through(Some(0), &moments), [0]);
    }

    #[test]
    fn a_step_is_written_as_it_is_read() {
        for text in ["intent:a:b", "page:/cennik", "event:call", "lead", "message"] {
            assert_eq!(text.parse::<Step>().unwrap().to_string(), text);
        }
        for text in ["", "intent:", "intents:a", "lead:", "leads", "Message"] {
            assert!(text.parse::<Step>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_median_is_a_nearest_rank() {
        assert_eq!(
            [median(&mut []), median(&mut [5]), median(&mut [9, 1]), median(&mut [3, 1, 2])],
            [None, Some(5), Some(1), Some(2)]
        );
    }
}
