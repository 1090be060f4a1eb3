//! Directories that hold the reference load.

use std::time::Duration;

use super::load::{Course, Load};
use super::posts::Posts;
use super::reference::Reference;
use super::server::Server;

/// Events prepared at once: ten million would take 3 GB.
const EVENTS_AT_ONCE: u64 = 1_000_000;
const CONNECTIONS: usize = 8;

/// What a load took to be posted.
pub struct Seeded {
    pub events: u64,
    pub elapsed: Duration,
}

impl Seeded {
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.elapsed.as_secs_f64()
    }
}

/// Posts a load; the time counts while there is something to send.
pub fn seed(server: &Server, posts: Posts, reference: &Reference) -> Seeded {
    let mut seeded = Seeded { events: reference.events, elapsed: Duration::ZERO };
    let mut requests = posts.of(reference);
    loop {
        let part: Vec<_> = requests.by_ref().take((EVENTS_AT_ONCE / posts.batch) as usize).collect();
        if part.is_empty() {
            return seeded;
        }
        let load = Load { address: server.address, connections: CONNECTIONS, requests: &part, course: Course::Once };
        seeded.elapsed += load.run(|| false).elapsed;
    }
}
