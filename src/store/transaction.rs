//! Transactions that write. While a copy of the file is being made, their tables note what they touch, for the copy to follow.

use std::borrow::Borrow;
use std::ops::{Deref, RangeBounds};
use std::sync::Arc;

use ahash::AHashSet;
use parking_lot::Mutex;
use redb::{CommitError, Key, StorageError, TableDefinition, TableError, TableHandle, Value, WriteTransaction};

use super::tables;
use crate::error::{Error, Result};
use crate::limits::NOTED_BYTES_MAX;

/// What a noted key costs beside its bytes.
const NOTED_KEY_BYTES: usize = 48;

/// A key, as redb has it, and the place of its table among all of them.
pub type NotedKey = (usize, Box<[u8]>);
pub type NotedKeys = AHashSet<NotedKey>;

/// Keys whose rows may have changed since they were taken the last time.
#[derive(Default)]
pub struct Noting(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    keys: NotedKeys,
    bytes: usize,
    /// Why what changed is no longer known.
    lost: Option<&'static str>,
}

impl Noting {
    /// Keys of transactions that are under way are among them: to be called while there is none, lest one of them is copied as it was
    /// before and then forgotten.
    ///
    /// # Errors
    /// `Conflict` where it is not known any more what has changed.
    pub fn take(&self) -> Result<NotedKeys> {
        let mut noted = self.0.lock();
        if let Some(why) = noted.lost {
            return Err(Error::Conflict(why.into()));
        }
        noted.bytes = 0;
        Ok(std::mem::take(&mut noted.keys))
    }

    pub fn count(&self) -> usize {
        self.0.lock().keys.len()
    }

    /// What they take in memory.
    pub fn bytes(&self) -> usize {
        self.0.lock().bytes
    }

    pub fn lose(&self, why: &'static str) {
        let mut noted = self.0.lock();
        noted.lost.get_or_insert(why);
        noted.keys = NotedKeys::default();
    }

    fn note(&self, table: usize, key: &[u8]) {
        let mut noted = self.0.lock();
        if noted.lost.is_some() {
            return;
        }
        if noted.keys.insert((table, key.into())) {
            noted.bytes += key.len() + NOTED_KEY_BYTES;
        }
        if noted.bytes > NOTED_BYTES_MAX {
            drop(noted);
            self.lose("more changed meanwhile than could be followed");
        }
    }
}

pub struct Transaction {
    transaction: WriteTransaction,
    noting: Option<Arc<Noting>>,
}

impl Transaction {
    pub fn new(transaction: WriteTransaction, noting: Option<Arc<Noting>>) -> Self {
        Self { transaction, noting }
    }

    pub fn open_table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<Table<'_, K, V>, TableError> {
        let noting = self.noting.as_deref().and_then(|noting| {
            let place = tables::place_of(definition.name());
            if place.is_none() {
                noting.lose("a table was written that is in no copy");
            }
            Some((noting, place?))
        });
        Ok(Table { table: self.transaction.open_table(definition)?, noting })
    }

    pub fn delete_table(&self, definition: impl TableHandle) -> Result<bool, TableError> {
        if let Some(noting) = &self.noting {
            noting.lose("a whole table was made anew meanwhile");
        }
        self.transaction.delete_table(definition)
    }

    pub fn commit(self) -> Result<(), CommitError> {
        self.transaction.commit()
    }

    pub fn abort(self) -> Result<(), StorageError> {
        self.transaction.abort()
    }
}

/// A table that is open to write: read as redb's own, and written only by what notes it.
pub struct Table<'t, K: Key + 'static, V: Value + 'static> {
    table: redb::Table<'t, K, V>,
    /// With its place among all tables.
    noting: Option<(&'t Noting, usize)>,
}

impl<'t, K: Key + 'static, V: Value + 'static> Deref for Table<'t, K, V> {
    type Target = redb::Table<'t, K, V>;

    fn deref(&self) -> &Self::Target {
        &self.table
    }
}

fn note<K: Key>(noting: Option<(&Noting, usize)>, key: &K::SelfType<'_>) {
    if let Some((noting, place)) = noting {
        noting.note(place, K::as_bytes(key).as_ref());
    }
}

impl<K: Key + 'static, V: Value + 'static> Table<'_, K, V> {
    pub fn insert<'k, 'v>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
        value: impl Borrow<V::SelfType<'v>>,
    ) -> Result<(), StorageError> {
        note::<K>(self.noting, key.borrow());
        self.table.insert(key, value)?;
        Ok(())
    }

    pub fn remove<'k>(&mut self, key: impl Borrow<K::SelfType<'k>>) -> Result<(), StorageError> {
        note::<K>(self.noting, key.borrow());
        self.table.remove(key)?;
        Ok(())
    }

    /// Takes away every row that is not to be kept.
    pub fn retain(
        &mut self,
        mut keep: impl for<'f> FnMut(K::SelfType<'f>, V::SelfType<'f>) -> bool,
    ) -> Result<(), StorageError> {
        let noting = self.noting;
        self.table.retain(|key, value| keep_or_note::<K, V>(noting, key, value, &mut keep))
    }

    /// The same of the rows in a range.
    pub fn retain_in<'a, KR>(
        &mut self,
        range: impl RangeBounds<KR> + 'a,
        mut keep: impl for<'f> FnMut(K::SelfType<'f>, V::SelfType<'f>) -> bool,
    ) -> Result<(), StorageError>
    where
        KR: Borrow<K::SelfType<'a>> + 'a,
    {
        let noting = self.noting;
        self.table.retain_in(range, |key, value| keep_or_note::<K, V>(noting, key, value, &mut keep))
    }
}

fn keep_or_note<'r, K: Key, V: Value>(
    noting: Option<(&Noting, usize)>,
    key: K::SelfType<'r>,
    value: V::SelfType<'r>,
    keep: &mut impl for<'f> FnMut(K::SelfType<'f>, V::SelfType<'f>) -> bool,
) -> bool {
    let Some((noting, place)) = noting else { return keep(key, value) };
    let bytes = K::as_bytes(&key).as_ref().to_vec();
    let stays = keep(key, value);
    if !stays {
        noting.note(place, &bytes);
    }
    stays
}
