//! Parameters, with their ranges and defaults.

use serde_json::{Value, json};

use crate::limits::{BOT_NAME_BYTES_MAX, DAYS_MAX, HOURS_MAX};

pub fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

pub fn bot() -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": BOT_NAME_BYTES_MAX, "default": "default"});
    query("bot", "Whose; at most 64 bytes. One that does not exist is not found.", schema)
}

/// `days`, or `from` and `to`, and the bot.
pub fn window(default_days: u32) -> Vec<Value> {
    [days(default_days), vec![bot()]].concat()
}

/// `days`, or `from` and `to`.
pub fn days(default_days: u32) -> Vec<Value> {
    let days = whole("days", "So many calendar days, the last of them today.", 1, DAYS_MAX.into(), default_days.into());
    [vec![days], between()].concat()
}

/// `hours`, or `from` and `to`, and the bot.
pub fn hours(default_hours: u32) -> Vec<Value> {
    let about = "So many clock hours, the last of them the current one.";
    let hours = whole("hours", about, 1, HOURS_MAX.into(), default_hours.into());
    [vec![hours], between(), vec![bot()]].concat()
}

fn between() -> Vec<Value> {
    let date = || json!({"type": "string", "format": "date"});
    vec![
        query("from", "The first day, together with `to` and instead of a number of days or hours.", date()),
        query("to", "The last day, itself included.", date()),
    ]
}

pub fn whole(name: &str, description: &str, min: u64, max: u64, default: u64) -> Value {
    query(name, description, json!({"type": "integer", "minimum": min, "maximum": max, "default": default}))
}

/// Yes or no, in the words that are taken.
pub fn flag(name: &str, description: &str) -> Value {
    query(name, description, json!({"type": "string", "enum": ["true", "false", "1", "0"]}))
}

pub fn one_of(name: &str, description: &str, words: &[&str]) -> Value {
    query(name, description, json!({"type": "string", "enum": words}))
}

/// One of them stands for where it is not given.
pub fn one_of_or(name: &str, description: &str, words: &[&str], default: &str) -> Value {
    query(name, description, json!({"type": "string", "enum": words, "default": default}))
}

pub fn text(name: &str, description: &str) -> Value {
    query(name, description, json!({"type": "string"}))
}

pub fn fill() -> Value {
    flag("fill", "Whether days or hours without anything are listed too.")
}
