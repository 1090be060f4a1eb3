//! Erasing a person, or a session, on request: the receipt says what went, when, and which backups still hold it.

mod key;
mod receipt;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

pub use key::Key;
pub use receipt::{HeldBackup, Receipt, SESSION_ERASED, Subject, USER_ERASED};

use crate::backups::{self, Known};
use crate::clock::Clock;
use crate::engine::{Engine, Erased, Erasure, Whom};
use crate::error::{Error, Result};
use crate::model::Seq;
use crate::model::day::rfc3339;
use crate::model::erased::Seed;
use crate::random;
use crate::store::Extent;

/// What is asked for, and by whom.
pub struct Request<'a> {
    pub bot: &'a str,
    pub whom: Whom<'a>,
    pub purge: bool,
    /// As the audit log names who asks.
    pub by: &'a str,
}

/// Erases, and signs for it.
pub struct Eraser {
    dir: PathBuf,
    /// Where backups are made by the clock.
    backups: Option<PathBuf>,
    clock: Clock,
}

/// What came of it.
pub struct Done {
    pub receipt: Receipt,
    /// Ids of the sessions that were erased: whoever remembers anything of them is to forget it.
    pub sessions: Vec<Box<str>>,
}

impl Eraser {
    /// `dir` is the data directory.
    pub fn new(dir: &Path, backups: Option<PathBuf>, clock: Clock) -> Self {
        Self { dir: dir.to_owned(), backups, clock }
    }

    /// # Errors
    /// As `Engine::erase`; also where the key cannot be read or made, or the backups cannot be listed.
    pub fn erase(&self, engine: &dyn Engine, request: &Request<'_>) -> Result<Done> {
        let key = Key::of(&self.dir)?;
        let known = match &self.backups {
            Some(dir) => backups::all_known(dir)?,
            None => Vec::new(),
        };
        let id_hash = key.id_hash(request.bot, request.whom);
        // What was erased of someone before, earlier backups may hold too.
        let came_again = read(&engine.erasures()?)?.iter().any(|before| before.id_hash == id_hash);
        let ends: Vec<Option<Seq>> = known.iter().map(|known| end_in(engine, known)).collect::<Result<_>>()?;
        let made = Mutex::new(None);
        let make = |number, removed: &Erased, first: Option<Seq>| {
            // Made before the first of it came.
            let is_without = |end: &Option<Seq>| !came_again && end.zip(first).is_some_and(|(end, first)| end <= first);
            let holding = known.iter().zip(&ends).filter(|(_, end)| !is_without(end));
            let receipt = Receipt {
                number,
                at: rfc3339(self.clock.now_ms()),
                by: request.by.to_owned(),
                bot: request.bot.to_owned(),
                subject: Subject::of(request.whom),
                id_hash: id_hash.clone(),
                purge: request.purge,
                removed: removed.clone(),
                backups: holding.map(|(known, _)| HeldBackup::from(known)).collect(),
                public_key: String::new(),
                signature: String::new(),
            };
            let receipt = key.sign(receipt);
            let bytes = serde_json::to_vec(&receipt).expect("a receipt has texts for keys");
            *made.lock() = Some(receipt);
            Ok(bytes)
        };
        let erasure =
            Erasure { bot: request.bot, whom: request.whom, purge: request.purge, seed: Seed(random::bytes()?) };
        let sessions = engine.erase(&erasure, &make)?;
        let receipt = made.into_inner().ok_or_else(|| Error::Unusable("this engine gives no receipt".into()))?;
        Ok(Done { receipt, sessions })
    }

    /// The key that receipts are signed with, for whoever wants to verify one.
    ///
    /// # Errors
    /// Where it cannot be read or made.
    pub fn public_key(&self) -> Result<String> {
        Key::of(&self.dir).map(|key| key.public())
    }
}

/// Where in an engine's log a backup ends; `None` where that is not known, or it is of another log: a directory that was
/// restored goes on where its backup ended, and what was backed up meanwhile is of what never was.
fn end_in(engine: &dyn Engine, known: &Known) -> Result<Option<Seq>> {
    let Some(Extent { made_ms: _, end, last_ms }) = known.extent else { return Ok(None) };
    let Some(last) = end.checked_sub(1) else { return Ok(Some(0)) };
    let is_of_it = last_ms.is_some() && engine.moment_at(last)? == last_ms;
    Ok(is_of_it.then_some(end))
}

/// Receipts as an engine keeps them.
///
/// # Errors
/// `Corrupt` where one is none.
pub fn read(stored: &[Vec<u8>]) -> Result<Vec<Receipt>> {
    let receipt =
        |bytes: &Vec<u8>| serde_json::from_slice(bytes).map_err(|error| Error::corrupt("erasures", "a receipt", error));
    stored.iter().map(receipt).collect()
}
