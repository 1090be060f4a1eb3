//! Where no one has to log in: pages of the Internet and names that were bent to mean this machine are kept out.

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::store::{Options, RedbEngine};
use serde_json::json;

use super::{NOW_MS, PASSWORD, refused};
use crate::support::client::Answer;
use crate::support::served::Served;

fn open() -> (Served, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(NOW_MS);
    let engine = RedbEngine::open(dir.path(), &Options { clock: clock.clone(), ..Options::default() }).unwrap();
    (Served::over(Arc::new(engine), clock), dir)
}

fn raw(server: &Served, request: &str) -> Answer {
    server.client().raw(request.as_bytes(), false).unwrap_or_else(|error| panic!("{request}: {error}"))
}

const PATHS: [&str; 5] = ["/", "/dashboard.html", "/api/health", "/api/analytics/overview", "/api/access/users"];

#[test]
fn a_foreign_host_is_told_to_make_a_user() {
    let (server, _dir) = open();
    for path in PATHS {
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:8080"] {
            let answer = raw(&server, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert!([200, 302].contains(&answer.status), "{path} {host}: {answer:?}");
            let answer = raw(&server, &format!("GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert!([200, 302].contains(&answer.status), "{path} {host}: {answer:?}");
        }
        let foreign = [
            "Host: evil.example",
            "Host: evil.example:8080",
            "Host: localhost.evil.example",
            "Host: 127.0.0.1.evil.example",
            "Host: 10.0.0.1",
            "Host: ",
            "Host: \u{ff}",
        ];
        for host in foreign {
            refused(&raw(&server, &format!("GET {path} HTTP/1.1\r\n{host}\r\n\r\n")), 403, "foreign_host");
        }
        for hosts in ["Host: localhost\r\nHost: evil.example", "Host: evil.example\r\nHost: localhost"] {
            refused(&raw(&server, &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n\r\n")), 400, "bad_request");
        }
        let absolute = raw(&server, &format!("GET http://evil.example{path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        refused(&absolute, 403, "foreign_host");
        assert!(absolute.json()["error"].as_str().unwrap().contains("novahouse user add admin --role admin"));
    }
    let old = raw(&server, "GET /api/health HTTP/1.0\r\n\r\n");
    assert_eq!(old.status, 200, "no browser leaves it out");
}

#[test]
fn a_page_of_another_machine_is_refused_before_anything_is_stored() {
    let (server, _dir) = open();
    let event = r#"{"type":"message","session_id":"s"}"#;
    let post = |path: &str, origin: &str, kind: &str| {
        let headers = [("Origin", origin), ("Content-Type", kind)];
        server.client().send("POST", path, &headers, event.as_bytes()).unwrap()
    };
    for origin in
        ["http://evil.example", "https://localhost.evil.example", "null", "", "file://", "http://10.0.0.1:8080"]
    {
        refused(&post("/api/events", origin, "application/json"), 403, "foreign_origin");
        refused(&post("/api/chatbot/chat", origin, "text/plain"), 403, "foreign_origin");
        refused(&post("/api/access/users", origin, "application/json"), 403, "foreign_origin");
        let got = server.client().send("GET", "/api/sessions", &[("Origin", origin)], b"").unwrap();
        refused(&got, 403, "foreign_origin");
        let preflight = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        refused(&server.client().send("OPTIONS", "/api/events", &preflight, b"").unwrap(), 403, "foreign_origin");
    }
    assert_eq!(server.get("/api/analytics/overview").json()["overview"]["total_conversations"], 0);
    for origin in ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"] {
        assert_eq!(post("/api/events", origin, "application/json").status, 200);
    }
}

#[test]
fn the_first_user_is_an_admin_and_from_then_on_everyone_has_to_log_in() {
    let (server, _dir) = open();
    let send = |method: &str, path: &str, body: serde_json::Value| {
        let headers = [("Content-Type", "application/json")];
        server.client().send(method, path, &headers, body.to_string().as_bytes()).unwrap()
    };
    assert_eq!(
        server.get("/api/auth/me").json(),
        json!({"status": "success", "open": true, "user": null, "csrf": null})
    );
    let key = json!({"name": "k", "kind": "admin"});
    refused(&send("POST", "/api/access/keys", key), 409, "conflict");
    let user = |role: &str| json!({"name": "anna", "role": role, "password": PASSWORD});
    refused(&send("POST", "/api/access/users", user("analyst")), 409, "conflict");
    assert_eq!(server.get("/api/analytics/overview").status, 200);
    assert_eq!(send("POST", "/api/access/users", user("admin")).status, 200);
    refused(&server.get("/api/analytics/overview"), 401, "unauthorized");
    assert_eq!(server.get("/api/auth/me").json()["open"], false);
    assert_eq!(send("POST", "/api/auth/login", json!({"name": "anna", "password": PASSWORD})).status, 200);
    // By its name it may be reached now.
    assert_eq!(raw(&server, "GET /api/health HTTP/1.1\r\nHost: stats.example\r\n\r\n").status, 200);
    // The accounts gone, it does not open again.
    std::fs::remove_file(server.accounts.path().join("access.json")).unwrap();
    refused(&server.get("/api/analytics/overview"), 401, "unauthorized");
}
