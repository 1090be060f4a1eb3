//! Rules and channels over the API: what is wrong is named, what is secret stays so, and what is of another bot is not there.

use novahouse::access::Role;
use serde_json::{Value, json};

use crate::access::{Asked, HERS, House, MINE};
use crate::support::becomes;
use crate::support::receiver::{Manner, Receiver};

const ALERTS: &str = "/api/alerts";
const CHANNELS: &str = "/api/channels";

fn rule(bot: &str, changes: Value) -> Value {
    let mut rule = json!({"name": format!("of {bot}"), "bot": bot, "metric": "conversations", "window_days": 1, "condition": "above", "threshold": 0});
    changes.as_object().unwrap().iter().for_each(|(field, value)| rule[field] = value.clone());
    rule
}

#[test]
fn rules_come_and_go_and_each_answer_is_as_described() {
    let (house, receiver) = (House::new(), Receiver::new());
    let asked = Asked::of_bots(&house);
    let webhook = json!({"kind": "webhook", "url": receiver.url("/very-secret"), "secret": "also secret"});
    asked.ask("POST", CHANNELS, CHANNELS, json!({"name": "ops", "channel": webhook}), 200);
    asked.ask("POST", CHANNELS, CHANNELS, json!({"name": "ops", "channel": webhook}), 409);
    asked.ask("POST", CHANNELS, CHANNELS, json!({"name": "a/b", "channel": webhook}), 400);
    let made = asked.ask("POST", ALERTS, ALERTS, rule(MINE, json!({"channels": ["ops"]})), 200).json();
    let id = made["id"].as_str().unwrap().to_owned();
    let own = json!({"name": "disk", "metric": "disk_free_mb", "condition": "below", "threshold": 1});
    asked.ask("POST", ALERTS, ALERTS, own, 200);
    asked.ask("POST", ALERTS, ALERTS, rule("nobody", json!({})), 404);
    asked.ask("POST", ALERTS, ALERTS, rule(MINE, json!({"colour": 1})), 400);
    let refused = asked.ask("POST", ALERTS, ALERTS, rule(MINE, json!({"channels": ["nowhere"]})), 400).json();
    assert!(refused["error"].as_str().unwrap().starts_with("channels:"), "{refused}");

    // A rule that was just made is looked at at once.
    let fired = receiver.wait_for(1)[0].json();
    assert_eq!((&fired["alerts"][0]["id"], &fired["alerts"][0]["value"]), (&json!(id), &json!(1.0)));
    let list = asked.ask("GET", ALERTS, ALERTS, Value::Null, 200).json();
    let row = list["alerts"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap().clone();
    assert_eq!((&row["phase"], &row["value"]), (&json!("firing"), &json!(1.0)));
    let (one, acknowledge) = (format!("{ALERTS}/{id}"), format!("{ALERTS}/{id}/acknowledge"));
    asked.ask("POST", &acknowledge, "/api/alerts/{id}/acknowledge", Value::Null, 200);
    asked.ask("POST", "/api/alerts/0/acknowledge", "/api/alerts/{id}/acknowledge", Value::Null, 404);
    let row = asked.ask("GET", ALERTS, ALERTS, Value::Null, 200).json()["alerts"].clone();
    assert!(row.to_string().contains("\"acknowledged_by\":\"key root's\""), "{row}");
    let history = asked.ask("GET", "/api/alerts/history", "/api/alerts/history", Value::Null, 200).json();
    let what: Vec<_> = history["entries"].as_array().unwrap().iter().map(|entry| entry["what"].clone()).collect();
    assert_eq!(what, ["acknowledged", "fired"]);
    asked.ask("GET", "/api/alerts/history?limit=0", "/api/alerts/history", Value::Null, 400);

    let until = json!({"rule": id, "until": "2026-04-01T00:00:00Z", "why": "moving"});
    let silence = asked.ask("POST", "/api/alerts/silences", "/api/alerts/silences", until, 200).json();
    asked.ask("POST", "/api/alerts/silences", "/api/alerts/silences", json!({"until": "2020-01-01T00:00:00Z"}), 400);
    asked.ask(
        "POST",
        "/api/alerts/silences",
        "/api/alerts/silences",
        json!({"until": "2027-01-01T00:00:00Z", "rule": "0"}),
        404,
    );
    let list = asked.ask("GET", ALERTS, ALERTS, Value::Null, 200).json();
    assert_eq!(list["silences"][0]["silence"]["why"], "moving");
    let end = format!("/api/alerts/silences/{}", silence["id"].as_str().unwrap());
    asked.ask("DELETE", &end, "/api/alerts/silences/{id}", Value::Null, 200);
    asked.ask("DELETE", &end, "/api/alerts/silences/{id}", Value::Null, 404);

    asked.ask("PUT", &one, "/api/alerts/{id}", rule(MINE, json!({"threshold": 5})), 200);
    asked.ask("PUT", "/api/alerts/0", "/api/alerts/{id}", rule(MINE, json!({})), 404);
    asked.ask("POST", "/api/alerts/backtest", "/api/alerts/backtest", rule(MINE, json!({})), 200);
    asked.ask("POST", "/api/alerts/backtest", "/api/alerts/backtest", rule("nobody", json!({})), 404);
    asked.ask("GET", &format!("/api/alerts/offers?bot={MINE}"), "/api/alerts/offers", Value::Null, 200);
    asked.ask("GET", "/api/alerts/offers?bot=nobody", "/api/alerts/offers", Value::Null, 404);
    asked.ask("DELETE", &one, "/api/alerts/{id}", Value::Null, 200);
    asked.ask("DELETE", &one, "/api/alerts/{id}", Value::Null, 404);
    let audit = asked.house.with_key("GET", "/api/access/audit", &asked.key, "").json().to_string();
    for action in [
        "channel added",
        "alert rule added",
        "alert acknowledged",
        "alerts silenced",
        "silence ended",
        "alert rule changed",
        "alert rule removed",
    ] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    assert!(!audit.contains("secret"), "{audit}");
}

#[test]
fn channels_are_tested_changed_and_removed_and_never_show_their_secrets() {
    let (house, receiver) = (House::new(), Receiver::new());
    let asked = Asked::of_bots(&house);
    let one = "/api/channels/{name}";
    let webhook = json!({"kind": "webhook", "url": receiver.url("/very-secret"), "secret": "also secret"});
    asked.ask("POST", CHANNELS, CHANNELS, json!({"name": "on call", "channel": webhook}), 200);
    let path = "/api/channels/on%20call";
    let tested = asked.ask("POST", &format!("{path}/test"), "/api/channels/{name}/test", Value::Null, 200).json();
    assert_eq!((&tested["sent"], &tested["answer"]), (&json!(true), &json!("200 OK")));
    assert_eq!(receiver.wait_for(1)[0].json()["kind"], "test");
    receiver.then([Manner::Says(404, "what is /very-secret".into())]);
    let tested = asked.ask("POST", &format!("{path}/test"), "/api/channels/{name}/test", Value::Null, 200).json();
    assert_eq!((&tested["sent"], &tested["answer"]), (&json!(false), &json!("404 Not Found what is …")));
    asked.ask("POST", "/api/channels/x/test", "/api/channels/{name}/test", Value::Null, 404);
    let log =
        asked.ask("GET", &format!("{path}/deliveries"), "/api/channels/{name}/deliveries", Value::Null, 200).json();
    assert_eq!(log["deliveries"].as_array().unwrap().len(), 2);
    asked.ask("GET", "/api/channels/x/deliveries", "/api/channels/{name}/deliveries", Value::Null, 404);
    let list = asked.ask("GET", CHANNELS, CHANNELS, Value::Null, 200);
    assert!(!list.text().contains("also secret") && !list.text().contains("very-secret"), "{}", list.text());
    assert_eq!(list.json()["channels"][0]["place"], format!("http://{}", receiver.address));

    // Without its address and its secret, they stay.
    asked.ask("PUT", path, one, json!({"kind": "webhook"}), 200);
    asked.ask("POST", &format!("{path}/test"), "/api/channels/{name}/test", Value::Null, 200);
    assert!(receiver.wait_for(3)[2].header("x-novahouse-signature").is_some());
    asked.ask("PUT", path, one, json!({"kind": "slack"}), 400);
    asked.ask("PUT", "/api/channels/x", one, json!({"kind": "webhook"}), 404);
    asked.ask("POST", ALERTS, ALERTS, rule(MINE, json!({"channels": ["on call"], "threshold": 9})), 200);
    asked.ask("DELETE", path, one, Value::Null, 409);
    let id = asked.ask("GET", ALERTS, ALERTS, Value::Null, 200).json()["alerts"][0]["id"].as_str().unwrap().to_owned();
    asked.ask("DELETE", &format!("{ALERTS}/{id}"), "/api/alerts/{id}", Value::Null, 200);
    asked.ask("DELETE", path, one, Value::Null, 200);
    asked.ask("DELETE", path, one, Value::Null, 404);
}

#[test]
fn a_rule_of_another_bot_is_not_there() {
    let house = House::new();
    let asked = Asked::of_bots(&house);
    let disk = json!({"name": "disk", "metric": "disk_free_mb", "condition": "above", "threshold": 0});
    asked.ask("POST", ALERTS, ALERTS, disk, 200);
    for bot in [MINE, HERS] {
        asked.ask("POST", ALERTS, ALERTS, rule(bot, json!({})), 200);
    }
    // Told before it is silenced.
    house.served.desk.watch.look();
    for bot in [MINE, HERS] {
        let silence = json!({"bot": bot, "until": "2026-04-01T00:00:00Z"});
        asked.ask("POST", "/api/alerts/silences", "/api/alerts/silences", silence, 200);
    }
    house.user("anna", Role::Analyst, &[MINE]);
    let anna = house.login("anna");
    for path in [ALERTS, "/api/alerts/history"] {
        let seen = anna.ask(&house, "GET", path, "");
        assert_eq!(seen.status, 200);
        assert!(
            seen.text().contains(MINE) && !seen.text().contains(HERS) && !seen.text().contains("disk"),
            "{}",
            seen.text()
        );
    }
    let backtest = |bot: &str| anna.ask(&house, "POST", "/api/alerts/backtest", &rule(bot, json!({})).to_string());
    assert_eq!(backtest(MINE).status, 200);
    let (hers, none) = (backtest(HERS), backtest("none"));
    assert_eq!((hers.status, hers.text().replace(HERS, "none")), (404, none.text().to_owned()));
    assert_eq!(anna.ask(&house, "POST", ALERTS, &rule(MINE, json!({})).to_string()).status, 403);
}

/// A dashboard is built on these names.
#[test]
fn how_rules_stand_and_what_was_sent_is_at_metrics() {
    let (house, receiver) = (House::new(), Receiver::new());
    let asked = Asked::of_bots(&house);
    let value = |sample: &str| {
        let answer = house.with_key("GET", "/metrics", &asked.key, "");
        let of = |line: &str| line.strip_prefix(sample)?.strip_prefix(' ')?.parse::<f64>().ok();
        answer.text().lines().find_map(of).unwrap_or_else(|| panic!("no {sample} in {}", answer.text()))
    };
    let webhook = json!({"kind": "webhook", "url": receiver.url("/hook"), "language": "pl"});
    asked.ask("POST", CHANNELS, CHANNELS, json!({"name": "ops", "channel": webhook}), 200);
    assert_eq!(asked.ask("GET", CHANNELS, CHANNELS, Value::Null, 200).json()["channels"][0]["language"], "pl");
    let odd = json!({"name": "odd", "channel": {"kind": "webhook", "url": receiver.url("/"), "language": "de"}});
    asked.ask("POST", CHANNELS, CHANNELS, odd, 400);
    for (name, threshold, enabled) in [("fires", 0, true), ("calm", 1_000, true), ("rests", 0, false)] {
        let changes = json!({"name": name, "threshold": threshold, "enabled": enabled, "channels": ["ops"]});
        asked.ask("POST", ALERTS, ALERTS, rule(MINE, changes), 200);
    }
    assert_eq!(receiver.wait_for(1)[0].json()["title"], format!("Alert: fires ({MINE})"));
    receiver.then([Manner::Status(400)]);
    let tested = asked.ask("POST", "/api/channels/ops/test", "/api/channels/{name}/test", Value::Null, 200).json();
    assert_eq!(tested["sent"], false);
    assert_eq!(receiver.wait_for(2)[1].json()["title"], "NovaHouse: próba kanału ops");
    becomes("all of it is counted", || {
        value("novahouse_messages_total{channel=\"webhook\",outcome=\"sent\"}") == 1.0
            && value("novahouse_messages_waiting") == 0.0
            && value("novahouse_alert_rules{state=\"ok\"}") == 1.0
    });
    for (sample, right) in [
        ("novahouse_alert_rules{state=\"firing\"}", 1.0),
        ("novahouse_alert_rules{state=\"off\"}", 1.0),
        ("novahouse_alert_rules{state=\"new\"}", 0.0),
        ("novahouse_messages_total{channel=\"webhook\",outcome=\"failed\"}", 1.0),
        ("novahouse_messages_total{channel=\"email\",outcome=\"sent\"}", 0.0),
    ] {
        assert_eq!(value(sample), right, "{sample}");
    }
    assert!(value("novahouse_alert_evaluation_duration_seconds_count") >= 1.0);
}
