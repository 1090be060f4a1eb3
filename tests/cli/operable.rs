//! The log and the metrics of a real process.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use crate::support::becomes;
use crate::support::client::Client;
use crate::support::process::{Dir, Server, novahouse, run_on};

/// What a server logs while `act` is done to it, as objects.
fn logged(level: &str, act: impl FnOnce(&Server)) -> (String, Vec<Value>) {
    let dir = Dir::new();
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--log", level, "--data"]);
    command.arg(dir.data()).stderr(Stdio::piped());
    let mut server = Server::start(command);
    let mut log = server.child.stderr.take().unwrap();
    act(&server);
    assert!(server.terminate().success());
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (text, lines)
}

fn ask(server: &Server) {
    let mut client = server.client();
    let id = [("X-Request-Id", "night-watch-1")];
    client.send("GET", "/api/sessions/anna@example.com?bot=default", &id, b"").unwrap();
    client.send("GET", "/api/sessions?q=kowalska&user=nowak", &id, b"").unwrap();
    client.send("GET", "/smith/profile", &id, b"").unwrap();
    let body = br#"{"type":"message","session_id":"jones","user_message":"my number is 600600600"}"#;
    let headers = [("Content-Type", "application/json"), id[0]];
    assert_eq!(client.send("POST", "/api/events", &headers, body).unwrap().status, 200);
}

#[test]
fn each_request_is_a_line_at_debug_and_says_nothing_of_a_person() {
    let (text, lines) = logged("novahouse=debug", ask);
    let answered: Vec<&Value> = lines.iter().filter(|line| line["fields"]["message"] == "answered").collect();
    let told: Vec<(&str, u64)> = answered
        .iter()
        .map(|line| (line["fields"]["route"].as_str().unwrap(), line["fields"]["status"].as_u64().unwrap()))
        .collect();
    let session = "/api/sessions/{session_id}";
    assert_eq!(told, [(session, 404), ("/api/sessions", 200), ("(unknown)", 404), ("/api/events", 200)]);
    assert!(answered.iter().all(|line| line["fields"]["request"] == "night-watch-1"), "{text}");
    for name in ["anna", "kowalska", "nowak", "smith", "jones", "600600600"] {
        assert!(!text.contains(name), "{name} is in {text}");
    }
}

#[test]
fn what_went_well_is_no_line_at_info() {
    let (text, _) = logged("info", ask);
    assert!(!text.contains("night-watch-1"), "{text}");
}

#[test]
fn metrics_have_a_listener_of_their_own_where_they_are_given_one() {
    let dir = Dir::new();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--metrics-listen", &address.to_string()]);
    let server = Server::start({
        command.arg("--data").arg(dir.data());
        command
    });
    assert_eq!(server.get("/metrics").0, 404);
    let mut client = Client::connect(address).unwrap();
    let metrics = client.get("/metrics").unwrap();
    let count = "novahouse_http_requests_total{route=\"/metrics\",status=\"404\"} 1";
    assert!(metrics.text().lines().any(|line| line == count), "{}", metrics.text());
    assert_eq!(client.get("/api/bots").unwrap().status, 404);
    // As a page does that has got its name to mean this machine.
    let mut client = Client::connect(address).unwrap();
    let refused = client.raw(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", false).unwrap();
    assert_eq!(refused.status, 403);
    assert!(server.terminate().success());
}

/// It once told its figures to the whole network, and asked no one who he was.
#[test]
fn metrics_beyond_this_machine_are_for_those_who_may_read_them() {
    let dir = Dir::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let words = format!("serve --listen 127.0.0.1:0 --log warn --metrics-listen 0.0.0.0:{port}");
    let refused = run_on(&dir.data(), &words).exits(2);
    assert!(refused.err.contains("--metrics-listen") && refused.err.contains("user add"), "{refused:?}");
    let keys = ["admin", "read"]
        .map(|kind| run_on(&dir.data(), &format!("key add {kind} --kind {kind}")).exits(0).out.trim().to_owned());
    let mut command = novahouse();
    let server = Server::start({
        command.args(words.split(' ')).arg("--data").arg(dir.data());
        command
    });
    // It is listened on a moment after the server says that it is up.
    becomes("it listens", || Client::connect(([127, 0, 0, 1], port).into()).is_ok());
    let ask = |headers: &[(&str, &str)]| {
        let mut client = Client::connect(([127, 0, 0, 1], port).into()).unwrap();
        client.send("GET", "/metrics", headers, b"").unwrap()
    };
    let [admin, read] = keys.map(|key| ask(&[("Authorization", &format!("Bearer {key}"))]));
    assert_eq!([ask(&[]).status, read.status, admin.status], [401, 403, 200]);
    assert!(admin.text().contains("novahouse_events_total"));
    assert!(server.terminate().success());
}
