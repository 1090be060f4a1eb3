//! A circuit breaker (M. Nygard, Release It!, 2007): an upstream that fails again and again is left alone for a while, so
//! that visitors hear at once that there is no reply.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;
/// How long it stays open before one request may try.
const OPEN_FOR: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

/// A request that may ask the upstream, and says what came of it. One whose visitor goes away before hears nothing.
#[derive(Debug)]
pub struct Admitted<'a> {
    breaker: &'a Breaker,
    /// It is the one that tries whether the upstream is well again.
    tries: bool,
    heard: bool,
}

impl Breaker {
    /// # Errors
    /// A sentence, while it is open.
    pub fn admit(&self) -> Result<Admitted<'_>, String> {
        let mut state = self.0.lock();
        let tries = state.open_until.is_some();
        if state.open_until.is_some_and(|until| Instant::now() < until) {
            return Err(format!(
                "it failed {} times in a row and is left alone for {} s",
                state.failures,
                OPEN_FOR.as_secs()
            ));
        }
        if tries {
            // One may try; the others wait for what it hears.
            state.open_until = Some(Instant::now() + OPEN_FOR);
        }
        Ok(Admitted { breaker: self, tries, heard: false })
    }
}

impl Admitted<'_> {
    pub fn hears(mut self, well: bool) {
        self.heard = true;
        let mut state = self.breaker.0.lock();
        if well {
            *state = State::default();
            return;
        }
        state.failures += 1;
        if state.failures >= FAILURES_MAX {
            state.open_until = Some(Instant::now() + OPEN_FOR);
        }
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if self.tries && !self.heard {
            // The next one may try in its place.
            self.breaker.0.lock().open_until = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hears(breaker: &Breaker, well: bool) {
        breaker.admit().expect("it is not open").hears(well);
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_a_success() {
        let breaker = Breaker::default();
        (1..FAILURES_MAX).for_each(|_| hears(&breaker, false));
        hears(&breaker, true);
        (0..FAILURES_MAX).for_each(|_| hears(&breaker, false));
        assert!(breaker.admit().is_err());
        breaker.0.lock().open_until = Some(Instant::now());
        let one = breaker.admit().expect("one may try");
        assert!(breaker.admit().is_err(), "and no second one");
        one.hears(true);
        assert!(breaker.admit().is_ok());
    }

    /// Visitors who left once kept the breaker open for as long as they came.
    #[test]
    fn who_leaves_does_not_use_up_the_try() {
        let breaker = Breaker::default();
        (0..FAILURES_MAX).for_each(|_| hears(&breaker, false));
        breaker.0.lock().open_until = Some(Instant::now());
        drop(breaker.admit().expect("one may try"));
        assert!(breaker.admit().is_ok(), "and the next one after who left");
    }
}
