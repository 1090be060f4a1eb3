//! The whole program under load: the reference load over HTTP from several clients, the server killed with -9 in the
//! middle of it, and every endpoint's answer compared with a plain recount.
//!
//! `NOVAHOUSE_TEST_LOAD_EVENTS=10000000 NOVAHOUSE_TEST_LOAD_KILLS=10 cargo test --release load::in_order -- --nocapture` is
//! the real thing; CI does a small one. In no order a million is much already.

mod backup;
mod compare;
mod order;
mod send;
mod whole;

use std::sync::Arc;
use std::time::Instant;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::wire::{self, Context};
use novahouse::model::{Event, Zone};
use novahouse::reading::complete;
use novahouse::store::{Options, RedbEngine};

use crate::support::conformance::same_answers_of_many;
use crate::support::figure;
use crate::support::oracle::Oracle;
use crate::support::process::{Dir, run_on};
use crate::support::reference::{Kinds, Reference};
use crate::support::served::Served;
use send::Load;

/// Read by two threads, and then told to the oracle.
const EVENTS_PER_RECOUNT: usize = 100_000;

/// Prints how long each part took, and what memory this process has taken so far.
struct Watch(Instant);

impl Watch {
    fn lap(&mut self, part: &str) {
        let seconds = self.0.elapsed().as_secs_f64();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
        println!("{part}: {seconds:.1} s; memory at most so far: {memory}");
        self.0 = Instant::now();
    }
}

#[test]
fn in_no_order_from_several_clients() {
    answers_are_a_plain_recounts(|reference, _| {
        let order = order::none(&reference);
        Load { reference, order, events_per_batch: 1_000, one_by_one: false }
    });
}

#[test]
fn in_order_of_time_but_for_some_that_are_late() {
    answers_are_a_plain_recounts(|reference, seed| {
        let order = order::of_time(&reference, seed);
        Load { reference, order, events_per_batch: 10_000, one_by_one: true }
    });
}

fn answers_are_a_plain_recounts(load: impl FnOnce(Reference, u64) -> Load) {
    let now_ms = Clock::System.now_ms();
    let events = figure("NOVAHOUSE_TEST_LOAD_EVENTS").unwrap_or(16_000);
    let kills = figure("NOVAHOUSE_TEST_LOAD_KILLS").unwrap_or(3);
    let seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(now_ms as u64);
    println!("{events} events, {kills} kills, seed {seed}");
    let mut watch = Watch(Instant::now());
    let load = load(Reference { kinds: Kinds::All, ..Reference::new(events, now_ms) }, seed);
    let dir = Dir::new();
    let server = load.send(&dir.data(), kills, seed);
    watch.lap("sent");
    let oracle = Arc::new(recount(&load));
    let right = Served::over(oracle.clone(), Clock::System);
    watch.lap("told to the oracle");
    // Numbers of records tell of the order of arrival.
    compare::every_endpoint(server.address, right.address, now_ms, load.one_by_one);
    watch.lap("every endpoint compared");
    whole::same_exports(server.address, right.address, load.one_by_one);
    watch.lap("whole exports compared");
    println!("{}", run_on(&dir.data(), "check").exits(0).out);
    watch.lap("checked beside the server");
    assert!(server.terminate().success());
    let checked = run_on(&dir.data(), "check --json").exits(0).json();
    assert_eq!(checked["events"], events);
    watch.lap("stopped and checked");
    // No window may end an hour later in the middle of it.
    let clock = Clock::fixed(Clock::System.now_ms());
    let options = Options { clock: clock.clone(), ..Options::default() };
    let file = RedbEngine::open_read_only(&dir.data(), &options).unwrap();
    if load.one_by_one {
        same_answers_of_many(&file, &oracle.by(clock), "the file that is left");
        watch.lap("the conformance suite");
    }
}

fn recount(load: &Load) -> Oracle {
    let oracle = Oracle::new(Zone::UTC, Clock::System);
    let context = Context::at(load.reference.now_ms);
    let event = |number: &u64| {
        let mut event = wire::parse(&load.reference.numbered(*number), &context).expect("a valid line").event;
        complete(&mut event);
        event
    };
    for numbers in load.order.chunks(EVENTS_PER_RECOUNT) {
        let events: Vec<Event> = std::thread::scope(|scope| {
            let halves = numbers.chunks(EVENTS_PER_RECOUNT / 2);
            let halves: Vec<_> =
                halves.map(|half| scope.spawn(|| half.iter().map(event).collect::<Vec<_>>())).collect();
            halves.into_iter().flat_map(|half| half.join().expect("valid lines")).collect()
        });
        oracle.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    }
    oracle
}
