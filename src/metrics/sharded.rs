//! Counts that many threads add to: each adds to a place of its own, so that none waits for another's cache line.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::limits::METRIC_SHARDS;

/// One `T` for each of a few threads.
pub struct Sharded<T>(Box<[Apart<T>]>);

/// Two cache lines: processors fetch them in pairs.
#[repr(align(128))]
struct Apart<T>(T);

impl<T> Sharded<T> {
    pub fn of(make: impl Fn() -> T) -> Self {
        Self((0..METRIC_SHARDS).map(|_| Apart(make())).collect())
    }

    /// This thread's.
    pub fn own(&self) -> &T {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % METRIC_SHARDS;
        }
        &self.0[PLACE.with(|place| *place)].0
    }

    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|shard| &shard.0)
    }
}

/// A number that only grows.
pub struct Counter(Sharded<AtomicU64>);

impl Default for Counter {
    fn default() -> Self {
        Self(Sharded::of(AtomicU64::default))
    }
}

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.own().fetch_add(count, Ordering::Relaxed);
    }

    pub fn read(&self) -> u64 {
        self.0.all().map(|shard| shard.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missed_however_many_threads_count() {
        let counter = Counter::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * METRIC_SHARDS {
                scope.spawn(|| (0..1_000).for_each(|_| counter.add(1)));
            }
        });
        assert_eq!(counter.read(), 2_000 * METRIC_SHARDS as u64);
    }
}
