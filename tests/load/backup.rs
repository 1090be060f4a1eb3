//! A backup taken in the middle of a load, beside the server that takes it: what is restored answers as a plain recount of
//! the events that were acknowledged when it began.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use novahouse::clock::Clock;

use super::send::Load;
use super::{compare, order, recount};
use crate::support::figure;
use crate::support::process::{Dir, Server, post, run_on};
use crate::support::reference::{Kinds, Reference};
use crate::support::served::Served;

const EVENTS_PER_BATCH: usize = 250;

#[test]
fn a_backup_beside_a_live_server_answers_as_it_did() {
    let now_ms = Clock::System.now_ms();
    let events = figure("NOVAHOUSE_TEST_LOAD_EVENTS").unwrap_or(12_000);
    let seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(now_ms as u64);
    println!("{events} events, seed {seed}");
    let reference = Reference { kinds: Kinds::All, ..Reference::new(events, now_ms) };
    let order = order::of_time(&reference, seed);
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let (sent, slowest_ms) = (AtomicU64::new(0), AtomicU64::new(0));
    let to = dir.file("backup");
    let made = std::thread::scope(|scope| {
        let (order, reference, sent, slowest_ms, address) = (&order, &reference, &sent, &slowest_ms, server.address);
        scope.spawn(move || {
            for numbers in order.chunks(EVENTS_PER_BATCH) {
                let began = Instant::now();
                let answer = post(address, &reference.lines(numbers)).expect("an answer");
                assert_eq!(answer.status, 200, "{answer:?}");
                slowest_ms.fetch_max(began.elapsed().as_millis() as u64, Ordering::Relaxed);
                sent.fetch_add(numbers.len() as u64, Ordering::Release);
            }
        });
        while sent.load(Ordering::Acquire) < events / 3 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let (before, slowest) = (sent.load(Ordering::Acquire), slowest_ms.swap(0, Ordering::Relaxed));
        let made = run_on(&dir.data(), &format!("backup --json --to {}", to.display())).exits(0).json();
        let slowest_beside = slowest_ms.load(Ordering::Relaxed);
        println!("{made}; the slowest batch before {slowest} ms, beside the backup {slowest_beside} ms");
        assert!(made["events"].as_u64().unwrap() >= before, "{made}, {before} were acknowledged before");
        made["events"].as_u64().unwrap()
    });
    assert_eq!(made % EVENTS_PER_BATCH as u64, 0, "a batch is whole or not there");
    assert!(server.terminate().success());

    let restored = dir.file("restored");
    run_on(&restored, &format!("restore --from {}", to.display())).exits(0);
    let cut = order[..made as usize].to_vec();
    let load = Load { reference, order: cut, events_per_batch: EVENTS_PER_BATCH, one_by_one: true };
    let right = Served::over(Arc::new(recount(&load)), Clock::System);
    let server = Server::on(&restored);
    compare::every_endpoint(server.address, right.address, now_ms, true);
    run_on(&restored, "check").exits(0);
}
