//! `serve`: flags from the environment, stopping, the demo.

use std::io::{Read, Write};

use crate::support::process::{Dir, Server, conversations, messages, novahouse, run_on};

#[test]
fn everything_acknowledged_is_there_after_sigterm() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    assert_eq!(server.post(&messages(500))["accepted"], 500);
    assert_eq!(server.terminate().code(), Some(0));
    assert_eq!(conversations(&dir.data()), 500);
    run_on(&dir.data(), "check").exits(0);
    let again = Server::on(&dir.data());
    assert_eq!(again.get("/api/analytics/overview").1["overview"]["unique_sessions"], 500);
}

#[test]
fn sigterm_right_after_the_first_line_is_heard() {
    let dir = Dir::new();
    for _ in 0..5 {
        assert_eq!(Server::on(&dir.data()).terminate().code(), Some(0));
    }
}

#[test]
fn every_flag_may_come_from_the_environment() {
    let dir = Dir::new();
    let mut command = novahouse();
    command.arg("serve").env("NOVAHOUSE_DATA", dir.data()).env("NOVAHOUSE_LISTEN", "127.0.0.1:0");
    command.env("NOVAHOUSE_TIMEZONE", "Asia/Tokyo").env("NOVAHOUSE_DEMO", "0");
    command.env("NOVAHOUSE_PRICE_INPUT", "500000").env("NOVAHOUSE_PRICE_OUTPUT", "1000000");
    command.env("NOVAHOUSE_LOG", "warn").env("NOVAHOUSE_LOG_FORMAT", "json");
    let server = Server::start(command);
    server.post(r#"{"type":"message","session_id":"s","input_tokens":1,"output_tokens":1}"#);
    assert_eq!(server.get("/api/analytics/overview").1["overview"]["cost_usd"], 1.5);
    assert!(run_on(&dir.data(), "bot list").exits(0).out.contains("Asia/Tokyo"));
}

#[test]
fn a_wrong_value_in_the_environment_is_named() {
    for (name, value) in [
        ("NOVAHOUSE_LISTEN", "here"),
        ("NOVAHOUSE_TIMEZONE", "x"),
        ("NOVAHOUSE_DEMO", "perhaps"),
        ("NOVAHOUSE_LOG", "="),
        ("NOVAHOUSE_TRUSTED_PROXY", "10.0.0.0/8,10.0.0.1/8"),
        ("NOVAHOUSE_RATE_LIMIT", "0"),
        ("NOVAHOUSE_TLS_KEY", "key.pem"),
    ] {
        let dir = Dir::new();
        let output = novahouse().args(["serve", "--data"]).arg(dir.data()).env(name, value).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let flag = name.trim_start_matches("NOVAHOUSE_").to_lowercase().replace('_', "-");
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        assert!(error.contains(&format!("--{flag}")), "{name}: {error}");
    }
}

#[test]
fn a_demo_fills_an_empty_directory_and_keeps_its_hands_off_a_real_one() {
    let dir = Dir::new();
    let demo = || {
        let mut command = novahouse();
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(dir.data());
        command.env("NOVAHOUSE_DEMO", "1");
        Server::start(command)
    };
    let server = demo();
    let total = |server: &Server| {
        server.get("/api/analytics/overview?days=90").1["overview"]["total_conversations"].as_u64().unwrap()
    };
    let filled = total(&server);
    assert!(filled > 10_000, "{filled}");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while total(&server) == filled {
        assert!(std::time::Instant::now() < deadline, "no trickle");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(server.terminate().success());
    assert!(total(&demo()) > filled, "a second start keeps what is there");

    let real = Dir::new();
    let file = real.write("events.ndjson", &messages(1));
    run_on(&real.data(), &format!("import {}", file.display())).exits(0);
    let refused = run_on(&real.data(), "serve --demo --listen 127.0.0.1:0").exits(2);
    assert!(refused.err.contains("holds real events"), "{refused:?}");
}

#[test]
fn who_watches_does_not_hold_up_a_stop() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let mut watching = std::net::TcpStream::connect(server.address).unwrap();
    watching.write_all(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut greeted = [0; 15];
    watching.read_exact(&mut greeted).unwrap();
    assert!(greeted.starts_with(b"HTTP/1.1 200"), "{greeted:?}");
    let began = std::time::Instant::now();
    assert!(server.terminate().success());
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}
