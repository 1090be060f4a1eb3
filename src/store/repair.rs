//! Repair: everything that is folded is made anew from the raw events, in a new file, which takes the old one's place when
//! it is whole and agrees with a recount. The old one is kept.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::backup::{Unfinished, copy};
use super::snapshot::{Db, FILE_NAME};
use super::tables::*;
use super::verify::{Progress, check_db};
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
        let db = Db::open_damaged(&path)?;
        differences.push(error.to_string());
        Ok::<_, Error>(db)
    })?;
    // redb may panic over a page that is something else than it takes it for.
    match catch_unwind(AssertUnwindSafe(|| repair_from(&db, &path, differences, options, progress))) {
        Ok(repaired) => repaired,
        Err(_) => Err(lost("a page of the file is damaged")),
    }
}

/// `differences` is what is known to be wrong with the file already.
fn repair_from(
    db: &Db,
    path: &Path,
    mut differences: Vec<String>,
    options: &Options,
    progress: &mut Progress<'_>,
) -> Result<Repaired> {
    db.layout()?;
    differences.extend(check_db(db, progress)?);
    let events = raw_events(db)?;
    if differences.is_empty() {
        return Ok(Repaired { differences, kept: None, events });
    }
    let new = Unfinished::beside(path)?;
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
        index_anew(snapshot, &transaction)?;
        recount_at_next_start(&transaction)?;
        transaction.commit()?;
        Ok(())
    })?;
    let engine = RedbEngine::over(Db::open_file(&new.path, options.page_cache_bytes)?, options, None)?;
    engine.close()?;
    let left = check_db(&engine.db, progress)?;
    drop(engine);
    if let Some(first) = left.first() {
        return Err(Error::Unusable(format!(
            "the repaired file still differs ({first}); nothing was changed: restore a backup"
        )));
    }
    std::fs::File::open(&new.path)?.sync_all()?;
    let kept = keep(path)?;
    new.take_name(path, true)?;
    Ok(Repaired { differences, kept: Some(kept), events })
}

/// How many there are.
fn raw_events(db: &Db) -> Result<u64> {
    let tables = db.tables()?;
    read::scan_log(&tables, 0, None, |_, _| Ok(ControlFlow::Continue(()))).map_err(lost)
}

fn lost(why: impl std::fmt::Display) -> Error {
    Error::Unusable(format!(
        "the events themselves are damaged, which nothing can be counted from: {why}. Nothing was changed: restore a backup \
         with `novahouse restore`"
    ))
}

/// What the index says of a block is read from it again.
fn index_anew(snapshot: &redb::ReadTransaction, transaction: &redb::WriteTransaction) -> Result<()> {
    let tables = Tables::open(snapshot)?;
    let mut index = transaction.open_table(LOG_INDEX)?;
    read::scan_log(&tables, 0, None, |first, events| {
        if tables.log_index.get(first)?.is_some() {
            let times_ms = || events.iter().map(|event| event.timestamp_ms);
            let (first_ms, last_ms) = (times_ms().min().unwrap_or(0), times_ms().max().unwrap_or(0));
            index.insert(first, (events.len() as u32, first_ms, last_ms))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
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
