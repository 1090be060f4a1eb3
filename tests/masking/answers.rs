//! The API about masking, and what it says of itself.

use novahouse::clock::Clock;
use novahouse::limits::{ACCESS_BODY_BYTES_MAX, MASK_PATTERNS_MAX, MASK_PATTERNS_OF_ALL_MAX, TEXT_BYTES_MAX};
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::document::Document;
use crate::support::served::Served;

const LIST: &str = "/api/masking";
const CHANGE: &str = "/api/masking/{name}";
const TRY: &str = "/api/masking/{name}/try";

struct Asked {
    served: Served,
    document: Document,
    _dir: tempfile::TempDir,
}

impl Asked {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(1_774_951_200_000));
        let engine = RedbEngine::open(dir.path(), &Options { clock: clock.clone(), ..Options::default() }).unwrap();
        let served = Served::over(std::sync::Arc::new(engine), clock);
        let document = Document::of(&served);
        Self { served, document, _dir: dir }
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, name: &str, body: impl ToString, status: u16) -> Value {
        let answer = self.send(method, &path.replace("{name}", name), &body.to_string());
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        self.document.describes(&method.to_lowercase(), path, &answer);
        answer.json()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.served.client().send(method, path, &headers, body.as_bytes()).unwrap()
    }
}

#[test]
fn what_is_set_is_told_and_can_be_tried_before() {
    let asked = Asked::new();
    let nothing = json!({"name": "default", "kinds": [], "patterns": []});
    assert_eq!(asked.ask("GET", LIST, "", "", 200)["bots"], json!([nothing]));
    let text = "Piszcie na anna@example.com, klient C-123456";
    let tried = |masking: Value| {
        asked.ask("POST", TRY, "sklep", json!({"text": text, "masking": masking}), 200)["stored"].clone()
    };
    assert_eq!(tried(json!({"kinds": ["email"]})), "Piszcie na [email], klient C-123456");
    assert_eq!(tried(Value::Null), text, "nothing was set by that");
    let wanted = json!({"kinds": ["email", "ip"], "patterns": [{"name": "client", "regex": "C-[0-9]{6}"}]});
    let set = asked.ask("PATCH", CHANGE, "sk%C5%82ad", &wanted, 200);
    assert_eq!((&set["kinds"], &set["patterns"]), (&wanted["kinds"], &wanted["patterns"]));
    // A bot that has sent nothing yet.
    let listed = asked.ask("GET", LIST, "", "", 200);
    assert_eq!(listed["bots"][1], json!({"name": "skład", "kinds": ["email", "ip"], "patterns": wanted["patterns"]}));
    let set = asked.ask("PATCH", CHANGE, "sk%C5%82ad", json!({"kinds": []}), 200);
    assert_eq!((&set["kinds"], &set["patterns"]), (&json!([]), &wanted["patterns"]), "what is not given stays");
    let stored = asked.ask("POST", TRY, "sk%C5%82ad", json!({"text": text}), 200)["stored"].clone();
    assert_eq!(stored, "Piszcie na anna@example.com, klient [client]");
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let asked = Asked::new();
    let pattern = |name: &str, regex: &str| json!({"patterns": [{"name": name, "regex": regex}]});
    for (body, names) in [
        // serde takes a list for the fields of an object, in their order.
        (json!([null, null]), "the body: "),
        (json!({"kinds": ["mail"]}), "mail"),
        (json!({"kind": ["email"]}), "kind"),
        (json!({"kinds": ["ip", "ip"]}), "kinds: ip"),
        (pattern("", "x"), "patterns: "),
        (pattern("a b", "x"), "patterns: "),
        (pattern("iban", "x"), "patterns: "),
        (pattern("a", "[z-a]"), "patterns: a: "),
        (pattern("a", ""), "patterns: a: "),
        (pattern("a", "x?"), "patterns: a: "),
        (pattern("a", &"x".repeat(501)), "patterns: a: "),
        (json!({"patterns": vec![json!({"name": "a", "regex": "x"}); MASK_PATTERNS_MAX + 1]}), "patterns: "),
    ] {
        let refused = asked.ask("PATCH", CHANGE, "shop", &body, 400);
        assert!(refused["error"].as_str().unwrap().contains(names), "{body}: {refused}");
        let refused = asked.ask("POST", TRY, "shop", json!({"text": "x", "masking": body}), 400);
        assert!(refused["error"].as_str().unwrap().contains(names), "{refused}");
    }
    asked.ask("PATCH", CHANGE, &"x".repeat(65), "{}", 400);
    asked.ask("POST", TRY, &"x".repeat(65), json!({"text": "x"}), 400);
    asked.ask("PATCH", CHANGE, "%00", "{}", 400);
    asked.ask("PATCH", CHANGE, "%ff", "{}", 400);
    asked.ask("PATCH", CHANGE, "shop", "x".repeat(ACCESS_BODY_BYTES_MAX as usize + 1), 413);
    asked.ask("POST", TRY, "shop", json!({"text": "x".repeat(TEXT_BYTES_MAX + 1)}), 400);
    asked.ask("POST", TRY, "shop", json!({"text": "x".repeat(TEXT_BYTES_MAX)}), 200);
    let letters: Vec<Value> = (b'a'..)
        .take(MASK_PATTERNS_MAX)
        .map(|letter| json!({"name": char::from(letter).to_string(), "regex": "x"}))
        .collect();
    for bot in 0..MASK_PATTERNS_OF_ALL_MAX / MASK_PATTERNS_MAX {
        asked.ask("PATCH", CHANGE, &bot.to_string(), json!({"patterns": letters}), 200);
    }
    asked.ask("PATCH", CHANGE, "more", json!({"patterns": letters}), 409);
}
