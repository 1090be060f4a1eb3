//! GET /metrics: for Prometheus. Names and labels are a promise: dashboards and alarms are built on them.

use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, Response as HttpResponse};
use warp::reply::Response;
use warp::{Filter, any};

use super::App;
use super::params::Params;
use super::respond::{Answered, not_found};
use super::routes;
use crate::engine::{Disk, Vitals};
use crate::metrics::Exposition;

/// On the main listener, unless it has one of its own.
pub fn metrics(app: &App, params: Params) -> Answered {
    params.finish()?;
    if app.metrics_apart { Ok(not_found()) } else { Ok(response(app)) }
}

/// All that a listener of its own answers.
pub fn alone(app: App) -> BoxedFilter<(Response,)> {
    let metrics = routes::at("/metrics").map(move || response(&app));
    metrics.or(any().map(not_found)).unify().boxed()
}

fn response(app: &App) -> Response {
    let mut response: Response = HttpResponse::new(text(app).into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(app: &App) -> String {
    let mut text = Exposition::default();
    app.meters.write(&mut text);
    ingest(app, &mut text);
    store(app, &mut text);
    alerts(app, &mut text);
    text.begin("novahouse_build_info", "gauge", "What is running; always 1.");
    text.sample("novahouse_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    text.text()
}

fn ingest(app: &App, text: &mut Exposition) {
    let stats = app.ingest.stats();
    text.begin("novahouse_events_total", "counter", "Events that came, by what became of them.");
    for (outcome, count) in [
        ("accepted", stats.accepted_events),
        ("duplicate", stats.duplicate_events),
        ("rejected", stats.rejected_events),
    ] {
        text.sample("novahouse_events_total", &[("outcome", outcome)], count);
    }
    let dropped = app.recorder.unrecorded();
    text.counter(
        "novahouse_chat_dropped_total",
        "Exchanges of the chat that the queue had no room for, or that could not be stored.",
        dropped,
    );
    let failed = stats.failed_requests;
    text.counter("novahouse_ingest_failed_requests_total", "Requests whose events could not be stored.", failed);
    let queued = stats.queued_requests;
    text.gauge("novahouse_ingest_queue_requests", "Requests that wait for the writer.", queued);
    let what = "Bytes of requests that are received, parsed or waiting.";
    text.gauge("novahouse_ingest_queue_bytes", what, stats.queued_bytes);
    text.gauge("novahouse_live_watchers", "Connections that watch what happens.", app.ingest.live().watchers());
}

fn store(app: &App, text: &mut Exposition) {
    let Vitals {
        commits,
        checkpoints,
        checkpoint_age,
        checkpoint_failed,
        damaged,
        events_beyond_checkpoint,
        events,
        sessions,
        users,
        disk,
    } = app.engine.vitals();
    text.begin("novahouse_commit_duration_seconds", "histogram", "Time to make a group of requests durable.");
    text.histogram("novahouse_commit_duration_seconds", &[], &commits);
    text.begin("novahouse_checkpoint_duration_seconds", "histogram", "Time to write back what the fold changed.");
    text.histogram("novahouse_checkpoint_duration_seconds", &[], &checkpoints);
    let age = checkpoint_age.as_secs_f64();
    text.gauge("novahouse_checkpoint_age_seconds", "Since the last checkpoint, or the start.", age);
    let failed = u8::from(checkpoint_failed);
    text.gauge("novahouse_checkpoint_failed", "Whether the last checkpoint failed.", failed);
    let what = "Whether a page of the file was found not to be what was written.";
    text.gauge("novahouse_store_damaged", what, u8::from(damaged));
    let what = "Events in the log that the tables do not hold yet.";
    text.gauge("novahouse_checkpoint_pending_events", what, events_beyond_checkpoint);
    text.gauge("novahouse_store_events", "Events in the log.", events);
    text.gauge("novahouse_store_sessions", "Sessions.", sessions);
    text.gauge("novahouse_store_users", "Persons.", users);
    let bots = app.engine.bots().map_or(0, |bots| bots.len());
    text.gauge("novahouse_store_bots", "Bots.", bots);
    if let Some(Disk { file_bytes, file_allocated_bytes, total_bytes, free_bytes }) = disk {
        text.gauge("novahouse_store_file_bytes", "Length of the file.", file_bytes);
        text.gauge("novahouse_store_file_allocated_bytes", "What of it the disk holds.", file_allocated_bytes);
        text.gauge("novahouse_disk_total_bytes", "Size of the disk that the file lies on.", total_bytes);
        text.gauge("novahouse_disk_free_bytes", "What is left of that disk.", free_bytes);
    }
}

fn alerts(app: &App, text: &mut Exposition) {
    let (watch, office) = (&app.desk.watch, &app.desk.office);
    text.begin("novahouse_alert_rules", "gauge", "Rules of alerts, by how they stand.");
    for (state, count) in watch.standing() {
        text.sample("novahouse_alert_rules", &[("state", state)], count);
    }
    text.begin("novahouse_alert_evaluation_duration_seconds", "histogram", "Time to look at all rules.");
    text.histogram("novahouse_alert_evaluation_duration_seconds", &[], &watch.took());
    let what = "Tries to bring a message to a channel, by its kind and what became of it.";
    text.begin("novahouse_messages_total", "counter", what);
    for (kind, sent, failed) in office.tried() {
        for (outcome, count) in [("sent", sent), ("failed", failed)] {
            text.sample("novahouse_messages_total", &[("channel", kind.name()), ("outcome", outcome)], count);
        }
    }
    let waiting = app.desk.book.pages().waiting();
    text.gauge("novahouse_messages_waiting", "Messages of alerts and reports that wait for a channel.", waiting);
}
