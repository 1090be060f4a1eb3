//! Logging in with a password, and giving it up for another one.

use std::net::IpAddr;
use std::sync::Arc;

use super::throttle::network;
use super::{Access, Actor, Asker, LoggedIn, Wait, accounts, changes, password, secret};
use crate::error::{Error, Result};

/// Why someone is not logged in.
#[derive(Debug)]
pub enum NotLoggedIn {
    /// The name, or the password; which of them is not said.
    Wrong,
    Wait(Wait),
    Error(Error),
}

impl From<Error> for NotLoggedIn {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Access {
    /// Checks a password, and logs its user in. Returns the token, and who it makes of him who has it.
    ///
    /// # Errors
    /// Where it is wrong, or there were too many that were.
    pub async fn log_in(
        self: &Arc<Self>,
        name: &str,
        password: String,
        address: IpAddr,
    ) -> Result<(String, Arc<LoggedIn>), NotLoggedIn> {
        let user = self.check_password(name, password, address).await?;
        self.record(&Actor { name: user.name.clone(), address: Some(address) }, "login", None, "success").await;
        Ok(self.log_in_as(user, address).await?)
    }

    /// Logs in someone whose password has been checked.
    async fn log_in_as(
        self: &Arc<Self>,
        user: Arc<accounts::User>,
        address: IpAddr,
    ) -> Result<(String, Arc<LoggedIn>)> {
        let (token, login) = self.logins.add(&user, address.to_string(), self.clock.now_ms())?;
        self.write_logins().await;
        let csrf = secret::csrf(&token);
        Ok((token, Arc::new(LoggedIn { user, login, csrf })))
    }

    /// Gives a user another password; every login of his ends, and he who asks has a new one.
    ///
    /// # Errors
    /// Where the one he has is not this.
    pub async fn change_password(
        self: &Arc<Self>,
        name: &str,
        current: String,
        new: String,
        address: IpAddr,
    ) -> Result<(String, Arc<LoggedIn>), NotLoggedIn> {
        password::check("new", &new)?;
        self.check_password(name, current, address).await?;
        let kept = self.hash_password("new", new).await?;
        let (access, named) = (self.clone(), name.to_owned());
        let changed = tokio::task::spawn_blocking(move || {
            let change = changes::UserChange { password: Some(kept), ..changes::UserChange::default() };
            access.change(|accounts| change.make(accounts, &named))?;
            access.logins.end(|login| login.user == named);
            access.record_now(&Actor { name: named, address: Some(address) }, "password changed", None);
            Ok(())
        });
        changed
            .await
            .map_err(|_| Error::Storage("changing a password panicked".into()))?
            .map_err(NotLoggedIn::Error)?;
        let user = self.state.read().known.user(name).cloned().ok_or(NotLoggedIn::Wrong)?;
        Ok(self.log_in_as(user, address).await?)
    }

    /// # Errors
    /// Where it is wrong, or there were too many that were.
    pub async fn check_password(
        self: &Arc<Self>,
        name: &str,
        password: String,
        address: IpAddr,
    ) -> Result<Arc<accounts::User>, NotLoggedIn> {
        // A hash, as a name that is tried may be of any length.
        let (by_name, by_address) = (secret::hash(name), network(address));
        let now_ms = self.clock.now_ms();
        self.by_address.begin(by_address, now_ms).map_err(NotLoggedIn::Wait)?;
        if let Err(wait) = self.by_name.begin(by_name, now_ms) {
            self.by_address.take_back(&by_address);
            return Err(NotLoggedIn::Wait(wait));
        }
        let user = self.state.read().known.user(name).cloned();
        let kept = user.as_ref().map(|user| user.password.clone());
        let checked = self.desk.work(move || password::is(&password, kept.as_deref())).await;
        let is_right = checked.inspect_err(|_| {
            // Nothing was found out.
            self.by_name.take_back(&by_name);
            self.by_address.take_back(&by_address);
        })?;
        if let Some(user) = user.as_ref().filter(|_| is_right) {
            self.by_name.forgive(&by_name);
            self.by_address.take_back(&by_address);
            return Ok(user.clone());
        }
        let is_out = self.by_name.is_out(&by_name) || self.by_address.is_out(&by_address);
        let outcome = if is_out { "wrong password; locked out" } else { "wrong password" };
        let target = user.map_or_else(|| "a name that no user has".to_owned(), |user| user.name.clone());
        let actor = Actor { name: Asker::Stranger.name(), address: Some(address) };
        self.record(&actor, "login", Some(target), outcome).await;
        Err(NotLoggedIn::Wrong)
    }

    /// What is kept of a password.
    ///
    /// # Errors
    /// A sentence that names the field, where it is too short or too long.
    pub async fn hash_password(&self, field: &str, password: String) -> Result<String> {
        password::check(field, &password)?;
        self.desk.work(move || password::hash(&password)).await?
    }
}
