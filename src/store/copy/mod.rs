//! A smaller file is made of the one that is open, while it is written: all its rows are copied in small steps, then those that
//! changed meanwhile, until the few that are left can be copied while the writer waits; then the new file takes the place of
//! the old one.
//!
//! No step needs what another one saw. Whatever is written after the copy has begun is noted, and copied again as it is later on; of
//! everything else any snapshot says the same.

#[cfg(test)]
mod tests;

use std::ops::Bound;
use std::sync::Arc;

use redb::{Database, Key, TableDefinition, Value, WriteTransaction};

use super::opened::{Beside, Opened, Reopened};
use super::tables::*;
use super::transaction::{NotedKey, NotedKeys, Noting};
use crate::error::{Error, Result};
use crate::limits::{COPY_KEYS_AT_LAST_MAX, COPY_ROUNDS_MAX, NOTED_BYTES_PER_ROUND};

pub struct Copy<'a> {
    file: &'a Reopened,
    beside: &'a dyn Beside,
    noting: Arc<Noting>,
    /// `None` only in between.
    target: Option<Database>,
    stage: Stage,
    /// Keys that were taken and are still to be put in order: of many that would take long while everyone waits.
    taken: NotedKeys,
    /// Keys that are copied next, by table and in the table's order, the last ones first.
    waiting: Vec<NotedKey>,
    rounds: u32,
    /// It is the file by now.
    is_in_place: bool,
}

/// How far the rows have come that were there when it began.
enum Stage {
    /// In a table, all rows up to a key.
    Rows { table: usize, after: Option<Vec<u8>> },
    /// All are there, in a file that is for this process alone.
    Copied,
    /// The new file is open as the old one is.
    Following,
}

impl<'a> Copy<'a> {
    /// `hold` keeps transactions out.
    ///
    /// # Errors
    /// `Unusable` where there is no place for another file.
    pub fn begin<H>(file: &'a Reopened, hold: impl FnOnce() -> H) -> Result<Self> {
        let beside = file.beside().ok_or_else(|| Error::Unusable("there is no place for another file".into()))?;
        // On a disk that is full, what could be written of it takes the last room.
        let target = Some(beside.make().inspect_err(|_| beside.discard())?);
        let held = hold();
        let noting = file.begin_noting();
        drop(held);
        let stage = Stage::Rows { table: 0, after: None };
        let (taken, waiting) = (NotedKeys::default(), Vec::new());
        Ok(Self { file, beside, noting, target, stage, taken, waiting, rounds: 0, is_in_place: false })
    }

    /// Whether `step` has something to do; otherwise it is the turn of `take_turn`, or of `swap`.
    pub fn has_work(&self) -> bool {
        self.has_keys()
            || match self.stage {
                Stage::Rows { .. } => self.noting.bytes() < NOTED_BYTES_PER_ROUND,
                Stage::Copied => true,
                Stage::Following => false,
            }
    }

    fn has_keys(&self) -> bool {
        !self.taken.is_empty() || !self.waiting.is_empty()
    }

    /// Whether all rows have come that were there when it began.
    pub fn is_following(&self) -> bool {
        matches!(self.stage, Stage::Following)
    }

    /// Whether what is left can be copied while everyone waits.
    pub fn is_near(&self) -> bool {
        self.is_following() && !self.has_keys() && self.noting.count() <= COPY_KEYS_AT_LAST_MAX
    }

    /// What the disk holds of the file, and of the new one, bytes.
    pub fn held_bytes(&self) -> Result<(u64, u64)> {
        self.beside.held_bytes()
    }

    /// Copies rows of about so many bytes, and makes that durable.
    ///
    /// # Errors
    /// `Storage` where one of the files fails.
    pub fn step(&mut self, bytes_max: usize) -> Result<()> {
        if self.has_keys() {
            return self.copy_noted(bytes_max);
        }
        match &mut self.stage {
            Stage::Rows { table, after } => {
                let target = open(self.target.as_ref())?;
                let transaction = target.begin_write()?;
                let ended = copy_rows(&self.file.read()?, &transaction, (*table, after), bytes_max)?;
                transaction.commit()?;
                if ended {
                    (*table, *after) = (*table + 1, None);
                }
                if *table == NAMES.len() {
                    self.stage = Stage::Copied;
                }
            }
            Stage::Copied => {
                // Closing it cuts off what is free at its end.
                drop(self.target.take());
                self.target = Some(self.beside.open()?);
                self.stage = Stage::Following;
            }
            Stage::Following => {}
        }
        Ok(())
    }

    /// Takes what has changed since the last time, for the next steps. To be called while there is no transaction.
    ///
    /// # Errors
    /// `Conflict` where it is not to be caught up with.
    pub fn take_turn(&mut self) -> Result<()> {
        assert!(!self.has_keys(), "what was taken before is still to be copied");
        self.rounds += 1;
        if self.rounds > COPY_ROUNDS_MAX {
            return Err(Error::Conflict("more is written than can be copied".into()));
        }
        self.taken = self.noting.take()?;
        Ok(())
    }

    /// Copies what is left and puts the new file into the place of the old one, which is returned. To be called while there is no
    /// transaction, when it `is_near`.
    ///
    /// # Errors
    /// The old file stays where it is, and as it is; but for one: where the new name could not be made durable, the new file is in
    /// its place, and nothing is written until that is done.
    pub fn swap(mut self) -> Result<Arc<Opened>> {
        assert!(self.is_following() && !self.has_keys(), "it is still to be caught up with");
        self.taken = self.noting.take()?;
        self.copy_noted(usize::MAX)?;
        self.beside.take_place()?;
        self.is_in_place = true;
        let old = self.file.exchange(self.target.take().ok_or_else(not_open)?);
        self.file.settle()?;
        Ok(old)
    }

    /// Copies rows as they are now, of keys that were taken.
    fn copy_noted(&mut self, bytes_max: usize) -> Result<()> {
        if !self.taken.is_empty() {
            self.waiting = in_order(std::mem::take(&mut self.taken));
        }
        if self.waiting.is_empty() {
            return Ok(());
        }
        let snapshot = self.file.read()?;
        let mut transaction = open(self.target.as_ref())?.begin_write()?;
        transaction.set_quick_repair(self.is_following());
        let mut bytes = 0;
        while bytes < bytes_max {
            let Some(table) = self.waiting.last().map(|(table, _)| *table) else { break };
            each_table!(|definition, name, _row| {
                if name == NAMES[table] {
                    bytes +=
                        copy_keys(&snapshot, &transaction, definition, &mut self.waiting, table, bytes_max - bytes)?;
                }
            });
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        self.file.end_noting(&self.noting);
        drop(self.target.take());
        if !self.is_in_place {
            self.beside.discard();
        }
    }
}

fn not_open() -> Error {
    Error::Storage("the new file could not be opened".into())
}

fn open(target: Option<&Database>) -> Result<&Database> {
    target.ok_or_else(not_open)
}

/// By table and key, the last ones first.
fn in_order(keys: NotedKeys) -> Vec<NotedKey> {
    let mut keys: Vec<NotedKey> = keys.into_iter().collect();
    let mut orders: Vec<Order> = Vec::with_capacity(NAMES.len());
    each_table!(|definition, _name, _row| orders.push(order_of(definition)));
    keys.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| orders[one.0](&other.1, &one.1)));
    keys
}

/// How two keys of a table stand to each other.
type Order = fn(&[u8], &[u8]) -> std::cmp::Ordering;

fn order_of<K: Key + 'static, V: Value + 'static>(_: TableDefinition<'static, K, V>) -> Order {
    K::compare
}

/// Copies rows of the table at that place that come after a key, which moves on; returns whether they were the last ones.
fn copy_rows(
    snapshot: &Reading,
    transaction: &WriteTransaction,
    (table, after): (usize, &mut Option<Vec<u8>>),
    bytes_max: usize,
) -> Result<bool> {
    let mut ended = false;
    each_table!(|definition, name, _row| {
        if name == NAMES[table] {
            ended = copy_some(snapshot, transaction, definition, after, bytes_max)?;
        }
    });
    Ok(ended)
}

fn copy_some<K: Key + 'static, V: Value + 'static>(
    snapshot: &Reading,
    transaction: &WriteTransaction,
    definition: TableDefinition<'static, K, V>,
    after: &mut Option<Vec<u8>>,
    bytes_max: usize,
) -> Result<bool> {
    let (source, mut target) = (snapshot.open_table(definition)?, transaction.open_table(definition)?);
    let from = match after.take() {
        Some(key) => Bound::Excluded(key),
        None => Bound::Unbounded,
    };
    let from = from.as_ref().map(|key| K::from_bytes(key));
    let mut bytes = 0;
    for row in source.range::<K::SelfType<'_>>((from, Bound::Unbounded))? {
        let (key, value) = row?;
        bytes += put(&mut target, key.value(), value.value())?;
        if bytes >= bytes_max {
            *after = Some(K::as_bytes(&key.value()).as_ref().to_vec());
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies the last ones of the keys that are of this table, as many as make so many bytes, and returns how many they made.
fn copy_keys<K: Key + 'static, V: Value + 'static>(
    snapshot: &Reading,
    transaction: &WriteTransaction,
    definition: TableDefinition<'static, K, V>,
    waiting: &mut Vec<NotedKey>,
    table: usize,
    bytes_max: usize,
) -> Result<usize> {
    let (source, mut target) = (snapshot.open_table(definition)?, transaction.open_table(definition)?);
    let mut bytes = 0;
    while bytes < bytes_max
        && let Some((_, key)) = waiting.pop_if(|(of, _)| *of == table)
    {
        match source.get(K::from_bytes(&key))? {
            Some(value) => bytes += put(&mut target, K::from_bytes(&key), value.value())?,
            None => {
                target.remove(K::from_bytes(&key))?;
                bytes += key.len();
            }
        }
    }
    Ok(bytes)
}

/// Puts a row into a table, and returns its bytes.
fn put<K: Key + 'static, V: Value + 'static>(
    target: &mut redb::Table<'_, K, V>,
    key: K::SelfType<'_>,
    value: V::SelfType<'_>,
) -> Result<usize> {
    let bytes = K::as_bytes(&key).as_ref().len() + V::as_bytes(&value).as_ref().len();
    target.insert(key, value)?;
    Ok(bytes)
}
