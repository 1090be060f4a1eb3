//! From names to numbers. A name is known by its hash, and hashes lie anywhere: in a tree of them a checkpoint's new names
//! would have nearly every leaf written again. So new ones wait, in memory by hash and in a table by number, until many
//! have gathered; then a slice of all hashes at a time is merged into leaves that fill their pages. After P. O'Neil and
//! others, "The Log-Structured Merge-Tree", Acta Informatica 33, 1996.

pub(super) mod leaf;

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashTable;
use redb::ReadableTable;

use super::codec::{checked, with_checksum};
use super::tables::{Bytes, NAME_LEAVES, NAME_SLICES, NAMES_NEW, NameLeafKey, Table, Tables, Transaction};
use crate::error::{Error, Result};
use crate::limits::{NAMES_PER_LEAF, NAMES_PER_ROW};
use crate::model::{BotId, Number};
use leaf::Leaf;

pub type NameHash = u64;
/// A name's hash, and the number of what has the name.
pub type Entry = (NameHash, Number);

/// Slices of equal width that all hashes are divided into.
const SLICES: u8 = 64;
const SLICE_BITS: u32 = SLICES.ilog2();

/// What is found by its name. Part of keys in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Session = 0,
    User = 1,
}

/// Hash of a name: of a cryptographic one, so that no client can make many names share it. Two may share one all the same.
pub fn name_hash(bot: BotId, name: &str) -> NameHash {
    of_bot(bot, *blake3::hash(name.as_bytes()).as_bytes().first_chunk().expect("a longer hash"))
}

/// Of a bot and the beginning of BLAKE3 of the name. 0 is no name's.
pub fn of_bot(bot: BotId, name: [u8; 8]) -> NameHash {
    /// Odd, so that each bot has another multiple of it: 2^64 divided by the golden ratio.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    (NameHash::from_be_bytes(name) ^ u64::from(bot).wrapping_mul(SPREAD)).max(1)
}

fn slice_of(hash: NameHash) -> usize {
    (hash >> (NameHash::BITS - SLICE_BITS)) as usize
}

/// Which of its slice's leaves holds a hash.
fn leaf_of(hash: NameHash, leaves: u32) -> u32 {
    ((u128::from(hash << SLICE_BITS) * u128::from(leaves)) >> NameHash::BITS) as u32
}

/// The names of sessions, or of persons, at one checkpoint: those that wait, and where the leaves of the rest are. Clones
/// share it; the writer's goes on.
#[derive(Clone)]
pub struct Names {
    kind: Kind,
    slices: Arc<[Slice]>,
    /// How many wait in all slices, and how many may after a checkpoint.
    waiting: usize,
    waiting_max: usize,
}

#[derive(Clone, Default)]
struct Slice {
    waiting: Arc<HashTable<Entry>>,
    place: Place,
}

/// What a slice's leaves hold.
#[derive(Clone, Copy, Default)]
struct Place {
    leaves: u32,
    /// Names of lower numbers are in the leaves, the others wait.
    merged: Number,
}

/// What a checkpoint changes, once it is committed.
pub struct Change {
    added: Vec<Entry>,
    merged: Vec<(usize, Place)>,
}

impl Names {
    pub fn none(kind: Kind, waiting_max: usize) -> Self {
        Self { kind, slices: vec![Slice::default(); usize::from(SLICES)].into(), waiting: 0, waiting_max }
    }

    /// # Errors
    /// `Corrupt` where the rows are not what was written.
    pub fn load(tables: &Tables, kind: Kind, waiting_max: usize) -> Result<Self> {
        let mut names = Self::none(kind, waiting_max);
        let slices = Arc::make_mut(&mut names.slices);
        for entry in tables.name_slices.range((kind as u8, 0)..=(kind as u8, u8::MAX))? {
            let (key, place) = entry?;
            let ((_, slice), (leaves, merged)) = (key.value(), place.value());
            let known = slices.get_mut(usize::from(slice));
            let known = known.ok_or_else(|| Error::corrupt("name_slices", slice, "there is no such slice"))?;
            known.place = Place { leaves, merged };
        }
        for entry in tables.names_new.range((kind as u8, 0)..=(kind as u8, u64::MAX))? {
            let (key, bytes) = entry?;
            let (_, row) = key.value();
            for (number, hash) in (row * NAMES_PER_ROW..).zip(decode_row(bytes.value(), row)?) {
                names.waiting += usize::from(slices[slice_of(hash)].add((hash, number)));
            }
        }
        Ok(names)
    }

    /// The numbers of all that have this hash. The tables are of the same checkpoint.
    ///
    /// # Errors
    /// `Corrupt` where a leaf is not what was written.
    pub fn numbers(&self, hash: NameHash, tables: &Tables) -> Result<Vec<Number>> {
        let slice = &self.slices[slice_of(hash)];
        let mut numbers: Vec<Number> =
            slice.waiting.iter_hash(spread(hash)).filter(|entry| entry.0 == hash).map(|entry| entry.1).collect();
        if slice.place.leaves > 0 {
            let key = (self.kind as u8, slice_of(hash) as u8, leaf_of(hash, slice.place.leaves));
            if let Some(bytes) = tables.name_leaves.get(key)? {
                let leaf = Leaf::of(bytes.value()).map_err(|why| Error::corrupt("name_leaves", key, why))?;
                numbers.extend(leaf.numbers_of(hash));
            }
        }
        Ok(numbers)
    }

    /// Every name of a slice, in order.
    ///
    /// # Errors
    /// As `numbers`.
    pub fn entries(&self, slice: u8, leaves: &impl ReadableTable<NameLeafKey, Bytes>) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = self.slices[usize::from(slice)].waiting.iter().copied().collect();
        read_leaves(self.kind, slice, leaves, &mut entries)?;
        entries.sort_unstable();
        Ok(entries)
    }

    pub fn slices() -> std::ops::Range<u8> {
        0..SLICES
    }

    /// Writes new names, which are in order of their numbers and go on where the last ones ended, and merges what has waited
    /// longest while too many wait.
    ///
    /// # Errors
    /// Nothing may then be committed.
    pub fn write(&self, transaction: &Transaction, added: Vec<Entry>) -> Result<Change> {
        let mut change = Change { added, merged: Vec::new() };
        let Some(next) = change.added.last().map(|entry| entry.1 + 1) else { return Ok(change) };
        self.write_new(transaction, &change.added)?;
        let mut waiting = self.waiting + change.added.len();
        if waiting <= self.waiting_max {
            return Ok(change);
        }
        let mut table = transaction.open_table(NAME_LEAVES)?;
        let mut places = transaction.open_table(NAME_SLICES)?;
        let mut by_age: Vec<usize> = (0..self.slices.len()).collect();
        by_age.sort_by_key(|slice| self.slices[*slice].place.merged);
        for slice in by_age {
            if waiting <= self.waiting_max {
                break;
            }
            let mut entries: Vec<Entry> = self.slices[slice].waiting.iter().copied().collect();
            entries.extend(change.added.iter().filter(|entry| entry.0 != 0 && slice_of(entry.0) == slice));
            waiting -= entries.len();
            read_leaves(self.kind, slice as u8, &*table, &mut entries)?;
            let place = Place { leaves: write_leaves(self.kind, slice as u8, &mut table, entries)?, merged: next };
            places.insert((self.kind as u8, slice as u8), (place.leaves, place.merged))?;
            change.merged.push((slice, place));
        }
        // Rows all of whose names are in the leaves by now.
        let oldest = (0..self.slices.len()).map(|slice| {
            change
                .merged
                .iter()
                .find(|merged| merged.0 == slice)
                .map_or(self.slices[slice].place, |merged| merged.1)
                .merged
        });
        let kept = oldest.min().unwrap_or_default() / NAMES_PER_ROW;
        let kind = self.kind as u8;
        transaction.open_table(NAMES_NEW)?.retain_in((kind, 0)..(kind, kept), |_, _| false)?;
        Ok(change)
    }

    /// Takes names out of the tables; once that is committed, `forgotten` is to take them out of memory.
    ///
    /// # Errors
    /// Nothing may then be committed.
    pub fn forget(&self, transaction: &Transaction, gone: &[Entry]) -> Result<()> {
        let kind = self.kind as u8;
        let mut new = transaction.open_table(NAMES_NEW)?;
        let mut by_row: Vec<Number> = gone.iter().map(|entry| entry.1).collect();
        by_row.sort_unstable();
        for numbers in by_row.chunk_by(|one, other| one / NAMES_PER_ROW == other / NAMES_PER_ROW) {
            let row = numbers[0] / NAMES_PER_ROW;
            let Some(mut hashes) = new.get((kind, row))?.map(|bytes| decode_row(bytes.value(), row)).transpose()?
            else {
                continue;
            };
            for number in numbers {
                if let Some(hash) = hashes.get_mut((number % NAMES_PER_ROW) as usize) {
                    *hash = 0;
                }
            }
            new.insert((kind, row), &encode_row(&hashes)[..])?;
        }
        let mut leaves = transaction.open_table(NAME_LEAVES)?;
        let mut by_leaf = BTreeMap::<NameLeafKey, Vec<Entry>>::new();
        for entry in gone {
            let place = self.slices[slice_of(entry.0)].place;
            if place.leaves > 0 && entry.1 < place.merged {
                let key = (kind, slice_of(entry.0) as u8, leaf_of(entry.0, place.leaves));
                by_leaf.entry(key).or_default().push(*entry);
            }
        }
        for (key, gone) in by_leaf {
            let Some(left) = leaves.get(key)?.map(|bytes| leaf_without(bytes.value(), key, &gone)).transpose()? else {
                continue;
            };
            leaves.insert(key, &leaf::encode(&left)[..])?;
        }
        Ok(())
    }

    /// After what `forget` did is committed.
    pub fn forgotten(&mut self, gone: &[Entry]) {
        let slices = Arc::make_mut(&mut self.slices);
        for entry in gone {
            let waiting = Arc::make_mut(&mut slices[slice_of(entry.0)].waiting);
            if let Ok(found) = waiting.find_entry(spread(entry.0), |known| known == entry) {
                found.remove();
                self.waiting -= 1;
            }
        }
    }

    /// Gives what has a name another one in the tables: of each the old entry and the new hash. Once that is committed,
    /// `renamed` is to do the same in memory.
    ///
    /// # Errors
    /// Nothing may then be committed.
    pub fn rename(&self, transaction: &Transaction, changes: &[(Entry, NameHash)]) -> Result<()> {
        let kind = self.kind as u8;
        let old: Vec<Entry> = changes.iter().map(|(entry, _)| *entry).collect();
        self.forget(transaction, &old)?;
        let mut new = transaction.open_table(NAMES_NEW)?;
        let mut leaves = transaction.open_table(NAME_LEAVES)?;
        let mut places = transaction.open_table(NAME_SLICES)?;
        for entry in changes.iter().map(|((_, number), hash)| (*hash, *number)) {
            let (row, at) = (entry.1 / NAMES_PER_ROW, (entry.1 % NAMES_PER_ROW) as usize);
            let hashes = new.get((kind, row))?.map(|bytes| decode_row(bytes.value(), row)).transpose()?;
            // A row that is there holds all its names, also those that are in the leaves.
            if let Some(mut hashes) = hashes {
                let place = hashes.get_mut(at).ok_or_else(|| Error::corrupt("names_new", row, "a name is missing"))?;
                *place = entry.0;
                new.insert((kind, row), &encode_row(&hashes)[..])?;
            }
            let slice = slice_of(entry.0);
            let place = self.slices[slice].place;
            if entry.1 >= place.merged {
                continue;
            }
            if place.leaves == 0 {
                places.insert((kind, slice as u8), (1, place.merged))?;
            }
            let key = (kind, slice as u8, leaf_of(entry.0, place.leaves.max(1)));
            let mut entries = match leaves.get(key)? {
                Some(bytes) => leaf_without(bytes.value(), key, &[])?,
                None => Vec::new(),
            };
            entries.insert(entries.partition_point(|known| *known < entry), entry);
            leaves.insert(key, &leaf::encode(&entries)[..])?;
        }
        Ok(())
    }

    /// After what `rename` did is committed.
    pub fn renamed(&mut self, changes: &[(Entry, NameHash)]) {
        let old: Vec<Entry> = changes.iter().map(|(entry, _)| *entry).collect();
        self.forgotten(&old);
        let slices = Arc::make_mut(&mut self.slices);
        for entry in changes.iter().map(|((_, number), hash)| (*hash, *number)) {
            let slice = &mut slices[slice_of(entry.0)];
            match slice.add(entry) {
                true => self.waiting += 1,
                false => slice.place.leaves = slice.place.leaves.max(1),
            }
        }
    }

    fn write_new(&self, transaction: &Transaction, added: &[Entry]) -> Result<()> {
        let mut table = transaction.open_table(NAMES_NEW)?;
        for added in added.chunk_by(|one, other| one.1 / NAMES_PER_ROW == other.1 / NAMES_PER_ROW) {
            let (row, place) = (added[0].1 / NAMES_PER_ROW, added[0].1 % NAMES_PER_ROW);
            let mut hashes = match table.get((self.kind as u8, row))? {
                Some(bytes) => decode_row(bytes.value(), row)?,
                None => Vec::new(),
            };
            if hashes.len() as u64 != place {
                return Err(Error::corrupt("names_new", row, "names before this one are missing"));
            }
            hashes.extend(added.iter().map(|entry| entry.0));
            table.insert((self.kind as u8, row), &encode_row(&hashes)[..])?;
        }
        Ok(())
    }

    /// After what `write` did is committed.
    pub fn written(&mut self, change: Change) {
        let slices = Arc::make_mut(&mut self.slices);
        for (slice, place) in change.merged {
            self.waiting -= slices[slice].waiting.len();
            slices[slice] = Slice { waiting: Arc::default(), place };
        }
        for entry in change.added {
            self.waiting += usize::from(slices[slice_of(entry.0)].add(entry));
        }
    }
}

impl Slice {
    /// Whether it waits, and is not in the leaves.
    fn add(&mut self, entry: Entry) -> bool {
        let waits = entry.0 != 0 && entry.1 >= self.place.merged;
        if waits {
            Arc::make_mut(&mut self.waiting).insert_unique(spread(entry.0), entry, |entry| spread(entry.0));
        }
        waits
    }
}

/// All of a slice share their upper bits, which a hash table looks at first.
fn spread(hash: NameHash) -> u64 {
    hash.rotate_left(SLICE_BITS)
}

/// What is left of a leaf.
fn leaf_without(bytes: &[u8], key: NameLeafKey, gone: &[Entry]) -> Result<Vec<Entry>> {
    let leaf = Leaf::of(bytes).map_err(|why| Error::corrupt("name_leaves", key, why))?;
    Ok(leaf.entries().filter(|entry| !gone.contains(entry)).collect())
}

fn read_leaves(
    kind: Kind,
    slice: u8,
    table: &impl ReadableTable<NameLeafKey, Bytes>,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    for row in table.range((kind as u8, slice, 0)..=(kind as u8, slice, u32::MAX))? {
        let (key, bytes) = row?;
        let leaf = Leaf::of(bytes.value()).map_err(|why| Error::corrupt("name_leaves", key.value(), why))?;
        entries.extend(leaf.entries());
    }
    Ok(())
}

/// Writes all leaves of a slice anew, and returns how many there are.
fn write_leaves(
    kind: Kind,
    slice: u8,
    table: &mut Table<'_, NameLeafKey, Bytes>,
    mut entries: Vec<Entry>,
) -> Result<u32> {
    entries.sort_unstable();
    let leaves = entries.len().div_ceil(NAMES_PER_LEAF) as u32;
    let mut rest = &entries[..];
    for leaf in 0..leaves {
        let (here, beyond) = rest.split_at(rest.partition_point(|entry| leaf_of(entry.0, leaves) == leaf));
        table.insert((kind as u8, slice, leaf), &leaf::encode(here)[..])?;
        rest = beyond;
    }
    Ok(leaves)
}

/// Hashes by number, after their checksum.
fn encode_row(hashes: &[NameHash]) -> Vec<u8> {
    let hashes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
    with_checksum(&hashes)
}

fn decode_row(bytes: &[u8], row: u64) -> Result<Vec<NameHash>> {
    match checked(bytes, "names_new", row)?.as_chunks() {
        (hashes, []) if hashes.len() as u64 <= NAMES_PER_ROW => {
            Ok(hashes.iter().map(|bytes| NameHash::from_le_bytes(*bytes)).collect())
        }
        _ => Err(Error::corrupt("names_new", row, "not a row of hashes")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Options, RedbEngine};
    use super::*;

    const WAITING_MAX: usize = 1_000;

    fn engine() -> (tempfile::TempDir, RedbEngine) {
        let dir = tempfile::tempdir().unwrap();
        let engine = RedbEngine::open(dir.path(), &Options::default()).unwrap();
        (dir, engine)
    }

    fn write(engine: &RedbEngine, names: &mut Names, added: Vec<Entry>) {
        let transaction = engine.db.begin_write().unwrap();
        let change = names.write(&transaction, added).unwrap();
        transaction.commit().unwrap();
        names.written(change);
    }

    /// Every so many names there is one with the hash of another.
    fn entry(number: Number) -> Entry {
        (name_hash(0, &format!("name {}", number - number % 97 % 2)), number)
    }

    fn all_are_found(names: &Names, tables: &Tables, until: Number) {
        let mut right = HashMap::<NameHash, Vec<Number>>::new();
        (0..until).map(entry).for_each(|(hash, number)| right.entry(hash).or_default().push(number));
        for (hash, numbers) in &right {
            let mut found = names.numbers(*hash, tables).unwrap();
            found.sort_unstable();
            assert_eq!(found, *numbers);
        }
        let unknown = (until..until + 1_000).map(|number| name_hash(1, &format!("name {number}")));
        assert!(unknown.into_iter().all(|hash| names.numbers(hash, tables).unwrap().is_empty()));
        let listed: usize = Names::slices().map(|slice| names.entries(slice, &tables.name_leaves).unwrap().len()).sum();
        assert_eq!(listed as u64, until);
    }

    #[test]
    fn names_are_found_while_they_wait_and_once_they_are_merged() {
        let (_dir, engine) = engine();
        let mut names = Names::none(Kind::Session, WAITING_MAX);
        let mut next = 0;
        for count in (0..90).map(|round| [1, 7, 1_700, 499, 500, 64][round % 6]) {
            let before = (names.clone(), engine.db.tables().unwrap(), next);
            write(&engine, &mut names, (next..next + count).map(entry).collect());
            next += count;
            assert!(names.waiting <= WAITING_MAX, "{}", names.waiting);
            if next % 13 == 0 {
                // A snapshot goes on with what it has.
                all_are_found(&before.0, &before.1, before.2);
            }
        }
        let tables = engine.db.tables().unwrap();
        all_are_found(&names, &tables, next);
        let loaded = Names::load(&tables, Kind::Session, WAITING_MAX).unwrap();
        assert_eq!(loaded.waiting, names.waiting);
        all_are_found(&loaded, &tables, next);
        let rows = tables.names_new.iter().unwrap().count() as u64;
        assert!(rows < next / NAMES_PER_ROW / 2, "what is merged leaves the other table: {rows} rows");
        let empty = Names::load(&tables, Kind::User, WAITING_MAX).unwrap();
        assert!(empty.numbers(entry(0).0, &tables).unwrap().is_empty());
    }

    #[test]
    fn what_is_renamed_is_found_by_its_new_name_alone_whether_it_waits_or_not() {
        let (_dir, engine) = engine();
        let mut names = Names::none(Kind::User, WAITING_MAX);
        let known = |number: Number| (name_hash(0, &format!("old {number}")), number);
        // Few at first: then some slices have merged, and others not a name yet.
        for (first, end) in [(0, 3), (3, 1_200), (1_200, 2_900)] {
            write(&engine, &mut names, (first..end).map(known).collect());
            let renamed: Vec<Number> = (0..end).filter(|number| number % 5 == first % 5).collect();
            let change = |number: &Number| (known(*number), name_hash(0, &format!("new {first} {number}")));
            let changes: Vec<_> = renamed.iter().map(change).collect();
            let still = |names: &Names, tables: &Tables, entry: Entry| {
                names.numbers(entry.0, tables).unwrap().contains(&entry.1)
            };
            let tables = engine.db.tables().unwrap();
            let changes: Vec<_> = changes.into_iter().filter(|(old, _)| still(&names, &tables, *old)).collect();
            assert!(!changes.is_empty());
            let transaction = engine.db.begin_write().unwrap();
            names.rename(&transaction, &changes).unwrap();
            transaction.commit().unwrap();
            names.renamed(&changes);
            let tables = engine.db.tables().unwrap();
            let loaded = Names::load(&tables, Kind::User, WAITING_MAX).unwrap();
            assert_eq!(loaded.waiting, names.waiting);
            for names in [&names, &loaded] {
                for (old, new) in &changes {
                    assert_eq!(names.numbers(*new, &tables).unwrap(), [old.1]);
                    assert!(!still(names, &tables, *old));
                }
                let listed: usize =
                    Names::slices().map(|slice| names.entries(slice, &tables.name_leaves).unwrap().len()).sum();
                assert_eq!(listed as u64, end);
            }
        }
    }
}
