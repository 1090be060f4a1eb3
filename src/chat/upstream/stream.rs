//! An answer that comes as events: pieces of the reply, said as they come, and among them what is to be recorded.

use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::UpstreamKind;
use super::answer::{clip, from_json, openai_figures, too_long};
use super::events::{Event, Events};
use crate::chat::Reply;
use crate::chat::pieces::Speaker;
use crate::limits::{NAME_BYTES_MAX, UPSTREAM_ANSWER_BYTES_MAX};

/// The data of the event that ends OpenAI's streams.
const DONE: &str = "[DONE]";

/// Whether an answer comes as events.
pub fn is_stream(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    media_type.eq_ignore_ascii_case("text/event-stream")
}

/// # Errors
/// Why there is no reply, or no whole one.
pub async fn read(mut response: Response, kind: UpstreamKind, speaker: &Speaker) -> Result<Reply, String> {
    let mut events = Events::default();
    let mut heard = Heard::default();
    let mut bytes = 0;
    while let Some(mut chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        bytes += chunk.len();
        if bytes > UPSTREAM_ANSWER_BYTES_MAX {
            return Err(too_long());
        }
        while let Some(event) = events.next(&mut chunk)? {
            let last = heard.event(&event, kind, speaker)?;
            if last {
                return heard.reply(kind, speaker);
            }
        }
    }
    heard.reply(kind, speaker)
}

/// What the events have told so far.
#[derive(Default)]
struct Heard {
    /// Its text is missing until the end, where it did not come whole.
    reply: Reply,
    /// There was a piece, maybe an empty one.
    spoke: bool,
    /// The reply came whole, maybe after its pieces.
    whole: bool,
    /// The upstream said that there is nothing more to say.
    finished: bool,
}

impl Heard {
    /// Whether it was the last event that matters.
    fn event(&mut self, event: &Event, kind: UpstreamKind, speaker: &Speaker) -> Result<bool, String> {
        let failed = || Err(format!("it reported an error: {}", clip(&event.data, NAME_BYTES_MAX)));
        if event.name == "error" {
            return failed();
        }
        if event.data.is_empty() {
            return Ok(false);
        }
        if event.data == DONE {
            self.finished = true;
            return Ok(true);
        }
        let data: Map<String, Value> = serde_json::from_str(&event.data)
            .map_err(|error| format!("an event of its answer is not a JSON object: {error}"))?;
        if matches!(data.get("error"), Some(Value::Object(_) | Value::String(_))) {
            return failed();
        }
        match kind {
            UpstreamKind::Json => self.json(&data, speaker)?,
            UpstreamKind::Openai => self.openai(&data, speaker),
        }
        Ok(self.whole)
    }

    fn json(&mut self, data: &Map<String, Value>, speaker: &Speaker) -> Result<(), String> {
        self.piece(data.get("delta"), speaker);
        if data.contains_key("response") {
            self.reply = from_json(data)?;
            self.whole = true;
        }
        Ok(())
    }

    fn openai(&mut self, data: &Map<String, Value>, speaker: &Speaker) {
        let choice = data.get("choices").map_or(&Value::Null, |choices| &choices[0]);
        self.piece(choice["delta"].get("content"), speaker);
        // The usage comes after it.
        self.finished |= choice["finish_reason"].is_string();
        openai_figures(data, &mut self.reply);
    }

    fn piece(&mut self, piece: Option<&Value>, speaker: &Speaker) {
        if let Some(piece) = piece.and_then(Value::as_str) {
            self.spoke = true;
            speaker.say(piece);
        }
    }

    fn reply(mut self, kind: UpstreamKind, speaker: &Speaker) -> Result<Reply, String> {
        if self.whole {
            return Ok(self.reply);
        }
        if !self.spoke {
            return Err("its answer has no text".into());
        }
        // An answer without a length ends like one that was broken off.
        if kind == UpstreamKind::Openai && !self.finished {
            return Err("its answer broke off".into());
        }
        self.reply.response = speaker.said();
        Ok(self.reply)
    }
}
