//! What the chat leaves behind: one message, the session's engagement and a performance metric. It never waits: a queue
//! that is full or a storage that fails changes nothing of the reply; what could not be recorded is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tokio::sync::oneshot;

use super::Reply;
use crate::engine::Batch;
use crate::experiment::KnownExposures;
use crate::ingest::{self, Ingest};
use crate::model::{ANONYMOUS, Engagement, Event, Kind, Message, Performance};
use crate::reading::complete;
use crate::settings::Settings;

/// The path of the chat, under which its performance is counted.
pub const ENDPOINT: &str = "/api/chatbot/chat";

/// Who wrote, from where, and when.
pub struct Visit {
    pub bot: Box<str>,
    pub session_id: Box<str>,
    pub user_id: Box<str>,
    pub device_type: Option<Box<str>>,
    pub browser: Option<Box<str>>,
    pub timestamp_ms: i64,
    /// That variants of experiments are shown to the visitor.
    pub exposures: Vec<Event>,
}

/// Hands exchanges to ingest.
pub struct Recorder {
    settings: Arc<Settings>,
    unrecorded: Arc<AtomicU64>,
    pub known_exposures: Arc<KnownExposures>,
}

impl Recorder {
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings, unrecorded: Arc::default(), known_exposures: Arc::default() }
    }

    /// Records one exchange; returns at once.
    pub fn exchange(&self, ingest: &Ingest, visit: Visit, message: &str, reply: &Reply, response_time_ms: u32) {
        self.said(ingest, visit, message, reply, response_time_ms, Outcome::Answered);
    }

    /// Records that the visitor went away before the reply was whole, with what had been said of it.
    pub fn gone(&self, ingest: &Ingest, visit: Visit, message: &str, reply: &Reply, response_time_ms: u32) {
        self.said(ingest, visit, message, reply, response_time_ms, Outcome::Gone);
    }

    /// Records that the bot gave no reply, and why. What the visitor wrote counts all the same: people did ask it, and may
    /// have left their number.
    pub fn failure(&self, ingest: &Ingest, visit: Visit, message: &str, why: &str, response_time_ms: u32) {
        self.said(ingest, visit, message, &Reply::default(), response_time_ms, Outcome::Failed(why));
    }

    fn said(
        &self,
        ingest: &Ingest,
        visit: Visit,
        message: &str,
        reply: &Reply,
        response_time_ms: u32,
        outcome: Outcome,
    ) {
        let said = Message {
            user_message: Some(message.into()),
            bot_response: (!reply.response.is_empty()).then(|| reply.response.as_str().into()),
            intent: reply.intent.as_deref().map(Into::into),
            confidence_ppm: reply.confidence.map(|confidence| (confidence * 1e6) as u32),
            entities: reply.entities.clone().map(|entities| Value::from(entities).to_string().into()),
            response_time_ms: Some(response_time_ms),
            input_tokens: reply.input_tokens,
            output_tokens: reply.output_tokens,
            cost_nanos: reply.cost_usd.map(|usd| (usd * 1e9).round() as u64),
            model: reply.model.as_deref().map(Into::into),
            success: matches!(outcome, Outcome::Failed(_)).then_some(false),
            ..Message::default()
        };
        let engagement = Engagement {
            pages: Vec::new(),
            conversion_event: None,
            device_type: visit.device_type.clone(),
            browser: visit.browser.clone(),
            referrer: None,
        };
        let kinds = [Kind::Message(said), Kind::Engagement(engagement), performance(response_time_ms, outcome)];
        let exposures = visit.exposures.iter().filter(|exposure| self.known_exposures.is_new(exposure)).cloned();
        let mut events: Vec<Event> = exposures.chain(kinds.map(|kind| event(&visit, kind))).collect();
        events.iter_mut().for_each(complete);
        self.submit(ingest, events);
    }

    /// Records that the chat was asked for nothing.
    pub fn prompt(&self, ingest: &Ingest, visit: &Visit, response_time_ms: u32) {
        self.submit(ingest, vec![event(visit, performance(response_time_ms, Outcome::Answered))]);
    }

    /// Exchanges that ingest did not take or could not store, since the start.
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }

    fn submit(&self, ingest: &Ingest, mut events: Vec<Event>) {
        let settings = self.settings.now();
        events.iter_mut().for_each(|event| settings.mask(event));
        let bytes = events.iter().map(Event::weight).sum();
        let is_exposure = |event: &&Event| matches!(event.kind, Kind::Exposure(_));
        let exposures: Vec<Box<str>> = events.iter().filter(is_exposure).filter_map(|event| event.id.clone()).collect();
        let (batch, lost) = (Batch { events, ..Batch::default() }, self.unrecorded.clone());
        let taken = match ingest.room(bytes) {
            Ok(room) if exposures.is_empty() => ingest.submit_unheard(batch, room, lost),
            Ok(room) => ingest.submit(batch, room).map(|stored| self.hear(stored, exposures)),
            Err(full) => Err(full),
        };
        if taken.is_err() {
            self.unrecorded.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Until it is known that exposures are stored, each message tells of them again.
    fn hear(&self, stored: oneshot::Receiver<ingest::Outcome>, exposures: Vec<Box<str>>) {
        let (known, lost) = (self.known_exposures.clone(), self.unrecorded.clone());
        tokio::spawn(async move {
            match stored.await {
                Ok(Ok(_)) => exposures.into_iter().for_each(|id| known.add(id)),
                _ => drop(lost.fetch_add(1, Ordering::Relaxed)),
            }
        });
    }
}

/// What became of a request.
#[derive(Clone, Copy)]
enum Outcome<'a> {
    Answered,
    Failed(&'a str),
    Gone,
}

fn performance(response_time_ms: u32, outcome: Outcome) -> Kind {
    let (status_code, error_message) = match outcome {
        Outcome::Answered => (200, None),
        Outcome::Failed(why) => (502, Some(why)),
        // No standard has a status for it; this one is nginx's, which logs and those who read them know.
        Outcome::Gone => (499, Some("the visitor went away before the reply was whole")),
    };
    Kind::Performance(Performance {
        endpoint: ENDPOINT.into(),
        response_time_ms: Some(response_time_ms),
        status_code: Some(status_code),
        error_message: error_message.map(Into::into),
        memory_micro_mb: None,
        cpu_micro_percent: None,
    })
}

fn event(visit: &Visit, kind: Kind) -> Event {
    let of_a_session = !matches!(kind, Kind::Performance(_));
    let session_id = of_a_session.then(|| visit.session_id.clone());
    let user_id = Some(visit.user_id.clone()).filter(|user| of_a_session && **user != *ANONYMOUS);
    Event { bot: visit.bot.clone(), id: None, timestamp_ms: visit.timestamp_ms, session_id, user_id, kind }
}
