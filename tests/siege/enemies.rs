//! Who does not mean well. Whatever they send, the server answers or closes; it never fails, and stores nothing that it does
//! not say it took.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::{ASK_AGAIN, Siege};
use crate::http::{hostile, smuggled};
use crate::support::client::Client;
use crate::support::process::Server;

#[path = "../../src/fuzz/mutate.rs"]
mod mutate;

/// Connections that are held open, most of which never say a whole word.
const SILENT: usize = 100;
const A_BYTE_EVERY: Duration = Duration::from_millis(200);
/// So that who means well has the most of two cores.
const PAUSE: Duration = Duration::from_millis(2);

const REQUESTS: [&[u8]; 4] = [
    b"GET /api/analytics/overview?days=7 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
    b"GET /dashboard.html HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nIf-None-Match: \"x\"\r\n\r\n",
    b"GET /api/sessions?q=%22a%22 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nCookie: novahouse=y\r\n\r\n",
    b"GET /api/health HTTP/1.0\r\nHost: 127.0.0.1\r\nOrigin: http://localhost\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
];

const EVENTS: &str = concat!(
    r#"{"type":"message","bot":"enemies","id":"1","session_id":"a","user_message":"Cześć","intent":"prices","confidence":0.5}"#,
    "\n",
    r#"{"type":"message","bot":"enemies","session_id":"a","entities":{"m2":[50,{}]},"timestamp":"2026-01-01T00:00:00.5+01:00"}"#,
    "\n",
    r#"{"type":"engagement","bot":"enemies","session_id":"a","pages_visited":["/","/x"],"device_type":"mobile"}"#,
    "\n",
    r#"{"type":"lead","bot":"enemies","session_id":"b","property_size":5.5,"additional_info":{"a":[1]}}"#,
    "\n",
    r#"{"type":"performance","bot":"enemies","endpoint":"/chat","status_code":500,"memory_usage_mb":1.5}"#,
    "\n",
    r#"{"type":"exposure","bot":"enemies","session_id":"b","experiment":"e","variant":"v"}"#,
    "\n",
    r#"{"type":"feedback","bot":"enemies","session_id":"b","rating":4}"#,
    "\n",
);

/// Bytes that are no request, requests that two readers would end at different places, and some that are nearly right.
pub fn send_no_requests(siege: &Siege) {
    let mut random = siege.random(1);
    let corpus: Vec<Vec<u8>> = REQUESTS.iter().map(|request| request.to_vec()).collect();
    let mut known: Vec<Vec<u8>> = hostile::NOT_HTTP.iter().map(|bytes| bytes.to_vec()).collect();
    known.extend(smuggled::requests().into_iter().map(String::into_bytes));
    while siege.goes_on() {
        let bytes = match random.random_bool(0.3) {
            true => known.choose(&mut random).expect("there are some").clone(),
            false => mutate::mutated(&corpus, &mut random),
        };
        let Ok(answer) = hostile::shout(siege.address(), &bytes) else {
            std::thread::sleep(ASK_AGAIN);
            continue;
        };
        match answer.split(' ').nth(1).and_then(|status| status.parse().ok()) {
            Some(status) => siege.tally.no_requests.answered(status, &|| String::from_utf8_lossy(&bytes).into_owned()),
            None => siege.tally.no_requests.cut(),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Each is sent under a key until it is answered, so that what was taken is known to the event.
pub fn send_bad_events(siege: &Siege) {
    let mut random = siege.random(2);
    for number in 0u64.. {
        if !siege.goes_on() {
            return;
        }
        let body = mutate::mutated(&[EVENTS.into()], &mut random);
        let key = format!("bad-{number}");
        siege.send(&|| format!("{body:?}"), || is_answered(siege, &key, &body));
        std::thread::sleep(PAUSE);
    }
}

fn is_answered(siege: &Siege, key: &str, body: &[u8]) -> bool {
    let headers = [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", key)];
    let answer =
        Client::connect(siege.address()).and_then(|mut client| client.send("POST", "/api/events", &headers, body));
    let Ok(answer) = answer else { return false };
    if answer.status == 503 {
        return false;
    }
    siege.tally.bad_bodies.answered(answer.status, &|| String::from_utf8_lossy(body).into_owned());
    if answer.status == 200 {
        let receipt = answer.json();
        let of = |what: &str| receipt[what].as_u64().expect("a count");
        siege.tally.bad_events_taken.fetch_add(of("accepted"), Ordering::AcqRel);
        siege.tally.bad_events_refused.fetch_add(of("rejected"), Ordering::Relaxed);
    }
    true
}

/// Every address that answers a GET, with the parameters it has.
pub struct Target {
    path: String,
    parameters: Vec<String>,
}

pub fn targets(server: &Server) -> Vec<Target> {
    let document = server.get("/api/openapi.json").1;
    let paths = document["paths"].as_object().expect("paths");
    let asked = paths.iter().filter(|(path, methods)| methods.get("get").is_some() && *path != "/api/live");
    let target = |(path, methods): (&String, &serde_json::Value)| {
        let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let parameters = parameters.iter().filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
        Target { path: path.clone(), parameters: parameters.collect() }
    };
    asked.map(target).collect()
}

/// Values that are right somewhere, which is nearly never where they come.
const VALUES: [&[u8]; 12] = [
    b"7",
    b"3650",
    b"0",
    b"2026-02-30",
    b"enemies",
    b"conversations",
    b"csv",
    b"intent:prices",
    b"exchange",
    b"lead",
    b"true",
    b"24h",
];

pub fn send_bad_questions(siege: &Siege, targets: &[Target]) {
    let mut random = siege.random(3);
    let values: Vec<Vec<u8>> = VALUES.iter().map(|value| value.to_vec()).collect();
    while siege.goes_on() {
        let path = question(targets, &values, &mut random);
        match Client::connect(siege.address()).map(|mut client| client.get(&path)) {
            Ok(Ok(answer)) => siege.tally.bad_questions.answered(answer.status, &|| path.clone()),
            Ok(Err(_)) => siege.tally.bad_questions.cut(),
            Err(_) => std::thread::sleep(ASK_AGAIN),
        }
        std::thread::sleep(PAUSE);
    }
}

fn question(targets: &[Target], values: &[Vec<u8>], random: &mut SmallRng) -> String {
    let value = |random: &mut SmallRng| {
        let value = match random.random_bool(0.5) {
            true => values.choose(random).expect("there are some").clone(),
            false => mutate::mutated(values, random),
        };
        percent_encoding::percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let Target { path, parameters } = targets.choose(random).expect("there are some");
    let mut path = path.clone();
    while let Some((before, (_, after))) =
        path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        path = format!("{before}{}{after}", value(random));
    }
    let mut asked = path;
    for (place, _) in (0..random.random_range(0..5)).enumerate() {
        let name = parameters.choose(random).map_or("days", |name| name);
        asked.push_str(&format!("{}{name}={}", if place == 0 { '?' } else { '&' }, value(random)));
    }
    asked
}

/// Holds connections open: some say nothing, some a byte now and then. What the server closes is opened again.
pub fn say_nothing(siege: &Siege) {
    let words = b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    let mut held: Vec<(TcpStream, usize)> = Vec::new();
    while siege.goes_on() {
        while held.len() < SILENT {
            let Ok(stream) = TcpStream::connect(siege.address()) else { break };
            stream.set_nonblocking(true).expect("a socket");
            siege.tally.silent.fetch_add(1, Ordering::Relaxed);
            held.push((stream, 0));
        }
        for (place, (stream, said)) in held.iter_mut().enumerate() {
            if place % 2 == 0 && *said < words.len() && stream.write(&words[*said..=*said]).is_ok() {
                *said += 1;
            }
        }
        held.retain_mut(|(stream, _)| {
            let read = stream.read(&mut [0; 256]);
            read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        });
        std::thread::sleep(A_BYTE_EVERY);
    }
}
