//! How long a bot keeps what it was told, by API and by command, and what comes of it.

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};

use crate::support::document::Document;
use crate::support::process::{Dir, Server, messages, run_on};
use crate::support::served::Served;

const NOW_MS: i64 = 1_790_000_000_000;

struct Asked {
    served: Served,
    document: Document,
    _dir: tempfile::TempDir,
}

impl Asked {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { clock: Clock::fixed(NOW_MS), ..Options::default() };
        let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
        let served = Served::over(engine, Clock::fixed(NOW_MS));
        let document = Document::of(&served);
        Self { served, document, _dir: dir }
    }

    fn change(&self, bot: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/retention/{bot}");
        let headers = [("Content-Type", "application/json")];
        let answer = self.served.client().send("PATCH", &path, &headers, body.to_string().as_bytes()).unwrap();
        self.document.describes("patch", "/api/retention/{name}", &answer);
        (answer.status, answer.json())
    }

    fn kept(&self) -> Value {
        let answer = self.served.get("/api/retention");
        self.document.describes("get", "/api/retention", &answer);
        answer.json()["bots"].clone()
    }
}

#[test]
fn what_is_changed_is_kept_audited_and_refused_where_it_cannot_be() {
    let asked = Asked::new();
    let forever = json!({"text_days": null, "events_days": null, "performance_days": null, "sessions_days": null});
    let nothing = json!({"text": null, "events": null, "performance": null, "sessions": null});
    assert_eq!(asked.kept(), json!([{"name": "default", "timezone": "UTC", "keep": forever, "since": nothing}]));
    let (status, answer) = asked.change("default", json!({"text_days": 30, "events_days": 400}));
    assert_eq!((status, &answer["keep"]["text_days"], &answer["keep"]["events_days"]), (200, &json!(30), &json!(400)));
    assert_eq!(asked.change("default", json!({"text_days": null})).1["keep"]["events_days"], 400);
    for (body, name) in [
        (json!({"text_days": 401}), "text_days:"),
        (json!({"sessions_days": 399}), "sessions_days:"),
        (json!({"events_days": 0}), "events_days:"),
        (json!({"performance_days": "x"}), "the body:"),
        (json!({"days": 1}), "days"),
    ] {
        let (status, answer) = asked.change("default", body);
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(name), "{answer}");
    }
    assert_eq!(asked.change("nobody", json!({"text_days": 30})).0, 404);
    assert_eq!(
        asked.kept()[0]["keep"],
        json!({"text_days": null, "events_days": 400, "performance_days": null, "sessions_days": null})
    );
    let audit = asked.served.get("/api/access/audit").json();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2);
    assert_eq!(audit["entries"][0]["action"], "retention changed");
    assert_eq!(audit["entries"][0]["target"], "default");
}

#[test]
fn a_command_sets_it_beside_a_live_server_and_foresees_what_goes() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.post(&messages(50));
    let set = run_on(&dir.data(), "bot set default --keep-text 1d --keep-events 10d").exits(0);
    assert_eq!(
        set.out,
        "default keeps texts for a day, events for 10 days, performance metrics for ever and sessions for ever.\n"
    );
    let refused = run_on(&dir.data(), "bot set default --keep-text 11d").exits(2);
    assert!(refused.err.contains("text_days: expected at most events_days, 10"), "{refused:?}");
    for wrong in ["bot set default", "bot set default --keep-text 11", "bot set nobody --keep-text 1d"] {
        run_on(&dir.data(), wrong).exits(2);
    }
    // A second or two later the server knows.
    let began = std::time::Instant::now();
    while server.get("/api/retention").1["bots"][0]["keep"]["text_days"] != 1 {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let (_, before) = server.get("/api/analytics/overview?days=3650");
    let foreseen = run_on(&dir.data(), "retain --dry-run --json").exits(0).json();
    assert_eq!(foreseen["dry_run"], true);
    let refused = run_on(&dir.data(), "retain").exits(2);
    assert!(refused.err.contains("in use by another NovaHouse"), "{refused:?}");
    assert!(server.terminate().success());

    let retained = run_on(&dir.data(), "retain --compact --json").exits(0).json();
    assert_eq!(counts(&retained), counts(&foreseen));
    assert_eq!(run_on(&dir.data(), "retain").exits(0).out, "Nothing went.\n");
    assert_eq!(run_on(&dir.data(), "check --json").exits(0).json()["agrees"], true);
    let server = Server::on(&dir.data());
    assert_eq!(server.get("/api/analytics/overview?days=3650").1["overview"], before["overview"]);
}

fn counts(retained: &Value) -> Vec<Value> {
    let of = |bot: &Value| {
        let mut bot = bot.clone();
        bot.as_object_mut().unwrap().remove("bytes");
        bot
    };
    retained["bots"].as_array().unwrap().iter().map(of).collect()
}
