//! Columns of texts.

use std::hash::Hash;

use ahash::RandomState;
use hashbrown::HashTable;

use super::bytes::put_whole;
use super::numbers::Numbers;
use super::{Column, Damage, Input, Output};

/// Texts one behind the other.
#[derive(Default)]
pub struct Texts {
    lengths: Numbers<u32>,
    bytes: Vec<u8>,
    taken: usize,
}

impl Texts {
    fn take(&mut self) -> Result<&[u8], Damage> {
        let from = self.taken;
        self.taken += self.lengths.next()? as usize;
        self.bytes.get(from..self.taken).ok_or("a text that is cut off")
    }
}

impl Column for Texts {
    type Value = Box<str>;

    fn push(&mut self, value: &Box<str>) {
        self.lengths.push(&u32::try_from(value.len()).expect("a text's length is bounded"));
        self.bytes.extend_from_slice(value.as_bytes());
    }

    fn write(&self, output: &mut Output) {
        self.lengths.write(output);
        output.texts.extend_from_slice(&self.bytes);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        let lengths = Numbers::<u32>::read(input)?;
        let bytes = input.text(lengths.sum()?)?;
        Ok(Self { lengths, bytes, taken: 0 })
    }

    fn next(&mut self) -> Result<Box<str>, Damage> {
        str::from_utf8(self.take()?).map(Into::into).map_err(|_| "a text that is not UTF-8")
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.take().map(|_| ())
    }
}

/// Values of which most come again: each is said once, and then by its place among those said.
#[derive(Default)]
pub struct Repeated<C: Column> {
    places: Numbers<u32>,
    values: Vec<C::Value>,
    /// When writing: places by the values' hash.
    known: HashTable<u32>,
    hasher: RandomState,
}

/// Names: texts of which most come again.
pub type Names = Repeated<Texts>;

impl<C: Column> Repeated<C> {
    /// All that are said.
    pub fn values(&self) -> &[C::Value] {
        &self.values
    }

    /// Pushes the value that `is` true of and that hashes as `key`; `make` makes it where it was not said yet.
    pub fn push_known(
        &mut self,
        key: &impl Hash,
        is: impl Fn(&C::Value) -> bool,
        hash_again: impl Fn(&RandomState, &C::Value) -> u64,
        make: impl FnOnce() -> C::Value,
    ) {
        let Self { places, values, known, hasher } = self;
        let hash = hasher.hash_one(key);
        let place = match known.find(hash, |place| is(&values[*place as usize])) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(values.len()).expect("a column's length is bounded");
                values.push(make());
                known.insert_unique(hash, place, |place| hash_again(hasher, &values[*place as usize]));
                place
            }
        };
        places.push(&place);
    }
}

impl<C: Column<Value: Clone + Default + Eq + Hash>> Column for Repeated<C> {
    type Value = C::Value;

    fn push(&mut self, value: &C::Value) {
        self.push_known(value, |known| known == value, |hasher, known| hasher.hash_one(known), || value.clone());
    }

    fn write(&self, output: &mut Output) {
        let mut said = C::default();
        self.values.iter().for_each(|value| said.push(value));
        put_whole(&mut output.numbers, self.values.len() as u64);
        said.write(output);
        self.places.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        let count = input.whole()?;
        let mut said = C::read(input)?;
        // A count that is too great ends with the column. Whatever is said is said once: a column of so many empty texts as
        // fit into a number would take more memory than there is.
        let mut values: Vec<C::Value> = Vec::new();
        for _ in 0..count {
            let value = said.next()?;
            if values.last() == Some(&value) {
                return Err("a name that is said twice");
            }
            values.push(value);
        }
        Ok(Self { places: Numbers::read(input)?, values, ..Self::default() })
    }

    fn next(&mut self) -> Result<C::Value, Damage> {
        let place = self.places.next()?;
        self.values.get(place as usize).cloned().ok_or("a name that was never said")
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.places.skip()
    }
}
