//! Whole numbers in the bits they need. Where wide ones come again and again, each is written once, and then its place among
//! them; otherwise after M. Zukowski and others, "Super-Scalar RAM-CPU Cache Compression", ICDE 2006
//! (PFOR): differences to the least of them, of a width that most fit into; what is greater has its upper bits apart. Where
//! all are multiples of a number (millionths of a percentage), it is divided out.

use std::collections::HashMap;

use ahash::RandomState;

use super::bytes::{Input, put_whole};
use super::{Damage, Output};
use crate::limits::{BLOCK_EVENTS, PAGES_PER_EVENT_MAX, TRACE_CHUNK_ROWS_MAX};

/// Most numbers in one column: more than any block or group of rows has.
const COUNT_MAX: u64 = 1 << 24;
const _: () =
    assert!((BLOCK_EVENTS * PAGES_PER_EVENT_MAX) as u64 <= COUNT_MAX && TRACE_CHUNK_ROWS_MAX as u64 <= COUNT_MAX);
/// What the place of a number takes whose upper bits lie apart: its distance to the one before, of up to two bytes.
const EXCEPTION_PLACE_BITS: usize = 16;
/// A common divisor is looked for only where these many of the first numbers have one.
const DIVISOR_SAMPLE: usize = 16;
/// Numbers of fewer bits are not looked through for those that come again.
const REPEATED_WIDTH_MIN: u32 = 16;
/// Stands in the place of a width.
const REPEATED: u8 = 0xff;
/// The same, where all numbers are one.
const SAME: u8 = 0xfe;

/// Numbers as they are read.
pub enum Packed {
    /// One, so many times.
    Same(i64, usize),
    Different(Vec<i64>),
}

impl Packed {
    pub fn into_vec(self) -> Vec<i64> {
        match self {
            Self::Same(number, count) => vec![number; count],
            Self::Different(numbers) => numbers,
        }
    }
}

/// Writes one number so many times.
pub fn write_same(number: i64, count: usize, output: &mut Output) {
    let bytes = &mut output.numbers;
    put_whole(bytes, count as u64);
    if count > 0 {
        bytes.push(SAME);
        put_whole(bytes, zigzag(number));
    }
}

/// Writes numbers.
pub fn write(values: &[i64], output: &mut Output) {
    write_as(values, true, output);
}

/// What repeated numbers are written as is not looked through again: places by first appearance are their own places.
fn write_as(values: &[i64], may_repeat: bool, output: &mut Output) {
    let (mut least, mut greatest) = (i64::MAX, i64::MIN);
    for value in values {
        (least, greatest) = (least.min(*value), greatest.max(*value));
    }
    if least >= greatest {
        return write_same(least, values.len(), output);
    }
    let bytes = &mut output.numbers;
    put_whole(bytes, values.len() as u64);
    let mut offsets: Vec<u64> = values.iter().map(|value| value.wrapping_sub(least) as u64).collect();
    let divisor = divisor(&offsets);
    if divisor > 1 {
        offsets.iter_mut().for_each(|offset| *offset /= divisor);
    }
    let width = width(&offsets);
    if may_repeat
        && width >= REPEATED_WIDTH_MIN
        && let Some((distinct, places)) = repeated(values)
    {
        bytes.push(REPEATED);
        write_as(&distinct, false, output);
        return write_as(&places, false, output);
    }
    bytes.push(width as u8);
    put_whole(bytes, zigzag(least));
    put_whole(bytes, divisor);
    if width < u64::BITS {
        write_exceptions(&offsets, width, bytes);
    }
    write_bits(&offsets, width, bytes);
}

/// # Errors
/// Where the bytes are not what `write` made.
pub fn read(input: &mut Input<'_>) -> Result<Packed, Damage> {
    read_as(input, true)
}

fn read_as(input: &mut Input<'_>, may_repeat: bool) -> Result<Packed, Damage> {
    let count = input.whole()?;
    if count > COUNT_MAX {
        return Err("a column of more numbers than there can be");
    }
    let count = count as usize;
    if count == 0 {
        return Ok(Packed::Different(Vec::new()));
    }
    let width = input.packed(1)?[0];
    if width == SAME {
        return Ok(Packed::Same(unzigzag(input.whole()?), count));
    }
    input.unpack(count)?;
    if width == REPEATED && may_repeat {
        return read_repeated(input, count).map(Packed::Different);
    }
    let width = u32::from(width);
    if width > u64::BITS {
        return Err("numbers of more than 64 bits");
    }
    let least = unzigzag(input.whole()?);
    let divisor = input.whole()?;
    let mut exceptions = Vec::new();
    if width < u64::BITS {
        exceptions = read_exceptions(input, count)?;
    }
    let mut offsets = read_bits(input.packed((count * width as usize).div_ceil(8))?, width, count);
    for (place, upper) in exceptions {
        offsets[place] |= upper << width;
    }
    let value = |offset: u64| least.wrapping_add(offset.wrapping_mul(divisor) as i64);
    Ok(Packed::Different(offsets.into_iter().map(value).collect()))
}

/// The numbers there are, in order of first appearance, and each one's place among them, where few enough are different.
fn repeated(values: &[i64]) -> Option<(Vec<i64>, Vec<i64>)> {
    let mut known = HashMap::<i64, i64, RandomState>::default();
    let mut distinct = Vec::new();
    let mut places = Vec::with_capacity(values.len());
    for value in values {
        let place = *known.entry(*value).or_insert_with(|| {
            distinct.push(*value);
            distinct.len() as i64 - 1
        });
        if distinct.len() > values.len() / 2 {
            return None;
        }
        places.push(place);
    }
    Some((distinct, places))
}

fn read_repeated(input: &mut Input<'_>, count: usize) -> Result<Vec<i64>, Damage> {
    let distinct = read_as(input, false)?.into_vec();
    let places = read_as(input, false)?.into_vec();
    if places.len() != count || distinct.len() > count / 2 {
        return Err("places of other numbers");
    }
    let value = |place: &i64| usize::try_from(*place).ok().and_then(|place| distinct.get(place)).copied();
    places.iter().map(value).collect::<Option<_>>().ok_or("a place of no number")
}

fn write_exceptions(offsets: &[u64], width: u32, bytes: &mut Vec<u8>) {
    let exceptions = || offsets.iter().enumerate().filter(|(_, offset)| *offset >> width != 0);
    put_whole(bytes, exceptions().count() as u64);
    let mut next = 0;
    for (place, offset) in exceptions() {
        put_whole(bytes, (place - next) as u64);
        put_whole(bytes, offset >> width);
        next = place + 1;
    }
}

fn read_exceptions(input: &mut Input<'_>, count: usize) -> Result<Vec<(usize, u64)>, Damage> {
    let mut exceptions = Vec::new();
    let mut next = 0u64;
    for _ in 0..input.whole()? {
        let place = next.checked_add(input.whole()?).filter(|place| *place < count as u64);
        let place = place.ok_or("an exception of a number that is not there")?;
        exceptions.push((place as usize, input.whole()?));
        next = place + 1;
    }
    Ok(exceptions)
}

/// The width that makes the column smallest.
fn width(offsets: &[u64]) -> u32 {
    let mut of_bits = [0usize; u64::BITS as usize + 1];
    offsets.iter().for_each(|offset| of_bits[(u64::BITS - offset.leading_zeros()) as usize] += 1);
    let exceptions = |width: usize| {
        let wider = of_bits.iter().enumerate().skip(width + 1).filter(|(_, count)| **count > 0);
        wider.map(|(bits, count)| count * (EXCEPTION_PLACE_BITS + 8 * (bits - width).div_ceil(7))).sum::<usize>()
    };
    let widths = (0..of_bits.len()).filter(|width| *width == 0 || of_bits[*width] > 0);
    let smallest = widths.min_by_key(|width| offsets.len() * width + exceptions(*width));
    smallest.unwrap_or_default() as u32
}

/// The greatest number that divides all; 1 where the first few have none.
fn divisor(offsets: &[u64]) -> u64 {
    let common = |of: &[u64]| {
        of.iter().fold(0, |common, offset| if common == 1 { 1 } else { greatest_common_divisor(common, *offset) })
    };
    if common(&offsets[..offsets.len().min(DIVISOR_SAMPLE)]) == 1 {
        return 1;
    }
    common(offsets).max(1)
}

fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// The lower `width` bits of each, the first in the lowest bits of the first byte.
pub fn write_bits(offsets: &[u64], width: u32, bytes: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let mask = u64::MAX >> (u64::BITS - width);
    let (mut waiting, mut bits) = (0u128, 0);
    for offset in offsets {
        waiting |= u128::from(offset & mask) << bits;
        bits += width;
        if bits >= u64::BITS {
            bytes.extend_from_slice(&(waiting as u64).to_le_bytes());
            waiting >>= u64::BITS;
            bits -= u64::BITS;
        }
    }
    bytes.extend_from_slice(&waiting.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// One of what `write_bits` wrote.
pub fn bits_at(packed: &[u8], place: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    let bit = place * width as usize;
    let from = bit / 8;
    let mut word = [0; 16];
    let length = word.len().min(packed.len() - from);
    word[..length].copy_from_slice(&packed[from..from + length]);
    (u128::from_le_bytes(word) >> (bit % 8)) as u64 & (u64::MAX >> (u64::BITS - width))
}

fn read_bits(packed: &[u8], width: u32, count: usize) -> Vec<u64> {
    if width == 0 {
        return vec![0; count];
    }
    let mask = u64::MAX >> (u64::BITS - width);
    let mut words = packed.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let (mut waiting, mut bits) = (0u128, 0);
    let numbers = (0..count).map(|_| {
        if bits < width {
            waiting |= u128::from(words.next().unwrap_or_default()) << bits;
            bits += u64::BITS;
        }
        let number = waiting as u64 & mask;
        waiting >>= width;
        bits -= width;
        number
    });
    numbers.collect()
}

/// Small numbers of either sign as small ones without.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bytes::Effort;
    use super::*;

    fn there_and_back(values: &[i64]) -> (Vec<i64>, usize) {
        let mut output = Output::default();
        write(values, &mut output);
        let mut bytes = Vec::new();
        output.finish(Effort::Small, &mut bytes);
        let mut input = Input::of(&bytes).unwrap();
        let read = read(&mut input).unwrap().into_vec();
        input.end().unwrap();
        (read, bytes.len())
    }

    #[test]
    fn numbers_take_the_bits_they_need() {
        let constant = vec![1_790_383_891_942; 4_096];
        let millionths: Vec<i64> = (0..4_096).map(|number| number * 37 % 1_000 * 1_000).collect();
        let mut rare: Vec<i64> = (0..4_096).map(|number| number % 256).collect();
        rare[77] = 86_400_000;
        let repeated: Vec<i64> =
            (0..4_096i64).map(|number| (number * number % 64).wrapping_mul(0x1e37_79b9_7f4a_7c15)).collect();
        for (values, bytes_max) in
            [(constant, 16), (millionths, 4_096 * 10 / 8 + 16), (rare, 4_096 + 24), (repeated, 4_096 * 4 / 8 + 128)]
        {
            let (read, bytes) = there_and_back(&values);
            assert_eq!(read, values);
            assert!(bytes <= bytes_max, "{bytes} bytes");
        }
    }

    /// Once the places of repeated numbers were looked through for those that come again, for ever: they are their own.
    #[test]
    fn many_numbers_that_come_twice_end() {
        let values: Vec<i64> = (0..200_000).map(|number| number % 90_000).collect();
        let (read, bytes) = there_and_back(&values);
        assert_eq!(read, values);
        assert!(bytes < 200_000 * 18 / 8 + 90_000 * 18 / 8, "{bytes} bytes");
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(values in prop::collection::vec(any::<i64>(), 0..300), shift in 0..64u32, step in 1..50i64) {
            let values: Vec<i64> = values.iter().map(|value| (value >> shift).wrapping_mul(step)).collect();
            prop_assert_eq!(there_and_back(&values).0, values);
        }
    }
}
