//! The document against what the server really answers.

use serde_json::{Value, json};

use super::Fresh;
use super::contract::filled;
use crate::support::client::Answer;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The document, with every object closed: a key that it does not have is a fault.
struct Document(Value);

impl Document {
    fn of(server: &Fresh) -> Self {
        let mut document = server.json("/api/openapi.json");
        close(&mut document["components"]["schemas"]);
        close(&mut document["paths"]);
        Self(document)
    }

    /// # Panics
    /// Unless the answer is one that the document describes.
    #[track_caller]
    fn describes(&self, method: &str, path: &str, answer: &Answer) {
        let operation = &self.0["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        let mut response = &operation["responses"][answer.status.to_string()];
        if let Some(pointer) = response["$ref"].as_str() {
            response = self.0.pointer(&pointer[1..]).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
        }
        let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let schema = &response["content"][media_type]["schema"];
        assert!(schema.is_object(), "{method} {path}: {} {media_type} is not described", answer.status);
        for header in response["headers"].as_object().unwrap().keys() {
            assert!(answer.header(&header.to_lowercase()).is_some(), "{path}: {header} is missing");
        }
        if media_type == "application/json" {
            let faults = self.faults(schema, &answer.json());
            assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", answer.text());
        }
    }

    fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let whole = json!({"allOf": [schema], "components": self.0["components"]});
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type") {
                fields.insert("additionalProperties".into(), false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn every_answer_is_as_described() {
    let server = filled();
    let document = Document::of(&server);
    for (path, queries) in [
        ("/api/analytics/overview", &["", "?by_day=true&days=30", "?days=0", "?bot=nobody"][..]),
        ("/api/analytics/conversations", &["", "?fill=true", "?from=2026-03-01&to=2026-03-31", "?x=1"]),
        ("/api/analytics/engagement", &["", "?days=3650"]),
        ("/api/analytics/intents", &["", "?days=30"]),
        ("/api/analytics/performance", &["", "?hours=720&fill=true", "?bot=nobody"]),
        ("/api/analytics/leads", &["", "?fill=1"]),
        ("/api/analytics/export", &["", "?type=all", "?type=events", "?format=csv", "?format=ndjson", "?format=xml"]),
        ("/api/analytics/dashboard/summary", &["", "?budget=1", "?budget=0", "?bot=nobody"]),
        ("/api/analytics/budget/status", &["?budget=0.3", "?budget=0.26", "?budget=x"]),
        ("/api/analytics/metrics/daily", &["", "?date=2026-03-30", "?date=x"]),
        ("/api/analytics/metrics/weekly", &["", "?bot=nobody"]),
        ("/api/analytics/questions/top", &["", "?limit=0"]),
        ("/api/sessions", &["?days=30", "?days=30&limit=1", "?by=lead", "?by=exchange&question=", "?cursor=x"]),
        ("/api/leads", &["", "?limit=0", "?bot=nobody"]),
        ("/api/bots", &["", "?x=1"]),
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
    let document = Document::of(&server);
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
    let document = Document::of(&server);
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
    let document = Document::of(&server);
    let mut bots = server.json("/api/bots");
    let schema = json!({"$ref": "#/components/schemas/BotListAnswer"});
    assert_eq!(document.faults(&schema, &bots), Vec::<String>::new());
    bots["bots"][0]["colour"] = json!(1);
    assert_eq!(document.faults(&schema, &bots).len(), 1);
    bots["bots"][0] = json!({"name": "default"});
    assert_eq!(document.faults(&schema, &bots).len(), 2, "what is always there is needed");
}
