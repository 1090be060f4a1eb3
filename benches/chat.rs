//! The chat from 64 connections: `cargo bench --bench chat`. Prints exchanges per second and latencies beside those of a
//! message that is answered with the prompt alone, in the same run. The load generator shares the machine's cores.

#[path = "../tests/support/client.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod client;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use client::Client;

const CONNECTIONS: usize = 64;
const ASKED_FOR: Duration = Duration::from_secs(5);

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_novahouse"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(dir.path());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line of text");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let address: SocketAddr = address.and_then(|text| text.parse().ok()).expect("an address");

    let prompt = ask(address, "");
    let chat = ask(address, "Ile kosztuje wykończenie mieszkania 54 m2 w Krakowie?");
    println!("{:<12}{:>12}{:>12}{:>12}", "", "a second", "p50, us", "p99, us");
    for (name, (rate, p50, p99)) in [("prompt", prompt), ("exchange", chat)] {
        println!("{name:<12}{rate:>12.0}{:>12}{:>12}", p50.as_micros(), p99.as_micros());
    }
    println!("ratio {:.2}", chat.0 / prompt.0);
    let health = Client::connect(address).and_then(|mut client| client.get("/api/health")).expect("an answer").json();
    println!(
        "recorded: {} events; not: {} exchanges",
        health["ingest"]["accepted_events"], health["chat"]["unrecorded_exchanges"]
    );
    child.kill().expect("it was running");
    child.wait().expect("it ends");
}

/// Exchanges per second, and how long half of them and all but a hundredth took.
fn ask(address: SocketAddr, message: &str) -> (f64, Duration, Duration) {
    let started = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CONNECTIONS).map(|number| scope.spawn(move || one(address, number, message, started))).collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    });
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times[times.len() / 2], times[times.len() * 99 / 100])
}

fn one(address: SocketAddr, number: usize, message: &str, started: Instant) -> Vec<Duration> {
    let mut client = Client::connect(address).expect("it listens");
    let body = serde_json::json!({"message": message, "session_id": format!("s-{number}")}).to_string();
    let mut times = Vec::new();
    while started.elapsed() < ASKED_FOR {
        let sent = Instant::now();
        let headers = [("Content-Type", "application/json")];
        let answer = client.send("POST", "/api/chatbot/chat", &headers, body.as_bytes()).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        times.push(sent.elapsed());
    }
    times
}
