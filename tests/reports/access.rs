//! Reports over the API: what is wrong is named, what is described is what is answered, and what is of another bot is not there.

use novahouse::access::{KeyKind, Role};
use serde_json::{Value, json};

use crate::access::{Asked, HERS, House, MINE};
use crate::support::mail_server::{MailServer, Speaks};

const REPORTS: &str = "/api/reports";

fn asked<'h>(house: &'h House, server: &MailServer) -> Asked<'h> {
    let channel = server.channel(&["ops@example.com"]);
    house.served.settings.change(|document| Ok(document.channels.insert("mail".into(), channel))).unwrap();
    Asked::of_bots(house)
}

fn report(bot: &str, changes: Value) -> Value {
    let mut report = json!({"name": format!("of {bot}"), "bot": bot, "every": "week", "channel": "mail", "recipients": ["anna@example.com"]});
    changes.as_object().unwrap().iter().for_each(|(field, value)| report[field] = value.clone());
    report
}

#[test]
fn reports_are_made_changed_sent_and_removed() {
    let (house, server) = (House::new(), MailServer::new(Speaks::Clear, false));
    let asked = asked(&house, &server);
    let id =
        asked.ask("POST", REPORTS, REPORTS, report(MINE, json!({})), 200).json()["id"].as_str().unwrap().to_owned();
    let own = format!("{REPORTS}/{id}");
    let described = "/api/reports/{id}";
    let listed = asked.ask("GET", REPORTS, REPORTS, Value::Null, 200).json();
    let row = &listed["reports"][0];
    assert_eq!((&row["id"], &row["report"]["hour"], &row["sent_at"]), (&json!(id), &json!(8), &Value::Null));
    assert_eq!(row["next_at"], "2026-04-06T08:00:00.000Z");
    for (changes, field) in [
        (json!({"hour": 24}), "hour:"),
        (json!({"recipients": ["nobody"]}), "recipients:"),
        (json!({"channel": "none"}), "channel:"),
        (json!({"sections": []}), "sections:"),
        (json!({"public_url": "javascript:alert(1)"}), "public_url:"),
        (json!({"name": ""}), "name:"),
    ] {
        let refused = asked.ask("POST", REPORTS, REPORTS, report(MINE, changes), 400);
        assert!(refused.json()["error"].as_str().unwrap().starts_with(field), "{refused:?}");
    }
    asked.ask("POST", REPORTS, REPORTS, report("none", json!({})), 404);
    asked.ask("PUT", &own, described, report(MINE, json!({"hour": 6, "language": "pl"})), 200);
    asked.ask("PUT", "/api/reports/none", described, report(MINE, json!({})), 404);
    let send = "/api/reports/{id}/send";
    asked.ask("POST", &format!("{own}/send"), send, json!({"to": ["x"]}), 400);
    asked.ask("POST", &format!("{own}/send"), send, json!({"to": []}), 400);
    let posted = asked.ask("POST", &format!("{own}/send"), send, json!({}), 200).json();
    assert_eq!(posted["recipients"], 1);
    assert_eq!(server.wait_for(1)[0].to, ["anna@example.com"]);
    super::becomes("it is noted", || {
        let history = asked.ask("GET", "/api/reports/history", "/api/reports/history", Value::Null, 200).json();
        let entry = &history["entries"][0];
        assert_eq!(
            (&entry["period"], &entry["why"], &entry["by"]),
            (&json!("2026-W13"), &json!("asked"), &json!("key root's"))
        );
        entry["sent"] == 1
    });
    let channel = house.with_key("DELETE", "/api/channels/mail", &asked.key, "");
    assert_eq!(channel.status, 409, "a report goes through it");
    asked.ask("DELETE", &own, described, Value::Null, 200);
    asked.ask("DELETE", &own, described, Value::Null, 404);
    let audit = house.with_key("GET", "/api/access/audit", &asked.key, "").json();
    let of = |action: &str| audit["entries"].as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!(["report added", "report changed", "report sent", "report removed"].map(of), [1, 1, 1, 1]);
}

#[test]
fn a_report_of_another_bot_is_not_there() {
    let (house, server) = (House::new(), MailServer::new(Speaks::Clear, false));
    let asked = asked(&house, &server);
    for bot in [MINE, HERS] {
        let id =
            asked.ask("POST", REPORTS, REPORTS, report(bot, json!({})), 200).json()["id"].as_str().unwrap().to_owned();
        asked.ask("POST", &format!("{REPORTS}/{id}/send"), "/api/reports/{id}/send", json!({}), 200);
    }
    house.user("analyst", Role::Analyst, &[MINE]);
    let reader = house.key("mine", KeyKind::Read, &[MINE]);
    let names = |path: &str, list: &str| {
        let answer = house.with_key("GET", path, &reader, "").json();
        answer[list].as_array().unwrap().iter().map(|row| row.to_string()).collect::<Vec<_>>()
    };
    for (path, list) in [(REPORTS, "reports"), ("/api/reports/history", "entries")] {
        let rows = names(path, list);
        assert!(rows.len() == 1 && rows[0].contains(MINE) && !rows[0].contains(HERS), "{rows:?}");
    }
}

#[test]
fn a_preview_is_shown_in_a_frame_of_ours_and_runs_nothing() {
    let (house, server) = (House::new(), MailServer::new(Speaks::Clear, false));
    let asked = asked(&house, &server);
    for (format, kind) in [
        ("html", "text/html; charset=utf-8"),
        ("text", "text/plain; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("pdf", "application/pdf"),
    ] {
        let path = format!("/api/reports/preview?bot={MINE}&period=2026-03&language=pl&format={format}");
        let answer = house.with_key("GET", &path, &asked.key, "");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script"));
    }
    for (query, field) in [
        ("period=never", "period:"),
        ("language=de", "language:"),
        ("format=doc", "format:"),
        ("sections=all", "sections:"),
        ("public_url=chat", "public_url:"),
        ("days=7", "days:"),
    ] {
        let path = format!("/api/reports/preview?bot={MINE}&{query}");
        let refused = asked.ask("GET", &path, "/api/reports/preview", Value::Null, 400);
        assert!(refused.json()["error"].as_str().unwrap().starts_with(field), "{refused:?}");
    }
}
