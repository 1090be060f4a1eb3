//! Who is logged in. Logins survive a restart in `logins.json`: a file of the server's own, as it changes with every
//! login, and the accounts only when people change them; where it is lost, people log in again, and nothing else is lost.
//! It holds hashes of tokens: whoever reads it cannot use one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use blake3::Hash;
use hashbrown::HashMap;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::accounts::User;
use super::secret;
use crate::error::{Error, Result};
use crate::limits::{LOGIN_IDLE_MS_MAX, LOGIN_MS_MAX, LOGINS_MAX, LOGINS_OF_USER_MAX, LOGINS_WRITTEN_EVERY_MS};
use crate::private;

pub const FILE_NAME: &str = "logins.json";
const VERSION: u32 = 1;
/// A login that is used is noted no more often: many requests at once need not write the same place.
const SEEN_EVERY_MS: i64 = 1_000;

pub struct Login {
    /// What it is spoken of by.
    pub id: String,
    pub user: String,
    /// The user's seal when he logged in: with another password, or removed, he is not logged in any more.
    seal: String,
    pub address: String,
    pub made_ms: i64,
    seen_ms: AtomicI64,
}

impl Login {
    pub fn seen_ms(&self) -> i64 {
        self.seen_ms.load(Ordering::Relaxed)
    }

    /// Whether it is this user's, with the password he has now.
    pub fn is_of(&self, user: &User) -> bool {
        self.user == user.name && self.seal == user.seal()
    }

    fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.made_ms + LOGIN_MS_MAX || now_ms >= self.seen_ms() + LOGIN_IDLE_MS_MAX
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    logins: Vec<WrittenLogin>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLogin {
    id: String,
    hash: String,
    user: String,
    seal: String,
    address: String,
    made_ms: i64,
    seen_ms: i64,
}

type ByHash = HashMap<Hash, Arc<Login>, ahash::RandomState>;

pub struct Logins {
    dir: PathBuf,
    by_hash: RwLock<ByHash>,
    /// Whether there is something to write.
    changed: AtomicBool,
    /// When it was last written, epoch milliseconds. Held while it is.
    written_ms: Mutex<i64>,
}

impl Logins {
    /// Those of before a restart. A file that cannot be used is told in the log, and everyone logs in again.
    pub fn load(dir: PathBuf) -> Self {
        let by_hash = read(&dir).unwrap_or_else(|error| {
            tracing::error!(%error, "the logins of before are lost; everyone has to log in again");
            HashMap::default()
        });
        Self { dir, by_hash: RwLock::new(by_hash), changed: AtomicBool::new(false), written_ms: Mutex::new(0) }
    }

    /// Logs a user in; the token is only known to him.
    pub fn add(&self, user: &User, address: String, now_ms: i64) -> Result<(String, Arc<Login>)> {
        let token = secret::token()?;
        let login = Arc::new(Login {
            id: secret::id()?,
            user: user.name.clone(),
            seal: user.seal(),
            address,
            made_ms: now_ms,
            seen_ms: AtomicI64::new(now_ms),
        });
        let mut all = self.by_hash.write();
        all.retain(|_, login| !login.is_over(now_ms));
        make_room(&mut all, LOGINS_OF_USER_MAX, |login| login.user == user.name);
        make_room(&mut all, LOGINS_MAX, |_| true);
        all.insert(secret::hash(&token), login.clone());
        self.changed.store(true, Ordering::Relaxed);
        Ok((token, login))
    }

    /// The login of a token, if it still is one; it is then seen to be used.
    pub fn find(&self, token: &str, now_ms: i64) -> Option<Arc<Login>> {
        let login = self.by_hash.read().get(&secret::hash(token)).filter(|login| !login.is_over(now_ms)).cloned()?;
        if now_ms - login.seen_ms() >= SEEN_EVERY_MS {
            login.seen_ms.store(now_ms, Ordering::Relaxed);
            self.changed.store(true, Ordering::Relaxed);
        }
        Some(login)
    }

    /// Whether this one has not been ended, and is not over.
    pub fn knows(&self, login: &Arc<Login>, now_ms: i64) -> bool {
        !login.is_over(now_ms) && self.by_hash.read().values().any(|known| Arc::ptr_eq(known, login))
    }

    /// Ends those that `which` says, and returns how many they were.
    pub fn end(&self, which: impl Fn(&Login) -> bool) -> usize {
        let mut all = self.by_hash.write();
        let before = all.len();
        all.retain(|_, login| !which(login));
        let ended = before - all.len();
        if ended > 0 {
            self.changed.store(true, Ordering::Relaxed);
        }
        ended
    }

    /// The latest used first.
    pub fn list(&self, now_ms: i64) -> Vec<Arc<Login>> {
        let mut list: Vec<_> = self.by_hash.read().values().filter(|login| !login.is_over(now_ms)).cloned().collect();
        list.sort_by_key(|login| std::cmp::Reverse((login.seen_ms(), login.made_ms)));
        list
    }

    /// Writes them, where something has changed. What cannot be written is told in the log: people work on meanwhile.
    pub fn write(&self, now_ms: i64) {
        let mut written_ms = self.written_ms.lock();
        if !self.changed.swap(false, Ordering::Relaxed) {
            return;
        }
        *written_ms = now_ms;
        let logins = self.by_hash.read().iter().filter(|(_, login)| !login.is_over(now_ms)).map(written).collect();
        let bytes = serde_json::to_vec(&Written { version: VERSION, logins }).expect("names are texts");
        if let Err(error) = private::write(&self.dir, FILE_NAME, &bytes) {
            self.changed.store(true, Ordering::Relaxed);
            tracing::error!(%error, "logins could not be written; a restart would forget the latest");
        }
    }

    /// Whether they have been used for so long that it should be written when. A crash costs an hour of idleness no more.
    pub fn are_due(&self, now_ms: i64) -> bool {
        self.changed.load(Ordering::Relaxed)
            && self.written_ms.try_lock().is_some_and(|written| now_ms >= *written + LOGINS_WRITTEN_EVERY_MS)
    }
}

fn written((hash, login): (&Hash, &Arc<Login>)) -> WrittenLogin {
    let Login { id, user, seal, address, made_ms, seen_ms: _ } = &**login;
    WrittenLogin {
        id: id.clone(),
        hash: hash.to_hex().to_string(),
        user: user.clone(),
        seal: seal.clone(),
        address: address.clone(),
        made_ms: *made_ms,
        seen_ms: login.seen_ms(),
    }
}

fn read(dir: &std::path::Path) -> Result<ByHash> {
    let path = dir.join(FILE_NAME);
    let Some(bytes) = private::read(&path)? else { return Ok(HashMap::default()) };
    let broken = |why: &dyn std::fmt::Display| Error::Unusable(format!("{}: {why}", path.display()));
    let written: Written = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
    if written.version != VERSION {
        return Err(broken(&format!("it is of version {}, and this program knows {VERSION}", written.version)));
    }
    let of = |login: WrittenLogin| -> Result<(Hash, Arc<Login>)> {
        let WrittenLogin { id, hash, user, seal, address, made_ms, seen_ms } = login;
        let hash = Hash::from_hex(&hash).map_err(|error| broken(&error))?;
        Ok((hash, Arc::new(Login { id, user, seal, address, made_ms, seen_ms: AtomicI64::new(seen_ms) })))
    };
    written.logins.into_iter().take(LOGINS_MAX).map(of).collect()
}

/// Ends those of `which` that have been quiet for longest, until one more is within `max`.
fn make_room(all: &mut ByHash, max: usize, which: impl Fn(&Login) -> bool) {
    let mut seen: Vec<(i64, i64, Hash)> = all
        .iter()
        .filter(|(_, login)| which(login))
        .map(|(hash, login)| (login.seen_ms(), login.made_ms, *hash))
        .collect();
    let too_many = (seen.len() + 1).saturating_sub(max);
    seen.sort_unstable_by_key(|(seen_ms, made_ms, _)| (*seen_ms, *made_ms));
    for (_, _, hash) in seen.into_iter().take(too_many) {
        all.remove(&hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::Role;

    fn user(name: &str) -> User {
        let (id, name, password) = (name.into(), name.into(), "hash".into());
        User { id, name, role: Role::Admin, bots: Vec::new(), password, created_at: String::new() }
    }

    #[test]
    fn a_login_ends_when_it_is_idle_and_when_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::load(dir.path().into());
        let (idle, _) = logins.add(&user("a"), String::new(), 0).unwrap();
        let (used, _) = logins.add(&user("a"), String::new(), 0).unwrap();
        let mut now_ms = 0;
        while now_ms + LOGIN_IDLE_MS_MAX - 1 < LOGIN_MS_MAX {
            now_ms += LOGIN_IDLE_MS_MAX - 1;
            assert!(logins.find(&used, now_ms).is_some(), "{now_ms}");
        }
        assert!(logins.find(&idle, LOGIN_IDLE_MS_MAX).is_none());
        assert!(logins.find(&used, LOGIN_MS_MAX - 1).is_some());
        assert!(logins.find(&used, LOGIN_MS_MAX).is_none(), "however much it is used");
        assert!(logins.find("another", 0).is_none());
    }

    #[test]
    fn logins_are_bounded_and_the_idlest_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::load(dir.path().into());
        let tokens: Vec<String> = (0..=LOGINS_OF_USER_MAX as i64)
            .map(|number| logins.add(&user("a"), String::new(), number).unwrap().0)
            .collect();
        assert!(logins.find(&tokens[0], 99).is_none());
        assert!(logins.find(&tokens[1], 99).is_some());
        for number in 0..LOGINS_MAX {
            logins.add(&user(&number.to_string()), String::new(), 2_000 + number as i64).unwrap();
        }
        assert_eq!(logins.list(10_000).len(), LOGINS_MAX);
        assert!(logins.find(&tokens[2], 10_000).is_none(), "someone else's have taken its place");
    }

    #[test]
    fn a_restart_remembers_them_and_a_broken_file_forgets() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::load(dir.path().into());
        let (token, login) = logins.add(&user("a"), "192.0.2.1".into(), 5).unwrap();
        let (ended, other) = logins.add(&user("b"), String::new(), 5).unwrap();
        assert_eq!(logins.end(|login| login.id == other.id), 1);
        logins.write(5);
        let text = std::fs::read_to_string(dir.path().join(FILE_NAME)).unwrap();
        assert!(text.contains(&login.id) && !text.contains(&token));
        let again = Logins::load(dir.path().into());
        let found = again.find(&token, 6).unwrap();
        assert!(found.is_of(&user("a")) && !found.is_of(&user("b")) && again.find(&ended, 6).is_none());
        assert!(!found.is_of(&User { password: "another".into(), ..user("a") }));
        assert!(!found.is_of(&User { id: "another".into(), ..user("a") }), "someone else of that name");
        std::fs::write(dir.path().join(FILE_NAME), "{").unwrap();
        assert!(Logins::load(dir.path().into()).list(6).is_empty());
    }
}
