//! What the program knows about: events and what they add up to. Everything here is valid by construction.

pub mod contact;
pub mod day;
pub mod erased;
pub mod event;
pub mod exposure;
pub mod keep;
pub mod outcome;
pub mod session;
pub mod wire;

pub use day::{Day, DayRange, Hour, Zone};
pub use event::{Engagement, Event, Feedback, Kind, Lead, Message, Performance, Sentiment};
pub use exposure::{Exposed, Exposure, Unit};
pub use keep::{Horizons, Keep};
pub use outcome::Outcome;
pub use session::{Session, User};

use crate::limits::BOT_NAME_BYTES_MAX;

/// Number of a bot, in order of first appearance.
pub type BotId = u32;
/// Place of an event in the log, from 0.
pub type Seq = u64;
/// Number of a session or user, in order of first appearance.
pub type Number = u64;

/// One chatbot, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    pub id: BotId,
    pub name: Box<str>,
    /// The zone its days are counted in.
    pub zone: Zone,
}

/// Whether a bot can be called so: 1 to `BOT_NAME_BYTES_MAX` bytes without control characters.
pub fn is_bot_name(name: &str) -> bool {
    (1..=BOT_NAME_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// The bot that always exists.
pub const DEFAULT_BOT: &str = "default";
/// The user of an event that names none; not a person in counts of users.
pub const ANONYMOUS: &str = "anonymous";
