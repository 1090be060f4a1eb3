//! Sessions and users in memory: a bounded cache over their tables, written back by checkpoints in key order.

use std::collections::{HashMap, VecDeque};

use ahash::RandomState;
use hashbrown::HashTable;

use super::names::{NameHash, name_hash};
use crate::error::Result;
use crate::limits::CACHED_ROW_BYTES_MAX;
use crate::model::{BotId, Number, Session, User};

/// What has a name of its own among a bot's.
pub trait Named {
    fn bot(&self) -> BotId;
    fn name(&self) -> &str;
    /// Estimated bytes in memory.
    fn weight(&self) -> usize;
    /// Under which it is found; 0 where it cannot be found any more.
    fn name_hash(&self) -> NameHash {
        name_hash(self.bot(), self.name())
    }
}

impl Named for Session {
    fn bot(&self) -> BotId {
        self.bot
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn weight(&self) -> usize {
        Self::weight(self)
    }
    fn name_hash(&self) -> NameHash {
        if self.is_gone() { 0 } else { name_hash(self.bot, &self.name) }
    }
}

impl Named for User {
    fn bot(&self) -> BotId {
        self.bot
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn weight(&self) -> usize {
        Self::weight(self)
    }
    fn name_hash(&self) -> NameHash {
        match self.forgotten {
            0 if self.is_gone() => 0,
            0 => name_hash(self.bot, &self.name),
            forgotten => forgotten,
        }
    }
}

/// Fewer than this in `by_age` are not worth going through.
const AGES_MIN: usize = 1_024;

/// Rows by number and by name.
pub struct Rows<T> {
    /// Boxed: a table that grows holds its old and its new half at once, half of both of them empty.
    by_name: HashTable<Box<CachedRow<T>>>,
    /// Hashes of their names by number.
    hashes: HashMap<Number, u64, RandomState>,
    hasher: RandomState,
    /// Numbers of rows that have been changed.
    dirty: Vec<Number>,
    /// Rows that a recount takes as they are, until they are written.
    seeds: Vec<CachedRow<T>>,
    /// Numbers of rows that were written, and when they had been used: those used longest ago first. A row that was used
    /// again comes again.
    by_age: VecDeque<(Number, u64)>,
    /// What the rows weighed when they were last clean.
    bytes: usize,
    /// Rows kept after a checkpoint.
    pub kept_max: usize,
    /// Number of the next one that appears.
    pub next: Number,
    /// Rises with every checkpoint.
    tick: u64,
}

pub struct CachedRow<T> {
    pub number: Number,
    pub row: T,
    /// The row as the table holds it, reduced to what its index needs; `None` for a new row.
    pub indexed: Option<(i64, u8)>,
    dirty: bool,
    used: u64,
    /// What of the rows' bytes is this one's.
    bytes: usize,
}

impl<T: Named> CachedRow<T> {
    pub fn name_hash(&self) -> NameHash {
        self.row.name_hash()
    }

    /// Estimated bytes in memory, its places in both tables included.
    fn weight(&self) -> usize {
        const PLACES_BYTES: usize = 64;
        size_of::<Self>() - size_of::<T>() + PLACES_BYTES + self.row.weight()
    }

    fn hash(&self, hasher: &RandomState) -> u64 {
        hasher.hash_one((self.row.bot(), self.row.name()))
    }

    fn is(&self, bot: BotId, name: &str) -> bool {
        self.row.bot() == bot && self.row.name() == name
    }
}

/// A row as the table holds it.
pub struct StoredRow<T> {
    pub number: Number,
    pub row: T,
    pub indexed: (i64, u8),
}

impl<T: Named> Rows<T> {
    pub fn new(next: Number, kept_max: usize) -> Self {
        let (by_name, hashes, hasher) = (HashTable::new(), HashMap::default(), RandomState::new());
        Self {
            by_name,
            hashes,
            hasher,
            dirty: Vec::new(),
            seeds: Vec::new(),
            by_age: VecDeque::new(),
            bytes: 0,
            kept_max,
            next,
            tick: 0,
        }
    }

    /// The row of that name, to be changed: from memory, else as `load` finds it stored, else as `begin` makes it. One that
    /// `is_over` takes no more: it leaves memory, as it is stored, and is not to be loaded.
    pub fn change(
        &mut self,
        bot: BotId,
        name: &str,
        is_over: impl Fn(&T) -> bool,
        load: impl FnOnce() -> Result<Option<StoredRow<T>>>,
        begin: impl FnOnce() -> T,
    ) -> Result<(Number, &mut T)> {
        let Self { by_name, hasher, .. } = self;
        let hash = hasher.hash_one((bot, name));
        let cached = match by_name.entry(hash, |cached| cached.is(bot, name), |cached| cached.hash(hasher)) {
            hashbrown::hash_table::Entry::Occupied(known) if !is_over(&known.get().row) => known.into_mut(),
            place => {
                let (number, row, indexed) = match load()? {
                    Some(StoredRow { number, row, indexed }) => (number, row, Some(indexed)),
                    None => {
                        self.next += 1;
                        (self.next - 1, begin(), None)
                    }
                };
                if let hashbrown::hash_table::Entry::Occupied(over) = &place {
                    assert!(!over.get().dirty, "what is over was written when it ended");
                    self.hashes.remove(&over.get().number);
                    self.bytes -= over.get().bytes;
                }
                self.hashes.insert(number, hash);
                let new = Box::new(CachedRow { number, row, indexed, dirty: false, used: 0, bytes: 0 });
                place.insert(new).into_mut()
            }
        };
        cached.used = self.tick;
        if !std::mem::replace(&mut cached.dirty, true) {
            self.dirty.push(cached.number);
        }
        Ok((cached.number, &mut cached.row))
    }

    /// Takes a row as it is, under the next number. It is not found by its name.
    pub fn seed(&mut self, row: T) {
        self.seeds.push(CachedRow { number: self.next, row, indexed: None, dirty: true, used: 0, bytes: 0 });
        self.next += 1;
    }

    /// Lets a row go that has been changed where it is stored.
    ///
    /// # Panics
    /// If it has been changed here too.
    pub fn forget(&mut self, number: Number) {
        let Some(hash) = self.hashes.remove(&number) else { return };
        if let Ok(row) = self.by_name.find_entry(hash, |cached| cached.number == number) {
            assert!(!row.get().dirty, "a changed row stays");
            self.bytes -= row.remove().0.bytes;
        }
    }

    /// The row of that name, where it is in memory.
    pub fn named(&self, bot: BotId, name: &str) -> Option<&T> {
        let cached = self.by_name.find(self.hasher.hash_one((bot, name)), |cached| cached.is(bot, name));
        cached.map(|cached| &cached.row)
    }

    pub fn number(&self, bot: BotId, name: &str) -> Option<Number> {
        let cached = self.by_name.find(self.hasher.hash_one((bot, name)), |cached| cached.is(bot, name));
        cached.map(|cached| cached.number)
    }

    fn by_number(&self, number: Number) -> Option<&CachedRow<T>> {
        let hash = self.hashes.get(&number)?;
        self.by_name.find(*hash, |cached| cached.number == number).map(|cached| &**cached)
    }

    /// A changed row, by number.
    pub fn changed(&self, number: Number) -> Option<&T> {
        self.by_number(number).filter(|cached| cached.dirty).map(|cached| &cached.row)
    }

    pub fn changed_rows(&self) -> impl Iterator<Item = &CachedRow<T>> {
        self.dirty.iter().filter_map(|number| self.by_number(*number)).chain(&self.seeds)
    }

    pub fn dirty(&self) -> usize {
        self.dirty.len() + self.seeds.len()
    }

    /// The changed rows in order of number, to be written.
    pub fn to_write(&self) -> Vec<&CachedRow<T>> {
        let mut rows: Vec<_> = self.changed_rows().collect();
        rows.sort_unstable_by_key(|cached| cached.number);
        rows
    }

    /// After the changed rows were written: they are clean, and what has not been used for longest leaves, where there are too
    /// many or they weigh too much.
    pub fn written(&mut self, indexed: impl Fn(&T) -> (i64, u8)) {
        self.tick += 1;
        self.seeds.clear();
        let Self { by_name, hashes, bytes, by_age, .. } = self;
        for number in std::mem::take(&mut self.dirty) {
            let hash = hashes[&number];
            let cached = by_name.find_mut(hash, |cached| cached.number == number).expect("a changed row stays");
            cached.dirty = false;
            cached.indexed = Some(indexed(&cached.row));
            *bytes -= cached.bytes;
            cached.bytes = cached.weight();
            *bytes += cached.bytes;
            by_age.push_back((number, cached.used));
        }
        while self.by_name.len() > self.kept_max || self.bytes > CACHED_ROW_BYTES_MAX {
            let Some(oldest) = self.by_age.pop_front() else { break };
            self.leave(oldest);
        }
        if self.by_age.len() > 2 * self.by_name.len() + AGES_MIN {
            let Self { by_name, hashes, by_age, .. } = self;
            by_age.retain(|(number, used)| {
                let cached = hashes.get(number).and_then(|hash| by_name.find(*hash, |cached| cached.number == *number));
                cached.is_some_and(|cached| cached.used == *used)
            });
        }
    }

    /// Lets a row go, unless it was used again.
    fn leave(&mut self, (number, used): (Number, u64)) {
        let Some(hash) = self.hashes.get(&number) else { return };
        if let Ok(row) = self.by_name.find_entry(*hash, |cached| cached.number == number && cached.used == used) {
            self.bytes -= row.remove().0.bytes;
            self.hashes.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that weighs half of what may stay.
    struct Heavy(String);

    impl Named for Heavy {
        fn bot(&self) -> BotId {
            0
        }
        fn name(&self) -> &str {
            &self.0
        }
        fn weight(&self) -> usize {
            CACHED_ROW_BYTES_MAX / 2
        }
    }

    /// A few sessions of many pages once weighed more than all the memory there is.
    #[test]
    fn rows_leave_by_weight_as_by_number() {
        let mut rows = Rows::<Heavy>::new(0, 1_000);
        let touch = |rows: &mut Rows<Heavy>, name: &str| {
            rows.change(0, name, |_| false, || Ok(None), || Heavy(name.into())).map(|(number, _)| number).unwrap()
        };
        let names = ["a", "b", "c", "d"];
        for (number, name) in (0..).zip(names) {
            assert_eq!(touch(&mut rows, name), number);
        }
        assert_eq!(rows.dirty(), 4);
        rows.written(|_| (0, 0));
        let kept: Vec<_> = names.iter().filter(|name| rows.number(0, name).is_some()).collect();
        let gone = names.iter().find(|name| !kept.contains(name)).unwrap();
        assert_eq!(kept.len(), 1, "one of those that were used last still fits");
        // The table of this test knows it not.
        assert_eq!(touch(&mut rows, gone), 4);
        assert!(rows.changed(4).is_some() && rows.changed(1).is_none());
        rows.written(|_| (0, 0));
        assert_eq!((rows.number(0, gone), rows.number(0, kept[0])), (Some(4), None));
        assert!(rows.changed(4).is_none());
    }
}
