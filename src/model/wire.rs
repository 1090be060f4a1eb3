//! From JSON to a valid `Event`, or to a sentence that names the field. Every value is read once, whatever its type,
//! so that a wrong one is told apart from a line that is not JSON at all.

use std::borrow::Cow;
use std::fmt;

use chrono::DateTime;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::event::{Engagement, Event, Feedback, Kind, Lead, Message, Performance, Sentiment};
use super::{ANONYMOUS, DEFAULT_BOT};
use crate::limits::*;

/// What the client's request says for every event in it.
#[derive(Clone, Debug)]
pub struct Context {
    /// Server time, epoch ms: the timestamp of events without one, and the measure of those from the future.
    pub now_ms: i64,
    /// The bot of events that name none.
    pub bot: Box<str>,
    /// Read from the sender's `User-Agent`, where the sender is a browser.
    pub device_type: Option<Box<str>>,
    pub browser: Option<Box<str>>,
}

impl Context {
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms, bot: DEFAULT_BOT.into(), device_type: None, browser: None }
    }
}

/// An event, and the names of fields that its type does not have (they are not stored; the answer says so).
#[derive(Debug)]
pub struct Parsed {
    pub event: Event,
    pub unknown_fields: Vec<String>,
}

/// Reads one JSON object.
///
/// # Errors
/// A sentence that names the field and what was expected.
pub fn parse(json: &str, context: &Context) -> Result<Parsed, String> {
    let fields: Fields<'_> = serde_json::from_str(json).map_err(|error| syntax_error(&error))?;
    build(fields, context)
}

/// Splits the text of a JSON array into the texts of its items.
///
/// # Errors
/// A sentence, where the text is not a JSON array.
pub fn split_array(json: &str) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(json).map_err(|error| syntax_error(&error))
}

fn syntax_error(error: &serde_json::Error) -> String {
    match error.classify() {
        // The sentence is our own; where in the line it went wrong says nothing more.
        serde_json::error::Category::Data => {
            let sentence = error.to_string();
            sentence.split(" at line ").next().unwrap_or_default().to_owned()
        }
        _ => format!("not valid JSON: {error}"),
    }
}

/// Any JSON value, as far as validation needs to know it.
#[derive(Debug, Default)]
enum Value<'a> {
    /// Absent or null.
    #[default]
    None,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    Text(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object,
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value}"),
            Self::Text(text) if text.len() > 60 => write!(f, "a text of {} bytes", text.len()),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Array(_) => f.write_str("an array"),
            Self::Object => f.write_str("an object"),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::None)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Fraction(value as f64), Value::Whole))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Fraction(value))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            if values.len() > PAGES_PER_EVENT_MAX {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            values.push(value);
        }
        Ok(Value::Array(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

macro_rules! wire_fields {
    ($($field:ident: $name:literal $(| $alias:literal)*),+ $(,)?) => {
        /// Every field any event may have, as found.
        #[derive(Default)]
        struct Fields<'a> {
            $($field: Value<'a>,)+
            entities: Option<&'a RawValue>,
            additional_info: Option<&'a RawValue>,
            contact: Option<&'a RawValue>,
            unknown: Vec<String>,
        }

        impl<'a> Fields<'a> {
            /// The names of the fields that are there and that no one has taken.
            fn left_over(self) -> Vec<String> {
                let Self { $($field,)+ entities, additional_info, contact, unknown } = self;
                let mut names = unknown;
                $(if !matches!($field, Value::None) { names.push($name.to_owned()); })+
                if entities.is_some() { names.push("entities_extracted".to_owned()); }
                if additional_info.is_some() { names.push("additional_info".to_owned()); }
                if contact.is_some() { names.push("contact".to_owned()); }
                names
            }
        }

        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event as a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(Key(key)) = entries.next_key::<Key<'de>>()? {
                    match &*key {
                        $($name $(| $alias)* => {
                            let value = entries.next_value()?;
                            if !matches!(fields.$field, Value::None) {
                                return Err(A::Error::custom(concat!($name, ": given twice")));
                            }
                            fields.$field = value;
                        })+
                        "entities_extracted" | "entities" => fields.entities = not_null(entries.next_value()?),
                        "additional_info" => fields.additional_info = not_null(entries.next_value()?),
                        "contact" => fields.contact = not_null(entries.next_value()?),
                        _ => {
                            entries.next_value::<IgnoredAny>()?;
                            fields.unknown.push(key.chars().take(64).collect());
                        }
                    }
                }
                Ok(fields)
            }
        }
    };
}

wire_fields! {
    kind: "type",
    id: "id",
    bot: "bot",
    timestamp: "timestamp",
    session_id: "session_id",
    user_id: "user_id",
    user_message: "user_message",
    bot_response: "bot_response",
    intent: "intent_detected" | "intent",
    confidence: "confidence",
    sentiment: "sentiment",
    response_time_ms: "response_time_ms",
    user_satisfied: "user_satisfied",
    lead_generated: "lead_generated",
    success: "success",
    message_count: "message_count",
    input_tokens: "input_tokens",
    output_tokens: "output_tokens",
    cost_usd: "cost_usd",
    model: "model",
    page: "page",
    pages_visited: "pages_visited",
    conversion_event: "conversion_event",
    device_type: "device_type",
    browser: "browser",
    referrer: "referrer",
    name: "name",
    email: "email",
    phone: "phone",
    interested_package: "interested_package",
    property_size: "property_size",
    property_type: "property_type",
    location: "location",
    endpoint: "endpoint",
    status_code: "status_code",
    error_message: "error_message",
    memory_usage_mb: "memory_usage_mb",
    cpu_usage_percent: "cpu_usage_percent",
    rating: "rating",
    comment: "comment",
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// A key, borrowed unless it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

fn not_null(raw: &RawValue) -> Option<&RawValue> {
    (raw.get() != "null").then_some(raw)
}

fn build(mut fields: Fields<'_>, context: &Context) -> Result<Parsed, String> {
    let kind_name = match take(&mut fields.kind) {
        Value::Text(name) => name,
        Value::None => {
            return Err("type: expected one of message, engagement, lead, performance, feedback, found nothing".into());
        }
        other => return Err(expected("type", "one of message, engagement, lead, performance, feedback", &other)),
    };
    let id = text(take(&mut fields.id), "id", EVENT_ID_BYTES_MAX)?;
    let bot = text(take(&mut fields.bot), "bot", BOT_NAME_BYTES_MAX)?.unwrap_or_else(|| context.bot.clone());
    if bot.chars().any(char::is_control) {
        return Err("bot: expected a name without control characters".into());
    }
    let timestamp_ms = timestamp(take(&mut fields.timestamp), context.now_ms)?;
    let user_id = text(take(&mut fields.user_id), "user_id", USER_ID_BYTES_MAX)?.filter(|user| &**user != ANONYMOUS);
    let session_id = text(take(&mut fields.session_id), "session_id", SESSION_ID_BYTES_MAX)?;
    let mut unknown_in_contact = Vec::new();
    let kind = match &*kind_name {
        "message" => match contact(fields.contact.take(), &mut unknown_in_contact)? {
            Some(contact) => Kind::Introduction(message(&mut fields)?, Box::new(contact)),
            None => Kind::Message(message(&mut fields)?),
        },
        "engagement" => Kind::Engagement(engagement(&mut fields, context)?),
        "lead" => Kind::Lead(lead(&mut fields)?),
        "performance" => Kind::Performance(performance(&mut fields)?),
        "feedback" => Kind::Feedback(feedback(&mut fields)?),
        _ => {
            return Err(expected(
                "type",
                "one of message, engagement, lead, performance, feedback",
                &Value::Text(kind_name),
            ));
        }
    };
    let mut session_id = session_id;
    let mut unknown_fields = fields.left_over();
    unknown_fields.append(&mut unknown_in_contact);
    if matches!(kind, Kind::Performance(_)) {
        if session_id.take().is_some() {
            unknown_fields.push("session_id".to_owned());
        }
    } else if session_id.is_none() {
        return Err(format!("session_id: expected a text of 1 to {SESSION_ID_BYTES_MAX} bytes, found nothing"));
    }
    Ok(Parsed { event: Event { bot, id, timestamp_ms, session_id, user_id, kind }, unknown_fields })
}

fn message(fields: &mut Fields<'_>) -> Result<Message, String> {
    Ok(Message {
        user_message: text(take(&mut fields.user_message), "user_message", TEXT_BYTES_MAX)?,
        bot_response: text(take(&mut fields.bot_response), "bot_response", TEXT_BYTES_MAX)?,
        intent: text(take(&mut fields.intent), "intent_detected", NAME_BYTES_MAX)?,
        confidence_ppm: scaled(take(&mut fields.confidence), "confidence", 1, 1_000_000)?.map(|ppm| ppm as u32),
        entities: entities(fields.entities.take())?,
        sentiment: sentiment(take(&mut fields.sentiment))?,
        response_time_ms: whole(take(&mut fields.response_time_ms), "response_time_ms", 0, RESPONSE_TIME_MS_MAX)?,
        user_satisfied: boolean(take(&mut fields.user_satisfied), "user_satisfied")?,
        lead_generated: boolean(take(&mut fields.lead_generated), "lead_generated")?,
        success: boolean(take(&mut fields.success), "success")?,
        message_count: whole(take(&mut fields.message_count), "message_count", 0, MESSAGE_COUNT_MAX)?.unwrap_or(1),
        input_tokens: whole(take(&mut fields.input_tokens), "input_tokens", 0, TOKENS_MAX)?,
        output_tokens: whole(take(&mut fields.output_tokens), "output_tokens", 0, TOKENS_MAX)?,
        cost_nanos: scaled(take(&mut fields.cost_usd), "cost_usd", COST_USD_MAX, 1_000_000_000)?,
        model: text(take(&mut fields.model), "model", NAME_BYTES_MAX)?,
    })
}

/// What a message says of the visitor: an object of a lead's fields. An empty one counts as absent.
fn contact(raw: Option<&RawValue>, unknown: &mut Vec<String>) -> Result<Option<Lead>, String> {
    let Some(json) = raw.map(RawValue::get) else { return Ok(None) };
    if !json.starts_with('{') {
        let found: Value<'_> = serde_json::from_str(json).unwrap_or_default();
        return Err(expected("contact", "an object", &found));
    }
    let mut fields: Fields<'_> =
        serde_json::from_str(json).map_err(|error| format!("contact.{}", syntax_error(&error)))?;
    let contact = lead(&mut fields).map_err(|sentence| format!("contact.{sentence}"))?;
    unknown.extend(fields.left_over().iter().map(|field| format!("contact.{field}")));
    Ok((contact != Lead::default()).then_some(contact))
}

fn engagement(fields: &mut Fields<'_>, context: &Context) -> Result<Engagement, String> {
    let mut pages = Vec::new();
    if let Some(page) = text(take(&mut fields.page), "page", NAME_BYTES_MAX)? {
        pages.push(page);
    }
    match take(&mut fields.pages_visited) {
        Value::None => {}
        Value::Array(items) if items.len() + pages.len() > PAGES_PER_EVENT_MAX => {
            return Err(format!("pages_visited: expected at most {PAGES_PER_EVENT_MAX} pages, found more"));
        }
        Value::Array(items) => {
            for item in items {
                pages.extend(text(item, "pages_visited", NAME_BYTES_MAX)?);
            }
        }
        other => return Err(expected("pages_visited", "an array of texts", &other)),
    }
    let device_type = match take(&mut fields.device_type) {
        Value::Text(name) if matches!(&*name, "mobile" | "desktop" | "tablet") => Some(name.into()),
        Value::None => context.device_type.clone(),
        other => return Err(expected("device_type", "one of mobile, desktop, tablet", &other)),
    };
    Ok(Engagement {
        pages,
        conversion_event: text(take(&mut fields.conversion_event), "conversion_event", NAME_BYTES_MAX)?,
        device_type,
        browser: text(take(&mut fields.browser), "browser", NAME_BYTES_MAX)?.or_else(|| context.browser.clone()),
        referrer: text(take(&mut fields.referrer), "referrer", NAME_BYTES_MAX)?,
    })
}

fn lead(fields: &mut Fields<'_>) -> Result<Lead, String> {
    Ok(Lead {
        name: text(take(&mut fields.name), "name", NAME_BYTES_MAX)?,
        email: text(take(&mut fields.email), "email", NAME_BYTES_MAX)?,
        phone: text_or_number(take(&mut fields.phone), "phone")?,
        interested_package: text(take(&mut fields.interested_package), "interested_package", NAME_BYTES_MAX)?,
        property_size: text_or_number(take(&mut fields.property_size), "property_size")?,
        property_type: text(take(&mut fields.property_type), "property_type", NAME_BYTES_MAX)?,
        location: text(take(&mut fields.location), "location", NAME_BYTES_MAX)?,
        additional_info: additional_info(fields.additional_info.take())?,
    })
}

fn performance(fields: &mut Fields<'_>) -> Result<Performance, String> {
    Ok(Performance {
        endpoint: text(take(&mut fields.endpoint), "endpoint", NAME_BYTES_MAX)?
            .ok_or_else(|| format!("endpoint: expected a text of 1 to {NAME_BYTES_MAX} bytes, found nothing"))?,
        response_time_ms: whole(take(&mut fields.response_time_ms), "response_time_ms", 0, RESPONSE_TIME_MS_MAX)?,
        status_code: whole(take(&mut fields.status_code), "status_code", 100, 599)?.map(|code| code as u16),
        error_message: text(take(&mut fields.error_message), "error_message", TEXT_BYTES_MAX)?,
        memory_micro_mb: scaled(take(&mut fields.memory_usage_mb), "memory_usage_mb", MEMORY_MB_MAX, 1_000_000)?,
        cpu_micro_percent: scaled(
            take(&mut fields.cpu_usage_percent),
            "cpu_usage_percent",
            CPU_PERCENT_MAX,
            1_000_000,
        )?,
    })
}

fn feedback(fields: &mut Fields<'_>) -> Result<Feedback, String> {
    let feedback = Feedback {
        user_satisfied: boolean(take(&mut fields.user_satisfied), "user_satisfied")?,
        rating: whole(take(&mut fields.rating), "rating", 1, 5)?.map(|rating| rating as u8),
        comment: text(take(&mut fields.comment), "comment", TEXT_BYTES_MAX)?,
    };
    if feedback.user_satisfied.is_none() && feedback.rating.is_none() {
        return Err("user_satisfied: expected true or false, or a rating from 1 to 5, found neither".into());
    }
    Ok(feedback)
}

fn take<'a>(value: &mut Value<'a>) -> Value<'a> {
    std::mem::take(value)
}

fn expected(field: &str, what: &str, found: &Value<'_>) -> String {
    format!("{field}: expected {what}, found {found}")
}

/// A text; an empty one counts as absent.
fn text(value: Value<'_>, field: &str, bytes_max: usize) -> Result<Option<Box<str>>, String> {
    match value {
        Value::None => Ok(None),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) if text.len() <= bytes_max => Ok(Some(text.into())),
        other => Err(expected(field, &format!("a text of 1 to {bytes_max} bytes"), &other)),
    }
}

/// A text; a number is kept as its text.
fn text_or_number(value: Value<'_>, field: &str) -> Result<Option<Box<str>>, String> {
    match value {
        Value::Whole(_) | Value::Fraction(_) => Ok(Some(value.to_string().into())),
        other => text(other, field, NAME_BYTES_MAX),
    }
}

fn boolean(value: Value<'_>, field: &str) -> Result<Option<bool>, String> {
    match value {
        Value::None => Ok(None),
        Value::Bool(value) => Ok(Some(value)),
        other => Err(expected(field, "true or false", &other)),
    }
}

/// A whole number; `120.0` is one.
fn whole(value: Value<'_>, field: &str, min: u32, max: u32) -> Result<Option<u32>, String> {
    let in_range = |number: i64| (i64::from(min)..=i64::from(max)).contains(&number);
    match value {
        Value::None => Ok(None),
        Value::Whole(number) if in_range(number) => Ok(Some(number as u32)),
        Value::Fraction(number) if number.fract() == 0.0 && in_range(number as i64) => Ok(Some(number as u32)),
        other => Err(expected(field, &format!("a whole number from {min} to {max}"), &other)),
    }
}

/// A number from 0 to `max`, as a whole number of `1 / scale`, rounded to the nearest.
fn scaled(value: Value<'_>, field: &str, max: u32, scale: u32) -> Result<Option<u64>, String> {
    let number = match value {
        Value::None => return Ok(None),
        Value::Whole(number) => number as f64,
        Value::Fraction(number) => number,
        other => return Err(expected(field, &format!("a number from 0 to {max}"), &other)),
    };
    if !(0.0..=f64::from(max)).contains(&number) {
        return Err(expected(field, &format!("a number from 0 to {max}"), &Value::Fraction(number)));
    }
    Ok(Some((number * f64::from(scale)).round() as u64))
}

fn sentiment(value: Value<'_>) -> Result<Option<Sentiment>, String> {
    let found = match value {
        Value::None => return Ok(None),
        Value::Text(name) => match Sentiment::ALL.into_iter().find(|sentiment| sentiment.name() == name) {
            Some(sentiment) => return Ok(Some(sentiment)),
            None => Value::Text(name),
        },
        other => other,
    };
    Err(expected("sentiment", "one of positive, neutral, negative", &found))
}

/// An instant: RFC 3339 (cut to the millisecond) or epoch milliseconds.
fn timestamp(value: Value<'_>, now_ms: i64) -> Result<i64, String> {
    let what = "RFC 3339 such as 2026-01-31T12:00:00Z, or epoch milliseconds";
    let timestamp_ms = match &value {
        Value::None => return Ok(now_ms),
        Value::Whole(epoch_ms) => *epoch_ms,
        Value::Fraction(epoch_ms) if epoch_ms.abs() < 1e15 => epoch_ms.floor() as i64,
        Value::Text(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(instant) => instant.timestamp_millis(),
            Err(_) => return Err(expected("timestamp", what, &value)),
        },
        _ => return Err(expected("timestamp", what, &value)),
    };
    if timestamp_ms < TIMESTAMP_MS_MIN {
        return Err(expected("timestamp", "an instant since 1970-01-01", &value));
    }
    if timestamp_ms > now_ms.saturating_add(CLOCK_SKEW_MS_MAX) {
        return Err(expected("timestamp", "an instant at most 24 h ahead of the server's clock", &value));
    }
    Ok(timestamp_ms)
}

fn entities(raw: Option<&RawValue>) -> Result<Option<Box<str>>, String> {
    let Some(json) = raw.map(RawValue::get) else { return Ok(None) };
    if !json.starts_with('{') {
        let found: Value<'_> = serde_json::from_str(json).unwrap_or_default();
        return Err(expected("entities_extracted", "an object", &found));
    }
    if json.len() > ENTITIES_BYTES_MAX {
        return Err(format!(
            "entities_extracted: expected at most {ENTITIES_BYTES_MAX} bytes of JSON, found {}",
            json.len()
        ));
    }
    Ok(Some(json.into()))
}

/// A text, or any JSON value kept as its text.
fn additional_info(raw: Option<&RawValue>) -> Result<Option<Box<str>>, String> {
    let Some(json) = raw.map(RawValue::get) else { return Ok(None) };
    let value: Value<'_> = serde_json::from_str(json).unwrap_or_default();
    match value {
        Value::Text(_) => text(value, "additional_info", TEXT_BYTES_MAX),
        _ if json.len() > TEXT_BYTES_MAX => Err(format!("additional_info: expected at most {TEXT_BYTES_MAX} bytes")),
        _ => Ok(Some(json.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    fn parse_now(json: &str) -> Result<Parsed, String> {
        parse(json, &Context::at(NOW_MS))
    }

    #[test]
    fn a_wrong_value_is_named_with_what_was_expected_and_found() {
        for (json, sentence) in [
            (
                r#"{"type":"message","session_id":"s","response_time_ms":-5}"#,
                "response_time_ms: expected a whole number from 0 to 86400000, found -5",
            ),
            (r#"{"type":"message"}"#, "session_id: expected a text of 1 to 100 bytes, found nothing"),
            (
                r#"{"type":"message","session_id":"s","sentiment":"glad"}"#,
                "sentiment: expected one of positive, neutral, negative, found \"glad\"",
            ),
            (
                r#"{"type":"message","session_id":"s","entities":[1]}"#,
                "entities_extracted: expected an object, found an array",
            ),
            (
                r#"{"type":"message","session_id":"s","confidence":1.5}"#,
                "confidence: expected a number from 0 to 1, found 1.5",
            ),
            (r#"{"type":"message","session_id":"s","contact":"anna"}"#, "contact: expected an object, found \"anna\""),
            (
                r#"{"type":"message","session_id":"s","contact":{"email":5}}"#,
                "contact.email: expected a text of 1 to 2048 bytes, found 5",
            ),
            (
                r#"{"type":"message","session_id":"s","intent":"a","intent_detected":"b"}"#,
                "intent_detected: given twice",
            ),
        ] {
            assert_eq!(parse_now(json).unwrap_err(), sentence);
        }
        assert!(parse_now(r#"{"type":"message","#).unwrap_err().starts_with("not valid JSON"));
        assert!(parse_now("[]").unwrap_err().contains("an event as a JSON object"));
    }

    #[test]
    fn fields_of_another_type_are_named_and_not_stored() {
        let parsed = parse_now(r#"{"type":"performance","session_id":"s","endpoint":"/a","intent":"x","colour":1}"#);
        let mut names = parsed.unwrap().unknown_fields;
        names.sort();
        assert_eq!(names, ["colour", "intent_detected", "session_id"]);
    }

    #[test]
    fn amounts_become_whole_numbers() {
        let parsed = parse_now(
            r#"{"type":"message","session_id":"s","cost_usd":0.0123,"confidence":0.9,"user_id":"anonymous"}"#,
        );
        let event = parsed.unwrap().event;
        assert_eq!((event.user_id, event.timestamp_ms), (None, NOW_MS));
        let Kind::Message(message) = event.kind else { panic!() };
        assert_eq!((message.cost_nanos, message.confidence_ppm), (Some(12_300_000), Some(900_000)));
    }

    #[test]
    fn the_future_is_refused_beyond_a_day_and_the_past_is_not() {
        let at =
            |timestamp: &str| parse_now(&format!(r#"{{"type":"message","session_id":"s","timestamp":{timestamp}}}"#));
        assert!(at(&(NOW_MS + CLOCK_SKEW_MS_MAX).to_string()).is_ok());
        assert!(at(&(NOW_MS + CLOCK_SKEW_MS_MAX + 1).to_string()).is_err());
        assert_eq!(at("\"1999-12-31T23:59:59.9999+02:00\"").unwrap().event.timestamp_ms, 946_677_599_999);
        assert!(at("\"yesterday\"").unwrap_err().contains("RFC 3339"));
    }
}
