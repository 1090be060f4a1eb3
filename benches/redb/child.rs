//! A setting in a process of its own, so that no one else's memory counts, and so that it can be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::server::Usage;
use crate::harness::times::Times;
use crate::pattern::Pattern;
use crate::setting::Setting;

/// Makes this bench write the pattern: a setting's place among all of them, events, and the path of the file.
const FLAG: &str = "--write-pattern";
/// What eight connections, a thousand events each, keep waiting.
const EVENTS_EACH: u64 = 8_000;
/// What a chat's visitors keep waiting.
const EVENTS_EACH_SMALL: u64 = 16;
const SMALL_COMMITS: u64 = 250;
const ENDLESS: u64 = u64::MAX / 2;

/// What writing came to.
#[derive(Clone, Copy)]
pub struct Written {
    pub elapsed: Duration,
    pub processor: Duration,
    pub commit: Duration,
    pub commit_p99: Duration,
    pub checkpoint: Duration,
    pub small_commit: Duration,
    pub bytes: u64,
    /// Of the small commits, which came after.
    pub small_bytes: u64,
    /// At most, kB.
    pub memory_most: u64,
}

impl Written {
    pub fn bytes_a_small_commit(&self) -> u64 {
        self.small_bytes / SMALL_COMMITS
    }

    fn write(pattern: &mut Pattern, events: u64) -> Self {
        let usage = Usage { process: std::process::id() };
        let started = Instant::now();
        pattern.write(events, EVENTS_EACH);
        let elapsed = started.elapsed();
        let (processor, bytes) = (usage.processor(), written_bytes());
        let commits = Times::of(std::mem::take(&mut pattern.commits));
        let checkpoints = Times::of(std::mem::take(&mut pattern.checkpoints));
        pattern.write(SMALL_COMMITS * EVENTS_EACH_SMALL, EVENTS_EACH_SMALL);
        Self {
            elapsed,
            processor,
            commit: commits.median(),
            commit_p99: commits.p99(),
            checkpoint: checkpoints.median(),
            small_commit: Times::of(std::mem::take(&mut pattern.commits)).median(),
            bytes,
            small_bytes: written_bytes() - bytes,
            memory_most: usage.memory_most(),
        }
    }

    fn to_line(self) -> String {
        let Self { elapsed, processor, commit, commit_p99, checkpoint, small_commit, bytes, small_bytes, memory_most } =
            self;
        let times = [elapsed, processor, commit, commit_p99, checkpoint, small_commit];
        let figures = times.map(|time| time.as_nanos() as u64).into_iter().chain([bytes, small_bytes, memory_most]);
        figures.map(|figure| figure.to_string()).collect::<Vec<_>>().join(" ")
    }

    fn of_line(line: &str) -> Self {
        let mut figures = line.split_whitespace().map(|word| word.parse::<u64>().expect("a number"));
        let mut next = || figures.next().expect("a figure");
        let [elapsed, processor, commit, commit_p99, checkpoint, small_commit] =
            std::array::from_fn(|_| Duration::from_nanos(next()));
        let [bytes, small_bytes, memory_most] = std::array::from_fn(|_| next());
        Self { elapsed, processor, commit, commit_p99, checkpoint, small_commit, bytes, small_bytes, memory_most }
    }
}

/// To be called first in `main`.
pub fn write_if_asked() {
    let words: Vec<String> = std::env::args().skip_while(|word| word != FLAG).skip(1).collect();
    let [place, events, path, ..] = &words[..] else { return };
    let setting = Setting::all()[place.parse::<usize>().expect("a place")];
    let mut pattern = Pattern::begin(Path::new(path), &setting);
    println!("{}", Written::write(&mut pattern, events.parse().expect("a number")).to_line());
    pattern.write(ENDLESS, EVENTS_EACH);
}

fn written_bytes() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("a Linux");
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).expect("it is counted");
    line.parse().expect("a number")
}

/// Writes until it is dropped, which kills it in the middle.
pub struct Writer(Child);

impl Writer {
    pub fn start(place: usize, events: u64, path: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.args([FLAG, &place.to_string(), &events.to_string()]).arg(path);
        Self(command.stdout(Stdio::piped()).spawn().expect("it starts"))
    }

    /// Waits for the events to be written.
    pub fn written(&mut self) -> Written {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().expect("once")).read_line(&mut line).expect("a line of text");
        Written::of_line(&line)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}
