//! A disk that is really full, under the real server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

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

/// The chat answers as ever, what was acknowledged stays, and what was not is refused with a word.
#[test]
fn a_full_disk_loses_nothing_and_the_chat_goes_on() {
    let disk = SmallDisk::mount(16).expect("tests/run runs as root");
    let data = disk.path().join("db");
    let server = Server::on(&data);
    let right = say(&server, "what do you charge?");
    assert_eq!(right.0, 200);
    // The chat does not wait for its own record.
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.get("/api/analytics/overview").1["overview"]["total_conversations"] != 1 {
        assert!(Instant::now() < deadline, "the first exchange is not recorded");
    }
    let mut acknowledged = 0;
    disk.fill();
    let refused = (0..POSTS_MAX).find_map(|_| {
        let answer = post(server.address, &messages(100)).expect("an answer");
        acknowledged += if answer.status == 200 { 100 } else { 0 };
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect("the disk is full");
    assert_eq!((refused.status, &refused.json()["code"]), (503, &"storage_unavailable".into()));
    for _ in 0..50 {
        assert_eq!(say(&server, "what do you charge?"), right);
    }
    disk.relieve();
    drop(server);
    // Of the exchanges, the first at least was recorded; of what was refused, nothing.
    let exchanges = conversations(&data) - acknowledged;
    assert!((1..=51).contains(&exchanges), "{exchanges}");
    run_on(&data, "check").exits(0);
    let server = Server::on(&data);
    server.post(&messages(1));
    assert_eq!(say(&server, "what do you charge?"), right);
}
