//! POST /api/events: from bytes to batches. One bad line never takes a good one down with it.

use std::io::Read;
use std::sync::Arc;

use memchr::memchr_iter;
use warp::http::header::{CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use warp::http::{HeaderMap, HeaderName, StatusCode};

use super::App;
use super::body::{Body, header, too_large};
use super::params::Params;
use super::respond::{Answered, Failure, json_answer};
use super::shown::EventsTaken;
use super::user_agent;
use crate::access::Asker;
use crate::engine::{Batch, EventError, Receipt};
use crate::error::Error;
use crate::ingest::Room;
use crate::limits::*;
use crate::model::wire::{self, Context, Parsed};
use crate::reading::complete;
use crate::settings::Document;

/// Bodies above this are unpacked and parsed on threads of their own, so that they hold no one else up. Bytes.
const INLINE_BODY_BYTES_MAX: usize = 32 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Lines,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// What the request says before its body.
struct Asked {
    form: Form,
    packing: Packing,
    idempotency_key: Option<Box<str>>,
    taking: Taking,
}

/// What is taken for events, of whom, and what is masked in them.
struct Taking {
    context: Context,
    asker: Asker,
    settings: Arc<Document>,
}

pub async fn ingest(app: App, query: String, headers: HeaderMap, body: Body) -> Answered {
    let asked = match asked(&app, &query, &headers, &body) {
        Ok(asked) => asked,
        Err(refusal) => return Err(body.refused(refusal)),
    };
    let Asked { form, packing, idempotency_key, taking } = asked;
    let mut room = app.ingest.room(0)?;
    let bytes = body.collect(BODY_BYTES_MAX, |bytes| Ok(room.grow_to(bytes)?)).await?;

    let large = bytes.len() > INLINE_BODY_BYTES_MAX || packing != Packing::Plain;
    let (mut batch, room) = if large {
        app.ingest.parse(move || read_batch(bytes, room, packing, form, &taking)).await??
    } else {
        read_batch(bytes, room, packing, form, &taking)?
    };
    // Repeated with a key, even a bad body gets the first answer again.
    if batch.events.is_empty() && idempotency_key.is_none() {
        app.ingest.rejected(batch.rejected);
        return Ok(answer(&Receipt {
            rejected: batch.rejected,
            errors: batch.errors,
            warnings: batch.warnings,
            ..Receipt::default()
        }));
    }
    batch.idempotency_key = idempotency_key;
    let outcome = app.ingest.submit(batch, room)?;
    // Without an answer the writer has ended.
    let receipt = outcome.await.map_err(|_| Failure::from(Error::Stopping))??;
    Ok(answer(&receipt))
}

fn asked(app: &App, query: &str, headers: &HeaderMap, body: &Body) -> Answered<Asked> {
    let mut params = Params::parse(query)?;
    let asker = app.caller.asker.clone();
    let bot = params.bot_or(asker.default_bot())?;
    params.finish()?;
    let asked = Asked {
        form: form(headers)?,
        packing: packing(headers)?,
        idempotency_key: idempotency_key(headers)?.map(|key| asker.idempotency_key(key)),
        taking: Taking { context: context(app, bot, headers), asker, settings: app.settings.now() },
    };
    // What would not fit now is refused before it is received. It takes no room yet: one that only announces has none.
    app.ingest.room_for(body.announced.min(BODY_BYTES_MAX) as usize)?;
    Ok(asked)
}

fn answer(receipt: &Receipt) -> warp::reply::Response {
    let Receipt { accepted, duplicates, rejected, errors, warnings, passed_over: _, repeated: _ } = receipt;
    let some = *accepted + *duplicates > 0;
    let why = || match errors.first() {
        Some(first) => format!("no event was accepted; the first error: {}", first.error),
        None => "the body holds no event".to_owned(),
    };
    let taken = EventsTaken {
        status: if some { "success" } else { "error" },
        accepted: *accepted,
        duplicates: *duplicates,
        rejected: *rejected,
        errors,
        warnings,
        code: (!some).then_some("nothing_accepted"),
        error: (!some).then(why),
    };
    json_answer(if some { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &taken)
}

fn form(headers: &HeaderMap) -> Answered<Form> {
    let sent = header(headers, &CONTENT_TYPE)?.unwrap_or("");
    let media_type = sent.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match &*media_type {
        "application/json" => Ok(Form::Json),
        "application/x-ndjson" => Ok(Form::Lines),
        _ => Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("Content-Type: expected application/json or application/x-ndjson, found {media_type:?}"),
        )),
    }
}

fn packing(headers: &HeaderMap) -> Answered<Packing> {
    match header(headers, &CONTENT_ENCODING)?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity") => Ok(Packing::Plain),
        Some("gzip" | "x-gzip") => Ok(Packing::Gzip),
        Some("zstd") => Ok(Packing::Zstd),
        Some(other) => Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("Content-Encoding: expected gzip or zstd, found {other:?}"),
        )),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Answered<Option<Box<str>>> {
    let name = HeaderName::from_static("idempotency-key");
    match header(headers, &name)? {
        None => Ok(None),
        Some(key) if (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()) => Ok(Some(key.into())),
        Some(key) => Err(Failure::invalid(format!(
            "Idempotency-Key: expected 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes, found {}",
            key.len()
        ))),
    }
}

pub fn context(app: &App, bot: String, headers: &HeaderMap) -> Context {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).and_then(user_agent::read);
    let (device_type, browser) =
        agent.map_or((None, None), |agent| (Some(agent.device.into()), agent.browser.map(Into::into)));
    Context { now_ms: app.clock.now_ms(), bot: bot.into(), device_type, browser }
}

/// Unpacks and parses; the room comes to be that of what was unpacked.
fn read_batch(
    bytes: Vec<u8>,
    mut room: Room,
    packing: Packing,
    form: Form,
    taking: &Taking,
) -> Answered<(Batch, Room)> {
    let bytes = unpack(bytes, packing)?;
    room.grow_to(bytes.len())?;
    let batch = match form {
        Form::Lines => parse_lines(&bytes, taking)?,
        Form::Json => {
            let text = str::from_utf8(&bytes).map_err(|error| Failure::invalid(format!("the body: {error}")))?;
            parse_json(text, taking)?
        }
    };
    Ok((batch, room))
}

fn unpack(bytes: Vec<u8>, packing: Packing) -> Answered<Vec<u8>> {
    let broken = |error: std::io::Error| Failure::invalid(format!("the body cannot be unpacked: {error}"));
    let mut unpacked = Vec::new();
    let limit = UNPACKED_BODY_BYTES_MAX + 1;
    match packing {
        Packing::Plain => return Ok(bytes),
        Packing::Gzip => flate2::read::MultiGzDecoder::new(&bytes[..]).take(limit).read_to_end(&mut unpacked),
        Packing::Zstd => {
            zstd::stream::read::Decoder::new(&bytes[..]).map_err(broken)?.take(limit).read_to_end(&mut unpacked)
        }
    }
    .map_err(broken)?;
    if unpacked.len() as u64 > UNPACKED_BODY_BYTES_MAX {
        return Err(too_large("bytes once unpacked", UNPACKED_BODY_BYTES_MAX));
    }
    Ok(unpacked)
}

fn parse_lines(bytes: &[u8], taking: &Taking) -> Answered<Batch> {
    let Ok(text) = str::from_utf8(bytes) else {
        return parse_broken_lines(bytes, taking);
    };
    let mut gathered = Gathered::with_room(bytes, taking);
    for line in text.split('\n').map(str::trim_ascii).filter(|line| !line.is_empty()) {
        gathered.take(line)?;
    }
    Ok(gathered.batch)
}

/// Of a body that is not UTF-8 throughout: only the lines that are not are refused.
fn parse_broken_lines(bytes: &[u8], taking: &Taking) -> Answered<Batch> {
    let mut gathered = Gathered::of(taking);
    for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        match str::from_utf8(line) {
            Ok(text) => gathered.take(text)?,
            Err(error) => gathered.refuse(format!("not valid UTF-8: {error}"))?,
        }
    }
    Ok(gathered.batch)
}

fn parse_json(text: &str, taking: &Taking) -> Answered<Batch> {
    let mut gathered = Gathered::of(taking);
    if text.trim_start().starts_with('[') {
        let items = wire::split_array(text).map_err(|sentence| Failure::invalid(format!("the body: {sentence}")))?;
        for item in items {
            gathered.take(item.get())?;
        }
        return Ok(gathered.batch);
    }
    match wire::parse(text, &taking.context) {
        Err(sentence) if sentence.starts_with("not valid JSON") => {
            Err(Failure::invalid(format!("the body: {sentence}")))
        }
        parsed => {
            gathered.took(text, parsed)?;
            Ok(gathered.batch)
        }
    }
}

/// A batch in the making.
struct Gathered<'a> {
    taking: &'a Taking,
    batch: Batch,
    seen: u32,
}

/// A line of an event has at least as many bytes.
const EVENT_BYTES_MIN: usize = 32;

impl<'a> Gathered<'a> {
    fn of(taking: &'a Taking) -> Self {
        Self { taking, batch: Batch::default(), seen: 0 }
    }

    /// With room for the events of so many lines: they are large to be moved about as their number grows.
    fn with_room(lines: &[u8], taking: &'a Taking) -> Self {
        let most = (lines.len() / EVENT_BYTES_MIN).min(BATCH_EVENTS_MAX);
        let room = (memchr_iter(b'\n', lines).count() + 1).min(most);
        let (events, indexes) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Self { taking, batch: Batch { events, indexes, ..Batch::default() }, seen: 0 }
    }

    fn take(&mut self, json: &str) -> Answered<()> {
        self.took(json, wire::parse(json, &self.taking.context))
    }

    /// Takes what was parsed of this JSON.
    fn took(&mut self, json: &str, parsed: Result<Parsed, String>) -> Answered<()> {
        let Taking { context, asker, settings } = self.taking;
        match parsed {
            Ok(Parsed { event, .. }) if !asker.sees(&event.bot) => {
                self.refuse(format!("bot: this key is not for events of {:?}", event.bot))
            }
            Ok(Parsed { mut event, unknown_fields }) => {
                let index = self.next()?;
                // What the figures need is read from the words before they are masked.
                complete(&mut event);
                settings.mask(&mut event);
                for field in unknown_fields {
                    let sentence = format!("{field}: not a field of {} events; not stored", event.kind.name());
                    note(&mut self.batch.warnings, index, settings.masked(&event.bot, sentence));
                }
                self.batch.events.push(event);
                self.batch.indexes.push(index);
                Ok(())
            }
            Err(sentence) if settings.masking.is_empty() => self.refuse(sentence),
            // It may quote what is wrong, and is remembered with its request's key.
            Err(sentence) => self.refuse(settings.masked(&wire::bot_named(json, context), sentence)),
        }
    }

    fn refuse(&mut self, sentence: String) -> Answered<()> {
        let index = self.next()?;
        self.batch.rejected += 1;
        note(&mut self.batch.errors, index, sentence);
        Ok(())
    }

    /// The place of one more event in the request.
    fn next(&mut self) -> Answered<u32> {
        self.seen += 1;
        if self.seen as usize > BATCH_EVENTS_MAX {
            return Err(too_large("events", BATCH_EVENTS_MAX));
        }
        Ok(self.seen - 1)
    }
}

fn note(list: &mut Vec<EventError>, index: u32, sentence: String) {
    if list.len() < ERRORS_LISTED_MAX {
        list.push(EventError { index, error: sentence.into() });
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_utf8_takes_no_other_down() {
        let line = br#"{"type":"message","session_id":"s"}"#;
        let taking = Taking { context: Context::at(0), asker: Asker::Anyone, settings: Arc::default() };
        let body = [&line[..], b" \r\n\n\xff\n", line].concat();
        let batch = parse_lines(&body, &taking).ok().unwrap();
        assert_eq!((batch.events.len(), batch.indexes, batch.rejected), (2, vec![0, 2], 1));
        assert!(batch.errors[0].error.starts_with("not valid UTF-8"), "{:?}", batch.errors);
        let whole = parse_lines(&[&line[..], b"\n", line].concat(), &taking).ok().unwrap();
        assert_eq!((whole.events.len(), whole.indexes, whole.rejected), (2, vec![0, 1], 0));
    }
}
