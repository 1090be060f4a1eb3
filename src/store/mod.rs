//! The only place that knows redb: the log of events, its fold, and the questions' way to both.
//!
//! One writer appends (`append.rs`), folds and checkpoints (`checkpoint.rs`); readers take rollups from memory (`hot.rs`)
//! and sessions, transcripts and exports from a snapshot of the file (`lists.rs`, `sessions.rs`, `export.rs`).

mod append;
mod asked;
mod backup;
mod beside;
mod checkpoint;
mod chunk;
mod codec;
mod columns;
mod compare;
mod copy;
mod digests;
mod drill;
mod erase;
mod experiments;
mod explore;
mod export;
mod extent;
mod files;
mod fold;
mod frozen;
#[cfg(test)]
mod fuzz;
mod glance;
mod heal;
mod held;
mod hot;
mod image;
mod lists;
mod log;
mod merge;
mod migrate;
mod moments;
mod names;
mod numbers;
mod old_blocks;
mod opened;
mod questions;
mod read;
mod remembered;
mod repair;
mod retain;
mod rows;
mod salvage;
mod sessions;
mod shared;
mod snapshot;
mod tables;
#[cfg(test)]
mod tests;
mod traced;
mod traces;
mod transaction;
mod verify;
mod watch;

use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

pub use backup::{Backup, BackupOptions, backup, restore, verify_backup};
pub use beside::BackendBeside;
pub use erase::erasures;
pub use extent::Extent;
pub use glance::{Glance, glance};
pub use merge::{Merge, Merged, MergedBot, merge};
pub use migrate::{TableInfo, migrate};
pub use repair::{Repaired, repair};
pub use retain::{compact, would_go};
pub use snapshot::{FILE_NAME, or_ask_for};
pub use verify::{Checked, check, set_zone};

use crate::clock::Clock;
use crate::engine::TokenPrice;
use crate::error::Result;
use crate::limits::{
    CACHED_ROWS_MAX, EXPERIMENT_SESSIONS_MAX, GIVEN_BACK_BYTES_MIN, NAMES_WAITING_MAX, PAGE_CACHE_BYTES,
};
use crate::model::{DEFAULT_BOT, Event, Seq, Session, User, Zone};
use frozen::Frozen;
use heal::Backoff;
use hot::LeadChanges;
use names::{Kind, Names};
use remembered::Remembered;
use retain::{LittleFree, Swept};
use rows::Rows;
use shared::Shared;
use snapshot::Db;
use tables::{LAYOUT, META, meta};
use traces::Pending;
use watch::Watch;

/// How an engine is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The reporting zone of bots that appear.
    pub zone: Zone,
    pub clock: Clock,
    /// What tokens cost where an event does not say.
    pub price: TokenPrice,
    /// Sessions kept in memory, and users: few suffice where events come session by session.
    pub cached_rows_max: usize,
    /// Names of sessions, and of users, that wait to be merged into the leaves by hash.
    pub names_waiting_max: usize,
    /// Sessions that one experiment is counted of.
    pub experiment_sessions_max: usize,
    /// redb's page cache.
    pub page_cache_bytes: usize,
    /// What has to be free in the file for retention to give it back; the most that there is where it never does.
    pub given_back_bytes_min: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            clock: Clock::System,
            price: TokenPrice::default(),
            cached_rows_max: CACHED_ROWS_MAX,
            names_waiting_max: NAMES_WAITING_MAX,
            experiment_sessions_max: EXPERIMENT_SESSIONS_MAX,
            page_cache_bytes: PAGE_CACHE_BYTES,
            given_back_bytes_min: GIVEN_BACK_BYTES_MIN,
        }
    }
}

/// The engine of one data directory.
pub struct RedbEngine {
    db: Db,
    options: Options,
    writer: Mutex<Writer>,
    /// Held by who lets go of what is stored, one at a time: how far the last one came.
    retaining: Mutex<Option<Swept>>,
    /// Held by who gives room back.
    giving_back: Mutex<()>,
    little_free: Mutex<Option<LittleFree>>,
    hot: Shared,
    watch: Watch,
}

/// What only the writer knows. In a reader it holds what the log has beyond the checkpoint.
struct Writer {
    /// Place of the next event in the log; everything before it is durable and folded.
    next_seq: Seq,
    /// Events that await their block, and the rows of `log_tail` that hold them.
    tail: Vec<Event>,
    tail_rows: Vec<Seq>,
    /// What the tail's events weigh.
    tail_bytes: usize,
    sessions: Rows<Session>,
    users: Rows<User>,
    /// Names of what the tables hold.
    session_names: Names,
    user_names: Names,
    leads: LeadChanges,
    traces: Pending,
    /// Rows of a table that only grows, until the next checkpoint writes them.
    spilled: Vec<((u64, u64), Vec<Seq>)>,
    remembered: Remembered,
    /// Of earlier events no session sums up what experiments measure.
    measured_since: Seq,
    /// What the tables of the fold hold.
    checkpoint: Seq,
    checkpointed_at: Instant,
    /// The last one that a reader asked for.
    readers_checkpoint_took: Duration,
    /// What the events folded since then weigh.
    unwritten_bytes: usize,
    /// The fold failed half-way: memory has to be made anew from the file.
    broken: bool,
    /// In a recount: what is not counted from the log.
    frozen: Option<Box<Frozen>>,
    /// Something failed: the disk may have.
    suspect: bool,
    /// Of events that could not be stored, and of checkpoints that could not be written.
    appends: Backoff,
    checkpoints: Backoff,
    /// Of opening the file anew after one of them.
    reopening: Backoff,
}

impl Writer {
    fn empty(options: &Options) -> Self {
        Self {
            next_seq: 0,
            tail: Vec::new(),
            tail_rows: Vec::new(),
            tail_bytes: 0,
            sessions: Rows::new(0, options.cached_rows_max),
            users: Rows::new(0, options.cached_rows_max),
            session_names: Names::none(Kind::Session, options.names_waiting_max),
            user_names: Names::none(Kind::User, options.names_waiting_max),
            leads: LeadChanges::new(),
            traces: Pending::default(),
            spilled: Vec::new(),
            remembered: Remembered::default(),
            measured_since: 0,
            checkpoint: 0,
            checkpointed_at: Instant::now(),
            readers_checkpoint_took: Duration::ZERO,
            unwritten_bytes: 0,
            broken: false,
            frozen: None,
            suspect: false,
            appends: Backoff::default(),
            checkpoints: Backoff::default(),
            reopening: Backoff::default(),
        }
    }
}

impl RedbEngine {
    /// Opens a data directory to write, creating what is missing and bringing an older layout to this program's.
    ///
    /// # Errors
    /// `Unusable` with what to do; `Corrupt` and `Storage` where the data cannot be read.
    pub fn open(dir: &Path, options: &Options) -> Result<Self> {
        let db = Db::open(dir, options.page_cache_bytes, |db| create(db, options))?;
        migrate::upgrade(&db, dir)?;
        Self::over(db, options, Some(dir))
    }

    /// Opens a data directory to read, beside a server that may be using it: a snapshot of all that is acknowledged.
    pub fn open_read_only(dir: &Path, options: &Options) -> Result<Self> {
        Self::over(Db::open_read_only(dir)?, options, Some(dir))
    }

    /// Opens a store over any backend; tests give one that fails.
    /// `backend` is called again where the store is opened anew after a failure.
    pub fn open_backend<B: redb::StorageBackend>(
        backend: impl Fn() -> B + Send + Sync + 'static,
        options: &Options,
    ) -> Result<Self> {
        Self::over(Db::open_backend(backend)?, options, None)
    }

    /// The same with a place beside it, in which a smaller one can be made.
    pub fn open_backends<B: redb::StorageBackend>(
        backend: impl Fn() -> B + Send + Sync + 'static,
        beside: BackendBeside<B>,
        options: &Options,
    ) -> Result<Self> {
        Self::over(Db::open_backends(backend, beside)?, options, None)
    }

    fn over(db: Db, options: &Options, dir: Option<&Path>) -> Result<Self> {
        let engine = Self {
            db,
            options: options.clone(),
            writer: Mutex::new(Writer::empty(options)),
            retaining: Mutex::new(None),
            giving_back: Mutex::new(()),
            little_free: Mutex::new(None),
            hot: Shared::default(),
            watch: Watch::over(dir),
        };
        if engine.db.layout()?.is_none() {
            create(&engine.db, options)?;
        }
        engine.recover(&mut engine.writer.lock())?;
        Ok(engine)
    }

    /// Writes everything back and ends. Dropping without it loses nothing; the next start has more to fold.
    pub fn close(&self) -> Result<()> {
        self.checkpoint()
    }

    /// Whether no event was ever stored.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.writer.lock().next_seq == 0)
    }
}

/// Makes every table, and the bot that always exists.
fn create(db: &Db, options: &Options) -> Result<()> {
    let transaction = db.begin_write()?;
    tables::create_all(&transaction)?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert(meta::LAYOUT, LAYOUT)?;
        for figure in [meta::CHECKPOINT, meta::NEXT_SESSION, meta::NEXT_USER] {
            meta.insert(figure, 0)?;
        }
        let row = append::encode_bot(DEFAULT_BOT, options.zone);
        transaction.open_table(tables::BOTS)?.insert(0, &row[..])?;
    }
    transaction.commit()?;
    Ok(())
}
