//! How many requests a second each client may send.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::connections::Client;
use crate::limits::{RATE_BURST, RATED_CLIENTS_MAX};

/// A bucket of tokens for each client, of which only is kept when it will be full again.
pub struct Rates {
    pub per_second: NonZeroU32,
    /// Between two tokens.
    interval: Duration,
    full_at: Mutex<HashMap<Client, Instant, ahash::RandomState>>,
}

impl Rates {
    pub fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, interval: Duration::from_secs(1) / per_second.get(), full_at: Mutex::default() }
    }

    /// Whether one more request may come now; it has then taken a token. There is one again within a second.
    pub fn take(&self, client: Client, now: Instant) -> bool {
        let mut full_at = self.full_at.lock();
        if full_at.len() >= RATED_CLIENTS_MAX && !full_at.contains_key(&client) {
            forget(&mut full_at, now);
        }
        let full = full_at.entry(client).or_insert(now);
        let then_full = (*full).max(now) + self.interval;
        let some_left = then_full <= now + RATE_BURST.max(self.interval);
        if some_left {
            *full = then_full;
        }
        some_left
    }
}

/// Who has a full bucket is as one who never came. Where that is too few, all begin anew: to look through all of them for each
/// stranger would cost more than the requests do.
fn forget(full_at: &mut HashMap<Client, Instant, ahash::RandomState>, now: Instant) {
    full_at.retain(|_, full| *full > now);
    if full_at.len() > RATED_CLIENTS_MAX / 2 {
        full_at.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn client(number: u32) -> Client {
        Client::of(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    #[test]
    fn a_burst_is_taken_and_then_so_many_a_second() {
        let rates = Rates::new(NonZeroU32::new(10).unwrap());
        let now = Instant::now();
        let burst = 10 * RATE_BURST.as_secs() as usize;
        assert_eq!((0..2 * burst).filter(|_| rates.take(client(1), now)).count(), burst);
        assert!(rates.take(client(2), now), "each has a bucket of his own");
        assert!(!rates.take(client(1), now + Duration::from_millis(99)));
        assert!(rates.take(client(1), now + Duration::from_millis(100)));
        assert!(!rates.take(client(1), now + Duration::from_millis(100)));
        let later = now + Duration::from_secs(3_600);
        assert_eq!((0..2 * burst).filter(|_| rates.take(client(1), later)).count(), burst, "no more than full");
    }

    #[test]
    fn only_so_many_are_remembered() {
        let rates = Rates::new(NonZeroU32::MIN);
        let now = Instant::now();
        for number in 0..3 * RATED_CLIENTS_MAX as u32 {
            assert!(rates.take(client(number), now));
            assert!(rates.full_at.lock().len() <= RATED_CLIENTS_MAX);
        }
        let later = now + Duration::from_secs(60);
        assert!((0..RATED_CLIENTS_MAX as u32).all(|number| rates.take(client(number), later)));
        rates.take(client(u32::MAX), later + Duration::from_secs(60));
        assert_eq!(rates.full_at.lock().len(), 1, "who has waited is forgotten");
    }
}
