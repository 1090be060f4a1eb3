//! Passwords: hashed by argon2id, checked a few at once.

use std::sync::Arc;

use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::secret;
use crate::error::{Error, Result};
use crate::limits::{
    PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PASSWORD_CHECKS_AT_ONCE_MAX, PASSWORD_CHECKS_WAITING_MAX,
    PASSWORD_MEMORY_KIB, PASSWORD_PASSES,
};

fn argon2() -> Argon2<'static> {
    let params = Params::new(PASSWORD_MEMORY_KIB, PASSWORD_PASSES, 1, None).expect("parameters within its bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// # Errors
/// A sentence, where it is too short or too long to be one.
pub fn check(field: &str, password: &str) -> Result<()> {
    let chars = password.chars().count();
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{field}: expected {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, found {chars}"
    )))
}

/// What is kept of a password. Takes tens of milliseconds, on purpose.
pub fn hash(password: &str) -> Result<String> {
    let trouble = |why: &dyn std::fmt::Display| Error::Unusable(format!("the password cannot be hashed: {why}"));
    let salt = SaltString::encode_b64(&secret::salt()?).map_err(|error| trouble(&error))?;
    let hash = argon2().hash_password(password.as_bytes(), &salt).map_err(|error| trouble(&error))?;
    Ok(hash.to_string())
}

/// Whether it is the password that this was kept of. Where nothing was kept, it takes as long to say no.
pub fn is(password: &str, kept: Option<&str>) -> bool {
    let Some(kept) = kept else {
        let mut nowhere = [0; Params::DEFAULT_OUTPUT_LEN];
        let _ = argon2().hash_password_into(password.as_bytes(), b"a name of no one", &mut nowhere);
        return false;
    };
    PasswordHash::new(kept).is_ok_and(|kept| argon2().verify_password(password.as_bytes(), &kept).is_ok())
}

/// Who works on passwords: each takes a core and much memory, so that a crowd has to wait, and a larger one has to go.
pub struct Desk {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Default for Desk {
    fn default() -> Self {
        let queue = PASSWORD_CHECKS_AT_ONCE_MAX + PASSWORD_CHECKS_WAITING_MAX;
        Self { places: Arc::new(Semaphore::new(PASSWORD_CHECKS_AT_ONCE_MAX)), queue: Arc::new(Semaphore::new(queue)) }
    }
}

impl Desk {
    /// Does it on a thread that may take its time.
    ///
    /// # Errors
    /// `Overloaded` where too many wait already.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let waiting = self.queue.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let place = self.places.clone().acquire_owned().await.map_err(|_| Error::Stopping)?;
        // The place is kept until it is done, though whoever asked has gone meanwhile.
        let working = move || {
            let worked = work();
            drop((place, waiting));
            worked
        };
        tokio::task::spawn_blocking(working).await.map_err(|_| Error::Storage("a password's thread panicked".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is("correct horse", Some(&kept)));
        assert!(!is("correct horse ", Some(&kept)) && !is("correct horse", None) && !is("", Some("")));
        assert_ne!(hash("correct horse").unwrap(), kept, "each has a salt of its own");
    }

    #[test]
    fn its_length_is_counted_in_characters() {
        assert!(check("password", &"ż".repeat(PASSWORD_CHARS_MIN)).is_ok());
        assert!(check("password", &"ż".repeat(PASSWORD_CHARS_MAX)).is_ok());
        for wrong in ["ż".repeat(PASSWORD_CHARS_MIN - 1), "ż".repeat(PASSWORD_CHARS_MAX + 1)] {
            assert!(check("new", &wrong).unwrap_err().to_string().starts_with("new: expected"));
        }
    }

    /// Without a hash it would take a thousandth. Others use the machine: it is asked until it was left alone both times, and a
    /// hash that is missing is missing every time.
    #[test]
    fn a_name_that_no_one_has_takes_as_long() {
        let kept = hash("correct horse").unwrap();
        let time = |kept: Option<&str>| {
            let began = std::time::Instant::now();
            assert!(!is("something else", kept));
            began.elapsed().as_secs_f64()
        };
        let ratios: Vec<f64> =
            (0..50).map(|_| time(None) / time(Some(&kept))).take_while(|ratio| !near(*ratio)).collect();
        assert!(ratios.len() < 50, "{ratios:?}");
    }

    fn near(ratio: f64) -> bool {
        (0.5..2.0).contains(&ratio)
    }

    #[test]
    fn a_crowd_is_turned_away() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::default();
            let (done, wait) = std::sync::mpsc::channel::<()>();
            let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
            let most = PASSWORD_CHECKS_AT_ONCE_MAX + PASSWORD_CHECKS_WAITING_MAX;
            let works: Vec<_> = (0..most)
                .map(|_| {
                    let wait = wait.clone();
                    desk.work(move || wait.lock().unwrap().recv().is_ok())
                })
                .collect();
            let all = futures_util::future::join_all(works);
            let one_too_many = async {
                assert!(matches!(desk.work(|| ()).await, Err(Error::Overloaded)));
                (0..most).for_each(|_| done.send(()).unwrap());
            };
            let (worked, ()) = futures_util::future::join(all, one_too_many).await;
            assert!(worked.into_iter().all(|worked| worked.unwrap()));
            assert!(desk.work(|| true).await.unwrap());
        });
    }
}
