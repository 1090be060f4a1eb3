//! Bytes that no well-meaning client sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::Fresh;

/// What is no request.
pub const NOT_HTTP: [&[u8]; 15] = [
    b"",
    b"\0\0\0\0",
    b"GET",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET  / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1 \r\n\r\n",
    b"GET\t/\tHTTP/1.1\r\n\r\n",
    b"GET /\0 HTTP/1.1\r\n\r\n",
    b"G\xffT / HTTP/1.1\r\n\r\n",
    b"GET http:// HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\n: no name\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/// Writes bytes, ends its side, and reads whatever comes back until the server closes.
pub fn shout(address: SocketAddr, bytes: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    // The server may have seen enough before everything is written.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn nothing_that_is_not_http_gets_more_than_a_400() {
    let server = Fresh::new();
    let long_header = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    let many_headers = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(10_000));
    for bytes in NOT_HTTP.into_iter().chain([long_header.as_bytes(), many_headers.as_bytes()]) {
        let answer = shout(server.served.address, bytes).unwrap();
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{shown}: {answer}");
    }
    assert_eq!(server.served.get("/api/health").status, 200, "it goes on serving");
}

#[test]
fn a_body_that_ends_early_stores_nothing() {
    let server = Fresh::new();
    let line = r#"{"type":"message","session_id":"s"}"#;
    let request = format!(
        "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{line}\n"
    );
    shout(server.served.address, request.as_bytes()).unwrap();
    assert_eq!(server.json("/api/analytics/overview")["overview"]["total_conversations"], 0);
}

#[test]
fn nested_and_odd_json_is_answered() {
    let server = Fresh::new();
    let deep =
        format!(r#"{{"type":"message","session_id":"s","entities":{}{}}}"#, "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let nul = r#"{"type":"message","session_id":"a\u0000b","user_message":"\ud83d\ude00 <script>alert(1)</script>"}"#;
    let lone_surrogate = r#"{"type":"message","session_id":"s","user_message":"\ud800"}"#;
    let twice = r#"{"type":"message","type":"lead","session_id":"s"}"#;
    let huge_number = r#"{"type":"message","session_id":"s","response_time_ms":1e999}"#;
    let not_utf8 = b"{\"type\":\"message\",\"session_id\":\"\xff\"}".to_vec();
    let lines = [deep.into_bytes(), nul.into(), lone_surrogate.into(), twice.into(), huge_number.into(), not_utf8];
    let answer = server.post(lines.join(&b'\n')).json();
    assert_eq!(answer["accepted"].as_u64().unwrap() + answer["rejected"].as_u64().unwrap(), 6, "{answer}");
    assert!(answer["rejected"].as_u64().unwrap() >= 4, "{answer}");
    // A name with odd bytes can be asked for.
    assert_eq!(server.json("/api/sessions/a%00b")["session"]["session_id"], "a\0b");
}

/// A spreadsheet runs what begins with one of = + - @; the export disarms it.
#[test]
fn a_formula_in_csv_is_disarmed() {
    let server = Fresh::new();
    for name in ["=1+1", "+1", "-1", "@x", "\t=1"] {
        let line = serde_json::json!({"type": "lead", "session_id": "s", "name": name}).to_string();
        assert_eq!(server.post(line).status, 200);
    }
    let table = server.served.get("/api/analytics/export?type=leads&format=csv");
    for row in csv::Reader::from_reader(&*table.body).records() {
        assert!(row.unwrap()[2].starts_with('\''), "{}", table.text());
    }
}

/// Sends a head, and then one piece after the other for as long as they are taken, at most so many bytes.
fn send_without_end(server: &Fresh, head: &str, piece: &[u8], bytes_max: usize) -> (usize, String) {
    let mut stream = TcpStream::connect(server.served.address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut sent = 0;
    while sent < bytes_max && stream.write_all(piece).is_ok() {
        sent += piece.len();
    }
    let mut answer = Vec::new();
    // What was answered may be lost, where the end came while pieces were on their way.
    let _ = stream.read_to_end(&mut answer);
    (sent, String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn what_has_no_end_is_ended() {
    let server = Fresh::new();
    let head = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    let (sent, answer) = send_without_end(&server, head, &b"A: b\r\n".repeat(100), 1 << 30);
    assert!(sent < 16 << 20, "{sent} bytes of headers were taken");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let (sent, answer) = send_without_end(&server, "GET /", &[b'x'; 600], 1 << 30);
    assert!(sent < 16 << 20, "{sent} bytes of an address were taken");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunk = [b"10000\r\n", &[b' '; 1 << 16][..], b"\r\n"].concat();
    let (sent, answer) = send_without_end(&server, head, &chunk, 1 << 30);
    assert!(sent < 128 << 20, "{sent} bytes of a body were taken");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(server.served.ingest.stats().queued_bytes, 0);
    assert_eq!(server.served.get("/api/health").status, 200, "it goes on serving");
}

/// What stands where a path belongs once made the request's thread panic, and left its client without an answer.
#[test]
fn a_request_without_a_path_is_refused() {
    let server = Fresh::new();
    for line in ["CONNECT 127.0.0.1:22", "GET 127.0.0.1:22", "POST localhost:1"] {
        let mut client = server.served.client();
        client.write(format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).unwrap();
        let answer = client.answer(false).unwrap();
        assert_eq!(answer.status, 400, "{line}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with("the request line:"), "{line}");
    }
}

#[test]
fn a_head_that_may_be_read_in_two_ways_is_refused() {
    let server = Fresh::new();
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: {}\r\n\r\n0\r\n\r\n";
    for (head, named) in [
        ("GET /api/health HTTP/1.1\r\n\r\n".to_owned(), "Host:"),
        ("GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n".to_owned(), "Host:"),
        (
            format!("POST /api/events HTTP/1.1\r\nHost: localhost\r\n{}", chunked.replace("{}", "gzip, chunked")),
            "Transfer-Encoding:",
        ),
        (
            format!("POST /api/events HTTP/1.1\r\nHost: localhost\r\n{}", chunked.replace("{}", "chunked, chunked")),
            "Transfer-Encoding:",
        ),
    ] {
        let mut client = server.served.client();
        let answer = client.raw(head.as_bytes(), false).unwrap();
        assert_eq!(answer.status, 400, "{head}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with(named), "{head}: {answer:?}");
    }
    let old = server.served.client().raw(b"GET /api/health HTTP/1.0\r\n\r\n", false).unwrap();
    assert_eq!(old.status, 200, "HTTP/1.0 knows no Host");
}

/// Who ends his side has gone, or is about to: an answer is his luck. Nothing of half a request is kept.
#[test]
fn a_half_closed_connection_is_answered_or_ended() {
    let server = Fresh::new();
    for _ in 0..20 {
        let answer = shout(server.served.address, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 200"), "{answer}");
        let answer = shout(server.served.address, b"GET /api/health HTTP/1.1\r\nHost: localhost").unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let line = r#"{"type":"message","session_id":"s"}"#;
    let chunked = format!(
        "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{line}\r\n",
        line.len()
    );
    shout(server.served.address, chunked.as_bytes()).unwrap();
    assert_eq!(server.json("/api/analytics/overview")["overview"]["total_conversations"], 0);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Fresh::new();
    let event = r#"{"type":"message","session_id":"s"}"#;
    let post = format!(
        "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
        event.len()
    );
    let count = "GET /api/analytics/overview HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let missing = "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut client = server.served.client();
    client.write([missing, &post, count].concat().repeat(50).as_bytes()).unwrap();
    for number in 1..=50 {
        assert_eq!(client.answer(false).unwrap().status, 404);
        assert_eq!(client.answer(false).unwrap().json()["accepted"], 1);
        assert_eq!(client.answer(false).unwrap().json()["overview"]["total_conversations"], number);
    }
}
