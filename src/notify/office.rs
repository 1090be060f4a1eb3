//! The post office: brings letters to their channels, many at once; of those to one channel, or to one reader of it alone, one
//! after the other.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use reqwest::Client;
use tokio::sync::Notify;

use super::pages::{Delivery, Lane, Letter, Outcome};
use super::{Again, Book, Channel, Composed, Composer, Failed, Kind, Message, find, forms, hook, mail};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::language::Language;
use crate::limits::{OFFICE_CLOSES_WITHIN, OFFICE_LOOKS_EVERY};
use crate::random;
use crate::settings::Settings;

pub struct Office {
    book: Arc<Book>,
    settings: Arc<Settings>,
    clock: Clock,
    postman: Postman,
    /// Who makes mails that are more than lines.
    composer: OnceLock<Composer>,
    /// Where a letter is on its way.
    busy: Mutex<Busy>,
    /// Told when one has come back.
    back: Notify,
    tried: Tried,
}

/// Tries to bring letters since the start, by the kind of the channel.
#[derive(Default)]
struct Tried {
    sent: [AtomicU64; Kind::COUNT],
    failed: [AtomicU64; Kind::COUNT],
}

impl Tried {
    fn count<T>(&self, kind: Kind, done: &Result<T, Failed>) {
        let counts = if done.is_ok() { &self.sent } else { &self.failed };
        counts[kind as usize].fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Busy {
    lanes: HashSet<Lane>,
    is_closed: bool,
}

impl Office {
    pub fn new(book: Arc<Book>, settings: Arc<Settings>, clock: Clock) -> Self {
        Self {
            book,
            settings,
            clock,
            postman: Postman::default(),
            composer: OnceLock::new(),
            busy: Mutex::default(),
            back: Notify::new(),
            tried: Tried::default(),
        }
    }

    /// By each kind of channel the tries to bring it a message, since the start: those that were taken, and those that were not.
    pub fn tried(&self) -> impl Iterator<Item = (Kind, u64, u64)> {
        let read = |counts: &[AtomicU64; Kind::COUNT], kind: Kind| counts[kind as usize].load(Ordering::Relaxed);
        Kind::ALL.into_iter().map(move |kind| (kind, read(&self.tried.sent, kind), read(&self.tried.failed, kind)))
    }

    /// Lets someone make the mails that he posts; the first who asks for it does.
    pub fn compose_with(&self, composer: Composer) {
        let _ = self.composer.set(composer);
    }

    /// Brings letters, for as long as it is polled.
    pub async fn run(self: Arc<Self>) -> Infallible {
        loop {
            self.send_out();
            if self.book.is_behind() {
                let book = self.book.clone();
                if tokio::task::spawn_blocking(move || book.try_again()).await.is_err() {
                    tracing::error!("writing down what was sent panicked");
                }
            }
            tokio::select! {
                () = self.book.changed.notified() => {}
                () = tokio::time::sleep(OFFICE_LOOKS_EVERY) => {}
            }
        }
    }

    /// Sends nothing more, and waits a while for what is on its way: what does not come back in time is sent again after the
    /// next start.
    pub async fn close(&self) {
        self.busy.lock().is_closed = true;
        let empty = async {
            loop {
                let back = self.back.notified();
                if self.busy.lock().lanes.is_empty() {
                    return;
                }
                back.await;
            }
        };
        if tokio::time::timeout(OFFICE_CLOSES_WITHIN, empty).await.is_err() {
            tracing::warn!("a channel did not answer in time; its message will be sent again under the same id");
        }
    }

    fn send_out(self: &Arc<Self>) {
        let mut busy = self.busy.lock();
        if busy.is_closed {
            return;
        }
        let now_ms = self.clock.now_ms();
        for letter in self.book.pages().due(now_ms, &busy.lanes) {
            busy.lanes.insert(letter.lane());
            let office = self.clone();
            tokio::spawn(async move { office.bring(letter).await });
        }
    }

    async fn bring(self: Arc<Self>, letter: Letter) {
        // Whatever becomes of it, its lane is free again.
        let _free = Free(self.clone(), letter.lane());
        let known = self.settings.now();
        let channel = find(&known.channels, &letter.channel).ok();
        let done = match channel {
            Some(channel) => Some(self.deliver(channel, &letter).await),
            None => None,
        };
        let readers = channel.map_or_else(Vec::new, |channel| channel.readers().to_vec());
        if let Some(Err(failed)) = &done {
            tracing::warn!(
                channel = letter.channel,
                why = failed.why,
                tries = letter.tries + 1,
                "a message was not taken"
            );
        }
        let (book, now_ms, luck) = (self.book.clone(), self.clock.now_ms(), luck());
        let note = move || {
            book.note(|pages| match done {
                Some(Ok(answer)) => pages.sent(&letter.id, now_ms, answer),
                Some(Err(Failed { why, again: Again::Each })) => pages.to_each(&letter.id, &readers, now_ms, &why),
                Some(Err(failed)) => pages.failed(&letter.id, now_ms, failed, luck),
                None => pages.give_up(&letter.id, now_ms, "there is no such channel any more"),
            });
        };
        if tokio::task::spawn_blocking(note).await.is_err() {
            tracing::error!("noting what became of a message panicked");
        }
    }

    async fn deliver(self: &Arc<Self>, channel: &Channel, letter: &Letter) -> Result<String, Failed> {
        let done = self.compose_and_carry(channel, letter).await;
        self.tried.count(channel.kind(), &done);
        done
    }

    async fn compose_and_carry(self: &Arc<Self>, channel: &Channel, letter: &Letter) -> Result<String, Failed> {
        let (office, message) = (self.clone(), letter.message.clone());
        let compose = move || office.composer.get().and_then(|composer| composer(&message));
        let composed = tokio::task::spawn_blocking(compose).await;
        let composed = composed.map_err(|_| Failed::later("making the mail panicked"))?.transpose()?;
        self.postman.deliver(channel, letter, composed, self.clock.now_ms()).await
    }

    /// Sends a message at once and once, beside those that wait, and notes what came of it.
    ///
    /// # Errors
    /// Where there is no channel of the name.
    pub async fn test(&self, name: &str) -> Result<Result<String, Failed>> {
        let known = self.settings.now();
        let channel = find(&known.channels, name)?;
        let letter = test_letter(name, channel.language(), self.clock.now_ms())?;
        let done = self.postman.deliver(channel, &letter, None, letter.made_ms).await;
        self.tried.count(channel.kind(), &done);
        let (outcome, answer) = match &done {
            Ok(answer) => (Outcome::Sent, answer.clone()),
            Err(failed) => (Outcome::GivenUp, failed.why.clone()),
        };
        let (book, at_ms) = (self.book.clone(), self.clock.now_ms());
        let note = move || {
            let Letter { id, channel, message, made_ms, .. } = letter;
            let delivery = Delivery { id, title: message.title, made_ms, at_ms, tries: 1, outcome, answer };
            book.note(|pages| pages.log(&channel, delivery));
        };
        tokio::task::spawn_blocking(note).await.map_err(|_| Error::Storage("a thread panicked".into()))?;
        Ok(done)
    }
}

/// Carries single letters.
#[derive(Default)]
pub struct Postman {
    /// Made when it is first needed: it reads the system's certificates.
    client: OnceLock<Client>,
}

impl Postman {
    /// Sends a letter, as a mail as it was composed, and returns what was answered. Neither that nor why it failed holds a secret.
    ///
    /// # Errors
    /// Why it did not reach its receiver.
    pub async fn deliver(
        &self,
        channel: &Channel,
        letter: &Letter,
        composed: Option<Composed>,
        now_ms: i64,
    ) -> Result<String, Failed> {
        let sent = match (channel, forms::form(channel, letter, now_ms)) {
            (Channel::Email(email), _) => mail::send(email, letter, composed).await,
            (_, Some(form)) => match self.client() {
                Ok(client) => hook::send(client, channel, form).await,
                Err(error) => Err(Failed::later(error.to_string())),
            },
            (_, None) => unreachable!("all but mail have a form"),
        };
        let clean = |text: String| hook::without_secrets(&text, channel);
        sent.map(clean).map_err(|failed| Failed { why: clean(failed.why), ..failed })
    }

    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = hook::client()?;
        Ok(self.client.get_or_init(|| made))
    }
}

/// A letter that shows whether a channel leads anywhere.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn test_letter(channel: &str, language: Language, now_ms: i64) -> Result<Letter> {
    Ok(Letter::of(random::id()?, channel, Message::test(channel, language), now_ms))
}

/// From 0 to 1; half, where the system gives no random bytes.
fn luck() -> f64 {
    random::bytes().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

struct Free(Arc<Office>, Lane);

impl Drop for Free {
    fn drop(&mut self) {
        let Self(office, lane) = self;
        office.busy.lock().lanes.remove(lane);
        office.back.notify_waiters();
        // The next letter of the lane.
        office.book.changed.notify_one();
    }
}
