//! What a request can fail with.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::build::request_id;
use crate::http::shown::{ErrorAnswer, LegacyError};

/// Status, name, and when it is answered.
pub const FAILURES: [(u16, &str, &str); 12] = [
    (400, "BadRequest", "A parameter, a header or the body is not what it has to be; the sentence names it."),
    (401, "Unauthorized", "There are users or keys here, and the request says of none of them that it is theirs."),
    (
        403,
        "Forbidden",
        "Not for this user or key, from a page of another site, or without `X-CSRF-Token`; where there are no users \
        and no keys, not from this machine.",
    ),
    (404, "NotFound", "There is nothing of this name, or not for whoever asks."),
    (408, "TooSlow", "The body came too slowly, or stalled."),
    (409, "Conflict", "What is there does not allow it; the sentence says why."),
    (413, "TooLarge", "The body, or what it unpacks to, is longer than may be."),
    (414, "UrlTooLong", "The address is longer than may be."),
    (415, "UnsupportedMediaType", "The body is of a type or an encoding that is not read."),
    (429, "TooManyRequests", "More requests a second came from your address, or with this key, than are allowed."),
    (431, "HeadersTooLarge", "The headers are too many, or too long."),
    (503, "Unavailable", "There is too much to do, the storage is not available, or the server stops. Try again."),
];

/// Those that the first system's addresses have an envelope of their own for.
pub const LEGACY: [u16; 6] = [400, 401, 403, 404, 429, 503];
/// Of those, what may also be refused before it comes to its route, in the usual envelope.
const BEFORE_THE_ROUTE: [u16; 3] = [403, 429, 503];

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
        let before_too = BEFORE_THE_ROUTE.contains(&status);
        let envelopes: &[&str] = if before_too { &["LegacyError", "Error"] } else { &["LegacyError"] };
        responses.insert(format!("Legacy{name}"), response(status, description, envelopes));
    }
    responses
}

fn response(status: u16, description: &str, envelopes: &[&str]) -> Value {
    let mut headers = request_id();
    if matches!(status, 429 | 503) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    if status == 401 {
        headers["WWW-Authenticate"] = json!({"$ref": "#/components/headers/WwwAuthenticate"});
    }
    let refs: Vec<Value> =
        envelopes.iter().map(|name| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
    let schema = if let [only] = &refs[..] { only.clone() } else { json!({"anyOf": refs}) };
    json!({"description": description, "headers": headers, "content": {"application/json": {"schema": schema}}})
}
