//! `novahouse alert` and `novahouse channel`, beside a live server, and the real server over a kill.

use serde_json::json;

use crate::support::becomes;
use crate::support::process::{Dir, Server, novahouse, run_on};
use crate::support::receiver::{Manner, Receiver};

#[test]
fn rules_and_channels_are_made_listed_tried_and_removed_beside_a_live_server() {
    let (dir, receiver) = (Dir::new(), Receiver::new());
    let server = Server::on(&dir.data());
    server.post("{\"type\":\"message\",\"session_id\":\"s\",\"intent\":\"prices\"}\n");
    let url = receiver.url("/hook");
    run_on(&dir.data(), &format!("channel add ops --kind webhook --url {url}")).exits(0);
    run_on(&dir.data(), &format!("channel add ops --kind webhook --url {url}")).exits(2);
    assert!(run_on(&dir.data(), "channel list").exits(0).out.starts_with("ops "));
    run_on(&dir.data(), "channel test ops").exits(0);
    receiver.then([Manner::Status(500)]);
    assert!(run_on(&dir.data(), "channel test ops").exits(2).err.contains("500"));
    run_on(&dir.data(), "channel test nowhere").exits(2);
    run_on(&dir.data(), "channel change ops --language pl").exits(0);
    let channels = run_on(&dir.data(), "channel list --json").exits(0).json();
    assert_eq!((&channels[0]["language"], &channels[0]["place"]), (&json!("pl"), &json!(receiver.url(""))));
    run_on(&dir.data(), "channel change ops --language en").exits(0);

    let add = "alert add talk --metric conversations --days 1 --above 0 --channel ops";
    let id = run_on(&dir.data(), add).exits(0).out.trim().to_owned();
    // The server hears of it within a second or two, and looks at it.
    let fired = receiver.wait_for(3)[2].json();
    assert_eq!((&fired["alerts"][0]["id"], &fired["alerts"][0]["event"]), (&json!(id), &json!("fired")));
    let listed = run_on(&dir.data(), "alert list --json").exits(0).json();
    assert_eq!((&listed[0]["id"], &listed[0]["phase"]), (&json!(id), &json!("firing")));
    assert!(run_on(&dir.data(), "alert list").exits(0).out.contains("conversations over 1 day is above 0"));
    let tried = run_on(&dir.data(), "alert test talk --json").exits(0).json();
    assert_eq!(tried["firings"].as_array().unwrap().len(), 1);
    assert!(run_on(&dir.data(), "alert test talk").exits(0).out.contains("would have fired once"));
    run_on(&dir.data(), "channel remove ops").exits(2);
    run_on(&dir.data(), "alert change talk --above 5 --name talks --hold 2").exits(0);
    assert_eq!(receiver.wait_for(4)[3].json()["alerts"][0]["event"], "resolved");
    let changed = &run_on(&dir.data(), "alert list --json").exits(0).json()[0];
    assert_eq!((&changed["id"], &changed["rule"]["name"]), (&json!(id), &json!("talks")));
    assert_eq!(changed["rule"]["channels"], json!(["ops"]), "what is not given stays");
    assert_eq!((&changed["rule"]["threshold"], &changed["rule"]["hold_minutes"]), (&json!(5.0), &json!(2)));
    run_on(&dir.data(), &format!("alert change {id} --enabled false")).exits(0);
    assert!(run_on(&dir.data(), "alert list").exits(0).out.contains(" off "));
    run_on(&dir.data(), &format!("alert remove {id}")).exits(0);
    run_on(&dir.data(), "channel remove ops").exits(0);
    assert_eq!(run_on(&dir.data(), "channel list").exits(0).out, "");
    assert!(server.terminate().success());
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    for (action, times) in [
        ("channel added", 1),
        ("channel changed", 2),
        ("alert rule added", 1),
        ("alert rule changed", 2),
        ("alert rule removed", 1),
        ("channel removed", 1),
    ] {
        assert_eq!(audit.matches(&format!("\"{action}\"")).count(), times, "{action}: {audit}");
    }
}

/// Planned for a night to come, and begun at once: the server hears of both.
#[test]
fn silences_are_made_listed_and_ended_beside_a_live_server() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    run_on(&dir.data(), "alert add talk --metric conversations --days 1 --above 0").exits(0);
    let night = "silence add --from 2099-01-01T01:00:00+01:00 --for 4h --why night";
    let planned = run_on(&dir.data(), night).exits(0).out.trim().to_owned();
    let begun = run_on(&dir.data(), "silence add --rule talk --for 2h").exits(0).out.trim().to_owned();
    let seen = || server.get("/api/alerts").1;
    becomes("the server hears of both", || seen()["silences"].as_array().unwrap().len() == 2);
    assert!(seen()["alerts"][0]["silenced_until"].is_string());
    let listed = run_on(&dir.data(), "silence list --json").exits(0).json();
    let of = |id: &str| listed.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["silence"].clone();
    assert_eq!(
        (&of(&planned)["from"], &of(&planned)["until"]),
        (&json!("2099-01-01T00:00:00.000Z"), &json!("2099-01-01T04:00:00.000Z"))
    );
    assert!(of(&begun)["rule"].is_string());
    let text = run_on(&dir.data(), "silence list").exits(0).out;
    assert!(text.contains("talk") && text.contains("all rules") && text.contains("night"), "{text}");
    run_on(&dir.data(), &format!("silence end {begun}")).exits(0);
    becomes("the server hears of its end", || seen()["alerts"][0]["silenced_until"].is_null());
    assert_eq!(seen()["silences"][0]["id"], *planned);
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    assert_eq!([audit.matches("\"alerts silenced\"").count(), audit.matches("\"silence ended\"").count()], [2, 1]);
}

#[test]
fn a_wrong_command_changes_nothing_and_says_why() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    for (words, named) in [
        ("alert add x --metric leads --hours 1 --above 3", "window_hours:"),
        ("alert add x --metric leads --days 1 --above 3 --bot nobody", "nobody"),
        ("alert add x --metric leads --days 1 --above 3 --channel nowhere", "nowhere"),
        ("alert add x --metric leads --days 1", "--above"),
        ("alert remove x", "x"),
        ("alert test x", "x"),
        ("alert change x --hold 5", "x"),
        ("channel change x --language pl", "x"),
        ("silence add --rule x --for 2h", "x"),
        ("silence add --bot nobody --for 2h", "nobody"),
        ("silence add --for 0h", "--for"),
        ("silence add --until 2020-01-01T00:00:00Z", "until:"),
        ("silence add --from 2099-01-02T00:00:00Z --until 2099-01-01T00:00:00Z", "from:"),
        ("silence add --why later", "--for"),
        ("silence end x", "x"),
        ("channel add x --kind webhook", "url:"),
        ("channel add x --kind slack --url https://hooks.example.com/x", "NOVAHOUSE_CHANNEL_SECRET"),
        ("channel add x --kind email --host localhost", "from:"),
        ("channel remove x", "x"),
    ] {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains(named) && refused.out.is_empty(), "{words}: {refused:?}");
    }
    assert!(!dir.data().join("settings.json").exists());
    drop(server);
}

/// Killed while the receiver keeps it waiting: the message is there again after the start, under the same id.
#[test]
fn a_message_on_its_way_outlives_a_kill() {
    let (dir, receiver) = (Dir::new(), Receiver::new());
    let server = Server::on(&dir.data());
    server.post("{\"type\":\"message\",\"session_id\":\"s\"}\n");
    receiver.then([Manner::Hangs]);
    let url = receiver.url("/hook");
    run_on(&dir.data(), &format!("channel add ops --kind webhook --url {url}")).exits(0);
    run_on(&dir.data(), "alert add talk --metric conversations --days 1 --above 0 --channel ops").exits(0);
    receiver.wait_for(1);
    // kill -9.
    drop(server);
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(dir.data());
    let _server = Server::start(command);
    let received = receiver.wait_for(2);
    let ids: Vec<_> = received.iter().map(|message| message.header("x-novahouse-delivery").unwrap()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(received[1].json()["alerts"][0]["event"], "fired");
}
