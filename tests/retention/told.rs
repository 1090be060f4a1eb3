//! How long a bot keeps what it was told, by API and by command, and what comes of it.

use serde_json::{Value, json};

use crate::access::{Asked, House};
use crate::support::becomes;
use crate::support::process::{Dir, Server, messages, run_on};

const LIST: &str = "/api/retention";

#[test]
fn what_is_changed_is_kept_audited_and_refused_where_it_cannot_be() {
    let house = House::new();
    let asked = Asked::of(&house);
    let kept = || asked.ask("GET", LIST, LIST, Value::Null, 200).json()["bots"].clone();
    let change = |bot: &str, body: Value, status: u16| {
        asked.ask("PATCH", &format!("{LIST}/{bot}"), "/api/retention/{name}", body, status).json()
    };
    let forever = json!({"text_days": null, "events_days": null, "performance_days": null, "sessions_days": null});
    let nothing = json!({"text": null, "events": null, "performance": null, "sessions": null});
    assert_eq!(kept(), json!([{"name": "default", "timezone": "UTC", "keep": forever, "since": nothing}]));
    let answer = change("default", json!({"text_days": 30, "events_days": 400}), 200);
    assert_eq!((&answer["keep"]["text_days"], &answer["keep"]["events_days"]), (&json!(30), &json!(400)));
    assert_eq!(change("default", json!({"text_days": null}), 200)["keep"]["events_days"], 400);
    for (body, name) in [
        (json!({"text_days": 401}), "text_days:"),
        (json!({"sessions_days": 399}), "sessions_days:"),
        (json!({"events_days": 0}), "events_days:"),
        (json!({"performance_days": "x"}), "the body:"),
        (json!({"days": 1}), "days"),
    ] {
        let answer = change("default", body, 400);
        assert!(answer["error"].as_str().unwrap().contains(name), "{answer}");
    }
    change("nobody", json!({"text_days": 30}), 404);
    assert_eq!(
        kept()[0]["keep"],
        json!({"text_days": null, "events_days": 400, "performance_days": null, "sessions_days": null})
    );
    let audit = house.with_key("GET", "/api/access/audit", &asked.key, "").json();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2);
    assert_eq!(audit["entries"][0]["action"], "retention changed");
    assert_eq!(audit["entries"][0]["target"], "default");
    // Who shortened it, from where, and what it was.
    let [first, then] = [&audit["entries"][1], &audit["entries"][0]];
    let whole = "text 30d, events 400d, performance forever, sessions forever";
    assert_eq!(first["before"], "text forever, events forever, performance forever, sessions forever");
    assert_eq!((&first["after"], &then["before"]), (&json!(whole), &json!(whole)));
    assert_eq!(then["after"], "text forever, events 400d, performance forever, sessions forever");
    assert_eq!((&first["actor"], &first["address"]), (&json!("key root's"), &json!("127.0.0.1")));
    asked.ask("POST", "/api/retention/runs/now", "/api/retention/runs/now", Value::Null, 200);
    let audit = asked.ask("GET", "/api/access/audit", "/api/access/audit", Value::Null, 200).json();
    let run = &audit["entries"][0];
    assert_eq!((&run["action"], &run["address"]), (&json!("retention run"), &json!("127.0.0.1")));
    assert!(run.get("before").is_none(), "{run}");
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
    becomes("the server hears of it", || server.get("/api/retention").1["bots"][0]["keep"]["text_days"] == 1);
    let (_, before) = server.get("/api/analytics/overview?days=3650");
    let foreseen = run_on(&dir.data(), "retain --dry-run --json").exits(0).json();
    assert_eq!(foreseen["dry_run"], true);
    let refused = run_on(&dir.data(), "retain").exits(2);
    assert!(refused.err.contains("in use by another NovaHouse"), "{refused:?}");
    assert!(refused.err.contains("send POST /api/retention/runs/now to it"), "{refused:?}");
    let list = run_on(&dir.data(), "bot list").exits(0).out;
    assert!(list.contains("keeps texts for a day, events for 10 days"), "{list}");
    let list = run_on(&dir.data(), "bot list --json").exits(0).json();
    let keep = json!({"text_days": 1, "events_days": 10, "performance_days": null, "sessions_days": null});
    assert_eq!((&list[0]["name"], &list[0]["keep"]), (&json!("default"), &keep));
    assert!(server.terminate().success());

    let retained = run_on(&dir.data(), "retain --compact --json").exits(0).json();
    assert_eq!(counts(&retained), counts(&foreseen));
    assert_eq!(run_on(&dir.data(), "retain").exits(0).out, "Nothing went.\n");
    assert_eq!(run_on(&dir.data(), "check --json").exits(0).json()["agrees"], true);
    let server = Server::on(&dir.data());
    assert_eq!(server.get("/api/analytics/overview?days=3650").1["overview"], before["overview"]);
    // What a command does leaves the line that the API's request leaves, a look at what would go none.
    let audit = server.get("/api/access/audit").1;
    let short = |entry: &Value| {
        [&entry["actor"], &entry["action"], &entry["target"]].map(|field| field.as_str().unwrap_or("").to_owned())
    };
    let found: Vec<[String; 3]> = audit["entries"].as_array().unwrap().iter().map(short).collect();
    let run = ["command line", "retention run", ""].map(String::from);
    let set = ["command line", "retention changed", "default"].map(String::from);
    assert_eq!(found, [run.clone(), run, set]);
    assert_eq!(audit["entries"][2]["after"], "text 1d, events 10d, performance forever, sessions forever");
}

fn counts(retained: &Value) -> Vec<Value> {
    let of = |bot: &Value| {
        let mut bot = bot.clone();
        bot.as_object_mut().unwrap().remove("bytes");
        bot
    };
    retained["bots"].as_array().unwrap().iter().map(of).collect()
}
