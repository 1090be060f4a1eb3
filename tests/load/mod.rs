//! The whole program under load: the reference load over HTTP from several clients, the server killed with -9 in the
//! middle of it, and every endpoint's answer compared with a plain recount.
//!
//! `NOVAHOUSE_TEST_LOAD_EVENTS=1000000 NOVAHOUSE_TEST_LOAD_KILLS=20 cargo test --release load:: -- --nocapture` is the
//! real thing; CI does a small one.

mod compare;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::Zone;
use novahouse::model::wire::{self, Context};
use novahouse::reading::complete;
use parking_lot::RwLock;

use crate::support::client::Client;
use crate::support::oracle::Oracle;
use crate::support::process::{Dir, Server, run_on};
use crate::support::reference::Reference;
use crate::support::served::Served;

const EVENTS_PER_BATCH: u64 = 1_000;
const CLIENTS: u64 = 3;
/// For everything; a load that has come to a stand is a failure, not a test that hangs.
const DONE_WITHIN: Duration = Duration::from_secs(900);

fn figure(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Load {
    reference: Reference,
    /// Of the server that is up; another one after each kill.
    address: RwLock<SocketAddr>,
    next_batch: AtomicU64,
    acknowledged: AtomicU64,
}

impl Load {
    /// Posts batches until none is left; one that was not acknowledged is posted again under the same key.
    fn post(&self) {
        loop {
            let batch = self.next_batch.fetch_add(1, Ordering::Relaxed);
            if batch * EVENTS_PER_BATCH >= self.reference.events {
                return;
            }
            let lines = self.reference.batch(batch * EVENTS_PER_BATCH..(batch + 1) * EVENTS_PER_BATCH);
            let deadline = Instant::now() + DONE_WITHIN;
            while !self.acknowledged(batch, &lines) {
                assert!(Instant::now() < deadline, "batch {batch} was never acknowledged");
                std::thread::sleep(Duration::from_millis(5));
            }
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn acknowledged(&self, batch: u64, lines: &str) -> bool {
        let key = format!("batch-{batch}");
        let headers = [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", &*key)];
        let address = *self.address.read();
        let answer = Client::connect(address)
            .and_then(|mut client| client.send("POST", "/api/events", &headers, lines.as_bytes()));
        // The server was killed; nothing else may fail.
        let Ok(answer) = answer else { return false };
        assert_eq!(answer.status, 200, "{answer:?}");
        let receipt = answer.json();
        assert_eq!((&receipt["rejected"], &receipt["duplicates"]), (&0.into(), &0.into()), "{answer:?}");
        true
    }

    fn batches(&self) -> u64 {
        self.reference.events.div_ceil(EVENTS_PER_BATCH)
    }
}

#[test]
fn a_load_with_kills_answers_as_a_plain_recount() {
    let events = figure("NOVAHOUSE_TEST_LOAD_EVENTS", 16_000);
    let kills = figure("NOVAHOUSE_TEST_LOAD_KILLS", 3);
    let reference = Reference::new(events, Clock::System.now_ms());
    let dir = Dir::new();
    let mut server = Server::on(&dir.data());
    let load = Arc::new(Load {
        reference,
        address: RwLock::new(server.address),
        next_batch: AtomicU64::new(0),
        acknowledged: AtomicU64::new(0),
    });
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let load = load.clone();
            std::thread::spawn(move || load.post())
        })
        .collect();
    for kill in 1..=kills {
        let reached = load.batches() * kill / (kills + 1);
        while load.acknowledged.load(Ordering::Relaxed) < reached {
            assert!(started.elapsed() < DONE_WITHIN && !clients.iter().all(|client| client.is_finished()));
            std::thread::sleep(Duration::from_millis(1));
        }
        server.child.kill().expect("it was running");
        server.child.wait().expect("it ends");
        server = Server::on(&dir.data());
        *load.address.write() = server.address;
    }
    clients.into_iter().for_each(|client| client.join().expect("the client saw no wrong answer"));
    println!("{events} events, {kills} kills, {:.1} s", started.elapsed().as_secs_f64());

    let right = Served::over(Arc::new(recount(&load.reference)), Clock::System);
    compare::every_endpoint(server.address, right.address, load.reference.now_ms);
    let lines = server.client().get("/api/analytics/export?type=overview&format=ndjson&days=61").unwrap();
    assert_eq!(lines.text().lines().count() as u64, events);
    println!("{}", run_on(&dir.data(), "check").exits(0).out);
    assert!(server.terminate().success());
    run_on(&dir.data(), "check").exits(0);
}

fn recount(reference: &Reference) -> Oracle {
    let oracle = Oracle::new(Zone::UTC, Clock::System);
    let context = Context::at(reference.now_ms);
    let places = 0..reference.events;
    let events = places.map(|place| {
        let mut event = wire::parse(&reference.line(place), &context).expect("a valid line").event;
        complete(&mut event);
        event
    });
    oracle.append(vec![Batch { events: events.collect(), ..Batch::default() }]).unwrap();
    oracle
}
