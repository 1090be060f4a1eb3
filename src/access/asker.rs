//! Who asks, and what he may see.

use std::sync::Arc;

use blake3::Hash;

use super::accounts::User;
use super::logins::Login;
use super::role::{Holder, Needs};
use super::state::KnownKey;
use crate::model::DEFAULT_BOT;

/// Who sent a request.
#[derive(Clone, Default)]
pub enum Asker {
    /// Whoever came, where no one has to say who he is.
    #[default]
    Anyone,
    /// Someone who has not said who he is, where others have to.
    Stranger,
    User(Arc<LoggedIn>),
    Key(Arc<KnownKey>),
}

/// A user with the login he came with.
pub struct LoggedIn {
    pub user: Arc<User>,
    pub login: Arc<Login>,
    /// What a page has to send along with what changes something.
    pub csrf: Hash,
}

impl Asker {
    /// Whether he may do what needs this.
    pub fn may(&self, needs: Needs) -> bool {
        match (self, self.holder()) {
            (Self::Anyone, _) => true,
            (_, Some(holder)) => needs.met_by(holder),
            (_, None) => needs == Needs::Nothing,
        }
    }

    fn holder(&self) -> Option<Holder> {
        match self {
            Self::Anyone | Self::Stranger => None,
            Self::User(logged_in) => Some(logged_in.user.holder()),
            Self::Key(key) => Some(key.holder()),
        }
    }

    /// The bots that there are for him; `None` where there are all. A stranger, where the chat is open to him, talks to the
    /// one that always exists.
    pub fn bots(&self) -> Option<&[String]> {
        let bots = match self {
            Self::Anyone => return None,
            Self::Stranger => return Some(&[]),
            Self::User(logged_in) => &logged_in.user.bots,
            Self::Key(key) => &key.bots,
        };
        (!bots.is_empty()).then_some(bots)
    }

    /// Whether there is this bot for him.
    pub fn sees(&self, bot: &str) -> bool {
        match self.bots() {
            None => true,
            Some([]) => bot == DEFAULT_BOT,
            Some(bots) => bots.iter().any(|own| own == bot),
        }
    }

    /// The bot of what he sends without a name: the only one that there is for him.
    pub fn default_bot(&self) -> &str {
        match self.bots() {
            Some([only]) => only,
            _ => DEFAULT_BOT,
        }
    }

    /// His name in the record.
    pub fn name(&self) -> String {
        match self {
            Self::Anyone => "anyone, as no one had to log in".to_owned(),
            Self::Stranger => "a stranger".to_owned(),
            Self::User(logged_in) => logged_in.user.name.clone(),
            Self::Key(key) => format!("key {}", key.name),
        }
    }

    /// Under which an idempotency key is remembered: what was answered about one bot is nothing for who may not see it.
    pub fn idempotency_key(&self, given: Box<str>) -> Box<str> {
        let Some(bots) = self.bots() else { return given };
        let mut bots: Vec<&str> = bots.iter().map(String::as_str).collect();
        bots.sort_unstable();
        let text = bots.into_iter().chain([&*given]).collect::<Vec<_>>().join("\n");
        blake3::hash(text.as_bytes()).to_hex().as_str().into()
    }
}
