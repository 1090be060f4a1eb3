//! What keys are for: their bots, their origins, their rate.

use novahouse::access::KeyKind;
use novahouse::access::changes::NewKey;
use serde_json::json;

use super::{HERS, House, MINE, NONE, conversations, message, new_key, owned, refused};
use crate::support::client::Answer;

const SITE: &str = "https://www.example.com";

#[test]
fn events_of_other_bots_are_rejected_one_by_one() {
    let house = House::new();
    let reader = house.key("reader", KeyKind::Read, &[]);
    let two = house.key("two", KeyKind::Ingest, &[MINE, "default"]);
    let one = house.key("one", KeyKind::Ingest, &[MINE]);
    let nameless = r#"{"type":"message","session_id":"s"}"#;
    let lines = format!("[{},{},{nameless},{}]", message(MINE, "s"), message(HERS, "s"), message(NONE, "s"));
    let post = |key: &str, path: &str, body: &str| house.with_key("POST", path, key, body);
    let answer = post(&two, "/api/events", &lines);
    assert_eq!(answer.status, 200);
    let error =
        |index: u32, bot: &str| json!({"index": index, "error": format!("bot: this key is not for events of {bot:?}")});
    assert_eq!(
        answer.json(),
        json!({"status": "success", "accepted": 2, "duplicates": 0, "rejected": 2, "errors": [error(1, HERS), error(3, NONE)]})
    );
    // A key with one bot is a key of that bot.
    assert_eq!(post(&one, "/api/events", nameless).json()["accepted"], 1);
    assert_eq!(conversations(&house, &reader, MINE), 2);
    assert_eq!(conversations(&house, &reader, "default"), 1);
    refused(&post(&one, &format!("/api/events?bot={HERS}"), nameless), 422, "nothing_accepted");
    assert_eq!(post(&one, "/api/chatbot/chat", r#"{"message":"hello"}"#).status, 200);
    refused(&post(&one, "/api/chatbot/chat?bot=default", r#"{"message":"hello"}"#), 404, "not_found");
    let none = house.with_key("GET", &format!("/api/analytics/overview?bot={HERS}"), &reader, "");
    refused(&none, 404, "not_found");
}

/// Whoever knows another's idempotency key would read what was answered about that bot, and store nothing.
#[test]
fn an_idempotency_key_is_known_among_those_of_the_same_bots_only() {
    let house = House::new();
    let keys = [("mine", MINE), ("hers", HERS)].map(|(name, bot)| house.key(name, KeyKind::Ingest, &[bot]));
    let all = house.key("all", KeyKind::Ingest, &[]);
    let post = |key: &str, session: &str| {
        let authorization = format!("Bearer {key}");
        let headers = [("Authorization", &*authorization), ("Idempotency-Key", "1")];
        house.ask("POST", "/api/events", &headers, &format!(r#"{{"type":"message","session_id":"{session}"}}"#)).json()
    };
    let reader = house.key("reader", KeyKind::Read, &[]);
    for round in 0..2 {
        for key in keys.iter().chain([&all]) {
            assert_eq!(post(key, &format!("s-{round}"))["accepted"], 1);
        }
        for bot in [MINE, HERS, "default"] {
            assert_eq!(conversations(&house, &reader, bot), 1, "{bot} in round {round}");
        }
    }
}

#[test]
fn a_key_is_known_whole_or_not_at_all() {
    let house = House::new();
    let key = house.key("k", KeyKind::Admin, &[]);
    assert!(key.starts_with("nh_admin_") && key.len() == "nh_admin_".len() + 64, "{key}");
    let ask = |authorization: &str| house.ask("GET", "/api/bots", &[("Authorization", authorization)], "");
    for right in [format!("Bearer {key}"), format!("bearer  {key} "), format!("BEARER {key}")] {
        assert_eq!(ask(&right).status, 200, "{right}");
    }
    for wrong in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        key.clone(),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {key}0"),
        format!("Bearer {}", key.to_uppercase()),
        format!("Bearer {}", key.replace("nh_admin_", "")),
        format!("Basic {key}"),
    ] {
        refused(&ask(&wrong), 401, "unauthorized");
    }
    refused(&house.ask("GET", &format!("/api/bots?key={key}"), &[], ""), 401, "unauthorized");
    // Neither is one where the other belongs.
    refused(
        &house.ask("GET", "/api/bots", &[("Cookie", &format!("novahouse_session={key}"))], ""),
        401,
        "unauthorized",
    );
    let token = house.login("root").cookie.split_once('=').unwrap().1.to_owned();
    refused(&ask(&format!("Bearer {token}")), 401, "unauthorized");
    // Health is for those too who send something wrong.
    assert_eq!(house.ask("GET", "/api/health", &[("Authorization", "Bearer x")], "").status, 200);
}

#[test]
fn a_key_with_a_rate_is_told_to_wait() {
    let house = House::new();
    let slow = house.key_like(NewKey { rate_limit: Some(1), ..new_key("slow", KeyKind::Ingest) });
    let fast = house.key("fast", KeyKind::Ingest, &[]);
    let post =
        |key: &str, number: usize| house.with_key("POST", "/api/events", key, &message(MINE, &number.to_string()));
    let answers: Vec<Answer> = (0..20).map(|number| post(&slow, number)).collect();
    let limited = answers.iter().find(|answer| answer.status != 200).expect("more than a burst");
    refused(limited, 429, "rate_limited");
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert!(answers[..5].iter().all(|answer| answer.status == 200), "{answers:?}");
    assert!((0..20).all(|number| post(&fast, number).status == 200), "others are not kept waiting");
    let stored = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(conversations(&house, &house.key("reader", KeyKind::Read, &[]), MINE), stored + 20);
}

fn preflight(house: &House, path: &str, origin: &str) -> Answer {
    let asks = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    house.client().send("OPTIONS", path, &asks, b"").unwrap()
}

#[test]
fn a_browser_on_another_site_may_send_what_a_key_allows() {
    let house = House::new();
    let site = NewKey { origins: owned(&[SITE]), bots: owned(&[MINE]), ..new_key("site", KeyKind::Ingest) };
    let site = house.key_like(site);
    let other = NewKey { origins: owned(&["https://other.example"]), ..new_key("other", KeyKind::Ingest) };
    let other = house.key_like(other);
    let server = house.key("server", KeyKind::Ingest, &[]);
    let admin = house.key("admin", KeyKind::Admin, &[]);
    for path in ["/api/events", "/api/chatbot/chat"] {
        let allowed = preflight(&house, path, SITE);
        assert_eq!(allowed.status, 204, "{allowed:?}");
        for (name, value) in [
            ("access-control-allow-origin", SITE),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "authorization, content-type, content-encoding, idempotency-key"),
            ("vary", "Origin"),
        ] {
            assert_eq!(allowed.header(name), Some(value), "{path}");
        }
        assert_eq!(allowed.header("access-control-allow-credentials"), None);
        for origin in ["https://evil.example", "http://www.example.com", "https://www.example.com:444", "null", "*"] {
            let refusal = preflight(&house, path, origin);
            refused(&refusal, 403, "foreign_origin");
            assert_eq!((refusal.header("access-control-allow-origin"), refusal.header("vary")), (None, Some("Origin")));
        }
    }
    for path in ["/api/sessions", "/api/auth/login", "/api/access/keys", "/api/nothing", "/dashboard.html"] {
        let answer = preflight(&house, path, SITE);
        assert!([404, 405].contains(&answer.status), "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }

    let send = |key: &str, origin: &str, bot: &str| {
        let authorization = format!("Bearer {key}");
        let headers = [("Authorization", &*authorization), ("Origin", origin)];
        house.ask("POST", "/api/events", &headers, &message(bot, "s"))
    };
    let sent = send(&site, SITE, MINE);
    assert_eq!((sent.status, sent.header("access-control-allow-origin")), (200, Some(SITE)), "{sent:?}");
    assert_eq!(sent.header("vary"), Some("Origin"));
    let rejected = send(&site, SITE, HERS);
    refused(&rejected, 422, "nothing_accepted");
    assert_eq!(rejected.header("access-control-allow-origin"), Some(SITE), "the page reads why");
    for (key, origin) in [
        (&site, "https://evil.example"),
        (&site, "https://other.example"),
        (&other, SITE),
        (&server, SITE),
        (&admin, SITE),
        (&site, "null"),
    ] {
        let refusal = send(key, origin, MINE);
        refused(&refusal, 403, "foreign_origin");
        assert_eq!(refusal.header("access-control-allow-origin"), None);
    }
    let stranger = house.ask("POST", "/api/events", &[("Origin", SITE)], &message(MINE, "s"));
    refused(&stranger, 401, "unauthorized");
    assert_eq!(stranger.header("access-control-allow-origin"), None);
    assert_eq!(conversations(&house, &admin, MINE), 1, "nothing that was refused is stored");

    let authorization = format!("Bearer {admin}");
    let own = [("Authorization", &*authorization), ("Origin", "http://localhost")];
    let own = house.ask("POST", "/api/events", &own, &message(MINE, "s"));
    assert_eq!((own.status, own.header("access-control-allow-origin")), (200, None), "a page of this server");
}

#[test]
fn a_public_chat_is_open_to_strangers_about_the_default_bot() {
    let closed = House::new();
    let say = |house: &House, path: &str, headers: &[(&str, &str)]| {
        house.ask("POST", path, headers, r#"{"message":"hello"}"#)
    };
    refused(&say(&closed, "/api/chatbot/chat", &[]), 401, "unauthorized");
    let house = House::prepared(|access| access.public_chat = true);
    assert_eq!(say(&house, "/api/chatbot/chat", &[]).status, 200);
    for bot in [MINE, NONE] {
        refused(&say(&house, &format!("/api/chatbot/chat?bot={bot}"), &[]), 404, "not_found");
    }
    refused(&say(&house, "/api/chatbot/chat", &[("Origin", SITE)]), 403, "foreign_origin");
    refused(&say(&house, "/api/chatbot/chat", &[("Authorization", "Bearer x")]), 401, "unauthorized");
    refused(&house.ask("POST", "/api/events", &[], &message("default", "s")), 401, "unauthorized");
    let key = house.key("k", KeyKind::Ingest, &[MINE]);
    let spoken = house.with_key("POST", "/api/chatbot/chat", &key, r#"{"message":"hello"}"#);
    assert_eq!(spoken.status, 200, "a key goes on to mean its bot");
    // With a login but without its token it is a stranger's.
    let login = house.login("root");
    assert_eq!(say(&house, "/api/chatbot/chat", &[("Cookie", &login.cookie)]).status, 200);
}

#[test]
fn a_revoked_key_is_worth_nothing() {
    let house = House::new();
    let root = house.login("root");
    let body = json!({"name": "shop", "kind": "ingest", "bots": [MINE], "origins": [SITE], "rate_limit": 50});
    let made = root.ask(&house, "POST", "/api/access/keys", &body.to_string()).json();
    let key = made["key"].as_str().unwrap();
    assert_eq!(house.with_key("POST", "/api/events", key, &message(MINE, "s")).status, 200);
    refused(&root.ask(&house, "POST", "/api/access/keys", &body.to_string()), 409, "conflict");
    let listed = root.ask(&house, "GET", "/api/access/keys", "");
    assert!(!listed.text().contains(key), "it was shown once");
    let listed = &listed.json()["keys"][0];
    for field in ["id", "name", "kind", "bots", "origins", "rate_limit", "created_at"] {
        assert_eq!(listed[field], made[field], "{field}");
    }
    let path = format!("/api/access/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(root.ask(&house, "DELETE", &path, "").status, 200);
    refused(&root.ask(&house, "DELETE", &path, ""), 404, "not_found");
    refused(&house.with_key("POST", "/api/events", key, &message(MINE, "s")), 401, "unauthorized");
    refused(&preflight(&house, "/api/events", SITE), 403, "foreign_origin");
}
