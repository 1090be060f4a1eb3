//! What a rule would have said agrees with a naive recount, and the live rule says what the backtest showed.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use novahouse::alert::{Metric, Rule, Verdict, backtest};
use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::{Day, Event, Kind, Message, Zone};
use novahouse::store::{Options, RedbEngine};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::{HOUR_MS, MINUTE_MS, NOW_MS, Watched, request, rule};
use crate::support::generator::{BOTS, Generator, pick};
use crate::support::oracle::Oracle;

fn warsaw() -> Zone {
    "Europe/Warsaw".parse().unwrap()
}

/// Any rule that the events may say something about.
fn any_rule(random: &mut SmallRng, bot: &str) -> Rule {
    let bots: Vec<Metric> = Metric::ALL.into_iter().filter(|metric| !metric.is_own()).collect();
    let metric = *pick(random, &bots);
    let name = serde_json::to_value(metric).unwrap();
    let mut body = json!({"name": "any", "bot": bot, "metric": name});
    let by_hour = ["requests", "error_rate_percent", "response_p50_ms", "response_p95_ms", "response_p99_ms"];
    let budget = name == "budget_used_percent";
    if by_hour.contains(&name.as_str().unwrap()) {
        body["window_hours"] = json!(random.random_range(1..=40));
    } else if budget {
        body["budget_usd"] = json!(*pick(random, &[0.01, 1.0, 50.0]));
    } else {
        body["window_days"] = json!(random.random_range(1..=9));
    }
    let conditions = ["above", "below", "rises_by", "falls_by", "no_data"];
    let condition = if budget { "above" } else { pick(random, &conditions) };
    body["condition"] = json!(condition);
    if condition != "no_data" {
        body["threshold"] = json!(*pick(random, &[1.0, 3.0, 20.0, 50.0, 90.0]));
        if !budget && random.random_bool(0.3) {
            body["min_count"] = json!(random.random_range(1..5));
        }
    }
    body["hold_minutes"] = json!(*pick(random, &[0, 60, 1_440]));
    serde_json::from_value::<Rule>(body).unwrap().checked().unwrap()
}

/// Over the store and over the oracle, which recounts naively: the same points and the same firings, percentiles within
/// what they may be off.
#[test]
fn any_rule_over_any_events_is_tried_as_a_naive_recount_has_it() {
    let seed: u64 = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let mut generator = Generator::new(seed, NOW_MS);
    let events = generator.events(3_000);
    let dir = tempfile::tempdir().unwrap();
    let options = Options { clock: Clock::fixed(NOW_MS), zone: warsaw(), ..Options::default() };
    let engine = RedbEngine::open(dir.path(), &options).unwrap();
    let oracle = Oracle::new(warsaw(), Clock::fixed(NOW_MS));
    for events in events.chunks(500) {
        for engine in [&engine as &dyn Engine, &oracle] {
            engine.append(vec![Batch { events: events.to_vec(), ..Batch::default() }]).unwrap();
        }
    }
    let mut random = SmallRng::seed_from_u64(seed);
    for _ in 0..25 {
        let rule = any_rule(&mut random, BOTS[0]);
        let found = backtest(&engine, &rule, NOW_MS).unwrap();
        let right = backtest(&oracle, &rule, NOW_MS).unwrap();
        assert_eq!(found.points.len(), right.points.len(), "seed {seed}: {rule:?}");
        let is_percentile = serde_json::to_string(&rule.metric).unwrap().contains("_p");
        if !is_percentile {
            assert_eq!(found, right, "seed {seed}: {rule:?}");
        }
        for (found, right) in found.points.iter().zip(&right.points) {
            assert_eq!((found.at_ms, found.days), (right.at_ms, right.days), "seed {seed}: {rule:?}");
            assert_eq!(found.value.is_some(), right.value.is_some(), "seed {seed}: {rule:?} {found:?} {right:?}");
        }
    }
    engine.close().unwrap();
}

/// Counted by hand, without the engine's questions: requests and conversations of every window.
#[test]
fn counts_are_those_of_the_events() {
    let seed: u64 = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let events = Generator::new(seed, NOW_MS).events(2_000);
    let dir = tempfile::tempdir().unwrap();
    let options = Options { clock: Clock::fixed(NOW_MS), zone: warsaw(), ..Options::default() };
    let engine = RedbEngine::open(dir.path(), &options).unwrap();
    engine.append(vec![Batch { events: events.clone(), ..Batch::default() }]).unwrap();
    let mut known = std::collections::HashSet::new();
    let own: Vec<&Event> = events
        .iter()
        .filter(|event| event.id.as_ref().is_none_or(|id| known.insert((event.bot.clone(), id.clone()))))
        .filter(|event| &*event.bot == BOTS[0])
        .collect();
    let conversations = |first: Day, last: Day| {
        let talks = |event: &&&Event| matches!(event.kind, Kind::Message(_) | Kind::Introduction(..));
        let within = |event: &&&Event| (first..=last).contains(&warsaw().day(event.timestamp_ms));
        own.iter().filter(talks).filter(within).count() as f64
    };
    let by_day = rule(json!({"bot": BOTS[0], "metric": "conversations", "window_hours": null, "window_days": 3}));
    for point in backtest(&engine, &by_day, NOW_MS).unwrap().points {
        assert_eq!(point.value, Some(conversations(point.days.0, point.days.1)), "seed {seed}: {point:?}");
    }
    let requests = |last_ms: i64, hours: i64| {
        let from_ms = last_ms - hours * HOUR_MS;
        let asks = |event: &&&Event| matches!(event.kind, Kind::Performance(_));
        own.iter().filter(asks).filter(|event| (from_ms..last_ms).contains(&event.timestamp_ms)).count() as f64
    };
    let by_hour = rule(json!({"bot": BOTS[0], "metric": "requests", "window_hours": 5, "condition": "below"}));
    let tried = backtest(&engine, &by_hour, NOW_MS).unwrap();
    for point in &tried.points {
        assert_eq!(point.value, Some(requests(point.at_ms, 5)), "seed {seed}: {point:?}");
    }
    engine.close().unwrap();
}

fn talk(timestamp_ms: i64) -> Event {
    let kind = Kind::Message(Message::default());
    Event { bot: "default".into(), id: None, timestamp_ms, session_id: Some("s".into()), user_id: None, kind }
}

/// Rules that look at whole windows, each with every hold: one that ends within a window, with it, or in a later one.
fn whole_window_rules(watched: &Watched) -> Vec<String> {
    let hourly = json!({"metric": "requests", "window_hours": 2, "threshold": 20, "channels": []});
    let daily =
        json!({"metric": "conversations", "window_hours": null, "window_days": 1, "threshold": 5, "channels": []});
    let mut ids = Vec::new();
    for (base, holds) in [(hourly, [0, 5, 60, 90]), (daily, [0, 5, 90, 1_440])] {
        for (condition, hold) in
            ["below", "rises_by", "falls_by", "no_data"].into_iter().flat_map(|one| holds.map(|hold| (one, hold)))
        {
            let mut changes = base.clone();
            changes["name"] = json!(format!("{} {condition} {hold}", base["metric"]));
            changes["condition"] = json!(condition);
            changes["hold_minutes"] = json!(hold);
            if condition == "no_data" {
                changes["threshold"] = json!(null);
            }
            ids.push(watched.rule(changes));
        }
    }
    ids
}

/// The backtest once looked at the ends of windows alone, and said "It would not have fired" of rules that fired each time: any
/// hold of up to a window's length asked for two windows in a row.
#[test]
fn the_live_rule_says_what_the_backtest_shows() {
    let seed: u64 = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let watched = Watched::new();
    // A midnight in Warsaw, eight days before one that comes an hour early.
    let start_ms = warsaw().moment_ms("2026-03-21".parse().unwrap(), chrono::NaiveTime::MIN);
    let until = |at_ms: i64| watched.pass(at_ms - watched.now_ms());
    let append = |events: Vec<Event>| watched.engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    until(start_ms);
    for hour in 1..=24 {
        let at_ms = start_ms - hour * HOUR_MS;
        append((0..40).map(|_| request(at_ms, "/chat", 5, 200)).chain([talk(at_ms)]).collect());
    }
    let ids = whole_window_rules(&watched);
    let mut live: Vec<Vec<(i64, Option<i64>)>> = vec![Vec::new(); ids.len()];
    let mut level = 40;
    for hour in 0..24 * 18 {
        let begins_ms = start_ms + hour * HOUR_MS;
        for minute in [0, 5, 30, 35] {
            until(begins_ms + minute * MINUTE_MS);
            watched.desk.watch.look();
            let memory = watched.desk.watch.memory();
            for (id, firings) in ids.iter().zip(&mut live) {
                match (&memory.states[id].state.fired, firings.last_mut()) {
                    (Some(_), Some((_, None))) => {}
                    (Some(fired), _) => firings.push((fired.at_ms, None)),
                    (None, Some((_, resolved_ms @ None))) => *resolved_ms = Some(watched.now_ms()),
                    (None, _) => {}
                }
            }
            if minute == 0 {
                if random.random_bool(0.3) {
                    level = *pick(&mut random, &[0, 0, 5, 15, 60]);
                }
                let talks = if hour % 24 == 12 { *pick(&mut random, &[0, 0, 2, 10, 30]) } else { 0 };
                let talks = (0..talks).map(|_| talk(begins_ms));
                append((0..level).map(|_| request(begins_ms, "/chat", 5, 200)).chain(talks).collect());
            }
        }
    }
    let document = watched.settings.now();
    let mut compared = 0;
    for (id, live) in ids.iter().zip(&live) {
        let rule = &document.alerts.rules[id];
        let tried = backtest(&*watched.engine, rule, watched.now_ms()).unwrap();
        let tried: Vec<_> = tried.firings.iter().map(|firing| (firing.fired_ms, firing.resolved_ms)).collect();
        assert_eq!(&tried, live, "seed {seed}: {}", rule.name);
        compared += live.len();
    }
    assert!(compared > 60, "seed {seed}: {compared}");
}

/// What goes on is looked at once an hour. The backtest of a rule that fired live once ended with "pending".
#[test]
fn an_hour_that_was_bad_at_its_end_counts_as_bad_from_its_beginning() {
    let watched = Watched::new();
    let start_ms = NOW_MS - NOW_MS.rem_euclid(HOUR_MS);
    watched.pass(20 * HOUR_MS);
    let slow = [false, true, false, true, true, false];
    let of_hour = |hour: usize| {
        let at_ms = start_ms + hour as i64 * HOUR_MS;
        let response_time_ms = if slow[hour] { 2_000 } else { 10 };
        (0..10).map(move |number| request(at_ms + number * MINUTE_MS, "/chat", response_time_ms, 200))
    };
    let events = (0..slow.len()).flat_map(of_hour).collect();
    watched.engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    let fired = |hold: u32| {
        let tried = backtest(&*watched.engine, &rule(json!({"hold_minutes": hold})), watched.now_ms()).unwrap();
        tried.firings.iter().map(|firing| (firing.fired_ms - start_ms) / HOUR_MS).collect::<Vec<_>>()
    };
    for hold in [0, 5, 60] {
        assert_eq!(fired(hold), [2, 4], "{hold}: at the end of the first bad hour");
    }
    assert_eq!(fired(90), [5], "at the end of the second one in a row");
    assert_eq!(fired(121), [0; 0]);
    // Days as well.
    let dear = |hold: u32| {
        let body = json!({"metric": "conversations", "window_hours": null, "window_days": 1, "threshold": 3, "hold_minutes": hold});
        backtest(&*watched.engine, &rule(body), watched.now_ms()).unwrap().firings.len()
    };
    let talks = (0..5).map(|number| talk(start_ms + number * MINUTE_MS)).collect();
    watched.engine.append(vec![Batch { events: talks, ..Batch::default() }]).unwrap();
    assert_eq!([0, 5, 1_440, 1_441].map(dear), [1, 1, 1, 0]);
}

/// Looked at right after the end of each hour, the live rule finds what the backtest of afterwards finds.
#[test]
fn each_window_is_judged_live_as_the_backtest_judges_it() {
    let watched = Watched::new();
    // To the end of an hour, less a little.
    watched.pass(HOUR_MS - NOW_MS.rem_euclid(HOUR_MS) - 1);
    let mut random = SmallRng::seed_from_u64(3);
    let ids = ["above", "below", "rises_by"].map(|condition| {
        watched.rule(json!({"name": condition, "condition": condition, "threshold": 50, "metric": "requests", "window_hours": 3, "channels": []}))
    });
    let mut live: Vec<Vec<(i64, bool)>> = vec![Vec::new(); 3];
    for _ in 0..24 * 16 {
        let slow = random.random_range(0..60);
        watched.requests(slow, 5);
        // What is above is looked at in the hour itself; the others once it is whole.
        let at_ms = watched.now_ms() + 1;
        watched.desk.watch.look();
        let bad = |id: &String| watched.desk.watch.latest()[id].judged.verdict == Verdict::Bad;
        live[0].push((at_ms, bad(&ids[0])));
        watched.pass(1);
        watched.desk.watch.look();
        live[1].push((at_ms, bad(&ids[1])));
        live[2].push((at_ms, bad(&ids[2])));
        watched.pass(HOUR_MS - 1);
    }
    let document = watched.settings.now();
    for (id, live) in ids.iter().zip(&live) {
        let rule = &document.alerts.rules[id];
        let tried = backtest(&*watched.engine, rule, watched.now_ms()).unwrap();
        let fired = |at_ms: i64| tried.points.iter().find(|point| point.at_ms == at_ms);
        let mut compared = 0;
        for (at_ms, was_bad) in live {
            let Some(point) = fired(*at_ms) else { continue };
            let is_bad = point.phase == novahouse::alert::Phase::Firing;
            // What says nothing leaves a firing as it is.
            if point.value.is_some() {
                assert_eq!(is_bad, *was_bad, "{}: {point:?}", rule.name);
                compared += 1;
            }
        }
        assert!(compared > 150, "{compared}");
    }
}

#[test]
fn a_firing_leads_to_the_sessions_behind_it() {
    let served = {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { clock: Clock::fixed(NOW_MS), ..Options::default() };
        let engine = RedbEngine::open(dir.path(), &options).unwrap();
        (crate::support::served::Served::over(Arc::new(engine), Clock::fixed(NOW_MS)), dir)
    };
    let at = |days: i64| NOW_MS - days * 24 * HOUR_MS;
    let mut lines = String::new();
    for days in 0..30 {
        for number in 0..10 {
            let success = !(9..12).contains(&days) || number < 4;
            let event = json!({"type": "message", "session_id": format!("s-{days}-{number}"), "intent": "prices", "success": success, "timestamp": at(days)});
            lines.push_str(&format!("{event}\n"));
        }
    }
    assert_eq!(served.0.post(&[("Content-Type", "application/x-ndjson")], lines).status, 200);
    let rule = json!({"name": "lost", "metric": "not_understood_percent", "window_days": 1, "condition": "above", "threshold": 20});
    let json_type = [("Content-Type", "application/json")];
    let answer =
        served.0.client().send("POST", "/api/alerts/backtest", &json_type, rule.to_string().as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer["points"].as_array().unwrap().len(), 30);
    let [firing] = &answer["firings"].as_array().unwrap()[..] else { panic!("{}", answer["firings"]) };
    let params: Vec<String> = firing["sessions"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    let list = served.0.get(&format!("/api/sessions?{}", params.join("&"))).json();
    assert_eq!(list["matches"], 18, "{params:?}: {list}");
    the_hours_of_a_firing(&served.0);
    let own = json!({"name": "disk", "metric": "disk_free_mb", "condition": "below", "threshold": 1});
    let refused =
        served.0.client().send("POST", "/api/alerts/backtest", &json_type, own.to_string().as_bytes()).unwrap();
    assert!(refused.status == 400 && refused.json()["error"].as_str().unwrap().starts_with("metric:"), "{refused:?}");
}

/// The list was once of the whole day, whatever the hours.
fn the_hours_of_a_firing(served: &crate::support::served::Served) {
    let at = |hours: i64| NOW_MS - hours * HOUR_MS;
    let mut lines = String::new();
    for (hours, status) in [(60, 200), (50, 500), (49, 500), (48, 200), (47, 200)] {
        let request = json!({"type": "performance", "endpoint": "/ask", "status_code": status, "timestamp": at(hours)});
        let talk =
            json!({"type": "message", "session_id": format!("hour-{hours}"), "intent": "slow", "timestamp": at(hours)});
        lines.push_str(&format!("{request}\n{talk}\n"));
    }
    assert_eq!(served.post(&[("Content-Type", "application/x-ndjson")], lines).status, 200);
    let rule = json!({"name": "failing", "metric": "error_rate_percent", "window_hours": 1, "condition": "above", "threshold": 20});
    let json_type = [("Content-Type", "application/json")];
    let answer = served.client().send("POST", "/api/alerts/backtest", &json_type, rule.to_string().as_bytes()).unwrap();
    let answer = answer.json();
    let [firing] = &answer["firings"].as_array().unwrap()[..] else { panic!("{}", answer["firings"]) };
    let params = firing["sessions"].as_object().unwrap().iter();
    let params: Vec<String> = params.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    let list = served.get(&format!("/api/sessions?{}&intent=slow", params.join("&"))).json();
    let mut names: Vec<&str> =
        list["sessions"].as_array().unwrap().iter().map(|session| session["session_id"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["hour-49", "hour-50"], "{params:?}");
}
