//! Whether the server can do its work, and why not: it really reads.

use std::sync::atomic::Ordering;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::RETRY_AFTER;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::App;
use super::params::Params;
use super::request_id::told;
use super::respond::{Answered, Failure, json_answer};
use super::shown::{BackupState, ChatState, Check, CheckWord, Checks, Health, HealthWord, IngestState, Ready};
use crate::access::Asker;
use crate::engine::Vitals;
use crate::error::Error;
use crate::ingest::Stats;
use crate::limits::{
    CHECKPOINT_AGE_MAX, DISK_FREE_BYTES_MIN, QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX, STORAGE_TROUBLE_REMEMBERED,
};
use crate::model::day::rfc3339;

/// GET /api/health. A stranger hears whether it works, and nothing of how much happens here.
pub fn health(app: &App, params: Params) -> Answered {
    params.finish()?;
    let stats = app.ingest.stats();
    let readable = probed(app);
    let vitals = app.engine.vitals();
    let is_known = !matches!(app.caller.asker, Asker::Stranger);
    let check = |Finding { status, why }: Finding| Check { status, why: is_known.then_some(why) };
    let (status, word, database) = match readable {
        true => (StatusCode::OK, HealthWord::Healthy, "connected"),
        false => (StatusCode::SERVICE_UNAVAILABLE, HealthWord::Unhealthy, "unavailable"),
    };
    let health = Health {
        status: word,
        service: "novahouse-chatbot",
        database,
        timestamp: rfc3339(app.clock.now_ms()),
        version: env!("CARGO_PKG_VERSION"),
        ingest: is_known.then(|| ingest(&stats)),
        chat: is_known.then(|| ChatState { unrecorded_exchanges: app.recorder.unrecorded() }),
        checks: Checks {
            storage: check(storage(readable, &stats)),
            ingest_queue: check(queue(&stats)),
            disk_space: check(space(&vitals)),
            last_checkpoint: check(checkpoint(&vitals)),
        },
        backups: is_known.then(|| backups(app)).flatten(),
    };
    let mut answer = json_answer(status, &health);
    if !readable {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Ok(answer)
}

fn ingest(stats: &Stats) -> IngestState {
    IngestState {
        queued_requests: stats.queued_requests,
        queued_bytes: stats.queued_bytes,
        accepted_events: stats.accepted_events,
        failed_requests: stats.failed_requests,
    }
}

fn backups(app: &App) -> Option<BackupState> {
    let status = app.backups.status()?;
    Some(BackupState { last: status.last_ms.map(rfc3339), failed: status.failed })
}

/// GET /api/ready
pub fn ready(app: &App, params: Params) -> Answered<Response> {
    params.finish()?;
    if app.stopping.load(Ordering::Relaxed) {
        return Err(Error::Stopping.into());
    }
    let storage = storage(probed(app), &app.ingest.stats());
    if storage.status == CheckWord::Failing {
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", storage.why));
    }
    let ready = Ready { status: "ready", timestamp: rfc3339(app.clock.now_ms()) };
    Ok(json_answer(StatusCode::OK, &ready))
}

/// What every address answers until the data is open.
pub fn starting() -> BoxedFilter<(Response,)> {
    let refusal = || {
        let sentence = "the server starts: it opens its data, which takes longer after a crash or with a new version";
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "starting", sentence).answer()
    };
    warp::any().map(refusal).boxed()
}

/// What came of a check.
struct Finding {
    status: CheckWord,
    why: String,
}

fn probed(app: &App) -> bool {
    let probe = app.engine.probe();
    if let Err(error) = &probe {
        tracing::error!(%error, request = told(), "the health probe failed");
    }
    probe.is_ok()
}

/// A write that failed is forgotten after a while: only a new one can tell whether it still would, and nobody sends one to a
/// server that says it is not ready.
fn storage(readable: bool, stats: &Stats) -> Finding {
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

fn queue(stats: &Stats) -> Finding {
    let full = stats.queued_requests >= QUEUE_REQUESTS_MAX || stats.queued_bytes >= QUEUE_BYTES_MAX;
    if full {
        return failing("it is full: requests are refused until the writer has caught up");
    }
    if stats.queued_requests > QUEUE_REQUESTS_MAX / 2 || stats.queued_bytes > QUEUE_BYTES_MAX / 2 {
        return warning("it is more than half full: events come faster than the disk takes them");
    }
    ok("there is room")
}

fn space(vitals: &Vitals) -> Finding {
    match vitals.disk {
        Some(disk) if disk.free_bytes < DISK_FREE_BYTES_MIN => {
            let free_mb = disk.free_bytes / 1_000_000;
            warning(&format!("{free_mb} MB are left: make room, or events will be refused when it is full"))
        }
        Some(disk) => ok(&format!("{} MB are left", disk.free_bytes / 1_000_000)),
        None => ok("there is no file"),
    }
}

fn checkpoint(vitals: &Vitals) -> Finding {
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
    Finding { status: CheckWord::Ok, why: why.to_owned() }
}

fn warning(why: &str) -> Finding {
    Finding { status: CheckWord::Warning, why: why.to_owned() }
}

fn failing(why: &str) -> Finding {
    Finding { status: CheckWord::Failing, why: why.to_owned() }
}
