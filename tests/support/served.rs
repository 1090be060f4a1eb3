//! The HTTP layer in this process, over any engine: what it answers with the oracle behind it is what it has to answer.

use std::net::SocketAddr;
use std::sync::Arc;

use novahouse::access::Access;
use novahouse::alert::Desk;
use novahouse::chat::record::Recorder;
use novahouse::chat::{ChatBot, ScriptedBot};
use novahouse::clock::Clock;
use novahouse::engine::Engine;
use novahouse::erasure::Eraser;
use novahouse::http::{App, Door, Parts, serve};
use novahouse::ingest::Ingest;
use novahouse::report::Press;
use novahouse::retention::Retention;
use novahouse::settings::Settings;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::client::{Answer, Client};

pub struct Served {
    pub address: SocketAddr,
    pub ingest: Ingest,
    pub access: Arc<Access>,
    pub settings: Arc<Settings>,
    pub desk: Desk,
    /// Where its users and keys are.
    pub accounts: TempDir,
    /// Serves until it is dropped.
    runtime: Option<Runtime>,
}

impl Served {
    /// With the embedded bot.
    pub fn over(engine: Arc<dyn Engine>, clock: Clock) -> Self {
        Self::behind(Door::default(), engine, clock)
    }

    pub fn behind(door: Door, engine: Arc<dyn Engine>, clock: Clock) -> Self {
        let bot = ScriptedBot::load(None).expect("the embedded script is sound");
        let (accounts, access) = no_accounts(&clock);
        Self::start(door, engine, clock, ChatBot::Scripted(Box::new(bot)), accounts, access)
    }

    /// With these users and keys.
    pub fn closed(accounts: TempDir, access: Access, engine: Arc<dyn Engine>, clock: Clock) -> Self {
        let bot = ScriptedBot::load(None).expect("the embedded script is sound");
        Self::start(Door::default(), engine, clock, ChatBot::Scripted(Box::new(bot)), accounts, access)
    }

    pub fn with_bot(engine: Arc<dyn Engine>, clock: Clock, bot: ChatBot) -> Self {
        let (accounts, access) = no_accounts(&clock);
        Self::start(Door::default(), engine, clock, bot, accounts, access)
    }

    fn start(
        door: Door,
        engine: Arc<dyn Engine>,
        clock: Clock,
        bot: ChatBot,
        accounts: TempDir,
        access: Access,
    ) -> Self {
        let runtime = Runtime::new().expect("threads");
        let ingest = Ingest::start(engine.clone()).expect("a thread");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let access = Arc::new(access);
        let settings = Arc::new(Settings::load(accounts.path()).expect("there are none yet"));
        let desk = Desk::open(accounts.path(), engine.clone(), ingest.clone(), settings.clone(), clock.clone(), None);
        let desk = desk.expect("a new book");
        let book = desk.book.clone();
        let press = Arc::new(Press::new(engine.clone(), settings.clone(), book, clock.clone(), None));
        let eraser = Eraser::new(accounts.path(), None, clock.clone());
        let retention = Retention::start(engine.clone(), settings.clone(), clock.clone()).expect("a thread");
        let parts = Parts {
            ingest: ingest.clone(),
            clock,
            chat: Arc::new(bot),
            recorder: Arc::new(Recorder::new(settings.clone())),
            answers: Arc::default(),
            readers: Arc::default(),
            backups: Arc::default(),
            meters: Arc::default(),
            metrics_apart: false,
            stopping: Arc::default(),
            access: access.clone(),
            settings: settings.clone(),
            desk: desk.clone(),
            press,
            eraser: Arc::new(eraser),
            retention: Arc::new(retention),
        };
        let app = App::new(engine, parts);
        runtime.spawn(serve(app, door, listener, std::future::pending()));
        Self { address, ingest, access, settings, desk, accounts, runtime: Some(runtime) }
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address).expect("it listens")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.client().get(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn post(&self, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        self.client().send("POST", "/api/events", headers, body.as_ref()).expect("an answer")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Without waiting for connections that clients keep open.
        self.runtime.take().expect("dropped once").shutdown_background();
    }
}

/// A directory without users and keys: everyone may do everything.
fn no_accounts(clock: &Clock) -> (TempDir, Access) {
    let accounts = tempfile::tempdir().expect("a temporary directory");
    let access = Access::load(accounts.path(), clock.clone()).expect("there are none yet");
    (accounts, access)
}
