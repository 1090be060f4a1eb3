//! The chat from 64 connections: `cargo bench --bench chat`. Prints exchanges per second and latencies of a server whose
//! storage works and of one whose disk is full, so that every write fails, beside those of a message that is answered with
//! the prompt alone and of warp's empty POST. All are asked in turns, a second each, in one run. The load generator shares
//! the machine's cores. The full disk is a small one that is mounted for the purpose, which needs root.

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;
#[path = "../tests/support/small_disk.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod small_disk;

use std::time::{Duration, Instant};

use harness::connection::post;
use harness::load::{Course, Load};
use harness::plain::serve_if_asked;
use harness::server::{Server, new_directory};
use harness::table::{Table, begin_budgets, budget, time, whole};
use harness::times::Times;
use small_disk::SmallDisk;

const CONNECTIONS: usize = 64;
const TURNS: u32 = 8;
const TURN: Duration = Duration::from_secs(1);
const MESSAGE: &str = "Ile kosztuje wykończenie mieszkania 54 m2 w Krakowie?";
const NAME_WIDTH: usize = 22;

/// What is asked of a server, and how long its answers took.
struct Asked<'a> {
    name: &'static str,
    server: &'a Server,
    requests: Vec<Vec<u8>>,
    turns: Vec<Times>,
}

impl<'a> Asked<'a> {
    fn of(name: &'static str, server: &'a Server, requests: Vec<Vec<u8>>) -> Self {
        Self { name, server, requests, turns: Vec::new() }
    }

    fn turn(&self) -> Times {
        let (address, requests) = (self.server.address, &self.requests);
        let load = Load { address, connections: CONNECTIONS, requests, course: Course::Repeated };
        let started = Instant::now();
        load.run(|| started.elapsed() > TURN).taken
    }
}

fn main() {
    serve_if_asked();
    let dir = new_directory();
    let disk = SmallDisk::mounted(16).expect("a small disk");
    let plain = Server::plain(2);
    let working = Server::on(dir.path());
    let failing = Server::on(&disk.path().join("db"));
    disk.fill();
    let mut asked = [
        Asked::of("warp's empty POST", &plain, vec![post("/", "application/json", "")]),
        Asked::of("prompt", &working, messages("")),
        Asked::of("exchange", &working, messages(MESSAGE)),
        Asked::of("exchange, disk full", &failing, messages(MESSAGE)),
    ];
    // The first turn warms up, and exhausts what room the full disk's file had in stock.
    for turn in 0..=TURNS {
        for asked in &mut asked {
            let times = asked.turn();
            if turn > 0 {
                asked.turns.push(times);
            }
        }
    }
    let [empty, prompts, exchanges, on_full_disk] = asked.map(|asked| (asked.name, Times::joined(asked.turns)));
    let rate = |times: &Times| times.count() as f64 / (TURNS * TURN).as_secs_f64();
    let table = Table::begin("", NAME_WIDTH, &["a second", "p50", "p99"]);
    for (name, times) in [&empty, &prompts, &exchanges, &on_full_disk] {
        table.row(name, &[whole(rate(times)), time(times.median()), time(times.p99())]);
    }
    let (empty, exchanges, on_full_disk) = (empty.1, exchanges.1, on_full_disk.1);
    println!("exchanges to prompts {:.2}", rate(&exchanges) / rate(&prompts.1));
    println!("p99, disk full to working {:.2}", on_full_disk.p99().as_secs_f64() / exchanges.p99().as_secs_f64());
    for (name, server) in [("working", &working), ("disk full", &failing)] {
        let health = server.health();
        let (ingest, chat) = (&health["ingest"], &health["chat"]);
        println!(
            "{name}: {} events recorded; {} requests failed, {} exchanges not taken",
            ingest["accepted_events"], ingest["failed_requests"], chat["unrecorded_exchanges"]
        );
    }
    begin_budgets();
    budget("chat, 64 connections", rate(&exchanges), 60_000.0, "/s");
    budget("the same to warp's empty POST", rate(&exchanges) / rate(&empty), 0.5, "");
}

/// One for each of as many sessions as there are connections.
fn messages(message: &str) -> Vec<Vec<u8>> {
    let body = |number| serde_json::json!({"message": message, "session_id": format!("s-{number}")}).to_string();
    (0..CONNECTIONS).map(|number| post("/api/chatbot/chat", "application/json", &body(number))).collect()
}
