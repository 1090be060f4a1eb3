//! A directory's file over a long run, and what compaction gives back and for how long.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use novahouse::store::FILE_NAME;
use redb::Database;

use crate::NAME_WIDTH;
use crate::harness::now_ms;
use crate::harness::posts::Posts;
use crate::harness::reference::{DAYS, Reference};
use crate::harness::seed::seed;
use crate::harness::server::{Server, new_directory};
use crate::harness::table::{Table, short, time, whole};
use crate::space::Space;

const DAY_MS: i64 = 86_400_000;
const EVENTS_PER_SESSION: u64 = 8;

/// The reference load as stretches that follow each other.
struct Stretches {
    now_ms: i64,
    events_each: u64,
    count: i64,
    posts: Posts,
}

impl Stretches {
    fn post(&self, data: &Path, number: i64) -> f64 {
        let days = DAYS / self.count;
        let stretch = Reference {
            days,
            first_session: number as u64 * self.events_each / EVENTS_PER_SESSION,
            ..Reference::new(self.events_each, self.now_ms - (self.count - 1 - number) * days * DAY_MS)
        };
        let server = Server::on(data);
        let seeded = seed(&server, self.posts, &stretch);
        server.stop();
        seeded.rate()
    }
}

/// Posts all stretches but one, compacts a copy, and posts the last one to both.
pub fn grow(name: &str, in_order: bool, events_each: u64, count: i64) {
    let stretches = Stretches { now_ms: now_ms(), events_each, count, posts: Posts { in_order, ..Posts::REFERENCE } };
    let columns = ["stored", "branches", "in pages", "redb's own", "free", "on disk", "length", "events/s"];
    let title = format!("file, bytes an event, {name}");
    let table = Table::begin(&title, NAME_WIDTH, &columns);
    let dir = new_directory();
    for number in 0..count - 1 {
        let rate = stretches.post(dir.path(), number);
        show(&table, "", dir.path(), events_each * (number + 1) as u64, rate);
    }
    let before = events_each * (count - 1) as u64;
    let compacted = new_directory();
    copy(dir.path(), compacted.path());
    let took = compact(compacted.path());
    show(&table, &format!("a copy, compacted in {}", time(took)), compacted.path(), before, 0.0);
    let each = [("more of it", &dir), ("more in the copy", &compacted)];
    for (name, dir) in each {
        let rate = stretches.post(dir.path(), count - 1);
        show(&table, name, dir.path(), before + events_each, rate);
    }
    show_tables(dir.path(), before + events_each);
}

fn show(table: &Table, what: &str, data: &Path, events: u64, rate: f64) {
    let space = Space::of(data);
    let (stored, branches) = (space.sum(|table| table.stored), space.sum(|table| table.metadata));
    let room = space.sum(|table| table.room);
    let of_redb = space.allocated - stored - branches - room;
    let per_event = |bytes: u64| format!("{:.1}", bytes as f64 / events as f64);
    let bytes = [stored, branches, room, of_redb, space.free(), space.on_disk, space.length].map(per_event);
    let rate = if rate > 0.0 { whole(rate) } else { String::new() };
    table.row(format!("{} {what}", short(events)).trim_end(), &[&bytes[..], &[rate]].concat());
}

fn show_tables(data: &Path, events: u64) {
    let space = Space::of(data);
    let table = Table::begin("the same by table", NAME_WIDTH, &["stored", "branches", "in pages"]);
    for one in space.tables.iter().filter(|one| one.stored * 20 >= events) {
        let per_event = |bytes: u64| format!("{:.2}", bytes as f64 / events as f64);
        table.row(&one.name, &[one.stored, one.metadata, one.room].map(per_event));
    }
}

/// With its holes.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("--sparse=always").arg(from.join(FILE_NAME)).arg(to).status();
    assert!(copied.expect("cp runs").success());
}

fn compact(data: &Path) -> Duration {
    let mut database = Database::open(data.join(FILE_NAME)).expect("it was closed");
    let started = Instant::now();
    database.compact().expect("no one else has it");
    started.elapsed()
}
