//! What the store says of itself without being asked to work: counted as it commits and writes back.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{FILE_NAME, Writer};
use crate::engine::{Disk, Vitals};
use crate::error::Result;
use crate::metrics::Histogram;

/// Readers of it never wait for the writer, which may be at work for long.
pub(super) struct Watch {
    /// Where the file is, if it is one.
    file: Option<PathBuf>,
    began: Instant,
    pub commits: Histogram,
    checkpoints: Histogram,
    checkpoint_failed: AtomicBool,
    /// A page of the file is not what was written.
    damaged: AtomicBool,
    /// Milliseconds since it began.
    checkpointed_at_ms: AtomicU64,
    checkpoint: AtomicU64,
    events: AtomicU64,
    sessions: AtomicU64,
    users: AtomicU64,
}

impl Watch {
    pub fn over(dir: Option<&Path>) -> Self {
        Self {
            file: dir.map(|dir| dir.join(FILE_NAME)),
            began: Instant::now(),
            commits: Histogram::default(),
            checkpoints: Histogram::default(),
            checkpoint_failed: AtomicBool::default(),
            damaged: AtomicBool::default(),
            checkpointed_at_ms: AtomicU64::default(),
            checkpoint: AtomicU64::default(),
            events: AtomicU64::default(),
            sessions: AtomicU64::default(),
            users: AtomicU64::default(),
        }
    }

    /// How far the writer has come.
    pub fn see(&self, writer: &Writer) {
        self.checkpoint.store(writer.checkpoint, Ordering::Relaxed);
        self.events.store(writer.next_seq, Ordering::Relaxed);
        self.sessions.store(writer.sessions.next, Ordering::Relaxed);
        self.users.store(writer.users.next, Ordering::Relaxed);
    }

    /// What became of a checkpoint.
    pub fn checkpointed(&self, began: Instant, outcome: &Result<()>) {
        self.checkpoint_failed.store(outcome.is_err(), Ordering::Relaxed);
        if outcome.is_ok() {
            self.checkpoints.observe(began.elapsed());
            self.checkpointed_at_ms.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
        }
    }

    pub fn read(&self) -> Vitals {
        let events = self.events.load(Ordering::Relaxed);
        let checkpointed_at = Duration::from_millis(self.checkpointed_at_ms.load(Ordering::Relaxed));
        Vitals {
            commits: self.commits.read(),
            checkpoints: self.checkpoints.read(),
            checkpoint_age: self.began.elapsed().saturating_sub(checkpointed_at),
            checkpoint_failed: self.checkpoint_failed.load(Ordering::Relaxed),
            damaged: self.damaged.load(Ordering::Relaxed),
            events_beyond_checkpoint: events.saturating_sub(self.checkpoint.load(Ordering::Relaxed)),
            events,
            sessions: self.sessions.load(Ordering::Relaxed),
            users: self.users.load(Ordering::Relaxed),
            disk: self.disk(),
        }
    }

    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub fn found_damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    pub fn disk(&self) -> Option<Disk> {
        self.file.as_deref().and_then(disk)
    }
}

/// What the disk holds of a file, which may be less than its length.
pub fn allocated_bytes(held: &Metadata) -> u64 {
    const BLOCK_BYTES: u64 = 512;
    held.blocks() * BLOCK_BYTES
}

/// Nothing where the system does not say: what it would say of the file's health, the store itself finds out.
fn disk(file: &Path) -> Option<Disk> {
    let held = std::fs::metadata(file).ok()?;
    let disk = rustix::fs::statvfs(file).ok()?;
    Some(Disk {
        file_bytes: held.len(),
        file_allocated_bytes: allocated_bytes(&held),
        total_bytes: disk.f_blocks * disk.f_frsize,
        // What is kept for root is left to it.
        free_bytes: if rustix::process::geteuid().is_root() { disk.f_bfree } else { disk.f_bavail } * disk.f_frsize,
    })
}
