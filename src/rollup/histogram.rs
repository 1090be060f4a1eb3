//! A log-linear histogram of milliseconds, after HdrHistogram (G. Tene): every power of two is cut into 64 equal buckets,
//! and values below 64 have a bucket each. The middle of a bucket is within 1/128 = 0.8 % of any value in it.

use serde::{Deserialize, Serialize};

use crate::limits::RESPONSE_TIME_MS_MAX;

const SUB_BITS: u32 = 6;
const SUBS: u32 = 1 << SUB_BITS;
/// Buckets enough for `RESPONSE_TIME_MS_MAX`.
pub const BUCKETS: usize = bucket(RESPONSE_TIME_MS_MAX) as usize + 1;

/// Counts, sums and percentiles of response times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    pub count: u64,
    pub sum_ms: u64,
    pub max_ms: u32,
    /// Buckets that hold something, sorted by bucket.
    buckets: Vec<(u16, u64)>,
}

const fn bucket(value_ms: u32) -> u32 {
    if value_ms < SUBS {
        return value_ms;
    }
    let octave = value_ms.ilog2() - SUB_BITS;
    SUBS + octave * SUBS + (value_ms >> octave) - SUBS
}

/// The middle of a bucket.
const fn middle(bucket: u32) -> u64 {
    if bucket < SUBS {
        return bucket as u64;
    }
    let octave = (bucket - SUBS) / SUBS;
    let low = (((bucket - SUBS) % SUBS + SUBS) as u64) << octave;
    low + ((1u64 << octave) - 1) / 2
}

impl Histogram {
    pub fn add(&mut self, value_ms: u32) {
        self.count += 1;
        self.sum_ms += u64::from(value_ms);
        self.max_ms = self.max_ms.max(value_ms);
        let bucket = bucket(value_ms) as u16;
        match self.buckets.binary_search_by_key(&bucket, |entry| entry.0) {
            Ok(at) => self.buckets[at].1 += 1,
            Err(at) => self.buckets.insert(at, (bucket, 1)),
        }
    }

    /// Whether the buckets add up to the count, in order, each holding something.
    pub fn is_whole(&self) -> bool {
        self.buckets.iter().map(|entry| entry.1).sum::<u64>() == self.count
            && self.buckets.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && self.buckets.iter().all(|entry| entry.1 > 0 && usize::from(entry.0) < BUCKETS)
    }

    pub fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<(u16, u64)>()
    }
}

/// The sum of many histograms: dense, so that merging is an addition per bucket.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    pub count: u64,
    pub sum_ms: u64,
    pub max_ms: u32,
    buckets: Vec<u64>,
}

impl Merged {
    pub fn add(&mut self, histogram: &Histogram) {
        let Histogram { count, sum_ms, max_ms, buckets } = histogram;
        self.count += count;
        self.sum_ms += sum_ms;
        self.max_ms = self.max_ms.max(*max_ms);
        let Some((last, _)) = buckets.last() else { return };
        if self.buckets.len() <= usize::from(*last) {
            self.buckets.resize(usize::from(*last) + 1, 0);
        }
        for (bucket, count) in buckets {
            self.buckets[usize::from(*bucket)] += count;
        }
    }

    /// Adds another sum.
    pub fn include(&mut self, other: &Self) {
        let Self { count, sum_ms, max_ms, buckets } = other;
        self.count += count;
        self.sum_ms += sum_ms;
        self.max_ms = self.max_ms.max(*max_ms);
        if self.buckets.len() < buckets.len() {
            self.buckets.resize(buckets.len(), 0);
        }
        for (sum, count) in self.buckets.iter_mut().zip(buckets) {
            *sum += count;
        }
    }

    /// The nearest-rank percentile (1 to 100), within 1 % of the true value; 0 of nothing.
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.count * percent).div_ceil(100);
        if rank == 0 {
            return 0;
        }
        if rank == self.count {
            return u64::from(self.max_ms);
        }
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(bucket as u32).min(u64::from(self.max_ms));
            }
        }
        unreachable!("the buckets hold {seen} of {} values", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_within_one_percent_of_its_bucket() {
        let mut value: u32 = 0;
        while value <= RESPONSE_TIME_MS_MAX {
            let error = (middle(bucket(value)) as f64 - f64::from(value)).abs();
            assert!(error <= f64::from(value) * 0.01, "{value} is off by {error}");
            value += 1 + value / 997;
        }
        assert!((bucket(RESPONSE_TIME_MS_MAX) as usize) < BUCKETS);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut histogram = Histogram::default();
        (1..=50).for_each(|value| histogram.add(value));
        let mut merged = Merged::default();
        merged.add(&histogram);
        assert_eq!([1, 50, 95, 99, 100].map(|percent| merged.percentile(percent)), [1, 25, 48, 50, 50]);
        assert!(histogram.is_whole());
    }
}
