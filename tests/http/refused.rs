//! What is refused, with which status, and that the sentence names what was wrong.

use super::Fresh;

/// Status, code, and what the sentence has to name.
#[track_caller]
fn refused(server: &Fresh, path: &str, status: u16, code: &str, named: &str) {
    let answer = server.served.get(path);
    assert_eq!(answer.status, status, "{path}: {answer:?}");
    let body = answer.json();
    if body["success"] == false {
        assert!(body["error"].as_str().unwrap().contains(named), "{path}: {body}");
        return;
    }
    assert_eq!((&body["status"], body["code"].as_str()), (&"error".into(), Some(code)), "{path}");
    assert!(body["error"].as_str().unwrap().contains(named), "{path}: {body}");
}

const WINDOWED: [&str; 14] = [
    "/api/analytics/overview",
    "/api/analytics/conversations",
    "/api/analytics/engagement",
    "/api/analytics/intents",
    "/api/analytics/leads",
    "/api/analytics/funnel",
    "/api/analytics/paths",
    "/api/analytics/cohorts",
    "/api/analytics/hours",
    "/api/analytics/compare",
    "/api/analytics/export",
    "/api/analytics/questions/top",
    "/api/sessions",
    "/api/analytics/performance",
];

#[test]
fn every_parameter_out_of_range_is_named() {
    let server = Fresh::new();
    for path in WINDOWED {
        let count = if path.ends_with("performance") { "hours" } else { "days" };
        let far = if count == "hours" { "87601" } else { "3651" };
        for value in ["0", "-1", "+1", "", "x", "1.5", "99999999999999999999", far, "%207"] {
            refused(&server, &format!("{path}?{count}={value}"), 400, "bad_request", count);
        }
        refused(&server, &format!("{path}?from=2026-03-02&to=2026-03-01"), 400, "bad_request", "from");
        refused(&server, &format!("{path}?from=2026-03-02"), 400, "bad_request", "to");
        refused(&server, &format!("{path}?to=2026-03-02"), 400, "bad_request", "from");
        refused(&server, &format!("{path}?from=2026-02-30&to=2026-03-01"), 400, "bad_request", "from");
        refused(&server, &format!("{path}?from=2026-3-1&to=2026-03-01"), 400, "bad_request", "from");
        refused(&server, &format!("{path}?from=2010-01-01&to=2026-03-01"), 400, "bad_request", "to");
        refused(&server, &format!("{path}?{count}=1&from=2026-03-01&to=2026-03-01"), 400, "bad_request", count);
        refused(&server, &format!("{path}?{count}=1&{count}=2"), 400, "bad_request", count);
        refused(&server, &format!("{path}?dyas=7"), 400, "bad_request", "dyas");
        refused(&server, &format!("{path}?bot="), 400, "bad_request", "bot");
        refused(&server, &format!("{path}?bot=nobody"), 404, "not_found", "nobody");
        assert_eq!(server.served.get(&format!("{path}?{count}=1")).status, 200);
    }
    for (path, named) in [
        ("/api/analytics/export?type=everything", "type"),
        ("/api/analytics/export?format=xml", "format"),
        ("/api/analytics/export?type=all&format=csv", "format"),
        ("/api/analytics/conversations?fill=yes", "fill"),
        ("/api/analytics/questions/top?limit=0", "limit"),
        ("/api/analytics/questions/top?limit=1001", "limit"),
        ("/api/analytics/budget/status?budget=0", "budget"),
        // Of which what was spent came to `null` percent.
        ("/api/analytics/budget/status?budget=5e-324", "budget"),
        ("/api/analytics/budget/status?budget=NaN", "budget"),
        ("/api/analytics/budget/status?budget=-3", "budget"),
        ("/api/analytics/dashboard/summary?budget=x", "budget"),
        ("/api/analytics/metrics/daily?date=yesterday", "date"),
        ("/api/analytics/metrics/weekly?days=7", "days"),
        ("/api/analytics/funnel?step1=lunch", "step1: expected intent:NAME"),
        ("/api/analytics/funnel?step2=lead", "step1: expected before"),
        ("/api/analytics/funnel?step1=lead&step2=lead", "step2"),
        ("/api/analytics/funnel?step1=page:(other)", "step1"),
        ("/api/analytics/funnel?step9=lead", "step9"),
        ("/api/analytics/funnel?within=0s", "within"),
        ("/api/analytics/paths?steps=6", "steps"),
        ("/api/analytics/paths?names=31", "names"),
        ("/api/analytics/cohorts?by=year", "by"),
        ("/api/analytics/cohorts?by=day&days=101", "by: 101 days"),
        ("/api/analytics/hours?metric=mood", "metric"),
        ("/api/analytics/hours?metric=errors&days=367", "days"),
        ("/api/analytics/compare?other_from=2026-03-01", "other_to"),
        ("/api/analytics/compare?other_from=2026-03-02&other_to=2026-03-01", "other_from"),
        ("/api/analytics/compare?other_bot=", "other_bot"),
        ("/api/sessions?by=funnel", "reached"),
        ("/api/sessions?by=funnel&reached=3", "reached"),
        ("/api/sessions?by=funnel&reached=1&lost_at=2", "lost_at"),
        ("/api/sessions?by=funnel&step1=lead&lost_at=2", "lost_at"),
        ("/api/sessions?by=path&intent=prices", "path_step"),
        ("/api/sessions?by=path&path_step=1", "intent"),
        ("/api/sessions?by=path&path_step=1&intent=(other)", "intent: (other) stands for"),
        ("/api/sessions?step1=lead", "step1: not a parameter of a list by start"),
        ("/api/sessions?by=exchange&reached=1", "reached"),
        ("/api/sessions?limit=501", "limit"),
        ("/api/sessions?sentiment=angry", "sentiment"),
        ("/api/sessions?lead=maybe", "lead"),
        ("/api/sessions?cursor=x", "cursor"),
        ("/api/sessions?by=lunch", "by"),
        ("/api/sessions?understood=true", "understood: not a parameter of a list by start"),
        ("/api/sessions?by=start&page=%2F", "page"),
        ("/api/sessions?by=exchange&understood=maybe", "understood"),
        ("/api/sessions?by=exchange&hour_of_week=168", "hour_of_week"),
        ("/api/sessions?by=exchange&hour_of_week=-1", "hour_of_week"),
        ("/api/sessions?by=exchange&question=%3F%21", "question"),
        ("/api/sessions?by=exchange&package=x", "package"),
        ("/api/sessions?by=visit&intent=prices", "intent: not a parameter of a list by visit"),
        ("/api/sessions?by=visit&sentiment=positive", "sentiment"),
        ("/api/sessions?by=lead&hour_of_week=3", "hour_of_week"),
        ("/api/sessions?by=lead&question=x", "question"),
        ("/api/sessions?by=exchange&intent=(other)", "intent: (other) stands for"),
        ("/api/sessions?by=visit&page=(other)", "page"),
        ("/api/sessions?browser=(other)", "browser"),
        ("/api/sessions/a?days=7", "days"),
        ("/api/sessions/%FF", "session_id"),
        ("/api/health?verbose=1", "verbose"),
    ] {
        refused(&server, path, 400, "bad_request", named);
    }
}

#[test]
fn what_is_not_there_is_404_and_a_wrong_method_405() {
    let server = Fresh::new();
    for path in ["/api", "/api/", "/api/analytics", "/api/events/1", "/nothing", "/../x"] {
        refused(&server, path, 404, "not_found", "nothing at this address");
    }
    refused(&server, "/api/sessions/nobody", 404, "not_found", "no such session");
    let mut client = server.served.client();
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        for path in WINDOWED.into_iter().chain(["/api/health", "/dashboard.html", "/"]) {
            let answer = client.send(method, path, &[], b"").unwrap();
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
        let answer = client.send(method, "/api/sessions/s", &[], b"").unwrap();
        let right = if method == "DELETE" { (404, None) } else { (405, Some("GET, HEAD, DELETE")) };
        assert_eq!((answer.status, answer.header("allow")), right, "{method}");
    }
    let answer = client.get("/api/events").unwrap();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let head = client.send("HEAD", "/api/analytics/overview", &[], b"").unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
}
