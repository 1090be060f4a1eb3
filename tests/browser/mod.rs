//! The page in a real browser.

mod access;
mod alerts;
mod away;
mod docs;
mod drill;
mod erase;
mod everyone;
mod experiments;
mod explore;
mod figures;
mod honest;
mod live;
mod masking;
mod reports;
mod retention;
mod sheet;
mod speed;
mod states;

use std::process::Command;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::process::{Dir, Server, novahouse, run_on};

/// A server with three weeks of demo traffic, which no longer changes.
struct Demo {
    server: Server,
    dir: Dir,
}

impl Demo {
    fn new() -> Self {
        Self::of(21)
    }

    fn of(days: u32) -> Self {
        let dir = Dir::new();
        run_on(&dir.data(), &format!("demo --days {days} --seed 3")).exits(0);
        Self { server: Server::on(&dir.data()), dir }
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.server.get(path);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

/// An empty server.
fn empty() -> (Server, Dir) {
    let dir = Dir::new();
    (Server::on(&dir.data()), dir)
}

/// A server on an address that is known already.
fn again_on(dir: &Dir, server: &Server) -> Command {
    let mut command = novahouse();
    let address = server.address.to_string();
    command.args(["serve", "--log", "warn", "--listen", &address, "--data"]).arg(dir.data());
    command
}

/// Opens the page and waits until it stands.
#[track_caller]
fn open(browser: &Browser, server: &Server, query: &str) {
    browser.open(&format!("http://{}/dashboard.html{query}", server.address));
    settled(browser);
}

/// Waits until every panel has its answer or says why not.
#[track_caller]
fn settled(browser: &Browser) {
    let busy = "[...document.querySelectorAll('main [aria-busy=true]')].some((part) => part.checkVisibility())";
    browser.wait(&format!("document.body.dataset.refreshed && !{busy}"));
}

/// Where the browser stands: the query of its address.
fn query(browser: &Browser) -> String {
    browser.run("return location.search").as_str().unwrap_or_default().to_owned()
}

/// # Panics
/// Where the console holds anything, or anything came from elsewhere.
#[track_caller]
fn is_quiet(browser: &Browser, server: &Server) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let from = browser.run("return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).host)");
    let own = json!(server.address.to_string());
    for host in from.as_array().unwrap() {
        assert_eq!(*host, own);
    }
}

/// The number that a text of this language shows, its unit aside.
fn number(text: &str, language: &str) -> f64 {
    let plain: String = text.chars().filter(|char| char.is_ascii_digit() || matches!(char, '.' | ',' | '-')).collect();
    let plain = if language == "pl" { plain.replace(',', ".") } else { plain.replace(',', "") };
    plain.parse().unwrap_or_else(|error| panic!("{error}: {text:?} in {language}"))
}
