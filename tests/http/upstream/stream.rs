//! A reply that is streamed through. The upstream is in the test's own hands: it says the second piece only once the client
//! has the first, so that a server which gathered them would never come to an end.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use novahouse::chat::upstream::{UpstreamKind, UpstreamOptions};
use novahouse::limits::{TEXT_BYTES_MAX, UPSTREAM_ANSWER_BYTES_MAX, UPSTREAM_EVENT_BYTES_MAX};
use serde_json::{Value, json};

use super::super::{Fresh, has, keys};
use super::{options, request, served_with, timeline};
use crate::support::client::{Answer, Client};
use crate::support::served::Served;

/// Longer than a busy machine may take; what does not come by then never will.
const WITHIN: Duration = Duration::from_secs(60);

const EVENTS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

struct Bot(TcpListener);

impl Bot {
    /// The bot, and a server before it.
    fn served(kind: UpstreamKind) -> (Self, Served) {
        Self::served_within(kind, WITHIN)
    }

    fn served_within(kind: UpstreamKind, time_limit: Duration) -> (Self, Served) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/bot", listener.local_addr().unwrap());
        (Self(listener), served_with(UpstreamOptions { time_limit, ..options(&url, kind) }))
    }

    fn asked(&self) -> Asked {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(WITHIN)).unwrap();
        let mut stream = BufReader::new(stream);
        let (head, body) = request(&mut stream);
        Asked { head: head.to_lowercase(), body, stream }
    }
}

/// A question that the bot was asked.
struct Asked {
    head: String,
    body: Value,
    stream: BufReader<TcpStream>,
}

impl Asked {
    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// A chunk of a body.
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.write([format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat());
    }

    fn say(&mut self, data: &Value) {
        self.send(format!("data: {data}\n\n"));
    }

    /// # Panics
    /// Unless the server closes the connection.
    fn is_left(&mut self) {
        if let Err(error) = self.stream.read_to_end(&mut Vec::new()) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
}

/// A client that asks for events.
struct Visitor {
    client: Client,
    text: String,
}

impl Visitor {
    fn ask(served: &Served, message: &str) -> Self {
        let mut client = served.client();
        let headers = [("Content-Type", "application/json"), ("Accept", "text/event-stream")];
        let body = json!({"message": message, "session_id": "s"}).to_string();
        client.ask("POST", "/api/chatbot/chat", &headers, body.as_bytes()).unwrap();
        Self { client, text: String::new() }
    }

    /// # Panics
    /// Unless events begin.
    fn begins(&mut self) -> Answer {
        let head = self.client.head().unwrap();
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream; charset=utf-8")));
        assert_eq!(head.header("cache-control"), Some("no-store"));
        head
    }

    /// An answer that is no stream.
    fn answer(mut self) -> Answer {
        self.client.answer(false).unwrap()
    }

    fn hear(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (name, data) = event.split_once('\n').unwrap();
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                self.text = rest.to_owned();
                return (name, data);
            }
            let chunk = self.client.chunk().unwrap().expect("an event");
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    #[track_caller]
    fn hears(&mut self, piece: &str) {
        assert_eq!(self.hear(), ("delta".into(), json!({"delta": piece})));
    }

    /// The last event, which has to be of that name.
    #[track_caller]
    fn end(&mut self, right: &str) -> Value {
        let (name, data) = self.hear();
        assert_eq!(name, right, "{data}");
        assert_eq!((self.client.chunk().unwrap(), &*self.text), (None, ""), "nothing comes after it");
        data
    }
}

/// The chat's metrics, oldest first, once there are so many.
fn metrics(served: &Served, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + WITHIN;
    loop {
        let found = served.get("/api/analytics/export?type=performance").json()["data"]["performance"].take();
        let found = found.as_array().unwrap();
        if found.len() == count {
            return found.clone();
        }
        assert!(Instant::now() < deadline && found.len() < count, "{found:?}");
    }
}

#[test]
fn an_openai_endpoint_is_streamed_through_and_recorded_once() {
    let (bot, served) = Bot::served(UpstreamKind::Openai);
    let mut visitor = Visitor::ask(&served, "jeden");
    let mut asked = bot.asked();
    assert_eq!(
        asked.body,
        json!({"model": "small", "messages": [{"role": "user", "content": "jeden"}],
            "stream": true, "stream_options": {"include_usage": true}})
    );
    assert!(asked.head.contains("authorization: bearer sesame"), "{}", asked.head);
    asked.write(EVENTS);
    asked.send(": a comment\r\n\r\ndata: {\"model\":\"small-1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n");
    asked.send(
        "data: {\"choices\":[{\"delta\":{\"content\":\"Dzień \"},\"finish_reason\":null}],\"usage\":null}\r\n\r\n",
    );
    visitor.begins();
    visitor.hears("Dzień ");
    // Cut within a character, and data of two lines.
    let text = "data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"może\"}}]}\n\n".as_bytes();
    let middle = text.iter().position(|byte| *byte == 0xc5).unwrap() + 1;
    asked.send(&text[..middle]);
    asked.send(&text[middle..]);
    visitor.hears("może");
    asked.say(&json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}));
    asked.say(&json!({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 3}}));
    // The connection stays open: the word is enough.
    asked.send("data: [DONE]\n\n");
    let answer = visitor.end("done");
    assert_eq!(keys(&answer), ["response", "session_id", "timestamp", "status"]);
    has(&answer, &json!({"response": "Dzień może", "session_id": "s", "status": "success"}));
    has(
        &timeline(&served, 2)[0],
        &json!({"user_message": "jeden", "bot_response": "Dzień może", "input_tokens": 21, "output_tokens": 3,
            "model": "small-1"}),
    );
    has(&metrics(&served, 1)[0], &json!({"endpoint": "/api/chatbot/chat", "status_code": 200}));

    // Its full reply is history, and plain JSON is one piece of the next.
    let mut visitor = Visitor::ask(&served, "dwa");
    let mut asked = bot.asked();
    assert_eq!(
        asked.body["messages"],
        json!([{"role": "user", "content": "jeden"}, {"role": "assistant", "content": "Dzień może"}, {"role": "user", "content": "dwa"}])
    );
    asked.write([WHOLE, r#"{"choices":[{"message":{"content":"Tak."}}]}"#].concat());
    drop(asked);
    visitor.begins();
    visitor.hears("Tak.");
    has(&visitor.end("done"), &json!({"response": "Tak."}));
}

#[test]
fn the_events_of_a_bot_are_passed_through_and_the_whole_tells_the_rest() {
    let (bot, served) = Bot::served(UpstreamKind::Json);
    let mut visitor = Visitor::ask(&served, "How much?");
    let mut asked = bot.asked();
    assert_eq!(asked.body, json!({"message": "How much?", "session_id": "s"}));
    assert!(asked.head.contains("accept: text/event-stream, application/json\r\n"), "{}", asked.head);
    asked.write(EVENTS);
    asked.send("event: ping\ndata:\n\nevent: delta\ndata: {\"delta\":\"It \"}\n\n");
    visitor.begins();
    visitor.hears("It ");
    asked.say(&json!({"delta": "depends."}));
    visitor.hears("depends.");
    asked.say(&json!({"response": "It depends.", "intent": "prices", "confidence": 0.75, "entities": {"m2": 50},
        "cost_usd": 0.002}));
    let answer = visitor.end("done");
    assert_eq!(keys(&answer), ["response", "session_id", "timestamp", "status", "intent", "confidence"]);
    has(&answer, &json!({"response": "It depends.", "status": "success", "intent": "prices", "confidence": 0.75}));
    has(
        &timeline(&served, 2)[0],
        &json!({"bot_response": "It depends.", "intent_detected": "prices", "entities_extracted": {"m2": 50}, "cost_usd": 0.002}),
    );
    assert_eq!(metrics(&served, 1).len(), 1);

    // Pieces alone are a reply too, and so is plain JSON, of one piece.
    let mut visitor = Visitor::ask(&served, "Hm?");
    let mut asked = bot.asked();
    asked.write(EVENTS);
    asked.say(&json!({"delta": "Well."}));
    asked.write("0\r\n\r\n");
    visitor.begins();
    visitor.hears("Well.");
    has(&visitor.end("done"), &json!({"response": "Well."}));
    let mut visitor = Visitor::ask(&served, "And?");
    bot.asked().write([WHOLE, r#"{"response":"No.","intent":"no"}"#].concat());
    visitor.begins();
    visitor.hears("No.");
    has(&visitor.end("done"), &json!({"response": "No.", "intent": "no"}));
}

#[test]
fn the_built_in_bot_says_one_piece_and_is_done() {
    let server = Fresh::new();
    for (message, intent) in [("Ile kosztuje remont?", Some("prices")), (" ", None)] {
        let mut visitor = Visitor::ask(&server.served, message);
        let head = visitor.begins();
        if let Some(length) = head.header("content-length") {
            visitor.text = String::from_utf8(visitor.client.bytes(length.parse().unwrap()).unwrap()).unwrap();
        }
        let (name, piece) = visitor.hear();
        assert_eq!(name, "delta");
        let (name, answer) = visitor.hear();
        assert_eq!((&*name, &answer["response"], answer["intent"].as_str()), ("done", &piece["delta"], intent));
    }
}

#[test]
fn who_fails_before_the_first_piece_is_a_polite_502() {
    let (bot, served) = Bot::served(UpstreamKind::Json);
    for (count, answer) in [
        "HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{EVENTS}0\r\n\r\n"),
        format!("{EVENTS}{}", chunk("event: error\ndata: no idea\n\n")),
        format!("{EVENTS}{}", chunk("data: {]}\n\n")),
    ]
    .iter()
    .enumerate()
    {
        let visitor = Visitor::ask(&served, "x");
        bot.asked().write(answer);
        let answer = visitor.answer();
        assert_eq!((answer.status, answer.header("content-type")), (502, Some("application/json")), "{answer:?}");
        has(&answer.json(), &json!({"status": "error", "session_id": "s", "code": "upstream_failed"}));
        has(&metrics(&served, count + 1)[count], &json!({"status_code": 502}));
    }
}

#[test]
fn who_fails_in_the_middle_has_an_apology_for_its_end_and_is_soon_left_alone() {
    let (bot, served) = Bot::served(UpstreamKind::Openai);
    let error = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
    // Broken off with and without a sign of it, an error, no JSON, an event without end.
    for (count, end) in
        ["", "0\r\n\r\n", &chunk(error), &chunk("data: {\n\n"), &chunk(&"x".repeat(UPSTREAM_EVENT_BYTES_MAX + 1))]
            .into_iter()
            .enumerate()
    {
        let mut visitor = Visitor::ask(&served, "call me: 600 700 800");
        let mut asked = bot.asked();
        asked.write(EVENTS);
        asked.say(&json!({"choices": [{"delta": {"content": "So"}}]}));
        visitor.begins();
        visitor.hears("So");
        asked.write(end);
        drop(asked);
        let answer = visitor.end("error");
        has(&answer, &json!({"status": "error", "session_id": "s", "code": "upstream_failed"}));
        assert!(answer["response"].as_str().unwrap().contains("sorry"));
        has(&metrics(&served, count + 1)[count], &json!({"status_code": 502}));
    }
    assert!(metrics(&served, 5)[2]["error_message"].as_str().unwrap().contains("overloaded"));
    // What was written counts whatever became of it, and whoever left a number is a lead.
    let written = timeline(&served, 10)[0].clone();
    has(&written, &json!({"user_message": "call me: 600 700 800", "success": false}));
    assert!(written.get("bot_response").is_none(), "{written}");
    has(&served.get("/api/analytics/leads").json(), &json!({"total_leads": 1}));
    // Now the breaker is open.
    assert_eq!(Visitor::ask(&served, "x").answer().status, 502);
    bot.0.set_nonblocking(true).unwrap();
    assert_eq!(bot.0.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// A chunk of a body, as bytes.
fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[test]
fn the_time_limit_is_for_the_whole_stream() {
    let (bot, served) = Bot::served_within(UpstreamKind::Json, Duration::from_secs(1));
    let mut visitor = Visitor::ask(&served, "x");
    let mut asked = bot.asked();
    asked.write(EVENTS);
    asked.say(&json!({"delta": "Well"}));
    visitor.begins();
    visitor.hears("Well");
    visitor.end("error");
    asked.is_left();
}

#[test]
fn a_stream_without_end_is_given_up() {
    let (bot, served) = Bot::served(UpstreamKind::Json);
    let mut visitor = Visitor::ask(&served, "x");
    let mut asked = bot.asked();
    asked.write(EVENTS);
    asked.say(&json!({"delta": "Well"}));
    visitor.begins();
    visitor.hears("Well");
    let comments = format!(": {}\n", "x".repeat(60)).repeat(1_024);
    for _ in 0..=UPSTREAM_ANSWER_BYTES_MAX / comments.len() {
        // The server may have gone before the last.
        let _ = asked.stream.get_mut().write_all(chunk(&comments).as_bytes());
    }
    visitor.end("error");
    assert!(metrics(&served, 1)[0]["error_message"].as_str().unwrap().contains("more than"));
}

#[test]
fn a_visitor_who_goes_takes_the_question_back_and_what_was_said_is_recorded() {
    let (bot, served) = Bot::served(UpstreamKind::Json);
    // Before the first piece.
    let visitor = Visitor::ask(&served, "x");
    let mut asked = bot.asked();
    drop(visitor);
    asked.is_left();
    has(&metrics(&served, 1)[0], &json!({"status_code": 499}));
    has(&timeline(&served, 2)[0], &json!({"user_message": "x"}));
    // In the middle; it is no failure of the bot, however often.
    for count in 1..=6 {
        let mut visitor = Visitor::ask(&served, "How much?");
        let mut asked = bot.asked();
        asked.write(EVENTS);
        asked.say(&json!({"delta": "It "}));
        visitor.begins();
        visitor.hears("It ");
        drop(visitor);
        asked.is_left();
        has(&timeline(&served, 2 * count + 2)[2 * count], &json!({"user_message": "How much?", "bot_response": "It "}));
        has(&metrics(&served, count + 1)[count], &json!({"status_code": 499}));
    }
}

/// The bot says all it has to say while the visitor reads nothing.
#[test]
fn a_slow_visitor_holds_nobody_up() {
    let (bot, served) = Bot::served(UpstreamKind::Json);
    let mut visitor = Visitor::ask(&served, "x");
    let mut asked = bot.asked();
    asked.write(EVENTS);
    let piece = "data: {\"delta\":\"żółw\"}\n\n".repeat(100);
    for _ in 0..TEXT_BYTES_MAX / 7 / 100 + 10 {
        asked.send(&piece);
    }
    asked.write("0\r\n\r\n");
    let recorded = timeline(&served, 2)[0]["bot_response"].clone();
    let reply = recorded.as_str().unwrap();
    assert!((TEXT_BYTES_MAX - 1..=TEXT_BYTES_MAX).contains(&reply.len()), "{}", reply.len());
    visitor.begins();
    let mut heard = String::new();
    let answer = loop {
        let (name, data) = visitor.hear();
        if name == "done" {
            break data;
        }
        heard.push_str(data["delta"].as_str().unwrap());
    };
    assert!(heard == reply && answer["response"] == reply, "the visitor reads what was recorded");
}
