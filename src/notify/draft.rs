//! A channel as it is asked for: all fields of all kinds, of which each kind takes its own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::channel::{Channel, Email, Hook, Kind, Security, Telegram, Webhook};
use super::checks::{
    address, checked_address, expected, given_or_kept, is_chat, is_host, is_this_machine, is_token, mailbox,
};
use crate::error::{Error, Result};
use crate::language::Language;
use crate::limits::{CHANNEL_SECRET_BYTES_MAX, CHANNEL_URL_BYTES_MAX, MAIL_ADDRESS_BYTES_MAX, MAIL_RECIPIENTS_MAX};

/// A channel to be. A secret that is not given stays as it was.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChannelBody")]
pub struct Draft {
    pub kind: Kind,
    /// What its messages are written in; English, unless given.
    #[serde(default)]
    pub language: Language,
    /// Of a webhook, Slack, Teams and Discord: where to, `https://…` or `http://…`. Of Telegram: a Bot API server of your own.
    #[schemars(length(max = CHANNEL_URL_BYTES_MAX))]
    pub url: Option<String>,
    /// Of a webhook: what its messages are signed with.
    #[schemars(length(max = CHANNEL_SECRET_BYTES_MAX))]
    pub secret: Option<String>,
    /// Of Telegram: the bot's token.
    #[schemars(length(max = CHANNEL_SECRET_BYTES_MAX))]
    pub token: Option<String>,
    /// Of Telegram: the number of the chat, or `@` and the name of a channel.
    pub chat_id: Option<String>,
    /// Of a mail, these: the server's name or address.
    pub host: Option<String>,
    /// The usual one of `security`, unless given.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    pub security: Option<Security>,
    pub user: Option<String>,
    #[schemars(length(max = CHANNEL_SECRET_BYTES_MAX))]
    pub password: Option<String>,
    /// Who writes: `NovaHouse <alerts@example.com>`.
    pub from: Option<String>,
    /// Who reads.
    #[schemars(length(max = MAIL_RECIPIENTS_MAX))]
    pub to: Option<Vec<String>>,
}

impl Draft {
    /// Of this kind, without anything else.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            language: Language::default(),
            url: None,
            secret: None,
            token: None,
            chat_id: None,
            host: None,
            port: None,
            security: None,
            user: None,
            password: None,
            from: None,
            to: None,
        }
    }

    /// What describes a channel as it is: its secrets are not in it, and so stay.
    pub fn again(channel: &Channel) -> Self {
        let draft = Self { language: channel.language(), ..Self::of(channel.kind()) };
        match channel.clone() {
            Channel::Email(Email { host, port, security, user, from, to, password: _, language: _ }) => Self {
                host: Some(host),
                // The usual one is another where `security` becomes another.
                port: (port != security.usual_port()).then_some(port),
                security: Some(security),
                user,
                from: Some(from),
                to: Some(to),
                ..draft
            },
            Channel::Telegram(Telegram { chat_id, url, token: _, language: _ }) => {
                Self { chat_id: Some(chat_id), url, ..draft }
            }
            Channel::Webhook(_) | Channel::Slack(_) | Channel::Teams(_) | Channel::Discord(_) => draft,
        }
    }

    /// The channel it describes; `before` is what it takes the place of.
    ///
    /// # Errors
    /// A sentence that names the field, and what was expected.
    pub fn channel(self, before: Option<&Channel>) -> Result<Channel> {
        self.refuse_what_is_of_others()?;
        Ok(match self.kind {
            Kind::Email => Channel::Email(self.email(before)?),
            Kind::Webhook => Channel::Webhook(self.webhook(before)?),
            Kind::Slack => Channel::Slack(self.hook(before)?),
            Kind::Teams => Channel::Teams(self.hook(before)?),
            Kind::Discord => Channel::Discord(self.hook(before)?),
            Kind::Telegram => Channel::Telegram(self.telegram(before)?),
        })
    }

    fn refuse_what_is_of_others(&self) -> Result<()> {
        use Kind::{Email, Telegram, Webhook};
        let is_hook = !matches!(self.kind, Email);
        let own = |kind| self.kind == kind;
        let mails = own(Email);
        let given = [
            ("url", self.url.is_some(), is_hook),
            ("secret", self.secret.is_some(), own(Webhook)),
            ("token", self.token.is_some(), own(Telegram)),
            ("chat_id", self.chat_id.is_some(), own(Telegram)),
            ("host", self.host.is_some(), mails),
            ("port", self.port.is_some(), mails),
            ("security", self.security.is_some(), mails),
            ("user", self.user.is_some(), mails),
            ("password", self.password.is_some(), mails),
            ("from", self.from.is_some(), mails),
            ("to", self.to.is_some(), mails),
        ];
        match given.iter().find(|(_, is_given, takes)| *is_given && !takes) {
            Some((field, ..)) => {
                Err(Error::Invalid(format!("{field}: not a field of a channel of the kind `{}`", self.kind.name())))
            }
            None => Ok(()),
        }
    }

    fn webhook(self, before: Option<&Channel>) -> Result<Webhook> {
        let known = match before {
            Some(Channel::Webhook(webhook)) => Some(webhook),
            _ => None,
        };
        let url = address(self.url, known.map(|known| &known.url))?;
        let secret = given_or_kept("secret", self.secret, known.and_then(|known| known.secret.as_ref()))?;
        Ok(Webhook { url, secret, language: self.language })
    }

    fn hook(self, before: Option<&Channel>) -> Result<Hook> {
        let known = match before {
            Some(channel @ (Channel::Slack(hook) | Channel::Teams(hook) | Channel::Discord(hook)))
                if channel.kind() == self.kind =>
            {
                Some(&hook.url)
            }
            _ => None,
        };
        Ok(Hook { url: address(self.url, known)?, language: self.language })
    }

    fn telegram(self, before: Option<&Channel>) -> Result<Telegram> {
        let known = match before {
            Some(Channel::Telegram(telegram)) => Some(telegram),
            _ => None,
        };
        let url = self.url.filter(|url| !url.is_empty()).map(|url| checked_address(&url)).transpose()?;
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        // It is shown.
        if url.as_ref().is_some_and(|url| url.contains('@')) {
            return Err(expected("url", "the address of a Bot API server, without a user in it"));
        }
        // A token goes to the server that it was given for, and to no other.
        let known = known.filter(|known| known.url == url);
        let token = given_or_kept("token", self.token, known.map(|known| &known.token))?;
        let token = token.filter(|token| is_token(&token.0));
        let token = token.ok_or_else(|| expected("token", "what BotFather gave: a number, a colon, and letters"))?;
        let chat_id = self.chat_id.filter(|chat| is_chat(chat));
        let chat_id = chat_id.ok_or_else(|| expected("chat_id", "a whole number, or @ and the name of a channel"))?;
        Ok(Telegram { token, chat_id, url, language: self.language })
    }

    fn email(self, before: Option<&Channel>) -> Result<Email> {
        let known = match before {
            Some(Channel::Email(email)) => Some(email),
            _ => None,
        };
        let host = self.host.filter(|host| is_host(host));
        let host = host.ok_or_else(|| expected("host", "the name or the address of a mail server"))?;
        let security = self.security.unwrap_or_default();
        let port = self.port.unwrap_or_else(|| security.usual_port());
        if port == 0 {
            return Err(expected("port", "a number from 1 to 65535"));
        }
        let user = self.user.filter(|user| !user.is_empty());
        let is_short = |user: &String| user.len() <= MAIL_ADDRESS_BYTES_MAX;
        if !user.as_ref().is_none_or(is_short) {
            return Err(expected("user", &format!("at most {MAIL_ADDRESS_BYTES_MAX} bytes")));
        }
        // A password goes to the server that it was given for, and to no other.
        let same_server = known.filter(|known| known.host == host && known.port == port && known.user == user);
        let kept = same_server.and_then(|known| known.password.as_ref());
        let password = given_or_kept("password", self.password, kept)?;
        if user.is_some() != password.is_some() {
            return Err(expected("password", "together with `user`, or neither of them"));
        }
        if password.is_some() && security == Security::None && !is_this_machine(&host) {
            return Err(expected(
                "security",
                "`starttls` or `tls`: a password is not sent in clear to another machine",
            ));
        }
        let from = mailbox("from", self.from.as_deref().unwrap_or_default())?;
        let to = self.to.unwrap_or_default();
        if !(1..=MAIL_RECIPIENTS_MAX).contains(&to.len()) {
            return Err(expected("to", &format!("1 to {MAIL_RECIPIENTS_MAX} addresses")));
        }
        let to = to.iter().map(|address| mailbox("to", address)).collect::<Result<_>>()?;
        Ok(Email { host, port, security, user, password, from, to, language: self.language })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CHANNEL_NAME_BYTES_MAX;
    use crate::notify::check_name;

    fn mail() -> Draft {
        Draft {
            host: Some("mail.example.com".into()),
            user: Some("nova".into()),
            password: Some("a secret".into()),
            from: Some("NovaHouse <nova@example.com>".into()),
            to: Some(vec!["ops@example.com".into()]),
            ..Draft::of(Kind::Email)
        }
    }

    #[track_caller]
    fn refused(draft: Draft, field: &str) {
        let sentence = draft.channel(None).expect_err(field).to_string();
        assert!(sentence.starts_with(field), "{sentence}");
        assert!(!sentence.contains("a secret"), "{sentence}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(mail().channel(None).is_ok());
        refused(Draft { host: None, ..mail() }, "host:");
        refused(Draft { host: Some("a b".into()), ..mail() }, "host:");
        refused(Draft { port: Some(0), ..mail() }, "port:");
        refused(Draft { user: None, ..mail() }, "password:");
        refused(Draft { security: Some(Security::None), ..mail() }, "security:");
        refused(Draft { from: Some("nova".into()), ..mail() }, "from:");
        refused(Draft { from: Some("a@b.c\r\nBcc: d@e.f".into()), ..mail() }, "from:");
        refused(Draft { to: Some(Vec::new()), ..mail() }, "to:");
        refused(Draft { url: Some("https://a.example".into()), ..mail() }, "url:");
        let hook = |url: &str| Draft { url: Some(url.into()), ..Draft::of(Kind::Slack) };
        assert!(hook("https://hooks.example.com/x").channel(None).is_ok());
        refused(hook("ftp://hooks.example.com/x"), "url:");
        refused(hook("a secret"), "url:");
        refused(hook(""), "url:");
        refused(Draft { secret: Some("a secret".into()), ..hook("https://a.example") }, "secret:");
        let telegram =
            Draft { token: Some("a secret".into()), chat_id: Some("-100".into()), ..Draft::of(Kind::Telegram) };
        refused(telegram.clone(), "token:");
        let token = Some("123:abc-_9".to_owned());
        assert!(Draft { token: token.clone(), ..telegram.clone() }.channel(None).is_ok());
        let through = |url: &str| Draft { token: token.clone(), url: Some(url.into()), ..telegram.clone() };
        assert!(through("https://bots.example.com/").channel(None).is_ok());
        refused(through("https://anna:word@bots.example.com"), "url:");
        refused(Draft { token, chat_id: Some("x y".into()), ..telegram }, "chat_id:");
        assert!(check_name("ops-1 ż").is_ok());
        for name in ["", " a", "a/b", "a\n", &"x".repeat(CHANNEL_NAME_BYTES_MAX + 1)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_secret_that_is_not_given_stays_and_goes_to_no_other_server() {
        let before = mail().channel(None).unwrap();
        let again = Draft { password: None, ..mail() };
        assert_eq!(again.clone().channel(Some(&before)).unwrap(), before);
        assert_eq!(Draft::again(&before).channel(Some(&before)).unwrap(), before);
        assert!(Draft { host: Some("evil.example.com".into()), ..again }.channel(Some(&before)).is_err());
        let hook =
            Draft { url: Some("https://a.example/x".into()), secret: Some("s".into()), ..Draft::of(Kind::Webhook) };
        let before = hook.channel(None).unwrap();
        assert_eq!(Draft::again(&before).channel(Some(&before)).unwrap(), before);
        assert!(Draft::of(Kind::Slack).channel(Some(&before)).is_err(), "of another kind");
        let bare = Draft { secret: Some(String::new()), ..Draft::of(Kind::Webhook) }.channel(Some(&before)).unwrap();
        assert!(!bare.has_secret());
    }
}
