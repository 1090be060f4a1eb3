//! What columns are written to and read from: numbers as they are packed, and texts, compressed together.

use std::cell::RefCell;

use super::Damage;
use crate::limits::{BLOCK_BYTES, INTENTS_PER_SESSION_MAX, NAME_BYTES_MAX, PAGES_PER_SESSION_MAX, ROWS_PER_GROUP};

/// Fewer bytes of text than this are left as they are.
const PACKED_TEXT_BYTES_MIN: usize = 64;
/// Most bytes of text in one set of columns: more than a block's events, or a group of the heaviest sessions.
const TEXT_BYTES_MAX: usize = 128 * 1024 * 1024;
const _: () = assert!(
    (PAGES_PER_SESSION_MAX + INTENTS_PER_SESSION_MAX + 32) * NAME_BYTES_MAX * ROWS_PER_GROUP as usize <= TEXT_BYTES_MAX
);
/// Most numbers in one set of columns that are not all the same: more than the pages and fields of a block's events.
const NUMBERS_MAX: usize = 1 << 25;
const _: () = assert!(2 * BLOCK_BYTES <= TEXT_BYTES_MAX);

/// How much time goes into making texts small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For what is soon written again.
    Fast,
    /// For what stays.
    Small,
}

impl Effort {
    /// Of zstd. Level 3 packs the reference load into 2 % less for 3 % more of the processor; the fast one, for rows that the
    /// next sealing reads again, takes a third of the time of level 1.
    fn level(self) -> i32 {
        match self {
            Self::Fast => -5,
            Self::Small => 1,
        }
    }
}

#[derive(Default)]
pub struct Output {
    pub numbers: Vec<u8>,
    pub texts: Vec<u8>,
}

impl Output {
    /// Appends everything to `bytes`.
    pub fn finish(self, effort: Effort, bytes: &mut Vec<u8>) {
        let Self { numbers, texts } = self;
        assert!(texts.len() <= TEXT_BYTES_MAX, "texts that could not be read again");
        put_whole(bytes, numbers.len() as u64);
        bytes.extend_from_slice(&numbers);
        put_whole(bytes, texts.len() as u64);
        if texts.len() < PACKED_TEXT_BYTES_MIN {
            bytes.extend_from_slice(&texts);
        } else {
            compress(&texts, effort, bytes);
        }
    }
}

/// Appends the texts, packed. Making a compressor takes longer than compressing a small text: each thread keeps one of each.
pub fn compress(texts: &[u8], effort: Effort, bytes: &mut Vec<u8>) {
    fn compressor(effort: Effort) -> RefCell<zstd::bulk::Compressor<'static>> {
        RefCell::new(zstd::bulk::Compressor::new(effort.level()).expect("a level that zstd has"))
    }
    thread_local! {
        static FAST: RefCell<zstd::bulk::Compressor<'static>> = compressor(Effort::Fast);
        static SMALL: RefCell<zstd::bulk::Compressor<'static>> = compressor(Effort::Small);
    }
    let kept = match effort {
        Effort::Fast => &FAST,
        Effort::Small => &SMALL,
    };
    let from = bytes.len();
    bytes.resize(from + zstd::zstd_safe::compress_bound(texts.len()), 0);
    let written = kept.with_borrow_mut(|compressor| compressor.compress_to_buffer(texts, &mut bytes[from..]));
    bytes.truncate(from + written.expect("there is room for any outcome"));
}

/// # Errors
/// Where it is not what `compress` made of so many bytes.
pub fn decompress(packed: &[u8], bytes: usize) -> Result<Vec<u8>, Damage> {
    thread_local! {
        static DECOMPRESSOR: RefCell<zstd::bulk::Decompressor<'static>> =
            RefCell::new(zstd::bulk::Decompressor::new().expect("zstd has memory"));
    }
    let texts = DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.decompress(packed, bytes));
    let texts = texts.map_err(|_| "texts that cannot be unpacked")?;
    if texts.len() == bytes { Ok(texts) } else { Err("texts of another length than was written") }
}

/// What is left to be read.
pub struct Input<'a> {
    numbers: &'a [u8],
    /// Numbers that may still be unpacked: some take no bits at all, and a few bytes could stand for more than memory holds.
    numbers_left: usize,
    texts: Vec<u8>,
    texts_taken: usize,
    /// The version of the encoding in which they were written: columns that came later are not there.
    pub version: u8,
}

impl<'a> Input<'a> {
    /// # Errors
    /// Where the bytes are not what `Output::finish` made.
    pub fn of(mut bytes: &'a [u8]) -> Result<Self, Damage> {
        let length = take_whole(&mut bytes)? as usize;
        let numbers = bytes.split_off(..length).ok_or("numbers that are cut off")?;
        let length = take_whole(&mut bytes)? as usize;
        if length > TEXT_BYTES_MAX {
            return Err("more texts than there can be");
        }
        let texts = match length < PACKED_TEXT_BYTES_MIN {
            true if bytes.len() == length => bytes.to_vec(),
            true => return Err("texts of another length than was written"),
            false => decompress(bytes, length)?,
        };
        Ok(Self { numbers, numbers_left: NUMBERS_MAX, texts, texts_taken: 0, version: u8::MAX })
    }

    /// Counts numbers that are about to be unpacked.
    ///
    /// # Errors
    /// Where they are more than all columns together can have.
    pub fn unpack(&mut self, numbers: usize) -> Result<(), Damage> {
        self.numbers_left = self.numbers_left.checked_sub(numbers).ok_or("more numbers than there can be")?;
        Ok(())
    }

    pub fn whole(&mut self) -> Result<u64, Damage> {
        take_whole(&mut self.numbers)
    }

    pub fn packed(&mut self, bytes: usize) -> Result<&'a [u8], Damage> {
        self.numbers.split_off(..bytes).ok_or("a column that is cut off")
    }

    pub fn text(&mut self, bytes: usize) -> Result<Vec<u8>, Damage> {
        let text = self.texts[self.texts_taken..].get(..bytes).ok_or("texts that are cut off")?.to_vec();
        self.texts_taken += bytes;
        Ok(text)
    }

    /// # Errors
    /// Where something is left.
    pub fn end(&self) -> Result<(), Damage> {
        if self.numbers.is_empty() && self.texts.len() == self.texts_taken {
            Ok(())
        } else {
            Err("bytes behind the last column")
        }
    }
}

/// A whole number in as many bytes as it needs, seven bits in each (LEB128).
pub fn put_whole(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub fn take_whole(bytes: &mut &[u8]) -> Result<u64, Damage> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first().ok_or("a number that is cut off")?;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            break;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err("a number of more than 64 bits")
}
