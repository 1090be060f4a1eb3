//! An experiment in the chat: the built-in bot says what the variant says, and who saw it is counted once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Lab;

const WARM: &str = "Dobrze, że jesteś! Co planujesz?";

fn run(lab: &Lab, changes: Value) {
    let variants =
        json!([{"name": "plain", "weight": 1}, {"name": "warm", "weight": 1, "replies": {"greeting": WARM}}]);
    let mut all = json!({"variants": variants});
    changes.as_object().unwrap().iter().for_each(|(field, value)| all[field] = value.clone());
    lab.run("greeting", all);
}

fn say(lab: &Lab, body: Value) -> String {
    let headers = [("Content-Type", "application/json"), ("Accept-Language", "pl-PL,pl;q=0.9,en;q=0.8")];
    let mut client = lab.served.client();
    let answer = client.send("POST", "/api/chatbot/chat", &headers, body.to_string().as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["response"].as_str().unwrap().to_owned()
}

/// Polls until so many messages are recorded: the chat does not wait for its own record.
fn recorded(lab: &Lab, messages: usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while lab.events().iter().filter(|event| event["type"] == "message").count() < messages {
        assert!(Instant::now() < deadline, "the messages are not recorded");
        std::thread::yield_now();
    }
}

#[test]
fn each_visitor_is_greeted_as_his_variant_says_and_counted_once() {
    let lab = Lab::new();
    run(&lab, json!({}));
    let greet = |number: usize| say(&lab, json!({"message": "dzień dobry", "session_id": format!("visit-{number}")}));
    let first: Vec<String> = (0..40).map(greet).collect();
    let warm = first.iter().filter(|reply| *reply == WARM).count();
    assert!((8..=32).contains(&warm), "{warm} of 40");
    assert_eq!((0..40).map(greet).collect::<Vec<_>>(), first, "what was seen once is seen again");
    // What the variant says nothing of is as it is.
    let prices = say(&lab, json!({"message": "Ile kosztuje remont?", "session_id": "visit-0"}));
    assert!(prices.contains("Wykończenie"), "{prices}");
    recorded(&lab, 81);
    let exposures = lab.exposures();
    assert_eq!(exposures.len(), 40, "{exposures:?}");
    assert!(exposures.iter().all(|event| event["language"] == "pl" && event["experiment"] == "greeting"));
    let results = lab.results("greeting", "?by=language");
    let [plain, shown] = [0, 1].map(|place| results["sample_ratio"]["variants"][place]["units"].as_u64().unwrap());
    assert_eq!((plain, shown), (40 - warm as u64, warm as u64));
    assert_eq!((&results["slices"][0]["value"], &results["slices"][0]["units"]), (&json!("pl"), &json!(40)));

    lab.good("POST", "/api/experiments/greeting/pause", Value::Null);
    assert!((0..40).map(greet).all(|reply| reply != WARM));
    lab.good("POST", "/api/experiments/greeting/stop", json!({"winner": "warm", "reason": "warmer"}));
    assert!((40..60).map(greet).all(|reply| reply == WARM));
    recorded(&lab, 141);
    assert_eq!(lab.exposures().len(), 40);
}

#[test]
fn by_user_the_same_person_sees_the_same_in_every_session_and_no_one_in_particular_takes_part() {
    let lab = Lab::new();
    run(&lab, json!({"unit": "user"}));
    let mut seen = Vec::new();
    for person in 0..20 {
        let greet = |session: usize| {
            let session = format!("visit-{person}-{session}");
            say(&lab, json!({"message": "dzień dobry", "session_id": session, "user_id": format!("person-{person}")}))
        };
        let replies: Vec<String> = (0..3).map(greet).collect();
        assert!(replies.iter().all(|reply| *reply == replies[0]), "{replies:?}");
        seen.push(replies[0] == WARM);
    }
    assert!(seen.contains(&true) && seen.contains(&false));
    for number in 0..20 {
        assert_ne!(say(&lab, json!({"message": "dzień dobry", "session_id": format!("nobody-{number}")})), WARM);
    }
    recorded(&lab, 80);
    // A message may come before it is known that the one before it was stored.
    assert!((20..=60).contains(&lab.exposures().len()));
    assert_eq!(lab.results("greeting", "")["units"], 20);
}
