//! How a directory does as it grows: `cargo bench --bench growth [-- EVENTS…] [--full] [--plot] [--year]`. One directory takes events
//! of all kinds, stretch by stretch; each stretch tells of the same year in order, by sessions of its own. At each size the
//! last stretch's rate stands beside what the file weighs and what answers take. `--full` goes on to fifty million;
//! `--plot` draws `docs/growth.svg`. `--year` instead fills a directory once: a year of a company with a hundred bots.

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;

use std::path::Path;
use std::time::Duration;

use harness::arguments::Arguments;
use harness::asked::{fresh, still};
use harness::connection::get;
use harness::now_ms;
use harness::plot::{Line, Panel, Scale, draw};
use harness::posts::Posts;
use harness::reference::{Kinds, Reference};
use harness::seed::seed;
use harness::server::{Server, new_directory, on_disk};
use harness::table::{Table, megabytes, short, time, whole};

const SIZES: [u64; 9] = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 50_000_000];
const SIZES_SHORT: usize = 5;
const DAYS: i64 = 365;
const EVENTS_PER_SESSION: u64 = 8;
const TRANSCRIPTS: u64 = 50;
const YEAR_EVENTS: u64 = 50_000_000;
const YEAR_BOTS: u64 = 100;
const PLOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/growth.svg");

/// The directory at one size.
struct Stage {
    events: u64,
    /// Events per second of the last stretch.
    rate: f64,
    memory_most: u64,
    memory: u64,
    file_bytes: u64,
    start: Duration,
    week: Duration,
    week_fresh: Duration,
    year_fresh: Duration,
    sessions: Duration,
    transcript: Duration,
}

impl Stage {
    fn bytes_per_event(&self) -> f64 {
        self.file_bytes as f64 / self.events as f64
    }
}

fn main() {
    let arguments = Arguments::read();
    let asked = arguments.figures();
    let is_year = arguments.has("--year");
    let sizes = match (asked.is_empty(), arguments.is_full()) {
        (false, _) => &asked[..],
        (true, _) if is_year => &[YEAR_EVENTS],
        (true, true) => &SIZES[..],
        (true, false) => &SIZES[..SIZES_SHORT],
    };
    let bots = if is_year { YEAR_BOTS } else { 1 };
    let columns = [
        "events/s",
        "B/event",
        "overview 7",
        "7, fresh",
        "365, fresh",
        "sessions",
        "transcript",
        "ingesting",
        "started",
        "start",
    ];
    let table = Table::begin("events", 8, &columns);
    let dir = new_directory();
    let mut stages = Vec::new();
    let mut before = 0;
    for events in sizes {
        let stage = grow(dir.path(), before, *events, bots);
        show(&table, &stage);
        stages.push(stage);
        before = *events;
    }
    if arguments.has("--plot") {
        std::fs::write(PLOT, plot(&stages)).expect("docs can be written");
        println!("\n{PLOT}");
    }
}

fn grow(data: &Path, before: u64, events: u64, bots: u64) -> Stage {
    let stretch = Reference {
        days: DAYS,
        kinds: Kinds::All,
        bots,
        first_session: before.div_ceil(EVENTS_PER_SESSION),
        ..Reference::new(events - before, now_ms())
    };
    let server = Server::on(data);
    let seeded = seed(&server, Posts::REFERENCE, &stretch);
    let memory_most = server.usage().memory_most();
    server.stop();
    let file_bytes = on_disk(data);
    let server = Server::on(data);
    let memory = server.usage().memory();
    let [week, year, sessions] =
        ["analytics/overview?days=7", "analytics/overview?days=365", "sessions?days=7"].map(ask);
    let step = events / EVENTS_PER_SESSION / TRANSCRIPTS;
    let transcripts: Vec<_> =
        (0..TRANSCRIPTS).flat_map(|number| ask(&format!("sessions/s-{}", number * step / bots * bots))).collect();
    Stage {
        events,
        rate: seeded.rate(),
        memory_most,
        memory,
        file_bytes,
        start: server.started_in,
        week: still(&server, &week).median(),
        week_fresh: fresh(&server, &week).median(),
        year_fresh: fresh(&server, &year).median(),
        sessions: still(&server, &sessions).median(),
        transcript: still(&server, &transcripts).median(),
    }
}

fn ask(question: &str) -> Vec<Vec<u8>> {
    vec![get(&format!("/api/{question}"))]
}

fn show(table: &Table, stage: &Stage) {
    let figures = [
        whole(stage.rate),
        whole(stage.bytes_per_event()),
        time(stage.week),
        time(stage.week_fresh),
        time(stage.year_fresh),
        time(stage.sessions),
        time(stage.transcript),
        megabytes(stage.memory_most),
        megabytes(stage.memory),
        time(stage.start),
    ];
    table.row(&short(stage.events), &figures);
}

fn plot(stages: &[Stage]) -> String {
    let line = |name, figure: fn(&Stage) -> f64| Line {
        name,
        points: stages.iter().map(|stage| (stage.events as f64, figure(stage))).collect(),
    };
    let answers = Panel {
        title: "An answer over HTTP, median",
        width: 400.0,
        scale: Scale::Log,
        show: |seconds| {
            if seconds < 0.99e-3 { format!("{:.0} µs", seconds * 1e6) } else { format!("{:.0} ms", seconds * 1e3) }
        },
        lines: vec![
            line("overview, 7 days", |stage| stage.week.as_secs_f64()),
            line("overview, 7 days,\nafter a new event", |stage| stage.week_fresh.as_secs_f64()),
            line("overview, 365 days,\nafter a new event", |stage| stage.year_fresh.as_secs_f64()),
            line("a page of sessions", |stage| stage.sessions.as_secs_f64()),
            line("one session,\nall its events", |stage| stage.transcript.as_secs_f64()),
        ],
    };
    let ingest = Panel {
        title: "Durable ingest, events/s",
        width: 220.0,
        scale: Scale::Linear,
        show: |rate| short(rate as u64),
        lines: vec![line("", |stage| stage.rate)],
    };
    let file = Panel {
        title: "File, bytes an event",
        width: 220.0,
        scale: Scale::Linear,
        show: |bytes| format!("{bytes:.0}"),
        lines: vec![line("", Stage::bytes_per_event)],
    };
    draw("One directory as it grows", "events in the directory", &[answers, ingest, file])
}
