//! After the disk has failed or was full: the file is opened anew, memory is made anew where it may not agree with it, and
//! writing is tried again after a pause that grows.

use std::time::Instant;

use super::tables::meta;
use super::{RedbEngine, Writer, read};
use crate::error::{Error, Result};
use crate::limits::{STORAGE_PAUSE_MAX, STORAGE_PAUSE_MIN, STORAGE_ROOM_MIN};

/// Failures in a row, and until when nothing is tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// # Errors
    /// `Storage` in the pause after a failure.
    pub fn is_over(&self) -> Result<()> {
        match self.until {
            Some(until) if Instant::now() < until => {
                Err(Error::Storage("it failed a moment ago, and is tried again in a few seconds".into()))
            }
            _ => Ok(()),
        }
    }

    pub fn has_failed(&self) -> bool {
        self.failures > 0
    }

    pub fn failed(&mut self) {
        let pause = STORAGE_PAUSE_MIN.saturating_mul(1 << self.failures.min(16)).min(STORAGE_PAUSE_MAX);
        self.failures += 1;
        self.until = Some(Instant::now() + pause);
    }

    pub fn succeeded(&mut self) {
        *self = Self::default();
    }
}

impl RedbEngine {
    /// Whether it is time to write again. On a full disk it is not before there is room: each try that fails has the file opened anew,
    /// under whoever reads it.
    ///
    /// # Errors
    /// `Storage` in the pause after a failure, and without room.
    pub(super) fn may_write(&self, backoff: &Backoff) -> Result<()> {
        backoff.is_over()?;
        let is_full = || self.watch.disk().is_some_and(|disk| disk.free_bytes < STORAGE_ROOM_MIN);
        match backoff.has_failed() && is_full() {
            true => Err(Error::Storage("the disk is full".into())),
            false => Ok(()),
        }
    }

    /// To be called before the writer is used.
    ///
    /// # Errors
    /// Where the file cannot be opened or read; then it is tried again after a pause.
    pub(super) fn heal(&self, writer: &mut Writer) -> Result<()> {
        if self.db.is_reader() || !(writer.broken || writer.suspect) {
            return Ok(());
        }
        writer.reopening.is_over()?;
        let has_failed = self.db.has_failed();
        if !has_failed && !writer.broken {
            writer.suspect = false;
            return Ok(());
        }
        let healed = self.open_anew(writer, has_failed);
        match &healed {
            Ok(()) => {
                writer.reopening.succeeded();
                writer.suspect = false;
            }
            Err(_) => writer.reopening.failed(),
        }
        healed
    }

    /// After a failure, so that readers need not wait for the next one who writes.
    pub(super) fn look_after(&self, writer: &mut Writer) {
        writer.suspect = true;
        if writer.reopening.is_over().is_err() {
            return;
        }
        if let Err(error) = self.heal(writer) {
            tracing::error!(%error, "the storage failed and could not be opened again; this is tried until it can");
        }
    }

    fn open_anew(&self, writer: &mut Writer, has_failed: bool) -> Result<()> {
        if has_failed {
            self.db.reopen()?;
            tracing::warn!("the storage was opened anew after a failure");
        }
        if writer.broken || !self.agrees(writer)? {
            self.recover(writer)?;
        }
        Ok(())
    }

    /// Whether the file holds what the writer takes it to hold: what failed may be in it all the same.
    fn agrees(&self, writer: &Writer) -> Result<bool> {
        let tables = self.db.tables()?;
        let checkpoint = tables.meta.get(meta::CHECKPOINT)?.map(|figure| figure.value());
        Ok(checkpoint == Some(writer.checkpoint) && read::log_end(&tables)? == writer.next_seq)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_end_with_a_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.is_over().is_ok());
        let mut last = Duration::ZERO;
        for _ in 0..40 {
            backoff.failed();
            assert!(backoff.is_over().is_err());
            let pause = backoff.until.unwrap() - Instant::now();
            assert!(
                pause <= STORAGE_PAUSE_MAX && pause + Duration::from_millis(50) >= last,
                "{pause:?} after {last:?}"
            );
            last = pause;
        }
        backoff.succeeded();
        assert!(backoff.is_over().is_ok());
    }
}
