//! How long the disk takes until what it was given is safe: every acknowledgement waits for it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Finding;
use crate::limits::{SYNC_AT_LEAST, SYNC_SLOW, SYNC_VERY_SLOW, SYNCS_TRIED};

/// What is written before each sync: a page.
const PAGE: [u8; 4_096] = [0x5a; 4_096];

pub fn look(dir: &Path) -> Finding {
    match measure(dir) {
        Ok(median) => judge(median),
        Err(error) => Finding::bad(
            "sync",
            format!("a file in {} cannot be written and synced: {error}", dir.display()),
            "give this user the right to write there, make room, or look at the disk (dmesg)",
        ),
    }
}

fn judge(median: Duration) -> Finding {
    let takes =
        format!("a page is safe on the disk after {:.2} ms (median of {SYNCS_TRIED})", median.as_secs_f64() * 1e3);
    if median >= SYNC_VERY_SLOW {
        let advice = "use another disk: every request that stores events waits at least so long";
        return Finding::bad("sync", takes, advice);
    }
    if median >= SYNC_SLOW {
        let advice = "send events in batches and over several connections, which share a sync; or use a faster disk";
        return Finding::warn("sync", takes, advice);
    }
    if median < SYNC_AT_LEAST {
        let advice = "see that nothing swallows syncs (eatmydata, nobarrier, a virtual disk with an unsafe cache)";
        return Finding::warn("sync", format!("{takes}, which is faster than disks are"), advice);
    }
    Finding::ok("sync", takes)
}

fn measure(dir: &Path) -> io::Result<Duration> {
    let mut temporary = Temporary::new(dir)?;
    let mut took = Vec::with_capacity(SYNCS_TRIED);
    for _ in 0..SYNCS_TRIED {
        let began = Instant::now();
        temporary.file.write_all(&PAGE)?;
        temporary.file.sync_data()?;
        took.push(began.elapsed());
    }
    took.sort();
    Ok(took[SYNCS_TRIED / 2])
}

/// A file that goes when it is dropped.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl Temporary {
    fn new(dir: &Path) -> io::Result<Self> {
        let path = dir.join(format!("doctor.{}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Where it cannot be removed there is more to be told than this.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn slow_and_impossibly_fast_syncs_are_told() {
        let level = |micros| judge(Duration::from_micros(micros)).level;
        assert_eq!(
            [level(1), level(900), level(80_000), level(2_000_000)],
            [Level::Warn, Level::Ok, Level::Warn, Level::Bad]
        );
    }

    #[test]
    fn nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        assert!(measure(dir.path()).is_ok());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(measure(&dir.path().join("missing")).is_err());
    }
}
