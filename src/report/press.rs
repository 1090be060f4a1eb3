//! Sends reports when they are due: each period once, over restarts and after downtime.
//!
//! That a period is done with, and the letters that take it to its recipients, are written down together, in one file
//! (`notify::Book`): a crash leaves both or neither. A letter holds no figures; its mail is made when it is sent.

use std::convert::Infallible;
use std::sync::Arc;

use super::definition::{Kept, Report};
use super::mailing::{KIND, letter, mail};
use super::memory::{Memory, Sent, WHO, Why};
use super::period::{Due, Period};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::limits::{LETTERS_WAITING_MAX, REPORT_LATE_MS, REPORTS_LOOK_EVERY};
use crate::model::Zone;
use crate::notify::{Book, Composed, Failed, Message, Pages};
use crate::settings::Settings;

/// Watches over the reports of a server.
pub struct Press {
    engine: Arc<dyn Engine>,
    settings: Arc<Settings>,
    book: Arc<Book>,
    clock: Clock,
    /// Where recipients reach this server, for reports that do not say it.
    public_url: Option<String>,
}

impl Press {
    pub fn new(
        engine: Arc<dyn Engine>,
        settings: Arc<Settings>,
        book: Arc<Book>,
        clock: Clock,
        public_url: Option<String>,
    ) -> Self {
        Self { engine, settings, book, clock, public_url }
    }

    /// Looks whether something is due, for as long as it is polled.
    pub async fn run(self: Arc<Self>) -> Infallible {
        loop {
            let press = self.clone();
            match tokio::task::spawn_blocking(move || press.look()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a report that is due cannot be sent yet; it is tried again"),
                Err(_) => tracing::error!("looking at the reports panicked; it is tried again"),
            }
            tokio::time::sleep(REPORTS_LOOK_EVERY).await;
        }
    }

    /// What was sent, as it is written down.
    pub fn memory(&self) -> Memory {
        self.book.pages().remembered(WHO)
    }

    /// Where recipients of a report reach this server.
    pub fn public_url<'a>(&'a self, own: Option<&'a str>) -> Option<&'a str> {
        own.or(self.public_url.as_deref())
    }

    /// When a report is sent next, epoch ms.
    ///
    /// # Errors
    /// Where its bot is gone.
    pub fn next_ms(&self, kept: &Kept) -> Result<i64> {
        let zone = self.engine.bot(&kept.report.bot)?.zone;
        Ok(kept.report.schedule(kept.since_ms).next_ms(zone, self.clock.now_ms()))
    }

    /// Hands what is due to the post office. Waits for the disk where something is.
    ///
    /// # Errors
    /// Where it cannot be written down; then nothing was handed over.
    pub fn look(&self) -> Result<()> {
        let (document, now_ms) = (self.settings.now(), self.clock.now_ms());
        let due = |memory: &Memory, pages: &Pages| {
            let followed = document.reports.list.iter().filter(|(_, kept)| kept.report.enabled);
            let due = followed.filter_map(|(id, kept)| {
                // Without its bot a report has nothing to say.
                let zone = self.engine.bot(&kept.report.bot).ok()?.zone;
                // A restore in times to come was by a clock that was wrong.
                let restored_ms = pages.restored_ms().filter(|restored_ms| *restored_ms <= now_ms);
                let since_ms = restored_ms.map_or(kept.since_ms, |restored_ms| kept.since_ms.max(restored_ms));
                let due = kept.report.schedule(since_ms).due(zone, &memory.ends(id), now_ms)?;
                has_room(pages, &kept.report.channel, kept.report.recipients.len()).then_some((id, kept, zone, due))
            });
            due.collect::<Vec<_>>()
        };
        let pages = self.book.pages();
        if document.reports.list.is_empty() || due(&pages.remembered(WHO), &pages).is_empty() {
            return Ok(());
        }
        self.book.change(|pages| {
            let mut memory: Memory = pages.remembered(WHO);
            memory.keep_reports(|id| document.reports.list.contains_key(id));
            for (id, kept, zone, due) in due(&memory, pages) {
                // Those before it may have taken the room.
                if has_room(pages, &kept.report.channel, kept.report.recipients.len()) {
                    let sent = hand_over(pages, (id, kept, zone), due, now_ms);
                    memory.done(id, due.period);
                    memory.note(sent);
                }
            }
            pages.remember(WHO, &memory);
        })
    }

    /// Sends a report of the latest period that is over, whenever it was due: to these, or to all of its recipients. What is
    /// due later is sent all the same. Returns how many get it.
    ///
    /// # Errors
    /// Where there is no such report, no one or no right address to send it to, or too much waits for its channel.
    pub fn send_now(&self, id: &str, to: Option<Vec<String>>, by: &str) -> Result<usize> {
        let (document, now_ms) = (self.settings.now(), self.clock.now_ms());
        let report = &document.reports.find(id)?.report;
        let to = report.addressed(to)?;
        let period = report.every.holding(self.engine.today(&report.bot)?).previous();
        self.book.change(|pages| {
            if !has_room(pages, &report.channel, to.len()) {
                return Err(Error::Conflict(format!(
                    "too many mails wait for the channel `{}`: see what became of those before",
                    report.channel
                )));
            }
            let mut memory: Memory = pages.remembered(WHO);
            let letters = to.iter().map(|to| post(pages, id, report, (period, to, Why::Asked), now_ms)).collect();
            memory.note(sent(id, report, period, (Why::Asked, 0, Some(by.to_owned())), letters, now_ms));
            pages.remember(WHO, &memory);
            Ok(to.len())
        })?
    }

    /// The mail that a letter stands for; `None` where it is not one of a report. Reads from the disk.
    ///
    /// # Errors
    /// Where there is nothing to be sent any more, or the figures cannot be read.
    pub fn compose(&self, message: &Message) -> Option<Result<Composed, Failed>> {
        let (document, public_url) = (self.settings.now(), self.public_url.as_deref());
        (message.kind == KIND).then(|| mail(&*self.engine, &document, public_url, message))
    }
}

/// Posts the letters of a period that is due.
fn hand_over(
    pages: &mut Pages,
    (id, kept, zone): (&String, &Kept, Zone),
    Due { period, left_out }: Due,
    now_ms: i64,
) -> Sent {
    let report = &kept.report;
    let is_late = now_ms - period.due_ms(zone, report.hour) > REPORT_LATE_MS;
    let why = if is_late { Why::Late } else { Why::Due };
    let letters = report.recipients.iter().map(|to| post(pages, id, report, (period, to, why), now_ms)).collect();
    if left_out > 0 {
        tracing::warn!(report = report.name, left_out, "earlier periods of a report were missed, and are left out");
    }
    sent(id, report, period, (why, left_out, None), letters, now_ms)
}

/// Posts one letter, and returns its id.
fn post(pages: &mut Pages, id: &str, report: &Report, (period, to, why): (Period, &str, Why), now_ms: i64) -> String {
    let (letter, message) = letter(id, report, (period, to, why), now_ms);
    pages.post(letter.clone(), &report.channel, message, now_ms);
    letter
}

/// Whether so many letters have room among those that wait for a channel: otherwise they would push others out.
fn has_room(pages: &Pages, channel: &str, count: usize) -> bool {
    pages.waiting_for(channel) + count <= LETTERS_WAITING_MAX
}

fn sent(
    id: &str,
    report: &Report,
    period: Period,
    (why, left_out, by): (Why, u32, Option<String>),
    letters: Vec<String>,
    at_ms: i64,
) -> Sent {
    Sent {
        at_ms,
        id: id.to_owned(),
        name: report.name.clone(),
        bot: report.bot.clone(),
        period,
        why,
        left_out,
        by,
        channel: report.channel.clone(),
        letters,
    }
}
