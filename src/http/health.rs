//! Whether the server can do its work: it really reads.

use serde_json::json;
use warp::http::header::RETRY_AFTER;
use warp::http::{HeaderValue, StatusCode};

use super::App;
use super::params::Params;
use super::respond::{Answered, json_answer};
use crate::model::day::rfc3339;

pub fn health(app: &App, params: Params) -> Answered {
    params.finish()?;
    let probe = app.engine.probe();
    if let Err(error) = &probe {
        tracing::error!(%error, "the health probe failed");
    }
    let (status, word, database) = match &probe {
        Ok(()) => (StatusCode::OK, "healthy", "connected"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy", "unavailable"),
    };
    let ingest = app.ingest.stats();
    let mut body = json!({
        "status": word,
        "service": "novahouse-chatbot",
        "database": database,
        "timestamp": rfc3339(app.clock.now_ms()),
        "version": env!("CARGO_PKG_VERSION"),
        "ingest": {
            "queued_requests": ingest.queued_requests,
            "queued_bytes": ingest.queued_bytes,
            "accepted_events": ingest.accepted_events,
            "failed_requests": ingest.failed_requests,
        },
        "chat": {"unrecorded_exchanges": app.recorder.unrecorded()},
    });
    if let Some(backups) = app.backups.status() {
        body["backups"] = json!({"last": backups.last_ms.map(rfc3339), "failed": backups.failed});
    }
    let mut answer = json_answer(status, &body);
    if probe.is_err() {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Ok(answer)
}
