//! Logins, users, keys, and the record of what became of them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::accounts::{Key, User};
use crate::access::{AuditEntry, KeyKind, LoggedIn, Login, Role};
use crate::model::day::rfc3339;

const SUCCESS: &str = "success";

/// It is done.
#[derive(Serialize, JsonSchema)]
pub struct Done {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
}

impl Done {
    pub const ANSWER: Self = Self { status: SUCCESS };
}

/// Who asks.
#[derive(Serialize, JsonSchema)]
pub struct Me<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Whether no one has to say who he is, as there are no users and no keys.
    open: bool,
    /// Who is logged in; null where no one is.
    user: Option<Myself<'a>>,
    /// What has to go as `X-CSRF-Token` with everything that changes something, where someone is logged in.
    csrf: Option<String>,
}

impl<'a> Me<'a> {
    pub fn of(open: bool, logged_in: Option<&'a LoggedIn>) -> Self {
        Self { status: SUCCESS, open, user: logged_in.map(Into::into), csrf: logged_in.map(csrf) }
    }
}

/// The answer to a login.
#[derive(Serialize, JsonSchema)]
pub struct Welcome<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    user: Myself<'a>,
    /// What has to go as `X-CSRF-Token` with everything that changes something.
    csrf: String,
}

impl<'a> From<&'a LoggedIn> for Welcome<'a> {
    fn from(logged_in: &'a LoggedIn) -> Self {
        Self { status: SUCCESS, user: logged_in.into(), csrf: csrf(logged_in) }
    }
}

fn csrf(logged_in: &LoggedIn) -> String {
    logged_in.csrf.to_hex().to_string()
}

/// Who is logged in.
#[derive(Serialize, JsonSchema)]
pub struct Myself<'a> {
    name: &'a str,
    role: Role,
    /// The bots that there are for him; none are all.
    bots: &'a [String],
}

impl<'a> From<&'a LoggedIn> for Myself<'a> {
    fn from(LoggedIn { user, login: _, csrf: _ }: &'a LoggedIn) -> Self {
        Self { name: &user.name, role: user.role, bots: &user.bots }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct UserList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    users: Vec<UserRow<'a>>,
}

impl<'a> From<&'a [User]> for UserList<'a> {
    fn from(users: &'a [User]) -> Self {
        Self { status: SUCCESS, users: users.iter().map(Into::into).collect() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct UserRow<'a> {
    name: &'a str,
    role: Role,
    /// The bots that there are for him; none are all.
    bots: &'a [String],
    #[schemars(extend("format" = "date-time"))]
    created_at: &'a str,
}

impl<'a> From<&'a User> for UserRow<'a> {
    fn from(User { id: _, name, role, bots, password: _, created_at }: &'a User) -> Self {
        Self { name, role: *role, bots, created_at }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct KeyList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    keys: Vec<KeyRow<'a>>,
}

impl<'a> From<&'a [Key]> for KeyList<'a> {
    fn from(keys: &'a [Key]) -> Self {
        Self { status: SUCCESS, keys: keys.iter().map(Into::into).collect() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct KeyRow<'a> {
    /// What it is revoked by.
    id: &'a str,
    name: &'a str,
    kind: KeyKind,
    /// The bots it is for; none are all.
    bots: &'a [String],
    /// Whose pages may use it in a browser.
    origins: &'a [String],
    /// Requests a second.
    rate_limit: Option<u32>,
    #[schemars(extend("format" = "date-time"))]
    created_at: &'a str,
}

impl<'a> From<&'a Key> for KeyRow<'a> {
    fn from(key: &'a Key) -> Self {
        let Key { id, name, kind, bots, origins, rate_limit, hash: _, created_at } = key;
        Self { id, name, kind: *kind, bots, origins, rate_limit: *rate_limit, created_at }
    }
}

/// A key that was just made.
#[derive(Serialize, JsonSchema)]
pub struct NewKeyAnswer<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// The key itself, this once: only its hash is kept.
    key: &'a str,
    #[serde(flatten)]
    row: KeyRow<'a>,
}

impl<'a> NewKeyAnswer<'a> {
    pub fn of(made: &'a Key, key: &'a str) -> Self {
        Self { status: SUCCESS, key, row: made.into() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct LoginList<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    logins: Vec<LoginRow<'a>>,
}

impl<'a> LoginList<'a> {
    /// `own` is the login of whoever asks.
    pub fn of(logins: impl IntoIterator<Item = &'a Login>, own: Option<&str>) -> Self {
        Self { status: SUCCESS, logins: logins.into_iter().map(|login| LoginRow::of(login, own)).collect() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct LoginRow<'a> {
    /// What it is ended by.
    id: &'a str,
    user: &'a str,
    /// Where it was made from.
    address: &'a str,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    last_used_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl<'a> LoginRow<'a> {
    fn of(login: &'a Login, own: Option<&str>) -> Self {
        Self {
            id: &login.id,
            user: &login.user,
            address: &login.address,
            created_at: rfc3339(login.made_ms),
            last_used_at: rfc3339(login.seen_ms()),
            current: own == Some(&*login.id),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct AuditList {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Newest first.
    entries: Vec<AuditEntry>,
}

impl From<Vec<AuditEntry>> for AuditList {
    fn from(entries: Vec<AuditEntry>) -> Self {
        Self { status: SUCCESS, entries }
    }
}
