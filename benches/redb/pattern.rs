//! The store's commits, without what it takes to make them: rows as many and as long as a million events of the reference
//! load, posted over eight connections, left in each table.

use std::path::Path;
use std::time::{Duration, Instant};

use novahouse::limits::{BLOCK_EVENTS, CHECKPOINT_EVENTS_MAX, ROWS_PER_GROUP};
use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};
use redb::{Database, TableDefinition, WriteTransaction};

use crate::setting::Setting;

type Bytes = &'static [u8];
pub const BLOCKS: TableDefinition<(u64, u32), Bytes> = TableDefinition::new("blocks");
const TAIL: TableDefinition<u64, Bytes> = TableDefinition::new("log_tail");
const SESSIONS: TableDefinition<u64, Bytes> = TableDefinition::new("sessions");
const SESSION_NUMBERS: TableDefinition<&[u8; 20], u64> = TableDefinition::new("session_numbers");
const SESSION_STARTS: TableDefinition<(u32, i64, u64), u8> = TableDefinition::new("session_starts");
const USERS: TableDefinition<u64, Bytes> = TableDefinition::new("users");
const USER_NUMBERS: TableDefinition<&[u8; 20], u64> = TableDefinition::new("user_numbers");
const TRACES: TableDefinition<(u32, i64, u64), Bytes> = TableDefinition::new("traces");
const QUESTIONS: TableDefinition<(u32, i32), Bytes> = TableDefinition::new("questions");

const EVENTS_PER_SESSION: u64 = 8;
const EVENTS_PER_USER: u64 = 16;
const EVENTS_PER_DAY: u64 = 1_000_000 / 60;
const EVENTS_PER_CHUNK: u64 = 350;
const BYTES_PER_EVENT: usize = 26;
const BYTES_PER_EVENT_IN_TAIL: usize = 30;
const SESSION_GROUP_BYTES: usize = 1_600;
const USER_GROUP_BYTES: usize = 230;
const CHUNK_BYTES: usize = 3_650;
const QUESTIONS_BYTES: usize = 8_400;

pub struct Pattern {
    database: Database,
    quick_repair: bool,
    part_bytes: usize,
    random: SmallRng,
    /// What rows are cut from.
    bytes: Vec<u8>,
    events: u64,
    sealed: u64,
    checkpoint: u64,
    tail_rows: Vec<u64>,
    pub commits: Vec<Duration>,
    pub checkpoints: Vec<Duration>,
}

impl Pattern {
    pub fn begin(path: &Path, setting: &Setting) -> Self {
        let mut random = SmallRng::seed_from_u64(1);
        let mut bytes = vec![0; BLOCK_EVENTS * BYTES_PER_EVENT_IN_TAIL];
        random.fill_bytes(&mut bytes);
        Self {
            database: setting.builder().create(path).expect("a new file"),
            quick_repair: setting.quick_repair,
            part_bytes: setting.part_bytes,
            random,
            bytes,
            events: 0,
            sealed: 0,
            checkpoint: 0,
            tail_rows: Vec::new(),
            commits: Vec::new(),
            checkpoints: Vec::new(),
        }
    }

    /// In commits of so many events each, and checkpoints.
    pub fn write(&mut self, events: u64, events_each: u64) {
        let end = self.events + events;
        while self.events < end {
            let started = Instant::now();
            self.commit_events(events_each);
            self.commits.push(started.elapsed());
            if self.events - self.checkpoint >= CHECKPOINT_EVENTS_MAX {
                let started = Instant::now();
                self.commit_checkpoint();
                self.checkpoints.push(started.elapsed());
            }
        }
    }

    fn begin_write(&self) -> WriteTransaction {
        let mut transaction = self.database.begin_write().expect("no one else writes");
        transaction.set_quick_repair(self.quick_repair);
        transaction
    }

    fn commit_events(&mut self, events: u64) {
        let transaction = self.begin_write();
        let first = self.events;
        self.events += events;
        {
            let mut blocks = transaction.open_table(BLOCKS).expect("a table");
            let mut tail = transaction.open_table(TAIL).expect("a table");
            while self.events - self.sealed >= BLOCK_EVENTS as u64 {
                let block = &self.bytes[..BLOCK_EVENTS * BYTES_PER_EVENT];
                for (number, part) in (0..).zip(block.chunks(self.part_bytes)) {
                    blocks.insert((self.sealed, number), part).expect("room");
                }
                self.sealed += BLOCK_EVENTS as u64;
                for row in self.tail_rows.drain(..) {
                    tail.remove(row).expect("room");
                }
            }
            let rest = self.events - first.max(self.sealed);
            if rest > 0 {
                tail.insert(self.events - rest, &self.bytes[..rest as usize * BYTES_PER_EVENT_IN_TAIL]).expect("room");
                self.tail_rows.push(self.events - rest);
            }
        }
        transaction.commit().expect("room");
    }

    fn commit_checkpoint(&mut self) {
        let transaction = self.begin_write();
        let events = std::mem::replace(&mut self.checkpoint, self.events)..self.events;
        let each = |by: u64| events.start / by..events.end / by;
        let rows = |transaction: &WriteTransaction, table, numbers: std::ops::Range<u64>, length| {
            let mut table = transaction.open_table::<u64, Bytes>(table).expect("a table");
            numbers.for_each(|number| drop(table.insert(number, &self.bytes[..length]).expect("room")));
        };
        rows(&transaction, SESSIONS, each(EVENTS_PER_SESSION * ROWS_PER_GROUP), SESSION_GROUP_BYTES);
        rows(&transaction, USERS, each(EVENTS_PER_USER * ROWS_PER_GROUP), USER_GROUP_BYTES);
        {
            let mut starts = transaction.open_table(SESSION_STARTS).expect("a table");
            for number in each(EVENTS_PER_SESSION) {
                starts.insert((0, number as i64, number), 0).expect("room");
            }
            let mut traces = transaction.open_table(TRACES).expect("a table");
            for number in each(EVENTS_PER_CHUNK) {
                traces.insert((0, number as i64, 0), &self.bytes[..CHUNK_BYTES]).expect("room");
            }
            let mut questions = transaction.open_table(QUESTIONS).expect("a table");
            for day in each(EVENTS_PER_DAY) {
                questions.insert((0, day as i32), &self.bytes[..QUESTIONS_BYTES]).expect("room");
            }
        }
        let (sessions, users) = (each(EVENTS_PER_SESSION), each(EVENTS_PER_USER));
        write_names(&transaction, SESSION_NUMBERS, sessions, &mut self.random);
        write_names(&transaction, USER_NUMBERS, users, &mut self.random);
        transaction.commit().expect("room");
    }
}

/// Hashes, in order as the store has them.
fn write_names(
    transaction: &WriteTransaction,
    table: TableDefinition<&'static [u8; 20], u64>,
    numbers: std::ops::Range<u64>,
    random: &mut SmallRng,
) {
    let mut table = transaction.open_table(table).expect("a table");
    let mut names: Vec<([u8; 20], u64)> = numbers.map(|number| (random.random(), number)).collect();
    names.sort_unstable();
    for (name, number) in &names {
        table.insert(name, number).expect("room");
    }
}
