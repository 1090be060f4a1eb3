//! Sends a load to a server that is killed meanwhile.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::support::client::Client;
use crate::support::process::Server;
use crate::support::reference::Reference;

const CLIENTS: u64 = 3;
/// For everything; a load that has come to a stand is a failure, not a test that hangs.
const DONE_WITHIN: Duration = Duration::from_secs(900);
/// From the acknowledgement that a kill waits for to the kill, at most: a batch takes about so long.
const KILL_AFTER_MS_MAX: u64 = 40;

pub struct Load {
    pub reference: Reference,
    /// Numbers of its events, as they are sent.
    pub order: Vec<u64>,
    pub events_per_batch: usize,
    /// Each batch is acknowledged before the next one is sent. Otherwise the clients overtake each other.
    pub one_by_one: bool,
}

struct Sending<'a> {
    load: &'a Load,
    /// Of the server that is up; another one after each kill.
    address: RwLock<SocketAddr>,
    next_batch: AtomicU64,
    acknowledged: AtomicU64,
}

impl Load {
    /// Sends everything, while the server is killed and started again so many times. Returns the last one.
    pub fn send(&self, data: &Path, kills: u64, seed: u64) -> Server {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut server = Server::on(data);
        let sending = Sending {
            load: self,
            address: RwLock::new(server.address),
            next_batch: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
        };
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| sending.post())).collect();
            let deadline = Instant::now() + DONE_WITHIN;
            for kill in 1..=kills {
                let reached = self.batches() * kill / (kills + 1);
                while sending.acknowledged.load(Ordering::Acquire) < reached {
                    assert!(Instant::now() < deadline && !clients.iter().all(|client| client.is_finished()));
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(random.random_range(0..=KILL_AFTER_MS_MAX)));
                server.child.kill().expect("it was running");
                server.child.wait().expect("it ends");
                server = Server::on(data);
                *sending.address.write() = server.address;
            }
        });
        server
    }

    fn batches(&self) -> u64 {
        self.order.len().div_ceil(self.events_per_batch) as u64
    }
}

impl Sending<'_> {
    /// Posts batches until none is left; one that was not acknowledged is posted again under the same key.
    fn post(&self) {
        let Load { reference, order, events_per_batch, one_by_one } = self.load;
        loop {
            let batch = self.next_batch.fetch_add(1, Ordering::Relaxed);
            let Some(numbers) = order.chunks(*events_per_batch).nth(batch as usize) else { return };
            let lines = reference.lines(numbers);
            let deadline = Instant::now() + DONE_WITHIN;
            let wait = || {
                assert!(Instant::now() < deadline, "batch {batch} was never acknowledged");
                std::thread::sleep(Duration::from_millis(1));
            };
            while *one_by_one && self.acknowledged.load(Ordering::Acquire) != batch {
                wait();
            }
            while !self.is_acknowledged(batch, &lines) {
                wait();
            }
            self.acknowledged.fetch_add(1, Ordering::Release);
        }
    }

    fn is_acknowledged(&self, batch: u64, lines: &str) -> bool {
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
}
