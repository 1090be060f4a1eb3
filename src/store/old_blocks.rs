//! Blocks as layouts 1 to 3 had them: events one after the other, as bincode writes them, compressed.

use std::io::Read;

use redb::TableDefinition;
use xxhash_rust::xxh3::xxh3_64;

use super::codec::decode_rows;
use super::tables::Bytes;
use crate::error::{Error, Result};
use crate::model::{Event, Seq};

/// Blocks by first sequence number.
pub const OLD_BLOCKS: TableDefinition<'static, u64, Bytes> = TableDefinition::new("log_blocks");

const VERSION: u8 = 1;
/// Version, count, first and last timestamp, unpacked bytes, checksum.
const HEADER_BYTES: usize = 1 + 4 + 8 + 8 + 4 + 8;

/// # Errors
/// `Corrupt` where the checksum, the version or the count is not as written.
pub fn decode_old_block(block: &[u8], table: &'static str, first: Seq) -> Result<Vec<Event>> {
    let damaged = |why: &str| Error::corrupt(table, first, why);
    let (header, packed) = block.split_at_checked(HEADER_BYTES).ok_or_else(|| damaged("shorter than a header"))?;
    if header[0] != VERSION {
        return Err(damaged("an encoding version this program does not know"));
    }
    let (fields, checksum) = header.split_at(HEADER_BYTES - 8);
    if xxh3_64(&[fields, packed].concat()).to_le_bytes() != checksum {
        return Err(damaged("the checksum does not match"));
    }
    let count = u32::from_le_bytes(fields[1..5].try_into().expect("four bytes"));
    let raw_bytes: u64 = u32::from_le_bytes(fields[21..25].try_into().expect("four bytes")).into();
    // As it is unpacked it takes memory, and not as it is said to be long.
    let mut raw = Vec::new();
    let unpacked = zstd::stream::read::Decoder::with_buffer(packed);
    unpacked
        .and_then(|unpacked| unpacked.take(raw_bytes + 1).read_to_end(&mut raw))
        .map_err(|error| damaged(&error.to_string()))?;
    if raw.len() as u64 != raw_bytes {
        return Err(damaged("it is of another length than was written"));
    }
    let events = decode_rows::<Event>(&raw, table, first)?;
    if events.len() != count as usize {
        return Err(damaged("the number of events does not match"));
    }
    Ok(events)
}
