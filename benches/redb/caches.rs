//! The engine itself with caches of different sizes, each in a process of its own so that its memory can be told.

use std::process::Command;
use std::time::{Duration, Instant};

use novahouse::engine::{Batch, Engine};
use novahouse::limits::GROUP_EVENTS_MAX;
use novahouse::model::wire::{self, Context};
use novahouse::store::{Options, RedbEngine};

use crate::NAME_WIDTH;
use crate::harness::now_ms;
use crate::harness::reference::Reference;
use crate::harness::server::{Usage, new_directory};
use crate::harness::table::{Table, megabytes, ratio, short, whole};

/// Makes this bench append the reference load: MiB of cache, events, and whether in order.
const FLAG: &str = "--append";
/// The one in use first.
const MIB: [usize; 4] = [novahouse::limits::PAGE_CACHE_BYTES >> 20, 8, 128, 512];

#[derive(Clone, Copy)]
struct Appended {
    elapsed: Duration,
    /// At most, kB.
    memory_most: u64,
}

/// To be called first in `main`.
pub fn append_if_asked() {
    let words: Vec<String> = std::env::args().skip_while(|word| word != FLAG).skip(1).collect();
    let [mib, events, in_order] = &words[..] else { return };
    let page_cache_bytes = mib.parse::<usize>().expect("a number") << 20;
    let dir = new_directory();
    let engine = RedbEngine::open(dir.path(), &Options { page_cache_bytes, ..Options::default() }).expect("it opens");
    let context = Context::at(now_ms());
    let reference = Reference::new(events.parse().expect("a number"), context.now_ms);
    let each = GROUP_EVENTS_MAX as u64;
    let batches: Box<dyn Iterator<Item = String>> =
        if in_order == "true" { Box::new(reference.batches_in_order(each)) } else { Box::new(reference.batches(each)) };
    let mut elapsed = Duration::ZERO;
    for lines in batches {
        let events = lines.lines().map(|line| wire::parse(line, &context).expect("a valid line").event).collect();
        let started = Instant::now();
        engine.append(vec![Batch { events, ..Batch::default() }]).expect("room");
        elapsed += started.elapsed();
    }
    let memory_most = Usage { process: std::process::id() }.memory_most();
    println!("{} {memory_most}", elapsed.as_nanos());
    drop(engine);
    drop(dir);
    std::process::exit(0);
}

pub fn compare(events: u64, rounds: usize) {
    let title = format!("the engine alone, {} events, best of {rounds}", short(events));
    let table =
        Table::begin(&title, NAME_WIDTH, &["in order/s", "to first", "memory", "no order/s", "to first", "memory"]);
    let mut best = [[None::<Appended>; 2]; MIB.len()];
    for _ in 0..rounds {
        for (mib, best) in MIB.iter().zip(&mut best) {
            for (in_order, best) in [true, false].into_iter().zip(best) {
                let appended = append(*mib, events, in_order);
                *best = best.filter(|best| best.elapsed <= appended.elapsed).or(Some(appended));
            }
        }
    }
    let best = best.map(|orders| orders.map(|order| order.expect("there is a round")));
    for (mib, orders) in MIB.iter().zip(&best) {
        let figures = orders.iter().zip(&best[0]).flat_map(|(appended, first)| {
            let seconds = appended.elapsed.as_secs_f64();
            let to_first = first.elapsed.as_secs_f64() / seconds;
            [whole(events as f64 / seconds), ratio(to_first), megabytes(appended.memory_most)]
        });
        table.row(&format!("cache of {mib} MiB"), &figures.collect::<Vec<_>>());
    }
}

fn append(mib: usize, events: u64, in_order: bool) -> Appended {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args([FLAG, &mib.to_string(), &events.to_string(), &in_order.to_string()]);
    let output = command.output().expect("it starts");
    let said = String::from_utf8(output.stdout).expect("text");
    let (nanos, memory_most) = said.trim().split_once(' ').expect("two figures");
    let elapsed = Duration::from_nanos(nanos.parse().expect("a number"));
    Appended { elapsed, memory_most: memory_most.parse().expect("a number") }
}
