//! POST /api/events: forms, packings, repetition, what is refused.

use std::io::Write;

use novahouse::limits::{BODY_BYTES_MAX, UNPACKED_BODY_BYTES_MAX};
use serde_json::json;

use super::{Fresh, has};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const LINES: (&str, &str) = ("Content-Type", "application/x-ndjson");
const MESSAGE: &str = r#"{"type":"message","session_id":"s"}"#;

fn conversations(server: &Fresh) -> u64 {
    server.json("/api/analytics/overview")["overview"]["total_conversations"].as_u64().unwrap()
}

#[test]
fn one_object_an_array_and_lines_are_taken() {
    let server = Fresh::new();
    for (form, body, accepted) in [
        (JSON, MESSAGE.to_owned(), 1),
        (JSON, format!("  [{MESSAGE}, {MESSAGE}]\n"), 2),
        (("Content-Type", "application/json; charset=utf-8"), MESSAGE.to_owned(), 1),
        (LINES, format!("{MESSAGE}\n\n{MESSAGE}\r\n{MESSAGE}"), 3),
        (("content-type", "Application/X-NDJSON"), MESSAGE.to_owned(), 1),
    ] {
        let answer = server.served.post(&[form], &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        has(
            &answer.json(),
            &json!({"status": "success", "accepted": accepted, "duplicates": 0, "rejected": 0, "errors": []}),
        );
    }
    assert_eq!(conversations(&server), 8);
}

#[test]
fn the_sentence_of_the_contract_word_by_word() {
    let server = Fresh::new();
    let body = format!("{MESSAGE}\n{MESSAGE}\n{}", r#"{"type":"message","session_id":"s","response_time_ms":-5}"#);
    let answer = server.post(body);
    let right = r#"{"status":"success","accepted":2,"duplicates":0,"rejected":1,"errors":[{"index":2,"error":"response_time_ms: expected a whole number from 0 to 86400000, found -5"}]}"#;
    assert_eq!((answer.status, answer.text()), (200, right));
}

#[test]
fn each_wrong_field_is_named_by_its_index() {
    let server = Fresh::new();
    let long = "x".repeat(101);
    let wrong = [
        (r#"{"session_id":"s"}"#.to_owned(), "type"),
        (r#"{"type":"visit","session_id":"s"}"#.to_owned(), "type"),
        (r#"{"type":"message"}"#.to_owned(), "session_id"),
        (r#"{"type":"message","session_id":""}"#.to_owned(), "session_id"),
        (r#"{"type":"message","session_id":7}"#.to_owned(), "session_id"),
        (format!(r#"{{"type":"message","session_id":"{long}"}}"#), "session_id"),
        (r#"{"type":"message","session_id":"s","timestamp":"yesterday"}"#.to_owned(), "timestamp"),
        (r#"{"type":"message","session_id":"s","timestamp":"2026-04-01T10:00:01Z"}"#.to_owned(), "timestamp"),
        (r#"{"type":"message","session_id":"s","confidence":1.01}"#.to_owned(), "confidence"),
        (r#"{"type":"message","session_id":"s","entities":[]}"#.to_owned(), "entities"),
        (r#"{"type":"message","session_id":"s","sentiment":"angry"}"#.to_owned(), "sentiment"),
        (r#"{"type":"message","session_id":"s","user_satisfied":"yes"}"#.to_owned(), "user_satisfied"),
        (r#"{"type":"message","session_id":"s","message_count":1.5}"#.to_owned(), "message_count"),
        (r#"{"type":"message","session_id":"s","cost_usd":-1}"#.to_owned(), "cost_usd"),
        (r#"{"type":"message","session_id":"s","intent":"a","intent_detected":"b"}"#.to_owned(), "intent"),
        (r#"{"type":"engagement","session_id":"s","device_type":"fridge"}"#.to_owned(), "device_type"),
        (r#"{"type":"engagement","session_id":"s","pages_visited":"/"}"#.to_owned(), "pages_visited"),
        (r#"{"type":"performance"}"#.to_owned(), "endpoint"),
        (r#"{"type":"performance","endpoint":"/","status_code":"ok"}"#.to_owned(), "status_code"),
        (r#"{"type":"feedback","session_id":"s"}"#.to_owned(), "user_satisfied"),
        (r#"{"type":"feedback","session_id":"s","rating":6}"#.to_owned(), "rating"),
        (format!(r#"{{"type":"message","session_id":"s","bot":"{long}"}}"#), "bot"),
        (format!(r#"{{"type":"message","session_id":"s","id":"{long}"}}"#), "id"),
        ("[]".to_owned(), "object"),
        ("{".to_owned(), "JSON"),
    ];
    let body: Vec<String> = wrong.iter().map(|(line, _)| line.clone()).chain([MESSAGE.to_owned()]).collect();
    let answer = server.post(body.join("\n")).json();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&1.into(), &wrong.len().into()), "{answer}");
    for (index, (line, named)) in wrong.iter().enumerate() {
        let error = &answer["errors"][index];
        assert_eq!(error["index"], index, "{line}");
        assert!(error["error"].as_str().unwrap().contains(named), "{line}: {error}");
    }
}

#[test]
fn where_nothing_is_accepted_it_is_422_and_a_broken_array_400() {
    let server = Fresh::new();
    for (form, body, status) in [
        (LINES, r#"{"type":"message"}"#, 422),
        (LINES, "", 422),
        (JSON, "[]", 422),
        (JSON, r#"{"type":"message"}"#, 422),
        (JSON, r#"[{"type":"message","session_id":"s"},"#, 400),
        (JSON, r#"{"type":"message","session_id":"s"}}"#, 400),
        (JSON, "", 400),
        (JSON, "nonsense", 400),
    ] {
        let answer = server.served.post(&[form], body);
        assert_eq!((answer.status, &answer.json()["status"]), (status, &"error".into()), "{body}: {answer:?}");
    }
    assert_eq!(conversations(&server), 0, "a JSON array that does not parse stores nothing");
}

#[test]
fn another_content_type_or_encoding_is_415() {
    let server = Fresh::new();
    for headers in [
        &[][..],
        &[("Content-Type", "text/plain")],
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &[JSON, ("Content-Encoding", "br")],
    ] {
        let answer = server.served.post(headers, MESSAGE);
        let body = answer.json();
        assert_eq!((answer.status, body["code"].as_str()), (415, Some("unsupported_media_type")), "{headers:?}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn packed_bodies_are_unpacked_up_to_a_cap() {
    let server = Fresh::new();
    let lines = format!("{MESSAGE}\n").repeat(500);
    let (gzipped, zstd) = (gzip(lines.as_bytes()), zstd::encode_all(lines.as_bytes(), 1).unwrap());
    for (packing, body) in [("gzip", &gzipped), ("zstd", &zstd)] {
        let answer = server.served.post(&[LINES, ("Content-Encoding", packing)], body);
        assert_eq!(answer.json()["accepted"], 500, "{packing}: {answer:?}");
        let cut = server.served.post(&[LINES, ("Content-Encoding", packing)], &body[..body.len() - 6]);
        assert_eq!(cut.status, 400, "{packing}: {cut:?}");
        let not_packed = server.served.post(&[LINES, ("Content-Encoding", packing)], MESSAGE);
        assert_eq!(not_packed.status, 400, "{not_packed:?}");
    }
    // Two members, as `cat a.gz b.gz` makes them.
    let both = [gzip(MESSAGE.as_bytes()), gzip(format!("\n{MESSAGE}").as_bytes())].concat();
    assert_eq!(server.served.post(&[LINES, ("Content-Encoding", "gzip")], both).json()["accepted"], 2);
    assert_eq!(conversations(&server), 1_002);

    let bomb = vec![b' '; UNPACKED_BODY_BYTES_MAX as usize + 1];
    for (packing, body) in [("gzip", gzip(&bomb)), ("zstd", zstd::encode_all(&bomb[..], 1).unwrap())] {
        let answer = server.served.post(&[LINES, ("Content-Encoding", packing)], body);
        let found = (answer.status, answer.json()["code"].as_str().map(str::to_owned));
        assert_eq!(found, (413, Some("body_too_large".to_owned())), "{packing}");
    }
}

#[test]
fn a_body_beyond_the_cap_is_413_announced_or_not() {
    let server = Fresh::new();
    let head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let announced = format!("{head}Content-Length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    assert_eq!(server.served.client().raw(announced.as_bytes(), false).unwrap().status, 413);

    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let piece = vec![b' '; 1024 * 1024];
    for _ in 0..=BODY_BYTES_MAX / piece.len() as u64 {
        chunked.extend(format!("{:x}\r\n", piece.len()).bytes());
        chunked.extend(&piece);
        chunked.extend(b"\r\n");
    }
    // The server may answer and close before it has read everything.
    if let Ok(answer) = server.served.client().raw(&chunked, false) {
        assert_eq!(answer.status, 413);
    }
    let whole = [vec![b' '; BODY_BYTES_MAX as usize - MESSAGE.len()], MESSAGE.into()].concat();
    assert_eq!(server.served.post(&[JSON], whole).status, 200);
}

#[test]
fn an_idempotency_key_gives_the_first_answer_again() {
    let server = Fresh::new();
    let key = ("Idempotency-Key", "k-1");
    let lines = format!("{MESSAGE}\n{{\"type\":\"message\"}}\n{MESSAGE}");
    let first = server.served.post(&[LINES, key], &lines);
    assert_eq!(first.json()["accepted"], 2);
    for body in [&*lines, MESSAGE, r#"{"type":"message"}"#] {
        let again = server.served.post(&[LINES, key], body);
        assert_eq!((again.status, again.text()), (200, first.text()));
    }
    assert_eq!(conversations(&server), 2);
    assert_eq!(server.served.post(&[LINES, ("Idempotency-Key", "k-2")], MESSAGE).json()["accepted"], 1);
    for key in [String::new(), "x".repeat(129)] {
        let refused = server.served.post(&[LINES, ("Idempotency-Key", &key)], MESSAGE);
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.text().contains("Idempotency-Key"), "{refused:?}");
    }
    // What was not accepted is not remembered: mended, it comes in under the same key.
    let mended = ("Idempotency-Key", "k-3");
    assert_eq!(server.served.post(&[LINES, mended], r#"{"type":"message"}"#).status, 422);
    assert_eq!(server.served.post(&[LINES, mended], MESSAGE).json()["accepted"], 1);
}

#[test]
fn an_event_id_is_taken_once_per_bot() {
    let server = Fresh::new();
    let event = |bot: &str| format!(r#"{{"type":"message","id":"e","bot":"{bot}","session_id":"s"}}"#);
    let both = format!("{}\n{}\n{}", event("default"), event("default"), event("b"));
    has(&server.post(both).json(), &json!({"accepted": 2, "duplicates": 1}));
    let again = server.post(event("default"));
    assert_eq!(again.status, 200);
    has(&again.json(), &json!({"accepted": 0, "duplicates": 1, "rejected": 0}));
    assert_eq!(conversations(&server), 1);
    // A record of that event is known by the client's own id.
    let export = server.json("/api/analytics/export");
    assert_eq!(export["data"]["conversations"][0]["id"], "e");
}

#[test]
fn what_an_event_does_not_say_is_filled_in() {
    let server = Fresh::new();
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.0 Mobile/15E148 Safari/604.1";
    let body = r#"{"type":"engagement","session_id":"a","page":"/"}"#;
    assert_eq!(server.served.post(&[JSON, ("User-Agent", agent)], body).status, 200);
    let said = r#"{"type":"engagement","session_id":"b","device_type":"desktop","browser":"Opera"}"#;
    assert_eq!(server.served.post(&[JSON, ("User-Agent", agent)], said).status, 200);
    let by_program = r#"{"type":"engagement","session_id":"c"}"#;
    assert_eq!(server.served.post(&[JSON, ("User-Agent", "python-requests/2.31")], by_program).status, 200);
    let session = |name: &str| server.json(&format!("/api/sessions/{name}"))["session"].take();
    has(
        &session("a"),
        &json!({"device_type": "mobile", "browser": "Safari", "first_interaction": "2026-03-31T10:00:00.000Z"}),
    );
    has(&session("b"), &json!({"device_type": "desktop", "browser": "Opera"}));
    has(&session("c"), &json!({"device_type": null, "browser": null, "user_id": "anonymous"}));
}

/// What a message's sender leaves out is read from the text; what it says stays. A session's messages make one lead, which
/// fills up, in whatever order they come; where the sender sends leads itself, those count.
#[test]
fn messages_are_read_and_their_leads_found() {
    let server = Fresh::new();
    let said = |session: &str, minute: u32, text: &str, more: &str| {
        format!(
            r#"{{"type":"message","session_id":"{session}","timestamp":"2026-03-30T09:{minute:02}:00Z","user_message":"{text}"{more}}}"#
        )
    };
    let later = said("s", 9, "and I am in Kraków", "");
    let first = said("s", 5, "Great! write to anna@example.com", "");
    let before = said("s", 1, "I want the premium package", r#","sentiment":"negative","entities":{"mood":"bad"}"#);
    for (line, leads) in [(&later, 0), (&first, 1), (&before, 1)] {
        assert_eq!(server.post(line).json()["accepted"], 1);
        assert_eq!(server.json("/api/analytics/leads")["total_leads"], leads, "{line}");
    }
    let records = server.json("/api/analytics/export")["data"]["conversations"].take();
    has(&records[0], &json!({"sentiment": "neutral", "entities": {"city": "Kraków"}, "lead_generated": null}));
    has(&records[1], &json!({"sentiment": "positive", "lead_generated": true}));
    has(&records[2], &json!({"sentiment": "negative", "entities": {"mood": "bad"}}));
    let lead = |server: &Fresh| server.json("/api/analytics/export?type=leads")["data"]["leads"].take();
    has(
        &lead(&server),
        &json!([{"session_id": "s", "email": "anna@example.com", "location": "Kraków", "interested_package": "premium",
            "created_at": "2026-03-30T09:05:00.000Z"}]),
    );
    // An earlier message leaves a number: the lead is older than was known.
    server.post(said("s", 3, "600 700 800, mieszkanie 54 m2", ""));
    has(
        &lead(&server),
        &json!([{"email": "anna@example.com", "phone": "+48600700800", "property_size": "54", "location": "Kraków",
            "created_at": "2026-03-30T09:03:00.000Z"}]),
    );
    has(&server.json("/api/analytics/overview")["overview"], &json!({"total_leads": 1}));
    has(&server.json("/api/sessions?lead=true"), &json!({"total": 1, "sessions": [{"lead": true}]}));

    server
        .post(r#"{"type":"lead","session_id":"s","timestamp":"2026-03-30T10:00:00Z","interested_package":"comfort"}"#);
    has(&lead(&server), &json!([{"interested_package": "comfort", "email": null}]));
    has(
        &server.json("/api/analytics/leads"),
        &json!({"total_leads": 1, "leads_by_package": [{"package": "comfort", "count": 1}], "leads_by_property_type": []}),
    );
}

#[test]
fn fields_a_type_does_not_have_are_warned_about() {
    let server = Fresh::new();
    let answer = server.post(r#"{"type":"message","session_id":"s","respose_time_ms":5}"#).json();
    has(&answer, &json!({"accepted": 1, "warnings": [{"index": 0}]}));
    assert!(answer["warnings"][0]["error"].as_str().unwrap().contains("respose_time_ms"), "{answer}");
}

/// A late event moves what it has to: the beginning, the duration, the first referrer.
#[test]
fn a_late_event_moves_every_number_it_must() {
    let server = Fresh::new();
    let visit = |day: u32, referrer: &str| {
        format!(
            r#"{{"type":"engagement","session_id":"s","timestamp":"2026-03-{day}T10:00:00Z","referrer":"{referrer}"}}"#
        )
    };
    server.post(visit(30, "late.example"));
    assert_eq!(server.json("/api/analytics/engagement")["total_sessions"], 1);
    server.post(visit(10, "early.example"));
    assert_eq!(server.json("/api/analytics/engagement")["total_sessions"], 0, "it began before these seven days");
    let month = server.json("/api/analytics/engagement?days=30");
    has(
        &month,
        &json!({"total_sessions": 1, "referrers": [{"referrer": "early.example", "count": 1}],
            "averages": {"session_duration_seconds": 20.0 * 86_400.0}}),
    );
}
