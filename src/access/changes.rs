//! What can be changed about users and keys, for the API and the command line alike. Passwords come hashed.

use super::accounts::{Accounts, Key, User};
use super::role::{KeyKind, Role};
use super::secret;
use crate::error::{Error, Result};
use crate::limits::{
    ACCOUNT_NAME_BYTES_MAX, BOT_NAME_BYTES_MAX, BOTS_PER_ACCOUNT_MAX, KEY_RATE_LIMIT_MAX, KEYS_MAX, ORIGIN_BYTES_MAX,
    ORIGINS_PER_KEY_MAX, USERS_MAX,
};
use crate::model::is_bot_name;

/// A user to be.
pub struct NewUser {
    pub name: String,
    pub role: Role,
    pub bots: Vec<String>,
}

/// A key to be.
pub struct NewKey {
    pub name: String,
    pub kind: KeyKind,
    pub bots: Vec<String>,
    pub origins: Vec<String>,
    pub rate_limit: Option<u32>,
}

impl NewUser {
    /// # Errors
    /// A sentence that names what is wrong with it.
    pub fn check(&self) -> Result<()> {
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "._-@+".contains(letter);
        if !(1..=ACCOUNT_NAME_BYTES_MAX).contains(&self.name.len()) || !self.name.chars().all(letters) {
            return Err(Error::Invalid(format!(
                "name: expected 1 to {ACCOUNT_NAME_BYTES_MAX} letters, digits or . _ - @ +, without accents"
            )));
        }
        check_sight(self.role, &self.bots)
    }

    /// # Errors
    /// Where there is one of that name, or no room for another.
    pub fn add(self, accounts: &mut Accounts, password: String, now: String) -> Result<()> {
        self.check()?;
        if accounts.users.iter().any(|user| user.name == self.name) {
            return Err(Error::Conflict(format!("name: there is a user {} already", self.name)));
        }
        if accounts.users.len() >= USERS_MAX {
            return Err(Error::Conflict(format!("there are {USERS_MAX} users, which is the most there may be")));
        }
        let Self { name, role, bots } = self;
        accounts.users.push(User { id: secret::id()?, name, role, bots, password, created_at: now });
        Ok(())
    }
}

impl NewKey {
    /// Adds it, and says it: this is the only time that anyone can.
    ///
    /// # Errors
    /// A sentence that names what is wrong with it; where there is one of that name, or no room for another.
    pub fn add(self, accounts: &mut Accounts, now: String) -> Result<(Key, String)> {
        self.check()?;
        if accounts.keys.iter().any(|key| key.name == self.name) {
            return Err(Error::Conflict(format!("name: there is a key {} already", self.name)));
        }
        if accounts.keys.len() >= KEYS_MAX {
            return Err(Error::Conflict(format!("there are {KEYS_MAX} keys, which is the most there may be")));
        }
        let said = secret::key(self.kind)?;
        let hash = secret::hash(&said).to_hex().to_string();
        let Self { name, kind, bots, origins, rate_limit } = self;
        let key = Key { id: secret::id()?, name, kind, bots, origins, rate_limit, hash, created_at: now };
        accounts.keys.push(key.clone());
        Ok((key, said))
    }

    fn check(&self) -> Result<()> {
        if !(1..=ACCOUNT_NAME_BYTES_MAX).contains(&self.name.len()) || self.name.chars().any(char::is_control) {
            return Err(Error::Invalid(format!("name: expected a text of 1 to {ACCOUNT_NAME_BYTES_MAX} bytes")));
        }
        check_bots(&self.bots)?;
        if self.kind == KeyKind::Admin && !self.bots.is_empty() {
            return Err(Error::Invalid("bots: an admin key is for all of them; name none".into()));
        }
        if self.kind != KeyKind::Ingest && !self.origins.is_empty() {
            return Err(Error::Invalid("origins: expected none, as only ingest keys are for browsers".into()));
        }
        if self.origins.len() > ORIGINS_PER_KEY_MAX {
            return Err(Error::Invalid(format!("origins: expected at most {ORIGINS_PER_KEY_MAX}")));
        }
        self.origins.iter().try_for_each(|origin| check_origin(origin))?;
        match self.rate_limit {
            Some(limit) if !(1..=KEY_RATE_LIMIT_MAX).contains(&limit) => Err(Error::Invalid(format!(
                "rate_limit: expected requests a second from 1 to {KEY_RATE_LIMIT_MAX}, found {limit}"
            ))),
            _ => Ok(()),
        }
    }
}

/// As a browser writes it: anything else would never match.
fn check_origin(origin: &str) -> Result<()> {
    let parsed = reqwest::Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let written = parsed.map(|url| url.origin().ascii_serialization());
    if origin.len() <= ORIGIN_BYTES_MAX && written.as_deref() == Some(origin) {
        return Ok(());
    }
    Err(Error::Invalid(match written {
        Some(written) => format!("origins: expected an origin as browsers send it, {written:?}, found {origin:?}"),
        None => format!("origins: expected an origin such as https://www.example.com, found {origin:?}"),
    }))
}

fn check_bots(bots: &[String]) -> Result<()> {
    if bots.len() > BOTS_PER_ACCOUNT_MAX {
        return Err(Error::Invalid(format!("bots: expected at most {BOTS_PER_ACCOUNT_MAX}, found {}", bots.len())));
    }
    match bots.iter().find(|bot| !is_bot_name(bot)) {
        Some(bot) => {
            Err(Error::Invalid(format!("bots: expected names of 1 to {BOT_NAME_BYTES_MAX} bytes, found {bot:?}")))
        }
        None => Ok(()),
    }
}

/// Whether a role goes with these bots.
pub fn check_sight(role: Role, bots: &[String]) -> Result<()> {
    check_bots(bots)?;
    match role {
        Role::Admin if !bots.is_empty() => Err(Error::Invalid("bots: an admin sees all of them; name none".into())),
        Role::Agent if bots.is_empty() => {
            Err(Error::Invalid("bots: an agent sees the given ones; name at least one".into()))
        }
        _ => Ok(()),
    }
}

/// What is to be another of a user.
#[derive(Default)]
pub struct UserChange {
    pub role: Option<Role>,
    pub bots: Option<Vec<String>>,
    /// Hashed.
    pub password: Option<String>,
}

impl UserChange {
    /// # Errors
    /// Where there is no such user, or it would leave no admin.
    pub fn make(self, accounts: &mut Accounts, name: &str) -> Result<()> {
        let admins = accounts.admins();
        let user = accounts.users.iter_mut().find(|user| user.name == name).ok_or_else(|| no_user(name))?;
        let role = self.role.unwrap_or(user.role);
        if user.role == Role::Admin && role != Role::Admin && admins == 1 {
            return Err(last_admin());
        }
        let bots = self.bots.unwrap_or_else(|| user.bots.clone());
        check_sight(role, &bots)?;
        (user.role, user.bots) = (role, bots);
        if let Some(password) = self.password {
            user.password = password;
        }
        Ok(())
    }
}

/// # Errors
/// Where there is no such user, or it is the last admin and some have to be left.
pub fn remove_user(accounts: &mut Accounts, name: &str, last_admin_stays: bool) -> Result<User> {
    let place = accounts.users.iter().position(|user| user.name == name).ok_or_else(|| no_user(name))?;
    if last_admin_stays && accounts.users[place].role == Role::Admin && accounts.admins() == 1 {
        return Err(last_admin());
    }
    Ok(accounts.users.remove(place))
}

/// By its id; on the command line by its name too.
///
/// # Errors
/// Where there is no such key.
pub fn remove_key(accounts: &mut Accounts, id: &str) -> Result<Key> {
    let place = accounts.keys.iter().position(|key| key.id == id);
    let place = place.ok_or_else(|| Error::NotFound(format!("there is no key with the id `{id}`")))?;
    Ok(accounts.keys.remove(place))
}

fn no_user(name: &str) -> Error {
    Error::NotFound(format!("there is no user named `{name}`"))
}

fn last_admin() -> Error {
    Error::Conflict("this is the last admin: make another one first, or no one could change anything any more".into())
}
