//! How NovaHouse itself does, as rules may watch it.

use super::metric::Metric;
use crate::engine::Engine;
use crate::health::{self, Word};
use crate::ingest::Stats;
use crate::limits::QUEUE_BYTES_MAX;

/// Looked at once for all rules of a round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own {
    queue_used_percent: f64,
    disk_free_mb: f64,
    failing_checks: f64,
}

impl Own {
    /// Reads something small from the disk.
    pub fn look(engine: &dyn Engine, stats: &Stats) -> Self {
        let vitals = engine.vitals();
        let readable = engine.probe().is_ok();
        let checks = [
            health::storage(readable, &vitals, stats),
            health::queue(stats),
            health::space(&vitals),
            health::checkpoint(&vitals),
        ];
        let failing = checks.iter().filter(|finding| finding.status == Word::Failing).count();
        Self {
            queue_used_percent: stats.queued_bytes as f64 * 100.0 / QUEUE_BYTES_MAX as f64,
            // Where there is no file, no disk is full.
            disk_free_mb: vitals.disk.map_or(f64::MAX, |disk| disk.free_bytes as f64 / 1e6),
            failing_checks: failing as f64,
        }
    }

    pub(super) fn value(&self, metric: Metric) -> f64 {
        match metric {
            Metric::QueueUsedPercent => self.queue_used_percent,
            Metric::DiskFreeMb => self.disk_free_mb,
            Metric::FailingChecks => self.failing_checks,
            other => unreachable!("{other:?} is a figure of a bot"),
        }
    }
}
