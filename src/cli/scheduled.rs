//! The flags of `serve` for backups, and the thread that makes them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::NaiveTime;
use clap::Args;

use crate::backups::{Backups, Plan, Rhythm};
use crate::clock::{Clock, read_span};
use crate::error::Result;
use crate::limits::BACKUP_EVERY_MIN;
use crate::model::Zone;
use crate::store::RedbEngine;

/// How soon the thread hears that the server stops.
const POLL: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(super) struct BackupFlags {
    /// Make backups into this directory, each verified
    #[arg(long, value_name = "DIR", env = "NOVAHOUSE_BACKUP_TO")]
    backup_to: Option<PathBuf>,
    /// How often: 24h, 30m, 7d
    #[arg(long, value_name = "TIME", default_value = "24h", env = "NOVAHOUSE_BACKUP_EVERY", value_parser = pause,
          requires = "backup_to")]
    backup_every: Duration,
    /// Once a day at this time of --timezone instead, such as 03:00
    #[arg(long, value_name = "HH:MM", env = "NOVAHOUSE_BACKUP_AT", value_parser = time_of_day, requires = "backup_to",
          conflicts_with = "backup_every")]
    backup_at: Option<NaiveTime>,
    /// How many of them are kept
    #[arg(long, value_name = "N", default_value = "7", env = "NOVAHOUSE_BACKUP_KEEP",
          value_parser = clap::value_parser!(u16).range(1..))]
    backup_keep: u16,
}

impl BackupFlags {
    /// Where they go.
    pub(super) fn to(&self) -> Option<PathBuf> {
        self.backup_to.clone()
    }

    fn plan(&self, zone: Zone) -> Option<Plan> {
        let rhythm = match self.backup_at {
            Some(time) => Rhythm::At(time, zone),
            None => Rhythm::Every(self.backup_every),
        };
        Some(Plan { to: self.backup_to.clone()?, rhythm, keep: self.backup_keep.into() })
    }

    /// Starts the thread, where backups are wanted.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(super) fn start(
        &self,
        zone: Zone,
        engine: Arc<RedbEngine>,
        data: PathBuf,
        stopped: Arc<AtomicBool>,
    ) -> Result<(Arc<Backups>, Option<JoinHandle<()>>)> {
        let backups = Arc::new(Backups::default());
        let Some(plan) = self.plan(zone) else { return Ok((backups, None)) };
        let shared = backups.clone();
        let work = move || {
            let mut next = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                if Instant::now() >= next {
                    next = Instant::now() + shared.look(&plan, &engine, &data, Clock::System.now_ms());
                }
                std::thread::sleep(POLL);
            }
        };
        Ok((backups, Some(std::thread::Builder::new().name("backups".into()).spawn(work)?)))
    }
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "expected a time of day, such as 03:00".to_owned())
}

fn pause(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time of {} s at least, such as 24h, 30m or 7d", BACKUP_EVERY_MIN.as_secs());
    read_span(text).filter(|pause| *pause >= BACKUP_EVERY_MIN).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_a_number_and_a_unit() {
        assert_eq!(pause("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(pause("2s"), Ok(Duration::from_secs(2)));
        for text in ["", "h", "24", "1.5h", "-1h", "0d", "5 m", "5ż"] {
            assert!(pause(text).is_err(), "{text}");
        }
        assert!(time_of_day("03:00").is_ok() && time_of_day("24:00").is_err());
    }
}
