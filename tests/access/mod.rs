//! Who may do what: the table of the documentation, asked of a real server for everyone, and what keeps strangers out.

mod audit;
mod command;
mod described;
mod docs;
mod files;
mod keys;
mod login;
mod open;
mod table;

use std::sync::Arc;

use novahouse::access::changes::{NewKey, NewUser};
use novahouse::access::{Access, KeyKind, Role, password};
use novahouse::clock::Clock;
use novahouse::model::day::rfc3339;
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::document::Document;
use crate::support::served::Served;

/// Of every user.
const PASSWORD: &str = "a long enough password";
/// The bot that restricted users and keys are for, one that they are not for, and one that does not exist: of one length.
pub const MINE: &str = "mine";
pub const HERS: &str = "hers";
const NONE: &str = "none";

/// 2026-03-31T10:00:00Z.
const NOW_MS: i64 = 1_774_951_200_000;

/// A server with users, which goes with its directories.
pub struct House {
    pub served: Served,
    clock: Clock,
    _dir: tempfile::TempDir,
}

impl House {
    /// With one admin, `root`.
    pub fn new() -> Self {
        Self::prepared(|_| {})
    }

    fn prepared(prepare: impl FnOnce(&mut Access)) -> Self {
        let (dir, accounts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let clock = Clock::fixed(NOW_MS);
        let engine = RedbEngine::open(dir.path(), &Options { clock: clock.clone(), ..Options::default() }).unwrap();
        let mut access = Access::load(accounts.path(), clock.clone()).unwrap();
        add_user(&access, "root", Role::Admin, &[]);
        prepare(&mut access);
        Self { served: Served::closed(accounts, access, Arc::new(engine), clock.clone()), clock, _dir: dir }
    }

    fn client(&self) -> Client {
        self.served.client()
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/json"));
        self.client().send(method, path, &headers, body.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn with_key(&self, method: &str, path: &str, key: &str, body: &str) -> Answer {
        self.ask(method, path, &[("Authorization", &format!("Bearer {key}"))], body)
    }

    pub fn key(&self, name: &str, kind: KeyKind, bots: &[&str]) -> String {
        self.key_like(NewKey { bots: owned(bots), ..new_key(name, kind) })
    }

    fn key_like(&self, new: NewKey) -> String {
        self.served.access.change(|accounts| new.add(accounts, rfc3339(NOW_MS))).unwrap().1
    }

    pub fn user(&self, name: &str, role: Role, bots: &[&str]) {
        add_user(&self.served.access, name, role, bots);
    }

    fn try_login(&self, name: &str, password: &str) -> Answer {
        self.ask("POST", "/api/auth/login", &[], &json!({"name": name, "password": password}).to_string())
    }

    pub fn login(&self, name: &str) -> LoggedIn {
        let answer = self.try_login(name, PASSWORD);
        assert_eq!(answer.status, 200, "{answer:?}");
        LoggedIn::of(&answer)
    }

    fn move_clock(&self, ms: i64) {
        let Clock::Fixed(now_ms) = &self.clock else { unreachable!("it was made so") };
        now_ms.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }
}

/// An admin who asks with a key, and holds every answer against the document.
pub struct Asked<'h> {
    pub house: &'h House,
    document: Document,
    pub key: String,
}

impl<'h> Asked<'h> {
    pub fn of(house: &'h House) -> Self {
        let key = house.key("root's", KeyKind::Admin, &[]);
        Self { house, document: Document::of(&house.served), key }
    }

    /// With a session of each of the two bots.
    pub fn of_bots(house: &'h House) -> Self {
        let asked = Self::of(house);
        for bot in [MINE, HERS] {
            assert_eq!(house.with_key("POST", "/api/events", &asked.key, &message(bot, "session")).status, 200);
        }
        asked
    }

    /// Sends it; the answer has this status, and is as the document describes it.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, described: &str, body: Value, status: u16) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.house.with_key(method, path, &self.key, &text);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        self.document.describes(&method.to_lowercase(), described, &answer);
        answer
    }
}

/// What a browser knows after a login.
pub struct LoggedIn {
    cookie: String,
    csrf: String,
}

impl LoggedIn {
    fn of(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf"].as_str().expect("a token").to_owned() }
    }

    fn headers(&self) -> [(&str, &str); 2] {
        [("Cookie", &self.cookie), ("X-CSRF-Token", &self.csrf)]
    }

    pub fn ask(&self, house: &House, method: &str, path: &str, body: &str) -> Answer {
        house.ask(method, path, &self.headers(), body)
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn new_key(name: &str, kind: KeyKind) -> NewKey {
    NewKey { name: name.into(), kind, bots: Vec::new(), origins: Vec::new(), rate_limit: None }
}

fn add_user(access: &Access, name: &str, role: Role, bots: &[&str]) {
    // Argon2 is slow on purpose: once for all tests is enough.
    static KEPT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let kept = KEPT.get_or_init(|| password::hash(PASSWORD).unwrap()).clone();
    let new = NewUser { name: name.into(), role, bots: owned(bots) };
    access.change(|accounts| new.add(accounts, kept, rfc3339(NOW_MS))).unwrap();
}

/// A message of a bot.
pub fn message(bot: &str, session: &str) -> String {
    json!({"type": "message", "bot": bot, "session_id": session, "user_message": "hello"}).to_string()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{answer:?}");
    assert_eq!(body["status"], "error");
}

/// Its status, its headers but for the time and the name of the request, and its body.
fn whole(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date" && name != "x-request-id").cloned().collect();
    (answer.status, headers, answer.text().to_owned())
}

fn conversations(house: &House, key: &str, bot: &str) -> Value {
    let answer = house.with_key("GET", &format!("/api/analytics/overview?bot={bot}"), key, "");
    answer.json()["overview"]["total_conversations"].clone()
}
