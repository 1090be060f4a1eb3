//! POST …/assign: the same variant every time, and one exposure for good.

use serde_json::{Value, json};

use super::{DAY_MS, Lab};

fn assign(lab: &Lab, name: &str, body: Value) -> (Option<String>, bool) {
    let answer = lab.good("POST", &format!("/api/experiments/{name}/assign"), body);
    (answer["variant"].as_str().map(str::to_owned), answer["in_experiment"].as_bool().unwrap())
}

#[test]
fn an_exposure_is_durable_when_answered_and_stored_once_over_restarts_and_days() {
    let lab = Lab::new();
    lab.run("layout", json!({}));
    lab.run("people", json!({"unit": "user"}));
    let ask = |lab: &Lab, number: usize| {
        let session = format!("visit-{number}");
        let of_session = assign(lab, "layout", json!({"session_id": session, "device_type": "mobile"}));
        // A person in ever other sessions, and in none.
        let of_user =
            assign(lab, "people", json!({"user_id": format!("person-{}", number % 7), "session_id": session}));
        let of_none = assign(lab, "people", json!({"user_id": format!("person-{}", number % 7)}));
        assert_eq!(of_user, of_none);
        assert!(of_session.1 && of_user.1);
        (of_session, of_user)
    };
    let first: Vec<_> = (0..30).map(|number| ask(&lab, number)).collect();
    assert_eq!(lab.exposures().len(), 30 + 7);
    let again: Vec<_> = (0..30).map(|number| ask(&lab, number)).collect();
    assert_eq!((again == first, lab.exposures().len()), (true, 37));
    // Long after ids of events are forgotten, and by a server that remembers nothing.
    lab.move_clock(3 * DAY_MS);
    let lab = lab.restarted();
    let again: Vec<_> = (0..30).map(|number| ask(&lab, number)).collect();
    assert_eq!((again == first, lab.exposures().len()), (true, 37));
    assert_eq!(lab.results("layout", "")["units"], 30);
    assert_eq!(lab.results("people", "")["units"], 7);
    lab.engine.close().unwrap();
    let differences = novahouse::store::check(lab.dir.path(), &mut |_, _| {}).unwrap().differences;
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn many_who_ask_at_once_for_one_visitor_leave_one_exposure() {
    let lab = Lab::new();
    lab.run("layout", json!({}));
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..8).map(|_| scope.spawn(|| assign(&lab, "layout", json!({"session_id": "visit"})))).collect();
        let mut variants: Vec<_> = asking.into_iter().map(|asking| asking.join().unwrap()).collect();
        variants.dedup();
        assert_eq!(variants.len(), 1);
    });
    assert_eq!(lab.exposures().len(), 1);
}

#[test]
fn no_one_gets_a_variant_of_what_does_not_run_and_everyone_gets_the_winner() {
    let lab = Lab::new();
    lab.run("layout", json!({}));
    lab.run("few", json!({"traffic_share_ppm": 100_000}));
    let all = |name: &str| -> Vec<(Option<String>, bool)> {
        (0..100).map(|number| assign(&lab, name, json!({"session_id": format!("visit-{number}")}))).collect()
    };
    let taking_part = all("few").iter().filter(|(variant, counted)| variant.is_some() && *counted).count();
    assert!((2..25).contains(&taking_part), "{taking_part} of 100");
    assert_eq!(lab.exposures().len(), taking_part);
    let running = all("layout");
    assert!(["plain", "warm"].iter().all(|name| running.iter().any(|(variant, _)| variant.as_deref() == Some(*name))));
    lab.good("POST", "/api/experiments/layout/pause", Value::Null);
    assert!(all("layout").iter().all(|assigned| *assigned == (None, false)));
    lab.good("POST", "/api/experiments/layout/start", Value::Null);
    assert_eq!(all("layout"), running);
    lab.good("POST", "/api/experiments/layout/stop", json!({"winner": "warm", "reason": "it is warmer"}));
    assert!(all("layout").iter().all(|assigned| *assigned == (Some("warm".into()), false)));
    lab.good("POST", "/api/experiments/few/stop", json!({"reason": "no one wants it"}));
    assert!(all("few").iter().all(|assigned| *assigned == (None, false)));
    assert_eq!(lab.exposures().len(), taking_part + 100);
}
