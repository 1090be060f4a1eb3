//! Everything at once: events are posted, questions asked and backups taken, while the server is killed with -9 again and
//! again, and others send it what no one well-meaning sends. In the end every event that was acknowledged is there once, and
//! nothing else is. Prints a table of what was tried.
//!
//! `NOVAHOUSE_TEST_SIEGE_SECONDS=1800 cargo test --release siege:: -- --nocapture` is the real thing; CI does a short one.

mod enemies;
mod friends;
mod tally;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use novahouse::clock::Clock;
use parking_lot::RwLock;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::support::figure;
use crate::support::process::{Dir, Server, run_on};
use tally::Tally;

const SECONDS: u64 = 8;
const ASK_AGAIN: Duration = Duration::from_millis(5);
/// A server that does not come back is a failure.
const DONE_WITHIN: Duration = Duration::from_secs(120);
/// Between a start and the next kill.
const KILL_AFTER_MS: std::ops::Range<u64> = 400..4_000;

pub struct Siege {
    /// Of the server that is up; another one after each kill.
    address: RwLock<SocketAddr>,
    is_over: AtomicBool,
    seed: u64,
    tally: Tally,
}

impl Siege {
    fn address(&self) -> SocketAddr {
        *self.address.read()
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }

    /// Sends it again until the server, or the next one, has answered.
    fn send(&self, what: &dyn Fn() -> String, mut is_answered: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_answered() {
            assert!(began.elapsed() < DONE_WITHIN, "never answered: {}", what());
            std::thread::sleep(ASK_AGAIN);
        }
    }

    fn random(&self, role: u64) -> SmallRng {
        SmallRng::seed_from_u64(self.seed.wrapping_add(role))
    }
}

#[test]
fn what_was_acknowledged_is_there_once_and_nothing_else() {
    let seconds = figure("NOVAHOUSE_TEST_SIEGE_SECONDS").unwrap_or(SECONDS);
    let seed = figure("NOVAHOUSE_TEST_SEED").unwrap_or(Clock::System.now_ms() as u64);
    println!("{seconds} s, seed {seed}");
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let targets = enemies::targets(&server);
    let (address, is_over) = (RwLock::new(server.address), AtomicBool::new(false));
    let siege = Siege { address, is_over, seed, tally: Tally::default() };
    let until = Instant::now() + Duration::from_secs(seconds);
    let server = std::thread::scope(|scope| {
        for client in 0..friends::CLIENTS {
            scope.spawn({
                let siege = &siege;
                move || friends::post(siege, client)
            });
        }
        scope.spawn(|| friends::ask(&siege));
        scope.spawn(|| friends::back_up(&siege, &dir));
        scope.spawn(|| enemies::send_no_requests(&siege));
        scope.spawn(|| enemies::send_bad_events(&siege));
        scope.spawn(|| enemies::send_bad_questions(&siege, &targets));
        scope.spawn(|| enemies::say_nothing(&siege));
        let over = Over(&siege);
        let server = besiege(&siege, &dir.data(), server, until);
        drop(over);
        server
    });
    siege.tally.print();
    siege.tally.assert_all_was_tried();

    let stored = server.get(friends::COUNT).1["overview"]["total_conversations"].clone();
    let acknowledged = siege.tally.acknowledged.load(Ordering::Acquire);
    assert_eq!(stored, acknowledged, "events of who meant well");
    assert!(server.terminate().success());
    let checked = run_on(&dir.data(), "check --json").exits(0).json();
    let taken_from_enemies = siege.tally.bad_events_taken.load(Ordering::Acquire);
    assert_eq!(checked["events"], acknowledged + taken_from_enemies, "{checked}");
    let restored = dir.file("restored");
    run_on(&restored, &format!("restore --from {}", dir.file(friends::BACKUP).display())).exits(0);
    run_on(&restored, "check").exits(0);
}

/// Ends it for all, also where one of them panics.
struct Over<'a>(&'a Siege);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Release);
    }
}

/// Kills the server and starts it again until the time is over. Returns the last one.
fn besiege(siege: &Siege, data: &Path, mut server: Server, until: Instant) -> Server {
    let mut random = siege.random(0);
    loop {
        let kill_at = Instant::now() + Duration::from_millis(random.random_range(KILL_AFTER_MS));
        while Instant::now() < kill_at.min(until) {
            assert!(server.child.try_wait().expect("a process").is_none(), "the server ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        if Instant::now() >= until {
            return server;
        }
        server.child.kill().expect("it was running");
        server.child.wait().expect("it ends");
        let began = Instant::now();
        server = Server::on(data);
        siege.tally.killed(began.elapsed());
        *siege.address.write() = server.address;
    }
}
