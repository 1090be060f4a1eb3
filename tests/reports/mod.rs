//! Reports: their figures are those of the endpoints, each period reaches each recipient's mailbox once, whatever happens to the
//! server meanwhile, and whoever has had enough leaves.

mod access;
mod command;
mod figures;
mod leaving;
mod mime;
mod sending;

pub use mime::Part;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::model::{Event, Kind, Message};
use novahouse::notify::{Book, Office};
use novahouse::report::{Press, Report};
use novahouse::settings::Settings;
use novahouse::store::{Options, RedbEngine};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::mail_server::MailServer;
use crate::support::{WITHIN, becomes};

const HOUR_MS: i64 = 3_600_000;

fn ms(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

/// A weekly report to two people, changed in these fields.
fn report(changes: Value) -> Report {
    let mut body = json!({
        "name": "Raport", "every": "week", "channel": "mail", "language": "pl", "hour": 8,
        "recipients": ["anna@example.com", "Zofia Żak <zofia@example.com>"], "public_url": "https://chat.example.com",
    });
    changes.as_object().expect("fields").iter().for_each(|(field, value)| body[field] = value.clone());
    serde_json::from_value::<Report>(body).unwrap().checked().unwrap()
}

fn exchange(timestamp_ms: i64, text: &str, intent: &str) -> Event {
    let message = Message {
        question: None,
        user_message: Some(text.into()),
        bot_response: Some("Zaraz sprawdzę.".into()),
        intent: Some(intent.into()),
        confidence_ppm: None,
        entities: None,
        sentiment: None,
        response_time_ms: Some(420),
        user_satisfied: None,
        lead_generated: None,
        success: None,
        message_count: 1,
        input_tokens: Some(500),
        output_tokens: Some(90),
        cost_nanos: None,
        model: None,
    };
    let (session, user) = (format!("s-{timestamp_ms}"), format!("u-{}", timestamp_ms % 7));
    Event {
        bot: "default".into(),
        id: None,
        timestamp_ms,
        session_id: Some(session.as_str().into()),
        user_id: Some(user.as_str().into()),
        kind: Kind::Message(message),
    }
}

/// A press and a post office over an engine, with a clock that the test moves; it may go down and come up again.
struct Printed {
    dir: tempfile::TempDir,
    clock: Clock,
    engine: Arc<RedbEngine>,
    settings: Arc<Settings>,
    book: Arc<Book>,
    press: Arc<Press>,
    /// Brings letters until it is dropped.
    office: Runtime,
}

impl Printed {
    fn new(now_ms: i64) -> Self {
        Self::of(tempfile::tempdir().unwrap(), Clock::fixed(now_ms))
    }

    fn of(dir: tempfile::TempDir, clock: Clock) -> Self {
        let options = Options { clock: clock.clone(), zone: "Europe/Warsaw".parse().unwrap(), ..Options::default() };
        let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
        let settings = Arc::new(Settings::load(dir.path()).unwrap());
        let book = Arc::new(Book::load(dir.path(), clock.now_ms()).unwrap());
        let shared: Arc<dyn Engine> = engine.clone();
        let press = Arc::new(Press::new(shared, settings.clone(), book.clone(), clock.clone(), None));
        let office = Arc::new(Office::new(book.clone(), settings.clone(), clock.clone()));
        let composer = press.clone();
        office.compose_with(Box::new(move |message| composer.compose(message)));
        let runtime = Runtime::new().unwrap();
        runtime.spawn(office.run());
        Self { dir, clock, engine, settings, book, press, office: runtime }
    }

    /// Goes down, whatever is on its way, and comes up again on what is on the disk.
    fn restart(self) -> Self {
        let Self { dir, clock, engine, settings: _, book, press, office } = self;
        office.shutdown_timeout(WITHIN);
        drop((press, book));
        engine.close().unwrap();
        becomes("no one else holds the engine", || Arc::strong_count(&engine) == 1);
        drop(engine);
        Self::of(dir, clock)
    }

    fn pass(&self, ms: i64) {
        let Clock::Fixed(now_ms) = &self.clock else { unreachable!("it was made so") };
        now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// The clock goes on by hours, and one looks in each.
    fn hours(&self, count: i64) {
        for _ in 0..count {
            self.pass(HOUR_MS);
            self.press.look().unwrap();
        }
    }

    fn channel(&self, server: &MailServer) {
        let channel = server.channel(&["ops@example.com"]);
        self.settings.change(|document| Ok(document.channels.insert("mail".into(), channel))).unwrap();
    }

    fn report(&self, changes: Value) -> String {
        let (report, now_ms) = (report(changes), self.clock.now_ms());
        self.settings.change(|document| document.reports.add(report, &document.channels, now_ms)).unwrap()
    }

    fn append(&self, events: Vec<Event>) {
        self.engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    }

    /// Waits until nothing is on its way any more.
    #[track_caller]
    fn delivered(&self) {
        becomes("everything is sent", || !self.book.pages().is_waiting());
    }
}
