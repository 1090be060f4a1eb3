//! The store: whether it can be read, how far it is, and how it grows.

use std::path::Path;

use super::place::free_bytes;
use super::{Finding, size};
use crate::limits::{
    CHECKPOINT_EVENTS_MAX, CLOCK_SKEW_MS_MAX, DAYS_MAX, DISK_LASTS_DAYS_FEW, DISK_LASTS_DAYS_MIN, GROWTH_DAYS,
};
use crate::model::day::rfc3339;
use crate::store::{FILE_NAME, Glance, glance};

const DAY_MS: i64 = 86_400_000;

pub fn look(dir: &Path, now_ms: i64) -> Vec<Finding> {
    if !dir.join(FILE_NAME).exists() {
        return vec![Finding::ok("store", format!("there is no {FILE_NAME} yet; `novahouse serve` makes it"))];
    }
    let draw = now_ms.unsigned_abs();
    match glance(dir, now_ms - i64::from(GROWTH_DAYS) * DAY_MS, draw) {
        Err(error) => vec![Finding::bad("store", error.to_string(), "run `novahouse check`, and what it says")],
        Ok(None) => vec![Finding::warn(
            "store",
            format!("{FILE_NAME} was not closed, as after a crash; nothing acknowledged is lost by that"),
            "start the service: it puts that right, in a moment",
        )],
        Ok(Some(found)) => {
            let mut findings = vec![blocks(&found), fold(&found), newest(&found, now_ms)];
            findings.extend(free(&found));
            findings.extend(growth(dir, &found));
            findings
        }
    }
}

fn blocks(found: &Glance) -> Finding {
    let Glance { layout, events, blocks, blocks_read, damage, .. } = found;
    match damage.first() {
        Some(first) => {
            let finding = format!("of the blocks that were read, {} are damaged: {first}", damage.len());
            Finding::bad(
                "store",
                finding,
                "run `novahouse check`, look at the disk (dmesg, smartctl), restore a backup",
            )
        }
        None => Finding::ok(
            "store",
            format!(
                "layout {layout}, {events} events; {blocks_read} of {blocks} blocks were read and match their checksums"
            ),
        ),
    }
}

fn fold(found: &Glance) -> Finding {
    let behind = found.events.saturating_sub(found.checkpoint);
    let finding = format!("a start has {behind} events to fold");
    if found.damage.is_empty() && behind > 2 * CHECKPOINT_EVENTS_MAX {
        let advice =
            "checkpoints fail or were stopped: read the log (journalctl -u novahouse), and restart the service";
        return Finding::warn("checkpoint", finding, advice);
    }
    Finding::ok("checkpoint", finding)
}

fn newest(found: &Glance, now_ms: i64) -> Finding {
    let Some(newest_ms) = found.newest_ms else { return Finding::ok("events", "there are none yet") };
    let finding = format!("the latest is of {}", rfc3339(newest_ms));
    if newest_ms > now_ms.saturating_add(CLOCK_SKEW_MS_MAX) {
        let advice = "set the clock: it was ahead when that event came, or is behind now";
        return Finding::warn("events", format!("{finding}, which is yet to come"), advice);
    }
    Finding::ok("events", finding)
}

fn free(found: &Glance) -> Option<Finding> {
    let free = found.free_bytes?;
    let finding = format!("{} of the file's {} are free inside it, for new events", size(free), size(found.file_bytes));
    Some(Finding::ok("file", finding))
}

/// How long the room lasts if the last days go on.
fn growth(dir: &Path, found: &Glance) -> Option<Finding> {
    judge_growth(found, free_bytes(&rustix::fs::statvfs(dir).ok()?))
}

fn judge_growth(found: &Glance, room: u64) -> Option<Finding> {
    if found.recent_events == 0 || found.events == 0 {
        return None;
    }
    let of_event = found.file_bytes as f64 / found.events as f64;
    let of_day = found.recent_events as f64 * of_event / f64::from(GROWTH_DAYS);
    let days = (room as f64 / of_day) as u64;
    let lasts = if days > u64::from(DAYS_MAX) { "for years".to_owned() } else { format!("for {days} days") };
    let finding = format!(
        "the last {GROWTH_DAYS} days brought {} events, some {} a day; the room lasts {lasts} of that",
        found.recent_events,
        size(of_day as u64)
    );
    let advice = "make room, or move the directory to a larger disk";
    Some(if days < DISK_LASTS_DAYS_MIN {
        Finding::bad("growth", finding, advice)
    } else if days < DISK_LASTS_DAYS_FEW {
        Finding::warn("growth", finding, advice)
    } else {
        Finding::ok("growth", finding)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn found() -> Glance {
        Glance {
            layout: 5,
            events: 1_000_000,
            checkpoint: 1_000_000,
            newest_ms: Some(0),
            recent_events: 700_000,
            file_bytes: 60_000_000,
            free_bytes: Some(0),
            blocks: 245,
            blocks_read: 32,
            damage: Vec::new(),
        }
    }

    #[test]
    fn the_room_is_held_against_what_the_last_days_took() {
        let level = |room| judge_growth(&found(), room).unwrap().level;
        assert_eq!([level(6_000_000), level(80_000_000), level(1_000_000_000)], [Level::Bad, Level::Warn, Level::Ok]);
        assert!(judge_growth(&Glance { recent_events: 0, ..found() }, 1).is_none());
    }

    #[test]
    fn a_fold_that_stays_behind_and_events_to_come_are_told() {
        assert_eq!(fold(&found()).level, Level::Ok);
        assert_eq!(fold(&Glance { checkpoint: 0, ..found() }).level, Level::Warn);
        assert_eq!(newest(&found(), 0).level, Level::Ok);
        assert_eq!(newest(&Glance { newest_ms: Some(2 * CLOCK_SKEW_MS_MAX), ..found() }, 0).level, Level::Warn);
        assert_eq!(blocks(&Glance { damage: vec!["x".into()], ..found() }).level, Level::Bad);
    }
}
