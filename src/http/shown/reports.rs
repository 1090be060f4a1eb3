//! Reports, and what became of those that were sent.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::day::rfc3339;
use crate::notify::{Delivery, Outcome};
use crate::report::{Kept, Report, Sent, Why};

const SUCCESS: &str = "success";

#[derive(Serialize, JsonSchema)]
pub struct ReportList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    reports: Vec<ReportRow<'a>>,
    /// Whether the server knows by itself where recipients reach it, so that mails have links.
    has_public_url: bool,
}

impl<'a> ReportList<'a> {
    pub fn of(reports: Vec<ReportRow<'a>>, has_public_url: bool) -> Self {
        Self { status: SUCCESS, reports, has_public_url }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct ReportRow<'a> {
    pub id: &'a str,
    pub report: &'a Report,
    /// Who has unsubscribed.
    unsubscribed: &'a [String],
    /// When it is sent next; null where it rests, or its bot is gone.
    #[schemars(extend("format" = "date-time"))]
    next_at: Option<String>,
    /// When it was sent last.
    #[schemars(extend("format" = "date-time"))]
    sent_at: Option<String>,
}

impl<'a> ReportRow<'a> {
    pub fn of(id: &'a str, kept: &'a Kept, next_ms: Option<i64>, sent_ms: Option<i64>) -> Self {
        let Kept { report, since_ms: _, left } = kept;
        Self { id, report, unsubscribed: left, next_at: next_ms.map(rfc3339), sent_at: sent_ms.map(rfc3339) }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct ReportHistory<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Newest first.
    entries: Vec<ReportSent<'a>>,
}

impl<'a> ReportHistory<'a> {
    pub fn of(entries: Vec<ReportSent<'a>>) -> Self {
        Self { status: SUCCESS, entries }
    }
}

/// One period of a report, sent to its recipients.
#[derive(Serialize, JsonSchema)]
pub struct ReportSent<'a> {
    #[schemars(extend("format" = "date-time"))]
    time: String,
    /// The report's.
    id: &'a str,
    name: &'a str,
    bot: &'a str,
    /// A day, a week such as `2026-W48`, or a month such as `2026-11`.
    period: String,
    why: Why,
    /// Earlier periods that had been missed and were left out.
    left_out: u32,
    /// Who asked for it.
    by: Option<&'a str>,
    recipients: usize,
    /// Of these mails, as far as the channel's log still knows them.
    sent: usize,
    waiting: usize,
    given_up: usize,
    /// Why the latest of them was not taken.
    trouble: Option<String>,
}

impl<'a> ReportSent<'a> {
    pub fn of(sent: &'a Sent, deliveries: &[Delivery]) -> Self {
        let Sent { at_ms, id, name, bot, period, why, left_out, by, channel: _, letters } = sent;
        let own: Vec<&Delivery> = deliveries.iter().filter(|delivery| letters.contains(&delivery.id)).collect();
        let count = |outcome| own.iter().filter(|delivery| delivery.outcome == outcome).count();
        let trouble = own.iter().find(|one| one.outcome != Outcome::Sent && !one.answer.is_empty());
        Self {
            time: rfc3339(*at_ms),
            id,
            name,
            bot,
            period: period.to_string(),
            why: *why,
            left_out: *left_out,
            by: by.as_deref(),
            recipients: letters.len(),
            sent: count(Outcome::Sent),
            waiting: count(Outcome::Waiting),
            given_up: count(Outcome::GivenUp),
            trouble: trouble.map(|delivery| delivery.answer.clone()),
        }
    }
}

/// A report is on its way.
#[derive(Serialize, JsonSchema)]
pub struct ReportPosted {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// How many get it.
    recipients: usize,
}

impl ReportPosted {
    pub fn of(recipients: usize) -> Self {
        Self { status: SUCCESS, recipients }
    }
}
