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
use super::shown::{BackupState, ChatState, Check, Checks, Health, HealthWord, IngestState, Ready};
use crate::access::Asker;
use crate::error::Error;
use crate::health::{self, Finding, Word};
use crate::ingest::Stats;
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
            storage: check(health::storage(readable, &vitals, &stats)),
            ingest_queue: check(health::queue(&stats)),
            disk_space: check(health::space(&vitals)),
            last_checkpoint: check(health::checkpoint(&vitals)),
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
    let storage = health::storage(probed(app), &app.engine.vitals(), &app.ingest.stats());
    if storage.status == Word::Failing {
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

fn probed(app: &App) -> bool {
    let probe = app.engine.probe();
    if let Err(error) = &probe {
        tracing::error!(%error, request = told(), "the health probe failed");
    }
    probe.is_ok()
}
