//! The file in which letters and what their senders remember stand together: it is replaced as a whole, or not at all.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::pages::Pages;
use crate::error::{Error, Result};
use crate::private;

const FILE_NAME: &str = "notices.json";
/// What a backup held of it, until a server begins with it.
const RESTORED: &str = "notices.restored.json";
/// What one is called that could not be read.
const ASIDE: &str = "notices.unread.json";
const VERSION: u32 = 1;

#[derive(Deserialize)]
struct Written {
    pages: Pages,
}

#[derive(Serialize)]
struct WrittenRef<'a> {
    version: u32,
    pages: &'a Pages,
}

/// The pages of one data directory. The server alone writes them.
pub struct Book {
    dir: PathBuf,
    now: RwLock<Arc<Pages>>,
    /// Held while the file is written; whether something has happened that could not be written down yet.
    is_behind: Mutex<bool>,
    /// Told of each change.
    pub(super) changed: Notify,
}

impl Book {
    /// Reads what there is. A file that cannot be read is put aside and told in the log: to know of no alert is better than to
    /// take no events. `now_ms` is when the server begins, epoch ms.
    ///
    /// # Errors
    /// Where it cannot be put aside either, or what a backup held cannot be taken over.
    pub fn load(dir: &Path, now_ms: i64) -> Result<Self> {
        let known = read_or_aside(dir, FILE_NAME)?;
        let restored = dir.join(RESTORED);
        let now = match known {
            None if restored.exists() => begin_with_backup(dir, now_ms)?,
            known => known.unwrap_or_default(),
        };
        // What the directory knew before, or has just taken over, is newer.
        match std::fs::remove_file(&restored) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let now = RwLock::new(Arc::new(now));
        Ok(Self { dir: dir.into(), now, is_behind: Mutex::new(false), changed: Notify::new() })
    }

    /// As another process has written them, or nothing.
    ///
    /// # Errors
    /// Where the file cannot be relied on.
    pub fn peek(dir: &Path) -> Result<Pages> {
        Ok(read(dir, FILE_NAME)?.unwrap_or_default())
    }

    /// As they are now. Waits for no one.
    pub fn pages(&self) -> Arc<Pages> {
        self.now.read().clone()
    }

    /// Changes them; when it returns, the change is on disk. Waits for the disk.
    ///
    /// # Errors
    /// Where it cannot be written down; then nothing has changed.
    pub fn change<T>(&self, change: impl FnOnce(&mut Pages) -> T) -> Result<T> {
        let mut is_behind = self.is_behind.lock();
        let mut pages = Pages::clone(&self.pages());
        let what = change(&mut pages);
        self.write(&pages)?;
        *self.now.write() = Arc::new(pages);
        *is_behind = false;
        drop(is_behind);
        self.changed.notify_one();
        Ok(what)
    }

    /// Notes what has happened and cannot be taken back. Where it cannot be written down, it counts all the same, and is
    /// written later. Waits for the disk.
    pub fn note(&self, note: impl FnOnce(&mut Pages)) {
        let mut is_behind = self.is_behind.lock();
        let mut pages = Pages::clone(&self.pages());
        note(&mut pages);
        *self.now.write() = Arc::new(pages);
        *is_behind = true;
        self.catch_up(&mut is_behind);
        drop(is_behind);
        self.changed.notify_one();
    }

    /// Whether something could not be written down yet, as far as can be told without waiting.
    pub fn is_behind(&self) -> bool {
        self.is_behind.try_lock().is_some_and(|is_behind| *is_behind)
    }

    /// Writes what could not be written before. Waits for the disk.
    pub fn try_again(&self) {
        self.catch_up(&mut self.is_behind.lock());
    }

    fn catch_up(&self, is_behind: &mut bool) {
        if !*is_behind {
            return;
        }
        match self.write(&self.pages()) {
            Ok(()) => *is_behind = false,
            Err(error) => tracing::error!(%error, "what was sent could not be written down; it is tried again"),
        }
    }

    fn write(&self, pages: &Pages) -> Result<()> {
        write(&self.dir, pages)
    }
}

fn write(dir: &Path, pages: &Pages) -> Result<()> {
    let written = WrittenRef { version: VERSION, pages };
    private::write(dir, FILE_NAME, &serde_json::to_vec(&written).expect("its keys are texts"))
}

fn read_or_aside(dir: &Path, name: &str) -> Result<Option<Pages>> {
    read(dir, name).or_else(|error| {
        let aside = dir.join(ASIDE);
        std::fs::rename(dir.join(name), &aside).map_err(|_| Error::Unusable(error.to_string()))?;
        let aside = aside.display();
        tracing::error!(%error, %aside, "what alerts and channels remember cannot be read; it begins anew");
        Ok(None)
    })
}

/// What a backup held, on the disk as what is known now: of that nothing is sent, for it may have been since.
fn begin_with_backup(dir: &Path, now_ms: i64) -> Result<Pages> {
    // Of a backup that held none it is empty.
    let is_empty = std::fs::metadata(dir.join(RESTORED))?.len() == 0;
    let mut pages = if is_empty { Pages::default() } else { read_or_aside(dir, RESTORED)?.unwrap_or_default() };
    let waiting = pages.begin_with_backup(now_ms);
    write(dir, &pages)?;
    tracing::warn!(
        waiting,
        "a backup was restored: what waited in it to be sent, and was due before, is not sent again"
    );
    Ok(pages)
}

fn read(dir: &Path, name: &str) -> Result<Option<Pages>> {
    let path = dir.join(name);
    let Some(bytes) = private::read(&path)? else { return Ok(None) };
    let read = private::parse(&bytes, VERSION, "notices", "restore it from a backup, or remove it");
    let Written { pages } = read.map_err(|why| Error::Unusable(format!("{}: {why}", path.display())))?;
    Ok(Some(pages))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::notify::Message;

    #[test]
    fn what_is_posted_and_remembered_is_there_again_and_a_damaged_file_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let book = Book::load(dir.path(), 5).unwrap();
        book.change(|pages| {
            pages.post("1".into(), "ops", Message::test("ops", Language::En), 5);
            pages.remember("alerts", &7);
        })
        .unwrap();
        let again = Book::load(dir.path(), 5).unwrap();
        assert_eq!((again.pages().is_waiting(), again.pages().remembered::<i32>("alerts")), (true, 7));
        std::fs::write(dir.path().join(FILE_NAME), "{").unwrap();
        assert!(!Book::load(dir.path(), 5).unwrap().pages().is_waiting());
        assert!(dir.path().join(ASIDE).exists());
    }

    #[test]
    fn what_cannot_be_written_has_not_happened_but_for_what_was_sent() {
        let dir = tempfile::tempdir().unwrap();
        let book = Book::load(dir.path(), 5).unwrap();
        book.change(|pages| pages.post("1".into(), "ops", Message::test("ops", Language::En), 5)).unwrap();
        // A directory in the file's way, as good as a full disk.
        let blocked = dir.path().join(format!("{FILE_NAME}.new"));
        std::fs::create_dir(&blocked).unwrap();
        assert!(book.change(|pages| pages.post("2".into(), "ops", Message::test("ops", Language::En), 6)).is_err());
        assert_eq!(book.pages().deliveries("ops").len(), 1);
        book.note(|pages| pages.sent("1", 7, "200 OK".into()));
        assert!(!book.pages().is_waiting(), "it is not sent again");
        assert!(Book::peek(dir.path()).unwrap().is_waiting());
        std::fs::remove_dir(&blocked).unwrap();
        book.try_again();
        assert!(!Book::peek(dir.path()).unwrap().is_waiting());
    }

    #[test]
    fn what_a_backup_held_is_known_and_not_sent_again() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let book = Book::load(dir.path(), 5).unwrap();
        assert_eq!(book.pages().restored_ms(), None);
        book.change(|pages| {
            pages.post("1".into(), "ops", Message::test("ops", Language::En), 5);
            pages.remember("alerts", &7);
        })
        .unwrap();
        std::fs::copy(dir.path().join(FILE_NAME), other.path().join(RESTORED)).unwrap();
        for _ in 0..2 {
            let pages = Book::load(other.path(), 9).unwrap().pages();
            assert_eq!(
                (pages.is_waiting(), pages.remembered::<i32>("alerts"), pages.restored_ms()),
                (false, 7, Some(9))
            );
            assert!(pages.deliveries("ops")[0].answer.contains("backup"));
            assert!(!other.path().join(RESTORED).exists());
            // As where the process ended before it was removed: what is known now counts.
            std::fs::write(other.path().join(RESTORED), "{").unwrap();
        }
        // Of a backup that held none: it is known all the same that one was restored.
        let third = tempfile::tempdir().unwrap();
        drop(private::open(third.path(), RESTORED, std::fs::OpenOptions::new().write(true).create(true)).unwrap());
        assert_eq!(Book::load(third.path(), 9).unwrap().pages().restored_ms(), Some(9));
    }
}
