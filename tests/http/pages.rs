//! How the pages and their files are served, and the addresses that only the dashboard asks.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::{Fresh, has};

fn with(server: &Fresh, path: &str, headers: &[(&str, &str)]) -> crate::support::client::Answer {
    server.served.client().send("GET", path, headers, b"").unwrap()
}

#[test]
fn files_come_compressed_with_a_strong_tag_and_a_strict_policy() {
    let server = Fresh::new();
    let chart = "/assets/dev/vendor/echarts.js";
    let mut sizes = Vec::new();
    for (accepted, encoding) in [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("", None)] {
        let answer = with(&server, chart, &[("Accept-Encoding", accepted)]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        let tag = answer.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"'), "{tag} is strong");
        let again = with(&server, chart, &[("Accept-Encoding", accepted), ("If-None-Match", &tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0));
        sizes.push(answer.body.len());
    }
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2] / 2, "{sizes:?}");

    let page = with(&server, "/dashboard.html", &[]);
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text().contains("<script>") && !page.text().contains("style="), "nothing is inline");
}

#[test]
fn a_version_that_is_not_this_builds_is_not_there_nor_is_anything_outside() {
    let server = Fresh::new();
    for path in [
        "/assets/0123456789abcdef/dashboard/main.js",
        "/assets/dev/../Cargo.toml",
        "/assets/dev/%2e%2e/Cargo.toml",
        "/assets/dev/",
        "/assets/dev/dashboard",
        "/assets",
    ] {
        assert_eq!(with(&server, path, &[]).status, 404, "{path}");
    }
    assert_eq!(with(&server, "/assets/dev/dashboard/main.js", &[]).status, 200);
}

#[test]
fn bots_are_listed_with_their_zone_and_day() {
    let server = Fresh::new();
    server.post("{\"type\":\"message\",\"bot\":\"sklep\",\"session_id\":\"s\"}\n");
    has(
        &server.json("/api/bots"),
        &json!({"status": "success", "bots": [
            {"name": "default", "timezone": "UTC", "today": "2026-03-31"},
            {"name": "sklep", "timezone": "UTC", "today": "2026-03-31"},
        ]}),
    );
}

#[test]
fn leads_are_listed_newest_first_page_by_page() {
    let server = Fresh::new();
    let lines: String = (0..25)
        .map(|number| format!("{{\"type\":\"lead\",\"session_id\":\"s-{number}\",\"name\":\"n-{number}\",\"timestamp\":\"2026-03-30T10:00:{number:02}Z\"}}\n"))
        .collect();
    server.post(lines);
    let mut seen = Vec::new();
    for offset in [0, 10, 20, 30] {
        let page = server.json(&format!("/api/leads?days=7&limit=10&offset={offset}"));
        assert_eq!(page["total"], 25);
        seen.extend(page["leads"].as_array().unwrap().iter().map(|lead| lead["name"].as_str().unwrap().to_owned()));
    }
    let right: Vec<String> = (0..25).rev().map(|number| format!("n-{number}")).collect();
    assert_eq!(seen, right);
    assert_eq!(server.json("/api/leads?days=1")["total"], 0);
    assert_eq!(with(&server, "/api/leads?limit=0", &[]).status, 400);
}

#[test]
fn an_overview_gives_its_days_where_they_are_asked_for() {
    let server = Fresh::new();
    server.post(
        "{\"type\":\"message\",\"session_id\":\"s\",\"user_id\":\"u\",\"timestamp\":\"2026-03-30T10:00:00Z\",\"intent\":\"fallback\",\"response_time_ms\":50,\"user_satisfied\":true,\"cost_usd\":0.5}\n",
    );
    assert!(server.json("/api/analytics/overview?days=2").get("by_day").is_none());
    has(
        &server.json("/api/analytics/overview?days=2&by_day=true"),
        &json!({"by_day": [
            {"date": "2026-03-30", "total_conversations": 1, "total_leads": 0, "total_sessions": 1, "unique_sessions": 1,
             "unique_users": 1, "conversion_rate_percent": 0.0, "response_time_ms": {"p50": 50, "p95": 50, "count": 1},
             "not_understood_percent": 100.0, "satisfaction_percent": 100.0, "satisfaction_votes": 1, "cost_usd": 0.5},
            {"date": "2026-03-31", "total_conversations": 0, "total_sessions": 0, "cost_usd": 0.0},
        ]}),
    );
}

/// A connection that watches; the next event's name and data.
struct Watching(BufReader<TcpStream>);

impl Watching {
    fn new(server: &Fresh, query: &str) -> Self {
        let mut stream = TcpStream::connect(server.served.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET /api/live{query} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut watching = Self(BufReader::new(stream));
        assert_eq!(watching.next(), ("open".to_owned(), json!({})), "it is greeted");
        watching
    }

    fn next(&mut self) -> (String, serde_json::Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the connection ended");
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn what_is_stored_is_told_once_to_those_who_watch_the_bot() {
    let server = Fresh::new();
    let mut watching = Watching::new(&server, "");
    let line = |session: &str| {
        format!(
            "{{\"type\":\"message\",\"id\":\"{session}\",\"session_id\":\"{session}\",\"user_message\":\"a\\nb\",\"intent\":\"prices\"}}\n"
        )
    };
    server.post("{\"type\":\"message\",\"bot\":\"other\",\"session_id\":\"elsewhere\"}\n");
    server.post("{\"type\":\"performance\",\"endpoint\":\"/chat\"}\n");
    server.post(line("one"));
    server.post(line("one"));
    let key = [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", "k")];
    server.served.post(&key, line("two"));
    server.served.post(&key, line("two"));
    server.post(format!("{}{}", line("one"), line("three")));
    let told: Vec<_> = (0..3).map(|_| watching.next()).collect();
    for ((name, data), session) in told.iter().zip(["one", "two", "three"]) {
        assert_eq!((&**name, &data["session_id"]), ("note", &json!(session)));
    }
    has(&told[0].1, &json!({"type": "message", "user_message": "a\nb", "intent": "prices", "success": true}));
    assert_eq!(with(&server, "/api/live?bot=nobody", &[]).status, 404);
}

#[test]
fn only_so_many_may_watch() {
    let server = Fresh::new();
    let watching: Vec<Watching> =
        (0..novahouse::limits::LIVE_WATCHERS_MAX).map(|_| Watching::new(&server, "")).collect();
    let refused = with(&server, "/api/live", &[]);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    drop(watching);
}
