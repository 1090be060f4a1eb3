//! A disk that is really full, under the real server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::becomes;
use crate::support::process::{Server, conversations, messages, post, run_on};
use crate::support::small_disk::SmallDisk;

/// Far more than what fits into the pages that the file has in stock.
const POSTS_MAX: u32 = 2_000;

fn say(server: &Server, message: &str) -> (u16, Value) {
    let body = json!({"message": message, "session_id": "visitor"}).to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = server.client().send("POST", "/api/chatbot/chat", &headers, body.as_bytes()).expect("an answer");
    (answer.status, answer.json()["response"].clone())
}

/// The chat answers as ever, what was acknowledged stays, what was not is refused with a word, reading goes on, and when there
/// is room again all is as before, without a restart.
#[test]
fn a_full_disk_loses_nothing_and_the_chat_goes_on() {
    let Some(disk) = SmallDisk::mounted(16) else { return };
    let data = disk.path().join("db");
    let server = Server::on(&data);
    let right = say(&server, "what do you charge?");
    assert_eq!(right.0, 200);
    // The chat does not wait for its own record.
    becomes("the first exchange is recorded", || {
        server.get("/api/analytics/overview").1["overview"]["total_conversations"] == 1
    });
    server.post(&messages(100));
    let mut acknowledged = 100u64;
    disk.fill();
    let refused = (0..POSTS_MAX).find_map(|_| {
        let answer = post(server.address, &messages(100)).expect("an answer");
        acknowledged += if answer.status == 200 { 100 } else { 0 };
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect("the disk is full");
    assert_eq!((refused.status, &refused.json()["code"]), (503, &"storage_unavailable".into()));
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    // A download once broke off each time that writing was tried again.
    let mut whole = 0;
    let goes_on_until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < goes_on_until {
        assert_eq!(say(&server, "what do you charge?"), right);
        let answer = post(server.address, &messages(100)).expect("an answer");
        acknowledged += if answer.status == 200 { 100 } else { 0 };
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
        let overview = server.get("/api/analytics/overview");
        assert_eq!(overview.0, 200, "{overview:?}");
        let counted = overview.1["overview"]["total_conversations"].as_u64().unwrap();
        assert!(counted > acknowledged, "{counted} of {acknowledged}");
        // Lists take from memory what could not be written.
        for path in ["/api/sessions?days=1", "/api/sessions/s-1", "/api/leads", "/api/health"] {
            let (status, answer) = server.get(path);
            assert_eq!(status, 200, "{path}: {answer}");
        }
        let exported =
            server.client().get("/api/analytics/export?type=events&format=ndjson&days=1").expect("it is whole");
        assert_eq!(exported.status, 200);
        whole += 1;
    }
    assert!(whole > 2, "{whole}");
    disk.relieve();
    // By itself.
    becomes("events are taken again", || post(server.address, &messages(100)).expect("an answer").status == 200);
    acknowledged += 100;
    let counted = server.get("/api/analytics/overview").1["overview"]["total_conversations"].as_u64().unwrap();
    assert!(server.terminate().success());
    // Of the exchanges, the first at least was recorded; of what was refused, nothing.
    assert!(counted > acknowledged, "{counted} of {acknowledged}");
    assert!(conversations(&data) as u64 >= counted);
    run_on(&data, "check").exits(0);
    let server = Server::on(&data);
    server.post(&messages(1));
    assert_eq!(say(&server, "what do you charge?"), right);
}
