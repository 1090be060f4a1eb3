//! Logging in: what a browser is given, what it has to send, and how guessing ends.

use novahouse::access::Role;
use novahouse::access::changes::{UserChange, remove_user};
use novahouse::limits::*;
use serde_json::json;

use super::{House, LoggedIn, MINE, PASSWORD, message, refused};
use crate::support::client::Answer;

fn me(house: &House, login: &LoggedIn) -> serde_json::Value {
    login.ask(house, "GET", "/api/auth/me", "").json()
}

fn is_in(house: &House, login: &LoggedIn) -> bool {
    login.ask(house, "GET", "/api/bots", "").status == 200
}

#[test]
fn a_login_gives_a_cookie_that_no_script_and_no_other_site_can_use() {
    let house = House::new();
    house.user("anna", Role::Analyst, &[MINE]);
    let answer = house.try_login("anna", PASSWORD);
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1209600"] {
        assert!(cookie.split("; ").any(|found| found == part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert_eq!(answer.json()["user"], json!({"name": "anna", "role": "analyst", "bots": [MINE]}));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let login = LoggedIn::of(&answer);
    assert_eq!(me(&house, &login)["csrf"], *login.csrf);
    assert_eq!(me(&house, &login)["user"]["name"], "anna");
    assert!(!login.cookie.contains(&login.csrf));

    // The page it came from was fetched over TLS, from a proxy before this server.
    let body = json!({"name": "anna", "password": PASSWORD}).to_string();
    let secure = house.ask("POST", "/api/auth/login", &[("Origin", "https://localhost")], &body);
    assert!(secure.header("set-cookie").unwrap().ends_with("; Secure"), "{secure:?}");
    let foreign = house.ask("POST", "/api/auth/login", &[("Origin", "https://evil.example")], &body);
    refused(&foreign, 403, "foreign_origin");
    assert_eq!(foreign.header("set-cookie"), None);
}

#[test]
fn what_changes_something_needs_the_token_and_a_page_of_our_own() {
    let house = House::new();
    let login = house.login("root");
    let other = house.login("root");
    let cookie = ("Cookie", &*login.cookie);
    let post = |headers: &[(&str, &str)]| house.ask("POST", "/api/events", headers, &message(MINE, "s"));
    refused(&post(&[cookie]), 403, "csrf");
    refused(&post(&[cookie, ("X-CSRF-Token", "x")]), 403, "csrf");
    refused(&post(&[cookie, ("X-CSRF-Token", &other.csrf)]), 403, "csrf");
    let token = ("X-CSRF-Token", &*login.csrf);
    refused(&post(&[cookie, token, ("Origin", "http://evil.example")]), 403, "foreign_origin");
    refused(&post(&[cookie, token, ("Origin", "null")]), 403, "foreign_origin");
    refused(&post(&[cookie, token, ("Origin", "http://localhost:81")]), 403, "foreign_origin");
    assert_eq!(login.ask(&house, "GET", "/api/analytics/overview", "").json()["overview"]["total_conversations"], 0);
    assert_eq!(post(&[cookie, token, ("Origin", "http://localhost")]).status, 200);
    assert_eq!(post(&[cookie, token]).status, 200);
    for (method, path) in [
        ("POST", "/api/auth/logout"),
        ("POST", "/api/auth/password"),
        ("POST", "/api/access/users"),
        ("DELETE", "/api/access/users/root"),
        ("POST", "/api/chatbot/chat"),
    ] {
        refused(&house.ask(method, path, &[cookie], "{}"), 403, "csrf");
    }
    assert!(is_in(&house, &login));
}

#[test]
fn a_login_ends_by_itself_and_when_someone_ends_it() {
    let house = House::new();
    house.user("anna", Role::Admin, &[]);
    let (idle, used) = (house.login("anna"), house.login("anna"));
    house.move_clock(LOGIN_IDLE_MS_MAX - 1);
    assert!(is_in(&house, &used));
    house.move_clock(1);
    assert!(!is_in(&house, &idle) && is_in(&house, &used));
    assert_eq!(me(&house, &idle), json!({"status": "success", "open": false, "user": null, "csrf": null}));

    let out = used.ask(&house, "POST", "/api/auth/logout", "");
    assert_eq!(out.status, 200);
    assert!(out.header("set-cookie").unwrap().starts_with("novahouse_session=; ") && !is_in(&house, &used));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));

    let (root, anna) = (house.login("root"), house.login("anna"));
    let logins = root.ask(&house, "GET", "/api/access/logins", "").json();
    let of = |user: &str| {
        let all = logins["logins"].as_array().unwrap();
        all.iter().find(|login| login["user"] == user).unwrap_or_else(|| panic!("{all:?}")).clone()
    };
    assert_eq!((&of("root")["current"], &of("anna")["current"]), (&json!(true), &json!(false)));
    let path = format!("/api/access/logins/{}", of("anna")["id"].as_str().unwrap());
    assert_eq!(root.ask(&house, "DELETE", &path, "").status, 200);
    refused(&root.ask(&house, "DELETE", &path, ""), 404, "not_found");
    assert!(!is_in(&house, &anna) && is_in(&house, &root));
}

#[test]
fn another_password_and_no_user_end_all_logins() {
    let house = House::new();
    house.user("anna", Role::Admin, &[]);
    let root = house.login("root");
    let logins = [house.login("anna"), house.login("anna")];
    let change = |body| logins[0].ask(&house, "POST", "/api/auth/password", &serde_json::Value::to_string(&body));
    refused(&change(json!({"current": "something else", "new": "quite another one"})), 403, "wrong_credentials");
    refused(&change(json!({"current": PASSWORD, "new": "short"})), 400, "bad_request");
    assert!(is_in(&house, &logins[1]));
    let changed = change(json!({"current": PASSWORD, "new": "quite another one"}));
    assert_eq!(changed.status, 200, "{changed:?}");
    assert!(logins.iter().all(|login| !is_in(&house, login)));
    assert!(is_in(&house, &LoggedIn::of(&changed)), "who changed it goes on");
    refused(&house.try_login("anna", PASSWORD), 401, "wrong_credentials");
    let login = LoggedIn::of(&house.try_login("anna", "quite another one"));

    let body = json!({"password": PASSWORD}).to_string();
    assert_eq!(root.ask(&house, "PATCH", "/api/access/users/anna", &body).status, 200);
    assert!(!is_in(&house, &login));
    let login = house.login("anna");
    assert_eq!(root.ask(&house, "DELETE", "/api/access/users/anna", "").status, 200);
    assert!(!is_in(&house, &login));
    house.user("anna", Role::Admin, &[]);
    assert!(!is_in(&house, &login), "this is someone else of that name");
}

/// A role and bots are taken away from who is logged in, too.
#[test]
fn a_change_of_role_is_felt_at_once() {
    let house = House::new();
    house.user("anna", Role::Analyst, &[]);
    let (root, anna) = (house.login("root"), house.login("anna"));
    assert_eq!(anna.ask(&house, "GET", "/api/analytics/overview", "").status, 200);
    let patch = |body: serde_json::Value| root.ask(&house, "PATCH", "/api/access/users/anna", &body.to_string());
    refused(&patch(json!({"role": "agent"})), 400, "bad_request");
    refused(&patch(json!({"rôle": "agent"})), 400, "bad_request");
    assert!(patch(json!({"job": "agent"})).json()["error"].as_str().unwrap().contains("`job`"));
    assert_eq!(patch(json!({"role": "agent", "bots": [MINE]})).status, 200);
    refused(&anna.ask(&house, "GET", "/api/analytics/overview", ""), 403, "forbidden");
    refused(&anna.ask(&house, "GET", "/api/sessions", ""), 404, "not_found");
    refused(&root.ask(&house, "PATCH", "/api/access/users/root", r#"{"role":"analyst"}"#), 409, "conflict");
    refused(&root.ask(&house, "DELETE", "/api/access/users/root", ""), 409, "conflict");
}

/// Who watches what happens stops seeing it when he may not any more.
#[test]
fn a_watcher_who_may_not_any_more_is_left() {
    let house = House::new();
    house.user("anna", Role::Agent, &[MINE]);
    let writer = house.key("w", novahouse::access::KeyKind::Ingest, &[MINE]);
    house.with_key("POST", "/api/events", &writer, &message(MINE, "before"));
    let anna = house.login("anna");
    let mut watching = house.client();
    watching.ask("GET", "/api/live?bot=mine", &anna.headers(), b"").unwrap();
    assert_eq!(watching.head().unwrap().status, 200);
    let told = |watching: &mut crate::support::client::Client| {
        watching.chunk().unwrap().map(|chunk| String::from_utf8(chunk).unwrap())
    };
    assert!(told(&mut watching).unwrap().contains("event: open"));
    house.with_key("POST", "/api/events", &writer, &message(MINE, "seen"));
    assert!(told(&mut watching).unwrap().contains("seen"));
    house.served.access.change(|accounts| remove_user(accounts, "anna", true)).unwrap();
    house.with_key("POST", "/api/events", &writer, &message(MINE, "unseen"));
    assert_eq!(told(&mut watching), None);
}

fn seconds(answer: &Answer) -> i64 {
    answer.header("retry-after").unwrap().parse().unwrap()
}

#[test]
fn guessing_is_slowed_down_and_then_over_for_a_while_whether_or_not_there_is_such_a_user() {
    for name in ["anna", "no-one-of-this-name"] {
        let house = House::new();
        house.user("anna", Role::Analyst, &[]);
        let (mut wrong, mut waits) = (0, Vec::new());
        let locked = loop {
            let answer = house.try_login(name, "something else");
            if answer.status == 401 {
                wrong += 1;
                refused(&answer, 401, "wrong_credentials");
                assert!(wrong <= WRONG_PASSWORDS_MAX, "{name}");
                continue;
            }
            refused(&answer, 429, "too_many_attempts");
            if seconds(&answer) == LOCKOUT_MINUTES * 60 {
                break answer;
            }
            waits.push(seconds(&answer));
            house.move_clock(seconds(&answer) * 1_000);
        };
        assert_eq!((wrong, &*waits), (WRONG_PASSWORDS_MAX, &[1, 2, 4, 8, 16][..]), "{name}");
        assert!(locked.json()["error"].as_str().unwrap().contains("15 minutes"), "{locked:?}");
        refused(&house.try_login(name, PASSWORD), 429, "too_many_attempts");
        assert_eq!(house.try_login("root", PASSWORD).status, 200, "others are not kept out");
        house.move_clock(LOCKOUT_MINUTES * 60_000);
        let expected = if name == "anna" { 200 } else { 401 };
        assert_eq!(house.try_login(name, PASSWORD).status, expected);
    }
}

#[test]
fn one_address_that_tries_many_names_is_kept_out_too() {
    let house = House::new();
    let mut wrong = 0;
    let mut number = 0;
    loop {
        number += 1;
        let answer = house.try_login(&format!("name-{number}"), "something else");
        if answer.status == 401 {
            wrong += 1;
            continue;
        }
        if seconds(&answer) == LOCKOUT_MINUTES * 60 {
            break;
        }
        house.move_clock(seconds(&answer) * 1_000);
    }
    assert!(wrong <= WRONG_PASSWORDS_OF_ADDRESS_MAX, "{wrong}");
    refused(&house.try_login("root", PASSWORD), 429, "too_many_attempts");
}

#[test]
fn many_tries_at_once_are_no_more_tries() {
    let house = House::new();
    let wrong: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..30).map(|_| scope.spawn(|| house.try_login("root", "something else").status)).collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect()
    });
    let checked = wrong.iter().filter(|status| **status == 401).count();
    assert_eq!(checked, WRONG_PASSWORDS_FREE as usize, "{wrong:?}");
    assert!(wrong.iter().all(|status| [401, 429].contains(status)), "{wrong:?}");
}

#[test]
fn a_restart_forgets_no_login() {
    let house = House::new();
    house.user("anna", Role::Analyst, &[]);
    let (kept, ended) = (house.login("anna"), house.login("anna"));
    ended.ask(&house, "POST", "/api/auth/logout", "");
    let again = novahouse::access::Access::load(house.served.accounts.path(), house.clock.clone()).unwrap();
    let token = |login: &LoggedIn| login.cookie.split_once('=').unwrap().1.to_owned();
    assert!(again.by_token(&token(&kept)).is_some() && again.by_token(&token(&ended)).is_none());
    let change = UserChange { password: Some("another".into()), ..UserChange::default() };
    again.change(|accounts| change.make(accounts, "anna")).unwrap();
    assert!(again.by_token(&token(&kept)).is_none());
}

#[test]
fn bodies_are_read_strictly() {
    let house = House::new();
    let root = house.login("root");
    let post = |path: &str, body: &str| root.ask(&house, "POST", path, body);
    for (path, body, named) in [
        ("/api/auth/login", r#"{"name":"a","password":"b","remember":true}"#, "`remember`"),
        ("/api/auth/login", r#"{"name":"a"}"#, "`password`"),
        ("/api/auth/login", "[", "the body"),
        ("/api/access/users", r#"{"name":"a","role":"king","password":"0123456789"}"#, "`king`"),
        ("/api/access/users", r#"{"name":"a b","role":"admin","password":"0123456789"}"#, "name:"),
        ("/api/access/users", r#"{"name":"a","role":"admin","password":"012345678"}"#, "password:"),
        ("/api/access/users", r#"{"name":"a","role":"admin","bots":["x"],"password":"0123456789"}"#, "bots:"),
        ("/api/access/users", r#"{"name":"a","role":"agent","password":"0123456789"}"#, "bots:"),
        ("/api/access/keys", r#"{"name":"k","kind":"write"}"#, "`write`"),
        ("/api/access/keys", r#"{"name":"k","kind":"read","origins":["https://a.example"]}"#, "origins:"),
        ("/api/access/keys", r#"{"name":"k","kind":"ingest","origins":["https://a.example/"]}"#, "origins:"),
        ("/api/access/keys", r#"{"name":"k","kind":"ingest","origins":["*"]}"#, "origins:"),
        ("/api/access/keys", r#"{"name":"k","kind":"ingest","rate_limit":0}"#, "rate_limit:"),
        ("/api/access/keys", r#"{"name":"k","kind":"admin","bots":["x"]}"#, "bots:"),
        ("/api/access/keys", r#"{"name":"","kind":"admin"}"#, "name:"),
    ] {
        let answer = post(path, body);
        refused(&answer, 400, "bad_request");
        assert!(answer.json()["error"].as_str().unwrap().contains(named), "{body}: {answer:?}");
    }
    let mut client = house.client();
    let plain = client.send("POST", "/api/auth/login", &[("Content-Type", "text/plain")], b"{}").unwrap();
    refused(&plain, 415, "unsupported_media_type");
    let large = " ".repeat(ACCESS_BODY_BYTES_MAX as usize + 1);
    refused(&post("/api/auth/login", &large), 413, "body_too_large");
    refused(&post("/api/access/users?role=admin", "{}"), 400, "bad_request");
}
