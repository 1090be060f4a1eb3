//! What the program knows about: events and what they add up to. Everything here is valid by construction.

pub mod contact;
pub mod day;
pub mod erased;
pub mod event;
pub mod keep;
pub mod session;
pub mod wire;

pub use day::{Day, DayRange, Hour, Zone};
pub use event::{Engagement, Event, Feedback, Kind, Lead, Message, Performance, Sentiment};
pub use keep::{Horizons, Keep};
pub use session::{Session, User};

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

/// The bot that always exists.
pub const DEFAULT_BOT: &str = "default";
/// The user of an event that names none; not a person in counts of users.
pub const ANONYMOUS: &str = "anonymous";
