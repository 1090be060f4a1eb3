//! The forms that messages take on their way over HTTP: our own, signed, and those of others.

use ring::hmac;
use serde_json::{Value, json};

use super::channel::{Channel, Kind, Telegram, Webhook};
use super::pages::Letter;
use crate::model::day::rfc3339;

/// What a message may have at most where it is shown, characters, as these say of themselves.
const SLACK_CHARS_MAX: usize = 12_000;
const TEAMS_CHARS_MAX: usize = 12_000;
const DISCORD_CHARS_MAX: usize = 2_000;
const TELEGRAM_CHARS_MAX: usize = 4_096;
const TELEGRAM: &str = "https://api.telegram.org";

/// The same for each delivery of a letter: whoever has seen it can pass over it.
const DELIVERY: &str = "X-NovaHouse-Delivery";
/// Epoch seconds, signed along: whoever finds it old can pass over it.
const TIMESTAMP: &str = "X-NovaHouse-Timestamp";
/// `v1=` and in hex the HMAC-SHA-256 of the timestamp, a full stop and the body.
const SIGNATURE: &str = "X-NovaHouse-Signature";

/// What a message of a kind of channel may have, characters: what is beyond that is not shown.
pub fn chars_max(kind: Kind) -> usize {
    match kind {
        Kind::Email | Kind::Webhook => usize::MAX,
        Kind::Slack => SLACK_CHARS_MAX,
        Kind::Teams => TEAMS_CHARS_MAX,
        Kind::Discord => DISCORD_CHARS_MAX,
        Kind::Telegram => TELEGRAM_CHARS_MAX,
    }
}

/// A POST to be sent.
pub struct Form {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// The form of a letter; `None` where the channel is none of HTTP.
pub fn form(channel: &Channel, letter: &Letter, now_ms: i64) -> Option<Form> {
    let message = &letter.message;
    let plain = |url: &str, body: Value| Form { url: url.to_owned(), headers: Vec::new(), body: body.to_string() };
    Some(match channel {
        Channel::Email(_) => return None,
        Channel::Webhook(webhook) => own(webhook, letter, now_ms),
        Channel::Slack(hook) => plain(&hook.url.0, json!({"text": for_slack(&message.text(SLACK_CHARS_MAX))})),
        Channel::Teams(hook) => plain(&hook.url.0, for_teams(letter)),
        Channel::Discord(hook) => {
            let nobody = json!({"parse": []});
            let body = json!({"content": message.text(DISCORD_CHARS_MAX), "allowed_mentions": nobody});
            plain(&hook.url.0, body)
        }
        Channel::Telegram(Telegram { token, chat_id, url, language: _ }) => {
            let server = url.as_deref().unwrap_or(TELEGRAM);
            let text = message.text(TELEGRAM_CHARS_MAX);
            let body = json!({"chat_id": chat_id, "text": text, "link_preview_options": {"is_disabled": true}});
            plain(&format!("{server}/bot{}/sendMessage", token.0), body)
        }
    })
}

fn own(webhook: &Webhook, letter: &Letter, now_ms: i64) -> Form {
    let Letter { id, message, made_ms, .. } = letter;
    let mut body = json!({
        "version": 1,
        "id": id,
        "kind": message.kind,
        "made_at": rfc3339(*made_ms),
        "title": message.title,
        "text": message.lines.join("\n"),
    });
    body[&*message.kind] = message.data.clone();
    let body = body.to_string();
    let seconds = now_ms.div_euclid(1_000);
    let mut headers = vec![(DELIVERY, id.clone()), (TIMESTAMP, seconds.to_string())];
    if let Some(secret) = &webhook.secret {
        headers.push((SIGNATURE, format!("v1={}", signature(&secret.0, seconds, &body))));
    }
    Form { url: webhook.url.0.clone(), headers, body }
}

/// HMAC-SHA-256 (RFC 2104) in hex.
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The three characters that Slack reads as markup.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An adaptive card: what a workflow of Teams takes.
fn for_teams(letter: &Letter) -> Value {
    let text = letter.message.text(TEAMS_CHARS_MAX);
    let mut lines = text.lines();
    let title = json!({"type": "TextBlock", "text": lines.next(), "weight": "Bolder", "size": "Medium", "wrap": true});
    let rest = lines.map(|line| json!({"type": "TextBlock", "text": linked(line), "wrap": true}));
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": std::iter::once(title).chain(rest).collect::<Vec<_>>(),
    });
    let attachment = json!({"contentType": "application/vnd.microsoft.card.adaptive", "content": card});
    json!({"type": "message", "attachments": [attachment]})
}

/// A line that is an address, as Teams makes a link of it; of an address alone it makes none.
fn linked(line: &str) -> String {
    let is_address = line.starts_with("https://") || line.starts_with("http://");
    if is_address { format!("[NovaHouse]({line})") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is that of OpenSSL.
    #[test]
    fn the_signature_is_the_hmac_of_timestamp_and_body() {
        let right = "fa5f6481efc59da48b19c9dc10196c9953e5651f8304b3a318b6b87d70272e0a";
        assert_eq!(signature("Jefe", 1_700_000_000, r#"{"a":1}"#), right);
    }

    #[test]
    fn teams_is_given_links_and_lines() {
        assert_eq!(linked("https://a.example/x?y=1#z"), "[NovaHouse](https://a.example/x?y=1#z)");
        assert_eq!(linked("Firing: https://a.example"), "Firing: https://a.example");
    }

    #[test]
    fn slack_reads_no_markup() {
        assert_eq!(for_slack("<!channel> a & b"), "&lt;!channel&gt; a &amp; b");
    }
}
