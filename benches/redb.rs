//! redb under the store's commits: `cargo bench --bench redb [-- --full] [--settings] [--readers] [--caches] [--file]`, all
//! parts where none is named.
//!
//! What redb alone does with a setting is told by the pattern of the store's commits (`redb/pattern.rs`) in a process that
//! is killed in the end: the engine has no switch for what it should not be run with. Where the engine's own way counts,
//! what it reads again and what it leaves in its file, the engine is run. Settings take turns, and the best of each counts,
//! since the machine may have more to do at one time than at another. `--full` goes to ten million events. redb fixes page
//! and region sizes, but for a build with `RUSTFLAGS="--cfg fuzzing"`, which measures those as well.

#[path = "redb/caches.rs"]
mod caches;
#[path = "redb/child.rs"]
mod child;
#[path = "redb/growing.rs"]
mod growing;
#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;
#[path = "redb/pattern.rs"]
mod pattern;
#[path = "redb/readers.rs"]
mod readers;
#[path = "redb/setting.rs"]
mod setting;
#[path = "redb/space.rs"]
mod space;

use std::time::{Duration, Instant};

use caches::append_if_asked;
use child::{Writer, Written, write_if_asked};
use harness::arguments::Arguments;
use harness::server::new_directory;
use harness::table::{Table, megabytes, ratio, short, time, whole};
use setting::Setting;

const PARTS: [&str; 4] = ["--settings", "--readers", "--caches", "--file"];

/// Events.
struct Sizes {
    written: [u64; 2],
    appended: u64,
    stretch: u64,
    stretches: i64,
}

const SHORT: Sizes = Sizes { written: [400_000, 2_000_000], appended: 500_000, stretch: 250_000, stretches: 5 };
const FULL: Sizes = Sizes { written: [400_000, 10_000_000], appended: 2_000_000, stretch: 1_000_000, stretches: 10 };
const ROUNDS: usize = 3;
pub const NAME_WIDTH: usize = 52;
/// How long a writer goes on before it is killed.
const GOES_ON: Duration = Duration::from_millis(100);

/// One run of a setting.
struct Run {
    written: Written,
    reopened: Duration,
}

fn main() {
    write_if_asked();
    append_if_asked();
    let arguments = Arguments::read();
    let sizes = if arguments.is_full() { &FULL } else { &SHORT };
    let is_asked = |part: &str| !PARTS.iter().any(|any| arguments.has(any)) || arguments.has(part);
    if is_asked("--settings") {
        sizes.written.into_iter().for_each(compare_settings);
    }
    if is_asked("--readers") {
        readers::compare(sizes.written[1]);
    }
    if is_asked("--caches") {
        caches::compare(sizes.appended, ROUNDS);
    }
    if is_asked("--file") {
        growing::grow("in order", true, sizes.stretch, sizes.stretches);
        growing::grow("in no order", false, sizes.stretch, sizes.stretches);
    }
}

/// All settings by turns, since the machine may have more to do at one time than at another.
fn compare_settings(events: u64) {
    let settings = Setting::all();
    let mut runs: Vec<Vec<Run>> = settings.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (place, setting) in settings.iter().enumerate() {
            runs[place].push(run(place, setting, events));
        }
    }
    let columns = [
        "events/s",
        "to first",
        "us/ev of CPU",
        "written B/ev",
        "commit p50",
        "p99",
        "checkpoint",
        "a small one",
        "writes",
        "memory",
        "reopened",
    ];
    let table = Table::begin(&format!("redb, {} events, best of {ROUNDS}", short(events)), NAME_WIDTH, &columns);
    let elapsed = |runs: &[Run]| least(runs, |run| run.written.elapsed).as_secs_f64();
    let first = elapsed(&runs[0]);
    for (setting, runs) in settings.iter().zip(&runs) {
        let of = |figure: fn(&Run) -> Duration| time(least(runs, figure));
        let processor = least(runs, |run| run.written.processor);
        let figures = [
            whole(events as f64 / elapsed(runs)),
            ratio(first / elapsed(runs)),
            ratio(processor.as_secs_f64() * 1e6 / events as f64),
            whole(runs[0].written.bytes as f64 / events as f64),
            of(|run| run.written.commit),
            of(|run| run.written.commit_p99),
            of(|run| run.written.checkpoint),
            of(|run| run.written.small_commit),
            format!("{:.0} kB", runs[0].written.bytes_a_small_commit() as f64 / 1e3),
            megabytes(runs[0].written.memory_most),
            of(|run| run.reopened),
        ];
        table.row(setting.name, &figures);
    }
}

fn least(runs: &[Run], figure: impl Fn(&Run) -> Duration) -> Duration {
    runs.iter().map(figure).min().expect("there is a round")
}

/// Writes, is killed while it goes on, and is opened again.
fn run(place: usize, setting: &Setting, events: u64) -> Run {
    let dir = new_directory();
    let path = dir.path().join("redb");
    let mut writer = Writer::start(place, events, &path);
    let written = writer.written();
    std::thread::sleep(GOES_ON);
    drop(writer);
    let started = Instant::now();
    let _database = setting.builder().open(&path).expect("a kill leaves a file that can be used");
    Run { written, reopened: started.elapsed() }
}
