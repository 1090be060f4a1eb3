//! What someone who runs it at night looks at: metrics, readiness, health that says why, and ids of requests.

use std::sync::Arc;

use novahouse::http::answer_while_starting;
use serde_json::{Value, json};

use super::trouble::Troubled;
use super::{Fresh, oracle};
use crate::support::client::Client;
use crate::support::served::Served;

const DASHBOARD: &str = include_str!("../../docs/grafana.json");

/// Of a metric, with the labels as they are written.
#[track_caller]
fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(sample).is_some_and(|rest| rest.starts_with(' ')));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no {sample} in {text}"))
}

#[test]
fn what_happens_is_counted_by_route_and_outcome() {
    let server = Fresh::new();
    for (lines, status) in [
        ("{\"type\":\"message\",\"id\":\"1\",\"session_id\":\"a\",\"user_id\":\"u\"}\n{\"type\":\"message\"}", 200),
        ("{\"type\":\"message\",\"id\":\"1\",\"session_id\":\"a\"}", 200),
        ("{\"type\":\"message\"}", 422),
    ] {
        assert_eq!(server.post(lines).status, status);
    }
    for path in ["/api/bots", "/api/bots/", "/api/bots?x=1", "/api/sessions/anna", "/wp-login.php", "/wp/login.php"] {
        server.served.get(path);
    }
    (0..3).for_each(|_| assert_eq!(server.served.get("/api/analytics/overview").status, 200));
    let answer = server.served.get("/metrics");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    for (sample, right) in [
        ("novahouse_events_total{outcome=\"accepted\"}", 1.0),
        ("novahouse_events_total{outcome=\"duplicate\"}", 1.0),
        ("novahouse_events_total{outcome=\"rejected\"}", 2.0),
        ("novahouse_http_requests_total{route=\"/api/events\",status=\"200\"}", 2.0),
        ("novahouse_http_requests_total{route=\"/api/events\",status=\"422\"}", 1.0),
        ("novahouse_http_requests_total{route=\"/api/bots\",status=\"200\"}", 2.0),
        ("novahouse_http_requests_total{route=\"/api/bots\",status=\"400\"}", 1.0),
        ("novahouse_http_requests_total{route=\"/api/sessions/{session_id}\",status=\"404\"}", 1.0),
        ("novahouse_http_requests_total{route=\"(unknown)\",status=\"404\"}", 1.0),
        ("novahouse_http_request_duration_seconds_count{route=\"/api/events\"}", 3.0),
        ("novahouse_answers_cache_hits_total", 2.0),
        ("novahouse_answers_cache_misses_total", 1.0),
        ("novahouse_store_events", 1.0),
        ("novahouse_store_sessions", 1.0),
        ("novahouse_store_users", 1.0),
        ("novahouse_store_bots", 1.0),
        ("novahouse_ingest_queue_requests", 0.0),
        ("novahouse_chat_dropped_total", 0.0),
    ] {
        assert_eq!(value(text, sample), right, "{sample}");
    }
    assert!(value(text, "novahouse_commit_duration_seconds_count") >= 1.0);
    assert!(value(text, "novahouse_store_file_bytes") > 0.0 && value(text, "novahouse_disk_free_bytes") > 0.0);
    assert!(value(text, "novahouse_connections") >= 1.0);
    assert!(!text.contains("anna") && !text.contains("wp-login"), "paths name persons, and anyone makes them up");
}

/// A dashboard of a metric that is gone would show nothing, and nobody would know.
#[test]
fn every_metric_of_the_dashboard_is_there() {
    let server = Fresh::new();
    server.post("{\"type\":\"message\",\"session_id\":\"a\"}");
    let text = server.served.get("/metrics");
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut expressions = Vec::new();
    gather(&dashboard, &mut expressions);
    assert!(expressions.len() >= 12, "{expressions:?}");
    for expression in expressions {
        let words = expression.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_'));
        for name in words.filter(|word| word.starts_with("novahouse_")) {
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let there = |name: &str| text.text().contains(&format!("# TYPE {name} "));
            assert!(there(name) || family.is_some_and(there), "{name} is not at /metrics");
        }
    }
}

fn gather<'a>(value: &'a Value, expressions: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            expressions.extend(fields.get("expr").and_then(Value::as_str));
            fields.values().for_each(|value| gather(value, expressions));
        }
        Value::Array(items) => items.iter().for_each(|value| gather(value, expressions)),
        _ => {}
    }
}

#[test]
fn a_request_has_an_id_that_its_sender_may_give() {
    let server = Fresh::new();
    let mut client = server.served.client();
    let mut id = |headers: &[(&str, &str)], path: &str| {
        let answer = client.send("GET", path, headers, b"").unwrap();
        answer.header("x-request-id").unwrap_or_else(|| panic!("{path}: {answer:?}")).to_owned()
    };
    for path in ["/api/bots", "/api/bots?x=1", "/nothing/there", "/dashboard.html", &format!("/{}", "x".repeat(9_000))]
    {
        assert_eq!(id(&[("X-Request-Id", "proxy-1.2_3")], path), "proxy-1.2_3");
        let made = id(&[], path);
        assert!(made.len() == 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
        assert_ne!(made, id(&[], path));
        assert_ne!(id(&[("X-Request-Id", "a b\"c")], path), "a b\"c");
    }
}

#[test]
fn health_and_readiness_say_what_is_wrong() {
    let fresh = Fresh::new();
    assert_eq!(fresh.json("/api/ready")["status"], "ready");
    let checks = &fresh.json("/api/health")["checks"];
    for check in ["storage", "ingest_queue", "disk_space", "last_checkpoint"] {
        assert!(checks[check]["why"].is_string(), "{checks}");
    }
    assert_eq!((&checks["storage"]["status"], &checks["ingest_queue"]["status"]), (&json!("ok"), &json!("ok")));

    let (unreadable, _trouble) = Troubled::serve(true);
    let refused = unreadable.get("/api/ready");
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("storage_unavailable")));
    assert_eq!(unreadable.get("/api/health").json()["checks"]["storage"]["status"], "failing");

    let (full, trouble) = Troubled::serve(false);
    assert_eq!(full.get("/api/ready").status, 200);
    drop(trouble);
    let json = [("Content-Type", "application/json")];
    assert_eq!(full.post(&json, r#"{"type":"message","session_id":"s"}"#).status, 503);
    let refused = full.get("/api/ready");
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("storage_unavailable")));
    assert!(refused.json()["error"].as_str().unwrap().contains("could not be stored"), "{refused:?}");
    let health = full.get("/api/health");
    assert_eq!((health.status, &health.json()["checks"]["storage"]["status"]), (200, &json!("failing")), "it reads");
}

/// Who comes before the data is open is told so, and the listener is not lost by that.
#[test]
fn a_server_that_starts_says_so() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (opened, opens) = tokio::sync::oneshot::channel::<()>();
    let meanwhile = runtime.spawn(answer_while_starting(None, listener, async move { drop(opens.await) }));
    let mut client = Client::connect(address).unwrap();
    for path in ["/api/ready", "/api/health", "/dashboard.html"] {
        let answer = client.get(path).unwrap();
        assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("starting")), "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    drop(opened);
    let listener = runtime.block_on(meanwhile).unwrap();
    assert_eq!(listener.local_addr().unwrap(), address);
    assert!(client.is_closed());
}

/// An engine that says nothing of itself is no reason to fail.
#[test]
fn the_oracle_has_metrics_too() {
    let served = Served::over(Arc::new(oracle()), super::clock());
    assert_eq!(value(served.get("/metrics").text(), "novahouse_store_events"), 0.0);
    assert_eq!(served.get("/api/health").json()["checks"]["disk_space"]["status"], "ok");
}
