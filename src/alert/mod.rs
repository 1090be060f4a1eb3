//! Alerts: rules that watch figures, what becomes of them, and who is told.
//!
//! Rules and silences are settings. Once a minute all rules are judged, off every request's path and from rollups alone;
//! states, history and the messages to be sent are written down together (`notify::Book`), so that a crash leaves all of them
//! or none. What is told while the process is away is what still holds when it is back.

mod backtest;
mod desk;
mod measure;
mod memory;
pub mod metric;
mod offered;
mod own;
mod rule;
mod silence;
mod state;
mod telling;
mod watch;
mod words;

pub use backtest::{Backtest, Firing, Point, backtest, sessions_behind};
pub use desk::Desk;
pub use measure::{Judged, Verdict};
pub use memory::{Happened, Known, Memory, What};
pub use metric::Metric;
pub use offered::offered;
pub use rule::{Condition, Rule, Severity};
pub use silence::Silence;
pub use state::{Acknowledged, Fired, News, Phase, State, Timing};
pub use watch::{Latest, Seen, Watch};
pub use words::reason;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::{RULES_MAX, SILENCES_MAX};
use crate::notify::{Book, Channels, find, id_of, no_channel, short_id};
use crate::settings::Document;

/// What a team sets of alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// By their ids.
    #[serde(default)]
    pub rules: BTreeMap<String, Rule>,
    /// By their ids.
    #[serde(default)]
    pub silences: BTreeMap<String, Silence>,
}

impl Alerts {
    /// Adds a rule that was checked, and returns its id.
    ///
    /// # Errors
    /// Where it tells a channel that is not there, or there are too many rules.
    pub fn add(&mut self, rule: Rule, channels: &Channels) -> Result<String> {
        check_channels(&rule, channels)?;
        if self.rules.len() >= RULES_MAX {
            return Err(Error::Conflict(format!("there are {RULES_MAX} rules, which is as many as may be")));
        }
        let id = short_id()?;
        self.rules.insert(id.clone(), rule);
        Ok(id)
    }

    /// Puts a rule that was checked in another's place.
    ///
    /// # Errors
    /// Where there is none, or where it tells a channel that is not there.
    pub fn replace(&mut self, id: &str, rule: Rule, channels: &Channels) -> Result<()> {
        check_channels(&rule, channels)?;
        let known = self.rules.get_mut(id).ok_or_else(|| no_rule(id))?;
        *known = rule;
        Ok(())
    }

    /// # Errors
    /// Where there is none.
    pub fn remove(&mut self, id: &str) -> Result<Rule> {
        let removed = self.rules.remove(id).ok_or_else(|| no_rule(id))?;
        self.silences.retain(|_, silence| silence.rule.as_deref() != Some(id));
        Ok(removed)
    }

    /// The id of a rule, by itself or by its name.
    ///
    /// # Errors
    /// Where there is none, or several have the name.
    pub fn named(&self, text: &str) -> Result<String> {
        id_of(&self.rules, text, "rules", |rule| &rule.name)?.ok_or_else(|| no_rule(text))
    }

    /// Adds a silence that was checked, and forgets those that are over. Returns its id.
    ///
    /// # Errors
    /// Where it names a rule that is not there, or there are too many.
    pub fn silence(&mut self, silence: Silence, now_ms: i64) -> Result<String> {
        if let Some(id) = silence.rule.as_ref().filter(|id| !self.rules.contains_key(*id)) {
            return Err(no_rule(id));
        }
        self.silences.retain(|_, known| !known.is_over(now_ms));
        if self.silences.len() >= SILENCES_MAX {
            return Err(Error::Conflict(format!("there are {SILENCES_MAX} silences, which is as many as may be")));
        }
        let id = short_id()?;
        self.silences.insert(id.clone(), silence);
        Ok(id)
    }

    /// # Errors
    /// Where there is none.
    pub fn end_silence(&mut self, id: &str) -> Result<Silence> {
        self.silences.remove(id).ok_or_else(|| Error::NotFound(format!("there is no silence with the id `{id}`")))
    }

    /// What a silence is of, for the record and for lists.
    pub fn silenced(&self, silence: &Silence) -> String {
        let Silence { rule, bot, .. } = silence;
        let rule = rule.as_ref().map(|id| self.rules.get(id).map_or(id, |rule| &rule.name).clone());
        rule.or_else(|| bot.clone()).unwrap_or_else(|| "all rules".to_owned())
    }

    /// How many rules tell a channel, of those in question.
    pub fn telling(&self, channel: &str, counts: impl Fn(&Rule) -> bool) -> usize {
        self.rules.values().filter(|rule| counts(rule) && rule.channels.iter().any(|told| told == channel)).count()
    }
}

/// Takes a channel from the settings.
///
/// # Errors
/// Where there is none, or a rule tells it.
pub fn take_out_channel(document: &mut Document, name: &str) -> Result<()> {
    find(&document.channels, name)?;
    let telling = document.alerts.telling(name, |_| true);
    if telling > 0 {
        let rules = if telling == 1 { "a rule tells".to_owned() } else { format!("{telling} rules tell") };
        return Err(Error::Conflict(format!("{rules} this channel: take it from there first")));
    }
    let reports = document.reports.telling(name);
    if reports > 0 {
        let reports = if reports == 1 { "a report goes".to_owned() } else { format!("{reports} reports go") };
        return Err(Error::Conflict(format!("{reports} through this channel: take it from there first")));
    }
    document.channels.remove(name);
    Ok(())
}

/// The states that a server has written down, for a command beside it.
///
/// # Errors
/// Where the file cannot be relied on.
pub fn remembered(dir: &std::path::Path) -> Result<Memory> {
    Ok(Book::peek(dir)?.remembered(memory::WHO))
}

fn check_channels(rule: &Rule, channels: &Channels) -> Result<()> {
    match rule.channels.iter().find(|name| !channels.contains_key(*name)) {
        Some(missing) => Err(Error::Invalid(format!("channels: {}", no_channel(missing)))),
        None => Ok(()),
    }
}

pub fn no_rule(id: &str) -> Error {
    Error::NotFound(format!("there is no rule with the id `{id}`"))
}
