//! What the door counts: requests by route and status with how long they took, connections, and answers that were kept.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::routes;
use crate::limits::FAILURES_TOLD_PER_SECOND_MAX;
use crate::metrics::{Counter, Exposition, Histogram, Sharded, Tally};

/// Every status that is answered with; whatever else comes is counted under `other`.
const STATUSES: [u16; 24] = [
    200, 201, 204, 206, 302, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 416, 422, 429, 431, 500, 501, 502,
    503,
];

pub struct Meters {
    requests: Sharded<Vec<OfRoute>>,
    connections: AtomicUsize,
    connected: Counter,
    turned_away: Counter,
    pub answers_kept: Counter,
    pub answers_made: Counter,
    told: Mutex<Told>,
}

#[derive(Default)]
struct OfRoute {
    statuses: [AtomicU64; STATUSES.len() + 1],
    took: Histogram,
}

/// Lines about failures in the current second, and how many there were no lines for.
#[derive(Default)]
struct Told {
    second: Option<Instant>,
    lines: u64,
    passed_over: u64,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            requests: Sharded::of(|| routes::NAMES.iter().map(|_| OfRoute::default()).collect()),
            connections: AtomicUsize::default(),
            connected: Counter::default(),
            turned_away: Counter::default(),
            answers_kept: Counter::default(),
            answers_made: Counter::default(),
            told: Mutex::default(),
        }
    }
}

impl Meters {
    /// Counts an answer; `route` is a place in `routes::NAMES`.
    pub fn answered(&self, route: usize, status: u16, took: Duration) {
        let of_route = &self.requests.own()[route];
        let place = STATUSES.binary_search(&status).unwrap_or(STATUSES.len());
        of_route.statuses[place].fetch_add(1, Ordering::Relaxed);
        of_route.took.observe(took);
    }

    /// A connection that is counted until this is dropped.
    pub fn connection(&self) -> Open<'_> {
        self.connected.add(1);
        self.connections.fetch_add(1, Ordering::Relaxed);
        Open(self)
    }

    pub fn turned_away(&self) {
        self.turned_away.add(1);
    }

    /// How many failures there were no line for since the last one; nothing where this one gets none either. A server that
    /// refuses all that is too much would fill the disk with it.
    pub fn tell_failure(&self) -> Option<u64> {
        let mut told = self.told.lock();
        if told.second.is_none_or(|second| second.elapsed() >= Duration::from_secs(1)) {
            *told = Told { second: Some(Instant::now()), lines: 0, passed_over: told.passed_over };
        }
        if told.lines >= FAILURES_TOLD_PER_SECOND_MAX {
            told.passed_over += 1;
            return None;
        }
        told.lines += 1;
        Some(std::mem::take(&mut told.passed_over))
    }

    pub fn write(&self, text: &mut Exposition) {
        text.begin("novahouse_http_requests_total", "counter", "Requests answered, by known route and status.");
        for (place, name) in routes::NAMES.iter().enumerate() {
            for (index, status) in STATUSES.iter().map(u16::to_string).chain(["other".to_owned()]).enumerate() {
                let counted = self.requests.all().map(|shard| shard[place].statuses[index].load(Ordering::Relaxed));
                let count: u64 = counted.sum();
                if count > 0 {
                    text.sample("novahouse_http_requests_total", &[("route", name), ("status", &status)], count);
                }
            }
        }
        let what = "Time from a request's head to the head of its answer.";
        text.begin("novahouse_http_request_duration_seconds", "histogram", what);
        for (place, name) in routes::NAMES.iter().enumerate() {
            let mut took = Tally::default();
            self.requests.all().for_each(|shard| took += shard[place].took.read());
            if took.count() > 0 {
                text.histogram("novahouse_http_request_duration_seconds", &[("route", name)], &took);
            }
        }
        let open = self.connections.load(Ordering::Relaxed);
        text.gauge("novahouse_connections", "Connections that are open.", open);
        text.counter("novahouse_connections_total", "Connections that were let in.", self.connected.read());
        let away = self.turned_away.read();
        text.counter("novahouse_connections_refused_total", "Connections that were one too many.", away);
        let (kept, made) = (self.answers_kept.read(), self.answers_made.read());
        text.counter("novahouse_answers_cache_hits_total", "Answers that were given again as they were.", kept);
        text.counter("novahouse_answers_cache_misses_total", "Answers that were computed.", made);
    }
}

pub struct Open<'a>(&'a Meters);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_in_order() {
        assert!(STATUSES.is_sorted());
    }

    #[test]
    fn failures_fill_no_log_and_none_goes_unmentioned() {
        let meters = Meters::default();
        let lines = (0..1_000).filter_map(|_| meters.tell_failure()).count() as u64;
        assert!((1..=2 * FAILURES_TOLD_PER_SECOND_MAX).contains(&lines), "{lines}");
        let passed_over = meters.told.lock().passed_over;
        meters.told.lock().second = None;
        assert_eq!(meters.tell_failure(), Some(passed_over));
        assert_eq!(meters.tell_failure(), Some(0));
    }
}
