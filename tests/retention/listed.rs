//! What is listed and told of days of which sessions have gone.

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::engine::Engine;
use novahouse::model::Keep;
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};

use crate::support::served::Served;

const NOW: &str = "2026-11-24T12:00:00Z";
/// Sessions are kept from 14 October on.
const SESSIONS_DAYS: u32 = 42;
const KEEP: Keep =
    Keep { text_days: None, events_days: Some(20), performance_days: None, sessions_days: Some(SESSIONS_DAYS) };

/// A server whose bot has let go of everyone of before 14 October: of each day from 1 September a visitor who asks and leaves a
/// lead; Anna comes on the 5th of each month, and Bert on the 20th.
fn served() -> (tempfile::TempDir, Served) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(crate::exactness::ms(NOW));
    let engine =
        Arc::new(RedbEngine::open(dir.path(), &Options { clock: clock.clone(), ..Options::default() }).unwrap());
    let served = Served::over(engine.clone(), clock);
    let days =
        [(9, 30), (10, 31), (11, 24)].into_iter().flat_map(|(month, days)| (1..=days).map(move |day| (month, day)));
    for (month, day) in days {
        let visitor = match day {
            5 => "anna".to_owned(),
            20 => "bert".to_owned(),
            _ => format!("u{month}-{day}"),
        };
        let (session, at) = (format!("s{month}-{day}"), format!("2026-{month:02}-{day:02}T10:00:00Z"));
        let events = json!([
            {"type": "message", "session_id": session, "user_id": visitor, "timestamp": at, "intent": "prices"},
            {"type": "lead", "session_id": session, "timestamp": at, "email": format!("{session}@example.com")},
        ]);
        assert_eq!(served.post(&[("Content-Type", "application/json")], events.to_string()).status, 200);
    }
    engine.retain(&|_| KEEP, &|| false).unwrap();
    (dir, served)
}

/// With a window that reached back before the horizon, the list was empty.
#[test]
fn leads_that_are_kept_are_listed_whatever_the_window() {
    let (_dir, served) = served();
    let listed = |question: &str| {
        let answer = served.get(&format!("/api/leads?{question}")).json();
        let leads = answer["leads"].as_array().unwrap().iter();
        let emails: Vec<String> = leads.map(|lead| lead["email"].as_str().unwrap().to_owned()).collect();
        (answer["total"].as_u64().unwrap(), emails)
    };
    let newest = ["s11-24@example.com", "s11-23@example.com"].map(String::from);
    for days in [7, 42, 43, 90] {
        let (total, emails) = listed(&format!("days={days}&limit=2"));
        assert_eq!((total, &emails[..]), (u64::from(SESSIONS_DAYS.min(days)), &newest[..]), "{days} days");
    }
    // Page by page to its end, which is the first day that is kept.
    let (total, emails) = listed("days=90&limit=2&offset=40");
    assert_eq!((total, emails), (42, ["s10-15@example.com", "s10-14@example.com"].map(String::from).to_vec()));
    assert_eq!(listed("days=90&limit=2&offset=42"), (42, vec![]));
    assert_eq!(listed("from=2026-09-01&to=2026-10-14"), (1, vec!["s10-14@example.com".to_owned()]));
    assert_eq!(listed("from=2026-09-01&to=2026-10-13"), (0, vec![]));
    // The figures count all.
    assert_eq!(served.get("/api/analytics/leads?days=85").json()["total_leads"], 85);
}

/// What was advised was refused too: periods were rounded to days that had gone.
#[test]
fn what_is_refused_says_a_first_day_that_is_not() {
    let (_dir, served) = served();
    let by = ["day", "week", "month"].map(|by| format!("cohorts?by={by}"));
    for question in ["funnel?step1=message".to_owned(), "paths?steps=3".to_owned()].into_iter().chain(by) {
        let ask = |window: &str| served.get(&format!("/api/analytics/{question}&{window}"));
        for before in ["days=43", "days=90", "from=2026-10-13&to=2026-10-13"] {
            let refused = ask(before);
            let sentence = refused.json()["error"].as_str().unwrap().to_owned();
            assert_eq!(refused.status, 400, "{question}");
            assert!(sentence.contains("begin at 2026-10-14 or later: days=42 is the most"), "{question}: {sentence}");
        }
        for kept in ["days=42", "from=2026-10-14&to=2026-11-24", "from=2026-10-14&to=2026-10-14", "days=30"] {
            assert_eq!(ask(kept).status, 200, "{question}, {kept}");
        }
    }
}

#[test]
fn the_first_cohort_is_of_the_days_that_are_kept() {
    let (_dir, served) = served();
    let answer = served.get("/api/analytics/cohorts?by=month&days=42").json();
    let row = |start: &str, users: u64, returned: Value, percent: Value| json!({"start": start, "users": users, "returned": returned, "returned_percent": percent});
    // Of October's visitors those since the 14th; Anna and Bert first came in September, and are new in no month.
    assert_eq!(answer["from"], "2026-10-14");
    assert_eq!(
        answer["cohorts"],
        json!([row("2026-10-14", 17, json!([0]), json!([0.0])), row("2026-11-01", 22, json!([]), json!([]))])
    );
    assert_eq!(answer["returning"]["new_users"], 39);
    assert_eq!(answer["returning"]["returning_users"], 2);
}
