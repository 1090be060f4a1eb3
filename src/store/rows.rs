//! Sessions and users in memory: a bounded cache over their tables, written back by checkpoints in key order.

use std::collections::HashMap;

use ahash::RandomState;

use super::tables::NameKey;
use crate::error::Result;
use crate::limits::CACHED_ROW_BYTES_MAX;
use crate::model::Number;

/// Rows by number, and their numbers by name.
pub struct Rows<T> {
    /// Boxed: a table that grows holds its old and its new half at once, half of both of them empty.
    rows: HashMap<Number, Box<CachedRow<T>>, RandomState>,
    numbers: HashMap<NameKey, Number, RandomState>,
    dirty: usize,
    /// Rows kept after a checkpoint.
    pub kept_max: usize,
    /// Number of the next one that appears.
    pub next: Number,
    /// Rises with every checkpoint.
    tick: u64,
}

pub struct CachedRow<T> {
    pub key: NameKey,
    pub row: T,
    /// The row as the table holds it, reduced to what its index needs; `None` for a new row.
    pub indexed: Option<(i64, u8)>,
    dirty: bool,
    used: u64,
}

/// A row as the table holds it.
pub struct StoredRow<T> {
    pub number: Number,
    pub row: T,
    pub indexed: (i64, u8),
}

impl<T> Rows<T> {
    pub fn new(next: Number, kept_max: usize) -> Self {
        Self { rows: HashMap::default(), numbers: HashMap::default(), dirty: 0, kept_max, next, tick: 0 }
    }

    /// The row of that name, to be changed: from memory, else as `load` finds it stored, else as `begin` makes it.
    pub fn change(
        &mut self,
        key: NameKey,
        load: impl FnOnce() -> Result<Option<StoredRow<T>>>,
        begin: impl FnOnce() -> T,
    ) -> Result<(Number, &mut T)> {
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None => self.admit(key, load()?, begin),
        };
        let cached = self.rows.get_mut(&number).expect("a numbered row is cached");
        cached.used = self.tick;
        self.dirty += usize::from(!std::mem::replace(&mut cached.dirty, true));
        Ok((number, &mut cached.row))
    }

    fn admit(&mut self, key: NameKey, stored: Option<StoredRow<T>>, begin: impl FnOnce() -> T) -> Number {
        let (number, row, indexed) = match stored {
            Some(StoredRow { number, row, indexed }) => (number, row, Some(indexed)),
            None => {
                self.next += 1;
                (self.next - 1, begin(), None)
            }
        };
        self.numbers.insert(key, number);
        self.rows.insert(number, Box::new(CachedRow { key, row, indexed, dirty: false, used: self.tick }));
        number
    }

    /// A changed row, by number.
    pub fn changed(&self, number: Number) -> Option<&T> {
        self.rows.get(&number).filter(|cached| cached.dirty).map(|cached| &cached.row)
    }

    pub fn number(&self, key: &NameKey) -> Option<Number> {
        self.numbers.get(key).copied()
    }

    pub fn changed_rows(&self) -> impl Iterator<Item = (Number, &T)> {
        self.rows.iter().filter(|(_, cached)| cached.dirty).map(|(number, cached)| (*number, &cached.row))
    }

    pub fn dirty(&self) -> usize {
        self.dirty
    }

    /// The changed rows in order of number, to be written.
    pub fn to_write(&self) -> Vec<(Number, &CachedRow<T>)> {
        let mut rows: Vec<_> =
            self.rows.iter().filter(|(_, cached)| cached.dirty).map(|(number, cached)| (*number, &**cached)).collect();
        rows.sort_unstable_by_key(|(number, _)| *number);
        rows
    }

    /// After the changed rows were written: they are clean, and what has not been used for longest leaves, where there are too
    /// many or they weigh too much.
    pub fn written(&mut self, indexed: impl Fn(&T) -> (i64, u8), weight: impl Fn(&T) -> usize) {
        self.tick += 1;
        self.dirty = 0;
        for cached in self.rows.values_mut().filter(|cached| cached.dirty) {
            cached.dirty = false;
            cached.indexed = Some(indexed(&cached.row));
        }
        let mut keep_since = self.tick.saturating_sub(8);
        let mut bytes: usize = self.rows.values().map(|cached| weight(&cached.row)).sum();
        while (self.rows.len() > self.kept_max || bytes > CACHED_ROW_BYTES_MAX) && keep_since <= self.tick {
            self.rows.retain(|_, cached| {
                let kept = cached.used >= keep_since;
                bytes -= if kept { 0 } else { weight(&cached.row) };
                kept
            });
            let rows = &self.rows;
            self.numbers.retain(|_, number| rows.contains_key(number));
            keep_since += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few sessions of many pages once weighed more than all the memory there is.
    #[test]
    fn rows_leave_by_weight_as_by_number() {
        let mut rows = Rows::<usize>::new(0, 1_000);
        let touch = |rows: &mut Rows<usize>, name: u8| {
            rows.change([name; 20], || Ok(None), || CACHED_ROW_BYTES_MAX / 2).map(|(number, _)| number).unwrap()
        };
        (0..4).for_each(|name| assert_eq!(touch(&mut rows, name), u64::from(name)));
        assert_eq!(rows.dirty(), 4);
        rows.written(|_| (0, 0), |weight| *weight);
        touch(&mut rows, 1);
        rows.written(|_| (0, 0), |weight| *weight);
        let kept: Vec<bool> = (0..4).map(|name| rows.number(&[name; 20]).is_some()).collect();
        assert_eq!(kept, [false, true, false, false]);
    }
}
