//! The API's own description, where there are users and keys.

use novahouse::access::{KeyKind, Role};
use novahouse::limits::{ACCESS_BODY_BYTES_MAX, WRONG_PASSWORDS_MAX};
use serde_json::{Map, Value, json};

use super::{House, LoggedIn, MINE, NONE, PASSWORD, message};
use crate::support::client::Answer;
use crate::support::document::Document;

/// Every operation that there is: method, path, and what is said of it.
fn operations(document: &Document) -> Vec<(&str, &str, &Value)> {
    let paths = document.0["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (&**method, &**path, operation))
    });
    each.collect()
}

/// The path of something that there is not.
fn of_nobody(path: &str) -> String {
    path.replace("{session_id}", "nobody").replace("{name}", "nobody").replace("{id}", "0")
}

#[test]
fn who_is_let_in_is_said_of_every_address() {
    let house = House::new();
    house.user("agent", Role::Agent, &[MINE]);
    let (agent, reader) = (house.login("agent"), house.key("reader", KeyKind::Read, &[]));
    let writer = house.key("writer", KeyKind::Ingest, &[]);
    let document = Document::of(&house.served);
    let (mut open, mut closed) = (0, 0);
    for (method, path, operation) in operations(&document) {
        let (verb, address) = (method.to_uppercase(), of_nobody(path));
        let body = if method == "get" { "" } else { "{}" };
        let stranger = house.ask(&verb, &address, &[], body);
        document.describes(method, path, &stranger);
        let needs_nothing = operation["security"] == json!([]);
        assert_eq!(stranger.status != 401 || path == "/api/auth/login", needs_nothing, "{method} {path}: {stranger:?}");
        if needs_nothing {
            open += 1;
            continue;
        }
        closed += 1;
        let mut refused = vec![house.with_key(&verb, &address, &writer, body)];
        // Whoever may watch what happens is answered for ever.
        if path != "/api/live" {
            refused.push(house.with_key(&verb, &address, &reader, body));
            refused.push(house.ask(&verb, &address, &[("Cookie", &agent.cookie)], body));
        }
        for answer in refused.iter().filter(|answer| answer.status == 403) {
            document.describes(method, path, answer);
        }
        assert!(refused.iter().any(|answer| answer.status == 403), "{method} {path}");
        let csrf = operation["security"].as_array().unwrap().iter().any(|one| one.get("csrf").is_some());
        assert_eq!(csrf, method != "get", "{path}");
        let about = operation["description"].as_str().unwrap();
        assert!(about.contains("For users who "), "{method} {path}: {about}");
    }
    assert!(open >= 6 && closed >= 25, "{open} {closed}");
}

/// What was described as it was answered: by method, path and status.
struct Seen<'a> {
    house: &'a House,
    document: Document,
    statuses: Vec<(&'static str, &'static str, u16)>,
}

impl Seen<'_> {
    #[track_caller]
    fn took(&mut self, method: &'static str, path: &'static str, status: u16, answer: &Answer) {
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        self.document.describes(method, path, answer);
        self.statuses.push((method, path, status));
    }

    #[track_caller]
    fn ask(
        &mut self,
        login: &LoggedIn,
        (method, path): (&'static str, &'static str),
        name: &str,
        body: impl ToString,
        status: u16,
    ) -> Answer {
        let address = path.replace("{name}", name).replace("{id}", name);
        let answer = login.ask(self.house, &method.to_uppercase(), &address, &body.to_string());
        self.took(method, path, status, &answer);
        answer
    }
}

const LOGIN: (&str, &str) = ("post", "/api/auth/login");
const ME: (&str, &str) = ("get", "/api/auth/me");
const LOGOUT: (&str, &str) = ("post", "/api/auth/logout");
const PASSWORDS: (&str, &str) = ("post", "/api/auth/password");
const USERS: (&str, &str) = ("get", "/api/access/users");
const USER_ADD: (&str, &str) = ("post", "/api/access/users");
const USER_CHANGE: (&str, &str) = ("patch", "/api/access/users/{name}");
const USER_REMOVE: (&str, &str) = ("delete", "/api/access/users/{name}");
const KEYS: (&str, &str) = ("get", "/api/access/keys");
const KEY_ADD: (&str, &str) = ("post", "/api/access/keys");
const KEY_REMOVE: (&str, &str) = ("delete", "/api/access/keys/{id}");
const LOGINS: (&str, &str) = ("get", "/api/access/logins");
const LOGIN_END: (&str, &str) = ("delete", "/api/access/logins/{id}");
const AUDIT: (&str, &str) = ("get", "/api/access/audit");

#[test]
fn what_is_answered_about_access_is_as_described() {
    let house = House::new();
    let mut seen = Seen { house: &house, document: Document::of(&house.served), statuses: Vec::new() };
    let root = house.login("root");
    users(&mut seen, &root);
    keys(&mut seen, &root);
    own_login(&mut seen, &root);
    seen.ask(&root, AUDIT, "", "", 200);
    seen.ask(&root, ("get", "/api/access/audit"), "", "", 200);
    let answer = root.ask(&house, "GET", "/api/access/audit?limit=0", "");
    seen.took("get", "/api/access/audit", 400, &answer);
    guessing(&mut seen);

    let about_access = |path: &str| path.starts_with("/api/access/") || path.starts_with("/api/auth/");
    for (method, path, _) in operations(&seen.document).into_iter().filter(|(_, path, _)| about_access(path)) {
        assert!(seen.statuses.contains(&(method, path, 200)), "{method} {path}: the good answer was not seen");
    }
}

fn users(seen: &mut Seen, root: &LoggedIn) {
    let anna = json!({"name": "anna", "role": "agent", "bots": [MINE], "password": PASSWORD});
    seen.ask(root, USER_ADD, "", &anna, 200);
    seen.ask(root, USER_ADD, "", &anna, 409);
    seen.ask(root, USER_ADD, "", "{}", 400);
    seen.ask(root, USER_ADD, "", "x".repeat(ACCESS_BODY_BYTES_MAX as usize + 1), 413);
    seen.ask(root, USERS, "", "", 200);
    seen.ask(root, USER_CHANGE, "anna", json!({"role": "analyst"}), 200);
    seen.ask(root, USER_CHANGE, "nobody", json!({"role": "analyst"}), 404);
    seen.ask(root, USER_CHANGE, "%ff", json!({"role": "analyst"}), 400);
    seen.ask(root, USER_CHANGE, "root", json!({"role": "analyst"}), 409);
    seen.ask(root, USER_REMOVE, "anna", "", 200);
    seen.ask(root, USER_REMOVE, "anna", "", 404);
    seen.ask(root, USER_REMOVE, "root", "", 409);
    let mut text = root.headers().to_vec();
    text.push(("Content-Type", "text/plain"));
    let answer = seen.house.client().send("POST", USER_ADD.1, &text, b"{}").unwrap();
    seen.took(USER_ADD.0, USER_ADD.1, 415, &answer);
}

fn keys(seen: &mut Seen, root: &LoggedIn) {
    let shop = json!({"name": "shop", "kind": "ingest", "bots": [MINE], "origins": ["https://www.example.com"], "rate_limit": 1});
    let made = seen.ask(root, KEY_ADD, "", &shop, 200).json();
    seen.ask(root, KEY_ADD, "", &shop, 409);
    seen.ask(root, KEY_ADD, "", json!({"name": "x", "kind": "read", "origins": ["https://www.example.com"]}), 400);
    seen.ask(root, KEY_ADD, "", json!({"name": "all", "kind": "read"}), 200);
    seen.ask(root, KEYS, "", "", 200);
    let limited = (0..20).map(|_| seen.house.with_key("POST", "/api/events", made["key"].as_str().unwrap(), "{}"));
    let limited = limited.into_iter().find(|answer| answer.status == 429).expect("more than it is for");
    seen.took("post", "/api/events", 429, &limited);
    seen.ask(root, KEY_REMOVE, made["id"].as_str().unwrap(), "", 200);
    seen.ask(root, KEY_REMOVE, made["id"].as_str().unwrap(), "", 404);
}

fn own_login(seen: &mut Seen, root: &LoggedIn) {
    let credentials = json!({"name": "root", "password": PASSWORD}).to_string();
    let answer = seen.house.ask("POST", LOGIN.1, &[], &credentials);
    seen.took(LOGIN.0, LOGIN.1, 200, &answer);
    let other = LoggedIn::of(&answer);
    let stranger = seen.house.ask("GET", ME.1, &[], "");
    seen.took(ME.0, ME.1, 200, &stranger);
    seen.ask(&other, ME, "", "", 200);
    let logins = seen.ask(root, LOGINS, "", "", 200).json();
    let mut each = logins["logins"].as_array().unwrap().iter();
    let id = each.find(|login| login["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    seen.ask(root, LOGIN_END, &id, "", 200);
    seen.ask(root, LOGIN_END, &id, "", 404);
    seen.house.user("bert", Role::Analyst, &[]);
    let bert = seen.house.login("bert");
    seen.ask(&bert, PASSWORDS, "", json!({"current": "something else", "new": "quite another one"}), 403);
    seen.ask(&bert, PASSWORDS, "", json!({"current": PASSWORD, "new": "short"}), 400);
    let changed = seen.ask(&bert, PASSWORDS, "", json!({"current": PASSWORD, "new": "quite another one"}), 200);
    seen.ask(&LoggedIn::of(&changed), LOGOUT, "", "", 200);
}

fn guessing(seen: &mut Seen) {
    for _ in 0..=WRONG_PASSWORDS_MAX {
        let answer = seen.house.try_login("nobody", "something else");
        seen.took(LOGIN.0, LOGIN.1, answer.status, &answer);
        seen.house.move_clock(1_000);
    }
    assert!(seen.statuses.contains(&(LOGIN.0, LOGIN.1, 401)) && seen.statuses.contains(&(LOGIN.0, LOGIN.1, 429)));
}

/// What there is to be conflicted with where there is no one: the first user, and a logout of nobody.
#[test]
fn what_is_answered_where_there_is_no_one_is_as_described() {
    let dir = tempfile::tempdir().unwrap();
    let clock = novahouse::clock::Clock::fixed(super::NOW_MS);
    let options = novahouse::store::Options { clock: clock.clone(), ..novahouse::store::Options::default() };
    let engine = novahouse::store::RedbEngine::open(dir.path(), &options).unwrap();
    let served = crate::support::served::Served::over(std::sync::Arc::new(engine), clock);
    let document = Document::of(&served);
    let ask = |path: &str, body: Value| {
        let json = [("Content-Type", "application/json")];
        served.client().send("POST", path, &json, body.to_string().as_bytes()).unwrap()
    };
    let passwords = json!({"current": PASSWORD, "new": PASSWORD});
    for ((_, path), body) in [
        (LOGOUT, json!({})),
        (PASSWORDS, passwords),
        (USER_ADD, json!({"name": "anna", "role": "analyst", "password": PASSWORD})),
        (KEY_ADD, json!({"name": "k", "kind": "read"})),
    ] {
        let answer = ask(path, body);
        assert_eq!(answer.status, 409, "{path}: {answer:?}");
        document.describes("post", path, &answer);
    }
    for (_, path) in [ME, USERS, KEYS, LOGINS, AUDIT] {
        document.describes("get", path, &served.get(path));
    }
    let foreign = [("Origin", "https://evil.example")];
    for (method, path, _) in operations(&document) {
        let answer = served.client().send(&method.to_uppercase(), &of_nobody(path), &foreign, b"").unwrap();
        assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
        document.describes(method, path, &answer);
    }
}

/// Whether a body is taken, or refused only for what is there already.
fn is_taken(root: &LoggedIn, house: &House, (method, path): (&str, &str), body: &Map<String, Value>) -> bool {
    let path = path.replace("{name}", "anna");
    let answer = root.ask(house, &method.to_uppercase(), &path, &Value::from(body.clone()).to_string());
    assert!([200, 400, 409].contains(&answer.status), "{path}: {answer:?}");
    answer.status != 400
}

#[test]
fn each_range_of_a_body_is_the_one_that_is_kept() {
    let house = House::new();
    house.user("anna", Role::Analyst, &[]);
    let (root, document) = (house.login("root"), Document::of(&house.served));
    let mut tried = 0;
    for (of, name, sample) in [
        (USER_ADD, "UserBody", json!({"name": "x", "role": "analyst", "password": PASSWORD})),
        (USER_CHANGE, "ChangeBody", json!({"role": "analyst"})),
        (KEY_ADD, "KeyBody", json!({"name": "x", "kind": "ingest"})),
    ] {
        let schema = &document.0["components"]["schemas"][name];
        let sample = sample.as_object().unwrap();
        let mut takes = |field: &str, value: Value, right: bool| {
            let mut body = sample.clone();
            body.insert(field.into(), value.clone());
            assert_eq!(is_taken(&root, &house, of, &body), right, "{name}: {field}: {value}");
            assert_eq!(document.faults(schema, &body.into()).is_empty(), right, "{name}: {field}: {value}");
            tried += 1;
        };
        for (field, schema) in schema["properties"].as_object().unwrap() {
            lengths(field, schema, &mut |value, right| takes(field, value, right));
            if let Some(most) = schema["maxItems"].as_u64() {
                for (count, right) in [(most, true), (most + 1, false)] {
                    let item = if field == "origins" { "https://www.example.com" } else { MINE };
                    takes(field, json!(vec![item; count as usize]), right);
                }
                lengths(field, &schema["items"], &mut |value, right| takes(field, json!([value]), right));
                takes(field, json!(["\u{1}"]), false);
            }
            for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                let Some(bound) = schema[bound].as_i64() else { continue };
                takes(field, bound.into(), true);
                takes(field, (bound + step).into(), false);
            }
            takes(field, json!({}), false);
        }
        takes("colour", json!(1), false);
        for field in schema["required"].as_array().into_iter().flatten() {
            let mut body = sample.clone();
            body.remove(field.as_str().unwrap());
            assert!(!is_taken(&root, &house, of, &body), "{name} without {field}");
        }
    }
    assert!(tried > 40, "{tried}");
}

/// Texts as short and as long as may be, and those beyond.
fn lengths(field: &str, schema: &Value, takes: &mut impl FnMut(Value, bool)) {
    let before = if field == "origins" { "https://" } else { "" };
    let text = |length: u64| format!("{before}{}", "x".repeat(length as usize - before.len()));
    if let Some(most) = schema["maxLength"].as_u64() {
        takes(text(most).into(), true);
        takes(text(most + 1).into(), false);
    }
    if let Some(least) = schema["minLength"].as_u64() {
        takes(text(least).into(), true);
        takes(text(least - 1).into(), false);
    }
}

/// How much comes here, and what goes wrong, is nothing for whoever happens by.
#[test]
fn a_stranger_hears_whether_it_works_and_no_more() {
    let house = House::new();
    let key = house.key("k", KeyKind::Ingest, &[]);
    house.with_key("POST", "/api/events", &key, &message(NONE, "s"));
    let document = Document::of(&house.served);
    for path in ["/api/health", "/api/chatbot/health"] {
        let stranger = house.ask("GET", path, &[], "");
        document.describes("get", path, &stranger);
        let said = stranger.json();
        let keys: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["status", "service", "database", "timestamp", "version", "checks"]);
        for (check, found) in said["checks"].as_object().unwrap() {
            assert_eq!(found.as_object().unwrap().keys().collect::<Vec<_>>(), ["status"], "{check}");
        }
        assert_eq!(said["checks"].as_object().unwrap().len(), 4);
        let known = house.with_key("GET", path, &key, "");
        document.describes("get", path, &known);
        assert_eq!(known.json()["ingest"]["accepted_events"], 1);
        assert!(known.json()["checks"]["disk_space"]["why"].is_string());
    }
    let ready = house.ask("GET", "/api/ready", &[], "").json();
    assert_eq!(ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["status", "timestamp"]);
}
