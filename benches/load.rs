//! The reference load through the front door: `cargo bench --bench load [-- EVENTS]`, a million events unless told.
//!
//! Prints events per second beside what serde_json alone parses of the same bytes in the same run, what the file and the
//! process weigh, how fast a start is, and each endpoint's time with a hundredth of the events and with all of them. The
//! load generator shares the machine's cores with the server.

#[path = "../tests/support/client.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod client;
#[path = "../tests/support/reference.rs"]
#[allow(dead_code, reason = "the other benches use all of it")]
mod reference;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::Client;
use reference::Reference;

const EVENTS: u64 = 1_000_000;
const EVENTS_PER_BATCH: u64 = 1_000;
const CLIENTS: usize = 2;
const ASKED_TIMES: usize = 200;

const QUESTIONS: [&str; 21] = [
    "/api/analytics/overview?days=7",
    "/api/analytics/overview?days=365",
    "/api/analytics/conversations?days=7",
    "/api/analytics/conversations?days=60",
    "/api/analytics/engagement?days=60",
    "/api/analytics/intents?days=60",
    "/api/analytics/leads?days=60",
    "/api/analytics/performance?hours=24",
    "/api/analytics/questions/top?days=7",
    "/api/analytics/questions/top?days=60",
    "/api/analytics/dashboard/summary",
    "/api/analytics/budget/status",
    "/api/analytics/metrics/daily",
    "/api/analytics/metrics/weekly",
    "/api/sessions?days=7&limit=50",
    "/api/sessions?days=7&by=exchange&understood=false",
    "/api/sessions?days=60&by=exchange",
    "/api/sessions?days=60&by=exchange&intent=fallback",
    "/api/sessions?days=60&by=exchange&hour_of_week=33",
    "/api/sessions?days=60&by=exchange&question=ile+kosztuje+wyko%C5%84czenie+mieszkania+77+m2",
    "/api/sessions/s-77",
];

fn main() {
    let events = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(EVENTS);
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let few = measure(&Reference::new(events / 100, now_ms as i64), false);
    let all = measure(&Reference::new(events, now_ms as i64), true);
    println!("\n{:<80}{:>14}{:>14}{:>8}", "median time of an answer, us", events / 100, events, "ratio");
    for ((question, few), (_, all)) in few.iter().zip(&all) {
        let (few, all) = (few.as_secs_f64() * 1e6, all.as_secs_f64() * 1e6);
        println!("{question:<80}{few:>14.0}{all:>14.0}{:>8.2}", all / few);
    }
}

/// Loads a new directory, and times every question.
fn measure(reference: &Reference, report: bool) -> Vec<(&'static str, Duration)> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let batches: Vec<String> = (0..reference.events.div_ceil(EVENTS_PER_BATCH))
        .map(|batch| reference.batch(batch * EVENTS_PER_BATCH..(batch + 1) * EVENTS_PER_BATCH))
        .collect();
    let mut server = Server::start(dir.path());
    let taken = post_all(server.address, &batches);
    let times = QUESTIONS.map(|question| (question, median(server.address, question)));
    if report {
        let rate = reference.events as f64 / taken.as_secs_f64();
        let parsed = parse_alone(&batches, reference.events);
        let bytes: usize = batches.iter().map(String::len).sum();
        println!("{} events, {} bytes a line", reference.events, bytes as u64 / reference.events);
        println!("ingest over HTTP, durable   {rate:>12.0} events/s");
        println!("serde_json alone, one core  {parsed:>12.0} events/s, ratio {:.2}", rate / parsed);
        println!("memory, most / now          {} / {} kB", server.memory("VmHWM"), server.memory("VmRSS"));
        server.child.kill().expect("it was running");
        server.child.wait().expect("it ends");
        server = Server::start(dir.path());
        println!("start after kill -9         {:>12.0} ms", server.started_in.as_secs_f64() * 1e3);
        server.stop();
        let file = std::fs::metadata(dir.path().join("novahouse.redb")).expect("a file").len();
        println!("file                        {file:>12} bytes, {:.1} an event", file as f64 / reference.events as f64);
        server = Server::start(dir.path());
        println!("start                       {:>12.0} ms", server.started_in.as_secs_f64() * 1e3);
        println!("memory after a start        {:>12} kB", server.memory("VmRSS"));
    }
    server.stop();
    times.to_vec()
}

fn post_all(address: SocketAddr, batches: &[String]) -> Duration {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::connect(address).expect("it listens");
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let headers = [("Content-Type", "application/x-ndjson")];
                    let answer = client.send("POST", "/api/events", &headers, batch.as_bytes()).expect("an answer");
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            });
        }
    });
    started.elapsed()
}

/// Events per second that serde_json parses into owned fields.
fn parse_alone(batches: &[String], events: u64) -> f64 {
    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "read for the time it takes")]
    struct Line {
        r#type: String,
        timestamp: i64,
        session_id: String,
        user_id: String,
        user_message: String,
        bot_response: String,
        intent: String,
        confidence: f64,
        sentiment: String,
        response_time_ms: u32,
        input_tokens: u32,
        output_tokens: u32,
    }
    let started = Instant::now();
    for line in batches.iter().flat_map(|batch| batch.lines()) {
        let parsed: Line = serde_json::from_str(line).expect("a valid line");
        std::hint::black_box(parsed);
    }
    events as f64 / started.elapsed().as_secs_f64()
}

fn median(address: SocketAddr, question: &str) -> Duration {
    let mut client = Client::connect(address).expect("it listens");
    let mut times: Vec<Duration> = (0..ASKED_TIMES)
        .map(|_| {
            let started = Instant::now();
            let answer = client.get(question).expect("an answer");
            assert!(answer.status == 200 || question.contains("/s-"), "{question}: {answer:?}");
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ASKED_TIMES / 2]
}

struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
}

impl Server {
    fn start(data: &Path) -> Self {
        let started = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_novahouse"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line of text");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|text| text.parse().ok()).expect("an address");
        Client::connect(address).and_then(|mut client| client.get("/api/health")).expect("an answer");
        Self { child, address, started_in: started.elapsed() }
    }

    /// A figure of the process, kB.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a Linux");
        let line = status.lines().find(|line| line.starts_with(name)).expect("a figure");
        line.split_whitespace().nth(1).and_then(|figure| figure.parse().ok()).expect("a number")
    }

    fn stop(&mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        self.child.wait().expect("it ends");
    }
}
