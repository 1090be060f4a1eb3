//! The commands beside a live server: readers see everything acknowledged, writers say why they cannot.

use crate::support::process::{Dir, Server, messages, run_on};

#[test]
fn readers_work_beside_a_live_server_and_see_every_acknowledged_event() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    for round in 1..=3 {
        server.post(&messages(100));
        let export = run_on(&dir.data(), "export --format ndjson").exits(0);
        assert_eq!(export.out.lines().count(), round * 100);
        let check = run_on(&dir.data(), "check --json").exits(0).json();
        assert_eq!(check["agrees"], true, "{check}");
    }
    assert!(run_on(&dir.data(), "bot list").exits(0).out.starts_with("default"));
    server.post(&messages(1));
    let (_, overview) = server.get("/api/analytics/overview");
    assert_eq!(overview["overview"]["total_conversations"], 301, "the server goes on");
}

#[test]
fn writers_say_in_a_sentence_why_they_cannot() {
    let dir = Dir::new();
    let file = dir.write("events.ndjson", &messages(1));
    let server = Server::on(&dir.data());
    let import = format!("import {}", file.display());
    for words in
        [&*import, "migrate", "demo --days 1", "bot set default --timezone Europe/Warsaw", "serve --listen 127.0.0.1:0"]
    {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains("in use by another NovaHouse"), "{words}: {refused:?}");
        assert!(
            refused.err.contains("stop it first, or send events to it with POST /api/events"),
            "{words}: {refused:?}"
        );
    }
    server.post(&messages(1));
    assert!(server.terminate().success());
    run_on(&dir.data(), &import).exits(0);
}
