//! The accounts as requests need them: found by one look.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use blake3::Hash;
use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;

use super::accounts::{Accounts, Key, User};
use super::role::{Holder, KeyKind};
use crate::limits::RATE_BURST;

/// All who are known.
#[derive(Default)]
pub struct State {
    users: HashMap<Box<str>, Arc<User>, ahash::RandomState>,
    keys: HashMap<Hash, Arc<KnownKey>, ahash::RandomState>,
    /// Of all ingest keys.
    origins: HashSet<Box<str>, ahash::RandomState>,
}

/// A key that is in use.
pub struct KnownKey {
    pub id: String,
    pub name: String,
    pub kind: KeyKind,
    pub bots: Vec<String>,
    pub origins: Vec<String>,
    pub rate: Option<Rate>,
}

impl KnownKey {
    pub fn holder(&self) -> Holder {
        Holder::Key(self.kind)
    }

    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }
}

/// How often a key may be used: a bucket of tokens, of which only is kept when it will be full again.
pub struct Rate {
    pub per_second: NonZeroU32,
    full_at: Mutex<Instant>,
}

impl Rate {
    fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, full_at: Mutex::new(Instant::now()) }
    }

    /// Whether it may be used once more now.
    pub fn take(&self, now: Instant) -> bool {
        let interval = Duration::from_secs(1) / self.per_second.get();
        let mut full_at = self.full_at.lock();
        let then_full = (*full_at).max(now) + interval;
        let some_left = then_full <= now + RATE_BURST.max(interval);
        if some_left {
            *full_at = then_full;
        }
        some_left
    }
}

impl State {
    /// What keys have used of their rates goes on from `before`: a change somewhere else gives no one a new burst.
    pub fn of(accounts: Accounts, before: &Self) -> Self {
        let users = accounts.users.into_iter().map(|user| (user.name.as_str().into(), Arc::new(user))).collect();
        let keys: HashMap<_, _, _> = accounts.keys.into_iter().filter_map(|key| known(key, before)).collect();
        let origins = keys.values().flat_map(|key: &Arc<KnownKey>| &key.origins).map(|origin| origin.as_str().into());
        Self { origins: origins.collect(), users, keys }
    }

    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.keys.is_empty()
    }

    pub fn user(&self, name: &str) -> Option<&Arc<User>> {
        self.users.get(name)
    }

    pub fn key(&self, hash: &Hash) -> Option<&Arc<KnownKey>> {
        self.keys.get(hash)
    }

    pub fn has_key(&self, id: &str) -> bool {
        self.keys.values().any(|key| key.id == id)
    }

    /// Whether any key allows pages of this origin.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.contains(origin)
    }
}

fn known(key: Key, before: &State) -> Option<(Hash, Arc<KnownKey>)> {
    let Key { id, name, kind, bots, origins, rate_limit, hash, created_at: _ } = key;
    // Reading the accounts has made sure of it.
    let hash = Hash::from_hex(hash).ok()?;
    let rate = rate_limit.and_then(NonZeroU32::new).map(|per_second| {
        let rate = Rate::new(per_second);
        if let Some(used) = before.keys.get(&hash).and_then(|key| key.rate.as_ref()) {
            *rate.full_at.lock() = *used.full_at.lock();
        }
        rate
    });
    Some((hash, Arc::new(KnownKey { id, name, kind, bots, origins, rate })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        let key = Key {
            id: "1".into(),
            name: "k".into(),
            kind: KeyKind::Ingest,
            bots: Vec::new(),
            origins: vec!["https://example.com".into()],
            rate_limit: Some(2),
            hash: blake3::hash(b"k").to_hex().to_string(),
            created_at: String::new(),
        };
        let mut accounts = Accounts::default();
        accounts.keys.push(key);
        accounts
    }

    #[test]
    fn a_change_of_the_accounts_gives_no_key_a_new_burst() {
        let used = |state: &State, now| {
            let key = state.key(&blake3::hash(b"k")).unwrap();
            (0..100).filter(|_| key.rate.as_ref().unwrap().take(now)).count()
        };
        let first = State::of(accounts(), &State::default());
        let now = Instant::now() + Duration::from_secs(60);
        assert_eq!(used(&first, now), 2 * RATE_BURST.as_secs() as usize);
        let second = State::of(accounts(), &first);
        assert_eq!(used(&second, now), 0);
        assert_eq!(used(&second, now + Duration::from_millis(500)), 1);
        assert!(second.allows("https://example.com") && !second.allows("https://example.org"));
    }
}
