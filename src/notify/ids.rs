//! Ids of rules, silences and reports.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::random;

/// A name of a rule, a silence or a report: 48 random bits, for people to read out.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn short_id() -> Result<String> {
    Ok(random::id()?[..12].to_owned())
}

/// The id of what is meant, by its id or by its name; `None` where there is nothing of either. `what` says what they are.
///
/// # Errors
/// Where several have the name.
pub fn id_of<T>(all: &BTreeMap<String, T>, text: &str, what: &str, name: fn(&T) -> &str) -> Result<Option<String>> {
    if all.contains_key(text) {
        return Ok(Some(text.to_owned()));
    }
    let mut named = all.iter().filter(|(_, one)| name(one) == text).map(|(id, _)| id);
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => Err(Error::Conflict(format!("several {what} are named `{text}`: give the id"))),
        (only, _) => Ok(only.cloned()),
    }
}
