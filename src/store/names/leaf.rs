//! Hashes in order, each with its number, in the bits they need: one is found without unpacking the others.

use xxhash_rust::xxh3::xxh3_64;

use super::super::columns::{Damage, pack};
use super::{Entry, NameHash};
use crate::model::Number;

const VERSION: u8 = 1;
/// Version and checksum; the rest is checked.
const CHECKSUM_END: usize = 1 + 8;
/// Count, widths and least hash.
const HEADER_BYTES: usize = CHECKSUM_END + 4 + 2 + 8;

/// Of entries in order.
pub fn encode(entries: &[Entry]) -> Vec<u8> {
    let least = entries.first().map_or(0, |entry| entry.0);
    let offsets: Vec<u64> = entries.iter().map(|entry| entry.0 - least).collect();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.1).collect();
    let width = |values: &[u64]| u64::BITS - values.iter().fold(0, |all, value| all | value).leading_zeros();
    let (offset_width, number_width) = (width(&offsets), width(&numbers));
    let mut bytes = vec![VERSION];
    bytes.extend([0; 8]);
    bytes.extend(u32::try_from(entries.len()).expect("a leaf is small").to_le_bytes());
    bytes.extend([offset_width as u8, number_width as u8]);
    bytes.extend(least.to_le_bytes());
    pack::write_bits(&offsets, offset_width, &mut bytes);
    pack::write_bits(&numbers, number_width, &mut bytes);
    let checksum = xxh3_64(&bytes[CHECKSUM_END..]);
    bytes[1..CHECKSUM_END].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// What `encode` made.
pub struct Leaf<'a> {
    count: usize,
    least: NameHash,
    offsets: &'a [u8],
    offset_width: u32,
    numbers: &'a [u8],
    number_width: u32,
}

impl<'a> Leaf<'a> {
    /// # Errors
    /// Where version, checksum or length are not as written.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Damage> {
        let (header, packed) = bytes.split_at_checked(HEADER_BYTES).ok_or("it is cut off")?;
        if header[0] != VERSION {
            return Err("an encoding version this program does not know");
        }
        if xxh3_64(&bytes[CHECKSUM_END..]).to_le_bytes() != header[1..CHECKSUM_END] {
            return Err("the checksum does not match");
        }
        let whole = |from: usize| header[from..].first_chunk().expect("it lies in the header");
        let count = u32::from_le_bytes(*whole(CHECKSUM_END)) as usize;
        let [offset_width, number_width] = [header[CHECKSUM_END + 4], header[CHECKSUM_END + 5]].map(u32::from);
        let least = NameHash::from_le_bytes(*header.last_chunk().expect("it ends the header"));
        let bytes_of = |width: u32| (count * width as usize).div_ceil(8);
        let is_whole = offset_width.max(number_width) <= u64::BITS
            && packed.len() == bytes_of(offset_width) + bytes_of(number_width);
        if !is_whole {
            return Err("it is of another length than it says");
        }
        let (offsets, numbers) = packed.split_at(bytes_of(offset_width));
        Ok(Self { count, least, offsets, offset_width, numbers, number_width })
    }

    fn hash(&self, place: usize) -> NameHash {
        self.least.wrapping_add(pack::bits_at(self.offsets, place, self.offset_width))
    }

    fn number(&self, place: usize) -> Number {
        pack::bits_at(self.numbers, place, self.number_width)
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.count).map(|place| (self.hash(place), self.number(place)))
    }

    /// The numbers of names that have this hash.
    pub fn numbers_of(&self, hash: NameHash) -> impl Iterator<Item = Number> {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from.midpoint(to);
            if self.hash(middle) < hash {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        (from..self.count).take_while(move |place| self.hash(*place) == hash).map(|place| self.number(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_hash_has_its_numbers(entries in prop::collection::vec((any::<u64>(), any::<u64>()), 0..200), shift in 0..64u32) {
            let mut entries: Vec<Entry> = entries.iter().map(|(hash, number)| (hash >> shift, number >> shift)).collect();
            entries.sort_unstable();
            let bytes = encode(&entries);
            let leaf = Leaf::of(&bytes).unwrap();
            prop_assert_eq!(leaf.entries().collect::<Vec<_>>(), entries.clone());
            for hash in entries.iter().flat_map(|(hash, _)| [hash.wrapping_sub(1), *hash, hash.wrapping_add(1)]) {
                let right: Vec<Number> = entries.iter().filter(|entry| entry.0 == hash).map(|entry| entry.1).collect();
                prop_assert_eq!(leaf.numbers_of(hash).collect::<Vec<_>>(), right);
            }
        }
    }

    #[test]
    fn a_leaf_with_any_bit_flipped_or_any_byte_missing_is_refused() {
        let bytes = encode(&[(3, 1), (77, 0), (78, 2)]);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Leaf::of(&damaged).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Leaf::of(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}
