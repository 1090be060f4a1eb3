//! The bounded queue and the one writer thread: group commit. A request is answered when its events are durable and folded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{mpsc, oneshot};

use crate::engine::{Batch, Engine, Receipt};
use crate::error::{Error, Result};
use crate::limits::{GROUP_EVENTS_MAX, QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX, STORAGE_TROUBLE_TOLD_EVERY};
use crate::live::Live;
use crate::threads::{Behind, give_way};

/// What became of a submitted batch.
pub type Outcome = Result<Receipt>;

/// Handle to the writer; clones share it.
#[derive(Clone)]
pub struct Ingest(Arc<Shared>);

struct Shared {
    /// Gone once stopped.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
    live: Arc<Live>,
    /// One thread for each core: more at once would only keep readers waiting.
    parsers: ThreadPool,
}

#[derive(Default)]
struct Counters {
    /// Of requests that are received, parsed or queued.
    queued_bytes: AtomicUsize,
    queued_requests: AtomicUsize,
    accepted: AtomicU64,
    duplicates: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    /// When storing failed last, where it has not succeeded since.
    failed_at: Mutex<Option<Instant>>,
}

impl Counters {
    /// What was stored, and what was not; an answer that is given again is neither.
    fn count(&self, receipts: &[Receipt]) {
        for receipt in receipts.iter().filter(|receipt| !receipt.repeated) {
            self.accepted.fetch_add(receipt.accepted, Ordering::Relaxed);
            self.duplicates.fetch_add(receipt.duplicates, Ordering::Relaxed);
            self.rejected.fetch_add(receipt.rejected, Ordering::Relaxed);
        }
        *self.failed_at.lock() = None;
    }
}

/// How ingest does, since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    pub queued_requests: usize,
    pub queued_bytes: usize,
    pub accepted_events: u64,
    pub duplicate_events: u64,
    pub rejected_events: u64,
    /// Requests that could not be stored.
    pub failed_requests: u64,
    /// How long ago storing failed last, where it has not succeeded since.
    pub failed_ago: Option<Duration>,
}

struct Waiting {
    batch: Batch,
    waiter: Waiter,
    room: Room,
}

/// Who hears what became of a batch.
enum Waiter {
    Asks(oneshot::Sender<Outcome>),
    /// No one, but that it could not be stored is counted.
    Counts(Arc<AtomicU64>),
}

impl Waiter {
    /// A waiter whose client has gone no longer listens, which changes nothing.
    fn tell(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Asks(answer), outcome) => drop(answer.send(outcome)),
            (Self::Counts(lost), Err(_)) => drop(lost.fetch_add(1, Ordering::Relaxed)),
            (Self::Counts(_), Ok(_)) => {}
        }
    }
}

/// Room for a request's bytes, from when they are received until they are stored; given back when dropped.
pub struct Room {
    counters: Arc<Counters>,
    bytes: usize,
}

impl Room {
    /// Makes it hold so many bytes, if they are more than it holds.
    ///
    /// # Errors
    /// `Overloaded` where all requests together would hold too much. One that is alone may be of any size.
    pub fn grow_to(&mut self, bytes: usize) -> Result<()> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let before = self.counters.queued_bytes.fetch_add(more, Ordering::Relaxed);
        let is_alone = before == self.bytes;
        if is_alone || before + more <= QUEUE_BYTES_MAX {
            self.bytes += more;
            return Ok(());
        }
        self.counters.queued_bytes.fetch_sub(more, Ordering::Relaxed);
        Err(Error::Overloaded)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.counters.queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Ingest {
    /// Starts the writer thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(engine: Arc<dyn Engine>) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let counters = Arc::new(Counters::default());
        let live = Arc::new(Live::default());
        let (shared, telling) = (counters.clone(), live.clone());
        let writer = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || write(&*engine, receiver, &shared, &telling))?;
        let (queue, writer) = (Mutex::new(Some(sender)), Mutex::new(Some(writer)));
        let parsers = parsers()?;
        Ok(Self(Arc::new(Shared { queue, writer, counters, live, parsers })))
    }

    /// Room for a request of which so many bytes have been received; it grows with the rest.
    ///
    /// # Errors
    /// `Overloaded` where there is none.
    pub fn room(&self, bytes: usize) -> Result<Room> {
        let mut room = Room { counters: self.0.counters.clone(), bytes: 0 };
        room.grow_to(bytes)?;
        Ok(room)
    }

    /// Whether a request of so many bytes would find room now.
    ///
    /// # Errors
    /// `Overloaded` where it would not.
    pub fn room_for(&self, bytes: usize) -> Result<()> {
        match self.0.counters.queued_bytes.load(Ordering::Relaxed) {
            0 => Ok(()),
            queued if queued + bytes <= QUEUE_BYTES_MAX => Ok(()),
            _ => Err(Error::Overloaded),
        }
    }

    /// Parses a large body on a thread that gives way to readers.
    ///
    /// # Errors
    /// `Storage` where it panicked.
    pub async fn parse<T: Send + 'static>(&self, body: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (done, parsed) = oneshot::channel();
        // A client that has gone no longer listens.
        self.0.parsers.spawn(move || drop(done.send(body())));
        parsed.await.map_err(|_| Error::Storage("a parser panicked".into()))
    }

    /// Queues a batch, which keeps its room until it is stored.
    ///
    /// # Errors
    /// `Overloaded` when the queue is full, `Stopping` after `stop`.
    pub fn submit(&self, batch: Batch, room: Room) -> Result<oneshot::Receiver<Outcome>> {
        let (answer, outcome) = oneshot::channel();
        self.queue(Waiting { batch, waiter: Waiter::Asks(answer), room })?;
        Ok(outcome)
    }

    /// Queues a batch that no one waits for; `lost` grows by one where it could not be stored.
    ///
    /// # Errors
    /// As of [`Self::submit`]; `lost` then stays as it is.
    pub fn submit_unheard(&self, batch: Batch, room: Room, lost: Arc<AtomicU64>) -> Result<()> {
        self.queue(Waiting { batch, waiter: Waiter::Counts(lost), room })
    }

    fn queue(&self, waiting: Waiting) -> Result<()> {
        let Some(queue) = self.0.queue.lock().clone() else { return Err(Error::Stopping) };
        let counters = &self.0.counters;
        counters.queued_requests.fetch_add(1, Ordering::Relaxed);
        if queue.try_send(waiting).is_ok() {
            return Ok(());
        }
        counters.queued_requests.fetch_sub(1, Ordering::Relaxed);
        Err(Error::Overloaded)
    }

    /// Counts events of a request that held none to store.
    pub fn rejected(&self, events: u64) {
        self.0.counters.rejected.fetch_add(events, Ordering::Relaxed);
    }

    /// Finishes what is queued and ends the writer.
    pub fn stop(&self) {
        drop(self.0.queue.lock().take());
        if let Some(writer) = self.0.writer.lock().take()
            && writer.join().is_err()
        {
            tracing::error!("the writer had panicked");
        }
    }

    /// What is stored, as it is stored.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    pub fn stats(&self) -> Stats {
        let counters = &self.0.counters;
        Stats {
            queued_requests: counters.queued_requests.load(Ordering::Relaxed),
            queued_bytes: counters.queued_bytes.load(Ordering::Relaxed),
            accepted_events: counters.accepted.load(Ordering::Relaxed),
            duplicate_events: counters.duplicates.load(Ordering::Relaxed),
            rejected_events: counters.rejected.load(Ordering::Relaxed),
            failed_requests: counters.failed.load(Ordering::Relaxed),
            failed_ago: counters.failed_at.lock().map(|at| at.elapsed()),
        }
    }
}

fn parsers() -> Result<ThreadPool> {
    let threads = ThreadPoolBuilder::new().thread_name(|number| format!("parser-{number}"));
    let threads =
        threads.start_handler(|_| give_way(Behind::Helper)).panic_handler(|_| tracing::error!("a parser panicked"));
    threads.build().map_err(|error| Error::Unusable(format!("threads cannot be started: {error}")))
}

/// The writer thread: takes what is queued, up to a limit, and stores it in one commit.
fn write(engine: &dyn Engine, mut queue: mpsc::Receiver<Waiting>, counters: &Counters, live: &Live) {
    give_way(Behind::Writer);
    let mut trouble = Trouble::default();
    while let Some(first) = queue.blocking_recv() {
        let mut events = first.batch.events.len();
        let mut group = vec![first];
        while events < GROUP_EVENTS_MAX
            && let Ok(next) = queue.try_recv()
        {
            events += next.batch.events.len();
            group.push(next);
        }
        store(engine, group, counters, live, &mut trouble);
    }
}

fn store(engine: &dyn Engine, group: Vec<Waiting>, counters: &Counters, live: &Live, trouble: &mut Trouble) {
    let apart = |waiting: Waiting| ((waiting.batch, waiting.waiter), waiting.room);
    let (asked, rooms): (Vec<_>, Vec<_>) = group.into_iter().map(apart).unzip();
    let (batches, waiters): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    let drafts = live.note(&batches);
    let outcome = engine.append(batches);
    counters.queued_requests.fetch_sub(waiters.len(), Ordering::Relaxed);
    drop(rooms);
    match outcome {
        Ok(receipts) => {
            counters.count(&receipts);
            trouble.over();
            live.tell(drafts, &receipts);
            waiters.into_iter().zip(receipts).for_each(|(waiter, receipt)| waiter.tell(Ok(receipt)));
        }
        Err(error) => {
            trouble.tell(&error, waiters.len());
            *counters.failed_at.lock() = Some(Instant::now());
            counters.failed.fetch_add(waiters.len() as u64, Ordering::Relaxed);
            waiters.into_iter().for_each(|waiter| waiter.tell(Err(Error::Storage(error.to_string()))));
        }
    }
}

/// A storage that fails, in the log: told at once, then now and then, lest the log fill what is left of the disk.
#[derive(Default)]
struct Trouble {
    told: Option<Instant>,
    /// Requests since it was told.
    requests: usize,
}

impl Trouble {
    fn tell(&mut self, error: &Error, requests: usize) {
        self.requests += requests;
        if self.told.is_none_or(|told| told.elapsed() >= STORAGE_TROUBLE_TOLD_EVERY) {
            tracing::error!(%error, requests = self.requests, "events could not be stored");
            *self = Self { told: Some(Instant::now()), requests: 0 };
        }
    }

    fn over(&mut self) {
        if self.told.take().is_some() {
            tracing::info!(requests = std::mem::take(&mut self.requests), "events are stored again");
        }
    }
}
