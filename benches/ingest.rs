//! Durable ingest over HTTP: `cargo bench --bench ingest [-- --full]`. Message events are posted in batches of different
//! sizes, forms and orders, each row into a directory of its own, then more of them than the server can take. Beside them
//! stands what the machine does in the same minute without NovaHouse: parsing alone, warp alone, syncs alone. The load
//! generator shares the cores with the server. `--full` posts ten million events in the first two rows, out of 4 GB of
//! memory; `--overload` does the last part alone.

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::arguments::Arguments;
use harness::baseline::{parsed_per_second, synced_per_second};
use harness::connection::{Connection, get, post};
use harness::load::{Answers, Course, Load};
use harness::now_ms;
use harness::plain::serve_if_asked;
use harness::posts::{Form, Posts};
use harness::reference::Reference;
use harness::server::{Server, new_directory};
use harness::table::{Table, begin_budgets, budget, megabytes, ratio, short, time, whole};
use harness::times::Times;

const EVENTS: u64 = 500_000;
const EVENTS_FULL: u64 = 10_000_000;
const EVENTS_SINGLE: u64 = 200_000;
const EVENTS_OVERLOAD: u64 = 1_000_000;
const ROW_AT_MOST: Duration = Duration::from_secs(5);
const ROW_AT_MOST_FULL: Duration = Duration::from_secs(1_200);
const BASELINE: Duration = Duration::from_secs(2);

const OVERLOAD_CONNECTIONS: usize = 256;
/// Overload posts so many times what the best row took.
const OVERLOAD: f64 = 2.0;
const OVERLOAD_TRIES: i32 = 3;
const OVERLOAD_BATCH: u64 = 10_000;
const OVERVIEW: &str = "/api/analytics/overview?days=7";
const OVERVIEW_EVERY: Duration = Duration::from_millis(20);

const NAME_WIDTH: usize = 52;

struct Row {
    name: &'static str,
    posts: Posts,
    connections: usize,
}

/// What one row came to.
struct Measured {
    events: u64,
    answers: Answers,
    memory_most: u64,
    /// Of the server.
    processor: Duration,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.events as f64 / self.answers.elapsed.as_secs_f64()
    }
}

/// What the other rows differ from in one thing.
const REFERENCE: Row =
    Row { name: "the reference: lines, 1,000 a batch, 8 connections", posts: Posts::REFERENCE, connections: 8 };
const IN_NO_ORDER: Row = Row { name: "in no order", posts: Posts { in_order: false, ..Posts::REFERENCE }, ..REFERENCE };
const SINGLE: Posts = Posts { batch: 1, ..Posts::REFERENCE };

fn batches() -> [Row; 6] {
    let batch = |name, batch| Row { name, posts: Posts { batch, ..Posts::REFERENCE }, ..REFERENCE };
    [
        Row { name: "1 connection", connections: 1, ..REFERENCE },
        Row { name: "64 connections", connections: 64, ..REFERENCE },
        Row { name: "a JSON array", posts: Posts { form: Form::Array, ..Posts::REFERENCE }, ..REFERENCE },
        Row { name: "with ids", posts: Posts { with_ids: true, ..Posts::REFERENCE }, ..REFERENCE },
        batch("100 a batch", 100),
        batch("10,000 a batch", 10_000),
    ]
}

fn singles() -> [Row; 4] {
    let single = |name, connections| Row { name, posts: SINGLE, connections };
    [
        single("single events, 1 connection", 1),
        single("single events, 8 connections", 8),
        Row {
            name: "single events with ids, 64 connections",
            posts: Posts { with_ids: true, ..SINGLE },
            connections: 64,
        },
        single("single events, 64 connections", 64),
    ]
}

fn main() {
    serve_if_asked();
    let arguments = Arguments::read();
    if arguments.has("--overload") {
        overload_alone();
        return;
    }
    let (events, at_most) = if arguments.is_full() { (EVENTS_FULL, ROW_AT_MOST_FULL) } else { (EVENTS, ROW_AT_MOST) };
    let now_ms = now_ms();
    let baselines = Baselines::take(now_ms);

    let columns = ["events/s", "to ref.", "p50", "p99", "memory", "server us/ev"];
    let table = Table::begin(&format!("ingest, {} events", short(events)), NAME_WIDTH, &columns);
    let load = Reference::new(events, now_ms);
    let of_reference = measure(&REFERENCE, &load, at_most);
    let to = of_reference.rate();
    show(&table, &REFERENCE, &of_reference, to);
    let of_no_order = measure(&IN_NO_ORDER, &load, at_most);
    show(&table, &IN_NO_ORDER, &of_no_order, to);
    let measure_and_show = |row: &Row, load: &Reference| {
        let measured = measure(row, load, ROW_AT_MOST);
        show(&table, row, &measured, to);
        measured.rate()
    };
    let load = Reference::new(EVENTS, now_ms);
    let of_batches = batches().each_ref().map(|row| measure_and_show(row, &load));
    let load = Reference::new(EVENTS_SINGLE, now_ms);
    let [.., single] = singles().each_ref().map(|row| measure_and_show(row, &load));
    let best = of_batches.into_iter().fold(to, f64::max);
    let accepted = overload(&Reference::new(EVENTS_OVERLOAD, now_ms), best);

    begin_budgets();
    budget("lines, 1,000 a batch, durable", to, 400_000.0, " ev/s");
    budget("the same to what serde_json alone parses", to / baselines.parsed, 0.35, "");
    budget("single events, 64 connections, durable", single, 50_000.0, " ev/s");
    budget("the same to warp's empty POST", single / baselines.empty_posts, 0.4, "");
    let memory_most = of_reference.memory_most.max(of_no_order.memory_most);
    budget(&format!("memory at most, ingesting {} events", short(events)), memory_most as f64 / 1024.0, 200.0, " MB");
    budget("accepted in overload, to the best row", accepted, 1.0, "");
}

fn show(table: &Table, row: &Row, measured: &Measured, to: f64) {
    let figures = [
        whole(measured.rate()),
        ratio(measured.rate() / to),
        time(measured.answers.taken.median()),
        time(measured.answers.taken.p99()),
        megabytes(measured.memory_most),
        format!("{:.1}", measured.processor.as_secs_f64() * 1e6 / measured.events as f64),
    ];
    table.row(row.name, &figures);
}

fn measure(row: &Row, reference: &Reference, at_most: Duration) -> Measured {
    let requests = row.posts.of(reference).collect::<Vec<_>>();
    let dir = new_directory();
    let server = Server::on(dir.path());
    let before = server.usage().processor();
    let started = Instant::now();
    let load =
        Load { address: server.address, connections: row.connections, requests: &requests, course: Course::Once };
    let answers = load.run(|| started.elapsed() > at_most);
    let processor = server.usage().processor() - before;
    let events = answers.taken.count() as u64 * row.posts.batch;
    assert_eq!(server.accepted(), events, "acknowledged and accepted");
    Measured { events, answers, memory_most: server.usage().memory_most(), processor }
}

struct Baselines {
    /// Events that serde_json parses per second.
    parsed: f64,
    empty_posts: f64,
}

impl Baselines {
    fn take(now_ms: i64) -> Self {
        let reference = Reference::new(EVENTS, now_ms);
        let batches: Vec<String> = reference.batches_in_order(1_000).collect();
        let bytes: usize = batches.iter().map(String::len).sum();
        let parsed = parsed_per_second(batches.iter().flat_map(|batch| batch.lines()));
        let synced = synced_per_second(new_directory().path(), BASELINE);
        let plain = Server::plain(2);
        let empty = [post("/", "application/json", "")];
        let load = Load { address: plain.address, connections: 64, requests: &empty, course: Course::Repeated };
        let started = Instant::now();
        let posts = load.run(|| started.elapsed() > BASELINE);
        let table = Table::begin("without NovaHouse", NAME_WIDTH, &["a second", "p50", "p99"]);
        let title = format!("serde_json alone, one core, {} bytes a line", bytes as u64 / EVENTS);
        table.row(&title, &[whole(parsed)]);
        table.row("25 kB appended and synced", &[whole(synced)]);
        let empty_posts = posts.taken_per_second();
        let figures = [whole(empty_posts), time(posts.taken.median()), time(posts.taken.p99())];
        table.row("warp's empty POST, 64 connections", &figures);
        Self { parsed, empty_posts }
    }
}

/// What came of more events than the server takes.
struct Overloaded {
    answers: Answers,
    overviews: Times,
    memory_most: u64,
}

fn overload_alone() {
    let now_ms = now_ms();
    let row = Row { name: "10,000 a batch", posts: Posts { batch: OVERLOAD_BATCH, ..Posts::REFERENCE }, ..REFERENCE };
    let best = measure(&row, &Reference::new(EVENTS, now_ms), ROW_AT_MOST).rate();
    overload(&Reference::new(EVENTS_OVERLOAD, now_ms), best);
}

/// Posts twice what the best row took, and twice as much again where that was not too much: the machine may have had
/// more to do then. Returns what was accepted in relation to the best row.
fn overload(reference: &Reference, best: f64) -> f64 {
    let requests = Posts { batch: OVERLOAD_BATCH, ..Posts::REFERENCE }.of(reference).collect::<Vec<_>>();
    let paces = (0..OVERLOAD_TRIES).map(|times| OVERLOAD.powi(times + 1) * best);
    let mut tried = paces.map(|pace| (pace, post_too_much(&requests, pace)));
    let found = tried.find(|(_, overloaded)| overloaded.answers.refused.count() > 0);
    let Some((pace, Overloaded { answers, overviews, memory_most })) = found else {
        println!("\noverload: none, the machine was too busy to tell");
        return 1.0;
    };
    let per_second = |batches: usize| (batches as u64 * OVERLOAD_BATCH) as f64 / answers.elapsed.as_secs_f64();
    let (accepted, refused) = (answers.taken.count(), answers.refused.count());
    let posted = accepted + refused;
    let rate = per_second(accepted);
    println!("\noverload: 10,000 a batch, {OVERLOAD_CONNECTIONS} connections, up to {} events/s", whole(pace));
    let line = |what: &str, figure: String| println!("{what:<NAME_WIDTH$}{figure}");
    line("posted", format!("{} events/s", whole(per_second(posted))));
    line("accepted", format!("{} events/s, {:.2} of the best row's {}", whole(rate), rate / best, whole(best)));
    line("refused with 503", format!("{refused} of {posted}, {:.2}", refused as f64 / posted as f64));
    line("of these without Retry-After", answers.refused_without_retry_after.to_string());
    line("a refusal, p50 and p99", both(&answers.refused));
    line("an acceptance, p50 and p99", both(&answers.taken));
    line(&format!("{OVERVIEW}, p50 and p99"), both(&overviews));
    line("memory at most", megabytes(memory_most));
    rate / best
}

fn post_too_much(requests: &[Vec<u8>], events_per_second: f64) -> Overloaded {
    let dir = new_directory();
    let server = Server::on(dir.path());
    let course = Course::Paced(events_per_second / OVERLOAD_BATCH as f64);
    let load = Load { address: server.address, connections: OVERLOAD_CONNECTIONS, requests, course };
    let is_over = AtomicBool::new(false);
    let (answers, overviews) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&server, &is_over));
        let started = Instant::now();
        let answers = load.run(|| started.elapsed() > 2 * ROW_AT_MOST);
        is_over.store(true, Ordering::Relaxed);
        (answers, asking.join().expect("it asks"))
    });
    let events = answers.taken.count() as u64 * OVERLOAD_BATCH;
    assert_eq!(server.accepted(), events, "acknowledged and accepted");
    Overloaded { answers, overviews, memory_most: server.usage().memory_most() }
}

fn both(times: &Times) -> String {
    format!("{}, {}", time(times.median()), time(times.p99()))
}

/// Asks at a slow pace until it is over.
fn ask(server: &Server, is_over: &AtomicBool) -> Times {
    let mut connection = Connection::open(server.address);
    let question = get(OVERVIEW);
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        times.push(connection.time(&question));
        std::thread::sleep(OVERVIEW_EVERY);
    }
    Times::of(times)
}
