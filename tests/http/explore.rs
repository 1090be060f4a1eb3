//! Funnels, paths, cohorts, the hours of the week and comparisons, counted by hand.

use serde_json::{Value, json};

use super::contract::filled;
use super::{Fresh, has};

/// Three visitors: one comes through, one turns round, one begins in the middle.
const EVENTS: &str = r#"
{"type":"message","timestamp":"2026-03-30T08:00:00Z","session_id":"a","user_id":"anna","intent":"greeting"}
{"type":"message","timestamp":"2026-03-30T08:02:00Z","session_id":"a","user_id":"anna","intent":"prices"}
{"type":"engagement","timestamp":"2026-03-30T08:03:00Z","session_id":"a","page":"/offer","conversion_event":"form"}
{"type":"engagement","timestamp":"2026-03-30T08:04:00Z","session_id":"a","conversion_event":"call"}
{"type":"lead","timestamp":"2026-03-30T08:05:00Z","session_id":"a","email":"a@example.com"}
{"type":"message","timestamp":"2026-03-31T09:00:00Z","session_id":"b","user_id":"bert","intent":"prices"}
{"type":"message","timestamp":"2026-03-31T09:10:00Z","session_id":"b","user_id":"bert","intent":"greeting"}
{"type":"message","timestamp":"2026-03-31T09:30:00Z","session_id":"b","user_id":"bert","intent":"prices","success":false,"sentiment":"negative","cost_usd":0.5}
{"type":"message","timestamp":"2026-03-31T09:40:00Z","session_id":"c","user_id":"anna","intent":"prices"}
{"type":"performance","timestamp":"2026-03-31T09:45:00Z","endpoint":"/chat","response_time_ms":100,"status_code":500}
{"type":"performance","timestamp":"2026-03-31T09:50:00Z","endpoint":"/chat","response_time_ms":50,"status_code":200}
"#;

fn server() -> Fresh {
    let server = Fresh::new();
    assert_eq!(server.post(EVENTS).json()["accepted"], 11);
    server
}

fn names(list: &Value) -> Vec<&str> {
    list["sessions"].as_array().unwrap().iter().map(|session| session["session_id"].as_str().unwrap()).collect()
}

#[test]
fn a_funnel_and_the_sessions_at_each_step() {
    let server = server();
    let steps = "step1=intent%3Agreeting&step2=intent%3Aprices&step3=event%3Aform&step4=lead";
    let answer = server.json(&format!("/api/analytics/funnel?{steps}"));
    let step = |step: &str, sessions, of_first, lost, lost_percent, median: Value| {
        json!({"step": step, "sessions": sessions, "of_first_percent": of_first, "lost": lost, "lost_percent": lost_percent,
               "median_seconds": median})
    };
    has(
        &answer,
        &json!({"status": "success", "period_days": 7, "within_seconds": null, "steps": [
            step("intent:greeting", 2, 100.0, 0, 0.0, Value::Null),
            step("intent:prices", 2, 100.0, 0, 0.0, json!(120.0)),
            step("event:form", 1, 50.0, 1, 50.0, json!(60.0)),
            step("lead", 1, 50.0, 0, 0.0, json!(120.0)),
        ]}),
    );
    let listed = |place: &str| server.json(&format!("/api/sessions?by=funnel&{steps}&{place}"));
    assert_eq!(names(&listed("reached=2")), ["b", "a"]);
    assert_eq!(names(&listed("reached=4")), ["a"]);
    assert_eq!(names(&listed("lost_at=3")), ["b"]);
    assert_eq!(listed("reached=2")["matches"], 2);

    let within = server.json(&format!("/api/analytics/funnel?{steps}&within=10m"));
    has(&within["within_seconds"], &json!(600));
    has(&within["steps"][1], &step("intent:prices", 1, 50.0, 1, 50.0, json!(120.0)));
    // Without steps: from a message to a lead.
    has(
        &server.json("/api/analytics/funnel")["steps"],
        &json!([{"step": "message", "sessions": 3}, {"step": "lead", "sessions": 1, "median_seconds": 300.0}]),
    );
}

#[test]
fn paths_and_the_sessions_along_them() {
    let server = server();
    let answer = server.json("/api/analytics/paths?steps=3");
    has(
        &answer,
        &json!({
            "period_days": 7, "steps": 3, "sessions": 3, "truncated": false,
            "nodes": [
                {"step": 1, "name": "prices", "sessions": 2}, {"step": 1, "name": "greeting", "sessions": 1},
                {"step": 2, "name": "(end)", "sessions": 1}, {"step": 2, "name": "greeting", "sessions": 1},
                {"step": 2, "name": "prices", "sessions": 1},
                {"step": 3, "name": "(end)", "sessions": 1}, {"step": 3, "name": "prices", "sessions": 1},
            ],
            "links": [
                {"step": 1, "from": "greeting", "to": "prices", "sessions": 1},
                {"step": 1, "from": "prices", "to": "(end)", "sessions": 1},
                {"step": 1, "from": "prices", "to": "greeting", "sessions": 1},
                {"step": 2, "from": "greeting", "to": "prices", "sessions": 1},
                {"step": 2, "from": "prices", "to": "(end)", "sessions": 1},
            ],
        }),
    );
    let few = server.json("/api/analytics/paths?steps=2&names=1");
    has(&few["nodes"][1], &json!({"step": 1, "name": "(other)", "sessions": 1}));
    let listed = |place: &str| server.json(&format!("/api/sessions?by=path&{place}"));
    assert_eq!(names(&listed("path_step=1&intent=prices")), ["c", "b"]);
    assert_eq!(names(&listed("path_step=1&intent=prices&next=greeting")), ["b"]);
    assert_eq!(names(&listed("path_step=1&intent=prices&next=(end)")), ["c"]);
}

#[test]
fn cohorts_and_who_is_new() {
    let answer = server().json("/api/analytics/cohorts?by=day&from=2026-03-30&to=2026-03-31");
    has(
        &answer,
        &json!({
            "by": "day", "from": "2026-03-30", "to": "2026-03-31",
            "cohorts": [
                {"start": "2026-03-30", "users": 1, "returned": [1], "returned_percent": [100.0]},
                {"start": "2026-03-31", "users": 1, "returned": [], "returned_percent": []},
            ],
            "returning": {
                "users": 2, "returning_users": 0, "returning_percent": 0.0, "new_users": 2,
                "by_day": [
                    {"date": "2026-03-30", "new_users": 1, "returning_users": 0},
                    {"date": "2026-03-31", "new_users": 1, "returning_users": 1},
                ],
            },
        }),
    );
    let weeks = server().json("/api/analytics/cohorts");
    has(&json!([weeks["by"], weeks["from"], weeks["to"]]), &json!(["week", "2026-02-02", "2026-04-05"]));
}

#[test]
fn hours_of_the_week_by_any_metric() {
    let server = server();
    let cell = |metric: &str| {
        let answer = server.json(&format!("/api/analytics/hours?metric={metric}"));
        assert_eq!(answer["metric"], metric);
        (answer["by_hour_of_week"][1][9].clone(), answer["total"].clone())
    };
    // Tuesday at nine.
    for (metric, hour, total) in [
        ("conversations", json!(4.0), json!(6.0)),
        ("leads", json!(0.0), json!(1.0)),
        ("not_understood", json!(1.0), json!(1.0)),
        ("not_understood_percent", json!(25.0), json!(16.67)),
        ("negative", json!(1.0), json!(1.0)),
        ("negative_percent", json!(100.0), json!(100.0)),
        ("cost_usd", json!(0.5), json!(0.5)),
        ("avg_response_time_ms", Value::Null, Value::Null),
        ("requests", json!(2.0), json!(2.0)),
        ("errors", json!(1.0), json!(1.0)),
        ("error_rate_percent", json!(50.0), json!(50.0)),
        ("p95_ms", json!(100.0), json!(100.0)),
    ] {
        assert_eq!(cell(metric), (hour, total), "{metric}");
    }
    assert_eq!(server.json("/api/analytics/hours")["metric"], "conversations");
}

#[test]
fn two_periods_side_by_side() {
    let server = filled();
    let figure = |answer: &Value, name: &str| {
        let figures = answer["figures"].as_array().unwrap();
        figures.iter().find(|figure| figure["figure"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let answer = server.json("/api/analytics/compare?days=7");
    has(
        &json!([answer["this"], answer["other"]]),
        &json!([
            {"bot": "default", "from": "2026-03-25", "to": "2026-03-31", "period_days": 7},
            {"bot": "default", "from": "2026-03-18", "to": "2026-03-24", "period_days": 7},
        ]),
    );
    has(
        &figure(&answer, "total_conversations"),
        &json!({"this": 3.0, "other": 1.0, "difference": 2.0, "change_percent": 200.0}),
    );
    has(
        &figure(&answer, "total_leads"),
        &json!({"this": 1.0, "other": 0.0, "difference": 1.0, "change_percent": null}),
    );
    let two_days = "from=2026-03-30&to=2026-03-30&other_from=2026-03-31&other_to=2026-03-31";
    let answer = server.json(&format!("/api/analytics/compare?{two_days}"));
    has(
        &figure(&answer, "total_conversations"),
        &json!({"this": 2.0, "other": 1.0, "difference": 1.0, "change_percent": 100.0}),
    );
}

/// An answer about two bots was once kept by the state of the first alone.
#[test]
fn a_comparison_of_two_bots_is_kept_until_either_changes() {
    let server = Fresh::new();
    let message = |bot: &str, session: &str| {
        let line = json!({"type": "message", "bot": bot, "session_id": session, "timestamp": "2026-03-31T09:00:00Z"});
        assert_eq!(server.post(line.to_string()).json()["accepted"], 1);
    };
    message("one", "a");
    message("two", "a");
    let counted = || {
        let answer = server.json("/api/analytics/compare?bot=one&other_bot=two");
        let figure = &answer["figures"][0];
        assert_eq!(figure["figure"], "total_conversations");
        (figure["this"].as_f64().unwrap(), figure["other"].as_f64().unwrap())
    };
    assert_eq!(counted(), (1.0, 1.0));
    assert_eq!(counted(), (1.0, 1.0));
    message("two", "b");
    assert_eq!(counted(), (1.0, 2.0));
    message("one", "b");
    assert_eq!(counted(), (2.0, 2.0));
}
