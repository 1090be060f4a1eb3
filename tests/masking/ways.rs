//! Every way that events come.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{MARKS, SECRETS, all_secrets, exported, files_have_none, has_none, lines, mask, mask_at};
use crate::support::process::{Dir, Server, novahouse, run, run_on};

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A server whose log says everything it can, in a file.
fn telling(dir: &Dir) -> Server {
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--data"]).arg(dir.data());
    command.stderr(Stdio::from(std::fs::File::create(dir.file("log")).unwrap()));
    Server::start(command)
}

#[test]
fn what_is_posted_is_masked_before_it_is_anywhere() {
    let dir = Dir::new();
    mask(&dir, "shop");
    let server = telling(&dir);
    let answer = server.post(&lines("shop"));
    assert_eq!(answer["accepted"], 6, "{answer}");
    // With a key, refused in part, and asked for again: what is remembered quotes nothing.
    let said = all_secrets();
    let wrong = json!([
        {"type": "message", "bot": "shop", "session_id": "t", "contact": {"name": "Anna Kowalska"}, "user_message": said,
            said.clone(): 1},
        {"type": "message", "bot": "shop", "session_id": "t", "sentiment": SECRETS[0]},
        {"type": "message", "bot": "shop", "session_id": "t", "response_time_ms": SECRETS[1]},
        {"type": SECRETS[4], "bot": "shop", "session_id": "t"},
    ]);
    let headers = [JSON, ("Idempotency-Key", "once")];
    for _ in 0..2 {
        let answer = server.client().send("POST", "/api/events", &headers, wrong.to_string().as_bytes()).unwrap();
        assert_eq!((answer.json()["accepted"].as_u64(), answer.json()["rejected"].as_u64()), (Some(1), Some(3)));
        has_none(answer.text(), "an answer");
        assert!(answer.text().contains("[email]") && answer.text().contains("[phone]"), "{}", answer.text());
    }
    for path in [
        "/api/sessions/s?bot=shop",
        "/api/sessions?bot=shop&days=30",
        "/api/leads?bot=shop",
        "/api/analytics/questions/top?bot=shop",
        "/api/analytics/engagement?bot=shop",
        "/api/analytics/performance?bot=shop",
    ] {
        let (status, answer) = server.get(path);
        assert_eq!(status, 200, "{path}");
        has_none(&answer.to_string(), path);
    }
    let (_, session) = server.get("/api/sessions/s?bot=shop");
    MARKS.into_iter().for_each(|mark| assert!(session.to_string().contains(mark), "{mark} is not in {session}"));
    // As long as it is served, and when it has been put in order.
    files_have_none(&dir.data());
    assert!(server.terminate().success());
    files_have_none(&dir.data());
    let exported = exported(&dir.data());
    has_none(&exported, "the export");
    MARKS.into_iter().for_each(|mark| assert!(exported.contains(mark), "{mark} is not in {exported}"));
    has_none(&std::fs::read_to_string(dir.file("log")).unwrap(), "the log");
    run_on(&dir.data(), "check").exits(0);
}

#[test]
fn what_is_said_in_the_chat_is_masked_and_the_lead_it_leaves_stays() {
    let dir = Dir::new();
    mask(&dir, "shop");
    let server = telling(&dir);
    // What is watched has to be there.
    server.post("{\"type\":\"message\",\"bot\":\"shop\",\"session_id\":\"first\"}");
    let mut watching = server.client();
    watching.ask("GET", "/api/live?bot=shop", &[], b"").unwrap();
    assert_eq!(watching.head().unwrap().status, 200);
    let said = json!({"message": format!("Proszę o telefon {} albo {}", SECRETS[1], SECRETS[0]), "session_id": "chat"});
    let answer =
        server.client().send("POST", "/api/chatbot/chat?bot=shop", &[JSON], said.to_string().as_bytes()).unwrap();
    assert_eq!(answer.status, 200);
    let began = Instant::now();
    let mut live = String::new();
    while !live.contains("Proszę o telefon") {
        assert!(began.elapsed() < Duration::from_secs(10), "{live}");
        live += &String::from_utf8_lossy(&watching.chunk().unwrap().expect("it goes on"));
    }
    has_none(&live, "what is shown live");
    assert!(live.contains("Proszę o telefon [phone] albo [email]") && live.contains("\"contact\":true"), "{live}");
    let (_, session) = server.get("/api/sessions/chat?bot=shop");
    has_none(&session["timeline"][0]["user_message"].to_string(), "the transcript");
    let entities = &session["timeline"][0]["entities_extracted"];
    assert_eq!(*entities, json!({"email": "[email]", "phone": "[phone]"}), "{session}");
    // What was found before it was masked is what a lead is for.
    let (_, leads) = server.get("/api/leads?bot=shop");
    assert_eq!(
        (&leads["leads"][0]["email"], &leads["leads"][0]["phone"]),
        (&json!(SECRETS[0]), &json!("+48600700800"))
    );
    assert!(server.terminate().success());
    has_none(&std::fs::read_to_string(dir.file("log")).unwrap(), "the log");
}

#[test]
fn it_counts_at_once_and_for_its_bot_alone() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let text = |bot: &str, session: &str| {
        let message = json!({"type": "message", "bot": bot, "session_id": session, "user_message": SECRETS[0]});
        server.post(&message.to_string());
        let (_, session) = server.get(&format!("/api/sessions/{session}?bot={bot}"));
        session["timeline"][0]["user_message"].as_str().unwrap().to_owned()
    };
    assert_eq!(text("shop", "before"), SECRETS[0]);
    let change = json!({"kinds": ["email"]}).to_string();
    let answer = server.client().send("PATCH", "/api/masking/shop", &[JSON], change.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(text("shop", "after"), "[email]");
    assert_eq!(text("default", "other"), SECRETS[0]);
    let (_, before) = server.get("/api/sessions/before?bot=shop");
    assert_eq!(before["timeline"][0]["user_message"], SECRETS[0], "what is stored stays");
    // A command beside the server.
    run_on(&dir.data(), "bot set default --mask email").exits(0);
    let began = Instant::now();
    for round in 0.. {
        if text("default", &format!("later-{round}")) == "[email]" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    let audit = server.get("/api/access/audit").1.to_string();
    assert_eq!(audit.matches("masking changed").count(), 2, "{audit}");
}

#[test]
fn what_is_imported_is_masked() {
    let (from, dir) = (Dir::new(), Dir::new());
    let file =
        from.write("events.ndjson", &(lines("shop") + &format!("{{\"type\":{:?},\"bot\":\"shop\"}}\n", SECRETS[0])));
    mask(&dir, "shop");
    let import = || {
        let words =
            ["import".as_ref(), file.as_os_str(), "--data".as_ref(), dir.data().as_os_str()].map(ToOwned::to_owned);
        run(words)
    };
    let imported = import().exits(1);
    has_none(&(imported.out + &imported.err), "what the command says");
    has_none(&exported(&dir.data()), "the export");
    files_have_none(&dir.data());
    let again = import();
    assert!(again.out.contains("in already"), "{again:?}");
}

#[test]
fn what_is_merged_is_masked_by_where_it_comes_to() {
    let (from, dir) = (Dir::new(), Dir::new());
    let server = Server::on(&from.data());
    server.post(&lines("default"));
    assert!(server.terminate().success());
    mask(&dir, "shop");
    let merge = || {
        let words = format!("merge --from {} --bot default=shop --json", from.data().display());
        run_on(&dir.data(), &words).exits(0).json()
    };
    assert_eq!(merge()["stored"], 6);
    assert_eq!((&merge()["stored"], &merge()["known"]), (&json!(0), &json!(6)), "it is known by what it was");
    has_none(&exported(&dir.data()), "the export");
    files_have_none(&dir.data());
    run_on(&dir.data(), "check").exits(0);
}

#[test]
fn the_command_says_what_it_does_and_refuses_what_it_cannot_do() {
    let dir = Dir::new();
    let said = mask_at(&dir.data(), "shop").exits(0).out;
    assert!(said.contains("customer=C-[0-9]{6}") && said.contains("what is stored already stays"), "{said}");
    let set = |words: &str| run_on(&dir.data(), &format!("bot set {words}"));
    assert!(set("shop --mask none").exits(0).out.contains("shop masks customer="));
    assert!(
        set("shop --mask-pattern order=O-[0-9]+ --no-mask-pattern customer").exits(0).out.contains("masks order=O-")
    );
    for (words, sentence) in [
        ("shop", "--mask"),
        ("shop --mask mail", "email, phone"),
        ("shop --mask email,email", "kinds"),
        ("shop --mask-pattern x", "NAME=REGEX"),
        ("shop --mask-pattern x=(", "patterns: x"),
        ("shop --mask-pattern email=x", "another name"),
        ("shop --no-mask-pattern nobody", "nobody"),
    ] {
        let refused = set(words).exits(2);
        assert!(refused.err.contains(sentence), "{words}: {refused:?}");
    }
    // Also of a bot that has sent nothing yet.
    Server::on(&dir.data());
    let list = run_on(&dir.data(), "bot list").exits(0).out;
    let line = list.lines().find(|line| line.starts_with("shop ")).unwrap();
    assert!(line.contains("(has sent nothing yet)") && line.contains("keeps everything; masks order=O-"), "{list}");
    let list = run_on(&dir.data(), "bot list --json").exits(0).json();
    assert_eq!((&list[1]["name"], &list[1]["timezone"]), (&json!("shop"), &Value::Null));
    Server::on(&dir.data()).post("{\"type\":\"message\",\"bot\":\"shop\",\"session_id\":\"s\"}");
    let list = run_on(&dir.data(), "bot list --json").exits(0).json();
    let shop: &Value = list.as_array().unwrap().iter().find(|bot| bot["name"] == "shop").unwrap();
    assert_eq!(shop["masking"], json!({"kinds": [], "patterns": [{"name": "order", "regex": "O-[0-9]+"}]}));
    assert!(run_on(&dir.data(), "bot list").exits(0).out.contains("masks order=O-"));
    let server = Server::on(&dir.data());
    let audit = server.get("/api/access/audit").1;
    let last = &audit["entries"][0];
    assert_eq!((&last["before"], &last["after"]), (&json!("customer=C-[0-9]{6}"), &json!("order=O-[0-9]+")));
    let kinds = &audit["entries"][1];
    assert_eq!(kinds["before"], "email, phone, card, iban, pesel, ip, customer");
    assert_eq!(kinds["after"], "customer");
}
