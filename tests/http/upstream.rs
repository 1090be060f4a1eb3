//! The team's own bot behind ours, played by a small server.

mod stream;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use novahouse::chat::ChatBot;
use novahouse::chat::upstream::{Secret, Upstream, UpstreamKind, UpstreamOptions};
use serde_json::{Value, json};

use super::{clock, has, oracle};
use crate::support::client::Answer;
use crate::support::served::Served;

/// A server that gives the same answer to everyone; head and body of each request are passed on.
fn play(answer: &'static str) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/bot", listener.local_addr().unwrap());
    let (tells, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let _ = tells.send(request(&mut stream));
            let _ = stream.get_mut().write_all(answer.as_bytes());
        }
    });
    (url, requests)
}

/// Head and body.
fn request(stream: &mut BufReader<TcpStream>) -> (String, Value) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).unwrap();
    }
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

fn options(url: &str, kind: UpstreamKind) -> UpstreamOptions {
    let model = (kind == UpstreamKind::Openai).then(|| "small".to_owned());
    let key = Some(Secret("sesame".into()));
    UpstreamOptions { url: url.parse().unwrap(), kind, model, key, time_limit: Duration::from_secs(2) }
}

fn served(url: &str, kind: UpstreamKind) -> Served {
    served_with(options(url, kind))
}

fn served_with(options: UpstreamOptions) -> Served {
    let upstream = Upstream::new(options).unwrap();
    Served::with_bot(std::sync::Arc::new(oracle()), clock(), ChatBot::Upstream(Box::new(upstream)))
}

fn say(served: &Served, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/json")];
    served.client().send("POST", "/api/chatbot/chat", &headers, body.to_string().as_bytes()).unwrap()
}

fn timeline(served: &Served, events: usize) -> Vec<Value> {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let answer = served.get("/api/sessions/s");
        if answer.status == 200 && answer.json()["timeline"].as_array().unwrap().len() == events {
            return answer.json()["timeline"].as_array().unwrap().clone();
        }
        assert!(std::time::Instant::now() < deadline, "{answer:?}");
    }
}

#[test]
fn the_json_is_forwarded_and_what_the_bot_says_of_itself_recorded() {
    let (url, requests) = play(concat!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        r#"{"response":"Sure.","intent":"prices","confidence":0.75,"entities":{"m2":50},"input_tokens":10,"#,
        r#""output_tokens":4,"cost_usd":0.002,"model":"m1","confidence_of":"x"}"#
    ));
    let served = served(&url, UpstreamKind::Json);
    let answer = say(&served, &json!({"message": "How much?", "session_id": "s", "tenant": 7}));
    assert_eq!(answer.status, 200, "{answer:?}");
    has(&answer.json(), &json!({"response": "Sure.", "intent": "prices", "confidence": 0.75, "status": "success"}));
    let (head, body) = requests.recv().unwrap();
    assert_eq!(body, json!({"message": "How much?", "session_id": "s", "tenant": 7}));
    assert!(head.to_lowercase().contains("authorization: bearer sesame"), "{head}");
    has(
        &timeline(&served, 2)[0],
        &json!({"user_message": "How much?", "bot_response": "Sure.", "intent_detected": "prices", "confidence": 0.75,
            "entities_extracted": {"m2": 50}, "input_tokens": 10, "output_tokens": 4, "cost_usd": 0.002, "model": "m1"}),
    );
}

#[test]
fn the_bot_is_told_which_variant_of_an_experiment_it_is_to_show() {
    let json = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"response\":\"Hello.\"}";
    let openai = concat!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        r#"{"choices":[{"message":{"role":"assistant","content":"Hello."}}]}"#
    );
    for (kind, answer) in [(UpstreamKind::Json, json), (UpstreamKind::Openai, openai)] {
        let (url, requests) = play(answer);
        let served = served(&url, kind);
        let headers = [("Content-Type", "application/json")];
        let post = |path: &str, body: Value| {
            let answer = served.client().send("POST", path, &headers, body.to_string().as_bytes()).unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
        };
        for name in ["first", "żółty"] {
            let variants = json!([{"name": "a b", "weight": 1}, {"name": "c d", "weight": 1}]);
            post("/api/experiments", json!({"name": name, "primary": {"metric": "lead_rate"}, "variants": variants}));
            served
                .client()
                .send(
                    "POST",
                    &format!("/api/experiments/{}/start", name.replace("żółty", "%C5%BC%C3%B3%C5%82ty")),
                    &[],
                    b"",
                )
                .unwrap();
        }
        say(&served, &json!({"message": "Hi", "session_id": "s", "variant": "made up"}));
        let (head, body) = requests.recv().unwrap();
        let shown: Vec<Value> = timeline(&served, 4).into_iter().filter(|event| event["type"] == "exposure").collect();
        assert_eq!((shown[0]["experiment"].as_str(), shown[1]["experiment"].as_str()), (Some("first"), Some("żółty")));
        let pair = |event: &Value| json!({"experiment": event["experiment"], "variant": event["variant"]});
        match kind {
            UpstreamKind::Json => {
                assert_eq!((&body["experiment"], &body["variant"]), (&json!("first"), &shown[0]["variant"]));
                assert_eq!(body["experiments"], shown.iter().map(pair).collect::<Value>());
            }
            UpstreamKind::Openai => {
                let variant = shown[0]["variant"].as_str().unwrap().replace(' ', "%20");
                let head = head.to_lowercase();
                assert!(head.contains("x-novahouse-experiment: first\r\n"), "{head}");
                assert!(head.contains(&format!("x-novahouse-variant: {variant}\r\n")), "{head}");
                assert_eq!(body.get("experiment"), None);
            }
        }
    }
}

#[test]
fn an_openai_endpoint_gets_the_history_of_the_session() {
    let (url, requests) = play(concat!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        r#"{"model":"small-1","choices":[{"message":{"role":"assistant","content":"Dobrze."}}],"#,
        r#""usage":{"prompt_tokens":21,"completion_tokens":3}}"#
    ));
    let served = served(&url, UpstreamKind::Openai);
    for message in ["jeden", "dwa"] {
        assert_eq!(say(&served, &json!({"message": message, "session_id": "s"})).json()["response"], "Dobrze.");
    }
    assert_eq!(
        requests.recv().unwrap().1,
        json!({"model": "small", "messages": [{"role": "user", "content": "jeden"}]})
    );
    let second = requests.recv().unwrap().1;
    assert_eq!(
        second["messages"],
        json!([{"role": "user", "content": "jeden"}, {"role": "assistant", "content": "Dobrze."}, {"role": "user", "content": "dwa"}])
    );
    has(&timeline(&served, 4)[0], &json!({"input_tokens": 21, "output_tokens": 3, "model": "small-1"}));
    // Another session has another history.
    say(&served, &json!({"message": "trzy", "session_id": "t"}));
    assert_eq!(requests.recv().unwrap().1["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bot_that_fails_is_a_polite_502_and_soon_left_alone() {
    for answer in [
        "HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nnot JSON",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"reply\":\"\"}",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (url, requests) = play(answer);
        let served = served(&url, UpstreamKind::Json);
        for _ in 0..8 {
            let answer = say(&served, &json!({"message": "x", "session_id": "s"}));
            assert_eq!(answer.status, 502, "{answer:?}");
            has(&answer.json(), &json!({"status": "error", "session_id": "s", "code": "upstream_failed"}));
            assert!(answer.json()["response"].as_str().unwrap().contains("sorry"));
            assert!(!answer.text().contains("127.0.0.1"), "{answer:?}");
        }
        assert_eq!(requests.try_iter().count(), 5, "then the breaker opened");
        // The chat does not wait for its own record.
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        let mut performance = served.get("/api/analytics/performance").json();
        while performance["total_requests"] != 8 {
            assert!(std::time::Instant::now() < deadline, "{performance}");
            performance = served.get("/api/analytics/performance").json();
        }
        has(&performance["endpoint_performance"][0], &json!({"endpoint": "/api/chatbot/chat", "error_rate": 100.0}));
    }
}

#[test]
fn a_bot_that_hangs_is_given_up_after_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = say(&served(&url, UpstreamKind::Json), &json!({"message": "x"}));
    assert_eq!(answer.status, 502, "{answer:?}");
}

#[test]
fn options_that_do_not_fit_are_named() {
    let no_model = UpstreamOptions { model: None, ..options("http://127.0.0.1:1/", UpstreamKind::Openai) };
    assert!(Upstream::new(no_model).err().unwrap().to_string().contains("--upstream-model"));
    assert!(Upstream::new(options("ftp://x/", UpstreamKind::Json)).err().unwrap().to_string().contains("--upstream"));
    assert!(!format!("{:?}", options("http://x/", UpstreamKind::Json)).contains("sesame"));
}
