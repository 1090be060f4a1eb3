//! The door: warp, and nothing of warp elsewhere. `routes.rs` is the flat list of all that can be asked; each group of
//! routes has a file; a handler is a plain function from parameters to an answer or an error.

mod accounts;
mod alerts;
mod analytics;
mod answers;
mod assets;
mod auth;
mod body;
mod bots;
mod changes;
mod channels;
mod chat;
mod door;
mod entry;
mod erasures;
mod events;
mod experiments;
mod explore;
mod export;
mod health;
mod leads;
mod legacy;
mod live;
mod masking;
mod meters;
mod metrics;
mod openapi;
mod origin;
mod pages;
mod params;
mod readers;
mod reports;
mod request_id;
mod respond;
mod retention;
mod routes;
mod sessions;
mod shown;
mod streamed;
mod unsubscribe;
mod user_agent;

pub use answers::Answers;
pub use door::{Door, Network, Tls};
pub use entry::Caller;
pub use meters::Meters;
pub use readers::Readers;
pub use routes::{ENDPOINTS, Endpoint};

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;

use self::entry::Entry;

use crate::access::{Access, Asker, scope};
use crate::alert::Desk;
use crate::backups::Backups;
use crate::chat::ChatBot;
use crate::chat::record::Recorder;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::erasure::Eraser;
use crate::ingest::Ingest;
use crate::report::Press;
use crate::retention::Retention;
use crate::settings::Settings;

/// How long requests in flight may take to finish once the server is told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What every handler works with: what all of them share, and who asks.
#[derive(Clone)]
pub struct App {
    shared: Arc<Parts>,
    /// As he who asks may see it.
    pub engine: Arc<dyn Engine>,
    /// Who asks: the routes say it to each handler.
    pub caller: Caller,
}

/// What all handlers share. Counted once for each request: with a dozen counts of their own, which both cores write, an
/// answer from memory took half as long again.
pub struct Parts {
    pub ingest: Ingest,
    pub clock: Clock,
    pub chat: Arc<ChatBot>,
    pub recorder: Arc<Recorder>,
    pub answers: Arc<Answers>,
    pub readers: Arc<Readers>,
    pub backups: Arc<Backups>,
    pub meters: Arc<Meters>,
    /// Whether `/metrics` has a listener of its own.
    pub metrics_apart: bool,
    /// Set once the server is told to stop.
    pub stopping: Arc<AtomicBool>,
    pub access: Arc<Access>,
    pub settings: Arc<Settings>,
    /// What watches figures and tells people.
    pub desk: Desk,
    /// What sends reports.
    pub press: Arc<Press>,
    pub eraser: Arc<Eraser>,
    pub retention: Arc<Retention>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.shared
    }
}

impl App {
    pub fn new(engine: Arc<dyn Engine>, parts: Parts) -> Self {
        Self { shared: Arc::new(parts), engine, caller: Caller::default() }
    }

    /// The same for a request: its caller sees the bots that there are for him.
    fn asked_by(&self, caller: Option<Caller>) -> Self {
        let caller = match caller {
            Some(caller) => caller,
            None if self.access.is_open() => return self.clone(),
            // Where the entry has let no one in, he is a stranger: nothing is open by mistake.
            None => Caller { asker: Asker::Stranger, ..Caller::default() },
        };
        let engine = scope::seen_by(self.engine.clone(), &caller.asker);
        Self { shared: self.shared.clone(), engine, caller }
    }
}

/// Serves until `shutdown` resolves; then stops accepting and finishes what is in flight.
pub async fn serve(app: App, door: Door, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let (told, mut hears) = tokio::sync::watch::channel(false);
    let (ingest, is_stopping, meters) = (app.ingest.clone(), app.stopping.clone(), app.meters.clone());
    let stopping = async move {
        shutdown.await;
        is_stopping.store(true, Ordering::Relaxed);
        // Watchers would keep their connections for as long as they please.
        ingest.live().stop();
        let _ = told.send(true);
    };
    let (access, settings, desk) = (app.access.clone(), app.settings.clone(), app.desk.clone());
    let press = app.press.clone();
    let composer = press.clone();
    desk.office.compose_with(Box::new(move |message| composer.compose(message)));
    let entry = Entry::new(access.clone(), door.tls.is_some());
    let serving = door::keep(door, Some(entry), routes::all(app), meters, listener, stopping);
    let too_late = async move {
        // An error means that the other side is gone, which only happens once serving has ended.
        let _ = hears.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(STOP_WITHIN).await;
    };
    tokio::select! {
        () = serving => {}
        never = access.follow() => match never {},
        never = settings.follow() => match never {},
        never = desk.run() => match never {},
        never = press.run() => match never {},
        () = too_late => tracing::warn!("some requests did not finish in {} s", STOP_WITHIN.as_secs()),
    }
    desk.office.close().await;
}

/// Serves `/metrics` alone, on a listener of its own, for as long as it is polled: to whoever is on this machine where it
/// listens to no other, and else to those who may read it on the main one.
pub async fn serve_metrics(app: App, listener: TcpListener) {
    let is_of_this_machine = listener.local_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback());
    let entry = if is_of_this_machine { Entry::of_this_machine() } else { Entry::new(app.access.clone(), false) };
    let (routes, forever) = (metrics::alone(app), std::future::pending());
    door::keep(Door::default(), Some(entry), routes, Arc::default(), listener, forever).await;
}

/// Says that the server starts, to whoever comes before it has opened its data: with a long log, or a file of an older layout,
/// that takes a while. Gives the listener back.
pub async fn answer_while_starting(
    tls: Option<Arc<Tls>>,
    listener: TcpListener,
    opened: impl Future<Output = ()>,
) -> TcpListener {
    let door = Door { tls, ..Door::default() };
    door::keep_meanwhile(door, health::starting(), &listener, opened).await;
    listener
}
