//! From values to bytes and back; the only place that knows bincode. Every value begins with the version of its encoding.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{Column, Damage, Effort, Input, Output, compress, decompress};
use crate::error::{Error, Result};
use crate::limits::{BATCH_EVENTS_MAX, BLOCK_EVENTS};
use crate::model::Seq;

const VERSION: u8 = 1;
/// Of a value that is packed: its length follows, and zstd's bytes.
const PACKED_VERSION: u8 = 2;
/// Fewer bytes than this are left as they are.
const PACKED_BYTES_MIN: usize = 512;
/// Longest value in memory: far more than a day's questions take.
const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The same of values that stand one after the other, 4,096 of the heaviest there are.
const ROWS_BYTES_MAX: usize = 1024 * 1024 * 1024;
const COLUMNS_VERSION: u8 = 1;
/// Version and checksum; the count of values follows.
const CHECKSUM_END: usize = 1 + 8;
const COLUMNS_HEADER_BYTES: usize = CHECKSUM_END + 4;
/// Most values in one set of columns: a block's events, or a group's rows.
const VALUES_MAX: usize = BLOCK_EVENTS + BATCH_EVENTS_MAX;

pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("writing to memory cannot fail");
    bytes
}

/// The same, packed where that pays.
pub fn encode_packed<T: Serialize>(value: &T) -> Vec<u8> {
    let whole = encode(value);
    if whole.len() < PACKED_BYTES_MIN {
        return whole;
    }
    let mut bytes = vec![PACKED_VERSION];
    bytes.extend((whole.len() as u32).to_le_bytes());
    compress(&whole, Effort::Small, &mut bytes);
    bytes
}

/// # Errors
/// `Corrupt` with the table and key given, where the bytes are not what `encode` or `encode_packed` made.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], table: &'static str, key: impl std::fmt::Debug) -> Result<T> {
    let bytes = unpack(bytes).map_err(|why| Error::corrupt(table, &key, why))?;
    match decode_head(&bytes, table, &key)? {
        (value, []) => Ok(value),
        (_, rest) => Err(Error::corrupt(table, &key, format!("{} bytes too many", rest.len()))),
    }
}

/// What `encode_packed` packed, and anything else as it is.
fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Damage> {
    let Some(([PACKED_VERSION, length @ ..], packed)) = bytes.split_at_checked(1 + 4) else {
        return Ok(Cow::Borrowed(bytes));
    };
    let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
    if length > VALUE_BYTES_MAX {
        return Err("too long a value");
    }
    decompress(packed, length).map(Cow::Owned)
}

/// Whether two values of `encode` or `encode_packed` are the same; another version of zstd may pack them in another way.
pub fn is_same_value(one: &[u8], other: &[u8]) -> bool {
    matches!((unpack(one), unpack(other)), (Ok(one), Ok(other)) if one == other)
}

/// The same of values in columns.
pub fn are_same_columns<C: Column<Value: PartialEq>>(one: &[u8], other: &[u8]) -> bool {
    let values = |bytes: &[u8]| decode_columns::<C>(bytes, "", ()).and_then(Decoded::all);
    matches!((values(one), values(other)), (Ok(one), Ok(other)) if one == other)
}

/// The same where more bytes follow, which are returned.
pub fn decode_head<'a, T: DeserializeOwned>(
    bytes: &'a [u8],
    table: &'static str,
    key: impl std::fmt::Debug,
) -> Result<(T, &'a [u8])> {
    let (version, body) = bytes.split_first().ok_or_else(|| Error::corrupt(table, &key, "an empty value"))?;
    if *version != VERSION {
        return Err(Error::corrupt(table, &key, format!("encoding version {version}, this program knows {VERSION}")));
    }
    // A length that was damaged must not be believed: it would take all the memory there is.
    match bincode::serde::decode_from_slice(body, bincode::config::standard().with_limit::<VALUE_BYTES_MAX>()) {
        Ok((value, read)) => Ok((value, &body[read..])),
        Err(error) => Err(Error::corrupt(table, &key, error)),
    }
}

/// Values one after the other, without a version of their own.
///
/// # Errors
/// `Corrupt` where the bytes are something else.
pub fn decode_rows<T: DeserializeOwned>(bytes: &[u8], table: &'static str, key: Seq) -> Result<Vec<T>> {
    match bincode::serde::decode_from_slice(bytes, bincode::config::standard().with_limit::<ROWS_BYTES_MAX>()) {
        Ok((rows, _)) => Ok(rows),
        Err(error) => Err(Error::corrupt(table, key, error)),
    }
}

/// Values in columns, with a checksum.
pub fn encode_columns<'a, C>(values: impl IntoIterator<Item = &'a C::Value>, effort: Effort) -> Vec<u8>
where
    C: Column<Value: 'a>,
{
    let mut columns = C::default();
    let mut count = 0u32;
    for value in values {
        columns.push(value);
        count += 1;
    }
    let mut output = Output::default();
    columns.write(&mut output);
    let mut bytes = vec![0; COLUMNS_HEADER_BYTES];
    bytes[0] = COLUMNS_VERSION;
    bytes[CHECKSUM_END..COLUMNS_HEADER_BYTES].copy_from_slice(&count.to_le_bytes());
    output.finish(effort, &mut bytes);
    let checksum = xxh3_64(&bytes[CHECKSUM_END..]);
    bytes[1..CHECKSUM_END].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// What `encode_columns` made, to be taken value by value.
pub struct Decoded<C> {
    columns: C,
    count: usize,
    /// For errors.
    table: &'static str,
    key: String,
}

/// # Errors
/// `Corrupt` where checksum, version or columns are not as written.
pub fn decode_columns<C: Column>(bytes: &[u8], table: &'static str, key: impl std::fmt::Debug) -> Result<Decoded<C>> {
    let damaged = |why: &str| Error::corrupt(table, &key, why);
    let (header, columns) = bytes.split_at_checked(COLUMNS_HEADER_BYTES).ok_or_else(|| damaged("it is cut off"))?;
    if header[0] != COLUMNS_VERSION {
        return Err(damaged("an encoding version this program does not know"));
    }
    if xxh3_64(&bytes[CHECKSUM_END..]).to_le_bytes() != header[1..CHECKSUM_END] {
        return Err(damaged("the checksum does not match"));
    }
    let count = u32::from_le_bytes(header[CHECKSUM_END..].try_into().expect("four bytes")) as usize;
    if count > VALUES_MAX {
        return Err(damaged("more values than there can be"));
    }
    let mut input = Input::of(columns).map_err(damaged)?;
    let columns = C::read(&mut input).map_err(damaged)?;
    input.end().map_err(damaged)?;
    Ok(Decoded { columns, count, table, key: format!("{key:?}") })
}

impl<C: Column> Decoded<C> {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn all(self) -> Result<Vec<C::Value>> {
        let places: Vec<usize> = (0..self.count).collect();
        self.at(&places)
    }

    /// Those at the places given, which are in order.
    ///
    /// # Errors
    /// `Corrupt` also where there is no such place.
    pub fn at(mut self, places: &[usize]) -> Result<Vec<C::Value>> {
        let mut values = Vec::with_capacity(places.len());
        let mut next = 0;
        for place in places {
            let damaged = |why| Error::corrupt(self.table, &self.key, why);
            while next < *place {
                self.columns.skip().map_err(damaged)?;
                next += 1;
            }
            values.push(self.columns.next().map_err(damaged)?);
            next += 1;
        }
        Ok(values)
    }
}

/// Ascending sequence numbers as differences.
pub fn encode_seqs(seqs: &[Seq]) -> Vec<u8> {
    let mut before = 0;
    let steps: Vec<u64> = seqs.iter().map(|seq| seq - std::mem::replace(&mut before, *seq)).collect();
    encode(&steps)
}

pub fn decode_seqs(bytes: &[u8], table: &'static str, key: impl std::fmt::Debug) -> Result<Vec<Seq>> {
    let steps: Vec<u64> = decode(bytes, table, key)?;
    Ok(steps
        .iter()
        .scan(0u64, |seq, step| {
            *seq = seq.wrapping_add(*step);
            Some(*seq)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::columns::Events;
    use super::*;
    use crate::model::{Engagement, Event, Kind};

    fn event(timestamp_ms: i64) -> Event {
        let kind = Kind::Engagement(Engagement::default());
        Event { bot: "b".into(), id: None, timestamp_ms, session_id: Some("s".into()), user_id: None, kind }
    }

    #[test]
    fn a_block_with_any_bit_flipped_is_refused() {
        let events: Vec<Event> = (0..20).map(event).collect();
        let block = encode_columns::<Events>(&events, Effort::Small);
        assert_eq!(decode_columns::<Events>(&block, "t", 0).unwrap().all().unwrap(), events);
        assert_eq!(decode_columns::<Events>(&block, "t", 0).unwrap().at(&[3, 19]).unwrap(), [event(3), event(19)]);
        assert!(decode_columns::<Events>(&block, "t", 0).unwrap().at(&[20]).is_err());
        for at in 0..block.len() * 8 {
            let mut damaged = block.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert!(decode_columns::<Events>(&damaged, "t", 0).is_err(), "bit {at}");
        }
    }

    #[test]
    fn sequence_numbers_round_trip() {
        let seqs = [3, 4, 900, u64::MAX];
        assert_eq!(decode_seqs(&encode_seqs(&seqs), "t", 0).unwrap(), seqs);
    }
}
