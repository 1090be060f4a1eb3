//! Two servers asked the same, path by path. What depends on the moment (timestamps of answers) is left out, and, where the
//! order of arrival is not known, what depends on it (numbers of records); percentiles may differ by 1 %.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use novahouse::clock::Clock;
use novahouse::model::Zone;
use serde_json::Value;

use crate::support::client::Client;

/// Paths compared at the same time, one a core of a small machine.
const AT_ONCE: usize = 2;
/// Of a list.
const PAGES_MAX: usize = 2;
const HOUR_MS: i64 = 3_600_000;

pub fn every_endpoint(found: SocketAddr, right: SocketAddr, now_ms: i64, numbered: bool) {
    let (paths, next) = (paths(now_ms), AtomicUsize::new(0));
    let compare = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            same_answers([found, right], path, numbered);
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(compare))));
}

/// Of a list also the next pages.
fn same_answers(servers: [SocketAddr; 2], path: &str, numbered: bool) {
    let mut page = path.to_owned();
    for _ in 0..PAGES_MAX {
        let mut answers = within_an_hour(|| servers.map(|server| answer(server, &page)));
        answers.iter_mut().for_each(|answer| comparable(answer, numbered));
        let [found, right] = answers;
        same(&found, &right, &page);
        let Some(cursor) = right.get("next_cursor").and_then(Value::as_str) else { return };
        page = format!("{path}&cursor={cursor}");
    }
}

/// Again where the clock hour has changed meanwhile: windows end with it.
fn within_an_hour<T>(mut ask: impl FnMut() -> T) -> T {
    let hour = || Clock::System.now_ms() / HOUR_MS;
    loop {
        let (began, answers) = (hour(), ask());
        if hour() == began {
            return answers;
        }
    }
}

/// Over a connection of its own: while the oracle counts for minutes, the server ends one that waits.
fn answer(server: SocketAddr, path: &str) -> Value {
    let answer = Client::connect(server).and_then(|mut client| client.get(path));
    let answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    match answer.header("content-type") {
        Some("application/json") => answer.json(),
        _ => Value::from(answer.text().lines().map(Value::from).collect::<Vec<_>>()),
    }
}

fn paths(now_ms: i64) -> Vec<String> {
    let today = Zone::UTC.day(now_ms);
    let (from, to) = (today.plus(-40), today.plus(-31));
    let between = format!("from={from}&to={to}");
    let mut paths = Vec::new();
    for window in ["days=1", "days=7", "days=61", &between] {
        for question in ["overview", "conversations", "engagement", "intents", "leads"] {
            paths.push(format!("/api/analytics/{question}?{window}"));
        }
        paths.push(format!("/api/analytics/questions/top?limit=50&{window}"));
    }
    for window in ["hours=1", "hours=24", "hours=1464", &between] {
        paths.push(format!("/api/analytics/performance?{window}"));
    }
    paths.push("/api/analytics/conversations?fill=true&days=61".into());
    paths.push("/api/analytics/dashboard/summary".into());
    paths.push("/api/analytics/budget/status?budget=500".into());
    paths.push("/api/analytics/metrics/weekly".into());
    paths.extend([from, to].map(|date| format!("/api/analytics/metrics/daily?date={date}")));
    for filter in ["", "&intent=contact", "&sentiment=negative", "&lead=false", "&q=garaże", "&q=s-12&intent=time"] {
        paths.push(format!("/api/sessions?days=7&limit=200{filter}"));
    }
    for filter in ["", "&intent=prices&understood=true", "&hour_of_week=33", "&sentiment=negative&lead=false"] {
        paths.push(format!("/api/sessions?days=61&by=exchange&limit=200{filter}"));
    }
    // More days of the largest load are more than one search reads.
    paths.push("/api/sessions?days=14&by=exchange&limit=200&q=garaże".into());
    paths.push("/api/leads?days=61&limit=500&offset=100".into());
    paths.push("/api/bots".into());
    paths.extend(["visit", "lead"].map(|by| format!("/api/sessions?by={by}&{between}")));
    for session in [0, 1, 77, 300] {
        paths.push(format!("/api/sessions/s-{session}"));
    }
    for what in ["overview", "leads", "engagement", "intents", "performance", "all"] {
        paths.push(format!("/api/analytics/export?type={what}&from={from}&to={from}"));
    }
    for what in ["engagement", "intents"] {
        paths.push(format!("/api/analytics/export?type={what}&from={from}&to={from}&format=ndjson"));
        paths.push(format!("/api/analytics/export?type={what}&from={from}&to={from}&format=csv"));
    }
    paths
}

/// Takes out what may differ, and sorts what then has no order of its own.
fn comparable(answer: &mut Value, numbered: bool) {
    if let Value::Object(answer) = answer {
        answer.remove("timestamp");
        answer.remove("exported_at");
        answer.get_mut("data").and_then(Value::as_object_mut).and_then(|data| data.remove("last_updated"));
    }
    match answer {
        _ if numbered => {}
        Value::Object(answer) => forget_numbers(answer),
        lines => sort_lines(lines),
    }
}

fn forget_numbers(answer: &mut serde_json::Map<String, Value>) {
    answer.remove("next_cursor");
    answer.get_mut("session").map(without_number);
    for list in ["sessions", "leads"] {
        let records = answer.get_mut(list).and_then(Value::as_array_mut);
        records.into_iter().flatten().for_each(without_number);
    }
    let Some(Value::Object(data)) = answer.get_mut("data") else { return };
    for list in ["conversations", "leads", "engagements", "intents", "performance"] {
        if let Some(Value::Array(records)) = data.get_mut(list) {
            records.iter_mut().for_each(without_number);
            records.sort_by_cached_key(Value::to_string);
        }
    }
}

fn without_number(record: &mut Value) {
    record.as_object_mut().unwrap().remove("id");
}

/// Lines of NDJSON are records; those of CSV begin with the record's number.
fn sort_lines(lines: &mut Value) {
    let lines = lines.as_array_mut().unwrap();
    for line in lines.iter_mut() {
        let text = line.as_str().unwrap();
        if let Ok(mut record) = serde_json::from_str(text) {
            without_number(&mut record);
            *line = record;
        } else if text.starts_with("nh-") {
            *line = text.split_once(',').expect("a record has fields").1.into();
        }
    }
    lines.sort_by_cached_key(Value::to_string);
}

fn same(found: &Value, right: &Value, story: &str) {
    if found == right {
        return;
    }
    match (found, right) {
        (Value::Object(found), Value::Object(right)) => {
            let names = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(found), names(right), "{story}");
            for (name, value) in found {
                let story = format!("{story} {name}");
                match &**name {
                    "p50" | "p95" | "p99" | "p50_ms" | "p95_ms" | "p99_ms" => {
                        within_one_percent(value, &right[name], &story)
                    }
                    _ => same(value, &right[name], &story),
                }
            }
        }
        (Value::Array(found), Value::Array(right)) => {
            assert_eq!(found.len(), right.len(), "{story}");
            for (place, (found, right)) in found.iter().zip(right).enumerate() {
                same(found, right, &format!("{story}[{place}]"));
            }
        }
        _ => assert_eq!(found, right, "{story}"),
    }
}

fn within_one_percent(found: &Value, right: &Value, story: &str) {
    let (found, right) = (found.as_u64().unwrap(), right.as_u64().unwrap());
    assert!(found.abs_diff(right) * 100 <= right, "{story}: {found} is not within 1 % of {right}");
}
