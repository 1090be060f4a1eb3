//! Backups by the clock: when one is due, what it is called, which old ones go, and how the last ones went.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::limits::BACKUP_RETRY;
use crate::model::Zone;
use crate::store::{BackupOptions, Extent, RedbEngine};

/// Names of backups made by the clock, in UTC: nothing else is ever removed.
const NAME_FORMAT: &str = "novahouse-%Y%m%dT%H%M%SZ.backup";
/// Behind the name of one that is being made.
const UNFINISHED: &str = ".unfinished";

/// When backups are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// So long after the last one.
    Every(Duration),
    /// Each day at this time of the zone's wall clock.
    At(NaiveTime, Zone),
}

impl Rhythm {
    /// Whether one is due, where the last was made then (epoch ms).
    fn is_due(self, now_ms: i64, last_ms: Option<i64>) -> bool {
        let Some(last_ms) = last_ms else { return true };
        match self {
            Self::Every(pause) => now_ms - last_ms >= i64::try_from(pause.as_millis()).unwrap_or(i64::MAX),
            Self::At(time, zone) => last_ms < latest(time, zone, now_ms),
        }
    }
}

/// When it was that time of day last, epoch ms.
fn latest(time: NaiveTime, zone: Zone, now_ms: i64) -> i64 {
    let today = zone.day(now_ms);
    let at = |day| zone.moment_ms(day, time);
    if at(today) <= now_ms { at(today) } else { at(today.plus(-1)) }
}

/// Where backups go, when, and how many are kept.
#[derive(Clone, Debug)]
pub struct Plan {
    pub to: PathBuf,
    pub rhythm: Rhythm,
    pub keep: usize,
}

/// How backups by the clock went; shared with who answers for the server's health.
#[derive(Debug, Default)]
pub struct Backups(Mutex<Option<Status>>);

/// Since the start of the server.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// When the latest one that is there was begun, epoch ms.
    pub last_ms: Option<i64>,
    /// The one after it failed; the log says why.
    pub failed: bool,
}

impl Backups {
    /// `None` where none are to be made.
    pub fn status(&self) -> Option<Status> {
        self.0.lock().clone()
    }

    /// Makes one if it is due, and removes what is too old. Returns how long to leave it alone.
    pub fn look(&self, plan: &Plan, engine: &RedbEngine, data: &Path, now_ms: i64) -> Duration {
        const LOOK_AGAIN: Duration = Duration::from_secs(1);
        let known = made(&plan.to);
        let last_ms = known.as_ref().ok().and_then(|known| known.last().map(|last| last.0));
        self.0.lock().get_or_insert_default().last_ms = last_ms;
        if known.is_ok() && !plan.rhythm.is_due(now_ms, last_ms) {
            return LOOK_AGAIN;
        }
        let done = known.and_then(|_| make(plan, engine, data, now_ms));
        let mut status = self.0.lock();
        let status = status.get_or_insert_default();
        match done {
            Ok(()) => {
                *status = Status { last_ms: Some(now_ms), failed: false };
                LOOK_AGAIN
            }
            Err(error) => {
                tracing::error!(%error, again_in_seconds = BACKUP_RETRY.as_secs(), "the backup failed");
                status.failed = true;
                BACKUP_RETRY
            }
        }
    }
}

fn make(plan: &Plan, engine: &RedbEngine, data: &Path, now_ms: i64) -> Result<()> {
    let to = plan.to.join(name(now_ms));
    let began = std::time::Instant::now();
    let backup = engine.backup(data, &to, BackupOptions::default())?;
    let took_ms = began.elapsed().as_millis() as u64;
    tracing::info!(file = %to.display(), events = backup.events, bytes = backup.bytes, took_ms, "backed up and verified");
    rotate(&plan.to, plan.keep)
}

/// Removes the oldest ones beyond so many.
fn rotate(dir: &Path, keep: usize) -> Result<()> {
    let known = made(dir)?;
    for (_, path) in &known[..known.len().saturating_sub(keep)] {
        std::fs::remove_file(path)?;
        tracing::info!(file = %path.display(), "an old backup was removed");
    }
    Ok(())
}

/// Backups that were made by the clock and when, oldest first.
fn made(dir: &Path) -> Result<Vec<(i64, PathBuf)>> {
    std::fs::create_dir_all(dir)
        .map_err(|error| Error::Unusable(format!("--backup-to {}: it cannot be made: {error}", dir.display())))?;
    let mut known = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let made_ms = entry.file_name().to_str().and_then(made_ms);
        if let Some(made_ms) = made_ms.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())) {
            known.push((made_ms, entry.path()));
        }
    }
    known.sort();
    Ok(known)
}

/// A backup in the directory, whoever made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub file: String,
    /// When it was begun, epoch ms.
    pub made_ms: i64,
    /// What it holds, where it says so: one that is still being made does not, nor one that is damaged.
    pub extent: Option<Extent>,
}

/// All backups that there are and those that are being made, the oldest first: what has the name of one made by the clock, and
/// what says of itself that it is one.
///
/// # Errors
/// `Unusable` where the directory cannot be read.
pub fn all_known(dir: &Path) -> Result<Vec<Known>> {
    let unusable = |error| Error::Unusable(format!("the backups in {} cannot be listed: {error}", dir.display()));
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unusable)?,
    };
    // By name: one may take it just now, and be met twice.
    let mut all = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(unusable)?;
        let known = entry.file_name().to_str().and_then(|name| known(&entry.path(), name));
        all.extend(known.map(|known| (known.file.clone(), known)));
    }
    let mut all: Vec<Known> = all.into_values().collect();
    all.sort_by_key(|known| known.made_ms);
    Ok(all)
}

/// A file, if it is a backup; under the name that it has, or will have.
fn known(path: &Path, name: &str) -> Option<Known> {
    // Through links, and only what can be read without waiting for someone to write.
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    if let Some(file) = name.strip_suffix(UNFINISHED) {
        let begun_ms = || Some(DateTime::<Utc>::from(metadata?.modified().ok()?).timestamp_millis());
        let made_ms = made_ms(file).or_else(begun_ms)?;
        return Some(Known { file: file.to_owned(), made_ms, extent: None });
    }
    let extent = metadata.and_then(|_| Extent::of(path));
    let made_ms = extent.map(|extent| extent.made_ms).or_else(|| made_ms(name))?;
    Some(Known { file: name.to_owned(), made_ms, extent })
}

fn name(now_ms: i64) -> String {
    DateTime::from_timestamp_millis(now_ms).unwrap_or_default().format(NAME_FORMAT).to_string()
}

/// When a backup of that name was made; `None` of any other name.
fn made_ms(file: &str) -> Option<i64> {
    let made_ms = NaiveDateTime::parse_from_str(file, NAME_FORMAT).ok()?.and_utc().timestamp_millis();
    (name(made_ms) == file).then_some(made_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FILE_NAME, Options};

    const HOUR_MS: i64 = 3_600_000;
    /// 2026-03-31 12:00 in Warsaw.
    const NOON_MS: i64 = 1_774_951_200_000;

    #[test]
    fn a_name_says_when_and_no_other_name_is_taken_for_one() {
        assert_eq!(made_ms(&name(NOON_MS)), Some(NOON_MS));
        let others = [
            "novahouse.redb",
            "novahouse-20260331T100000Z.backup.unfinished",
            "novahouse-2026.backup",
            "",
            "mine-20260331T100000Z.backup",
            "novahouse-20260331T100000Z.backup ",
            "novahouse-20261331T100000Z.backup",
        ];
        assert!(others.iter().all(|file| made_ms(file).is_none()));
    }

    #[test]
    fn what_is_known_is_every_backup_and_those_being_made_whatever_their_names() {
        let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(all_known(&dir.path().join("nowhere")).unwrap(), []);
        let engine = RedbEngine::open(data.path(), &Options::default()).unwrap();
        engine.backup(data.path(), &dir.path().join("by hand"), BackupOptions::default()).unwrap();
        // Of a damaged one it is not known what it holds.
        let (damaged, being_made) = (name(NOON_MS), name(NOON_MS + HOUR_MS));
        for file in [&damaged, &format!("{being_made}{UNFINISHED}"), "notes.txt", "mine.unfinished"] {
            std::fs::write(dir.path().join(file), "x").unwrap();
        }
        std::fs::copy(data.path().join(FILE_NAME), dir.path().join("data.backup")).unwrap();
        std::fs::create_dir(dir.path().join("a directory")).unwrap();
        let known = all_known(dir.path()).unwrap();
        let of = |file: &str| known.iter().find(|known| known.file == file).map(|known| (known.made_ms, known.extent));
        assert_eq!((of(&damaged), of(&being_made)), (Some((NOON_MS, None)), Some((NOON_MS + HOUR_MS, None))));
        let by_hand = of("by hand").unwrap().1.unwrap();
        assert_eq!((by_hand.end, by_hand.last_ms), (0, None));
        assert!(of("mine").is_some());
        assert_eq!(known.len(), 4, "data, notes and a directory are no backups: {known:?}");
    }

    #[test]
    fn backups_are_due_by_the_pause_or_by_the_wall_clock() {
        let every = Rhythm::Every(Duration::from_secs(24 * 3_600));
        assert!(every.is_due(NOON_MS, None));
        assert!(!every.is_due(NOON_MS, Some(NOON_MS - 24 * HOUR_MS + 1)));
        assert!(every.is_due(NOON_MS, Some(NOON_MS - 24 * HOUR_MS)));
        let at = Rhythm::At(NaiveTime::from_hms_opt(3, 0, 0).unwrap(), "Europe/Warsaw".parse().unwrap());
        assert!(at.is_due(NOON_MS, Some(NOON_MS - 9 * HOUR_MS - 1)), "03:00 was nine hours ago");
        assert!(!at.is_due(NOON_MS, Some(NOON_MS - 9 * HOUR_MS)));
        assert!(!at.is_due(NOON_MS - 10 * HOUR_MS, Some(NOON_MS - 32 * HOUR_MS)), "at 02:00 yesterday's is enough");
    }

    #[test]
    fn rotation_removes_the_oldest_of_its_own_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str| std::fs::write(dir.path().join(name), "x").unwrap();
        let days: Vec<String> = (0..5).map(|day| name(NOON_MS + day * 24 * HOUR_MS)).collect();
        days.iter().for_each(|day| put(day));
        let others = ["mine.backup", "novahouse.redb", "novahouse-old.backup"];
        others.iter().for_each(|name| put(name));
        std::fs::create_dir(dir.path().join(name(NOON_MS - HOUR_MS))).unwrap();
        rotate(dir.path(), 2).unwrap();
        let left: Vec<_> = made(dir.path()).unwrap().into_iter().map(|(_, path)| path).collect();
        assert_eq!(left, [3, 4].map(|day| dir.path().join(&days[day])));
        assert!(others.iter().all(|name| dir.path().join(name).exists()));
        rotate(dir.path(), 2).unwrap();
        assert_eq!(made(dir.path()).unwrap().len(), 2);
    }
}
