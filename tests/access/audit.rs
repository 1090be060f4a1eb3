//! The record: every login and change leaves a line, and no line holds a secret.

use novahouse::access::{KeyKind, Role};
use serde_json::{Value, json};

use super::{House, MINE, PASSWORD};

#[test]
fn logins_and_changes_are_recorded_with_who_and_from_where() {
    let house = House::new();
    let root = house.login("root");
    house.try_login("root", "a wrong password");
    house.try_login("hunter2 typed here", "a wrong password");
    let user = json!({"name": "anna", "role": "agent", "bots": [MINE], "password": PASSWORD}).to_string();
    root.ask(&house, "POST", "/api/access/users", &user);
    root.ask(&house, "PATCH", "/api/access/users/anna", r#"{"role":"analyst"}"#);
    let anna = house.login("anna");
    let login = root.ask(&house, "GET", "/api/access/logins", "").json()["logins"].clone();
    let login = login.as_array().unwrap().iter().find(|login| login["user"] == "anna").unwrap()["id"].clone();
    root.ask(&house, "DELETE", &format!("/api/access/logins/{}", login.as_str().unwrap()), "");
    root.ask(&house, "DELETE", "/api/access/users/anna", "");
    let key = root.ask(&house, "POST", "/api/access/keys", r#"{"name":"k","kind":"admin"}"#).json();
    let admin = key["key"].as_str().unwrap();
    house.with_key("DELETE", &format!("/api/access/keys/{}", key["id"].as_str().unwrap()), admin, "");
    root.ask(&house, "DELETE", "/api/access/users/nobody", "");
    root.ask(&house, "POST", "/api/auth/logout", "");

    let root = house.login("root");
    let other = json!({"current": PASSWORD, "new": "quite another one"}).to_string();
    let root = super::LoggedIn::of(&root.ask(&house, "POST", "/api/auth/password", &other));
    let audit = root.ask(&house, "GET", "/api/access/audit", "").json();
    let entries = audit["entries"].as_array().unwrap();
    let short = |entry: &Value| {
        assert_eq!((&entry["address"], &entry["time"]), (&json!("127.0.0.1"), &json!("2026-03-31T10:00:00.000Z")));
        let field = |name: &str| entry[name].as_str().unwrap_or("").to_owned();
        [field("actor"), field("action"), field("target"), field("outcome")].join("|")
    };
    let found: Vec<String> = entries.iter().rev().map(short).collect();
    let id = key["id"].as_str().unwrap();
    assert_eq!(
        found,
        [
            "root|login||success",
            "a stranger|login|root|wrong password",
            "a stranger|login|a name that no user has|wrong password",
            "root|user added|anna|success",
            "root|user changed|anna|success",
            "anna|login||success",
            "root|login revoked|anna|success",
            "root|user removed|anna|success",
            "root|key added|k|success",
            &format!("key k|key revoked|{id}|success"),
            "root|logout||success",
            "root|login||success",
            "root|password changed||success",
        ]
    );
    assert_eq!(root.ask(&house, "GET", "/api/access/audit?limit=2", "").json()["entries"], json!(entries[..2]));
    assert_eq!(root.ask(&house, "GET", "/api/access/audit?limit=1001", "").status, 400);

    let text = std::fs::read_to_string(house.served.accounts.path().join("audit.ndjson")).unwrap();
    for secret in ["hunter2", "wrong password\",\"", PASSWORD, admin, &root.csrf, &anna.cookie, "argon2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

/// Where the record cannot be written, the way in is not closed: whoever has to make room has to get in.
#[test]
fn a_record_that_cannot_be_written_keeps_no_one_out() {
    let house = House::new();
    std::fs::create_dir(house.served.accounts.path().join("audit.ndjson")).unwrap();
    let root = house.login("root");
    house.user("anna", Role::Analyst, &[]);
    let key = house.key("k", KeyKind::Read, &[]);
    assert_eq!(house.with_key("GET", "/api/bots", &key, "").status, 200);
    assert_eq!(root.ask(&house, "GET", "/api/access/audit", "").status, 503);
}

/// It was recorded twice: once with the change, and once more after it.
#[test]
fn a_change_of_password_is_one_line() {
    let house = House::new();
    let root = house.login("root");
    let body = json!({"current": PASSWORD, "new": "quite another one"}).to_string();
    let changed = root.ask(&house, "POST", "/api/auth/password", &body);
    let root = super::LoggedIn::of(&changed);
    let audit = root.ask(&house, "GET", "/api/access/audit", "").json();
    let actions: Vec<&str> =
        audit["entries"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, ["password changed", "login"]);
}
