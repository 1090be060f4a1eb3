//! What a team sets for the program itself: by the API, on the page or with a command, beside a live server too.
//!
//! It is written down in `settings.json` in the data directory, which a backup carries. Whoever needs a setting looks at
//! `Settings::now`, which never waits for the disk.

mod document;
mod masking;
mod retention;
mod told;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use self::document::Document;
pub use self::masking::MaskingChange;
pub use self::retention::KeepChange;

use self::document::FILE_NAME;
use crate::error::Result;
use crate::limits::SETTINGS_LOOKED_AT_EVERY;
use crate::private;

/// The settings of one data directory, as they are now.
pub struct Settings {
    dir: PathBuf,
    now: RwLock<Arc<Document>>,
    /// The file as it was when it was last looked at. Held while it is changed or read.
    seen: Mutex<Option<private::Seen>>,
}

impl Settings {
    /// Reads what there is.
    ///
    /// # Errors
    /// A sentence that says what to do, where the file cannot be relied on.
    pub fn load(dir: &Path) -> Result<Self> {
        // Looked at before it is read: what changes meanwhile is read again.
        let seen = private::seen(&dir.join(FILE_NAME));
        let now = Arc::new(Document::read(dir)?.unwrap_or_default());
        Ok(Self { dir: dir.into(), now: RwLock::new(now), seen: Mutex::new(seen) })
    }

    /// As they are now. Another document is another `Arc`: who derives something from it can tell by that.
    pub fn now(&self) -> Arc<Document> {
        self.now.read().clone()
    }

    /// Changes them; when it returns, they are on disk and `now` gives them. Waits for the disk.
    ///
    /// # Errors
    /// What `change` refuses; then nothing has changed.
    pub fn change<T>(&self, change: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
        let mut seen = self.seen.lock();
        let (what, document) = Document::change(&self.dir, change)?;
        *seen = private::seen(&self.dir.join(FILE_NAME));
        *self.now.write() = Arc::new(document);
        Ok(what)
    }

    /// Follows what commands beside the server change.
    pub async fn follow(self: Arc<Self>) -> Infallible {
        loop {
            tokio::time::sleep(SETTINGS_LOOKED_AT_EVERY).await;
            let settings = self.clone();
            if tokio::task::spawn_blocking(move || settings.look_again()).await.is_err() {
                tracing::error!("looking at the settings panicked; it is tried again");
            }
        }
    }

    /// Reads them if the file has changed. Where it cannot be relied on, the settings of before stay, and the log says so.
    fn look_again(&self) {
        let mut seen = self.seen.lock();
        let found = private::seen(&self.dir.join(FILE_NAME));
        if *seen == found {
            return;
        }
        *seen = found;
        match Document::read(&self.dir) {
            Ok(document) => {
                *self.now.write() = Arc::new(document.unwrap_or_default());
                tracing::info!("the settings have changed");
            }
            Err(error) => tracing::error!(%error, "the settings cannot be used; those of before stay"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_changes_a_server_sees_and_a_refused_change_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let (server, command) = (Settings::load(dir.path()).unwrap(), Settings::load(dir.path()).unwrap());
        let refused = command.change(|_| Err::<(), _>(crate::error::Error::Invalid("no".into())));
        assert!(refused.is_err() && !dir.path().join(FILE_NAME).exists());
        command.change(|_| Ok(())).unwrap();
        let before = server.now();
        server.look_again();
        assert!(!Arc::ptr_eq(&before, &server.now()));
        std::fs::write(dir.path().join(FILE_NAME), "{").unwrap();
        let before = server.now();
        server.look_again();
        assert!(Arc::ptr_eq(&before, &server.now()));
        assert!(Settings::load(dir.path()).err().unwrap().to_string().contains(FILE_NAME));
    }
}
