//! Every table of contract.md: keys by name, figures counted by hand.

use serde_json::{Value, json};

use super::{Fresh, has, keys, oracle};
use crate::support::served::Served;

const EVENTS: &str = r#"
{"type":"message","timestamp":"2026-03-24T12:00:00Z","session_id":"s0","intent":"contact"}
{"type":"engagement","timestamp":"2026-03-30T09:00:00Z","session_id":"s1","pages_visited":["/","/cennik"],"device_type":"mobile","browser":"Firefox","referrer":"https://a.example/"}
{"type":"message","timestamp":"2026-03-30T09:00:10Z","session_id":"s1","user_id":"anna","user_message":"Ile kosztuje wykończenie?","bot_response":"Od 1 499 zł.","intent":"prices","confidence":0.9,"entities":{"m2":50},"sentiment":"positive","response_time_ms":100,"user_satisfied":true,"lead_generated":false,"input_tokens":1000,"output_tokens":500,"model":"small"}
{"type":"message","timestamp":"2026-03-30T09:01:00Z","session_id":"s1","user_id":"anna","user_message":"ile  kosztuje, wykończenie","intent_detected":"fallback","confidence":0.3,"sentiment":"negative","response_time_ms":300,"cost_usd":0.25}
{"type":"lead","timestamp":"2026-03-30T09:01:40Z","session_id":"s1","name":"Anna","email":"a@example.com","phone":"600","interested_package":"comfort","property_size":"50","property_type":"mieszkanie","location":"Łódź","additional_info":"po 17"}
{"type":"message","timestamp":"2026-03-31T08:00:00Z","session_id":"s2","user_message":"krótko","intent":"prices","success":false,"response_time_ms":200,"message_count":3}
{"type":"engagement","timestamp":1774944030000,"session_id":"s2","page":"/","conversion_event":"form","device_type":"desktop"}
{"type":"feedback","timestamp":"2026-03-31T08:01:00Z","session_id":"s2","rating":2,"comment":"hm"}
{"type":"performance","timestamp":"2026-03-31T09:30:00Z","endpoint":"/chat","response_time_ms":120,"status_code":200,"memory_usage_mb":100,"cpu_usage_percent":10}
{"type":"performance","timestamp":"2026-03-31T08:45:00Z","endpoint":"/chat","response_time_ms":480,"status_code":500,"error_message":"timeout","memory_usage_mb":200.5,"cpu_usage_percent":20}
{"type":"performance","timestamp":"2026-03-29T08:45:00Z","endpoint":"/quote"}
"#;

pub(super) fn filled() -> Fresh {
    let server = Fresh::new();
    has(
        &server.post(EVENTS).json(),
        &json!({"status":"success","accepted":11,"duplicates":0,"rejected":0,"errors":[]}),
    );
    server
}

#[test]
fn overview() {
    let answer = filled().json("/api/analytics/overview?days=7");
    has(
        &answer,
        &json!({
            "status": "success", "period_days": 7, "timestamp": "2026-03-31T10:00:00.000Z",
            "overview": {
                "total_conversations": 3, "total_leads": 1, "unique_sessions": 2, "unique_users": 1,
                "avg_session_duration_seconds": 80.0, "conversion_rate_percent": 50.0,
                "top_intents": [{"intent": "prices", "count": 2}, {"intent": "fallback", "count": 1}],
                "cost_usd": 0.2575,
            },
            "previous": {
                "total_conversations": 1, "total_leads": 0, "unique_sessions": 1, "unique_users": 0,
                "avg_session_duration_seconds": 0.0, "conversion_rate_percent": 0.0,
                "top_intents": [{"intent": "contact", "count": 1}],
            },
        }),
    );
    assert_eq!(keys(&answer["overview"]), keys(&answer["previous"]));
}

#[test]
fn conversations() {
    let server = filled();
    let answer = server.json("/api/analytics/conversations?days=7");
    has(
        &answer,
        &json!({
            "status": "success", "timestamp": "2026-03-31T10:00:00.000Z",
            "conversations_by_day": [{"date": "2026-03-30", "count": 2}, {"date": "2026-03-31", "count": 1}],
            // Of "krótko" no sentiment was sent: it was read.
            "sentiment_distribution": [{"sentiment": "positive", "count": 1}, {"sentiment": "neutral", "count": 1},
                {"sentiment": "negative", "count": 1}],
            "total_analyzed": 3,
            "response_time_ms": {"avg": 200.0, "max": 300},
        }),
    );
    let hours = answer["by_hour_of_week"].as_array().unwrap();
    assert_eq!((hours.len(), hours[0].as_array().unwrap().len()), (7, 24));
    assert_eq!((&hours[0][9], &hours[1][8]), (&2.into(), &1.into()), "Monday at nine, Tuesday at eight");
    let sum: u64 = hours.iter().flat_map(|day| day.as_array().unwrap()).map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, 3);
    let times = &answer["response_time_ms"];
    for (name, right) in [("p50", 200.0), ("p95", 300.0), ("p99", 300.0)] {
        assert!((times[name].as_f64().unwrap() - right).abs() <= right * 0.01, "{name}: {times}");
    }
    let filled = server.json("/api/analytics/conversations?days=7&fill=true");
    let days = filled["conversations_by_day"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]), (7, &json!({"date": "2026-03-25", "count": 0})));
}

#[test]
fn engagement() {
    has(
        &filled().json("/api/analytics/engagement?days=7"),
        &json!({
            "status": "success", "timestamp": "2026-03-31T10:00:00.000Z", "total_sessions": 2,
            "device_distribution": [{"device": "desktop", "count": 1}, {"device": "mobile", "count": 1}],
            "browser_distribution": [{"browser": "Firefox", "count": 1}],
            "referrers": [{"referrer": "https://a.example/", "count": 1}],
            "top_pages": [{"page": "/", "count": 2}, {"page": "/cennik", "count": 1}],
            "conversion_events": [{"event": "form", "count": 1}],
            "averages": {"messages_per_session": 2.5, "session_duration_seconds": 80.0},
        }),
    );
}

#[test]
fn intents() {
    has(
        &filled().json("/api/analytics/intents?days=7"),
        &json!({
            "status": "success", "timestamp": "2026-03-31T10:00:00.000Z", "total_intents": 2,
            "intent_summary": [
                {"intent": "prices", "triggers": 2, "success": 1, "failures": 1, "success_rate": 50.0,
                 "avg_confidence": 0.9, "avg_response_time_ms": 150.0},
                {"intent": "fallback", "triggers": 1, "success": 0, "failures": 1, "success_rate": 0.0,
                 "avg_confidence": 0.3, "avg_response_time_ms": 300.0},
            ],
        }),
    );
}

#[test]
fn performance() {
    let server = filled();
    let answer = server.json("/api/analytics/performance?hours=24");
    has(
        &answer,
        &json!({
            "status": "success", "timestamp": "2026-03-31T10:00:00.000Z", "period_hours": 24, "total_requests": 2,
            "endpoint_performance": [{
                "endpoint": "/chat", "request_count": 2, "avg_response_time_ms": 300.0, "max_response_time_ms": 480,
                "error_count": 1, "error_rate": 50.0,
            }],
            "resource_usage": {"avg_memory_mb": 150.25, "avg_cpu_percent": 15.0},
            "requests_by_hour": [
                {"hour": "2026-03-31T08:00:00.000Z", "count": 1}, {"hour": "2026-03-31T09:00:00.000Z", "count": 1},
            ],
        }),
    );
    for name in ["p50_ms", "p95_ms", "p99_ms"] {
        assert!(answer["endpoint_performance"][0][name].is_u64(), "{name}");
    }
    assert_eq!(server.json("/api/analytics/performance?hours=1")["total_requests"], 0, "the hour that began at ten");
    assert_eq!(server.json("/api/analytics/performance?hours=2")["total_requests"], 1);
    assert_eq!(server.json("/api/analytics/performance?from=2026-03-29&to=2026-03-31")["total_requests"], 3);
    assert_eq!(server.json("/api/analytics/performance")["period_hours"], 24);
}

#[test]
fn leads() {
    has(
        &filled().json("/api/analytics/leads?days=7"),
        &json!({
            "status": "success", "timestamp": "2026-03-31T10:00:00.000Z", "total_leads": 1,
            "leads_by_day": [{"date": "2026-03-30", "count": 1}],
            "leads_by_package": [{"package": "comfort", "count": 1}],
            "leads_by_property_type": [{"property_type": "mieszkanie", "count": 1}],
        }),
    );
}

#[test]
fn export_has_every_field_of_every_record() {
    let server = filled();
    let answer = server.json("/api/analytics/export?type=all");
    has(
        &answer,
        &json!({
            "export_type": "all", "period_days": 30, "exported_at": "2026-03-31T10:00:00.000Z",
            "data": {
                "conversations": [
                    {"session_id": "s0", "user_id": "anonymous", "intent": "contact"},
                    {"session_id": "s1", "user_id": "anna", "user_message": "Ile kosztuje wykończenie?",
                     "bot_response": "Od 1 499 zł.", "intent": "prices", "confidence": 0.9, "entities": {"m2": 50},
                     "sentiment": "positive", "response_time_ms": 100, "user_satisfied": true, "lead_generated": false,
                     "message_count": 1, "timestamp": "2026-03-30T09:00:10.000Z"},
                    {"session_id": "s1", "intent": "fallback"},
                    {"session_id": "s2", "message_count": 3, "bot_response": null},
                ],
                "leads": [{"session_id": "s1", "name": "Anna", "email": "a@example.com", "phone": "600",
                    "interested_package": "comfort", "property_size": "50", "property_type": "mieszkanie",
                    "location": "Łódź", "additional_info": "po 17", "created_at": "2026-03-30T09:01:40.000Z"}],
                "engagements": [
                    {"session_id": "s0"},
                    {"session_id": "s1", "user_id": "anna", "first_interaction": "2026-03-30T09:00:00.000Z",
                     "last_interaction": "2026-03-30T09:01:40.000Z", "total_messages": 2,
                     "session_duration_seconds": 100.0, "pages_visited": ["/", "/cennik"], "conversion_event": null,
                     "device_type": "mobile", "browser": "Firefox", "referrer": "https://a.example/"},
                    {"session_id": "s2", "total_messages": 3, "conversion_event": "form"},
                ],
                "intents": [
                    {"intent_name": "contact", "date": "2026-03-24"},
                    {"intent_name": "fallback", "date": "2026-03-30", "trigger_count": 1, "success_count": 0,
                     "failure_count": 1, "avg_confidence": 0.3, "avg_response_time_ms": 300.0},
                    {"intent_name": "prices", "date": "2026-03-30"},
                    {"intent_name": "prices", "date": "2026-03-31"},
                ],
                "performance": [
                    {"endpoint": "/chat", "response_time_ms": 120, "status_code": 200, "error_message": null,
                     "memory_usage_mb": 100.0, "cpu_usage_percent": 10.0, "timestamp": "2026-03-31T09:30:00.000Z"},
                    {"endpoint": "/chat", "error_message": "timeout", "memory_usage_mb": 200.5},
                    {"endpoint": "/quote", "response_time_ms": null, "status_code": null},
                ],
            },
        }),
    );
    for list in ["conversations", "leads", "engagements", "performance"] {
        let records = answer["data"][list].as_array().unwrap();
        assert!(records.iter().all(|record| record["id"].is_string()), "{list}");
    }
}

#[test]
fn export_has_each_type_in_each_format() {
    let server = filled();
    for (what, list, count) in [
        ("overview", "conversations", 4),
        ("leads", "leads", 1),
        ("engagement", "engagements", 3),
        ("intents", "intents", 4),
        ("performance", "performance", 3),
    ] {
        let json = server.json(&format!("/api/analytics/export?type={what}"));
        assert_eq!(json["export_type"], what);
        assert_eq!(keys(&json["data"]), [list]);
        assert_eq!(json["data"][list].as_array().unwrap().len(), count, "{what}");

        let lines = server.served.get(&format!("/api/analytics/export?type={what}&format=ndjson"));
        assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
        let records: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // Each line says what it is, beside the record itself.
        has(&records.into(), &json["data"][list]);

        let table = server.served.get(&format!("/api/analytics/export?type={what}&format=csv"));
        assert!(table.header("content-type").unwrap().starts_with("text/csv"), "{table:?}");
        assert!(table.header("content-disposition").unwrap().contains("attachment"), "{table:?}");
        let mut rows = csv::Reader::from_reader(&*table.body);
        let columns: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(columns, keys(&json["data"][list][0]), "{what}");
        assert_eq!(rows.records().map(Result::unwrap).count(), count, "{what}");
    }
    assert_eq!(server.json("/api/analytics/export")["export_type"], "overview");
    assert_eq!(server.json("/api/analytics/export?days=1")["period_days"], 1);
}

#[test]
fn legacy_endpoints() {
    let server = filled();
    let summary = server.json("/api/analytics/dashboard/summary?budget=1");
    has(
        &summary,
        &json!({"success": true, "data": {
            "today": {"conversations": 1, "leads": 0, "cost_usd": 0.0, "avg_response_time_ms": 200.0},
            "budget": {"budget_usd": 1.0, "spent_usd": 0.2575},
            "top_questions": [{"question": "ile kosztuje wykończenie", "count": 2, "percentage": 66.67}],
            "last_updated": "2026-03-31T10:00:00.000Z",
        }}),
    );
    let trend = summary["data"]["weekly_trend"].as_array().unwrap();
    assert_eq!((trend.len(), &trend[0]["date"]), (7, &"2026-03-25".into()), "oldest first");
    assert_eq!(trend[5], json!({"date": "2026-03-30", "conversations": 2, "cost": 0.2575}));

    has(
        &server.json("/api/analytics/budget/status?budget=0.3"),
        &json!({"success": true, "data": {
            "budget_usd": 0.3, "spent_usd": 0.2575, "remaining_usd": 0.0425, "usage_percent": 85.83,
            "daily_avg_usd": 0.008306, "projected_monthly_usd": 0.2575, "days_remaining": 0, "status": "WARNING",
        }}),
    );
    assert_eq!(server.json("/api/analytics/budget/status")["data"]["status"], "OK");
    assert_eq!(server.json("/api/analytics/budget/status")["data"]["budget_usd"], 10.0);
    assert_eq!(server.json("/api/analytics/budget/status?budget=0.26")["data"]["status"], "CRITICAL");

    has(
        &server.json("/api/analytics/metrics/daily?date=2026-03-30"),
        &json!({"success": true, "data": {
            "date": "2026-03-30", "total_conversations": 2, "total_messages": 2, "total_tokens": 1500,
            "total_cost_usd": 0.2575, "leads_created": 1, "avg_response_time_ms": 200.0, "unique_sessions": 1,
            "top_intents": [{"intent": "fallback", "count": 1}, {"intent": "prices", "count": 1}],
            "cost_per_lead": 0.2575,
        }}),
    );
    assert_eq!(server.json("/api/analytics/metrics/daily")["data"]["date"], "2026-03-31");

    let weekly = server.json("/api/analytics/metrics/weekly");
    has(
        &weekly,
        &json!({"success": true, "data": {"period": "7_days", "summary": {
            "total_conversations": 3, "total_cost_usd": 0.2575, "total_leads": 1, "avg_response_time_ms": 200.0,
            "conversion_rate": 50.0,
        }}}),
    );
    let days = weekly["data"]["daily_breakdown"].as_array().unwrap();
    assert_eq!(days.len(), 7);
    has(
        &days[5],
        &json!({"date": "2026-03-30", "conversations": 2, "cost_usd": 0.2575, "leads": 1, "avg_response_time": 200.0}),
    );

    has(
        &server.json("/api/analytics/questions/top?days=7&limit=10"),
        &json!({"success": true, "data": {"period_days": 7, "questions": [
            {"question": "ile kosztuje wykończenie", "count": 2, "percentage": 66.67},
        ]}}),
    );
}

#[test]
fn sessions_and_timelines() {
    let server = filled();
    let answer = server.json("/api/sessions?days=30");
    has(
        &answer,
        &json!({"status": "success", "total": 3, "next_cursor": null, "sessions": [
            {"session_id": "s2", "user_id": "anonymous", "lead": false},
            {"session_id": "s1", "user_id": "anna", "first_interaction": "2026-03-30T09:00:00.000Z",
             "last_interaction": "2026-03-30T09:01:40.000Z", "total_messages": 2, "session_duration_seconds": 100.0,
             "lead": true},
            {"session_id": "s0"},
        ]}),
    );
    for (filter, right) in [
        ("q=WYKO%C5%83CZENIE", vec!["s1"]),
        ("intent=prices", vec!["s2", "s1"]),
        ("sentiment=negative", vec!["s1"]),
        ("lead=true", vec!["s1"]),
        ("lead=false", vec!["s2", "s0"]),
        ("lead=false&intent=contact", vec!["s0"]),
        ("from=2026-03-24&to=2026-03-30", vec!["s1", "s0"]),
    ] {
        let window = if filter.contains("from") { "" } else { "days=30&" };
        let found = server.json(&format!("/api/sessions?{window}{filter}"));
        let names: Vec<&str> =
            found["sessions"].as_array().unwrap().iter().map(|one| one["session_id"].as_str().unwrap()).collect();
        assert_eq!((names, &found["total"]), (right.clone(), &right.len().into()), "{filter}");
    }

    let mut walked = Vec::new();
    let mut path = "/api/sessions?days=30&limit=1".to_owned();
    loop {
        let page = server.json(&path);
        assert_eq!((page["sessions"].as_array().unwrap().len(), &page["total"]), (1, &3.into()));
        walked.push(page["sessions"][0]["session_id"].as_str().unwrap().to_owned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/sessions?days=30&limit=1&cursor={cursor}");
    }
    assert_eq!(walked, ["s2", "s1", "s0"]);

    has(
        &server.json("/api/sessions/s1"),
        &json!({"status": "success", "session": {"session_id": "s1", "browser": "Firefox", "total_messages": 2}, "timeline": [
            {"type": "engagement", "timestamp": "2026-03-30T09:00:00.000Z", "pages_visited": ["/", "/cennik"]},
            {"type": "message", "user_message": "Ile kosztuje wykończenie?", "confidence": 0.9},
            {"type": "message", "timestamp": "2026-03-30T09:01:00.000Z"},
            {"type": "lead", "email": "a@example.com"},
        ]}),
    );
    assert_eq!(server.served.get("/api/sessions/nobody").status, 404);
    assert_eq!(server.served.get("/api/sessions/s1?bot=other").status, 404);
}

#[test]
fn from_figures_to_sessions() {
    let server = filled();
    for (query, matches, right) in [
        ("device=mobile", 1, vec!["s1"]),
        ("browser=Firefox&referrer=https://a.example/&user=anna", 1, vec!["s1"]),
        ("user=anonymous&days=30", 2, vec!["s2", "s0"]),
        ("conversion=form", 1, vec!["s2"]),
        ("by=exchange&days=30", 4, vec!["s2", "s1", "s0"]),
        ("by=exchange", 3, vec!["s2", "s1"]),
        ("by=exchange&intent=prices", 2, vec!["s2", "s1"]),
        ("by=exchange&intent=prices&understood=true", 1, vec!["s1"]),
        ("by=exchange&understood=false", 2, vec!["s2", "s1"]),
        ("by=exchange&sentiment=negative", 1, vec!["s1"]),
        ("by=exchange&hour_of_week=9", 2, vec!["s1"]),
        ("by=exchange&hour_of_week=32", 1, vec!["s2"]),
        ("by=exchange&question=ile+kosztuje+wyko%C5%84czenie", 2, vec!["s1"]),
        ("by=exchange&question=Ile+KOSZTUJE,+wyko%C5%84czenie!", 2, vec!["s1"]),
        ("by=exchange&intent=prices&lead=true&device=mobile&q=kosztuje", 1, vec!["s1"]),
        ("by=exchange&from=2026-03-30&to=2026-03-30", 2, vec!["s1"]),
        ("by=visit", 3, vec!["s2", "s1"]),
        ("by=visit&page=/&device=desktop", 1, vec!["s2"]),
        ("by=visit&page=/cennik", 1, vec!["s1"]),
        ("by=lead", 1, vec!["s1"]),
        ("by=lead&package=comfort&property_type=mieszkanie", 1, vec!["s1"]),
        ("by=lead&package=premium", 0, vec![]),
    ] {
        let answer = server.json(&format!("/api/sessions?{query}"));
        let names: Vec<&str> =
            answer["sessions"].as_array().unwrap().iter().map(|one| one["session_id"].as_str().unwrap()).collect();
        let counted = (&answer["matches"], &answer["total"]);
        assert_eq!((names, counted), (right.clone(), (&matches.into(), &right.len().into())), "{query}");
    }
}

#[test]
fn health() {
    let server = filled();
    for path in ["/api/health", "/api/chatbot/health"] {
        has(
            &server.json(path),
            &json!({"status": "healthy", "service": "novahouse-chatbot", "database": "connected",
                "timestamp": "2026-03-31T10:00:00.000Z"}),
        );
    }
}

/// An empty directory answers everything, with nothing.
#[test]
fn nothing_yet_is_an_answer() {
    let server = Fresh::new();
    for path in ["overview", "conversations", "engagement", "intents", "performance", "leads", "export?type=all"] {
        has(&server.json(&format!("/api/analytics/{path}")), &json!({}));
    }
    for path in ["dashboard/summary", "budget/status", "metrics/daily", "metrics/weekly", "questions/top"] {
        assert_eq!(server.json(&format!("/api/analytics/{path}"))["success"], true);
    }
    assert_eq!(server.json("/api/sessions")["total"], 0);
    assert_eq!(server.json("/api/analytics/overview")["overview"]["conversion_rate_percent"], 0.0);
}

#[test]
fn bots_are_apart() {
    let server = filled();
    let other = EVENTS.replace("\"type\"", "\"bot\":\"sklep\",\"type\"");
    assert_eq!(server.post(other).json()["accepted"], 11);
    // `bot` in the address is the bot of events that name none.
    let headers = [("Content-Type", "application/json")];
    let mut client = server.served.client();
    let body = br#"{"type":"message","session_id":"s1"}"#;
    assert_eq!(client.send("POST", "/api/events?bot=trzeci", &headers, body).unwrap().status, 200);
    for (bot, right) in [("default", 3), ("sklep", 3), ("trzeci", 1)] {
        let answer = server.json(&format!("/api/analytics/overview?bot={bot}"));
        assert_eq!(answer["overview"]["total_conversations"], right, "{bot}");
    }
    assert_eq!(server.json("/api/analytics/overview")["overview"]["total_conversations"], 3);
    assert_eq!(server.json("/api/sessions?bot=trzeci&days=30")["total"], 1);
    let nobody = server.served.get("/api/analytics/overview?bot=nobody");
    assert_eq!((nobody.status, nobody.json()["code"].as_str()), (404, Some("not_found")));
}

/// The same answers with the oracle behind the same door: nothing of them comes from the engine's own idea of right.
#[test]
fn the_oracle_answers_the_same() {
    let server = filled();
    let right = Served::over(std::sync::Arc::new(oracle()), super::clock());
    assert_eq!(right.post(&[("Content-Type", "application/x-ndjson")], EVENTS).status, 200);
    for path in [
        "/api/analytics/overview?days=30",
        "/api/analytics/engagement?days=30",
        "/api/analytics/intents?days=30",
        "/api/analytics/leads?days=30",
        "/api/analytics/export?type=all",
        "/api/analytics/dashboard/summary",
        "/api/analytics/metrics/weekly",
        "/api/sessions?days=30",
        "/api/sessions/s1",
        "/api/sessions/s2",
    ] {
        assert_eq!(server.json(path), right.get(path).json(), "{path}");
    }
}
