//! What the door keeps out, and for how long it waits.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use novahouse::http::Door;
use novahouse::limits::{HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX};

use super::Fresh;
use crate::support::client::{Answer, Client};

const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again until the answer has this status.
#[track_caller]
fn comes_to(server: &Fresh, status: u16) -> Answer {
    let began = Instant::now();
    loop {
        // A connection that is one too many may be closed before it has sent its request.
        if let Ok(answer) = Client::connect(server.served.address).and_then(|mut client| client.get("/api/health"))
            && answer.status == status
        {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_head_that_is_too_large_is_refused_in_words() {
    let server = Fresh::new();
    let mut client = server.served.client();
    let address = |bytes: usize| format!("/{}", "x".repeat(bytes - 1));
    assert_eq!(client.get(&address(URL_BYTES_MAX)).unwrap().status, 404);
    let refused = client.get(&address(URL_BYTES_MAX + 1)).unwrap();
    assert_eq!((refused.status, refused.json()["code"].as_str()), (414, Some("url_too_long")));

    let value = "x".repeat(HEADER_BYTES_MAX);
    let refused = client.send("GET", "/api/health", &[("X-Long", &value)], b"").unwrap();
    assert_eq!((refused.status, refused.json()["code"].as_str()), (431, Some("headers_too_large")));
    // The client sends one of its own.
    let many = vec![("X", "y"); HEADERS_MAX];
    assert_eq!(client.send("GET", "/api/health", &many[1..], b"").unwrap().status, 200);
    let refused = client.send("GET", "/api/health", &many, b"").unwrap();
    assert_eq!((refused.status, refused.json()["code"].as_str()), (431, Some("headers_too_large")));

    // Beyond what the parser takes there are no words, but the same status.
    let more = vec![("X", "y"); 200];
    assert_eq!(client.send("GET", "/api/health", &more, b"").unwrap().status, 431);
}

#[test]
fn a_connection_too_many_is_told_so_and_taken_once_another_closes() {
    for door in [
        Door { connections_max: 3, ..Door::default() },
        Door { connections_per_address_max: 3, counts_loopback: true, ..Door::default() },
    ] {
        let server = Fresh::behind(door);
        let mut open: Vec<Client> = (0..3).map(|_| server.served.client()).collect();
        open.iter_mut().for_each(|client| assert_eq!(client.get("/api/health").unwrap().status, 200));
        let mut refused = server.served.client();
        let answer = refused.answer(false).unwrap();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("overloaded")));
        assert_eq!((answer.header("retry-after"), answer.header("connection")), (Some("1"), Some("close")));
        assert!(refused.is_closed());
        assert_eq!(open[0].get("/api/health").unwrap().status, 200, "who was there is served");
        open.pop();
        comes_to(&server, 200);
    }
}

#[test]
fn own_connections_are_not_counted_by_address() {
    let server = Fresh::behind(Door { connections_per_address_max: 1, ..Door::default() });
    let mut clients: Vec<Client> = (0..10).map(|_| server.served.client()).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/api/health").unwrap().status, 200));
}

#[test]
fn who_does_not_finish_the_head_of_a_request_is_let_go_and_who_watches_is_not() {
    let server = Fresh::behind(Door { head_within: Duration::from_millis(500), ..Door::default() });
    let mut watching = server.served.client();
    watching.write(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(watching.head().unwrap().status, 200);
    assert!(watching.chunk().unwrap().is_some(), "a greeting");

    let mut silent = server.served.client();
    let mut done = server.served.client();
    assert_eq!(done.get("/api/health").unwrap().status, 200);
    let mut crawling = server.served.client();
    let began = Instant::now();
    crawling.write(b"GET /api/health HTTP/1.1\r\n").unwrap();
    while crawling.write(b"X").is_ok() {
        assert!(began.elapsed() < PATIENCE, "its letters are taken for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(silent.is_closed() && done.is_closed());

    assert_eq!(server.post(r#"{"type":"message","session_id":"late"}"#).status, 200);
    let note = watching.chunk().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&note).contains("late"), "an answer may take as long as it likes");
}

/// Its connection, and what waits to be sent on it, were kept for ever.
#[test]
fn who_takes_nothing_of_an_answer_is_let_go() {
    let server = Fresh::behind(Door { connections_max: 1, stall_max: Duration::from_secs(1), ..Door::default() });
    let mut stalled = server.served.client();
    // More than the system takes on its way: the server gets stuck.
    stalled.write("GET /dashboard.html HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10_000).as_bytes()).unwrap();
    comes_to(&server, 503);
    comes_to(&server, 200);
    drop(stalled);
}

#[test]
fn every_answer_tells_browsers_to_be_careful() {
    let server = Fresh::new();
    let long = format!("/{}", "x".repeat(URL_BYTES_MAX));
    for path in [
        "/",
        "/dashboard.html",
        "/chat.html",
        "/api/health",
        "/api/analytics/overview",
        "/api/analytics/overview?days=0",
        "/api/analytics/export",
        "/api/events",
        "/nothing",
        &long,
    ] {
        let answer = server.served.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(policy.contains("script-src"), path.ends_with(".html"), "{path}: {policy}");
        assert_eq!(answer.header("strict-transport-security"), None, "that is for TLS");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{answer:?}");
    }
}

fn forwarded(client: &mut Client, for_whom: &str) -> Answer {
    client.send("GET", "/api/health", &[("X-Forwarded-For", for_whom)], b"").unwrap()
}

/// So many requests at first that one more would be too many, unless a second passes.
const BURST: usize = 5;

fn limited(proxies: &[&str]) -> Fresh {
    let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
    Fresh::behind(Door { rate_limit: NonZeroU32::new(1), proxies, ..Door::default() })
}

#[test]
fn who_asks_too_often_is_told_to_wait() {
    let server = limited(&[]);
    let mut client = server.served.client();
    let answers: Vec<Answer> = (0..BURST * 4).map(|n| forwarded(&mut client, &format!("192.0.2.{n}"))).collect();
    assert!(answers[..BURST].iter().all(|answer| answer.status == 200));
    let refused = answers.iter().find(|answer| answer.status == 429).expect("whatever the strangers' headers say");
    assert_eq!(refused.json()["code"], "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1"));
    comes_to(&server, 200);
}

#[test]
fn behind_a_proxy_each_of_its_clients_is_counted() {
    let server = limited(&["127.0.0.0/8", "10.0.0.0/8"]);
    let mut proxy = server.served.client();
    for number in 0..BURST * 4 {
        assert_eq!(forwarded(&mut proxy, &format!("192.0.2.{number}, 10.0.0.1")).status, 200);
    }
    // What a client writes itself is to the left of what the proxy saw of him.
    let refused = (0..BURST * 4).any(|n| forwarded(&mut proxy, &format!("192.0.2.{n}, 198.51.100.1")).status == 429);
    assert!(refused, "he invents addresses");
}

#[test]
fn the_connections_of_a_proxy_are_not_counted_by_address() {
    let proxies = vec!["127.0.0.1".parse().unwrap()];
    let server =
        Fresh::behind(Door { connections_per_address_max: 1, counts_loopback: true, proxies, ..Door::default() });
    let mut clients: Vec<Client> = (0..10).map(|_| server.served.client()).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/api/health").unwrap().status, 200));
}
