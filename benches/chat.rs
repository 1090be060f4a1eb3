//! The chat from 64 connections: `cargo bench --bench chat`. Prints exchanges per second and latencies of a server whose
//! storage works and of one whose disk is full, so that every write fails, beside those of a message that is answered with
//! the prompt alone. All three are asked in turns, a second each, in one run. The load generator shares the machine's cores.
//! The full disk is a small one that is mounted for the purpose, which needs root.

#[path = "../tests/support/client.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod client;
#[path = "../tests/support/small_disk.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod small_disk;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use client::Client;
use serde_json::Value;
use small_disk::SmallDisk;

const CONNECTIONS: usize = 64;
const TURNS: usize = 8;
const TURN: Duration = Duration::from_secs(1);
const MESSAGE: &str = "Ile kosztuje wykończenie mieszkania 54 m2 w Krakowie?";

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let disk = SmallDisk::mount(16).expect("a small disk");
    let working = Server::start(dir.path());
    let failing = Server::start(&disk.path().join("db"));
    disk.fill();
    let asked = [("prompt", &working, ""), ("exchange", &working, MESSAGE), ("exchange, disk full", &failing, MESSAGE)];
    let mut times: [Vec<Duration>; 3] = Default::default();
    // The first turn warms up, and exhausts what room the full disk's file had in stock.
    for turn in 0..=TURNS {
        for ((_, server, message), times) in asked.iter().zip(&mut times) {
            let taken = ask(server.address, message);
            if turn > 0 {
                times.extend(taken);
            }
        }
    }
    println!("{:<22}{:>12}{:>12}{:>12}", "", "a second", "p50, us", "p99, us");
    let p99 = times.each_mut().map(|times| {
        times.sort_unstable();
        times[times.len() * 99 / 100].as_secs_f64()
    });
    for ((name, ..), times) in asked.iter().zip(&times) {
        let rate = times.len() as f64 / (TURN * TURNS as u32).as_secs_f64();
        let [p50, p99] = [50, 99].map(|percent| times[times.len() * percent / 100].as_micros());
        println!("{name:<22}{rate:>12.0}{p50:>12}{p99:>12}");
    }
    println!("exchanges to prompts {:.2}", times[1].len() as f64 / times[0].len() as f64);
    println!("p99, disk full to working {:.2}", p99[2] / p99[1]);
    for (name, server) in [("working", &working), ("disk full", &failing)] {
        let health = server.health();
        let (ingest, chat) = (&health["ingest"], &health["chat"]);
        println!(
            "{name}: {} events recorded; {} requests failed, {} exchanges not taken",
            ingest["accepted_events"], ingest["failed_requests"], chat["unrecorded_exchanges"]
        );
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_novahouse"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line of text");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Self { child, address: address.and_then(|text| text.parse().ok()).expect("an address") }
    }

    fn health(&self) -> Value {
        Client::connect(self.address).and_then(|mut client| client.get("/api/health")).expect("an answer").json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ends");
    }
}

/// How long each exchange of one turn took.
fn ask(address: SocketAddr, message: &str) -> Vec<Duration> {
    let started = Instant::now();
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CONNECTIONS).map(|number| scope.spawn(move || one(address, number, message, started))).collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    })
}

fn one(address: SocketAddr, number: usize, message: &str, started: Instant) -> Vec<Duration> {
    let mut client = Client::connect(address).expect("it listens");
    let body = serde_json::json!({"message": message, "session_id": format!("s-{number}")}).to_string();
    let mut times = Vec::new();
    while started.elapsed() < TURN {
        let sent = Instant::now();
        let headers = [("Content-Type", "application/json")];
        let answer = client.send("POST", "/api/chatbot/chat", &headers, body.as_bytes()).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        times.push(sent.elapsed());
    }
    times
}
