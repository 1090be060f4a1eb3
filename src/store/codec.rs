//! From values to bytes and back; the only place that knows bincode. Every value begins with the version of its encoding and a
//! checksum: what was damaged is an error, and never another number.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::columns::{Column, Damage, Effort, Input, Output, compress, decompress};
use crate::error::{Error, Result};
use crate::limits::{BATCH_EVENTS_MAX, BLOCK_EVENTS};
use crate::model::Seq;

/// Of a value that is as bincode wrote it. Layouts before 6 had versions 1 and 2, without a checksum.
const VERSION: u8 = 3;
/// Of a value that is packed: its length follows, and zstd's bytes.
const PACKED_VERSION: u8 = 4;
/// Of layouts before 6, whose values begin with this and then are as bincode wrote them.
const OLD_VERSION: u8 = 1;
/// Fewer bytes than this are left as they are.
const PACKED_BYTES_MIN: usize = 512;
/// Longest value in memory: far more than a day's questions take.
const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The same of values that stand one after the other, 4,096 of the heaviest there are.
const ROWS_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Of layouts 4 to 6 it was 1, of layout 7 it was 2: they lack the columns that came later.
const COLUMNS_VERSION: u8 = 3;
const COLUMNS_VERSION_FIRST: u8 = 1;
/// Version and checksum; the count of values follows.
const CHECKSUM_END: usize = 1 + 8;
const COLUMNS_HEADER_BYTES: usize = CHECKSUM_END + 4;
/// Most values in one set of columns: a block's events, or a group's rows.
const VALUES_MAX: usize = BLOCK_EVENTS + BATCH_EVENTS_MAX;

pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = begin(value);
    seal(&mut bytes);
    bytes
}

/// The same where more bytes follow; `seal` is to be called once they are there.
pub fn begin<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = header(VERSION);
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("writing to memory cannot fail");
    bytes
}

/// Version, and room for the checksum.
fn header(version: u8) -> Vec<u8> {
    let mut bytes = vec![0; CHECKSUM_END];
    bytes[0] = version;
    bytes
}

/// Puts the checksum of version and value into its place.
pub fn seal(bytes: &mut [u8]) {
    let checksum = checksum(bytes[0], &bytes[CHECKSUM_END..]);
    bytes[1..CHECKSUM_END].copy_from_slice(&checksum);
}

fn checksum(version: u8, value: &[u8]) -> [u8; 8] {
    xxh3_64_with_seed(value, u64::from(version)).to_le_bytes()
}

/// The same, packed where that pays.
pub fn encode_packed<T: Serialize>(value: &T) -> Vec<u8> {
    let whole = encode(value);
    if whole.len() < PACKED_BYTES_MIN {
        return whole;
    }
    let value = &whole[CHECKSUM_END..];
    let mut bytes = header(PACKED_VERSION);
    bytes.extend((value.len() as u32).to_le_bytes());
    compress(value, Effort::Small, &mut bytes);
    seal(&mut bytes);
    bytes
}

/// What a layout before 6 wrote, as this one writes it.
///
/// # Errors
/// Where it is something else.
pub fn seal_old(old: &[u8]) -> Result<Vec<u8>, Damage> {
    let Some((&OLD_VERSION, value)) = old.split_first() else {
        return Err("an encoding version this program does not know");
    };
    let mut bytes = header(VERSION);
    bytes.extend(value);
    seal(&mut bytes);
    Ok(bytes)
}

/// Bytes after their checksum.
pub fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    [&xxh3_64(bytes).to_le_bytes()[..], bytes].concat()
}

/// # Errors
/// `Corrupt` where the bytes are not what `with_checksum` made.
pub fn checked<'a>(bytes: &'a [u8], table: &'static str, key: impl std::fmt::Debug) -> Result<&'a [u8]> {
    match bytes.split_first_chunk::<8>() {
        Some((checksum, bytes)) if *checksum == xxh3_64(bytes).to_le_bytes() => Ok(bytes),
        _ => Err(Error::corrupt(table, key, "the checksum does not match")),
    }
}

/// # Errors
/// `Corrupt` with the table and key given, where the bytes are not what `encode` or `encode_packed` made.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], table: &'static str, key: impl std::fmt::Debug) -> Result<T> {
    let value = value_of(bytes).map_err(|why| Error::corrupt(table, &key, why))?;
    match read_head(&value, table, &key)? {
        (value, []) => Ok(value),
        (_, rest) => Err(Error::corrupt(table, &key, format!("{} bytes too many", rest.len()))),
    }
}

/// What `encode` or `encode_packed` wrote after version and checksum, unpacked.
fn value_of(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Damage> {
    let (version, value) = opened(bytes)?;
    if version == VERSION {
        return Ok(Cow::Borrowed(value));
    }
    let (length, packed) = value.split_first_chunk().ok_or("it is cut off")?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > VALUE_BYTES_MAX {
        return Err("too long a value");
    }
    decompress(packed, length).map(Cow::Owned)
}

/// Version, and what is behind the checksum.
fn opened(bytes: &[u8]) -> Result<(u8, &[u8]), Damage> {
    let (header, value) = bytes.split_at_checked(CHECKSUM_END).ok_or("it is cut off")?;
    match header[0] {
        VERSION | PACKED_VERSION if header[1..] == checksum(header[0], value) => Ok((header[0], value)),
        VERSION | PACKED_VERSION => Err("the checksum does not match"),
        _ => Err("an encoding version this program does not know"),
    }
}

/// Hash of a value of `encode` or `encode_packed`, however it was packed.
///
/// # Errors
/// As `decode`.
pub fn value_hash(bytes: &[u8], table: &'static str, key: impl std::fmt::Debug) -> Result<u64> {
    value_of(bytes).map(|value| xxh3_64(&value)).map_err(|why| Error::corrupt(table, key, why))
}

/// Whether two values of `encode` or `encode_packed` are the same; another version of zstd may pack them in another way.
pub fn is_same_value(one: &[u8], other: &[u8]) -> bool {
    matches!((value_of(one), value_of(other)), (Ok(one), Ok(other)) if one == other)
}

/// The same of values in columns.
pub fn are_same_columns<C: Column<Value: PartialEq>>(one: &[u8], other: &[u8]) -> bool {
    let values = |bytes: &[u8]| decode_columns::<C>(bytes, "", ()).and_then(Decoded::all);
    matches!((values(one), values(other)), (Ok(one), Ok(other)) if one == other)
}

/// What `begin` wrote, and the bytes that follow.
///
/// # Errors
/// `Corrupt` where they are not what was sealed.
pub fn decode_head<'a, T: DeserializeOwned>(
    bytes: &'a [u8],
    table: &'static str,
    key: impl std::fmt::Debug,
) -> Result<(T, &'a [u8])> {
    match opened(bytes) {
        Ok((VERSION, value)) => read_head(value, table, key),
        Ok(_) => Err(Error::corrupt(table, key, "an encoding version this program does not know")),
        Err(why) => Err(Error::corrupt(table, key, why)),
    }
}

fn read_head<'a, T: DeserializeOwned>(
    value: &'a [u8],
    table: &'static str,
    key: impl std::fmt::Debug,
) -> Result<(T, &'a [u8])> {
    // A length that was damaged must not be believed: it would take all the memory there is.
    match bincode::serde::decode_from_slice(value, bincode::config::standard().with_limit::<VALUE_BYTES_MAX>()) {
        Ok((head, read)) => Ok((head, &value[read..])),
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
    if !(COLUMNS_VERSION_FIRST..=COLUMNS_VERSION).contains(&header[0]) {
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
    input.version = header[0];
    let columns = C::read(&mut input).map_err(damaged)?;
    input.end().map_err(damaged)?;
    Ok(Decoded { columns, count, table, key: format!("{key:?}") })
}

impl<C: Column> Decoded<C> {
    pub fn len(&self) -> usize {
        self.count
    }

    /// What can be told of all values without taking any.
    pub fn columns(&self) -> &C {
        &self.columns
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
    fn a_value_with_any_bit_flipped_or_any_byte_missing_is_refused() {
        let texts = |count: usize| (0..count).map(|number| format!("text {number}")).collect::<Vec<_>>();
        for (value, version) in [(texts(3), VERSION), (texts(300), PACKED_VERSION)] {
            let bytes = encode_packed(&value);
            assert_eq!(bytes[0], version);
            assert_eq!(decode::<Vec<String>>(&bytes, "t", 0).unwrap(), value);
            for bit in 0..bytes.len() * 8 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(decode::<Vec<String>>(&damaged, "t", 0).is_err(), "bit {bit}");
                assert!(!is_same_value(&damaged, &bytes));
            }
            for length in 0..bytes.len() {
                assert!(decode::<Vec<String>>(&bytes[..length], "t", 0).is_err(), "{length} bytes");
            }
        }
    }

    #[test]
    fn sequence_numbers_round_trip() {
        let seqs = [3, 4, 900, u64::MAX];
        assert_eq!(decode_seqs(&encode_seqs(&seqs), "t", 0).unwrap(), seqs);
    }
}
