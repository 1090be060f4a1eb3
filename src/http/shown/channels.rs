//! Channels without their secrets, and what became of messages.

use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;
use crate::model::day::rfc3339;
use crate::notify::{Channel, Delivery, Failed, Kind, Outcome, Security};

const SUCCESS: &str = "success";

#[derive(Serialize, JsonSchema)]
pub struct ChannelList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    channels: Vec<ChannelRow<'a>>,
}

impl<'a> ChannelList<'a> {
    pub fn of(channels: Vec<ChannelRow<'a>>) -> Self {
        Self { status: SUCCESS, channels }
    }
}

/// A channel, without its secrets.
#[derive(Serialize, JsonSchema)]
pub struct ChannelRow<'a> {
    name: &'a str,
    kind: Kind,
    /// What its messages are written in.
    language: Language,
    /// Where it leads, as far as that is no secret: the host of an address, the recipients of mail, a chat.
    place: String,
    /// Whether it has a secret: it is shown to no one.
    has_secret: bool,
    /// Of mail.
    mail: Option<MailRow<'a>>,
    /// Of Telegram.
    chat_id: Option<&'a str>,
    /// Of Telegram: the Bot API server it is sent through, where that is not Telegram's own.
    url: Option<&'a str>,
    /// Rules that tell it.
    rules: usize,
    /// What became of its latest message.
    latest: Option<DeliveryRow>,
}

#[derive(Serialize, JsonSchema)]
pub struct MailRow<'a> {
    host: &'a str,
    port: u16,
    security: Security,
    user: Option<&'a str>,
    from: &'a str,
    to: &'a [String],
}

impl<'a> ChannelRow<'a> {
    pub fn of(name: &'a str, channel: &'a Channel, rules: usize, latest: Option<Delivery>) -> Self {
        let mail = match channel {
            Channel::Email(email) => Some(MailRow {
                host: &email.host,
                port: email.port,
                security: email.security,
                user: email.user.as_deref(),
                from: &email.from,
                to: &email.to,
            }),
            _ => None,
        };
        let (chat_id, url) = match channel {
            Channel::Telegram(telegram) => (Some(&*telegram.chat_id), telegram.url.as_deref()),
            _ => (None, None),
        };
        let (kind, place, has_secret) = (channel.kind(), channel.place(), channel.has_secret());
        let language = channel.language();
        Self { name, kind, language, place, has_secret, mail, chat_id, url, rules, latest: latest.map(Into::into) }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct DeliveryList {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Newest first; those that wait before all others.
    deliveries: Vec<DeliveryRow>,
}

impl DeliveryList {
    pub fn of(deliveries: Vec<DeliveryRow>) -> Self {
        Self { status: SUCCESS, deliveries }
    }
}

/// What became of a message.
#[derive(Serialize, JsonSchema)]
pub struct DeliveryRow {
    /// The same for each try: a webhook has it as `X-NovaHouse-Delivery`.
    id: String,
    title: String,
    #[schemars(extend("format" = "date-time"))]
    made_at: String,
    /// When it came to this, or comes to the next try.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    tries: u32,
    outcome: Outcome,
    /// What the receiver answered, or why it could not.
    answer: String,
}

impl From<Delivery> for DeliveryRow {
    fn from(delivery: Delivery) -> Self {
        let Delivery { id, title, made_ms, at_ms, tries, outcome, answer } = delivery;
        Self { id, title, made_at: rfc3339(made_ms), time: rfc3339(at_ms), tries, outcome, answer }
    }
}

/// What came of a test.
#[derive(Serialize, JsonSchema)]
pub struct Tested {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Whether the message was taken.
    sent: bool,
    /// What the receiver answered, or why it could not.
    answer: String,
}

impl Tested {
    pub fn of(done: Result<String, Failed>) -> Self {
        let sent = done.is_ok();
        Self { status: SUCCESS, sent, answer: done.unwrap_or_else(|failed| failed.why) }
    }
}
