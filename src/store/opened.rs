//! The file as its writer has it open, in whose place another handle may come: of the same file, opened anew after the disk
//! failed, or of the smaller file that was made of it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use redb::{CompactionError, Database, ReadTransaction, ReadableDatabase};

use super::snapshot::caught;
use super::transaction::{Noting, Transaction};
use crate::error::{Error, Result};

/// One file while it is open. Whoever reads a snapshot of it holds it: redb ends the snapshots of what is closed.
pub struct Opened {
    /// `None` once it was closed under those who hold it, and while it cannot be opened again.
    database: RwLock<Option<Database>>,
}

impl Opened {
    pub fn new(database: Database) -> Self {
        Self { database: RwLock::new(Some(database)) }
    }

    fn with<T, E: Into<Error>>(&self, ask: impl FnOnce(&Database) -> Result<T, E>) -> Result<T> {
        match &*self.database.read() {
            Some(database) => ask(database).map_err(Into::into),
            None => Err(Error::Storage("the file could not be opened again after the disk failed".into())),
        }
    }

    fn close(&self) {
        let old = self.database.write().take();
        // A panic in it, over a damaged page, may have left it so that it panics again.
        let _ = caught(|| drop(old));
    }
}

impl Drop for Opened {
    /// What redb does at the end it does over damaged pages, too: a repair once ended so, with everything done.
    fn drop(&mut self) {
        self.close();
    }
}

/// A snapshot.
pub struct Reading {
    transaction: ReadTransaction,
    /// The writer's.
    file: Option<Arc<Opened>>,
}

impl Reading {
    /// A snapshot of a file that this process only reads.
    pub fn of_another(transaction: ReadTransaction) -> Self {
        Self { transaction, file: None }
    }

    /// What is to be held as long as anything of the snapshot is read.
    pub fn file(&self) -> Option<Arc<Opened>> {
        self.file.clone()
    }
}

impl Deref for Reading {
    type Target = ReadTransaction;

    fn deref(&self) -> &ReadTransaction {
        &self.transaction
    }
}

/// A place for another file beside the one that is open.
pub trait Beside: Send + Sync {
    /// Opens an empty file there, for this process alone.
    fn make(&self) -> Result<Database>;

    /// Opens what was made there as the file itself is opened.
    fn open(&self) -> Result<Database>;

    /// Gives what was made there the place of the file, from which on it is what a start finds.
    fn take_place(&self) -> Result<()>;

    /// Makes that durable.
    fn settle(&self) -> Result<()>;

    /// Takes away what was made, if it is still there.
    fn discard(&self);

    /// What the disk holds of the file, and of what was made beside it, bytes; of a file in memory nothing.
    fn held_bytes(&self) -> Result<(u64, u64)>;
}

type Open = dyn Fn() -> Result<Database> + Send + Sync;

/// The writer's handle. Once the disk has failed redb answers everything with an error: then it is opened anew, in place.
pub struct Reopened {
    current: RwLock<Arc<Opened>>,
    open: Box<Open>,
    /// `None` where no other file can come into its place.
    beside: Option<Box<dyn Beside>>,
    /// Another file has come into its place, and its name may not outlast a crash yet.
    unsettled: AtomicBool,
    /// While a copy of it is being made.
    noting: Mutex<Option<Arc<Noting>>>,
}

impl Reopened {
    pub fn by(open: impl Fn() -> Result<Database> + Send + Sync + 'static) -> Result<Self> {
        let current = RwLock::new(Arc::new(Opened::new(open()?)));
        let unsettled = AtomicBool::new(false);
        Ok(Self { current, open: Box::new(open), beside: None, unsettled, noting: Mutex::default() })
    }

    pub fn with_room_beside(self, beside: impl Beside + 'static) -> Self {
        Self { beside: Some(Box::new(beside)), ..self }
    }

    pub fn beside(&self) -> Option<&dyn Beside> {
        self.beside.as_deref()
    }

    /// No other file comes into its place while `ask` runs.
    pub fn with<T, E: Into<Error>>(&self, ask: impl FnOnce(&Database) -> Result<T, E>) -> Result<T> {
        self.current.read().with(ask)
    }

    pub fn read(&self) -> Result<Reading> {
        let current = self.current.read();
        let transaction = current.with(|database| database.begin_read())?;
        Ok(Reading { transaction, file: Some(current.clone()) })
    }

    /// # Errors
    /// As redb's; also where the name of another file that came into its place cannot be made durable: what is written is in
    /// that one.
    pub fn write(&self) -> Result<Transaction> {
        self.settle()?;
        let mut transaction = self.with(|database| database.begin_write())?;
        // After kill -9 the file of two million events opens in 3 ms instead of 263 (of 0.4 million: 8 and 67), which grows
        // with the file; a small commit writes 88 kB instead of 29, and a load takes 1 to 1.2 times as long.
        transaction.set_quick_repair(true);
        Ok(Transaction::new(transaction, self.noting.lock().clone()))
    }

    /// Has every transaction from now on note what it touches. To be called while there is none.
    pub fn begin_noting(&self) -> Arc<Noting> {
        let noting = Arc::<Noting>::default();
        *self.noting.lock() = Some(noting.clone());
        noting
    }

    pub fn end_noting(&self, noting: &Arc<Noting>) {
        let mut current = self.noting.lock();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, noting)) {
            *current = None;
        }
    }

    /// Puts another file into the place of the one that is open, and returns that one: it is closed once the last who holds it lets
    /// go of it.
    pub fn exchange(&self, new: Database) -> Arc<Opened> {
        self.unsettled.store(true, Ordering::Release);
        std::mem::replace(&mut *self.current.write(), Arc::new(Opened::new(new)))
    }

    /// Makes durable what file is found under the name, where it is another one since `exchange`.
    ///
    /// # Errors
    /// Then it is tried again before anything is written.
    pub fn settle(&self) -> Result<()> {
        if self.unsettled.load(Ordering::Acquire) {
            self.beside().map_or(Ok(()), Beside::settle)?;
            self.unsettled.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// # Errors
    /// As `Db::compact`.
    pub fn compact(&self) -> Result<()> {
        let current = self.current.read();
        let mut database = current.database.write();
        let database = database.as_mut().ok_or_else(|| Error::Storage("the file is not open".into()))?;
        match database.compact() {
            Ok(_) => Ok(()),
            Err(CompactionError::Storage(error)) => Err(error.into()),
            Err(_) => Err(Error::Unusable("someone reads the data: wait until they are done, and try again".into())),
        }
    }

    /// # Errors
    /// As `Db::reopen`.
    pub fn reopen(&self) -> Result<()> {
        if let Some(noting) = self.noting.lock().take() {
            // What failed may be in the file all the same.
            noting.lose("the file was opened anew meanwhile");
        }
        let current = self.current.write();
        // Its locks go with it, though there may be some who still hold a snapshot.
        current.close();
        *current.database.write() = Some((self.open)()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use redb::backends::InMemoryBackend;
    use redb::{Builder, StorageBackend};

    use super::*;

    /// Panics at every write once it is broken.
    #[derive(Debug, Default)]
    struct Breaking {
        memory: InMemoryBackend,
        is_broken: Arc<AtomicBool>,
    }

    impl StorageBackend for Breaking {
        fn len(&self) -> io::Result<u64> {
            self.memory.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.memory.read(offset, out)
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            self.memory.set_len(len)
        }

        fn sync_data(&self) -> io::Result<()> {
            self.memory.sync_data()
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            assert!(!self.is_broken.load(Ordering::Relaxed), "a damaged page");
            self.memory.write(offset, data)
        }
    }

    #[test]
    fn what_panics_as_it_is_closed_is_closed_all_the_same() {
        let backend = Breaking::default();
        let is_broken = backend.is_broken.clone();
        let opened = Opened::new(Builder::new().create_with_backend(backend).unwrap());
        opened.with(|database| database.begin_write().map(|transaction| transaction.commit())).unwrap().unwrap();
        is_broken.store(true, Ordering::Relaxed);
        drop(opened);
    }
}
