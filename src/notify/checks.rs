//! What the fields of a channel have to be. What was wrong with a secret is not repeated.

use std::net::IpAddr;

use lettre::message::Mailbox;
use reqwest::Url;

use super::channel::Secret;
use crate::error::{Error, Result};
use crate::limits::{CHANNEL_NAME_BYTES_MAX, CHANNEL_SECRET_BYTES_MAX, CHANNEL_URL_BYTES_MAX, MAIL_ADDRESS_BYTES_MAX};

/// Checks what a channel is to be called.
///
/// # Errors
/// A sentence that says what was expected.
pub fn check_name(name: &str) -> Result<()> {
    let is_sound = (1..=CHANNEL_NAME_BYTES_MAX).contains(&name.len())
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '.' | '_' | '-' | ' '))
        && name.trim() == name;
    match is_sound {
        true => Ok(()),
        false => {
            Err(expected("name", &format!("1 to {CHANNEL_NAME_BYTES_MAX} bytes of letters, digits, spaces, . _ or -")))
        }
    }
}

pub fn expected(field: &str, what: &str) -> Error {
    Error::Invalid(format!("{field}: expected {what}"))
}

/// A secret that is given, or else the one there was; an empty one takes it away.
pub fn given_or_kept(field: &str, given: Option<String>, kept: Option<&Secret>) -> Result<Option<Secret>> {
    match given {
        None => Ok(kept.cloned()),
        Some(secret) if secret.is_empty() => Ok(None),
        Some(secret) if secret.len() <= CHANNEL_SECRET_BYTES_MAX && !secret.contains(char::is_control) => {
            Ok(Some(Secret(secret)))
        }
        Some(_) => Err(expected(field, &format!("at most {CHANNEL_SECRET_BYTES_MAX} bytes, without line breaks"))),
    }
}

pub fn address(given: Option<String>, kept: Option<&Secret>) -> Result<Secret> {
    match (given.filter(|url| !url.is_empty()), kept) {
        (Some(url), _) => checked_address(&url).map(Secret),
        (None, Some(kept)) => Ok(kept.clone()),
        (None, None) => Err(expected("url", "an address, https://… or http://…, found nothing")),
    }
}

/// What was wrong with it is not repeated: it may hold a secret.
pub fn checked_address(text: &str) -> Result<String> {
    let right =
        || expected("url", &format!("an address, https://… or http://…, of at most {CHANNEL_URL_BYTES_MAX} bytes"));
    if text.len() > CHANNEL_URL_BYTES_MAX {
        return Err(right());
    }
    let url = Url::parse(text).map_err(|_| right())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(right());
    }
    Ok(url.into())
}

pub fn mailbox(field: &str, text: &str) -> Result<String> {
    let right = || expected(field, "an address such as alerts@example.com, or `Name <alerts@example.com>`");
    if text.len() > MAIL_ADDRESS_BYTES_MAX || text.contains(char::is_control) {
        return Err(right());
    }
    text.parse::<Mailbox>().map(|_| text.to_owned()).map_err(|_| right())
}

pub fn is_host(text: &str) -> bool {
    let of_host = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | ':');
    (1..=253).contains(&text.len()) && text.chars().all(of_host)
}

pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub fn is_token(text: &str) -> bool {
    let of_token = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    text.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && !rest.is_empty()
            && rest.chars().all(of_token)
    })
}

pub fn is_chat(text: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    text.len() <= 64 && (text.parse::<i64>().is_ok() || text.strip_prefix('@').is_some_and(is_name))
}
