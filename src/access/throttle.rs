//! Who guesses passwords is slowed down, and then kept out for a while, by the name that is guessed at and by the address
//! that guesses. Every try counts as wrong from when it begins: many at once gain nothing.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::limits::{LOCKOUT_MINUTES, THROTTLED_MAX};

const LOCKOUT_MS: i64 = LOCKOUT_MINUTES * 60_000;

/// How many tries there are.
#[derive(Clone, Copy)]
pub struct Tries {
    /// Without waiting.
    pub free: u32,
    /// In all; then it is over for `LOCKOUT_MINUTES`.
    pub max: u32,
}

/// Those who have tried, by name or by address.
pub struct Throttle<K> {
    tries: Tries,
    tried: Mutex<HashMap<K, Tried, ahash::RandomState>>,
}

#[derive(Clone, Copy, Default)]
struct Tried {
    wrong: u32,
    /// Epoch milliseconds of the latest.
    at_ms: i64,
}

impl Tried {
    /// When the next try may come.
    fn next_ms(self, tries: Tries) -> i64 {
        match self.wrong {
            wrong if wrong >= tries.max => self.at_ms + LOCKOUT_MS,
            wrong if wrong >= tries.free => self.at_ms + (1_000_i64 << (wrong - tries.free).min(20)).min(LOCKOUT_MS),
            _ => self.at_ms,
        }
    }
}

/// One who has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub seconds: u32,
    /// He is kept out, and not only slowed down.
    pub locked: bool,
}

impl<K: Hash + Eq> Throttle<K> {
    pub fn new(tries: Tries) -> Self {
        Self { tries, tried: Mutex::default() }
    }

    /// Begins a try, which counts as wrong.
    ///
    /// # Errors
    /// Where it may not begin yet; then it does not count.
    pub fn begin(&self, who: K, now_ms: i64) -> Result<(), Wait> {
        let mut all = self.tried.lock();
        let before = all.get(&who).copied().filter(|tried| now_ms < tried.at_ms + LOCKOUT_MS).unwrap_or_default();
        let next_ms = before.next_ms(self.tries);
        if before.wrong > 0 && now_ms < next_ms {
            let seconds = u32::try_from((next_ms - now_ms + 999) / 1_000).unwrap_or(u32::MAX);
            return Err(Wait { seconds, locked: before.wrong >= self.tries.max });
        }
        if all.len() >= THROTTLED_MAX && !all.contains_key(&who) {
            forget(&mut all, now_ms);
        }
        all.insert(who, Tried { wrong: before.wrong + 1, at_ms: now_ms });
        Ok(())
    }

    /// The try was right: what came before is forgiven.
    pub fn forgive(&self, who: &K) {
        self.tried.lock().remove(who);
    }

    /// The try was right, but those before it are not forgiven: someone who has an account could guess at others' for ever.
    pub fn take_back(&self, who: &K) {
        if let Some(tried) = self.tried.lock().get_mut(who) {
            tried.wrong = tried.wrong.saturating_sub(1);
        }
    }

    /// Whether this was the try after which it is over for a while.
    pub fn is_out(&self, who: &K) -> bool {
        self.tried.lock().get(who).is_some_and(|tried| tried.wrong >= self.tries.max)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.tried.lock().len()
    }
}

/// Makes room: what is long ago goes, and if that is too little, the older half.
fn forget<K: Hash + Eq>(all: &mut HashMap<K, Tried, ahash::RandomState>, now_ms: i64) {
    all.retain(|_, tried| now_ms < tried.at_ms + LOCKOUT_MS);
    if all.len() > THROTTLED_MAX / 2 {
        let mut times: Vec<i64> = all.values().map(|tried| tried.at_ms).collect();
        let middle = times.len() / 2;
        let middle = *times.select_nth_unstable(middle).1;
        all.retain(|_, tried| tried.at_ms > middle);
    }
}

/// As whom an address is counted: of IPv6 by the 64 bits of its network, the rest is its owner's to change as he pleases.
pub fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => (Ipv6Addr::to_bits(address) >> 64 << 64) | u128::from(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIES: Tries = Tries { free: 3, max: 6 };

    #[test]
    fn tries_are_free_then_slow_and_then_over_for_a_while() {
        let throttle = Throttle::new(TRIES);
        assert!((0..3).all(|_| throttle.begin("a", 0).is_ok()));
        assert_eq!(throttle.begin("a", 0), Err(Wait { seconds: 1, locked: false }));
        assert_eq!(throttle.begin("a", 999), Err(Wait { seconds: 1, locked: false }));
        assert!(throttle.begin("b", 0).is_ok(), "each by himself");
        assert!(throttle.begin("a", 1_000).is_ok());
        assert_eq!(throttle.begin("a", 1_000), Err(Wait { seconds: 2, locked: false }));
        assert!(throttle.begin("a", 3_000).is_ok());
        assert!(!throttle.is_out(&"a"));
        assert!(throttle.begin("a", 7_000).is_ok());
        assert!(throttle.is_out(&"a"));
        let seconds = LOCKOUT_MINUTES as u32 * 60;
        assert_eq!(throttle.begin("a", 7_000), Err(Wait { seconds, locked: true }));
        assert!(throttle.begin("a", 7_000 + LOCKOUT_MS - 1).is_err());
        assert!((0..3).all(|_| throttle.begin("a", 7_000 + LOCKOUT_MS).is_ok()), "then anew");
    }

    #[test]
    fn who_knows_one_password_cannot_guess_at_others_for_ever() {
        let throttle = Throttle::new(TRIES);
        let mut guesses = 0;
        for _ in 0..100 {
            if throttle.begin("address", 0).is_ok() {
                guesses += 1;
            }
            if throttle.begin("address", 0).is_ok() {
                throttle.take_back(&"address");
            }
        }
        assert!(guesses <= TRIES.free, "{guesses}");
        throttle.forgive(&"address");
        assert!(throttle.begin("address", 0).is_ok());
    }

    #[test]
    fn a_crowd_of_names_takes_no_more_room_and_the_latest_are_remembered() {
        let throttle = Throttle::new(TRIES);
        for number in 0..3 * THROTTLED_MAX as i64 {
            for _ in 0..3 {
                assert!(throttle.begin(number, number).is_ok());
            }
            assert!(throttle.len() <= THROTTLED_MAX);
            let before = (number - 500).max(0);
            assert!(throttle.begin(before, number).is_err(), "{before}");
        }
    }

    #[test]
    fn an_ipv6_network_is_one_and_no_ipv4_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_ne!(of("0.0.0.0"), of("0:0:0:0:1::"));
    }
}
