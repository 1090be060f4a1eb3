//! Prints the reference load, for other programs to do the same job on: `cargo bench --bench generate -- EVENTS
//! [--in-order] [--all-kinds] [--days DAYS] [--now EPOCH_MS]`.

#[path = "../tests/support/reference.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod reference;

use std::io::{BufWriter, Write};

use reference::{DAYS, Kinds, Reference};

const LINES_AT_ONCE: u64 = 1_000;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_there = |flag: &str| words.iter().any(|word| word == flag);
    let figure = |flag: &str| words.iter().skip_while(|word| *word != flag).nth(1).and_then(|word| word.parse().ok());
    let events = words.first().and_then(|word| word.parse().ok()).expect("the first word is the number of events");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now_ms = figure("--now").unwrap_or(now.as_millis() as i64);
    let kinds = if is_there("--all-kinds") { Kinds::All } else { Kinds::Messages };
    let days = figure("--days").unwrap_or(DAYS);
    let reference = Reference { days, kinds, ..Reference::new(events, now_ms) };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut write = |batch: String| out.write_all(batch.as_bytes());
    if is_there("--in-order") {
        reference.batches_in_order(LINES_AT_ONCE).try_for_each(&mut write)?;
    } else {
        reference.batches(LINES_AT_ONCE).try_for_each(&mut write)?;
    }
    out.flush()
}
