//! Erasing by API and by command, and what is told of it.

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::store::{FILE_NAME, Options, RedbEngine, check, compact};
use serde_json::{Value, json};

use crate::support::document::Document;
use crate::support::process::{Dir, Server, messages, run, run_on};
use crate::support::served::Served;

const NOW_MS: i64 = 1_790_000_000_000;

struct Asked {
    served: Served,
    document: Document,
    dir: tempfile::TempDir,
}

impl Asked {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { clock: Clock::fixed(NOW_MS), ..Options::default() };
        let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
        let served = Served::over(engine, Clock::fixed(NOW_MS));
        let document = Document::of(&served);
        let asked = Self { served, document, dir };
        let event = |json: Value| asked.served.post(&[("Content-Type", "application/json")], json.to_string());
        for (session, user) in [("s1", "jan"), ("s2", "jan"), ("s3", "eve")] {
            let said = json!({"type": "message", "session_id": session, "user_id": user, "timestamp": NOW_MS,
                "user_message": format!("what {user} wants to know"), "intent": "prices"});
            assert_eq!(event(said).status, 200);
        }
        let lead = json!({"type": "lead", "session_id": "s2", "user_id": "jan", "timestamp": NOW_MS,
            "email": "jan@example.com", "interested_package": "gold"});
        assert_eq!(event(lead).status, 200);
        asked
    }

    fn get(&self, path: &str, described: &str) -> (u16, Value) {
        let answer = self.served.get(path);
        self.document.describes("get", described, &answer);
        (answer.status, answer.json())
    }

    fn delete(&self, path: &str, described: &str) -> (u16, Value) {
        let answer = self.served.client().send("DELETE", path, &[], b"").unwrap();
        self.document.describes("delete", described, &answer);
        (answer.status, answer.json())
    }
}

#[test]
fn a_person_is_told_what_is_held_and_then_erased_with_a_receipt() {
    let asked = Asked::new();
    let (status, held) = asked.get("/api/users/jan/export", "/api/users/{id}/export");
    assert_eq!((status, &held["user_id"], held["days"].as_array().unwrap().len()), (200, &json!("jan"), 1));
    let sessions = held["sessions"].as_array().unwrap();
    let ids: Vec<&Value> = sessions.iter().map(|session| &session["session"]["session_id"]).collect();
    assert_eq!(ids, ["s1", "s2"]);
    assert_eq!(sessions[1]["leads"][0]["email"], "jan@example.com");
    assert_eq!(sessions[1]["events"].as_array().unwrap().len(), 2);
    assert_eq!(sessions[0]["events"][0]["user_message"], "what jan wants to know");
    assert!(!held.to_string().contains("what eve"), "{held}");

    let (_, before) = asked.get("/api/analytics/overview?days=1", "/api/analytics/overview");
    let (status, erased) = asked.delete("/api/users/jan", "/api/users/{id}");
    assert_eq!(status, 200, "{erased}");
    let receipt = &erased["receipt"];
    assert_eq!(
        (&receipt["number"], &receipt["subject"], &receipt["removed"]["sessions"], &receipt["removed"]["leads"]),
        (&json!(1), &json!("user"), &json!(2), &json!(1))
    );
    assert!(!erased.to_string().contains("jan"), "{erased}");
    let (_, after) = asked.get("/api/analytics/overview?days=1", "/api/analytics/overview");
    assert_eq!(after["overview"], before["overview"]);
    assert_eq!(asked.get("/api/users/jan/export", "/api/users/{id}/export").0, 404);
    assert_eq!(asked.delete("/api/users/jan", "/api/users/{id}").0, 404);
    assert_eq!(asked.get("/api/sessions/s1", "/api/sessions/{session_id}").0, 404);
    let (_, leads) = asked.get("/api/leads", "/api/leads");
    assert_eq!((&leads["total"], &leads["leads"][0]["email"]), (&json!(1), &json!("(erased)")));
    assert_eq!(leads["leads"][0]["interested_package"], "gold");

    let (status, erased) = asked.delete("/api/sessions/s3?purge=true", "/api/sessions/{session_id}");
    assert_eq!(
        (status, &erased["receipt"]["purge"], &erased["receipt"]["removed"]["days"]),
        (200, &json!(true), &json!(1))
    );
    let (_, after) = asked.get("/api/analytics/overview?days=1", "/api/analytics/overview");
    assert_eq!(after["overview"]["total_conversations"], 2);

    let (_, list) = asked.get("/api/erasures", "/api/erasures");
    let numbers: Vec<&Value> = list["receipts"].as_array().unwrap().iter().map(|receipt| &receipt["number"]).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(list["receipts"][1], *receipt);
    assert_eq!(list["public_key"], receipt["public_key"]);
    let audit = asked.served.get("/api/access/audit").json();
    let told: Vec<(&Value, &Value)> =
        audit["entries"].as_array().unwrap().iter().map(|entry| (&entry["action"], &entry["target"])).collect();
    assert_eq!(told[0], (&json!("session erased"), &json!("erasure 2 of default")));
    assert_eq!(told[1], (&json!("user erased"), &json!("erasure 1 of default")));
    assert!(!audit.to_string().contains("jan"), "{audit}");
}

#[test]
fn what_is_asked_wrongly_gets_a_sentence() {
    let asked = Asked::new();
    for (path, described, status, word) in [
        ("/api/users/jan?bot=nobody", "/api/users/{id}", 404, "bot:"),
        ("/api/users/jan?purge=perhaps", "/api/users/{id}", 400, "purge:"),
        ("/api/users/jan?days=7", "/api/users/{id}", 400, "days"),
        ("/api/sessions/s9", "/api/sessions/{session_id}", 404, "session:"),
        ("/api/users/%ff", "/api/users/{id}", 400, "UTF-8"),
    ] {
        let (found, answer) = asked.delete(path, described);
        assert!(found == status && answer["error"].as_str().unwrap().contains(word), "{path}: {answer}");
    }
    assert_eq!(asked.get("/api/erasures?limit=0", "/api/erasures").0, 400);
    assert_eq!(asked.get("/api/erasures", "/api/erasures").1["receipts"], json!([]));
    assert!(asked.dir.path().join(FILE_NAME).exists());
}

/// While events come in without a pause, persons go one after the other: nothing of them is answered once it was said that they
/// have, and nothing of others is lost.
#[test]
fn persons_go_while_others_come() {
    let asked = Asked::new();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let client = asked.served.client();
    let (stops, mut client) = (stop.clone(), client);
    let sender = std::thread::spawn(move || {
        let mut sent = 0u64;
        while !stops.load(std::sync::atomic::Ordering::Relaxed) || sent < 200 {
            let lines: Vec<String> = (0..5)
                .map(|place| {
                    let number = sent * 5 + place;
                    json!({"type": "message", "session_id": format!("c{}", number % 97), "user_id": format!("u{}", number % 13),
                        "user_message": format!("what is number {number} about"), "timestamp": NOW_MS})
                    .to_string()
                })
                .collect();
            let answer = client
                .send("POST", "/api/events", &[("Content-Type", "application/x-ndjson")], lines.join("\n").as_bytes())
                .unwrap();
            assert_eq!(answer.status, 200);
            sent += 1;
        }
        sent * 5
    });
    let mut erased = 0;
    for round in 0..12 {
        let purge = round % 3 == 2;
        let (status, answer) = asked.delete(&format!("/api/users/u{round}?purge={purge}"), "/api/users/{id}");
        assert!(status == 200 || status == 404, "{answer}");
        if status == 200 && purge {
            erased += answer["receipt"]["removed"]["exchanges"].as_u64().unwrap();
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let sent = sender.join().unwrap();
    let (_, figures) = asked.get("/api/analytics/overview?days=1", "/api/analytics/overview");
    assert_eq!(figures["overview"]["total_conversations"].as_u64().unwrap(), sent + 3 - erased);
    assert!(asked.served.ingest.live().watchers() == 0);
    let differences = check(asked.dir.path(), &mut |_, _| {}).unwrap().differences;
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn a_command_erases_lists_and_verifies() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.post(&messages(50));
    let (_, sessions) = server.get("/api/sessions?days=3650");
    let session = sessions["sessions"][0]["session_id"].as_str().unwrap().to_owned();
    let refused = run_on(&dir.data(), &format!("erase --session {session}")).exits(2);
    assert!(
        refused.err.contains("in use by another NovaHouse: stop it first, or send DELETE /api/sessions/"),
        "{refused:?}"
    );
    assert!(!refused.err.contains("POST /api/events"), "{refused:?}");
    let refused = run_on(&dir.data(), "erase --user anna").exits(2);
    assert!(refused.err.contains("send DELETE /api/users/{id} to it"), "{refused:?}");
    assert!(server.terminate().success());
    let erased = run_on(&dir.data(), &format!("erase --session {session} --json")).exits(0).json();
    let file = dir.data().join("receipt.json");
    std::fs::write(&file, erased["receipt"].to_string()).unwrap();
    let verify = format!("erase --verify {}", file.display());
    let told = run_on(&dir.data(), &verify).exits(0).out;
    assert!(told.starts_with("Genuine: signed with the key ") && told.contains("this directory's"), "{told}");
    assert!(
        run_on(&dir.data(), &format!("{verify} --session {session}")).exits(0).out.contains("It is of the one named")
    );
    assert!(run_on(&dir.data(), &format!("{verify} --session another")).exits(1).out.contains("another one"));
    let mut changed = erased["receipt"].clone();
    changed["removed"]["events"] = json!(0);
    std::fs::write(&file, changed.to_string()).unwrap();
    assert!(run_on(&dir.data(), &verify).exits(1).out.starts_with("Not genuine"));
    std::fs::write(&file, "{}").unwrap();
    assert!(run_on(&dir.data(), &verify).exits(2).err.contains("it is no receipt"));
    let list = run_on(&dir.data(), "erase --list --json").exits(0).json();
    assert_eq!(list["receipts"], json!([erased["receipt"]]));
    for wrong in ["erase", "erase --user a --session b", "erase --user nobody-of-that-name"] {
        run_on(&dir.data(), wrong).exits(2);
    }
    assert_eq!(run_on(&dir.data(), "check --json").exits(0).json()["agrees"], true);
    compact(&dir.data()).unwrap();
}

/// A receipt that someone had changed, and signed with a key of his own, was once said to be genuine.
#[test]
fn a_receipt_is_genuine_by_the_key_of_the_directory_alone() {
    let (dir, other) = (Dir::new(), Dir::new());
    for dir in [&dir, &other] {
        let server = Server::on(&dir.data());
        server.post("{\"type\":\"message\",\"session_id\":\"s\",\"user_id\":\"anna\"}");
        assert!(server.terminate().success());
    }
    let answer = run_on(&dir.data(), "erase --user anna --json").exits(0).json();
    let file = dir.data().join("receipt.json");
    // The answer of the API, as it was saved.
    let saved = json!({"status": "success", "receipt": answer["receipt"], "timestamp": "2026-11-27T20:57:00.000Z"});
    std::fs::write(&file, saved.to_string()).unwrap();
    let verify = format!("erase --verify {}", file.display());
    let json = run_on(&dir.data(), &format!("{verify} --user anna --json")).exits(0).json();
    assert_eq!((&json["genuine"], &json["unchanged"], &json["is_of"]), (&json!(true), &json!(true), &json!(true)));

    let foreign = run_on(&other.data(), &verify).exits(1);
    assert!(foreign.out.contains("Not genuine") && foreign.out.contains("never signed anything"), "{foreign:?}");
    run_on(&other.data(), "erase --user anna").exits(0);
    let foreign = run_on(&other.data(), &format!("{verify} --user anna")).exits(1);
    let key = answer["receipt"]["public_key"].as_str().unwrap();
    assert!(foreign.out.contains(key) && foreign.out.contains("this directory's is "), "{foreign:?}");
    assert!(foreign.out.contains("another one"), "{foreign:?}");

    // Without a directory it cannot be told whose key it is.
    let alone = || run(verify.split(' '));
    let told = alone().exits(0).out;
    assert!(!told.contains("Genuine") && told.contains(key) && told.contains("give --data"), "{told}");
    let changed = saved.to_string().replace("\"events\":1", "\"events\":99");
    assert_ne!(changed, saved.to_string());
    std::fs::write(&file, changed).unwrap();
    assert!(alone().exits(1).out.starts_with("Not genuine"));
}

/// A backup that was made by hand was not named, and one that was made before anything of her came was.
#[test]
fn those_backups_are_named_that_may_hold_it() {
    let (dir, backups) = (Dir::new(), tempfile::tempdir().unwrap());
    let said = |user: &str| format!("{{\"type\":\"message\",\"session_id\":\"{user}\",\"user_id\":\"{user}\"}}");
    let tell = |users: &[&str]| {
        let server = Server::on(&dir.data());
        server.post(&users.iter().map(|user| said(user)).collect::<Vec<_>>().join("\n"));
        assert!(server.terminate().success());
    };
    let backup = |name: &str| {
        run_on(&dir.data(), &format!("backup --to {}", backups.path().join(name).display())).exits(0);
    };
    let named = |user: &str| {
        let erase = format!("erase --user {user} --backup-to {} --json", backups.path().display());
        let receipt = run_on(&dir.data(), &erase).exits(0).json()["receipt"].clone();
        let files = receipt["backups"].as_array().unwrap().iter();
        let mut files: Vec<String> = files.map(|backup| backup["file"].as_str().unwrap().to_owned()).collect();
        files.sort();
        files
    };
    let (before, after) = ("novahouse-20261127T205603Z.backup", "by-hand.backup");
    tell(&["bert"]);
    backup(before);
    tell(&["anna"]);
    backup(after);
    // What cannot be looked into may hold anything.
    let damaged = "novahouse-20261126T030000Z.backup";
    std::fs::write(backups.path().join(damaged), "no backup any more").unwrap();
    std::fs::write(backups.path().join("notes.txt"), "anna").unwrap();
    assert_eq!(named("anna"), [after, damaged]);
    assert_eq!(named("bert"), [after, damaged, before]);

    // She comes again, and goes again: what was held of her before may be meant too.
    tell(&["anna"]);
    assert_eq!(named("anna"), [after, damaged, before]);

    // A directory that was restored goes on where its backup ended: what was backed up meanwhile is of another log.
    std::fs::remove_file(backups.path().join(damaged)).unwrap();
    tell(&["clara"]);
    backup("of-what-never-was");
    std::fs::remove_file(dir.data().join(FILE_NAME)).unwrap();
    run_on(&dir.data(), &format!("restore --from {}", backups.path().join(before).display())).exits(0);
    tell(&["dora", "emil", "fred", "gerd", "hans", "clara"]);
    assert_eq!(named("clara"), [after, "of-what-never-was"]);
}

/// A backup from before knows the one who was erased, the receipt names it, and who restores it is told.
#[test]
fn a_backup_of_before_is_named_and_told_of_when_it_is_restored() {
    let (dir, backups) = (Dir::new(), tempfile::tempdir().unwrap());
    let server = Server::on(&dir.data());
    server.post(&messages(50));
    let (_, sessions) = server.get("/api/sessions?days=3650");
    let session = sessions["sessions"][0]["session_id"].as_str().unwrap().to_owned();
    assert!(server.terminate().success());
    let backup = backups.path().join("novahouse-20260101T000000Z.backup");
    run_on(&dir.data(), &format!("backup --to {}", backup.display())).exits(0);
    let erase = format!("erase --session {session} --backup-to {} --json", backups.path().display());
    let receipt = run_on(&dir.data(), &erase).exits(0).json()["receipt"].clone();
    assert_eq!(receipt["backups"][0]["file"], "novahouse-20260101T000000Z.backup");
    std::fs::rename(dir.data().join(FILE_NAME), dir.data().join("aside")).unwrap();
    let restore = format!("restore --from {} --json", backup.display());
    let restored = run_on(&dir.data(), &restore).exits(0).json();
    assert_eq!(restored["erased_since"][0]["target"], "erasure 1 of default");
    assert_eq!(
        run_on(&dir.data(), &format!("erase --session {session} --json")).exits(0).json()["receipt"]["number"],
        1
    );
}

/// Whoever was told that they have been erased is not there again after kill -9, whenever it comes.
#[test]
fn what_was_said_to_be_erased_stays_so_after_kill_9() {
    const ROUNDS: usize = 4;
    const PERSONS: usize = 60;
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let lines = (0..PERSONS * 3).map(|number| {
        let person = number % PERSONS;
        format!(r#"{{"type":"message","session_id":"s{number}","user_id":"p{person}","user_message":"what p{person} asks"}}"#)
    });
    server.post(&lines.collect::<Vec<_>>().join("\n"));
    assert!(server.terminate().success());
    let mut erased: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let mut server = Server::on(&dir.data());
        for path in &erased {
            assert_eq!(server.get(&format!("{path}/export")).0, 404, "{path} after a kill");
        }
        let mut client = server.client();
        let first = round * PERSONS / ROUNDS;
        let deleting = std::thread::spawn(move || {
            let paths = (first..first + PERSONS / ROUNDS).map(|person| format!("/api/users/p{person}"));
            let mut is_done =
                |path: &String| client.send("DELETE", path, &[], b"").is_ok_and(|answer| answer.status == 200);
            paths.take_while(|path| is_done(path)).collect::<Vec<_>>()
        });
        std::thread::sleep(std::time::Duration::from_millis(20 + 25 * round as u64));
        server.child.kill().unwrap();
        erased.extend(deleting.join().unwrap());
    }
    println!("{} erased", erased.len());
    let server = Server::on(&dir.data());
    for path in &erased {
        assert_eq!(server.get(&format!("{path}/export")).0, 404, "{path}");
    }
    let (_, figures) = server.get("/api/analytics/overview?days=7");
    assert_eq!(figures["overview"]["total_conversations"], PERSONS * 3);
    assert_eq!(figures["overview"]["unique_users"], PERSONS);
    assert!(server.terminate().success());
    run_on(&dir.data(), "check").exits(0);
}
