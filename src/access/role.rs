//! What there is to be done, and who may do it: the rule that the routes declare, the documentation prints and the tests
//! go through.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a user is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything
    Admin,
    /// Reads all figures, sessions and leads, of the given bots or of all
    Analyst,
    /// Sessions and leads of the given bots
    Agent,
}

/// What a key is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Sends events and chats, and reads nothing
    Ingest,
    /// Reads what an analyst reads
    Read,
    /// Everything
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Admin, Self::Analyst, Self::Agent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Agent => "agent",
        }
    }
}

impl KeyKind {
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Read, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// Who someone is, as far as it decides what he may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    User(Role),
    Key(KeyKind),
}

impl Holder {
    /// In the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::User(Role::Agent),
        Self::User(Role::Analyst),
        Self::User(Role::Admin),
        Self::Key(KeyKind::Ingest),
        Self::Key(KeyKind::Read),
        Self::Key(KeyKind::Admin),
    ];
}

/// What an endpoint needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No one to be known.
    Nothing,
    /// A user who has logged in.
    Login,
    /// The right to send events.
    Write,
    /// The right to talk to the bot.
    Chat,
    /// The right to read what single people did: sessions and leads.
    People,
    /// The right to read everything.
    Figures,
    /// `People` for sessions and leads, `Figures` for everything else.
    Export,
    Admin,
}

impl Needs {
    /// Whether it is given to them.
    pub fn met_by(self, holder: Holder) -> bool {
        use Holder::{Key, User};
        match self {
            Self::Nothing => true,
            Self::Login => matches!(holder, User(_)),
            Self::Write => matches!(holder, User(Role::Admin) | Key(KeyKind::Ingest | KeyKind::Admin)),
            Self::Chat => matches!(holder, User(_) | Key(KeyKind::Ingest | KeyKind::Admin)),
            Self::People | Self::Export => matches!(holder, User(_) | Key(KeyKind::Read | KeyKind::Admin)),
            Self::Figures => {
                matches!(holder, User(Role::Admin | Role::Analyst) | Key(KeyKind::Read | KeyKind::Admin))
            }
            Self::Admin => matches!(holder, User(Role::Admin) | Key(KeyKind::Admin)),
        }
    }
}
