//! Channels that lead to people and programs, and the post office that brings messages to them.
//!
//! What is to be sent is written down before it is sent, together with what whoever sends it remembers, in one file: a crash
//! leaves both or neither. A message is sent again, under the same id, only where the process ended between sending it and
//! writing down that it was sent. Messages of one channel go one after the other, those to one reader of it alone in a lane of
//! his own; neither a channel that hangs nor a reader who is refused keeps anyone else waiting.

mod book;
mod channel;
mod checks;
mod composed;
mod draft;
mod forms;
mod hook;
mod ids;
mod mail;
mod message;
mod office;
mod pages;

pub use book::Book;
pub use channel::{Channel, Email, Hook, Kind, Secret, Security, Telegram, Webhook};
pub use checks::{check_name, expected, mailbox};
pub use composed::{Attachment, Composed, Composer, Picture};
pub use draft::Draft;
pub use forms::chars_max;
pub use ids::{id_of, short_id};
pub use message::Message;
pub use office::{Office, Postman, test_letter};
pub use pages::{Delivery, Letter, Outcome, Pages};

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::limits::CHANNELS_MAX;

/// All of them, by name.
pub type Channels = BTreeMap<String, Channel>;

/// Why a message did not reach its receiver. The sentence holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub why: String,
    pub again: Again,
}

/// Whether it is worth while to send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At the usual pace, or not before so many ms, where the receiver asks for it.
    After(Option<i64>),
    /// One of several readers was refused, and so none got it: to each by himself.
    Each,
    /// The receiver has read it and will not have it.
    Never,
}

impl Failed {
    fn later(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::After(None) }
    }
}

/// Puts a channel among the others.
///
/// # Errors
/// Where there is one of the name, or too many.
pub fn add(channels: &mut Channels, name: &str, channel: Channel) -> Result<()> {
    if channels.contains_key(name) {
        return Err(Error::Conflict(format!("name: there is a channel named `{name}` already")));
    }
    if channels.len() >= CHANNELS_MAX {
        return Err(Error::Conflict(format!("there are {CHANNELS_MAX} channels, which is as many as may be")));
    }
    channels.insert(name.to_owned(), channel);
    Ok(())
}

/// Puts what a draft describes in the place of a channel.
///
/// # Errors
/// Where there is none of that name, and what `draft` and [`Draft::channel`] refuse.
pub fn change(channels: &mut Channels, name: &str, draft: impl FnOnce(&Channel) -> Result<Draft>) -> Result<()> {
    let known = channels.get_mut(name).ok_or_else(|| no_channel(name))?;
    *known = draft(known)?.channel(Some(known))?;
    Ok(())
}

/// The channel of a name.
///
/// # Errors
/// Where there is none.
pub fn find<'c>(channels: &'c Channels, name: &str) -> Result<&'c Channel> {
    channels.get(name).ok_or_else(|| no_channel(name))
}

pub fn no_channel(name: &str) -> Error {
    Error::NotFound(format!("there is no channel named `{name}`"))
}
