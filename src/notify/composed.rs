//! Mails that are more than a few lines: who posts them makes them when they are sent.

use super::{Failed, Message};

/// A mail as it is to be sent, to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// What the HTML shows, by `cid`.
    pub pictures: Vec<Picture>,
    pub files: Vec<Attachment>,
    /// Where one unsubscribes with a POST (RFC 8058).
    pub unsubscribe: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub id: String,
    pub png: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// Its type, as a header says it.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Makes the mail of a message; `None` of one that is no more than its lines. May wait for the disk.
pub type Composer = Box<dyn Fn(&Message) -> Option<Result<Composed, Failed>> + Send + Sync>;
