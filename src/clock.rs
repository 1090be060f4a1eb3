//! The only place that asks what time it is, and what a length of time is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the time comes from: the system, or a value a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Epoch milliseconds, shared, so that a test can move it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `epoch_ms`.
    pub fn fixed(epoch_ms: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(epoch_ms)))
    }

    /// Now, epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
            }
            Self::Fixed(epoch_ms) => epoch_ms.load(Ordering::Relaxed),
        }
    }
}

/// A length of time as people write it: a whole number, and `s`, `m`, `h` or `d`.
pub fn read_span(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_whole)?;
    number.checked_mul(seconds).map(Duration::from_secs)
}
