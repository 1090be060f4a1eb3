//! What would go, and a run at once, by API: the same as by command.

use serde_json::{Value, json};

use crate::access::{Asked, House, LoggedIn};
use crate::support::becomes;
use crate::support::process::{Dir, Server, run_on};

const NEXT: &str = "/api/retention/runs/next";
const NOW: &str = "/api/retention/runs/now";
const LAST: &str = "/api/retention/runs/last";

/// Some days of two bots, long ago and of late.
fn days() -> String {
    let mut lines = String::new();
    for number in 0..40 {
        let (day, bot) = (1 + number % 20, if number % 4 == 0 { "shop" } else { "default" });
        let timestamp = format!("2025-03-{day:02}T10:00:00Z");
        let session = format!("s-{}", number / 2);
        let message = json!({
            "type": "message", "bot": bot, "session_id": session, "user_id": format!("u-{}", number / 8), "user_message":
            "what does it cost", "timestamp": timestamp,
        });
        let metric = json!({"type": "performance", "bot": bot, "endpoint": "/chat", "timestamp": timestamp});
        lines += &format!("{message}\n{metric}\n");
    }
    lines + "{\"type\":\"message\",\"session_id\":\"of late\",\"user_message\":\"hello\"}\n"
}

fn ended(server: &Server) -> Value {
    becomes("the run is over", || server.get(LAST).1["under_way"].is_null());
    server.get(LAST).1["last"].clone()
}

#[test]
fn what_would_go_and_what_goes_is_the_same_by_api_and_by_command() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.post(&days());
    assert_eq!(server.get(NEXT).1["bots"], json!([]), "everything is kept");
    assert_eq!(server.get(LAST).1["last"], Value::Null);
    run_on(&dir.data(), "bot set default --keep-text 30d --keep-events 300d --keep-sessions 300d").exits(0);
    run_on(&dir.data(), "bot set shop --keep-text 30d --keep-performance 60d").exits(0);
    becomes("the server hears of it", || server.get("/api/retention").1["bots"][1]["keep"]["text_days"] == 30);
    let figures = server.get("/api/analytics/overview?days=3650").1["overview"].clone();

    let foreseen = server.get(NEXT).1["bots"].clone();
    let by_command = run_on(&dir.data(), "retain --dry-run --json").exits(0).json();
    assert_eq!(foreseen, by_command["bots"]);
    let of = |bot: usize, figure: &str| foreseen[bot][figure].as_u64().unwrap();
    let default = ["days", "events", "texts", "performance"].map(|figure| of(0, figure));
    assert_eq!((foreseen[0]["bot"].as_str(), default), (Some("default"), [15, 30, 0, 0]));
    let shop = ["days", "events", "texts", "performance", "sessions"].map(|figure| of(1, figure));
    assert_eq!((foreseen[1]["bot"].as_str(), shop), (Some("shop"), [5, 0, 10, 10, 0]));
    assert!(of(0, "sessions") > 0 && of(0, "persons") > 0 && of(0, "blocks") > 0 && of(1, "blocks") > 0);

    // A copy of the directory, for the command to work on.
    let backup = dir.file("copy.backup");
    run_on(&dir.data(), &format!("backup --to {}", backup.display())).exits(0);
    let copy = dir.file("copy");
    run_on(&copy, &format!("restore --from {}", backup.display())).exits(0);
    let by_command = run_on(&copy, "retain --json").exits(0).json();

    let answer = server.client().send("POST", NOW, &[], b"").unwrap();
    assert_eq!((answer.status, &answer.json()["last"]), (200, &Value::Null), "{answer:?}");
    let last = ended(&server);
    assert_eq!((&last["failed"], &last["bots"]), (&json!(false), &by_command["bots"]));
    assert!(last["steps"].as_u64() > Some(1) && last["longest_step_ms"].as_f64() > Some(0.0), "{last}");
    assert_eq!(last["given_back_bytes"], 0, "so little is worth no new file");
    assert_eq!(without_bytes(&last["bots"]), without_bytes(&foreseen));
    assert_eq!(server.get(NEXT).1["bots"], json!([]), "it has gone");
    assert_eq!(server.get("/api/analytics/overview?days=3650").1["overview"], figures);
    assert_eq!(server.get("/api/sessions/s-1").0, 404);
    assert_eq!(server.get("/api/sessions/of%20late").1["timeline"][0]["user_message"], "hello");

    server.client().send("POST", NOW, &[], b"").unwrap();
    assert_eq!(ended(&server)["bots"], json!([]), "nothing more goes");
    assert!(server.terminate().success());
    assert_eq!(run_on(&dir.data(), "check --json").exits(0).json()["agrees"], true);
}

/// What goes of the file is known once it has gone.
fn without_bytes(bots: &Value) -> Vec<Value> {
    let of = |bot: &Value| {
        let mut bot = bot.clone();
        bot.as_object_mut().unwrap().remove("bytes");
        bot
    };
    bots.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn it_is_answered_as_described_recorded_and_told_who_asked() {
    let house = House::new();
    let asked = Asked::of(&house);
    let message = json!({"type": "message", "session_id": "s", "timestamp": "2025-03-01T10:00:00Z"});
    assert_eq!(house.with_key("POST", "/api/events", &asked.key, &message.to_string()).status, 200);
    let keep = json!({"events_days": 30});
    asked.ask("PATCH", "/api/retention/default", "/api/retention/{name}", keep, 200);
    let foreseen = asked.ask("GET", NEXT, NEXT, Value::Null, 200).json();
    assert_eq!((&foreseen["bots"][0]["events"], &foreseen["bots"][0]["days"]), (&json!(1), &json!(1)));
    let begun = asked.ask("POST", NOW, NOW, Value::Null, 200).json();
    assert_eq!(begun["under_way"]["by"], "key root's");
    let last = || asked.ask("GET", LAST, LAST, Value::Null, 200).json();
    becomes("the run is over", || last()["under_way"].is_null());
    let ended = last()["last"].clone();
    assert_eq!((&ended["by"], &ended["began_at"]), (&json!("key root's"), &json!("2026-03-31T10:00:00.000Z")));
    assert_eq!((&ended["bots"][0]["events"], &ended["bots"][0]["bot"]), (&json!(1), &json!("default")));
    for path in [NEXT, LAST] {
        asked.ask("GET", &format!("{path}?x=1"), path, Value::Null, 400);
    }
    asked.ask("POST", &format!("{NOW}?x=1"), NOW, Value::Null, 400);
    let audit = house.with_key("GET", "/api/access/audit", &asked.key, "").json();
    let newest = &audit["entries"][0];
    assert_eq!((&newest["action"], &newest["actor"]), (&json!("retention run"), &json!("key root's")));
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2, "what was refused is not recorded");
    let analyst: LoggedIn = {
        house.user("anna", novahouse::access::Role::Analyst, &[]);
        house.login("anna")
    };
    assert_eq!(analyst.ask(&house, "POST", NOW, "").status, 403);
    assert_eq!(analyst.ask(&house, "GET", NEXT, "").status, 403);
}
