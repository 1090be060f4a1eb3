//! The accounts as they are written down: `access.json` in the data directory. A file of its own and not a table of the
//! store, so that commands change it while a server holds the store.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::role::{Holder, KeyKind, Role};
use crate::error::{Error, Result};
use crate::private;

pub const FILE_NAME: &str = "access.json";
const VERSION: u32 = 1;

/// All of them. A field that this version does not know may restrict someone: the file is then not read at all.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    version: u32,
    pub users: Vec<User>,
    pub keys: Vec<Key>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Never given again: someone who comes later under the same name is someone else.
    pub id: String,
    pub name: String,
    pub role: Role,
    /// The bots he may see; none are all.
    pub bots: Vec<String>,
    /// As argon2id has it, with its salt.
    pub password: String,
    pub created_at: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What it is revoked by.
    pub id: String,
    pub name: String,
    pub kind: KeyKind,
    /// The bots it is for; none are all.
    pub bots: Vec<String>,
    /// Whose pages may use it in a browser.
    pub origins: Vec<String>,
    /// Requests a second.
    pub rate_limit: Option<u32>,
    /// Of the key, in hex.
    pub hash: String,
    pub created_at: String,
}

impl User {
    pub fn holder(&self) -> Holder {
        Holder::User(self.role)
    }

    /// What a login of this user remembers: it changes with the user and with the password.
    pub fn seal(&self) -> String {
        blake3::hash([self.id.as_bytes(), b"/", self.password.as_bytes()].concat().as_slice()).to_hex().to_string()
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self { version: VERSION, users: Vec::new(), keys: Vec::new() }
    }
}

impl Accounts {
    /// Reads them; `None` where there is no file.
    ///
    /// # Errors
    /// A sentence that names the file and what to do, where it cannot be relied on.
    pub fn read(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(FILE_NAME);
        let Some(bytes) = private::read(&path)? else { return Ok(None) };
        Self::parse(&bytes).map(Some).map_err(|why| Error::Unusable(format!("{}: {why}", path.display())))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let to_do = "restore it from a backup, or remove it and make the users and keys anew";
        let read: Self = private::parse(bytes, VERSION, "accounts", to_do)?;
        for key in &read.keys {
            let wrong = |_| format!("the hash of the key {} is none; {to_do}", key.id);
            blake3::Hash::from_hex(&key.hash).map_err(wrong)?;
        }
        Ok(read)
    }

    /// Reads them, lets `change` change them, and writes them. Whoever else wants to change them waits until `Changing` is
    /// dropped.
    ///
    /// # Errors
    /// What `change` refuses; then nothing has changed.
    pub fn change<T>(dir: &Path, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<Changing<T>> {
        private::make(dir)?;
        let lock = private::lock(dir)?;
        let mut accounts = Self::read(dir)?.unwrap_or_default();
        let what = change(&mut accounts)?;
        let bytes = serde_json::to_vec_pretty(&accounts).expect("names are texts");
        private::write(dir, FILE_NAME, &bytes)?;
        Ok(Changing { what, accounts, _lock: lock })
    }

    /// Whether no one has to say who he is.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.keys.is_empty()
    }

    pub fn admins(&self) -> usize {
        self.users.iter().filter(|user| user.role == Role::Admin).count()
    }
}

/// What was changed, while no one else can change it.
pub struct Changing<T> {
    pub what: T,
    pub accounts: Accounts,
    _lock: File,
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_cannot_be_relied_on_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Accounts::read(dir.path()).unwrap().is_none());
        drop(Accounts::change(dir.path(), |_| Ok(())).unwrap());
        assert!(Accounts::read(dir.path()).unwrap().unwrap().is_empty());
        let path = dir.path().join(FILE_NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(Accounts::change(dir.path(), |_| Ok(())).is_err(), "nor is it written over");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            Accounts::read(dir.path()).err().expect(text).to_string()
        };
        let sound = r#"{"version":1,"users":[],"keys":[]}"#;
        assert!(refused(sound, 0o640).contains("chmod 600"));
        assert!(refused(sound, 0o606).contains("chmod 600"));
        assert!(refused(r#"{"version":2,"users":[],"keys":[],"more":1}"#, 0o600).contains("version 2"));
        for broken in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"version":1}"#,
            r#"{"version":1,"users":[],"keys":[],"more":1}"#,
            r#"{"version":1,"users":[],"keys":[]} x"#,
        ] {
            assert!(refused(broken, 0o600).contains("restore it from a backup"), "{broken}");
        }
    }
}
