//! Reports as they are set: whose, how often, for whom. No I/O.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::period::{Every, Schedule};
use super::section::Section;
use crate::error::{Error, Result};
use crate::language::Language;
use crate::limits::{
    BOT_NAME_BYTES_MAX, CHANNEL_NAME_BYTES_MAX, REPORT_RECIPIENTS_MAX, REPORT_TITLE_CHARS_MAX, REPORT_URL_BYTES_MAX,
    REPORTS_MAX,
};
use crate::model::DEFAULT_BOT;
use crate::notify::{Channels, Kind, Secret, expected, id_of, mailbox, short_id};
use crate::random;

/// A report, as it is asked for, written down and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What it is called in lists and in its mail.
    #[schemars(length(min = 1, max = REPORT_TITLE_CHARS_MAX))]
    pub name: String,
    #[serde(default = "default_bot")]
    #[schemars(length(min = 1, max = BOT_NAME_BYTES_MAX))]
    pub bot: String,
    /// What a period is: it is sent when one is over.
    pub every: Every,
    /// When on the day after a period, by the wall clock of the bot's zone.
    #[serde(default = "morning")]
    #[schemars(range(max = 23))]
    pub hour: u32,
    #[serde(default)]
    pub language: Language,
    /// The channel, a mail one, whose server and sender are used. Its own recipients get nothing.
    #[schemars(length(min = 1, max = CHANNEL_NAME_BYTES_MAX))]
    pub channel: String,
    /// Addresses of mail; each gets a mail of its own.
    #[schemars(length(max = REPORT_RECIPIENTS_MAX))]
    pub recipients: Vec<String>,
    /// All of them, unless given.
    #[serde(default = "all_sections")]
    #[schemars(length(min = 1))]
    pub sections: Vec<Section>,
    /// Where the recipients reach this server, for links: `https://chat.example.com`. That of `serve --public-url`, unless
    /// given; without either there are no links.
    #[serde(default)]
    #[schemars(length(max = REPORT_URL_BYTES_MAX))]
    pub public_url: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn default_bot() -> String {
    DEFAULT_BOT.to_owned()
}

fn morning() -> u32 {
    8
}

fn all_sections() -> Vec<Section> {
    Section::ALL.to_vec()
}

fn yes() -> bool {
    true
}

impl Report {
    /// The report, where it can be sent.
    ///
    /// # Errors
    /// A sentence that names the field, and what was expected.
    pub fn checked(mut self) -> Result<Self> {
        let chars = self.name.chars().count();
        if !(1..=REPORT_TITLE_CHARS_MAX).contains(&chars) || self.name.chars().any(char::is_control) {
            return Err(expected("name", &format!("1 to {REPORT_TITLE_CHARS_MAX} characters")));
        }
        if !(1..=BOT_NAME_BYTES_MAX).contains(&self.bot.len()) {
            return Err(expected("bot", &format!("a name of 1 to {BOT_NAME_BYTES_MAX} bytes")));
        }
        if self.hour > 23 {
            return Err(expected("hour", "a whole number from 0 to 23"));
        }
        if self.recipients.len() > REPORT_RECIPIENTS_MAX {
            return Err(expected("recipients", &format!("at most {REPORT_RECIPIENTS_MAX} addresses")));
        }
        for address in &mut self.recipients {
            *address = mailbox("recipients", address)?;
        }
        let mut seen = std::collections::BTreeSet::new();
        self.recipients.retain(|address| seen.insert(address.to_lowercase()));
        if self.sections.is_empty() {
            return Err(expected("sections", "at least one"));
        }
        self.sections.sort_unstable();
        self.sections.dedup();
        self.public_url = self.public_url.filter(|url| !url.is_empty()).map(|url| public_url(&url)).transpose()?;
        Ok(self)
    }

    pub fn schedule(&self, since_ms: i64) -> Schedule {
        Schedule { every: self.every, hour: self.hour, since_ms }
    }

    /// To whom it is sent where someone asks for it: to these, or to its recipients.
    ///
    /// # Errors
    /// Where there is no one, there are too many, or one is no address.
    pub fn addressed(&self, to: Option<Vec<String>>) -> Result<Vec<String>> {
        let Some(to) = to else {
            return match self.recipients.is_empty() {
                true => Err(Error::Conflict("the report has no recipients: say who is to get it in `to`".into())),
                false => Ok(self.recipients.clone()),
            };
        };
        if !(1..=REPORT_RECIPIENTS_MAX).contains(&to.len()) {
            return Err(expected("to", &format!("1 to {REPORT_RECIPIENTS_MAX} addresses")));
        }
        to.iter().map(|address| mailbox("to", address)).collect()
    }

    fn check_channel(&self, channels: &Channels) -> Result<()> {
        match channels.get(&self.channel).map(|channel| channel.kind()) {
            Some(Kind::Email) => Ok(()),
            Some(other) => {
                Err(expected("channel", &format!("one of the kind `email`; `{}` is a {}", self.channel, other.name())))
            }
            None => Err(expected("channel", &format!("the name of a channel; there is none named `{}`", self.channel))),
        }
    }
}

/// The address of a server, without a slash at its end.
///
/// # Errors
/// A sentence, where it is none.
pub fn public_url(text: &str) -> Result<String> {
    let parsed = reqwest::Url::parse(text).ok().filter(|url| {
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        matches!(url.scheme(), "https" | "http") && url.has_host() && plain && url.password().is_none()
    });
    let parsed = parsed.filter(|_| text.len() <= REPORT_URL_BYTES_MAX);
    let parsed = parsed.ok_or_else(|| {
        let what = "the address by which recipients reach this server, such as https://chat.example.com";
        expected("public_url", what)
    })?;
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

/// A report with what the server itself notes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub report: Report,
    /// Since when it is sent as it is, epoch ms: what was due before is not.
    pub since_ms: i64,
    /// Who has unsubscribed.
    #[serde(default)]
    pub left: Vec<String>,
}

/// All reports that a team has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// By their ids.
    #[serde(default)]
    pub list: BTreeMap<String, Kept>,
    /// What links to unsubscribe are sealed with; made with the first report.
    #[serde(default)]
    pub seal: Option<Secret>,
}

impl Reports {
    /// Adds a report that was checked, and returns its id.
    ///
    /// # Errors
    /// Where its channel is none of mail, or there are too many.
    pub fn add(&mut self, report: Report, channels: &Channels, now_ms: i64) -> Result<String> {
        report.check_channel(channels)?;
        if self.list.len() >= REPORTS_MAX {
            return Err(Error::Conflict(format!("there are {REPORTS_MAX} reports, which is as many as may be")));
        }
        if self.seal.is_none() {
            self.seal = Some(Secret(random::id()? + &random::id()?));
        }
        let id = short_id()?;
        self.list.insert(id.clone(), Kept { report, since_ms: now_ms, left: Vec::new() });
        Ok(id)
    }

    /// Puts a report that was checked in another's place. Where it is sent at other times than before, or again, it begins with
    /// the next period that ends.
    ///
    /// # Errors
    /// Where there is none, or its channel is none of mail.
    pub fn replace(&mut self, id: &str, report: Report, channels: &Channels, now_ms: i64) -> Result<()> {
        report.check_channel(channels)?;
        let known = self.list.get_mut(id).ok_or_else(|| no_report(id))?;
        let when = |report: &Report| (report.every, report.hour, report.bot.clone(), report.enabled);
        if when(&known.report) != when(&report) {
            known.since_ms = now_ms;
        }
        // Whoever is put back wants it again.
        known.left.retain(|address| !report.recipients.contains(address));
        known.report = report;
        Ok(())
    }

    /// # Errors
    /// Where there is none.
    pub fn remove(&mut self, id: &str) -> Result<Report> {
        self.list.remove(id).map(|kept| kept.report).ok_or_else(|| no_report(id))
    }

    /// # Errors
    /// Where there is none.
    pub fn find(&self, id: &str) -> Result<&Kept> {
        self.list.get(id).ok_or_else(|| no_report(id))
    }

    /// The id of a report, by itself or by its name.
    ///
    /// # Errors
    /// Where there is none, or several have the name.
    pub fn named(&self, text: &str) -> Result<String> {
        id_of(&self.list, text, "reports", |kept| &kept.report.name)?.ok_or_else(|| no_report(text))
    }

    /// The reports that go through a channel.
    pub fn telling(&self, channel: &str) -> usize {
        self.list.values().filter(|kept| kept.report.channel == channel).count()
    }

    /// What a recipient's link to unsubscribe carries: from it no one comes to the address, nor to another's.
    pub fn token(&self, id: &str, address: &str) -> Option<blake3::Hash> {
        const CONTEXT: &str = "NovaHouse 2026 link to unsubscribe from a report";
        let key = blake3::derive_key(CONTEXT, self.seal.as_ref()?.0.as_bytes());
        Some(blake3::keyed_hash(&key, format!("{id}\n{address}").as_bytes()))
    }

    /// Who holds the link with this token.
    pub fn holder(&self, id: &str, token: &str) -> Option<&str> {
        // Hashes are compared in constant time.
        let token = blake3::Hash::from_hex(token).ok()?;
        let recipients = self.list.get(id)?.report.recipients.iter();
        recipients.map(String::as_str).find(|address| self.token(id, address) == Some(token))
    }

    /// Takes whoever holds the link with this token from the recipients; returns what the report is called and who it was.
    pub fn unsubscribe(&mut self, id: &str, token: &str) -> Option<(String, String)> {
        let address = self.holder(id, token)?.to_owned();
        let kept = self.list.get_mut(id)?;
        kept.report.recipients.retain(|known| *known != address);
        kept.left.push(address.clone());
        if kept.left.len() > REPORT_RECIPIENTS_MAX {
            kept.left.remove(0);
        }
        Some((kept.report.name.clone(), address))
    }
}

pub fn no_report(id: &str) -> Error {
    Error::NotFound(format!("there is no report with the id `{id}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::Draft;

    fn channels() -> Channels {
        let mail = Draft {
            host: Some("localhost".into()),
            from: Some("NovaHouse <nova@example.com>".into()),
            to: Some(vec!["ops@example.com".into()]),
            ..Draft::of(Kind::Email)
        };
        let hook = Draft { url: Some("https://a.example/x".into()), ..Draft::of(Kind::Webhook) };
        let named = |name: &str, draft: Draft| (name.to_owned(), draft.channel(None).unwrap());
        [named("mail", mail), named("hook", hook)].into()
    }

    fn report() -> Report {
        let body = r#"{"name": "Weekly", "every": "week", "channel": "mail", "recipients": ["a@example.com", "b@example.com"]}"#;
        serde_json::from_str::<Report>(body).unwrap().checked().unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let known = report();
        assert_eq!((known.hour, &*known.bot, known.sections.len()), (8, "default", Section::ALL.len()));
        let refused = |change: fn(&mut Report), field: &str| {
            let mut report = report();
            change(&mut report);
            let sentence = report.checked().expect_err(field).to_string();
            assert!(sentence.starts_with(field), "{sentence}");
        };
        refused(|report| report.name.clear(), "name:");
        refused(|report| report.name.push('\n'), "name:");
        refused(|report| report.bot.clear(), "bot:");
        refused(|report| report.hour = 24, "hour:");
        refused(|report| report.recipients.push("nobody".into()), "recipients:");
        refused(|report| report.recipients.push("a@b.c\r\nBcc: d@e.f".into()), "recipients:");
        refused(|report| report.recipients = vec!["a@b.c".into(); REPORT_RECIPIENTS_MAX + 1], "recipients:");
        refused(|report| report.sections.clear(), "sections:");
        for url in ["chat.example.com", "javascript:alert(1)", "https://a:b@c.example", "https://a.example/?x"] {
            assert!(public_url(url).is_err(), "{url}");
        }
        assert_eq!(public_url("https://a.example/nova/").unwrap(), "https://a.example/nova");
        let mut reports = Reports::default();
        for (channel, said) in [("hook", "webhook"), ("none", "there is none")] {
            let report = Report { channel: channel.into(), ..report() };
            let sentence = reports.add(report, &channels(), 0).unwrap_err().to_string();
            assert!(sentence.starts_with("channel:") && sentence.contains(said), "{sentence}");
        }
    }

    #[test]
    fn a_link_to_unsubscribe_is_for_one_recipient_of_one_report() {
        let mut reports = Reports::default();
        let id = reports.add(report(), &channels(), 1).unwrap();
        let other = reports.add(report(), &channels(), 1).unwrap();
        let token = reports.token(&id, "a@example.com").unwrap().to_hex().to_string();
        assert_eq!(reports.holder(&id, &token), Some("a@example.com"));
        assert_eq!(reports.holder(&other, &token), None);
        assert_eq!(reports.holder(&id, &"0".repeat(64)), None);
        assert!(reports.unsubscribe(&id, &token).is_some() && reports.unsubscribe(&id, &token).is_none());
        let kept = reports.find(&id).unwrap();
        assert_eq!((kept.report.recipients.len(), &*kept.left[0]), (1, "a@example.com"));
        reports.replace(&id, report(), &channels(), 5).unwrap();
        let kept = reports.find(&id).unwrap();
        assert!(kept.left.is_empty() && kept.since_ms == 1);
        reports.replace(&id, Report { enabled: false, ..report() }, &channels(), 5).unwrap();
        assert_eq!(reports.find(&id).unwrap().since_ms, 5);
        let written = serde_json::to_string(&reports).unwrap();
        assert_eq!(serde_json::from_str::<Reports>(&written).unwrap(), reports);
    }
}
