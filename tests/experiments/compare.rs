//! Two variants side by side: figures of sessions that were counted by hand.

use serde_json::{Value, json};

use super::{DAY_MS, Lab, NOW_MS};

/// A session that was shown a variant.
struct Visit<'a> {
    session: &'a str,
    variant: &'a str,
    at_ms: i64,
    /// Intents of its exchanges; each takes ten seconds longer.
    intents: &'a [&'a str],
    leads: usize,
}

fn send(lab: &Lab, visit: &Visit) {
    let Visit { session, variant, at_ms, intents, leads } = *visit;
    let whose = |mut event: Value, at_ms: i64| {
        event["session_id"] = session.into();
        event["user_id"] = format!("of {session}").into();
        event["timestamp"] = at_ms.into();
        event.to_string()
    };
    let mut lines = vec![whose(json!({"type": "exposure", "experiment": "price", "variant": variant}), at_ms)];
    for (place, intent) in (1..).zip(intents) {
        let message = json!({
            "type": "message", "intent": intent, "response_time_ms": 100 * place, "cost_usd": 0.25, "message_count": 2,
            "user_satisfied": *intent != "fallback",
        });
        lines.push(whose(message, at_ms + 10_000 * place));
    }
    lines.extend((0..leads).map(|_| whose(json!({"type": "lead", "email": "a@example.com"}), at_ms)));
    let answer = lab.served.post(&[("Content-Type", "application/x-ndjson")], lines.join("\n"));
    assert_eq!(answer.json()["rejected"], 0, "{answer:?}");
}

/// Two sessions of the control, one of the other variant, and one of yesterday, before the experiment.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.run("price", json!({}));
    let (at_ms, leads) = (NOW_MS, 0);
    send(&lab, &Visit { session: "a", variant: "plain", at_ms, intents: &["prices", "fallback"], leads });
    send(&lab, &Visit { session: "b", variant: "plain", at_ms, intents: &[], leads });
    send(&lab, &Visit { session: "c", variant: "warm", at_ms, intents: &["prices"], leads: 2 });
    send(&lab, &Visit { session: "d", variant: "warm", at_ms: NOW_MS - DAY_MS, intents: &["prices"], leads });
    lab
}

fn compared(lab: &Lab, query: &str) -> Value {
    lab.good("GET", &format!("/api/experiments/price/compare{query}"), Value::Null)
}

fn found<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let figures = answer["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["figure"] == name).unwrap_or_else(|| panic!("no {name}"))
}

fn figure(answer: &Value, name: &str) -> (f64, f64) {
    let found = found(answer, name);
    (found["this"].as_f64().unwrap(), found["other"].as_f64().unwrap())
}

#[test]
fn figures_of_two_variants_are_those_of_their_sessions() {
    let lab = lab();
    let answer = compared(&lab, "");
    assert_eq!(
        [&answer["experiment"], &answer["this"], &answer["other"], &answer["to"], &answer["cut_at"]],
        [&json!("price"), &json!("warm"), &json!("plain"), &json!("2026-03-31"), &Value::Null]
    );
    for (name, expected) in [
        ("total_sessions", (1.0, 2.0)),
        ("unique_sessions", (1.0, 1.0)),
        ("unique_users", (1.0, 1.0)),
        ("total_conversations", (1.0, 2.0)),
        ("total_messages", (2.0, 4.0)),
        ("messages_per_session", (2.0, 2.0)),
        ("avg_session_duration_seconds", (10.0, 10.0)),
        ("total_leads", (2.0, 0.0)),
        ("conversion_rate_percent", (200.0, 0.0)),
        ("not_understood_percent", (0.0, 50.0)),
        ("satisfaction_percent", (100.0, 50.0)),
        ("avg_response_time_ms", (100.0, 150.0)),
        ("cost_usd", (0.25, 0.5)),
        ("cost_per_session_usd", (0.25, 0.25)),
    ] {
        assert_eq!(figure(&answer, name), expected, "{name}");
    }
    assert_eq!(answer["figures"].as_array().unwrap().len(), 14);
    let turned = compared(&lab, "?variant=plain&other_variant=warm&days=1");
    assert_eq!(figure(&turned, "total_sessions"), (2.0, 1.0));
    assert_eq!(compared(&lab, "?variant=plain")["other"], "warm", "a variant is not compared with itself");
}

/// A variant without a voice once had 0 % of them satisfied, as if all had been unhappy.
#[test]
fn a_share_or_an_average_of_nothing_is_none() {
    let lab = lab();
    lab.move_clock(DAY_MS);
    let (at_ms, intents, leads) = (NOW_MS + DAY_MS, ["prices"], 0);
    // On that day "plain" has none.
    send(&lab, &Visit { session: "e", variant: "warm", at_ms, intents: &intents, leads });
    let answer = compared(&lab, "?days=1");
    let named = |name: &str| found(&answer, name).clone();
    assert_eq!(named("total_leads")["other"], 0.0);
    for name in ["messages_per_session", "conversion_rate_percent", "satisfaction_percent", "cost_per_session_usd"] {
        let figure = named(name);
        assert!(figure["this"].is_number(), "{figure}");
        let [other, difference, change] = ["other", "difference", "change_percent"].map(|field| figure[field].clone());
        assert_eq!([other, difference, change], [Value::Null, Value::Null, Value::Null], "{name}");
    }
}

#[test]
fn only_sessions_that_began_in_the_window_count() {
    let lab = lab();
    lab.move_clock(DAY_MS);
    let (at_ms, intents, leads) = (NOW_MS + DAY_MS, ["prices"], 0);
    send(&lab, &Visit { session: "e", variant: "warm", at_ms, intents: &intents, leads });
    for (query, sessions) in [
        ("?days=1", (1.0, 0.0)),
        ("?days=2", (2.0, 2.0)),
        ("?from=2026-03-31&to=2026-03-31", (1.0, 2.0)),
        ("?from=2026-03-01&to=2026-03-30", (0.0, 0.0)),
    ] {
        assert_eq!(figure(&compared(&lab, query), "total_sessions"), sessions, "{query}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let lab = lab();
    for (query, begins) in [
        ("?variant=cold", "variant: expected one of plain, warm, found"),
        ("?other_variant=", "other_variant: expected one of plain, warm, found"),
        ("?variant=warm&other_variant=warm", "variant: expected another one"),
        ("?days=0", "days:"),
        ("?bot=default", "bot:"),
    ] {
        let answer = lab.ask("GET", &format!("/api/experiments/price/compare{query}"), &Value::Null);
        assert_eq!(answer.status, 400, "{query}");
        let sentence = answer.json()["error"].to_string();
        assert!(sentence.trim_matches('"').starts_with(begins), "{query}: {sentence}");
    }
}
