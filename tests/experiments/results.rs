//! What the results say of events that were made to be counted by hand.

use novahouse::store::Options;
use serde_json::{Value, json};

use super::{DAY_MS, Lab, NOW_MS};

/// Sessions of a variant, of which the first so many leave a lead; half of them on a telephone.
fn send(lab: &Lab, variant: &str, sessions: usize, leads: usize, at_ms: i64) {
    let mut lines = Vec::new();
    for number in 0..sessions {
        let session = format!("{variant}-{at_ms}-{number}");
        let whose = |mut event: Value| {
            event["session_id"] = session.clone().into();
            event["timestamp"] = at_ms.into();
            event.to_string()
        };
        let device = if number % 2 == 0 { "mobile" } else { "desktop" };
        let shown = json!({"type": "exposure", "experiment": "price", "variant": variant, "device_type": device});
        lines.push(whose(shown));
        lines.push(whose(json!({"type": "message", "intent": "prices", "response_time_ms": 100, "cost_usd": 0.25})));
        if number < leads {
            lines.push(whose(json!({"type": "lead", "email": "a@example.com"})));
        }
    }
    let answer = lab.served.post(&[("Content-Type", "application/x-ndjson")], lines.join("\n"));
    assert_eq!(answer.json()["rejected"], 0, "{answer:?}");
}

fn lab() -> Lab {
    begun(Lab::new())
}

fn begun(lab: Lab) -> Lab {
    let guardrails = json!([{"metric": "cost_usd"}, {"metric": "response_time_ms"}]);
    let plan = json!({"baseline": 0.1, "lift_percent": 100});
    lab.run("price", json!({"guardrails": guardrails, "plan": plan}));
    lab
}

/// Of those that began in the moment from which on there are too many, none counts: which of them did would be chance.
#[test]
fn of_too_many_sessions_those_that_began_first_count() {
    let lab = begun(Lab::with(|options| Options { experiment_sessions_max: 5, ..options }));
    lab.move_clock(DAY_MS);
    send(&lab, "plain", 3, 1, NOW_MS + 1_000);
    send(&lab, "warm", 2, 1, NOW_MS + 2_000);
    let whole = lab.results("price", "");
    assert_eq!((&whole["units"], whole["warnings"].as_array().map(Vec::len)), (&json!(5), Some(2)), "{whole}");
    send(&lab, "plain", 2, 2, NOW_MS + 3_000);
    // Two of them are there already.
    send(&lab, "warm", 3, 1, NOW_MS + 2_000);
    let found = lab.results("price", "");
    let codes: Vec<_> = found["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("cut")), "{found}");
    let variants = &found["metrics"][0]["variants"];
    let units = [0, 1].map(|place| &variants[place]["units"]);
    assert_eq!((&found["units"], units), (&json!(3), [&json!(3), &json!(0)]), "{found}");
}

#[test]
fn rates_lifts_days_and_devices_are_those_of_the_events() {
    let lab = lab();
    let few = lab.results("price", "");
    assert_eq!(few["warnings"][0]["code"], "few_units", "{few}");
    send(&lab, "plain", 200, 20, NOW_MS);
    send(&lab, "warm", 200, 80, NOW_MS);
    lab.move_clock(DAY_MS);
    send(&lab, "plain", 200, 20, NOW_MS + DAY_MS);
    send(&lab, "warm", 200, 80, NOW_MS + DAY_MS);
    let found = lab.results("price", "?by=device");
    assert_eq!((&found["units"], &found["warnings"]), (&json!(800), &json!([])));
    let variants = &found["metrics"][0]["variants"];
    let [plain, warm] = [0, 1].map(|place| &variants[place]);
    assert_eq!((&plain["mean"]["value"], &warm["mean"]["value"]), (&json!(0.1), &json!(0.4)));
    assert_eq!((&plain["verdict"], &warm["verdict"]), (&json!("control"), &json!("better")));
    let value = |of: &Value| of["value"].as_f64().unwrap();
    assert!((value(&warm["difference"]) - 0.3).abs() < 1e-9 && (value(&warm["lift_percent"]) - 300.0).abs() < 1e-6);
    assert!(warm["difference"]["low"].as_f64().unwrap() > 0.15 && plain["difference"].is_null());
    assert!(warm["best_percent"].as_f64().unwrap() > 99.99);
    assert_eq!(found["metrics"][1]["variants"][1]["mean"]["value"], 0.25);
    assert_eq!(found["metrics"][2]["variants"][1]["verdict"], "open");
    let days: Vec<_> =
        found["over_time"].as_array().unwrap().iter().map(|day| (&day["date"], &day["variants"][1]["units"])).collect();
    assert_eq!(days, [(&json!("2026-03-31"), &json!(200)), (&json!("2026-04-01"), &json!(400))]);
    let slices: Vec<_> =
        found["slices"].as_array().unwrap().iter().map(|slice| (&slice["value"], &slice["units"])).collect();
    assert_eq!(slices, [(&json!("desktop"), &json!(400)), (&json!("mobile"), &json!(400))]);
    // The leads are those of the first half of the sessions: of both devices.
    assert_eq!(found["slices"][0]["variants"][1]["mean"]["value"], 0.4);
}

#[test]
fn units_that_are_not_spread_as_the_weights_say_are_no_experiment() {
    let lab = lab();
    send(&lab, "plain", 300, 30, NOW_MS);
    send(&lab, "warm", 200, 20, NOW_MS);
    let found = lab.results("price", "");
    assert_eq!(
        (&found["sample_ratio"]["is_well"], &found["warnings"][0]["code"]),
        (&json!(false), &json!("sample_ratio"))
    );
}

#[test]
fn sessions_from_before_the_start_and_after_the_stop_take_no_part() {
    let lab = lab();
    send(&lab, "plain", 5, 1, NOW_MS - 1);
    send(&lab, "plain", 7, 1, NOW_MS);
    lab.move_clock(DAY_MS);
    lab.good("POST", "/api/experiments/price/stop", json!({"reason": "enough"}));
    send(&lab, "plain", 11, 1, NOW_MS + DAY_MS - 1);
    send(&lab, "plain", 13, 1, NOW_MS + DAY_MS);
    assert_eq!(lab.results("price", "")["units"], 7 + 11);
}
