//! The rollups behind their lock, and beside it what readers have to know without waiting for a fold: which bots there are,
//! and which version of its state each is at.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::hot::Hot;
use crate::error::{Error, Result};
use crate::model::{Bot, BotId};

#[derive(Default)]
pub struct Shared {
    hot: RwLock<Hot>,
    /// Its lock is taken for a look, and to add a bot.
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// By id.
    bots: Vec<(Bot, AtomicU64)>,
    by_name: BTreeMap<Box<str>, BotId>,
}

impl Known {
    fn bot(&self, name: &str) -> Result<&(Bot, AtomicU64)> {
        match self.by_name.get(name) {
            Some(id) => Ok(&self.bots[*id as usize]),
            None => Err(Error::NotFound(format!("bot: there is none named `{name}`"))),
        }
    }
}

impl Shared {
    pub fn read(&self) -> RwLockReadGuard<'_, Hot> {
        self.hot.read()
    }

    pub fn write(&self) -> Writing<'_> {
        Writing { hot: self.hot.write(), known: &self.known }
    }

    pub fn bots(&self) -> Vec<Bot> {
        self.known.read().bots.iter().map(|(bot, _)| bot.clone()).collect()
    }

    /// The bot of a name, or `NotFound`.
    pub fn bot(&self, name: &str) -> Result<Bot> {
        Ok(self.known.read().bot(name)?.0.clone())
    }

    /// What `of` makes of a bot and the version of its state, or `NotFound`.
    pub fn version<T>(&self, name: &str, of: impl FnOnce(&Bot, u64) -> T) -> Result<T> {
        let known = self.known.read();
        let (bot, version) = known.bot(name)?;
        Ok(of(bot, version.load(Ordering::Acquire)))
    }
}

/// The rollups while they are changed. When it ends, and before anyone can see a change, every bot that was changed gets
/// its next version: at one version no two readers see different states, whatever became of the change.
pub struct Writing<'a> {
    hot: RwLockWriteGuard<'a, Hot>,
    known: &'a RwLock<Known>,
}

impl Deref for Writing<'_> {
    type Target = Hot;

    fn deref(&self) -> &Hot {
        &self.hot
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Hot {
        &mut self.hot
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let changed = self.hot.bots.take_changed();
        if changed.is_empty() {
            return;
        }
        if self.known.read().bots.len() < self.hot.bots.len() {
            let mut known = self.known.write();
            let from = known.bots.len();
            for new in self.hot.bots.iter().skip(from) {
                known.by_name.insert(new.bot.name.clone(), new.bot.id);
                known.bots.push((new.bot.clone(), AtomicU64::new(0)));
            }
        }
        let known = self.known.read();
        for place in changed {
            known.bots[place].1.fetch_add(1, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;

    fn bot(id: BotId, name: &str) -> Bot {
        Bot { id, name: name.into(), zone: Zone::UTC }
    }

    fn version(shared: &Shared, name: &str) -> Option<u64> {
        shared.version(name, |_, version| version).ok()
    }

    #[test]
    fn a_version_changes_with_its_bot_alone_and_never_comes_again() {
        let shared = Shared::default();
        shared.write().add_bot(bot(0, "a"));
        shared.write().add_bot(bot(1, "b"));
        let (a, b) = (version(&shared, "a").unwrap(), version(&shared, "b").unwrap());
        {
            let mut hot = shared.write();
            hot.bots[0].bot.zone = Zone::UTC;
            hot.bots.filled_up(1).bot.zone = Zone::UTC;
            assert_eq!(version(&shared, "a"), Some(a), "while it is changed, the old state is what readers know");
        }
        let changed = version(&shared, "a").unwrap();
        assert!(changed > a);
        assert_eq!(version(&shared, "b"), Some(b));
        assert_eq!(version(&shared, "c"), None);

        let mut anew = Hot::default();
        anew.add_bot(bot(0, "a"));
        anew.add_bot(bot(1, "b"));
        *shared.write() = anew;
        assert!(version(&shared, "a").unwrap() > changed, "memory made anew is another state");
        assert!(version(&shared, "b").unwrap() > b);
    }
}
