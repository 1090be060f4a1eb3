//! What was tried, how often, and what came of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

#[derive(Default)]
pub struct Tally {
    /// Events of clients that mean well.
    pub acknowledged: AtomicU64,
    pub asked: AtomicU64,
    pub backups: AtomicU64,
    pub silent: AtomicU64,
    pub no_requests: Tried,
    pub bad_bodies: Tried,
    /// Events of bad bodies that were right all the same, and are stored.
    pub bad_events_taken: AtomicU64,
    pub bad_events_refused: AtomicU64,
    pub bad_questions: Tried,
    answered_within: Mutex<Vec<Duration>>,
    acknowledged_within: Mutex<Vec<Duration>>,
    started_within: Mutex<Vec<Duration>>,
}

#[derive(Default)]
pub struct Tried {
    refused: AtomicU64,
    /// Turned out to be right.
    answered: AtomicU64,
    /// The connection was closed; where nothing was killed, for what was sent.
    cut: AtomicU64,
}

impl Tried {
    /// # Panics
    /// Where the status says that the server failed.
    pub fn answered(&self, status: u16, what: &dyn Fn() -> String) {
        let counted = match status {
            200..=399 => &self.answered,
            // A list of which there are too many at once is to be asked for again.
            400..=499 | 503 => &self.refused,
            _ => panic!("{status}: {}", what()),
        };
        counted.fetch_add(1, Ordering::Relaxed);
    }

    pub fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> u64 {
        [&self.refused, &self.answered, &self.cut].map(|count| count.load(Ordering::Relaxed)).iter().sum()
    }

    fn print(&self, what: &str) {
        let [refused, answered, cut] =
            [&self.refused, &self.answered, &self.cut].map(|count| count.load(Ordering::Relaxed));
        println!("{what:<34}{:>10}  refused {refused}, closed {cut}, right after all {answered}, failed 0", self.all());
    }
}

impl Tally {
    pub fn killed(&self, started_within: Duration) {
        self.started_within.lock().push(started_within);
    }

    pub fn acknowledged(&self, events: u64, within: Duration) {
        self.acknowledged.fetch_add(events, Ordering::AcqRel);
        self.acknowledged_within.lock().push(within);
    }

    pub fn asked(&self, within: Duration) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.answered_within.lock().push(within);
    }

    pub fn print(&self) {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let kills = self.started_within.lock().len();
        println!("{:<34}{kills:>10}  start again {}", "kill -9", spread(&self.started_within));
        println!(
            "{:<34}{:>10}  a batch {}",
            "events acknowledged",
            count(&self.acknowledged),
            spread(&self.acknowledged_within)
        );
        println!(
            "{:<34}{:>10}  none below what was acknowledged; {}",
            "questions",
            count(&self.asked),
            spread(&self.answered_within)
        );
        println!("{:<34}{:>10}", "backups, each verified", count(&self.backups));
        self.no_requests.print("malformed and smuggled requests");
        self.bad_bodies.print("bodies of mutated events");
        let [refused, taken] = [&self.bad_events_refused, &self.bad_events_taken].map(count);
        println!("{:<34}{:>10}  refused {refused}, right after all {taken}", "  events in them", refused + taken);
        self.bad_questions.print("mutated questions");
        println!("{:<34}{:>10}", "silent and slow connections", count(&self.silent));
    }

    /// # Panics
    /// Where a part of it did not come about.
    pub fn assert_all_was_tried(&self) {
        assert!(!self.started_within.lock().is_empty(), "nothing was killed");
        for (what, times) in [
            ("events", self.acknowledged.load(Ordering::Relaxed)),
            ("questions", self.asked.load(Ordering::Relaxed)),
            ("backups", self.backups.load(Ordering::Relaxed)),
            ("malformed requests", self.no_requests.all()),
            ("bad bodies", self.bad_bodies.all()),
            ("bad questions", self.bad_questions.all()),
            ("silent connections", self.silent.load(Ordering::Relaxed)),
        ] {
            assert!(times > 0, "no {what}");
        }
    }
}

/// Median, 99 of 100, and the longest.
fn spread(times: &Mutex<Vec<Duration>>) -> String {
    let mut times = times.lock().clone();
    times.sort();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!("p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms", at(0.5), at(0.99), at(1.0))
}
