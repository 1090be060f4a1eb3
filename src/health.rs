//! How the parts of a server do: what was found, and what to do about it where it is not well.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Vitals;
use crate::ingest::Stats;
use crate::limits::{
    CHECKPOINT_AGE_MAX, DISK_FREE_BYTES_MIN, QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX, STORAGE_TROUBLE_REMEMBERED,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "CheckWord")]
pub enum Word {
    Ok,
    /// It works, and someone should look.
    Warning,
    Failing,
}

/// What came of a check.
#[derive(Clone, Debug)]
pub struct Finding {
    pub status: Word,
    pub why: String,
}

/// A write that failed is forgotten after a while: only a new one can tell whether it still would, and nobody sends one to a
/// server that says it is not ready.
pub fn storage(readable: bool, vitals: &Vitals, stats: &Stats) -> Finding {
    if vitals.damaged {
        return failing(
            "a page of the file is damaged, and answers may be wrong: stop the server and run `novahouse check --repair`",
        );
    }
    if !readable {
        return failing("it cannot be read; the server's log says why");
    }
    match stats.failed_ago {
        Some(ago) if ago <= STORAGE_TROUBLE_REMEMBERED => {
            failing("events could not be stored a moment ago; the server's log says why")
        }
        Some(_) => warning("events could not be stored the last time; no one has sent any since"),
        None => ok("it can be read, and what came was stored"),
    }
}

pub fn queue(stats: &Stats) -> Finding {
    let full = stats.queued_requests >= QUEUE_REQUESTS_MAX || stats.queued_bytes >= QUEUE_BYTES_MAX;
    if full {
        return failing("it is full: requests are refused until the writer has caught up");
    }
    if stats.queued_requests > QUEUE_REQUESTS_MAX / 2 || stats.queued_bytes > QUEUE_BYTES_MAX / 2 {
        return warning("it is more than half full: events come faster than the disk takes them");
    }
    ok("there is room")
}

pub fn space(vitals: &Vitals) -> Finding {
    match vitals.disk {
        Some(disk) if disk.free_bytes < DISK_FREE_BYTES_MIN => {
            let free_mb = disk.free_bytes / 1_000_000;
            warning(&format!("{free_mb} MB are left: make room, or events will be refused when it is full"))
        }
        Some(disk) => ok(&format!("{} MB are left", disk.free_bytes / 1_000_000)),
        None => ok("there is no file"),
    }
}

pub fn checkpoint(vitals: &Vitals) -> Finding {
    let age_s = vitals.checkpoint_age.as_secs();
    if vitals.checkpoint_failed {
        return failing("the last one failed, and is tried again; the server's log says why");
    }
    if vitals.events_beyond_checkpoint > 0 && vitals.checkpoint_age > CHECKPOINT_AGE_MAX {
        return warning(&format!("the last one was {age_s} s ago: the disk does not keep up"));
    }
    ok(&format!("the last one, or the start, was {age_s} s ago"))
}

fn ok(why: &str) -> Finding {
    Finding { status: Word::Ok, why: why.to_owned() }
}

fn warning(why: &str) -> Finding {
    Finding { status: Word::Warning, why: why.to_owned() }
}

fn failing(why: &str) -> Finding {
    Finding { status: Word::Failing, why: why.to_owned() }
}
