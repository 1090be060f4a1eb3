//! Sends reports when they are due: each period once, over restarts and after downtime.
//!
//! That a period is done with, and the letters that take it to its recipients, are written down together, in one file
//! (`notify::Book`): a crash leaves both or neither. A letter holds no figures; its mail is made when it is sent.

use std::convert::Infallible;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::definition::{Kept, Report};
use super::figures::Figures;
use super::html::{self, Footer, Pictures, html};
use super::memory::{Memory, Sent, WHO, Why};
use super::page::{Block, Page};
use super::period::{Due, Period};
use super::{Format, text};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::limits::{LETTERS_WAITING_MAX, REPORT_LATE_MS, REPORTS_LOOK_EVERY};
use crate::model::Zone;
use crate::notify::{Again, Attachment, Book, Composed, Failed, Message, Pages, Picture};
use crate::settings::Settings;

/// What a message of a report is called.
pub const KIND: &str = "report";

/// Whom a letter takes which report to. It stands in the letter, and the mail is made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Errand {
    report: String,
    period: Period,
    to: String,
    is_late: bool,
    /// Someone asked for it: the recipient need not be one of the report's.
    is_asked: bool,
}

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
                let since_ms = pages.restored_ms().map_or(kept.since_ms, |restored_ms| kept.since_ms.max(restored_ms));
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
    /// Where there is no such report or no recipient, or too much waits for its channel.
    pub fn send_now(&self, id: &str, to: Option<Vec<String>>, by: &str) -> Result<usize> {
        let (document, now_ms) = (self.settings.now(), self.clock.now_ms());
        let report = &document.reports.find(id)?.report;
        let to = to.unwrap_or_else(|| report.recipients.clone());
        if to.is_empty() {
            return Err(Error::Conflict("the report has no recipients: say who is to get it in `to`".into()));
        }
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
        (message.kind == KIND).then(|| self.mail(message))
    }

    fn mail(&self, message: &Message) -> Result<Composed, Failed> {
        let never = |why: &str| Failed { why: why.to_owned(), again: Again::Never };
        let errand = Errand::deserialize(&message.data).map_err(|_| never("the letter cannot be read"))?;
        let document = self.settings.now();
        let kept = document.reports.find(&errand.report).map_err(|_| never("there is no such report any more"))?;
        let report = &kept.report;
        if !errand.is_asked && !report.recipients.contains(&errand.to) {
            return Err(never("this recipient has unsubscribed, or was taken from the report"));
        }
        let figures = Figures::gather(&*self.engine, &report.bot, errand.period, &report.sections);
        let figures = figures.map_err(|error| match error {
            Error::NotFound(sentence) => never(&sentence),
            error => Failed { why: format!("the figures cannot be read: {error}"), again: Again::After(None) },
        })?;
        let public_url = self.public_url(report.public_url.as_deref());
        let token =
            document.reports.token(&errand.report, &errand.to).filter(|_| report.recipients.contains(&errand.to));
        let unsubscribe = public_url.zip(token).map(|(url, token)| {
            format!("{url}/api/reports/unsubscribe?report={}&token={}", errand.report, token.to_hex())
        });
        let page = Page::of(&figures, &report.sections, report.language, public_url);
        let footer =
            Footer { report: Some(&report.name), unsubscribe: unsubscribe.as_deref(), is_late: errand.is_late };
        let file = file_name(&report.bot, errand.period);
        let files = [Format::Pdf, Format::Csv].into_iter().map(|format| {
            let bytes = format.of(&figures, &page).map_err(|error| never(&error.to_string()))?;
            Ok(Attachment { name: format!("{file}.{}", format.ending()), kind: format.content_type(), bytes })
        });
        Ok(Composed {
            to: errand.to,
            subject: page.subject(),
            text: text::text(&page, &footer),
            html: html(&page, Pictures::Attached, &footer),
            pictures: pictures(&page),
            files: files.collect::<Result<_, Failed>>()?,
            unsubscribe,
        })
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

/// Posts one letter, and returns its id: of a period and a recipient the same, whenever it is made.
fn post(pages: &mut Pages, id: &str, report: &Report, (period, to, why): (Period, &str, Why), now_ms: i64) -> String {
    let (is_late, is_asked) = (why == Why::Late, why == Why::Asked);
    let errand = Errand { report: id.to_owned(), period, to: to.to_owned(), is_late, is_asked };
    let message = Message {
        kind: KIND.into(),
        title: format!("{}, {}: {to}", report.name, report.language.period(period)),
        lines: Vec::new(),
        data: serde_json::to_value(errand).expect("its keys are texts"),
        language: report.language,
    };
    let asked_ms = if is_asked { now_ms } else { 0 };
    let hash = blake3::hash(format!("{id}\n{period}\n{to}\n{asked_ms}").as_bytes()).to_hex();
    let letter = hash[..32].to_owned();
    pages.post(letter.clone(), &report.channel, message, now_ms);
    letter
}

/// What its file is called, without an ending: a name of letters that every system takes.
pub fn file_name(bot: &str, period: Period) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') { letter } else { '-' };
    format!("novahouse-{}-{period}", bot.chars().map(plain).collect::<String>())
}

fn pictures(page: &Page) -> Vec<Picture> {
    let blocks = page.parts.iter().flat_map(|part| &part.blocks);
    let charts = blocks.filter_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None });
    charts.map(|chart| Picture { id: html::content_id(chart), png: html::png(chart) }).collect()
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
