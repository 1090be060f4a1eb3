//! What a request can fail with.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::build::request_id;
use crate::http::shown::{ErrorAnswer, LegacyError};

/// Status, name, and when it is answered.
pub const FAILURES: [(u16, &str, &str); 9] = [
    (400, "BadRequest", "A parameter, a header or the body is not what it has to be; the sentence names it."),
    (404, "NotFound", "There is no such bot, session or address."),
    (408, "TooSlow", "The body came too slowly, or stalled."),
    (413, "TooLarge", "The body, or what it unpacks to, is longer than may be."),
    (414, "UrlTooLong", "The address is longer than may be."),
    (415, "UnsupportedMediaType", "The body is of a type or an encoding that is not read."),
    (429, "TooManyRequests", "More requests a second came from your address than are allowed."),
    (431, "HeadersTooLarge", "The headers are too many, or too long."),
    (503, "Unavailable", "There is too much to do, the storage is not available, or the server stops. Try again."),
];

/// Those that the first system's addresses have an envelope of their own for.
pub const LEGACY: [u16; 3] = [400, 404, 503];

pub fn name(status: u16) -> &'static str {
    FAILURES.iter().find(|known| known.0 == status).expect("every failure is described").1
}

pub fn error(generator: &mut SchemaGenerator) -> Value {
    let mut schema = Value::from(ErrorAnswer::json_schema(generator));
    schema["properties"]["status"] = json!({"const": "error"});
    schema
}

pub fn legacy_error(generator: &mut SchemaGenerator) -> Value {
    let mut schema = Value::from(LegacyError::json_schema(generator));
    schema["properties"]["success"] = json!({"const": false});
    schema
}

pub fn responses() -> Map<String, Value> {
    let mut responses: Map<String, Value> = FAILURES
        .iter()
        .map(|(status, name, description)| ((*name).to_owned(), response(*status, description, &["Error"])))
        .collect();
    for status in LEGACY {
        let (_, name, description) = FAILURES.iter().find(|known| known.0 == status).expect("it is one of them");
        // What is refused before it comes to its route has the usual envelope.
        let envelopes: &[&str] = if status == 503 { &["LegacyError", "Error"] } else { &["LegacyError"] };
        responses.insert(format!("Legacy{name}"), response(status, description, envelopes));
    }
    responses
}

fn response(status: u16, description: &str, envelopes: &[&str]) -> Value {
    let mut headers = request_id();
    if matches!(status, 429 | 503) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    let refs: Vec<Value> =
        envelopes.iter().map(|name| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
    let schema = if let [only] = &refs[..] { only.clone() } else { json!({"anyOf": refs}) };
    json!({"description": description, "headers": headers, "content": {"application/json": {"schema": schema}}})
}
