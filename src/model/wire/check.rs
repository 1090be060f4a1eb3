//! Whether a value is what its field wants: else a sentence with the field, what was expected and what was found.

use chrono::DateTime;
use memchr::memchr2_iter;
use serde_json::value::RawValue;

use super::fields::Fields;
use super::names::Field;
use super::value::Value;
use crate::limits::*;
use crate::model::Sentiment;

pub fn expected(field: Field, what: &str, found: &Value<'_>) -> String {
    format!("{}: expected {what}, found {found}", field.name())
}

/// A text; an empty one counts as absent.
pub fn text(value: Value<'_>, field: Field, bytes_max: usize) -> Result<Option<Box<str>>, String> {
    match value {
        Value::None => Ok(None),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) if text.len() <= bytes_max => Ok(Some(text.into())),
        other => Err(expected(field, &format!("a text of 1 to {bytes_max} bytes"), &other)),
    }
}

/// Whether JSON that is kept as it came can be read by everyone who is given it again: many readers give up, or worse, where it
/// is nested deeply. Nothing else of an event is nested, and what is not kept is read without a stack.
fn shallow(json: &str, field: Field) -> Result<(), String> {
    if memchr2_iter(b'{', b'[', json.as_bytes()).count() <= JSON_DEPTH_MAX {
        return Ok(());
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            return Err(format!("{}: expected JSON of at most {JSON_DEPTH_MAX} levels, found more", field.name()));
        }
    }
    Ok(())
}

impl Fields<'_> {
    /// A text; an empty one counts as absent.
    pub fn text(&mut self, field: Field, bytes_max: usize) -> Result<Option<Box<str>>, String> {
        text(self.take(field), field, bytes_max)
    }

    /// A text; a number is kept as its text.
    pub fn text_or_number(&mut self, field: Field) -> Result<Option<Box<str>>, String> {
        match self.take(field) {
            value @ (Value::Whole(_) | Value::Fraction(_)) => Ok(Some(value.to_string().into())),
            other => text(other, field, NAME_BYTES_MAX),
        }
    }

    pub fn boolean(&mut self, field: Field) -> Result<Option<bool>, String> {
        match self.take(field) {
            Value::None => Ok(None),
            Value::Bool(value) => Ok(Some(value)),
            other => Err(expected(field, "true or false", &other)),
        }
    }

    /// A whole number; `120.0` is one.
    pub fn whole(&mut self, field: Field, min: u32, max: u32) -> Result<Option<u32>, String> {
        let in_range = |number: i64| (i64::from(min)..=i64::from(max)).contains(&number);
        match self.take(field) {
            Value::None => Ok(None),
            Value::Whole(number) if in_range(number) => Ok(Some(number as u32)),
            Value::Fraction(number) if number.fract() == 0.0 && in_range(number as i64) => Ok(Some(number as u32)),
            other => Err(expected(field, &format!("a whole number from {min} to {max}"), &other)),
        }
    }

    /// A number from 0 to `max`, as a whole number of `1 / scale`, rounded to the nearest.
    pub fn scaled(&mut self, field: Field, max: u32, scale: u32) -> Result<Option<u64>, String> {
        let number = match self.take(field) {
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

    pub fn sentiment(&mut self) -> Result<Option<Sentiment>, String> {
        let found = match self.take(Field::Sentiment) {
            Value::None => return Ok(None),
            Value::Text(name) => match Sentiment::ALL.into_iter().find(|sentiment| sentiment.name() == name) {
                Some(sentiment) => return Ok(Some(sentiment)),
                None => Value::Text(name),
            },
            other => other,
        };
        Err(expected(Field::Sentiment, "one of positive, neutral, negative", &found))
    }

    /// An instant: RFC 3339 (cut to the millisecond) or epoch milliseconds.
    pub fn timestamp(&mut self, now_ms: i64) -> Result<i64, String> {
        let wrong = |what: &str, value: &Value<'_>| Err(expected(Field::Timestamp, what, value));
        let what = "RFC 3339 such as 2026-01-31T12:00:00Z, or epoch milliseconds";
        let value = self.take(Field::Timestamp);
        let timestamp_ms = match &value {
            Value::None => return Ok(now_ms),
            Value::Whole(epoch_ms) => *epoch_ms,
            Value::Fraction(epoch_ms) if epoch_ms.abs() < 1e15 => epoch_ms.floor() as i64,
            Value::Text(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(instant) => instant.timestamp_millis(),
                Err(_) => return wrong(what, &value),
            },
            _ => return wrong(what, &value),
        };
        if timestamp_ms < TIMESTAMP_MS_MIN {
            return wrong("an instant since 1970-01-01", &value);
        }
        if timestamp_ms > now_ms.saturating_add(CLOCK_SKEW_MS_MAX) {
            return wrong("an instant at most 24 h ahead of the server's clock", &value);
        }
        Ok(timestamp_ms)
    }

    /// A JSON object, kept as its text.
    pub fn entities(&mut self) -> Result<Option<Box<str>>, String> {
        let Some(json) = self.entities.take().map(RawValue::get) else { return Ok(None) };
        if !json.starts_with('{') {
            let found: Value<'_> = serde_json::from_str(json).unwrap_or_default();
            return Err(expected(Field::EntitiesExtracted, "an object", &found));
        }
        if json.len() > ENTITIES_BYTES_MAX {
            return Err(format!(
                "entities_extracted: expected at most {ENTITIES_BYTES_MAX} bytes of JSON, found {}",
                json.len()
            ));
        }
        shallow(json, Field::EntitiesExtracted)?;
        Ok(Some(json.into()))
    }

    /// A text, or any JSON value kept as its text.
    pub fn additional_info(&mut self) -> Result<Option<Box<str>>, String> {
        let Some(json) = self.additional_info.take().map(RawValue::get) else { return Ok(None) };
        let value: Value<'_> = serde_json::from_str(json).unwrap_or_default();
        match value {
            Value::Text(_) => text(value, Field::AdditionalInfo, TEXT_BYTES_MAX),
            _ if json.len() > TEXT_BYTES_MAX => {
                Err(format!("additional_info: expected at most {TEXT_BYTES_MAX} bytes"))
            }
            _ => {
                shallow(json, Field::AdditionalInfo)?;
                Ok(Some(json.into()))
            }
        }
    }
}
