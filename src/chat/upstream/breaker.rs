//! A circuit breaker (M. Nygard, Release It!, 2007): an upstream that fails again and again is left alone for a while, so
//! that visitors hear at once that there is no reply.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;
/// How long it stays open before one request may try.
const OPEN_FOR: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// # Errors
    /// A sentence, while it is open.
    pub fn admit(&self) -> Result<(), String> {
        let mut state = self.0.lock();
        match state.open_until {
            Some(until) if Instant::now() < until => Err(format!(
                "it failed {} times in a row and is left alone for {} s",
                state.failures,
                OPEN_FOR.as_secs()
            )),
            // One may try; the others wait for what it hears.
            Some(_) => {
                state.open_until = Some(Instant::now() + OPEN_FOR);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn heard(&self, well: bool) {
        let mut state = self.0.lock();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_a_success() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX - 1 {
            breaker.heard(false);
        }
        breaker.heard(true);
        for _ in 0..FAILURES_MAX - 1 {
            breaker.heard(false);
            assert!(breaker.admit().is_ok());
        }
        breaker.heard(false);
        assert!(breaker.admit().is_err());
        breaker.0.lock().open_until = Some(Instant::now());
        assert!(breaker.admit().is_ok(), "one may try");
        assert!(breaker.admit().is_err(), "and no second one");
        breaker.heard(true);
        assert!(breaker.admit().is_ok());
    }
}
