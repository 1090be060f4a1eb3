//! The accounts as they lie on the disk: what cannot be relied on lets no one in who was not in before.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::process::{Dir, Server, novahouse, run_on};

#[test]
fn a_server_does_not_start_with_accounts_that_it_cannot_rely_on() {
    let dir = Dir::new();
    run_on(&dir.data(), "user add anna --role admin").exits(0);
    let path = dir.data().join("access.json");
    let sound = std::fs::read_to_string(&path).unwrap();
    let refused = |text: &str, mode: u32, named: &str| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        for words in ["serve --listen 127.0.0.1:0", "user list", "key add k --kind read"] {
            let refused = run_on(&dir.data(), words).exits(2);
            assert!(refused.err.contains("access.json") && refused.err.contains(named), "{words}: {refused:?}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "it is not written over");
    };
    refused(&sound, 0o644, "chmod 600");
    refused(&sound[..sound.len() / 2], 0o600, "restore it from a backup");
    refused("", 0o600, "restore it from a backup");
    refused(r#"{"hello":"world"}"#, 0o600, "restore it from a backup");
    refused(&sound.replacen("\"version\": 1", "\"version\": 9", 1), 0o600, "version 9");
    refused(&sound.replacen("\"role\"", "\"may\"", 1), 0o600, "`may`");
    std::fs::write(&path, &sound).unwrap();
    assert!(run_on(&dir.data(), "user list").exits(0).out.starts_with("anna"));
}

#[test]
fn a_server_that_runs_keeps_who_it_knows_when_the_accounts_break() {
    let dir = Dir::new();
    run_on(&dir.data(), "user add anna --role admin").exits(0);
    let key = run_on(&dir.data(), "key add k --kind read").exits(0).out.trim().to_owned();
    let log = dir.file("log");
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "info", "--data"]).arg(dir.data());
    let server = Server::start({
        command.stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
        command
    });
    let ask = |key: &str| {
        let authorization = format!("Bearer {key}");
        server.client().send("GET", "/api/bots", &[("Authorization", &authorization)], b"").unwrap().status
    };
    let told = |text: &str, times: usize| {
        let began = Instant::now();
        while std::fs::read_to_string(&log).unwrap().matches(text).count() < times {
            assert!(began.elapsed() < Duration::from_secs(10), "{text}: {}", std::fs::read_to_string(&log).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let path = dir.data().join("access.json");
    let sound = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "{").unwrap();
    told("the accounts cannot be used", 1);
    assert_eq!((ask(&key), ask("x"), server.client().get("/api/bots").unwrap().status), (200, 401, 401));
    std::fs::remove_file(&path).unwrap();
    told("the accounts are gone", 1);
    assert_eq!((ask(&key), ask("x"), server.client().get("/api/bots").unwrap().status), (200, 401, 401));
    std::fs::write(&path, &sound).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    told("chmod 600", 1);
    // Only its mode changes.
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    told("the users and keys have changed", 1);
    assert_eq!(ask(&key), 200);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.matches("cannot be used").count() <= 3, "it is told once: {text}");
}
