//! Bodies that come slowly, not at all, or where there is no room for them.

use std::time::{Duration, Instant};

use novahouse::limits::{BODY_BYTES_MAX, BODY_STALL_MAX, QUEUE_BYTES_MAX};

use super::Fresh;
use super::trouble::Troubled;
use crate::support::client::Client;

const MESSAGE: &[u8] = br#"{"type":"message","session_id":"s"}"#;

/// Sends the head of a request with a body, and then so much of it.
fn begin(client: &mut Client, path: &str, length: u64, sent: &[u8]) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    client.write(&[head.as_bytes(), sent].concat()).unwrap();
}

/// Room in the queue was once taken for what a client announced: two that announced much and sent nothing kept everyone
/// else's events out for as long as they pleased.
#[test]
fn who_announces_much_and_sends_nothing_takes_no_room_and_is_given_up() {
    let server = Fresh::new();
    let mut stalled: Vec<Client> = (0..4).map(|_| server.served.client()).collect();
    stalled[..2].iter_mut().for_each(|client| begin(client, "/api/events", BODY_BYTES_MAX, b""));
    begin(&mut stalled[2], "/api/events", BODY_BYTES_MAX, MESSAGE);
    begin(&mut stalled[3], "/api/chatbot/chat", 1_000, b"{");
    let mut crawling = server.served.client();
    begin(&mut crawling, "/api/events", 10_000, b"");
    let began = Instant::now();
    while began.elapsed() < BODY_STALL_MAX / 4 {
        assert_eq!(server.post(MESSAGE).status, 200, "there is room for who sends");
        crawling.write(b" ").unwrap();
    }
    stalled.push(crawling);
    for mut client in stalled {
        let answer = client.answer(false).unwrap();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("body_too_slow")));
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_closed());
    }
    assert!(began.elapsed() < BODY_STALL_MAX * 3, "{:?}", began.elapsed());
    assert_eq!(server.served.ingest.stats().queued_bytes, 0, "all room is given back");
}

#[test]
fn where_the_room_ends_in_the_middle_of_a_body_it_is_refused_at_once() {
    let (served, _trouble) = Troubled::serve(false);
    let others = served.ingest.room(QUEUE_BYTES_MAX - 100_000).unwrap();
    let body = vec![b'x'; 400_000];
    let chunked = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")];
    let mut client = served.client();
    for _ in 0..2 {
        // Its length is not announced, and what is missing of it comes after the answer.
        client.ask_in_chunks("/api/events", &chunked, &body[..200_000]).unwrap();
        let refused = client.answer(false).unwrap();
        assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("overloaded")));
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(served.ingest.stats().queued_bytes, QUEUE_BYTES_MAX - 100_000, "it gave back what it had");
        client.end_chunks(&body[200_000..]).unwrap();
    }
    drop(others);
    assert_eq!(client.send("POST", "/api/events", &chunked[..1], b"x").unwrap().status, 400, "the connection goes on");
    assert_eq!(served.ingest.stats().queued_bytes, 0);
}

#[test]
fn who_sends_all_of_a_refused_body_first_reads_the_answer() {
    let server = Fresh::new();
    let mut client = server.served.client();
    let large = vec![b'x'; BODY_BYTES_MAX as usize + 1];
    let lines = ("Content-Type", "application/x-ndjson");
    for (headers, body, status) in [
        (vec![lines], &large[..], 413),
        (vec![("Content-Type", "text/plain")], &large[..1_000_000], 415),
        (vec![lines, ("Idempotency-Key", "")], &large[..1_000_000], 400),
    ] {
        assert_eq!(client.send("POST", "/api/events", &headers, body).unwrap().status, status);
    }
    assert_eq!(client.send("POST", "/api/events", &[lines], MESSAGE).unwrap().status, 200);
}

/// Who waits for a word before sending has the refusal instead of it.
#[test]
fn who_waits_for_a_word_is_refused_without_it() {
    let server = Fresh::new();
    let mut client = server.served.client();
    let began = Instant::now();
    let head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n";
    assert_eq!(client.raw(head.as_bytes(), false).unwrap().status, 415);
    assert!(client.is_closed());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
