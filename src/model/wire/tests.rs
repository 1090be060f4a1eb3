//! The sentences, and what counts as what.

use super::*;
use crate::limits::{CLOCK_SKEW_MS_MAX, JSON_DEPTH_MAX};
use crate::model::Kind;

const NOW_MS: i64 = 1_800_000_000_000;

fn parse_now(json: &str) -> Result<Parsed, String> {
    parse(json, &Context::at(NOW_MS))
}

#[test]
fn a_wrong_value_is_named_with_what_was_expected_and_found() {
    for (json, sentence) in [
        (
            r#"{"type":"message","session_id":"s","response_time_ms":-5}"#,
            "response_time_ms: expected a whole number from 0 to 86400000, found -5",
        ),
        (r#"{"type":"message"}"#, "session_id: expected a text of 1 to 100 bytes, found nothing"),
        (
            r#"{"type":"message","session_id":"s","sentiment":"glad"}"#,
            "sentiment: expected one of positive, neutral, negative, found \"glad\"",
        ),
        (
            r#"{"type":"message","session_id":"s","entities":[1]}"#,
            "entities_extracted: expected an object, found an array",
        ),
        (
            r#"{"type":"message","session_id":"s","confidence":1.5}"#,
            "confidence: expected a number from 0 to 1, found 1.5",
        ),
        (r#"{"type":"message","session_id":"s","contact":"anna"}"#, "contact: expected an object, found \"anna\""),
        (
            r#"{"type":"message","session_id":"s","contact":{"email":5}}"#,
            "contact.email: expected a text of 1 to 2048 bytes, found 5",
        ),
        (r#"{"type":"message","session_id":"s","intent":"a","intent_detected":"b"}"#, "intent_detected: given twice"),
    ] {
        assert_eq!(parse_now(json).unwrap_err(), sentence);
    }
    assert!(parse_now(r#"{"type":"message","#).unwrap_err().starts_with("not valid JSON"));
    assert!(parse_now("[]").unwrap_err().contains("an event as a JSON object"));
}

#[test]
fn fields_of_another_type_are_named_and_not_stored() {
    let parsed = parse_now(r#"{"type":"performance","session_id":"s","endpoint":"/a","intent":"x","colour":1}"#);
    let mut names = parsed.unwrap().unknown_fields;
    names.sort();
    assert_eq!(names, ["colour", "intent_detected", "session_id"]);
}

#[test]
fn amounts_become_whole_numbers() {
    let parsed =
        parse_now(r#"{"type":"message","session_id":"s","cost_usd":0.0123,"confidence":0.9,"user_id":"anonymous"}"#);
    let event = parsed.unwrap().event;
    assert_eq!((event.user_id, event.timestamp_ms), (None, NOW_MS));
    let Kind::Message(message) = event.kind else { panic!() };
    assert_eq!((message.cost_nanos, message.confidence_ppm), (Some(12_300_000), Some(900_000)));
}

#[test]
fn the_future_is_refused_beyond_a_day_and_the_past_is_not() {
    let at = |timestamp: &str| parse_now(&format!(r#"{{"type":"message","session_id":"s","timestamp":{timestamp}}}"#));
    assert!(at(&(NOW_MS + CLOCK_SKEW_MS_MAX).to_string()).is_ok());
    assert!(at(&(NOW_MS + CLOCK_SKEW_MS_MAX + 1).to_string()).is_err());
    assert_eq!(at("\"1999-12-31T23:59:59.9999+02:00\"").unwrap().event.timestamp_ms, 946_677_599_999);
    assert!(at("\"yesterday\"").unwrap_err().contains("RFC 3339"));
}

#[test]
fn what_is_kept_as_it_came_is_nested_so_far_and_no_further() {
    let nested = |levels: usize, leaf: &str| {
        let entities = format!("{}{leaf}{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        parse_now(&format!(r#"{{"type":"message","session_id":"s","entities":{entities}}}"#))
    };
    assert!(nested(JSON_DEPTH_MAX, "1").is_ok());
    let sentence = "entities_extracted: expected JSON of at most 64 levels, found more";
    assert_eq!(nested(JSON_DEPTH_MAX + 1, "1").unwrap_err(), sentence);
    assert!(nested(JSON_DEPTH_MAX, r#""{{[[\"{{\\""#).is_ok(), "a text is no level");
    let side_by_side = format!("[{}]", vec!["{}"; 1_000].join(","));
    assert!(nested(1, &side_by_side).is_ok());
    let lead = format!(r#"{{"type":"lead","session_id":"s","additional_info":{}1{}}}"#, "[".repeat(70), "]".repeat(70));
    assert!(parse_now(&lead).unwrap_err().starts_with("additional_info: expected JSON of at most"));
}
