//! Room that is free in the file is given back to the disk while everything goes on: a smaller file is made of it, as `copy.rs`
//! says, and takes its place.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use redb::ReadableTable;

use super::super::copy::Copy;
use super::super::opened::Opened;
use super::super::{RedbEngine, Writer};
use crate::engine::{GivenBack, KeepOf, Retained};
use crate::error::{Error, Result};
use crate::limits::{
    COPY_BYTES_PER_STEP, GIVE_BACK_MARGIN_BYTES, GIVEN_BACK_PART, OLD_FILE_HELD_MAX, OLD_FILE_HELD_POLL,
    RETAIN_PAUSE_MAX,
};

/// What was known of the file when little was free in it; as long as nothing goes, nothing becomes free.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct LittleFree {
    /// Number of the last erasure.
    erasures: u64,
}

impl RedbEngine {
    /// A whole run, which has not failed where only the end of it does.
    pub(in crate::store) fn let_go_and_give_back(
        &self,
        keep: &KeepOf<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Retained> {
        let let_go = self.let_go(keep, stopped);
        if !matches!(&let_go, Ok(retained) if retained.bots.is_empty()) {
            *self.little_free.lock() = None;
        }
        let mut retained = let_go?;
        let pays = if stopped() { Ok(false) } else { self.pays_to_give_back() };
        match pays.and_then(|pays| pays.then(|| self.give_back(stopped)).transpose()) {
            Ok(None) => {}
            Ok(Some(given_back)) => {
                retained.given_back_bytes = given_back.bytes;
                retained.longest = retained.longest.max(given_back.longest);
            }
            Err(error) => {
                tracing::warn!(%error, "what is free in the file was not given back; it is tried again in the next run");
            }
        }
        Ok(retained)
    }

    /// Whether so much is free in the file that it is worth copying what is not. Reads all of it, unless nothing has gone since it was
    /// read the last time.
    pub(in crate::store) fn pays_to_give_back(&self) -> Result<bool> {
        let (bytes_min, Some(disk)) = (self.options.given_back_bytes_min, self.watch.disk()) else { return Ok(false) };
        if disk.file_allocated_bytes < bytes_min {
            return Ok(false);
        }
        let tables = self.db.tables()?;
        let erasures = tables.erasures.last()?.map_or(0, |(number, _)| number.value() + 1);
        let now = LittleFree { erasures };
        if *self.little_free.lock() == Some(now) {
            return Ok(false);
        }
        let taken = tables.taken_bytes()?;
        let free = disk.file_allocated_bytes.saturating_sub(taken);
        let pays = free >= bytes_min && free >= disk.file_allocated_bytes / GIVEN_BACK_PART;
        *self.little_free.lock() = (!pays).then_some(now);
        let needed = 2 * taken + GIVE_BACK_MARGIN_BYTES;
        if pays && disk.free_bytes < needed {
            tracing::warn!(
                free_in_file_bytes = free,
                needed_bytes = needed,
                free_on_disk_bytes = disk.free_bytes,
                "what is free in the file is not given back: there is not enough room for a smaller one beside it"
            );
            return Ok(false);
        }
        Ok(pays)
    }

    /// Makes a smaller file of the one that is open, whether it pays or not, and puts it into its place. Everything goes on meanwhile;
    /// once `stopped`, it ends after the step it is at, and nothing has changed.
    ///
    /// # Errors
    /// `Conflict` where more is written than can be copied; `Storage` where the disk fails or is full. The file is then as it was.
    pub fn give_back(&self, stopped: &dyn Fn() -> bool) -> Result<GivenBack> {
        let Some(_one_at_a_time) = self.giving_back.try_lock() else {
            return Err(Error::Conflict("room is being given back already".into()));
        };
        let file = self.db.writer()?;
        let copy = Copy::begin(file, || self.writer.lock())?;
        let Some((given_back, old)) = self.follow(copy, stopped)? else { return Ok(GivenBack::default()) };
        close(old, stopped);
        Ok(given_back)
    }

    /// Copies, follows and swaps; returns what was the file before.
    fn follow(&self, mut copy: Copy<'_>, stopped: &dyn Fn() -> bool) -> Result<Option<(GivenBack, Arc<Opened>)>> {
        let mut longest = Duration::ZERO;
        while !stopped() {
            if copy.has_work() {
                let began = Instant::now();
                copy.step(COPY_BYTES_PER_STEP)?;
                if !copy.is_following() {
                    sleep(began.elapsed().min(RETAIN_PAUSE_MAX));
                }
                continue;
            }
            let writer = self.writer.lock();
            let began = Instant::now();
            is_well(&writer)?;
            if !copy.is_near() {
                copy.take_turn()?;
                drop(writer);
                longest = longest.max(began.elapsed());
                continue;
            }
            let (before, after) = copy.held_bytes()?;
            let old = copy.swap()?;
            drop(writer);
            longest = longest.max(began.elapsed());
            return Ok(Some((GivenBack { bytes: before.saturating_sub(after), longest }, old)));
        }
        Ok(None)
    }
}

/// # Errors
/// `Storage` where the file may have to be opened anew.
fn is_well(writer: &Writer) -> Result<()> {
    match writer.broken || writer.suspect {
        true => Err(Error::Storage("it failed while a smaller file was made".into())),
        false => Ok(()),
    }
}

/// Waits for those who read the old file, so that none of them has to close it.
fn close(old: Arc<Opened>, stopped: &dyn Fn() -> bool) {
    let until = Instant::now() + OLD_FILE_HELD_MAX;
    while Arc::strong_count(&old) > 1 && Instant::now() < until && !stopped() {
        sleep(OLD_FILE_HELD_POLL);
    }
}
