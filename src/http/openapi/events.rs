//! The events that are taken, by type. Null counts as absent everywhere, and so does an empty text; what a type does not have
//! is passed over with a warning. The tests hold each field and each range against the parser.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::limits::*;

/// Any event, as it is sent and as it is shown.
pub struct AnyEvent;

impl JsonSchema for AnyEvent {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let each: Vec<Value> =
            TYPES.iter().map(|(_, name)| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
        let mapping: Map<String, Value> = TYPES
            .iter()
            .map(|(kind, name)| ((*kind).to_owned(), format!("#/components/schemas/{name}").into()))
            .collect();
        json_schema!({"oneOf": each, "discriminator": {"propertyName": "type", "mapping": mapping}})
    }
}

const TYPES: [(&str, &str); 6] = [
    ("message", "MessageEvent"),
    ("engagement", "EngagementEvent"),
    ("lead", "LeadEvent"),
    ("performance", "PerformanceEvent"),
    ("feedback", "FeedbackEvent"),
    ("exposure", "ExposureEvent"),
];

/// A schema for each type.
pub fn schemas() -> Map<String, Value> {
    let mut schemas: Map<String, Value> = TYPES.iter().map(|(kind, name)| ((*name).to_owned(), schema(kind))).collect();
    schemas.insert("Contact".into(), json!({"type": "object", "properties": lead()}));
    schemas
}

fn schema(kind: &str) -> Value {
    let (about, fields, needed) = match kind {
        "message" => ("One exchange: what the visitor wrote, and what the bot answered.", message(), None),
        "engagement" => ("A visit, or a step of it.", engagement(), None),
        "lead" => ("Who left contact data.", lead(), None),
        "performance" => ("One request to the bot's own service.", performance(), Some("endpoint")),
        "exposure" => ("A variant of an experiment was shown to the session, or to the user.", exposure(), None),
        _ => ("What a visitor thinks of it: satisfied or not, or a rating.", feedback(), None),
    };
    let mut properties = map([
        ("type", json!({"const": kind})),
        ("id", said(text(EVENT_ID_BYTES_MAX), "Taken once within 24 hours.")),
        ("bot", said(name(BOT_NAME_BYTES_MAX), "Without one, that of the request.")),
        ("timestamp", timestamp()),
        ("user_id", said(text(USER_ID_BYTES_MAX), "`anonymous` is nobody in particular.")),
    ]);
    let mut required = vec!["type"];
    match kind {
        "performance" => {}
        "exposure" => {
            properties.insert("session_id".into(), text(SESSION_ID_BYTES_MAX));
            required.extend(["experiment", "variant"]);
        }
        _ => {
            properties.insert("session_id".into(), needed_text(SESSION_ID_BYTES_MAX));
            required.push("session_id");
        }
    }
    properties.extend(fields);
    required.extend(needed);
    let mut schema = json!({"type": "object", "description": about, "properties": properties, "required": required});
    if kind == "feedback" {
        let has = |field: &str, of: Value| json!({"properties": {field: of}, "required": [field]});
        schema["anyOf"] =
            json!([has("user_satisfied", json!({"type": "boolean"})), has("rating", json!({"type": "integer"}))]);
    }
    if kind == "exposure" {
        let by = |unit: Value, field: &str, bytes_max: usize| json!({"properties": {"unit": unit, field: needed_text(bytes_max)}, "required": [field]});
        let session = by(json!({"enum": ["session", null]}), "session_id", SESSION_ID_BYTES_MAX);
        let mut user = by(json!({"const": "user"}), "user_id", USER_ID_BYTES_MAX);
        user["required"] = json!(["unit", "user_id"]);
        schema["anyOf"] = json!([session, user]);
    }
    schema
}

fn exposure() -> Map<String, Value> {
    map([
        ("experiment", needed_text(EXPERIMENT_NAME_BYTES_MAX)),
        ("variant", needed_text(EXPERIMENT_NAME_BYTES_MAX)),
        ("unit", one_of(&["session", "user"], "What the experiment draws by; `session` where it is not given.")),
        ("device_type", one_of(&["mobile", "desktop", "tablet"], "Without it, read from a browser's `User-Agent`.")),
        ("language", json!({"description": "Such as `en`.", "type": ["string", "null"], "pattern": "^[a-z]{2,3}$"})),
    ])
}

fn message() -> Map<String, Value> {
    let intent = || text(NAME_BYTES_MAX);
    let entities = || json!({"type": ["object", "null"]});
    map([
        ("user_message", text(TEXT_BYTES_MAX)),
        ("bot_response", text(TEXT_BYTES_MAX)),
        ("intent_detected", said(intent(), "`fallback` and `unknown` are no success.")),
        ("intent", said(intent(), "The same, in short; one of them.")),
        ("confidence", number(1)),
        ("entities_extracted", said(entities(), "At most 16 KiB of JSON, 64 levels deep.")),
        ("entities", said(entities(), "The same, in short; one of them.")),
        ("sentiment", one_of(&["positive", "neutral", "negative"], "Without it, it is read from the message.")),
        ("response_time_ms", whole(0, RESPONSE_TIME_MS_MAX)),
        ("user_satisfied", boolean()),
        ("lead_generated", boolean()),
        ("success", said(boolean(), "Whether the intent was served.")),
        ("message_count", said(whole(0, MESSAGE_COUNT_MAX), "1 where it is not given.")),
        ("input_tokens", whole(0, TOKENS_MAX)),
        ("output_tokens", whole(0, TOKENS_MAX)),
        ("cost_usd", said(number(COST_USD_MAX), "Without it, what the tokens cost.")),
        ("model", text(NAME_BYTES_MAX)),
        (
            "contact",
            json!({
                "description": "What the message says of the visitor; without it, it is read from the message.",
                "anyOf": [{"$ref": "#/components/schemas/Contact"}, {"type": "null"}],
            }),
        ),
    ])
}

fn engagement() -> Map<String, Value> {
    let page = json!({"type": ["string", "null"], "maxLength": NAME_BYTES_MAX});
    let pages = json!({"type": ["array", "null"], "maxItems": PAGES_PER_EVENT_MAX, "items": page});
    map([
        ("page", text(NAME_BYTES_MAX)),
        ("pages_visited", said(pages, "In order; with `page` before them.")),
        ("conversion_event", text(NAME_BYTES_MAX)),
        ("device_type", one_of(&["mobile", "desktop", "tablet"], "Without it, read from a browser's `User-Agent`.")),
        ("browser", said(text(NAME_BYTES_MAX), "The same.")),
        ("referrer", text(NAME_BYTES_MAX)),
    ])
}

fn lead() -> Map<String, Value> {
    let text_or_number = || json!({"type": ["string", "number", "null"], "maxLength": NAME_BYTES_MAX});
    map([
        ("name", text(NAME_BYTES_MAX)),
        ("email", text(NAME_BYTES_MAX)),
        ("phone", text_or_number()),
        ("interested_package", text(NAME_BYTES_MAX)),
        ("property_size", text_or_number()),
        ("property_type", text(NAME_BYTES_MAX)),
        ("location", text(NAME_BYTES_MAX)),
        ("additional_info", json!({"description": "A text, or any JSON; at most 32 KiB, 64 levels deep."})),
    ])
}

fn performance() -> Map<String, Value> {
    map([
        ("endpoint", needed_text(NAME_BYTES_MAX)),
        ("response_time_ms", whole(0, RESPONSE_TIME_MS_MAX)),
        ("status_code", said(whole(100, 599), "From 400 on it is an error.")),
        ("error_message", text(TEXT_BYTES_MAX)),
        ("memory_usage_mb", number(MEMORY_MB_MAX)),
        ("cpu_usage_percent", number(CPU_PERCENT_MAX)),
    ])
}

fn feedback() -> Map<String, Value> {
    map([
        ("user_satisfied", boolean()),
        ("rating", said(whole(1, 5), "4 and 5 are satisfied.")),
        ("comment", text(TEXT_BYTES_MAX)),
    ])
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// A length is counted in bytes: a text of other letters than ASCII's may be refused before it has so many characters.
fn text(bytes_max: usize) -> Value {
    json!({"type": ["string", "null"], "maxLength": bytes_max})
}

fn needed_text(bytes_max: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": bytes_max})
}

/// Without control characters.
fn name(bytes_max: usize) -> Value {
    json!({"type": ["string", "null"], "maxLength": bytes_max, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"})
}

fn whole(min: u32, max: u32) -> Value {
    json!({"type": ["integer", "null"], "minimum": min, "maximum": max})
}

fn number(max: u32) -> Value {
    json!({"type": ["number", "null"], "minimum": 0, "maximum": max})
}

fn boolean() -> Value {
    json!({"type": ["boolean", "null"]})
}

fn one_of(words: &[&str], about: &str) -> Value {
    let words: Vec<Value> = words.iter().map(|word| (*word).into()).chain([Value::Null]).collect();
    json!({"description": about, "enum": words})
}

fn timestamp() -> Value {
    json!({
        "description": "RFC 3339 or epoch milliseconds, since 1970 and at most 24 hours ahead; now where it is not given.",
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "number", "minimum": TIMESTAMP_MS_MIN}, {"type": "null"}],
    })
}

fn said(mut schema: Value, about: &str) -> Value {
    schema["description"] = about.into();
    schema
}

/// An event of each type to begin with, and several at once.
pub fn examples() -> Value {
    let message = json!({
        "type": "message", "session_id": "visit-1", "user_id": "anna",
        "user_message": "What does finishing a flat cost?", "bot_response": "From 1,499 zł per square metre.",
        "intent": "prices", "confidence": 0.93, "sentiment": "neutral", "response_time_ms": 420,
        "input_tokens": 310, "output_tokens": 45, "model": "small",
    });
    let engagement = json!({
        "type": "engagement", "session_id": "visit-1", "pages_visited": ["/", "/prices"], "device_type": "mobile",
        "browser": "Safari", "referrer": "https://www.example.com/", "conversion_event": "form",
    });
    let lead = json!({
        "type": "lead", "session_id": "visit-1", "name": "Anna", "email": "anna@example.com", "phone": "+48 600 000 000",
        "interested_package": "comfort", "property_size": "54 m2", "property_type": "flat", "location": "Gdańsk",
        "additional_info": "after 17",
    });
    let performance = json!({
        "type": "performance", "endpoint": "/chat", "response_time_ms": 120, "status_code": 200,
        "memory_usage_mb": 210.5, "cpu_usage_percent": 12,
    });
    let feedback = json!({"type": "feedback", "session_id": "visit-1", "rating": 5, "comment": "Quick."});
    let exposure_event = json!({
        "type": "exposure", "session_id": "visit-1", "experiment": "greeting", "variant": "warm", "device_type": "mobile",
        "language": "en",
    });
    let several = json!([message, feedback]);
    let mut examples = Map::new();
    for (name, summary, value) in [
        ("message", "An exchange", message),
        ("engagement", "A visit", engagement),
        ("lead", "A lead", lead),
        ("performance", "A request to the bot's service", performance),
        ("feedback", "Feedback", feedback),
        ("exposure", "A variant was shown", exposure_event),
        ("several", "Several at once", several),
    ] {
        examples.insert(name.into(), json!({"summary": summary, "value": value}));
    }
    examples.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::wire::{Context, field_names, parse};

    const NOW_MS: i64 = 1_800_000_000_000;

    fn sample(kind: &str, field: &str) -> Map<String, Value> {
        let sample = match kind {
            "performance" => json!({"type": kind, "endpoint": "/"}),
            // Either is enough, and neither has to be there.
            "feedback" => json!({"type": kind, "session_id": "s", "rating": 4, "user_satisfied": true}),
            // Of session and user the unit is needed, and the other need not be there.
            "exposure" => json!({
                "type": kind, "session_id": "s", "user_id": "u", "experiment": "e", "variant": "v",
                "unit": if field == "user_id" { "session" } else { "user" },
            }),
            _ => json!({"type": kind, "session_id": "s"}),
        };
        sample.as_object().unwrap().clone()
    }

    /// Whether the event is taken with this field, and whether the field is one of its type.
    fn taken(kind: &str, field: &str, value: &Value) -> Result<bool, String> {
        let mut event = sample(kind, field);
        event.insert(field.into(), value.clone());
        let parsed = parse(&Value::from(event).to_string(), &Context::at(NOW_MS))?;
        Ok(parsed.unknown_fields.is_empty())
    }

    #[test]
    fn each_type_has_the_fields_that_the_parser_knows_of_it_and_no_other() {
        for (kind, name) in TYPES {
            let schemas = schemas();
            let properties = schemas[name]["properties"].as_object().unwrap();
            for field in field_names() {
                // Of the wrong type for every field but those that take anything: known ones are refused, others passed over,
                // the name of a session, which belongs to all types but one, only where it could be one.
                let known = [json!([["x"]]), json!("x")].iter().all(|value| taken(kind, field, value) != Ok(false));
                assert_eq!(properties.contains_key(field), known || field == "type", "{kind}: {field}");
            }
            assert!(properties.keys().all(|field| field_names().any(|known| known == field)), "{kind}");
        }
    }

    #[test]
    fn each_range_is_the_one_that_is_kept() {
        for (kind, name) in TYPES {
            let schemas = schemas();
            for (field, schema) in schemas[name]["properties"].as_object().unwrap() {
                let takes = |value: Value| taken(kind, field, &value) == Ok(true);
                if let Some(length) = schema["maxLength"].as_u64() {
                    assert!(takes("x".repeat(length as usize).into()), "{kind}: {field}");
                    assert!(!takes("x".repeat(length as usize + 1).into()), "{kind}: {field}");
                }
                for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                    let Some(bound) = schema[bound].as_i64() else { continue };
                    assert!(takes(bound.into()), "{kind}: {field}");
                    assert!(!takes((bound + step).into()), "{kind}: {field}");
                }
                for word in schema["enum"].as_array().into_iter().flatten() {
                    assert!(takes(word.clone()), "{kind}: {field}");
                }
                let nullable =
                    field != "type" && !schemas[name]["required"].as_array().unwrap().contains(&json!(field));
                assert_eq!(takes(Value::Null), nullable, "{kind}: {field}");
            }
        }
    }

    #[test]
    fn the_examples_are_taken_without_a_warning() {
        for (name, example) in examples().as_object().unwrap() {
            let value = &example["value"];
            let events = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for event in events {
                let parsed = parse(&event.to_string(), &Context::at(NOW_MS)).unwrap();
                assert!(parsed.unknown_fields.is_empty(), "{name}");
            }
        }
    }
}
