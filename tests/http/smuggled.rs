//! Requests whose end two readers may see at different places. A proxy that saw it elsewhere would take what follows for
//! someone else's request: each has one answer at most, and nothing after it is read.

use super::Fresh;
use super::hostile::shout;

const EVENT: &str = r#"{"type":"message","session_id":"smuggled"}"#;

const TWO_ENDS: [&str; 17] = [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Content-Length: 5\r\nContent-Length: 0",
    "Content-Length: 0, 5",
    "Content-Length: -0",
    "Content-Length: +0",
    "Content-Length: 0x0",
    "Content-Length: ",
    "Content-Length: 99999999999999999999999",
    "Content-Length : 0",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding:\u{b}chunked",
    "Content-Type: application/json\r\n Content-Length: 0",
    "X: y\r\n\tTransfer-Encoding: chunked",
];

const CHUNKED: &str = "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked";
const BAD_CHUNKS: [&str; 10] = [
    "zz\r\n",
    "-1\r\n",
    "+0\r\n\r\n",
    "0x0\r\n\r\n",
    "\r\n",
    "fffffffffffffffff\r\n",
    "1\r\nab\r\n0\r\n\r\n",
    "2\r\nab0\r\n\r\n",
    "0\r\nno trailer\r\n\r\n",
    "0 0\r\n\r\n",
];

/// What follows the request, and must not be taken for one.
fn smuggled() -> String {
    format!(
        "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    )
}

fn request(headers: &str, body: &str) -> String {
    format!("POST /api/events HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}{}", smuggled())
}

/// All that is tried here.
pub fn requests() -> Vec<String> {
    let ends = TWO_ENDS.iter().map(|headers| request(headers, "0\r\n\r\n"));
    ends.chain(BAD_CHUNKS.iter().map(|body| request(CHUNKED, body))).collect()
}

#[track_caller]
fn has_no_second_reading(server: &Fresh, headers: &str, body: &str) {
    let answer = shout(server.served.address, request(headers, body).as_bytes()).unwrap();
    assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{headers}: {answer}");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{headers}: {answer}");
}

#[test]
fn a_request_with_two_ends_is_the_last_of_its_connection() {
    let server = Fresh::new();
    for headers in TWO_ENDS {
        has_no_second_reading(&server, headers, "0\r\n\r\n");
    }
    let old = "POST /api/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned() + &smuggled();
    assert!(shout(server.served.address, old.as_bytes()).unwrap().matches("HTTP/1.").count() <= 1);
    assert_eq!(server.json("/api/analytics/overview")["overview"]["total_conversations"], 0, "nothing got through");
}

#[test]
fn a_body_in_bad_chunks_ends_its_connection() {
    let server = Fresh::new();
    for body in BAD_CHUNKS {
        has_no_second_reading(&server, CHUNKED, body);
    }
    assert_eq!(server.json("/api/analytics/overview")["overview"]["total_conversations"], 0, "nothing got through");
}
