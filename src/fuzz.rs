//! Hostile input for whatever reads bytes: seeds are mutated, and what leads to an outcome not seen before is mutated on. Each
//! target runs for a second or two, or for as many as `NOVAHOUSE_TEST_FUZZ_SECONDS` says.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Longest input, bytes.
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Inputs that are mutated on.
const CORPUS_MAX: usize = 4_096;
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

/// Feeds a target. `mend` makes a mutated input one that gets further than its checksum; what `take` returns says what kind of
/// outcome it was. No input may take more than `memory_max` bytes for its reading.
///
/// # Panics
/// Where the target does, or takes too much; the input is kept under target/fuzz.
pub fn run(
    target: &str,
    seeds: Vec<Vec<u8>>,
    memory_max: u64,
    mend: impl Fn(&mut Vec<u8>),
    take: impl Fn(&[u8]) -> String,
) {
    let seed = RandomState::new().hash_one(target);
    println!("{target}: seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let (began, time) = (Instant::now(), time());
    let mut corpus = seeds.clone();
    let mut seen = HashSet::new();
    let mut inputs = 0u64;
    let mut waiting = seeds;
    while began.elapsed() < time {
        let input = waiting.pop().unwrap_or_else(|| {
            let mut input = mutated(&corpus, &mut random);
            mend(&mut input);
            input
        });
        let outcome = fed(target, &input, memory_max, &take);
        inputs += 1;
        if seen.insert(kind(&outcome)) && corpus.len() < CORPUS_MAX {
            corpus.push(input);
        }
    }
    println!("{target}: {inputs} inputs, {} kinds of outcomes", seen.len());
    assert!(seen.len() > 1, "{target}: all inputs come to the same");
}

fn time() -> Duration {
    let seconds = std::env::var("NOVAHOUSE_TEST_FUZZ_SECONDS").map(|text| text.parse().expect("a number of seconds"));
    Duration::from_secs_f64(seconds.unwrap_or(1.5))
}

fn fed(target: &str, input: &[u8], memory_max: u64, take: &impl Fn(&[u8]) -> String) -> String {
    let mut outcome = Err(Box::new(()) as Box<dyn std::any::Any + Send>);
    let memory = allocation_counter::measure(|| outcome = catch_unwind(AssertUnwindSafe(|| take(input))));
    if outcome.is_err() || memory.bytes_max > memory_max {
        let path = keep(target, input);
        println!("{target}: {} bytes of input took {}; see {}", input.len(), memory.bytes_max, path.display());
    }
    match outcome {
        Ok(outcome) => {
            assert!(memory.bytes_max <= memory_max, "{target}: it takes too much memory");
            outcome
        }
        Err(panic) => resume_unwind(panic),
    }
}

fn keep(target: &str, input: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    let path = folder.join(format!("{target}-{}", &blake3::hash(input).to_hex()[..12]));
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, input)).expect("target can be written");
    path
}

/// An outcome without what differs from input to input.
fn kind(outcome: &str) -> String {
    let letters = outcome.chars().filter(|char| char.is_ascii_alphabetic() || char.is_ascii_whitespace());
    letters.take(80).collect()
}

fn mutated(corpus: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
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
