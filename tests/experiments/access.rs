//! Each answer is as the document describes it, each change is in the record, and what is of another bot is not there.

use novahouse::access::{KeyKind, Role};
use serde_json::{Value, json};

use super::experiment;
use crate::access::{HERS, House, MINE, message};
use crate::support::client::Answer;
use crate::support::document::Document;

const ALL: &str = "/api/experiments";
const ONE: &str = "/api/experiments/{name}";

struct Asked<'h> {
    house: &'h House,
    document: Document,
    key: String,
}

impl Asked<'_> {
    /// Sends it as an admin; the answer is as the document describes it.
    #[track_caller]
    fn ask(&self, method: &str, described: &str, name: &str, body: Value, status: u16) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let path = described.replace("{name}", name);
        let answer = self.house.with_key(method, &path, &self.key, &text);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        self.document.describes(&method.to_lowercase(), described.split('?').next().unwrap(), &answer);
        answer
    }
}

fn asked(house: &House) -> Asked<'_> {
    let key = house.key("root's", KeyKind::Admin, &[]);
    for bot in [MINE, HERS] {
        assert_eq!(house.with_key("POST", "/api/events", &key, &message(bot, "session")).status, 200);
    }
    Asked { house, document: Document::of(&house.served), key }
}

#[test]
fn an_experiment_is_added_run_and_decided_on_and_each_answer_is_as_described() {
    let house = House::new();
    let asked = asked(&house);
    let (start, pause, stop) = (&format!("{ONE}/start"), &format!("{ONE}/pause"), &format!("{ONE}/stop"));
    let (assign, results) = (&format!("{ONE}/assign"), &format!("{ONE}/results"));
    let compare = &format!("{ONE}/compare");
    let plan =
        json!({"bot": MINE, "plan": {"baseline": 0.2, "lift_percent": 10}, "guardrails": [{"metric": "cost_usd"}]});
    asked.ask("POST", ALL, "", experiment("greeting", plan), 200);
    asked.ask("POST", ALL, "", experiment("greeting", json!({"bot": MINE})), 409);
    asked.ask("POST", ALL, "", experiment("of nobody", json!({"bot": "nobody"})), 404);
    asked.ask("POST", ALL, "", experiment("a/b", json!({"bot": MINE})), 400);
    asked.ask("POST", ALL, "", experiment("x", json!({"bot": MINE, "colour": 1})), 400);
    // It once was taken without a word, and no visitor could ever meet it.
    let misspelt = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "replies": {"greetingg": "Hello!"}}]);
    let refused = asked.ask("POST", ALL, "", experiment("misspelt", json!({"bot": MINE, "variants": misspelt})), 400);
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert!(
        sentence.starts_with("variants:") && sentence.contains("greeting, ") && sentence.contains("\"greetingg\""),
        "{sentence}"
    );
    asked.ask("PATCH", ONE, "greeting", json!({"variants": misspelt}), 400);
    asked.ask("GET", ONE, "misspelt", Value::Null, 404);
    let one = asked.ask("GET", ONE, "greeting", Value::Null, 200).json()["experiment"].clone();
    assert_eq!((&one["state"], &one["planned_units"]), (&json!("draft"), &json!(24_920)));
    assert_eq!((&one["guardrails"][0]["direction"], &one["salt"]), (&json!("lower"), &Value::Null));
    asked.ask("GET", ONE, "nothing", Value::Null, 404);
    asked.ask("GET", results, "greeting", Value::Null, 409);
    asked.ask("GET", compare, "greeting", Value::Null, 409);

    asked.ask("PATCH", ONE, "greeting", json!({"unit": "user"}), 200);
    asked.ask("PATCH", ONE, "nothing", json!({}), 404);
    asked.ask("PATCH", ONE, "greeting", json!({"unit": "bot"}), 400);
    asked.ask("POST", pause, "greeting", Value::Null, 409);
    asked.ask("POST", start, "greeting", Value::Null, 200);
    asked.ask("POST", start, "nothing", Value::Null, 404);
    asked.ask("PATCH", ONE, "greeting", json!({"unit": "session"}), 409);
    let drawn = asked.ask("POST", assign, "greeting", json!({"user_id": "anna", "language": "pl"}), 200).json();
    assert_eq!(drawn["in_experiment"], true, "{drawn}");
    assert!(["plain", "warm"].contains(&drawn["variant"].as_str().unwrap()), "{drawn}");
    for (body, field) in [
        (json!({"session_id": "s"}), "user_id:"),
        (json!({"user_id": "anonymous"}), "user_id:"),
        (json!({"user_id": "anna", "bot": HERS}), "bot:"),
        (json!({"user_id": "anna", "language": "Polish"}), "language:"),
        (json!({"user_id": "anna", "device_type": "watch"}), "device_type:"),
    ] {
        let refused = asked.ask("POST", assign, "greeting", body, 400).json();
        assert!(refused["error"].as_str().unwrap().starts_with(field), "{refused}");
    }
    asked.ask("POST", assign, "nothing", json!({"user_id": "anna"}), 404);
    let found = asked.ask("GET", results, "greeting", Value::Null, 200).json();
    assert_eq!((&found["units"], &found["metrics"][0]["is_primary"]), (&json!(1), &json!(true)));
    asked.ask("GET", &format!("{results}?by=language"), "greeting", Value::Null, 200);
    asked.ask("GET", &format!("{results}?by=colour"), "greeting", Value::Null, 400);
    asked.ask("GET", &format!("{compare}?days=2"), "greeting", Value::Null, 200);
    asked.ask("GET", &format!("{compare}?variant=cold"), "greeting", Value::Null, 400);
    asked.ask("GET", compare, "nothing", Value::Null, 404);

    asked.ask("POST", pause, "greeting", Value::Null, 200);
    asked.ask("DELETE", ONE, "greeting", Value::Null, 409);
    asked.ask("POST", stop, "greeting", json!({"winner": "warm"}), 400);
    asked.ask("POST", stop, "greeting", json!({"winner": "cold", "reason": "x"}), 400);
    asked.ask("POST", stop, "greeting", json!({"winner": "warm", "reason": "more leads"}), 200);
    asked.ask("POST", start, "greeting", Value::Null, 409);
    let list = asked.ask("GET", ALL, "", Value::Null, 200).json();
    assert_eq!(list["experiments"][0]["decision"], json!({"winner": "warm", "reason": "more leads"}));
    asked.ask("DELETE", ONE, "greeting", Value::Null, 200);
    asked.ask("DELETE", ONE, "greeting", Value::Null, 404);
    asked.ask("POST", ALL, "", experiment("greeting", json!({"bot": MINE})), 409);

    let audit = house.with_key("GET", "/api/access/audit", &asked.key, "").json().to_string();
    for action in ["added", "changed", "started", "paused", "stopped", "removed"] {
        assert!(audit.contains(&format!("experiment {action}")), "{action}: {audit}");
    }
}

#[test]
fn an_experiment_of_another_bot_is_not_there() {
    let house = House::new();
    let asked = asked(&house);
    house.user("analyst", Role::Analyst, &[MINE]);
    let (analyst, reader) = (house.login("analyst"), house.key("reader", KeyKind::Read, &[MINE]));
    let writer = house.key("writer", KeyKind::Ingest, &[MINE]);
    for (name, bot) in [("mine", MINE), ("hers", HERS)] {
        asked.ask("POST", ALL, "", experiment(name, json!({"bot": bot})), 200);
        asked.ask("POST", &format!("{ONE}/start"), name, Value::Null, 200);
    }
    let names = |answer: Answer| -> Vec<Value> {
        let rows = answer.json()["experiments"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row["name"].clone()).collect()
    };
    assert_eq!(names(analyst.ask(&house, "GET", ALL, "")), ["mine"]);
    assert_eq!(names(house.with_key("GET", ALL, &reader, "")), ["mine"]);
    for (path, status) in [
        ("/mine/results", 200),
        ("/hers/results", 404),
        ("/mine/compare", 200),
        ("/hers/compare", 404),
        ("/hers", 404),
        ("/nothing", 404),
    ] {
        assert_eq!(analyst.ask(&house, "GET", &format!("{ALL}{path}"), "").status, status, "{path}");
    }
    let assign = |key: &str, name: &str| {
        house.with_key("POST", &format!("{ALL}/{name}/assign"), key, r#"{"session_id":"s"}"#).status
    };
    assert_eq!([assign(&writer, "mine"), assign(&writer, "hers"), assign(&reader, "mine")], [200, 404, 403]);
    let told = |name: &str| house.with_key("GET", &format!("{ALL}/{name}"), &reader, "").json()["error"].to_string();
    assert_eq!(told("hers").replace("hers", "nothing"), told("nothing"));
}
