//! The page in a real browser.

use std::process::Command;

use crate::support::process::{Dir, Server, messages};

/// The page as it stands once its scripts have run.
fn page(server: &Server) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/dashboard.html", server.address))
        .output()
        .expect("chromium starts; tests/run installs it");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_page_says_that_the_server_runs_and_how_to_send_the_first_event() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let empty = page(&server);
    assert!(empty.contains("curl") && empty.contains("/api/events"), "{empty}");
    assert!(empty.contains(&server.address.to_string()), "the command is for this server: {empty}");
    server.post(&messages(41));
    assert!(page(&server).contains("41"), "its figures are those of the server");
}
