//! A reader in another process while the writer writes, in each mode.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redb::{ReadableDatabase, ReadableTable};

use crate::NAME_WIDTH;
use crate::child::Writer;
use crate::harness::server::new_directory;
use crate::harness::table::{Table, ratio, time, whole};
use crate::harness::times::Times;
use crate::pattern::BLOCKS;
use crate::setting::Setting;

/// Until the writer has made its tables.
const HEAD_START: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(1);

pub fn compare(events: u64) {
    let columns = ["events/s", "to alone", "snapshots", "p50", "p99", "of them new"];
    let table = Table::begin("beside a reader in another process", NAME_WIDTH, &columns);
    for (place, setting) in Setting::all().iter().enumerate().filter(|(_, setting)| setting.is_a_mode()) {
        let (alone, _) = write(place, setting, events, false);
        let (beside, snapshots) = write(place, setting, events, true);
        let rates = [whole(events as f64 / beside), ratio(alone / beside)];
        match snapshots {
            Ok(Snapshots { times, new }) => {
                let figures = [times.count().to_string(), time(times.median()), time(times.p99()), new.to_string()];
                table.row(setting.name, &[&rates[..], &figures].concat());
            }
            Err(refused) => {
                table.row(setting.name, &rates);
                println!("  the reader is refused: {refused}");
            }
        }
    }
}

struct Snapshots {
    times: Times,
    /// Those that held more than the one before.
    new: usize,
}

/// Seconds it took, and what a reader saw meanwhile.
fn write(place: usize, setting: &Setting, events: u64, is_read: bool) -> (f64, Result<Snapshots, redb::Error>) {
    let dir = new_directory();
    let path = dir.path().join("redb");
    let mut writer = Writer::start(place, events, &path);
    let is_over = AtomicBool::new(!is_read);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(setting, &path, &is_over));
        let elapsed = writer.written().elapsed.as_secs_f64();
        is_over.store(true, Ordering::Relaxed);
        (elapsed, reader.join().expect("it reads"))
    })
}

fn read(setting: &Setting, path: &Path, is_over: &AtomicBool) -> Result<Snapshots, redb::Error> {
    let (mut times, mut new, mut newest) = (Vec::new(), 0, None);
    if !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(HEAD_START);
        let database = setting.builder().open_read_only(path)?;
        while !is_over.load(Ordering::Relaxed) {
            let started = Instant::now();
            let last = database.begin_read()?.open_table(BLOCKS)?.last()?.map(|(key, _)| key.value());
            times.push(started.elapsed());
            new += usize::from(std::mem::replace(&mut newest, last) != last);
            std::thread::sleep(PAUSE);
        }
    }
    Ok(Snapshots { times: Times::of(times), new })
}
