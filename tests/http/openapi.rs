//! The document against what the server really answers.

use serde_json::json;

use super::Fresh;
use super::contract::filled;
use crate::support::document::Document;

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn every_answer_is_as_described() {
    let server = filled();
    let document = Document::of(&server.served);
    for (path, queries) in [
        ("/api/analytics/overview", &["", "?by_day=true&days=30", "?days=0", "?bot=nobody"][..]),
        ("/api/analytics/conversations", &["", "?fill=true", "?from=2026-03-01&to=2026-03-31", "?x=1"]),
        ("/api/analytics/engagement", &["", "?days=3650"]),
        ("/api/analytics/intents", &["", "?days=30"]),
        ("/api/analytics/performance", &["", "?hours=720&fill=true", "?bot=nobody"]),
        ("/api/analytics/leads", &["", "?fill=1"]),
        ("/api/analytics/funnel", &["", "?days=30&step1=message&step2=intent:prices&within=1d", "?step2=lead"]),
        ("/api/analytics/paths", &["", "?days=30&steps=2&names=1", "?steps=6"]),
        ("/api/analytics/cohorts", &["", "?by=day&days=30", "?by=day&days=365", "?by=year"]),
        ("/api/analytics/hours", &["", "?metric=p95_ms", "?metric=p95_ms&days=3650", "?metric=x"]),
        ("/api/analytics/compare", &["", "?other_bot=default&days=2", "?other_from=2026-03-01", "?other_bot=nobody"]),
        ("/api/analytics/export", &["", "?type=all", "?type=events", "?format=csv", "?format=ndjson", "?format=xml"]),
        ("/api/analytics/dashboard/summary", &["", "?budget=1", "?budget=0", "?bot=nobody"]),
        ("/api/analytics/budget/status", &["?budget=0.3", "?budget=0.26", "?budget=x"]),
        ("/api/analytics/metrics/daily", &["", "?date=2026-03-30", "?date=x"]),
        ("/api/analytics/metrics/weekly", &["", "?bot=nobody"]),
        ("/api/analytics/questions/top", &["", "?limit=0"]),
        (
            "/api/sessions",
            &[
                "?days=30",
                "?days=30&limit=1",
                "?by=lead",
                "?by=funnel&reached=1",
                "?by=path",
                "?by=exchange&question=",
                "?cursor=x",
            ],
        ),
        ("/api/leads", &["", "?limit=0", "?bot=nobody"]),
        ("/api/bots", &["", "?x=1"]),
        ("/api/retention", &["", "?x=1"]),
        ("/api/retention/runs/last", &["", "?x=1"]),
        ("/api/health", &["", "?x=1"]),
        ("/api/chatbot/health", &[""]),
        ("/api/ready", &["", "?x=1"]),
        ("/metrics", &["", "?x=1"]),
        ("/api/openapi.json", &["", "?x=1"]),
    ] {
        for query in queries {
            document.describes("get", path, &server.served.get(&format!("{path}{query}")));
        }
    }
    for session in ["s1", "s2", "nobody", "%ff"] {
        let answer = server.served.get(&format!("/api/sessions/{session}"));
        document.describes("get", "/api/sessions/{session_id}", &answer);
    }
}

#[test]
fn what_becomes_of_events_and_messages_is_as_described() {
    let server = Fresh::new();
    let document = Document::of(&server.served);
    let mut client = server.served.client();
    for body in [
        r#"{"type":"message","session_id":"s","colour":1}"#,
        r#"[{"type":"message","session_id":"s"},{"type":"message"}]"#,
        r#"{"type":"message"}"#,
        "[]",
        "{",
    ] {
        let answer = client.send("POST", "/api/events", &[JSON], body.as_bytes()).unwrap();
        document.describes("post", "/api/events", &answer);
    }
    let answer = client.send("POST", "/api/events", &[("Content-Type", "text/plain")], b"x").unwrap();
    document.describes("post", "/api/events", &answer);
    for body in [r#"{"message":"Hello"}"#, "{}", "[]", r#"{"message":1}"#] {
        let answer = client.send("POST", "/api/chatbot/chat", &[JSON], body.as_bytes()).unwrap();
        document.describes("post", "/api/chatbot/chat", &answer);
        let streamed = [JSON, ("Accept", "text/event-stream")];
        let answer = client.send("POST", "/api/chatbot/chat", &streamed, body.as_bytes()).unwrap();
        document.describes("post", "/api/chatbot/chat", &answer);
    }
}

#[test]
fn every_example_is_taken_and_fits_its_schema() {
    let server = Fresh::new();
    let document = Document::of(&server.served);
    let content = &document.0["paths"]["/api/events"]["post"]["requestBody"]["content"];
    let mut client = server.served.client();
    for (name, example) in content["application/json"]["examples"].as_object().unwrap() {
        let value = &example["value"];
        assert_eq!(document.faults(&content["application/json"]["schema"], value), Vec::<String>::new(), "{name}");
        let answer = client.send("POST", "/api/events", &[JSON], value.to_string().as_bytes()).unwrap();
        assert_eq!((answer.status, answer.json().get("warnings")), (200, None), "{name}: {answer:?}");
    }
    let lines = content["application/x-ndjson"]["example"].as_str().unwrap();
    assert_eq!(server.post(lines).json()["rejected"], 0);
}

/// The test above would see nothing if this saw nothing.
#[test]
fn a_key_that_is_not_described_is_found() {
    let server = Fresh::new();
    let document = Document::of(&server.served);
    let mut bots = server.json("/api/bots");
    let schema = json!({"$ref": "#/components/schemas/BotListAnswer"});
    assert_eq!(document.faults(&schema, &bots), Vec::<String>::new());
    bots["bots"][0]["colour"] = json!(1);
    assert_eq!(document.faults(&schema, &bots).len(), 1);
    bots["bots"][0] = json!({"name": "default"});
    assert_eq!(document.faults(&schema, &bots).len(), 2, "what is always there is needed");
}
