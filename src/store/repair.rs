//! Repair: everything that is folded is made anew from the raw events, in a new file, which takes the old one's place when
//! it is whole and agrees with a recount. The old one is kept.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use redb::ReadableTable;

use super::backup::{Unfinished, copy};
use super::compare::has_lost_words;
use super::digests::{Behind, compare_digests};
use super::frozen::Frozen;
use super::salvage::salvage;
use super::snapshot::{Db, FILE_NAME, beyond_repair, caught};
use super::tables::*;
use super::verify::{Progress, Recounted, Scratch, check_db, index_of, recount, replace};
use super::{Options, RedbEngine, files, read};
use crate::error::{Error, Result};

/// What a repair found and did.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// What differed from a recount before.
    pub differences: Vec<String>,
    /// The file as it was; `None` where nothing differed and nothing was done.
    pub kept: Option<PathBuf>,
    pub events: u64,
}

/// Recounts everything from the raw events and stores that, where anything differs from it.
///
/// # Errors
/// `Unusable` where a server uses the directory, or where the events themselves are damaged: then nothing is changed.
pub fn repair(dir: &Path, options: &Options, progress: &mut Progress<'_>) -> Result<Repaired> {
    let path = dir.join(FILE_NAME);
    // To write: no server may come up meanwhile.
    let mut differences = Vec::new();
    let db = Db::open_verified(&path).or_else(|error| {
        let db = Db::open_damaged(&path).map_err(|error| beyond_repair(&error))?;
        differences.push(error.to_string());
        Ok::<_, Error>(db)
    })?;
    // redb may panic over a page that is something else than it takes it for.
    let repaired = caught(|| {
        let scratch = Scratch::new()?;
        db.layout()?;
        let salvaged = salvage(&db, &scratch, options.clock.now_ms()).map_err(lost)?;
        let Some((salvaged, wrong)) = salvaged else {
            return repair_from(&db, &path, differences, options, progress);
        };
        differences.extend(wrong);
        repair_from(&salvaged, &path, differences, options, progress)
    });
    repaired.unwrap_or_else(|| Err(lost("a page of the file is damaged")))
}

/// `differences` is what is known to be wrong with the file already.
fn repair_from(
    db: &Db,
    path: &Path,
    mut differences: Vec<String>,
    options: &Options,
    progress: &mut Progress<'_>,
) -> Result<Repaired> {
    differences.extend(check_db(db, progress)?);
    let events = raw_events(db)?;
    if differences.is_empty() {
        return Ok(Repaired { differences, kept: None, events });
    }
    let new = Unfinished::beside(path)?;
    let (stored, again) = db.reading(|snapshot| Ok((Tables::open(snapshot)?, Tables::open(snapshot)?)))?;
    let made = match Frozen::of(again).map_err(lost)? {
        Some(frozen) => Some(made_anew(&stored, frozen, progress)?),
        None => None,
    };
    db.reading(|snapshot| {
        let target = Db::create_file(&new.path)?;
        let transaction = target.begin_write()?;
        copy(snapshot, &transaction, META)?;
        copy(snapshot, &transaction, BOTS)?;
        copy(snapshot, &transaction, LOG_BLOCKS)?;
        copy(snapshot, &transaction, LOG_TAIL)?;
        copy(snapshot, &transaction, LOG_INDEX)?;
        copy(snapshot, &transaction, EVENT_IDS)?;
        copy(snapshot, &transaction, IDEMPOTENCY)?;
        copy(snapshot, &transaction, IMPORTS)?;
        copy(snapshot, &transaction, HORIZONS)?;
        copy(snapshot, &transaction, DIGESTS)?;
        copy(snapshot, &transaction, ERASURES)?;
        index_anew(snapshot, &transaction)?;
        recount_at_next_start(&transaction)?;
        if let Some(made) = &made {
            made.put_into(&transaction, &stored)?;
        }
        transaction.commit()?;
        Ok(())
    })?;
    drop(made);
    let engine = RedbEngine::over(Db::open_file(&new.path, options.page_cache_bytes)?, options, None)?;
    engine.close()?;
    let left = check_db(&engine.db, progress)?;
    drop(engine);
    if let Some(first) = left.first() {
        return Err(Error::Unusable(format!(
            "the repaired file still differs ({first}); nothing was changed: restore a backup"
        )));
    }
    files::make_alike(path, &new.path)?;
    std::fs::File::open(&new.path)?.sync_all()?;
    let kept = keep(path)?;
    new.take_name(path, true)?;
    Ok(Repaired { differences, kept: Some(kept), events })
}

/// How many there are.
fn raw_events(db: &Db) -> Result<u64> {
    let tables = db.tables()?;
    read::scan_log(&tables, 0, None, |_| Ok(ControlFlow::Continue(()))).map_err(lost)
}

fn lost(why: impl std::fmt::Display) -> Error {
    Error::Unusable(format!(
        "the events themselves are damaged, which nothing can be counted from: {why}. Nothing was changed: restore a backup \
         with `novahouse restore`"
    ))
}

/// What the index says of a block is read from it again.
fn index_anew(snapshot: &Reading, transaction: &Transaction) -> Result<()> {
    let tables = Tables::open(snapshot)?;
    let mut index = transaction.open_table(LOG_INDEX)?;
    read::scan_log(&tables, 0, None, |stretch| {
        if stretch.is_block {
            index.insert(stretch.first, index_of(&stretch))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// Everything that is folded, made anew beside what cannot be.
struct MadeAnew {
    // Before the directory it lies in goes.
    engine: RedbEngine,
    bots: Vec<Behind>,
    _scratch: Scratch,
}

/// # Errors
/// `Unusable` where what lies behind a horizon is not what it was: no event is left that it could be counted from.
fn made_anew(stored: &Tables, frozen: Frozen, progress: &mut Progress<'_>) -> Result<MadeAnew> {
    let bots = frozen.bots.clone();
    if let Some(first) = compare_digests(stored, &bots).map_err(lost)?.first() {
        return Err(lost(first));
    }
    // What lies beyond it, opening the new file folds onto this.
    let checkpoint = stored.meta.get(meta::CHECKPOINT)?.map_or(0, |checkpoint| checkpoint.value());
    let end = checkpoint.min(read::log_end(stored)?);
    let scratch = Scratch::new()?;
    let Recounted { engine, .. } = recount(stored, &scratch, end, Some(frozen), &|_, zone| zone, progress)?;
    Ok(MadeAnew { engine, bots, _scratch: scratch })
}

impl MadeAnew {
    fn put_into(&self, transaction: &Transaction, stored: &Tables) -> Result<()> {
        let fresh = self.engine.db.tables()?;
        replace(transaction, SESSIONS, &fresh.sessions)?;
        replace(transaction, SESSION_STARTS, &fresh.session_starts)?;
        replace(transaction, SESSION_EVENTS, &fresh.session_events)?;
        replace(transaction, USERS, &fresh.users)?;
        replace(transaction, NAMES_NEW, &fresh.names_new)?;
        replace(transaction, NAME_LEAVES, &fresh.name_leaves)?;
        replace(transaction, NAME_SLICES, &fresh.name_slices)?;
        replace(transaction, LEADS, &fresh.leads)?;
        replace(transaction, TRACES, &fresh.traces)?;
        replace(transaction, DAILY, &fresh.daily)?;
        replace(transaction, QUESTIONS, &fresh.questions)?;
        replace(transaction, PERFORMANCE_DAILY, &fresh.performance_daily)?;
        replace(transaction, PERFORMANCE_HOURLY, &fresh.performance_hourly)?;
        let mut questions = transaction.open_table(QUESTIONS)?;
        for entry in stored.questions.iter()? {
            let (key, bytes) = entry?;
            let (id, day) = key.value();
            // Their words are nowhere else; whether they are the right ones, the last look at the new file says.
            if has_lost_words(&self.bots, id, day) {
                questions.insert((id, day), bytes.value())?;
            }
        }
        let mut meta = transaction.open_table(META)?;
        for figure in [meta::CHECKPOINT, meta::NEXT_SESSION, meta::NEXT_USER] {
            let counted = fresh.meta.get(figure)?.map_or(0, |counted| counted.value());
            meta.insert(figure, counted)?;
        }
        Ok(())
    }
}

/// Gives the file a second name, the first of its kind that is free.
fn keep(path: &Path) -> Result<PathBuf> {
    for number in 1.. {
        let kept = path.with_file_name(format!("{FILE_NAME}.before-repair-{number}"));
        match std::fs::hard_link(path, &kept) {
            Ok(()) => {
                files::sync_dir_of(&kept)?;
                return Ok(kept);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("one of so many names is free")
}
