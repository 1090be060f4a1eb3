//! `novahouse bot set --keep-…`

use clap::Args;
use serde_json::{Value, json};

use super::DataDir;
use super::user::{access, record_change};
use crate::engine::Engine;
use crate::error::Result;
use crate::limits::KEPT_DAYS_MAX;
use crate::model::Keep;
use crate::settings::{Document, KeepChange};
use crate::store::{Options, RedbEngine};

#[derive(Args)]
pub(super) struct KeepFlags {
    /// What was written (messages, replies, entities, comments), such as 30d; the events themselves stay, and the words of the
    /// list of questions
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_text: Option<Kept>,
    /// Messages, visits, leads and feedback as they came
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_events: Option<Kept>,
    /// Performance metrics as they came
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_performance: Option<Kept>,
    /// Sessions, the names of persons, contact data of leads, and the way from figures to them
    #[arg(long, value_name = "DAYS", group = "what", value_parser = kept)]
    keep_sessions: Option<Kept>,
}

/// Days; `None` is for ever.
#[derive(Clone, Copy)]
struct Kept(Option<u32>);

fn kept(text: &str) -> Result<Kept, String> {
    if text == "forever" {
        return Ok(Kept(None));
    }
    let days =
        text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=KEPT_DAYS_MAX).contains(days));
    days.map(|days| Kept(Some(days)))
        .ok_or_else(|| format!("expected days from 1d to {KEPT_DAYS_MAX}d, such as 30d, or forever"))
}

impl KeepFlags {
    pub(super) fn set(&self, name: &str, data: &DataDir) -> Result<()> {
        let change = self.change();
        if change.is_none() {
            return Ok(());
        }
        RedbEngine::open_read_only(&data.dir, &Options::default())?.bot(name)?;
        let access = access(data)?;
        let ((keep, changed), _) = Document::change(&data.dir, |document| document.change_keep_told(name, change))?;
        record_change(&access, "retention changed", name, changed);
        println!("{name} keeps {}.", told(&keep));
        Ok(())
    }

    fn change(&self) -> KeepChange {
        let days = |kept: Option<Kept>| kept.map(|Kept(days)| days);
        KeepChange {
            text_days: days(self.keep_text),
            events_days: days(self.keep_events),
            performance_days: days(self.keep_performance),
            sessions_days: days(self.keep_sessions),
        }
    }
}

/// How long each kind is kept, in words.
pub(super) fn told(keep: &Keep) -> String {
    let Keep { text_days, events_days, performance_days, sessions_days } = *keep;
    let days = |days: Option<u32>| match days {
        None => "for ever".to_owned(),
        Some(1) => "for a day".to_owned(),
        Some(days) => format!("for {days} days"),
    };
    format!(
        "texts {}, events {}, performance metrics {} and sessions {}",
        days(text_days),
        days(events_days),
        days(performance_days),
        days(sessions_days)
    )
}

/// The same as the API shows it: null is for ever.
pub(super) fn as_json(keep: &Keep) -> Value {
    let Keep { text_days, events_days, performance_days, sessions_days } = keep;
    json!({"text_days": text_days, "events_days": events_days, "performance_days": performance_days,
        "sessions_days": sessions_days})
}
