//! Who may come in: users with roles, who log in with a password, and keys for programs. Where there is neither, everyone
//! on this machine may do everything.
//!
//! What is written down lies beside the store: `access.json` (`accounts.rs`), which commands change beside a live server,
//! `logins.json` (`logins.rs`), and the record of who did what, `audit.ndjson` (`audit.rs`). A request finds what it needs
//! in memory (`state.rs`), and with it who asks (`asker.rs`) and what he may do (`role.rs`).

pub mod accounts;
pub mod asker;
pub mod audit;
pub mod changes;
mod log_in;
mod logins;
pub mod password;
pub mod role;
pub mod scope;
mod secret;
mod state;
mod throttle;

use std::convert::Infallible;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use self::accounts::Accounts;
pub use self::asker::{Asker, LoggedIn};
pub use self::audit::{Changed, Entry as AuditEntry};
pub use self::log_in::NotLoggedIn;
pub use self::logins::Login;
pub use self::role::{Holder, KeyKind, Needs, Role};
pub use self::secret::password as made_password;
pub use self::throttle::Wait;

use self::logins::Logins;
use self::password::Desk;
use self::state::State;
use self::throttle::{Throttle, Tries};
use crate::clock::Clock;
use crate::error::Result;
use crate::limits::{
    ACCOUNTS_LOOKED_AT_EVERY, WRONG_PASSWORDS_FREE, WRONG_PASSWORDS_MAX, WRONG_PASSWORDS_OF_ADDRESS_FREE,
    WRONG_PASSWORDS_OF_ADDRESS_MAX,
};
use crate::model::day::rfc3339;
use crate::private;

/// Who is known, who is logged in, and who guesses.
pub struct Access {
    dir: PathBuf,
    clock: Clock,
    state: RwLock<Arc<Now>>,
    /// The file of accounts as it was when it was last looked at. Held while it is changed or read.
    seen: Mutex<Option<private::Seen>>,
    logins: Logins,
    desk: Desk,
    by_name: Throttle<blake3::Hash>,
    by_address: Throttle<u128>,
    /// Whether strangers may talk to the bot.
    pub public_chat: bool,
}

struct Now {
    known: State,
    /// Whether everyone may do everything. Once it was not so, a server never goes back to it.
    open: bool,
}

/// Who did something, for the record.
pub struct Actor {
    pub name: String,
    pub address: Option<IpAddr>,
}

impl Access {
    /// Reads what there is.
    ///
    /// # Errors
    /// A sentence that says what to do, where the accounts cannot be relied on.
    pub fn load(dir: &Path, clock: Clock) -> Result<Self> {
        // Looked at before it is read: what changes meanwhile is read again.
        let seen = private::seen(&dir.join(accounts::FILE_NAME));
        let known = State::of(Accounts::read(dir)?.unwrap_or_default(), &State::default());
        let open = known.is_empty();
        let of_address = Tries { free: WRONG_PASSWORDS_OF_ADDRESS_FREE, max: WRONG_PASSWORDS_OF_ADDRESS_MAX };
        Ok(Self {
            dir: dir.into(),
            clock,
            state: RwLock::new(Arc::new(Now { known, open })),
            seen: Mutex::new(seen),
            logins: Logins::load(dir.into()),
            desk: Desk::default(),
            by_name: Throttle::new(Tries { free: WRONG_PASSWORDS_FREE, max: WRONG_PASSWORDS_MAX }),
            by_address: Throttle::new(of_address),
            public_chat: false,
        })
    }

    /// Whether no one has to say who he is.
    pub fn is_open(&self) -> bool {
        self.state.read().open
    }

    /// Whose key it is.
    pub fn by_key(&self, key: &str) -> Option<Asker> {
        self.state.read().known.key(&secret::hash(key)).cloned().map(Asker::Key)
    }

    /// Whose login it is.
    pub fn by_token(&self, token: &str) -> Option<Asker> {
        let login = self.logins.find(token, self.clock.now_ms())?;
        let user = self.state.read().known.user(&login.user).filter(|user| login.is_of(user)).cloned()?;
        Some(Asker::User(Arc::new(LoggedIn { user, login, csrf: secret::csrf(token) })))
    }

    /// Whether he would still be let in: for what goes on after it was begun.
    pub fn still_knows(&self, asker: &Asker) -> bool {
        let now = self.state.read().clone();
        match asker {
            Asker::Anyone => now.open,
            Asker::Stranger => self.public_chat,
            Asker::Key(key) => now.known.has_key(&key.id),
            Asker::User(logged_in) => {
                let LoggedIn { user, login, csrf: _ } = &**logged_in;
                let as_before = |known: &&Arc<accounts::User>| known.role == user.role && known.bots == user.bots;
                let known = now.known.user(&login.user).filter(as_before);
                known.is_some_and(|known| login.is_of(known)) && self.logins.knows(login, self.clock.now_ms())
            }
        }
    }

    /// Whether any key allows pages of this origin.
    pub fn allows(&self, origin: &str) -> bool {
        self.state.read().known.allows(origin)
    }

    /// Changes the accounts; when it returns, everyone is asked by the new ones. Waits for the disk.
    ///
    /// # Errors
    /// What `change` refuses.
    pub fn change<T>(&self, change: impl FnOnce(&mut Accounts) -> Result<T>) -> Result<T> {
        let mut seen = self.seen.lock();
        let changing = Accounts::change(&self.dir, change)?;
        *seen = private::seen(&self.dir.join(accounts::FILE_NAME));
        self.take(changing.accounts);
        Ok(changing.what)
    }

    fn take(&self, accounts: Accounts) {
        let mut now = self.state.write();
        let known = State::of(accounts, &now.known);
        let open = now.open && known.is_empty();
        *now = Arc::new(Now { known, open });
    }

    /// The accounts as they are written down. Waits for the disk.
    pub fn accounts(&self) -> Result<Accounts> {
        Ok(Accounts::read(&self.dir)?.unwrap_or_default())
    }

    /// Ends logins, and returns how many. Waits for the disk.
    pub fn end_logins(&self, which: impl Fn(&Login) -> bool) -> usize {
        let ended = self.logins.end(which);
        if ended > 0 {
            self.logins.write(self.clock.now_ms());
        }
        ended
    }

    /// Who is logged in.
    pub fn logins(&self) -> Vec<Arc<Login>> {
        let state = self.state.read().clone();
        let mut logins = self.logins.list(self.clock.now_ms());
        logins.retain(|login| state.known.user(&login.user).is_some_and(|user| login.is_of(user)));
        logins
    }

    async fn write_logins(self: &Arc<Self>) {
        let access = self.clone();
        let written = tokio::task::spawn_blocking(move || access.logins.write(access.clock.now_ms()));
        if written.await.is_err() {
            tracing::error!("writing logins panicked");
        }
    }

    /// Adds a line to the record.
    async fn record(self: &Arc<Self>, actor: &Actor, action: &'static str, target: Option<String>, outcome: &str) {
        let entry = entry(&self.clock, actor, action, target, outcome);
        let access = self.clone();
        let added = tokio::task::spawn_blocking(move || tell(&access.dir, &entry));
        if added.await.is_err() {
            tracing::error!("adding to the record of logins and changes panicked");
        }
    }

    /// The same for who may wait for the disk.
    pub fn record_now(&self, actor: &Actor, action: &'static str, target: Option<String>) {
        tell(&self.dir, &entry(&self.clock, actor, action, target, "success"));
    }

    /// The same of a setting, with what it was.
    pub fn record_change(&self, actor: &Actor, action: &'static str, target: String, changed: Changed) {
        let Changed { before, after } = changed.shortened();
        let line = entry(&self.clock, actor, action, Some(target), "success");
        tell(&self.dir, &audit::Entry { before: Some(before), after: Some(after), ..line });
    }

    /// The latest of the record, newest first.
    pub fn recorded(&self, count: usize) -> Result<Vec<AuditEntry>> {
        audit::latest(&self.dir, count)
    }

    /// Follows what others change, and writes down who is logged in, now and then.
    pub async fn follow(self: Arc<Self>) -> Infallible {
        loop {
            tokio::time::sleep(ACCOUNTS_LOOKED_AT_EVERY).await;
            let access = self.clone();
            let looked = tokio::task::spawn_blocking(move || {
                access.look_again();
                if access.logins.are_due(access.clock.now_ms()) {
                    access.logins.write(access.clock.now_ms());
                }
            });
            if looked.await.is_err() {
                tracing::error!("looking at the accounts panicked; it is tried again");
            }
        }
    }

    /// Reads the accounts if they have changed. Those that cannot be relied on are told in the log, and the ones before
    /// them stay: to let no one in would help no one, and everyone is out of the question.
    fn look_again(&self) {
        let path = self.dir.join(accounts::FILE_NAME);
        let mut seen = self.seen.lock();
        let now = private::seen(&path);
        if *seen == now {
            return;
        }
        *seen = now;
        match Accounts::read(&self.dir) {
            Ok(Some(accounts)) => {
                self.take(accounts);
                tracing::info!("the users and keys have changed");
            }
            Ok(None) => {
                tracing::error!(file = %path.display(), "the accounts are gone; the users and keys of before stay")
            }
            Err(error) => tracing::error!(%error, "the accounts cannot be used; the users and keys of before stay"),
        }
    }

    /// Writes down who is logged in, before the end.
    pub fn close(&self) {
        self.logins.write(self.clock.now_ms());
    }
}

fn entry(clock: &Clock, actor: &Actor, action: &str, target: Option<String>, outcome: &str) -> audit::Entry {
    let Actor { name, address } = actor;
    audit::Entry {
        time: rfc3339(clock.now_ms()),
        actor: name.clone(),
        address: *address,
        action: action.to_owned(),
        target,
        outcome: outcome.to_owned(),
        before: None,
        after: None,
    }
}

/// What cannot be recorded is told in the log: on a full disk, an admin has to be able to log in.
fn tell(dir: &Path, entry: &audit::Entry) {
    if let Err(error) = audit::add(dir, entry) {
        tracing::error!(%error, action = entry.action, "the record of logins and changes could not be written");
    }
}
