//! Retention while serving: by the clock at night, and whenever someone asks. One thread does all of it, so that one run is
//! under way at a time, and no request reads the log.

mod nights;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::engine::{Engine, Gone, Retained};
use crate::error::{Error, Result};
use crate::limits::{FORESEEING_WAITING_MAX, RETAIN_LOOKED_AT_EVERY};
use crate::model::day::rfc3339;
use crate::settings::{Document, Settings};
use crate::threads::{Behind, give_way};
use nights::Nights;

/// A run that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Epoch ms.
    pub began_ms: i64,
    /// Who asked for it, as the audit log names them; `None` where it was time for it.
    pub by: Option<String>,
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Ended {
    pub run: Run,
    /// Epoch ms.
    pub ended_ms: i64,
    /// What it came to, or a sentence that says why it failed.
    pub came_to: Result<Retained, String>,
}

/// How it stands.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub under_way: Option<Run>,
    /// Since the start of the server.
    pub last: Option<Ended>,
}

/// What would go, or a sentence that says why it is not known; each of those who wait is told the same.
type Foreseen = Result<Arc<Vec<Gone>>, String>;

#[derive(Default)]
struct Desk {
    status: Status,
    /// The run that is under way is still to begin.
    asked: bool,
    /// Those who wait to be told what would go.
    curious: Vec<oneshot::Sender<Foreseen>>,
}

impl Desk {
    /// # Errors
    /// `Conflict` while a run is under way.
    fn is_free(&self) -> Result<()> {
        let Some(Run { began_ms, .. }) = self.status.under_way else { return Ok(()) };
        let since = rfc3339(began_ms);
        Err(Error::Conflict(format!("retention is under way since {since}: wait until it is done, and ask again")))
    }
}

/// What the thread and those who ask share.
struct Shared {
    engine: Arc<dyn Engine>,
    settings: Arc<Settings>,
    clock: Clock,
    desk: Mutex<Desk>,
    /// Someone asked, or it is to stop.
    rings: Condvar,
    stopped: AtomicBool,
}

/// Retention of one server.
pub struct Retention {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Retention {
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(engine: Arc<dyn Engine>, settings: Arc<Settings>, clock: Clock) -> Result<Self> {
        let (desk, rings, stopped) = (Mutex::default(), Condvar::new(), AtomicBool::new(false));
        let shared = Arc::new(Shared { engine, settings, clock, desk, rings, stopped });
        let works = shared.clone();
        let thread = std::thread::Builder::new().name("retention".into()).spawn(move || works.work())?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Has the thread end after the step that is being made. Whoever waits for it is told so.
    pub fn tell_to_stop(&self) {
        {
            // Who is about to sleep hears of it.
            let _desk = self.shared.desk.lock();
            self.shared.stopped.store(true, Ordering::Relaxed);
        }
        self.shared.rings.notify_all();
    }

    /// Has the thread end, and waits for it.
    pub fn stop(&self) {
        self.tell_to_stop();
        if self.thread.lock().take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the retention thread had panicked");
        }
    }

    pub fn status(&self) -> Status {
        self.shared.desk.lock().status.clone()
    }

    /// Begins a run of all bots, for `by`, and returns before it ends.
    ///
    /// # Errors
    /// `Conflict` while one is under way; `Stopping` after `stop`.
    pub fn run_now(&self, by: String) -> Result<Status> {
        let mut desk = self.shared.open_desk()?;
        desk.is_free()?;
        desk.status.under_way = Some(Run { began_ms: self.shared.clock.now_ms(), by: Some(by) });
        desk.asked = true;
        self.shared.rings.notify_all();
        Ok(desk.status.clone())
    }

    /// What a run would let go of now. Waits for it: not to be called where nothing may wait.
    ///
    /// # Errors
    /// `Conflict` while a run is under way, as what is left changes with its steps, and where too many wait; `Stopping`
    /// after `stop`; `Storage` where it cannot be read.
    pub fn would_go(&self) -> Result<Arc<Vec<Gone>>> {
        let (tells, foreseen) = oneshot::channel();
        {
            let mut desk = self.shared.open_desk()?;
            desk.is_free()?;
            if desk.curious.len() >= FORESEEING_WAITING_MAX {
                let sentence =
                    format!("{FORESEEING_WAITING_MAX} wait for this answer already: ask again when it is there");
                return Err(Error::Conflict(sentence));
            }
            desk.curious.push(tells);
            self.shared.rings.notify_all();
        }
        match foreseen.blocking_recv() {
            Ok(foreseen) => foreseen.map_err(Error::Storage),
            Err(_) => Err(Error::Stopping),
        }
    }
}

impl Drop for Retention {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the thread does next.
enum Task {
    Run,
    Foresee(Vec<oneshot::Sender<Foreseen>>),
    LookAtTheClock,
    Stop,
}

impl Shared {
    fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn open_desk(&self) -> Result<MutexGuard<'_, Desk>> {
        let desk = self.desk.lock();
        if self.has_stopped() { Err(Error::Stopping) } else { Ok(desk) }
    }

    fn work(&self) {
        give_way(Behind::Helper);
        let mut nights = Nights::default();
        let mut next_look = Instant::now();
        loop {
            match self.next_task(next_look) {
                Task::Run => self.run(|document| {
                    let keep = |name: &str| document.keep(name);
                    self.engine.retain(&keep, &|| self.has_stopped())
                }),
                Task::Foresee(curious) => self.foresee(curious),
                Task::LookAtTheClock => {
                    self.look(&mut nights);
                    next_look = Instant::now() + RETAIN_LOOKED_AT_EVERY;
                }
                Task::Stop => return,
            }
        }
    }

    /// Waits until there is something to do.
    fn next_task(&self, next_look: Instant) -> Task {
        let mut desk = self.desk.lock();
        loop {
            if self.has_stopped() {
                // Whoever waits is told so.
                desk.curious.clear();
                return Task::Stop;
            }
            if std::mem::take(&mut desk.asked) {
                return Task::Run;
            }
            // Before those who want to know: there may always be some, and a night has one hour.
            if Instant::now() >= next_look {
                return Task::LookAtTheClock;
            }
            if !desk.curious.is_empty() {
                return Task::Foresee(std::mem::take(&mut desk.curious));
            }
            self.rings.wait_until(&mut desk, next_look);
        }
    }

    fn look(&self, nights: &mut Nights) {
        let now_ms = self.clock.now_ms();
        let due = caught(|| nights.now(&*self.engine, &self.settings.now(), now_ms));
        let due = match due {
            Ok(None) => return,
            Ok(Some(due)) => due,
            Err(error) => return tracing::error!(%error, "retention: it is not known what there is to do"),
        };
        {
            let mut desk = self.desk.lock();
            if desk.is_free().is_err() {
                // Someone asked just now: that one first.
                return;
            }
            desk.status.under_way = Some(Run { began_ms: now_ms, by: None });
        }
        self.run(|_| nights.retain(&*self.engine, due, &|| self.has_stopped()));
    }

    /// Does the run that is under way.
    fn run(&self, retain: impl FnOnce(&Document) -> Result<Retained>) {
        let came_to = caught(|| retain(&self.settings.now()));
        match &came_to {
            Ok(retained) => {
                retained.bots.iter().for_each(tell);
                tell_given_back(retained);
            }
            Err(error) => tracing::error!(%error, "retention failed; it is tried again at night"),
        }
        let ended_ms = self.clock.now_ms();
        let mut desk = self.desk.lock();
        if let Some(run) = desk.status.under_way.take() {
            desk.status.last = Some(Ended { run, ended_ms, came_to: came_to.map_err(|error| error.to_string()) });
        }
    }

    fn foresee(&self, curious: Vec<oneshot::Sender<Foreseen>>) {
        let document = self.settings.now();
        let keep = |name: &str| document.keep(name);
        let foreseen = match caught(|| self.engine.would_go(&keep, &|| self.has_stopped())) {
            // Nobody is told anything, which says it.
            Err(Error::Stopping) => return,
            Err(Error::Storage(why)) => Err(why),
            foreseen => foreseen.map(Arc::new).map_err(|error| error.to_string()),
        };
        for tells in curious {
            // Whoever went away meanwhile no longer listens.
            let _ = tells.send(foreseen.clone());
        }
    }
}

/// redb may panic over a damaged page: the thread goes on.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::Storage("it panicked over a damaged page: run `novahouse check`".into())))
}

fn tell(gone: &Gone) {
    tracing::info!(
        bot = %gone.bot,
        events = gone.events,
        texts = gone.texts,
        performance = gone.performance,
        sessions = gone.sessions,
        persons = gone.persons,
        "let go of what is kept no longer"
    );
}

fn tell_given_back(retained: &Retained) {
    let Retained { bots: _, steps: _, longest, given_back_bytes } = retained;
    if *given_back_bytes > 0 {
        let longest_step_ms = longest.as_secs_f64() * 1e3;
        tracing::info!(bytes = given_back_bytes, longest_step_ms, "gave back to the disk what was free in the file");
    }
}
