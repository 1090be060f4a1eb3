//! From JSON to a valid `Event`, or to a sentence that names the field. Every value is read once, whatever its type,
//! so that a wrong one is told apart from a line that is not JSON at all.

mod build;
mod check;
mod fields;
mod kinds;
mod names;
#[cfg(test)]
mod tests;
mod value;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DEFAULT_BOT, Event};
use build::build;
use fields::Fields;

pub use kinds::is_language;

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
    let mut fields = Fields::new();
    fields.read(json).map_err(|error| syntax_error(&error))?;
    build(&mut fields, context)
}

/// The bot that JSON which is no event names all the same, or that of events that name none.
pub fn bot_named(json: &str, context: &Context) -> Box<str> {
    #[derive(Deserialize)]
    struct Named {
        bot: Box<str>,
    }
    serde_json::from_str(json).map_or_else(|_| context.bot.clone(), |Named { bot }| bot)
}

/// Every name that a field of an event may have.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    names::spellings()
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
