//! POST /api/chatbot/chat: what it answers, what it leaves behind, and that nothing of the storage reaches the visitor.

use novahouse::limits::{GROUP_EVENTS_MAX, QUEUE_REQUESTS_MAX};
use serde_json::{Value, json};

use super::trouble::Troubled;
use super::{Fresh, has, keys};
use crate::support::becomes;
use crate::support::client::Answer;
use crate::support::served::Served;

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn say(served: &Served, body: &Value) -> Answer {
    served.client().send("POST", "/api/chatbot/chat", &[JSON], body.to_string().as_bytes()).expect("an answer")
}

/// Polls until the figure is there: the chat does not wait for its own record.
fn conversations(server: &Fresh, right: u64) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let answer = server.json("/api/analytics/overview");
        if answer["overview"]["total_conversations"] == right {
            return answer;
        }
        assert!(std::time::Instant::now() < deadline, "{answer}");
        std::thread::yield_now();
    }
}

#[test]
fn a_message_is_answered_in_its_language_and_recorded() {
    let server = Fresh::new();
    let polish = say(&server.served, &json!({"message": "Ile kosztuje remont?", "session_id": "s", "user_id": "anna"}));
    assert_eq!(polish.status, 200);
    let body = polish.json();
    assert_eq!(keys(&body), ["response", "session_id", "timestamp", "status", "intent", "confidence"]);
    has(
        &body,
        &json!({"session_id": "s", "timestamp": "2026-03-31T10:00:00.000Z", "status": "success", "intent": "prices"}),
    );
    assert!(body["response"].as_str().unwrap().contains("Wykończenie"), "{body}");
    let english = say(&server.served, &json!({"message": "How much is a renovation?", "session_id": "s"})).json();
    assert!(english["response"].as_str().unwrap().contains("Finishing"), "{english}");

    has(&conversations(&server, 2), &json!({"overview": {"unique_sessions": 1, "unique_users": 1}}));
    has(
        &server.json("/api/sessions/s"),
        &json!({"session": {"user_id": "anna", "total_messages": 2}, "timeline": [
            {"type": "message", "user_message": "Ile kosztuje remont?", "intent_detected": "prices"},
            {"type": "engagement"}, {"type": "message"}, {"type": "engagement"},
        ]}),
    );
    has(
        &server.json("/api/analytics/performance?hours=24"),
        &json!({"total_requests": 2, "endpoint_performance": [{"endpoint": "/api/chatbot/chat", "error_count": 0}]}),
    );
}

#[test]
fn what_is_not_said_has_its_default_and_an_empty_message_a_prompt() {
    let server = Fresh::new();
    has(
        &say(&server.served, &json!({"message": "hello"})).json(),
        &json!({"session_id": "default", "intent": "greeting"}),
    );
    for empty in [json!({}), json!({"message": ""}), json!({"message": "  \n"}), json!({"message": null})] {
        let answer = say(&server.served, &empty);
        assert_eq!(answer.status, 200);
        has(&answer.json(), &json!({"status": "success", "session_id": "default"}));
        assert!(!answer.json()["response"].as_str().unwrap().is_empty());
    }
    conversations(&server, 1);
    // Records of another bot are its own.
    let path = "/api/chatbot/chat?bot=sklep";
    let answer = server.served.client().send("POST", path, &[JSON], br#"{"message":"hej"}"#).unwrap();
    assert_eq!(answer.status, 200);
    conversations(&server, 1);
}

#[test]
fn a_bad_request_is_named() {
    let server = Fresh::new();
    for (body, named) in [
        (json!([]), "the body"),
        (json!({"message": 7}), "message"),
        (json!({"message": "x", "session_id": "y".repeat(101)}), "session_id"),
        (json!({"message": "x", "user_id": "y".repeat(201)}), "user_id"),
        (json!({"message": "y".repeat(40_000)}), "message"),
    ] {
        let answer = say(&server.served, &body);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("bad_request")), "{answer:?}");
        assert!(answer.text().contains(named), "{named}: {answer:?}");
    }
    assert_eq!(say(&server.served, &json!({"message": "y".repeat(300_000)})).status, 413);
    assert_eq!(server.served.get("/api/chatbot/chat").status, 405);
}

/// The same words, whatever becomes of the record; what was lost is counted.
#[test]
fn no_trouble_of_the_storage_reaches_a_reply() {
    let well = Fresh::new();
    let right = say(&well.served, &json!({"message": "what do you charge?"}));
    let (failing, trouble) = Troubled::serve(true);
    drop(trouble);
    for _ in 0..50 {
        let answer = say(&failing, &json!({"message": "what do you charge?"}));
        assert_eq!((answer.status, answer.text()), (200, right.text()));
    }
    // Taken by the queue, and then not stored: it once counted as recorded.
    becomes("each is counted", || failing.get("/api/health").json()["chat"]["unrecorded_exchanges"] == 50);
    // A writer that hangs: the queue fills, and the chat goes on.
    let (hanging, _trouble) = Troubled::serve(false);
    let mut client = hanging.client();
    let body = br#"{"message":"what do you charge?"}"#;
    // What the writer took before it hung is not in the queue any more.
    let enough = QUEUE_REQUESTS_MAX + GROUP_EVENTS_MAX;
    let unrecorded = || hanging.get("/api/health").json()["chat"]["unrecorded_exchanges"].as_u64().unwrap();
    let mut sent = 0;
    while unrecorded() < 100 {
        assert!(sent < enough, "the queue takes {sent} exchanges and more");
        for _ in 0..100 {
            let answer = client.send("POST", "/api/chatbot/chat", &[JSON], body).unwrap();
            assert_eq!((answer.status, answer.text()), (200, right.text()));
        }
        sent += 100;
    }
    let headers = [JSON, ("Accept", "text/event-stream")];
    let streamed = client.send("POST", "/api/chatbot/chat", &headers, body).unwrap();
    assert!(streamed.text().ends_with(&format!("event: done\ndata: {}\n\n", right.text())), "{streamed:?}");
}

/// Someone leaves a number: the session's one lead, with what was said before.
#[test]
fn a_phone_number_makes_one_lead() {
    let server = Fresh::new();
    for message in [
        "Ile kosztuje pakiet premium dla mieszkania 54 m2 w Krakowie?",
        "To super, proszę o kontakt: 600 700 800",
        "albo mailem: anna@example.com",
    ] {
        assert_eq!(say(&server.served, &json!({"message": message, "session_id": "s"})).status, 200);
    }
    conversations(&server, 3);
    let leads = server.json("/api/analytics/export?type=leads")["data"]["leads"].take();
    has(
        &leads,
        &json!([{"session_id": "s", "phone": "+48600700800", "email": "anna@example.com", "location": "Kraków",
            "interested_package": "premium", "property_size": "54", "property_type": "apartment"}]),
    );
    let records = server.json("/api/analytics/export")["data"]["conversations"].take();
    has(
        &records[0],
        &json!({"lead_generated": null, "entities": {"package": "premium", "size_m2": 54, "city": "Kraków"}}),
    );
    has(&records[1], &json!({"lead_generated": true, "sentiment": "positive", "entities": {"phone": "+48600700800"}}));
    has(&server.json("/api/analytics/leads")["leads_by_package"], &json!([{"package": "premium", "count": 1}]));
    // Another session is another person.
    say(&server.served, &json!({"message": "my number is 600 700 800", "session_id": "t"}));
    conversations(&server, 4);
    assert_eq!(server.json("/api/analytics/leads")["total_leads"], 2);
}
