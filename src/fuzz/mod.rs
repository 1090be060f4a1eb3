//! Hostile input for whatever reads bytes: seeds are mutated, and what leads to an outcome not seen before is mutated on. Each
//! target runs for a second or two, or for as many as `NOVAHOUSE_TEST_FUZZ_SECONDS` says.

mod mutate;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mutate::mutated;
use rand::SeedableRng;
use rand::rngs::SmallRng;

/// Inputs that are mutated on.
const CORPUS_MAX: usize = 4_096;

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
