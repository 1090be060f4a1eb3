//! Inputs that are nearly right. The siege of the tests uses it too.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// Longest input, bytes.
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Mutations of one input, at most.
const MUTATIONS_MAX: usize = 8;

/// Bytes that mean something to JSON, TOML, query strings and packed numbers.
const TOKENS: [&[u8]; 40] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"\"",
    b"'",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"null",
    b"true",
    b"-1",
    b"1e400",
    b"0.1",
    b"-0",
    b"9223372036854775808",
    b"18446744073709551616",
    b"&",
    b"=",
    b"%",
    b"%00",
    b"%ff",
    b"+",
    b"#",
    b".",
    b"..",
    b"\xff",
    b"\xc0\x80",
    b"\xef\xbf\xbd",
    b"\x00",
    b"\xff\xff\xff\xff\x7f",
    b"\x80\x80\x80\x08",
    b"\xfe",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"9999-12-31",
];

/// One of the inputs, changed in a few places.
///
/// # Panics
/// Where there is none.
pub fn mutated(corpus: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    let mut input = corpus.choose(random).expect("there are seeds").clone();
    for _ in 0..random.random_range(1..=MUTATIONS_MAX) {
        mutate(&mut input, corpus, random);
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut SmallRng) {
    let at = random.random_range(0..=input.len());
    let until = random.random_range(at..=input.len().min(at + 64));
    match random.random_range(0..8) {
        0 if at < input.len() => input[at] ^= 1 << random.random_range(0..8),
        1 if at < input.len() => input[at] = random.random(),
        2 => drop(input.drain(at..until)),
        3 => {
            let again = input[at..until].repeat(random.random_range(1..4));
            input.splice(at..at, again);
        }
        4 => drop(input.splice(at..until, TOKENS.choose(random).expect("there are some").iter().copied())),
        5 => {
            let other = corpus.choose(random).expect("there are seeds");
            let from = random.random_range(0..=other.len());
            let to = random.random_range(from..=other.len().min(from + 256));
            input.splice(at..until, other[from..to].iter().copied());
        }
        6 => input.truncate(at),
        _ => input.insert(at, random.random()),
    }
}
