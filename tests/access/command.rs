//! `novahouse user` and `novahouse key`, beside a live server.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::becomes;
use crate::support::client::{Answer, Client};
use crate::support::process::{Dir, Ran, Server, novahouse, run_on};

const PASSWORD: &str = "a long enough password";

fn serve(data: &Path, words: &str) -> Command {
    let mut command = novahouse();
    command.args(["serve", "--log", "trace,h2=off", "--data"]).arg(data).args(words.split_whitespace());
    command
}

fn with_password(data: &Path, words: &str, password: &str) -> Ran {
    let mut command = novahouse();
    command.args(words.split_whitespace()).arg("--password-stdin").arg("--data").arg(data);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

fn get(server: &Server, key: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    server.client().send("GET", "/api/bots", &[("Authorization", &authorization)], b"").unwrap()
}

fn login(server: &Server, name: &str, password: &str) -> Answer {
    let body = json!({"name": name, "password": password}).to_string();
    server.client().send("POST", "/api/auth/login", &[("Content-Type", "application/json")], body.as_bytes()).unwrap()
}

/// A server hears of what a command has changed.
#[track_caller]
fn comes_to(status: u16, mut ask: impl FnMut() -> u16) {
    becomes(&format!("it is answered with {status}"), || ask() == status);
}

#[test]
fn listening_beyond_this_machine_without_users_is_refused_with_the_command_that_makes_one() {
    let dir = Dir::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = run_on(&dir.data(), &format!("serve --listen {address}")).exits(2);
        let command = format!("novahouse user add admin --role admin --data {}", dir.data().display());
        assert!(refused.err.contains(&command), "{refused:?}");
    }
    assert!(!dir.data().exists(), "nothing was made");
    // The very command, word by word.
    let made = run_on(&dir.data(), "user add admin --role admin").exits(0);
    let password = made.out.trim();
    assert_eq!((password.len(), made.out.lines().count()), (23, 1), "{made:?}");
    let server = Server::start(serve(&dir.data(), "--listen 0.0.0.0:0"));
    let local = std::net::SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    assert_eq!(Client::connect(local).unwrap().get("/api/bots").unwrap().status, 401);
    let body = json!({"name": "admin", "password": password}).to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = Client::connect(local).unwrap().send("POST", "/api/auth/login", &headers, body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn what_commands_change_is_heard_by_a_live_server() {
    let dir = Dir::new();
    let server = Server::start(serve(&dir.data(), "--listen 127.0.0.1:0"));
    assert_eq!(server.client().get("/api/bots").unwrap().status, 200, "open");
    with_password(&dir.data(), "user add anna --role admin", PASSWORD).exits(0);
    comes_to(401, || server.client().get("/api/bots").unwrap().status);
    let answer = login(&server, "anna", PASSWORD);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let is_in = || server.client().send("GET", "/api/bots", &[("Cookie", &cookie)], b"").unwrap().status;
    assert_eq!(is_in(), 200);

    let key = run_on(&dir.data(), "key add shop --kind read --bot default").exits(0);
    let key = key.out.strip_suffix('\n').unwrap();
    assert!(!key.contains(char::is_whitespace), "alone: {key:?}");
    comes_to(200, || get(&server, key).status);
    let listed = run_on(&dir.data(), "key list --json").exits(0).json();
    assert_eq!((&listed[0]["name"], &listed[0]["bots"]), (&json!("shop"), &json!(["default"])));
    assert!(run_on(&dir.data(), "key list").exits(0).out.contains(listed[0]["id"].as_str().unwrap()));
    run_on(&dir.data(), &format!("key revoke {}", listed[0]["id"].as_str().unwrap())).exits(0);
    comes_to(401, || get(&server, key).status);
    run_on(&dir.data(), "key revoke shop").exits(2);

    with_password(&dir.data(), "user passwd anna", "quite another one").exits(0);
    comes_to(401, is_in);
    assert_eq!(login(&server, "anna", PASSWORD).status, 401);
    assert_eq!(login(&server, "anna", "quite another one").status, 200);
    assert!(run_on(&dir.data(), "user list").exits(0).out.starts_with("anna "));
    assert_eq!(run_on(&dir.data(), "user list --json").exits(0).json()[0]["role"], "admin");
    let last = run_on(&dir.data(), "user revoke anna").exits(0);
    assert!(last.err.contains("No user and no key is left"), "{last:?}");
    comes_to(401, || login(&server, "anna", "quite another one").status);
    assert_eq!(server.client().get("/api/bots").unwrap().status, 401, "it does not open again while it runs");
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    assert_eq!(audit.matches(r#""actor":"command line""#).count(), 5, "{audit}");
}

#[test]
fn a_wrong_command_changes_nothing_and_says_why() {
    let dir = Dir::new();
    for (words, named) in [
        ("user add a/b --role admin", "name:"),
        ("user add anna --role agent", "bots:"),
        ("user add anna --role admin --bot x", "bots:"),
        ("user passwd nobody", "nobody"),
        ("user revoke nobody", "nobody"),
        ("key add k --kind read --origin https://a.example", "origins:"),
        ("key add k --kind ingest --origin a.example", "origins:"),
        ("key add k --kind ingest --rate-limit 0", "rate_limit:"),
        ("key revoke k", "k"),
    ] {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains(named) && refused.out.is_empty(), "{words}: {refused:?}");
    }
    let short = with_password(&dir.data(), "user add anna --role admin", "short").exits(2);
    assert!(short.err.contains("10 to 256"), "{short:?}");
    assert_eq!(run_on(&dir.data(), "user list").exits(0).out, "");
    with_password(&dir.data(), "user add anna --role admin", PASSWORD).exits(0);
    let twice = with_password(&dir.data(), "user add anna --role admin", PASSWORD).exits(2);
    assert!(twice.err.contains("already"), "{twice:?}");
}

/// All bytes of the files below a directory.
fn bytes_below(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(bytes_below(&entry.path()));
        } else {
            std::fs::File::open(entry.path()).unwrap().read_to_end(&mut all).unwrap();
        }
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

#[test]
fn no_secret_is_in_any_file_or_any_line_of_the_log() {
    let dir = Dir::new();
    with_password(&dir.data(), "user add anna --role admin", PASSWORD).exits(0);
    let made = run_on(&dir.data(), "user add bob --role analyst").exits(0).out.trim().to_owned();
    let key = run_on(&dir.data(), "key add k --kind admin").exits(0).out.trim().to_owned();
    let mut command = serve(&dir.data(), "--listen 127.0.0.1:0");
    let log = dir.file("log");
    command.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start(command);
    let answer = login(&server, "anna", PASSWORD);
    login(&server, "bob", &made);
    login(&server, "anna", "a wrong password");
    login(&server, PASSWORD, PASSWORD);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
    let headers = [("Cookie", &*cookie), ("X-CSRF-Token", &*csrf), ("Content-Type", "application/json")];
    let body = json!({"name": "second", "kind": "read"}).to_string();
    let second = server.client().send("POST", "/api/access/keys", &headers, body.as_bytes()).unwrap().json();
    let second = second["key"].as_str().unwrap();
    let body = json!({"current": PASSWORD, "new": "quite another one"}).to_string();
    assert_eq!(server.client().send("POST", "/api/auth/password", &headers, body.as_bytes()).unwrap().status, 200);
    assert_eq!(get(&server, &key).status, 200);
    assert_eq!(get(&server, &format!("{key}0")).status, 401);
    let _ = server.client().get(&format!("/api/bots?key={second}"));
    assert!(server.terminate().success());
    let log = std::fs::read(log).unwrap();
    assert!(holds(&log, "serving"), "it logs");
    let files = bytes_below(&dir.data());
    assert!(holds(&files, "anna") && holds(&files, "$argon2id$"));
    let token = cookie.split_once('=').unwrap().1;
    for secret in [PASSWORD, &made, &key, second, token, &csrf, "quite another one", "a wrong password"] {
        assert!(!holds(&files, secret), "{secret} is in a file");
        assert!(!holds(&log, secret), "{secret} is in the log");
    }
}
