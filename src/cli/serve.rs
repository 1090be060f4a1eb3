//! `novahouse serve`

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::door::{DoorFlags, is_beyond_loopback, listen, raise_file_limit};
use super::report::public_url;
use super::scheduled::BackupFlags;
use super::{DataDir, EngineFlags};
use crate::access::Access;
use crate::alert::Desk;
use crate::backups::Backups;
use crate::chat::record::Recorder;
use crate::chat::upstream::{Secret, Upstream, UpstreamKind, UpstreamOptions};
use crate::chat::{ChatBot, ScriptedBot};
use crate::clock::Clock;
use crate::demo;
use crate::engine::{Batch, Engine};
use crate::erasure::Eraser;
use crate::error::{Error, Result};
use crate::http::{self, App, Door, Parts};
use crate::ingest::Ingest;
use crate::limits::{PAGE_CACHE_BYTES, PAGE_CACHE_MB};
use crate::report::Press;
use crate::retention::Retention;
use crate::settings::Settings;
use crate::store::{Options, RedbEngine};
use crate::threads::{Behind, give_way};

/// How often the store is asked whether a checkpoint is due.
const CHECKPOINT_POLL: Duration = Duration::from_millis(500);
/// Between two trickles of demo events.
const TRICKLE: Duration = Duration::from_secs(15);
/// Days of traffic an empty directory is filled with.
const DEMO_DAYS: u32 = 90;

/// Where the upstream's key is read from: a flag would show it to everyone on the machine.
const UPSTREAM_KEY: &str = "NOVAHOUSE_UPSTREAM_KEY";

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse serve --data /var/lib/novahouse --timezone Europe/Warsaw\n\n\
                        Stops on Ctrl-C and SIGTERM: what is in flight is finished, everything acknowledged is on disk.")]
pub(super) struct Serve {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    door: DoorFlags,
    #[command(flatten)]
    engine: EngineFlags,
    #[command(flatten)]
    backups: BackupFlags,
    /// Fill an empty directory with believable traffic, and keep a trickle of it coming
    #[arg(long, env = "NOVAHOUSE_DEMO", value_parser = clap::builder::BoolishValueParser::new())]
    demo: bool,
    /// The script of the bot at /api/chatbot/chat (TOML); without one, that of a company that renovates homes
    #[arg(long, value_name = "FILE", env = "NOVAHOUSE_BOT")]
    bot: Option<PathBuf>,
    /// Forward the chat to this address instead; the key, if it wants one, is read from NOVAHOUSE_UPSTREAM_KEY
    #[arg(long, value_name = "URL", env = "NOVAHOUSE_UPSTREAM", conflicts_with = "bot")]
    upstream: Option<Url>,
    /// What the upstream speaks: the chat's own JSON, or that of OpenAI's chat completions
    #[arg(long, value_enum, default_value = "json", env = "NOVAHOUSE_UPSTREAM_KIND", requires = "upstream")]
    upstream_kind: UpstreamKind,
    /// The model an OpenAI-compatible upstream is asked for
    #[arg(long, value_name = "NAME", env = "NOVAHOUSE_UPSTREAM_MODEL", requires = "upstream")]
    upstream_model: Option<String>,
    /// Seconds the upstream may take for an answer
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "NOVAHOUSE_UPSTREAM_TIME_LIMIT",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    upstream_time_limit: u64,
    /// Megabytes of the file kept in memory; more make ingest of millions of sessions faster
    #[arg(long, value_name = "MB", default_value_t = PAGE_CACHE_BYTES >> 20, env = "NOVAHOUSE_PAGE_CACHE",
          value_parser = page_cache)]
    page_cache: usize,
    /// Serve /metrics on this address alone, and no longer on the main one; beyond this machine it asks for an admin's key
    #[arg(long, value_name = "ADDRESS", env = "NOVAHOUSE_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// Let anyone talk to the default bot at /api/chatbot/chat, without a key or a login; give a --rate-limit with it
    #[arg(long, env = "NOVAHOUSE_PUBLIC_CHAT", value_parser = clap::builder::BoolishValueParser::new())]
    public_chat: bool,
    /// Where others reach this server, for links in what it sends: https://chat.example.com
    #[arg(long, value_name = "URL", env = "NOVAHOUSE_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, default_value = "text", env = "NOVAHOUSE_LOG_FORMAT")]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug, trace, or a tracing filter
    #[arg(long, value_name = "FILTER", default_value = "info", env = "NOVAHOUSE_LOG")]
    log: String,
}

pub(super) fn run(command: &Serve) -> Result<ExitCode> {
    start_logging(command)?;
    raise_file_limit();
    let door = command.door.door()?;
    let access = access(command)?;
    let settings = Arc::new(Settings::load(&command.data.dir)?);
    let chat = Arc::new(chat_bot(command)?);
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(async { command.door.listen() })?;
    let (opened, opens) = tokio::sync::oneshot::channel::<Infallible>();
    let opened_or_failed = async move { drop(opens.await) };
    let meanwhile = runtime.spawn(http::answer_while_starting(door.tls.clone(), listener, opened_or_failed));
    let options = Options { page_cache_bytes: command.page_cache << 20, ..command.engine.options() };
    let engine = Arc::new(RedbEngine::open(&command.data.dir, &options)?);
    if command.demo {
        fill_demo(command, &engine, &settings)?;
    }
    drop(opened);
    let listener = runtime.block_on(meanwhile).map_err(|error| Error::Unusable(format!("--listen: {error}")))?;
    let ingest = Ingest::start(engine.clone())?;
    let stopped = Arc::new(AtomicBool::new(false));
    let checkpoints = spawn_checkpoints(engine.clone(), stopped.clone())?;
    look_at_pages(engine.clone())?;
    let retention = Arc::new(Retention::start(engine.clone(), settings.clone(), Clock::System)?);
    let (zone, data) = (command.engine.timezone, command.data.dir.clone());
    let (backups, backing_up) = command.backups.start(zone, engine.clone(), data, stopped.clone())?;
    let watched: Arc<dyn Engine> = engine.clone();
    let (shared, public_url) = (settings.clone(), command.public_url.clone());
    let desk = Desk::open(&command.data.dir, watched, ingest.clone(), shared, Clock::System, public_url)?;
    let kept =
        Kept { access: access.clone(), settings, desk, engine: engine.clone(), backups, retention: retention.clone() };
    let served = runtime.block_on(serve(command, (door, listener), chat, kept, ingest.clone()));
    ingest.stop();
    access.close();
    stopped.store(true, Ordering::Relaxed);
    if checkpoints.join().is_err() {
        tracing::error!("the checkpoint thread had panicked");
    }
    retention.stop();
    if backing_up.is_some_and(|thread| thread.join().is_err()) {
        tracing::error!("the backup thread had panicked");
    }
    engine.close()?;
    tracing::info!("stopped; everything acknowledged is on disk");
    served.map(|()| ExitCode::SUCCESS)
}

/// Megabytes.
pub(super) fn page_cache(text: &str) -> Result<usize, String> {
    let expected = || format!("expected megabytes from {} to {}", PAGE_CACHE_MB.start(), PAGE_CACHE_MB.end());
    text.parse().ok().filter(|megabytes| PAGE_CACHE_MB.contains(megabytes)).ok_or_else(expected)
}

/// Who may come in.
fn access(command: &Serve) -> Result<Arc<Access>> {
    let mut access = Access::load(&command.data.dir, Clock::System)?;
    access.public_chat = command.public_chat;
    let metrics = command.metrics_listen.filter(is_beyond_loopback).map(|_| "--metrics-listen");
    let beyond = command.door.is_beyond_loopback().then_some("--listen").or(metrics);
    if let Some(flag) = beyond.filter(|_| access.is_open()) {
        return Err(Error::Unusable(format!(
            "{flag}: this address can be reached from other machines, and no one would have to log in; make a user \
             first:\n\n  novahouse user add admin --role admin --data {}\n",
            command.data.dir.display()
        )));
    }
    Ok(Arc::new(access))
}

fn chat_bot(command: &Serve) -> Result<ChatBot> {
    let Some(url) = command.upstream.clone() else {
        return ScriptedBot::load(command.bot.as_deref()).map(|bot| ChatBot::Scripted(Box::new(bot)));
    };
    let key = match std::env::var(UPSTREAM_KEY) {
        Ok(key) => Some(Secret(key)),
        Err(std::env::VarError::NotPresent) => None,
        Err(error) => return Err(Error::Unusable(format!("{UPSTREAM_KEY}: {error}"))),
    };
    let options = UpstreamOptions {
        url,
        kind: command.upstream_kind,
        model: command.upstream_model.clone(),
        key,
        time_limit: Duration::from_secs(command.upstream_time_limit),
    };
    Ok(ChatBot::Upstream(Box::new(Upstream::new(options)?)))
}

fn start_logging(command: &Serve) -> Result<()> {
    let filter = EnvFilter::try_new(&command.log)
        .map_err(|error| Error::Unusable(format!("--log: {error}; expected one of error, warn, info, debug, trace")))?;
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match command.log_format {
        LogFormat::Text => logging.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => logging.json().init(),
    }
    Ok(())
}

/// What lies in the data directory.
struct Kept {
    access: Arc<Access>,
    settings: Arc<Settings>,
    desk: Desk,
    engine: Arc<RedbEngine>,
    backups: Arc<Backups>,
    retention: Arc<Retention>,
}

async fn serve(
    command: &Serve,
    (door, listener): (Door, TcpListener),
    chat: Arc<ChatBot>,
    kept: Kept,
    ingest: Ingest,
) -> Result<()> {
    let address = listener.local_addr()?;
    // Listened for before anyone is told that the server is up: who then stops it at once is heard.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let retention = kept.retention.clone();
    let shutdown = async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        tracing::info!("stopping");
        // Whoever waits to hear what would go does not hold up the end.
        retention.tell_to_stop();
    };
    tracing::info!(%address, data = %command.data.dir.display(), "serving");
    // For a person at a terminal, and for whoever asked for port 0.
    let scheme = if door.tls.is_some() { "https" } else { "http" };
    println!("NovaHouse listens on {scheme}://{address}/dashboard.html");
    let (book, public_url) = (kept.desk.book.clone(), command.public_url.clone());
    let press = Press::new(kept.engine.clone(), kept.settings.clone(), book, Clock::System, public_url);
    let trickle = command.demo.then(|| tokio::spawn(trickle(ingest.clone(), kept.settings.clone())));
    let parts = Parts {
        ingest,
        clock: Clock::System,
        chat,
        recorder: Arc::new(Recorder::new(kept.settings.clone())),
        answers: Arc::default(),
        readers: Arc::default(),
        backups: kept.backups,
        meters: Arc::default(),
        metrics_apart: command.metrics_listen.is_some(),
        stopping: Arc::default(),
        access: kept.access,
        settings: kept.settings,
        desk: kept.desk,
        press: Arc::new(press),
        retention: kept.retention,
        eraser: Arc::new(Eraser::new(&command.data.dir, command.backups.to(), Clock::System)),
    };
    let app = App::new(kept.engine, parts);
    let metrics = match command.metrics_listen {
        Some(address) => Some(tokio::spawn(http::serve_metrics(app.clone(), listen_for_metrics(address)?))),
        None => None,
    };
    http::serve(app, door, listener, shutdown).await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if let Some(trickle) = trickle {
        trickle.abort();
    }
    Ok(())
}

fn listen_for_metrics(address: SocketAddr) -> Result<TcpListener> {
    let listener = listen(address).map_err(|error| {
        Error::Unusable(format!("--metrics-listen: {address} cannot be listened on: {error}; choose another port"))
    })?;
    // For whoever asked for port 0.
    tracing::info!(address = %listener.local_addr()?, "metrics");
    Ok(listener)
}

fn spawn_checkpoints(engine: Arc<RedbEngine>, stopped: Arc<AtomicBool>) -> Result<std::thread::JoinHandle<()>> {
    let poll = move || {
        while !stopped.load(Ordering::Relaxed) {
            std::thread::sleep(CHECKPOINT_POLL);
            // Nothing acknowledged depends on it: a checkpoint that fails is tried again.
            if let Err(error) = engine.checkpoint_if_due() {
                tracing::error!(%error, "checkpoint failed");
            }
        }
    };
    Ok(std::thread::Builder::new().name("checkpoints".into()).spawn(poll)?)
}

/// Beside everything else, and not waited for: a start is not to last as long as the file is long.
fn look_at_pages(engine: Arc<RedbEngine>) -> Result<()> {
    let look = move || {
        give_way(Behind::Helper);
        engine.look_at_pages();
    };
    std::thread::Builder::new().name("pages".into()).spawn(look)?;
    Ok(())
}

fn fill_demo(command: &Serve, engine: &RedbEngine, settings: &Settings) -> Result<()> {
    let known = engine.bots()?.iter().any(|bot| &*bot.name == demo::SECOND_BOT);
    if engine.is_empty()? {
        tracing::info!(days = DEMO_DAYS, "filling the empty directory with demo traffic");
        let plan = demo::Plan { days: DEMO_DAYS, seed: 1, now_ms: Clock::System.now_ms() };
        settings.change(|document| {
            demo::set_experiment(&mut document.experiments, plan);
            Ok(())
        })?;
        return super::demo::fill(engine, plan, |_| {}).map(|_| ());
    }
    if known {
        return Ok(());
    }
    let dir = command.data.dir.display();
    Err(Error::Unusable(format!("--demo: {dir} holds real events; give an empty directory")))
}

/// A few events of the present every few seconds.
async fn trickle(ingest: Ingest, settings: Arc<Settings>) {
    let mut round = 0;
    loop {
        tokio::time::sleep(TRICKLE).await;
        round += 1;
        let known = settings.now();
        let events = demo::exchange(round, Clock::System.now_ms(), known.experiments.all.get(demo::EXPERIMENT));
        // A full queue means real load: the demo gives way.
        let submit = |room| ingest.submit(Batch { events, ..Batch::default() }, room);
        if let Ok(outcome) = ingest.room(1_024).and_then(submit) {
            let _ = outcome.await;
        }
    }
}
