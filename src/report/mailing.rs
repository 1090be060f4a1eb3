//! The mails of reports: what stands in a letter, and the mail that is made of it when it is sent.

use serde::{Deserialize, Serialize};

use super::definition::Report;
use super::figures::Figures;
use super::html::{self, Footer, Pictures, html};
use super::memory::Why;
use super::page::{Block, Page};
use super::period::Period;
use super::{Format, text};
use crate::engine::Engine;
use crate::error::Error;
use crate::notify::{Again, Attachment, Composed, Failed, Message, Picture};
use crate::settings::Document;

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

/// The mail that a letter of a report stands for. Reads from the disk.
///
/// # Errors
/// Where there is nothing to be sent any more, or the figures cannot be read.
pub fn mail(
    engine: &dyn Engine,
    document: &Document,
    public_url: Option<&str>,
    message: &Message,
) -> Result<Composed, Failed> {
    let never = |why: &str| Failed { why: why.to_owned(), again: Again::Never };
    let errand = Errand::deserialize(&message.data).map_err(|_| never("the letter cannot be read"))?;
    let kept = document.reports.find(&errand.report).map_err(|_| never("there is no such report any more"))?;
    let report = &kept.report;
    if !errand.is_asked && !report.recipients.contains(&errand.to) {
        return Err(never("this recipient has unsubscribed, or was taken from the report"));
    }
    let figures = Figures::gather(engine, &report.bot, errand.period, &report.sections);
    let figures = figures.map_err(|error| match error {
        Error::NotFound(sentence) => never(&sentence),
        error => Failed { why: format!("the figures cannot be read: {error}"), again: Again::After(None) },
    })?;
    let public_url = report.public_url.as_deref().or(public_url);
    let token = document.reports.token(&errand.report, &errand.to).filter(|_| report.recipients.contains(&errand.to));
    let unsubscribe = public_url
        .zip(token)
        .map(|(url, token)| format!("{url}/api/reports/unsubscribe?report={}&token={}", errand.report, token.to_hex()));
    let page = Page::of(&figures, &report.sections, report.language, public_url);
    let footer = Footer { report: Some(&report.name), unsubscribe: unsubscribe.as_deref(), is_late: errand.is_late };
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

/// A letter that takes a report of a period to a recipient, and its id, which is the same whenever it is made.
pub fn letter(id: &str, report: &Report, (period, to, why): (Period, &str, Why), now_ms: i64) -> (String, Message) {
    let (is_late, is_asked) = (why == Why::Late, why == Why::Asked);
    let errand = Errand { report: id.to_owned(), period, to: to.to_owned(), is_late, is_asked };
    let message = Message {
        kind: KIND.into(),
        title: format!("{}, {}: {to}", report.name, report.language.period(period)),
        lines: Vec::new(),
        data: serde_json::to_value(errand).expect("its keys are texts"),
        language: report.language,
        to: Some(to.to_owned()),
    };
    let asked_ms = if is_asked { now_ms } else { 0 };
    let hash = blake3::hash(format!("{id}\n{period}\n{to}\n{asked_ms}").as_bytes()).to_hex();
    (hash[..32].to_owned(), message)
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
