//! Where messages go, and with which secrets.

use std::fmt;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A text that does not show itself. It is written to the file of settings, which no one else may read, and into no answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// One way to someone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Channel {
    Email(Email),
    Webhook(Webhook),
    Slack(Hook),
    Teams(Hook),
    Discord(Hook),
    Telegram(Telegram),
}

/// What kinds there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ChannelKind")]
pub enum Kind {
    /// A mail to one or several addresses
    Email,
    /// JSON to an address of your own, signed
    Webhook,
    /// An incoming webhook of Slack
    Slack,
    /// A workflow of Microsoft Teams that takes webhook requests
    Teams,
    /// A webhook of a Discord channel
    Discord,
    /// A bot of Telegram that writes to one chat
    Telegram,
}

impl Kind {
    pub const COUNT: usize = 6;
    pub const ALL: [Self; Self::COUNT] =
        [Self::Email, Self::Webhook, Self::Slack, Self::Teams, Self::Discord, Self::Telegram];

    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
        }
    }
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MailSecurity")]
pub enum Security {
    /// In clear at first, then TLS, or not at all; usually port 587
    #[default]
    Starttls,
    /// TLS from the first byte; usually port 465
    Tls,
    /// In clear: for a server on this machine
    None,
}

impl Security {
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub from: String,
    pub to: Vec<String>,
    #[serde(default, skip_serializing_if = "is_english")]
    pub language: Language,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The whole address may be worth keeping to oneself.
    pub url: Secret,
    /// What its messages are signed with.
    pub secret: Option<Secret>,
    #[serde(default, skip_serializing_if = "is_english")]
    pub language: Language,
}

/// An address that whoever knows it may write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub url: Secret,
    #[serde(default, skip_serializing_if = "is_english")]
    pub language: Language,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telegram {
    pub token: Secret,
    pub chat_id: String,
    /// A Bot API server of one's own; Telegram's where none is named.
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "is_english")]
    pub language: Language,
}

/// What it was before there was a choice, and is not written down.
fn is_english(language: &Language) -> bool {
    *language == Language::En
}

impl Channel {
    /// What its messages are written in.
    pub fn language(&self) -> Language {
        match self {
            Self::Email(email) => email.language,
            Self::Webhook(webhook) => webhook.language,
            Self::Slack(hook) | Self::Teams(hook) | Self::Discord(hook) => hook.language,
            Self::Telegram(telegram) => telegram.language,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Email(_) => Kind::Email,
            Self::Webhook(_) => Kind::Webhook,
            Self::Slack(_) => Kind::Slack,
            Self::Teams(_) => Kind::Teams,
            Self::Discord(_) => Kind::Discord,
            Self::Telegram(_) => Kind::Telegram,
        }
    }

    /// Who reads what it brings, where it knows each of them.
    pub fn readers(&self) -> &[String] {
        match self {
            Self::Email(email) => &email.to,
            Self::Webhook(_) | Self::Slack(_) | Self::Teams(_) | Self::Discord(_) | Self::Telegram(_) => &[],
        }
    }

    /// Where it leads, as far as anyone may know it.
    pub fn place(&self) -> String {
        match self {
            Self::Email(email) => email.to.join(", "),
            Self::Webhook(Webhook { url, .. }) => origin(&url.0),
            Self::Slack(hook) | Self::Teams(hook) | Self::Discord(hook) => origin(&hook.url.0),
            Self::Telegram(telegram) => format!("chat {}", telegram.chat_id),
        }
    }

    /// Whether it has a secret of its own beside its address.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Email(email) => email.password.is_some(),
            Self::Webhook(webhook) => webhook.secret.is_some(),
            Self::Slack(_) | Self::Teams(_) | Self::Discord(_) | Self::Telegram(_) => true,
        }
    }

    /// What must not be said anywhere.
    pub(super) fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Email(email) => email.password.iter().map(|secret| &*secret.0).collect(),
            Self::Webhook(webhook) => {
                webhook.secret.iter().map(|secret| &*secret.0).chain(beyond_origin(&webhook.url.0)).collect()
            }
            Self::Slack(hook) | Self::Teams(hook) | Self::Discord(hook) => {
                beyond_origin(&hook.url.0).into_iter().collect()
            }
            Self::Telegram(telegram) => vec![&telegram.token.0],
        }
    }
}

/// The scheme, the host and the port of an address.
fn origin(url: &str) -> String {
    let parsed = reqwest::Url::parse(url).ok();
    parsed.map_or_else(String::new, |url| url.origin().ascii_serialization())
}

/// What of an address follows its host, where that is more than a slash.
fn beyond_origin(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    (path.len() > 1).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_shows_itself() {
        let url = Secret("https://hooks.example.com:8443/services/T0/B0/abc".into());
        let hook = Hook { url, language: Language::En };
        let channel = Channel::Slack(hook);
        assert_eq!(channel.place(), "https://hooks.example.com:8443");
        assert_eq!(channel.secrets(), ["/services/T0/B0/abc"]);
        assert!(!format!("{channel:?}").contains("services"));
        let written = serde_json::to_string(&channel).unwrap();
        assert!(!written.contains("language"), "as versions before wrote it");
        assert_eq!(serde_json::from_str::<Channel>(&written).unwrap(), channel);
        let polish = written.replacen('{', r#"{"language":"pl","#, 1);
        assert_eq!(serde_json::from_str::<Channel>(&polish).unwrap().language(), Language::Pl);
    }
}
