//! What NovaHouse takes of a machine: `cargo bench --bench footprint [-- --full]`. A million message events (`--full`: ten)
//! are posted in order and in no order; then the file is weighed table by table, the process while it is idle, ingests and
//! exports, and the start is timed after a stop and after a kill -9.

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::arguments::Arguments;
use harness::client::Client;
use harness::now_ms;
use harness::posts::Posts;
use harness::reference::Reference;
use harness::seed::{Seeded, seed};
use harness::server::{EXECUTABLE, Server, Usage, new_directory, on_disk};
use harness::table::{Table, begin_budgets, budget, megabytes, time, whole};

const EVENTS: u64 = 1_000_000;
const EVENTS_FULL: u64 = 10_000_000;
const IDLE: Duration = Duration::from_secs(5);
const NAME_WIDTH: usize = 44;

/// One directory, and what it came to.
struct Footprint {
    seeded: Seeded,
    ingesting: u64,
    exporting: u64,
    exporting_beside: u64,
    started: Start,
    started_after_kill: Start,
    tables: Tables,
}

struct Start {
    took: Duration,
    memory: u64,
}

impl Start {
    fn of(server: &Server) -> Self {
        Self { took: server.started_in, memory: server.usage().memory() }
    }
}

/// What `migrate` says of the file.
struct Tables {
    file_bytes: u64,
    /// Of the file, with the holes at its end.
    length: u64,
    /// Names and bytes.
    rows: Vec<(String, u64)>,
}

fn main() {
    let events = if Arguments::read().is_full() { EVENTS_FULL } else { EVENTS };
    let reference = Reference::new(events, now_ms());
    let empty = Empty::measure();
    let in_order = measure(&reference, Posts::REFERENCE);
    let in_no_order = measure(&reference, Posts { in_order: false, ..Posts::REFERENCE });
    let executable = std::fs::metadata(EXECUTABLE).expect("it was built").len();

    show_file(events, &in_order.tables, &in_no_order.tables);
    let table = Table::begin("process", NAME_WIDTH, &["in order", "in no order"]);
    let row = |name: &str, figure: &dyn Fn(&Footprint) -> String| {
        table.row(name, &[figure(&in_order), figure(&in_no_order)]);
    };
    row("ingest, events/s", &|one| whole(one.seeded.rate()));
    row("memory at most, ingesting", &|one| megabytes(one.ingesting));
    row("memory at most, a client exports all", &|one| megabytes(one.exporting));
    row("memory at most, `export` beside the server", &|one| megabytes(one.exporting_beside));
    row("memory after a start", &|one| megabytes(one.started.memory));
    row("memory after a kill -9 and a start", &|one| megabytes(one.started_after_kill.memory));
    row("a start", &|one| time(one.started.took));
    row("a start after kill -9", &|one| time(one.started_after_kill.took));
    println!();
    println!("{:<NAME_WIDTH$}{:>13}", "an empty directory: memory", megabytes(empty.started.memory));
    println!("{:<NAME_WIDTH$}{:>13}", "an empty directory: a start", time(empty.started.took));
    println!("{:<NAME_WIDTH$}{:>12.2}%", "processor of one core while nothing happens", empty.processor * 100.0);
    println!("{:<NAME_WIDTH$}{:>10.1} MB", "executable, as the profile strips it", as_megabytes(executable));

    begin_budgets();
    let each = [("in order", &in_order), ("in no order", &in_no_order)];
    for (order, one) in each {
        let per_event = one.tables.file_bytes as f64 / events as f64;
        budget(&format!("file bytes an event, {order}"), per_event, 40.0, " B");
    }
    budget("memory idle, an empty directory", empty.started.memory as f64 / 1024.0, 20.0, " MB");
    for (order, one) in each {
        budget(&format!("memory ingesting, {order}"), one.ingesting as f64 / 1024.0, 200.0, " MB");
        budget(&format!("memory exporting, {order}"), one.exporting as f64 / 1024.0, 60.0, " MB");
        budget(&format!("a start, {order}"), one.started.took.as_secs_f64() * 1e3, 100.0, " ms");
        budget(
            &format!("a start after kill -9, {order}"),
            one.started_after_kill.took.as_secs_f64() * 1e3,
            2_000.0,
            " ms",
        );
    }
    budget("the stripped executable", as_megabytes(executable), 15.0, " MB");
}

fn as_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// A server that has nothing to do.
struct Empty {
    started: Start,
    /// Share of a core.
    processor: f64,
}

impl Empty {
    fn measure() -> Self {
        let dir = new_directory();
        let server = Server::on(dir.path());
        let started = Start::of(&server);
        let before = server.usage().processor();
        std::thread::sleep(IDLE);
        let processor = (server.usage().processor() - before).as_secs_f64() / IDLE.as_secs_f64();
        Self { started, processor }
    }
}

fn measure(reference: &Reference, posts: Posts) -> Footprint {
    let dir = new_directory();
    let server = Server::on(dir.path());
    let seeded = seed(&server, posts, reference);
    let ingesting = server.usage().memory_most();
    // Right after the last answer: what the log has beyond the checkpoint is folded by the next start.
    drop(server);
    let server = Server::on(dir.path());
    let started_after_kill = Start::of(&server);
    server.stop();
    let server = Server::on(dir.path());
    let started = Start::of(&server);
    let exporting = export_over_http(&server, reference.events);
    let exporting_beside = export_beside(dir.path(), reference.events);
    server.stop();
    let tables = tables(dir.path());
    Footprint { seeded, ingesting, exporting, exporting_beside, started, started_after_kill, tables }
}

/// Memory of the server at most while a client takes everything.
fn export_over_http(server: &Server, events: u64) -> u64 {
    server.usage().forget_memory_most();
    let mut client = Client::connect(server.address).expect("it listens");
    client.ask("GET", "/api/analytics/export?type=events&format=ndjson&days=3650", &[], b"").expect("it asks");
    assert_eq!(client.head().expect("an answer").status, 200);
    let mut exported = 0;
    while let Some(piece) = client.chunk().expect("a piece") {
        exported += lines(&piece);
    }
    assert_eq!(exported, events, "all of them");
    server.usage().memory_most()
}

/// Memory of the command at most, beside a server that has the directory.
fn export_beside(data: &Path, events: u64) -> u64 {
    let mut command = Command::new(EXECUTABLE);
    command.args(["export", "--type", "events", "--format", "ndjson", "--days", "3650", "--data"]).arg(data);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let usage = Usage { process: child.id() };
    let mut out = child.stdout.take().expect("a pipe");
    let mut part = vec![0; 1024 * 1024];
    let (mut exported, mut memory_most) = (0, 0);
    loop {
        let length = out.read(&mut part).expect("a pipe");
        if length == 0 {
            break;
        }
        exported += lines(&part[..length]);
        memory_most = usage.figure("VmHWM").unwrap_or(memory_most);
    }
    assert!(child.wait().expect("it ends").success());
    assert_eq!(exported, events, "all of them");
    memory_most
}

fn lines(piece: &[u8]) -> u64 {
    piece.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn tables(data: &Path) -> Tables {
    let output = Command::new(EXECUTABLE).args(["migrate", "--json", "--data"]).arg(data).output().expect("it starts");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows =
        said["tables"].as_array().expect("a list").iter().map(|table| {
            (table["name"].as_str().expect("a name").to_owned(), table["bytes"].as_u64().expect("a number"))
        });
    Tables { file_bytes: on_disk(data), length: said["file_bytes"].as_u64().expect("a number"), rows: rows.collect() }
}

fn show_file(events: u64, in_order: &Tables, in_no_order: &Tables) {
    let title = format!("file, bytes an event of {events}");
    let table = Table::begin(&title, NAME_WIDTH, &["in order", "in no order"]);
    let per_event = |bytes: u64| format!("{:.1}", bytes as f64 / events as f64);
    let mut used = [0, 0];
    for ((name, bytes), (_, bytes_no_order)) in in_order.rows.iter().zip(&in_no_order.rows) {
        if (*bytes).max(*bytes_no_order) * 20 >= events {
            table.row(name, &[per_event(*bytes), per_event(*bytes_no_order)]);
        }
        used = [used[0] + bytes, used[1] + bytes_no_order];
    }
    table.row("all tables", &used.map(per_event));
    table.row("the file on disk", &[in_order.file_bytes, in_no_order.file_bytes].map(per_event));
    table.row("its length, with the room redb made", &[in_order.length, in_no_order.length].map(per_event));
}
