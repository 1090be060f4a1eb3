//! `novahouse erase`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::user::{access, record};
use super::{DataDir, print_json};
use crate::clock::Clock;
use crate::engine::Whom;
use crate::erasure::{Done, Eraser, Key, Receipt, Request, read};
use crate::error::{Error, Result};
use crate::limits::RECEIPT_BYTES_MAX;
use crate::model::DEFAULT_BOT;
use crate::store::{Options, RedbEngine, erasures};

/// As receipts and the audit log name who did it.
const ACTOR: &str = "command line";

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse erase --user jan@example.com --data ./db\n  \
                        novahouse erase --session 8f2c --bot shop --purge --data ./db\n  \
                        novahouse erase --list --data ./db\n  novahouse erase --verify receipt.json\n\n\
                        The person goes from everything that is stored, and the counts stay; with --purge the counts go too.\n\
                        Bytes in free parts of the file go with `novahouse retain --compact`. --list works beside a live\n\
                        server; to erase beside one, send DELETE /api/users/{id} to it.")]
pub(super) struct Erase {
    #[command(flatten)]
    whom: Chosen,
    /// Which bot's
    #[arg(long, value_name = "NAME", default_value = DEFAULT_BOT)]
    bot: String,
    /// Count the days anew without what is erased
    #[arg(long)]
    purge: bool,
    /// Where backups are made by the clock: the receipt lists those that still hold what is erased
    #[arg(long, value_name = "DIR", env = "NOVAHOUSE_BACKUP_TO")]
    backup_to: Option<PathBuf>,
    #[command(flatten)]
    data: MaybeDataDir,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Chosen {
    /// Erase a person
    #[arg(long, value_name = "ID", conflicts_with_all = ["session", "list"])]
    user: Option<String>,
    /// Erase a session
    #[arg(long, value_name = "ID", conflicts_with = "list")]
    session: Option<String>,
    /// List the receipts that are kept
    #[arg(long)]
    list: bool,
    /// Say whether a receipt is genuine; with --user or --session and --data, also whether it is of that one
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    verify: Option<PathBuf>,
}

#[derive(Args)]
struct MaybeDataDir {
    /// The data directory
    #[arg(long = "data", value_name = "DIR", env = "NOVAHOUSE_DATA")]
    dir: Option<PathBuf>,
}

impl Erase {
    fn dir(&self) -> Result<&PathBuf> {
        self.data
            .dir
            .as_ref()
            .ok_or_else(|| Error::Unusable("--data: expected the data directory, found nothing".into()))
    }

    fn whom(&self) -> Option<Whom<'_>> {
        let user = self.whom.user.as_deref().map(Whom::User);
        user.or(self.whom.session.as_deref().map(Whom::Session))
    }
}

pub(super) fn run(command: &Erase) -> Result<ExitCode> {
    if let Some(file) = &command.whom.verify {
        return verify(command, file);
    }
    match command.whom() {
        Some(whom) => erase(command, whom),
        None => list(command),
    }
}

fn erase(command: &Erase, whom: Whom<'_>) -> Result<ExitCode> {
    let dir = command.dir()?;
    let engine = RedbEngine::open(dir, &Options::default())?;
    let eraser = Eraser::new(dir, command.backup_to.clone(), Clock::System);
    let request = Request { bot: &command.bot, whom, purge: command.purge, by: ACTOR };
    let Done { receipt, sessions: _ } = eraser.erase(&engine, &request)?;
    record(&access(&DataDir { dir: dir.clone() })?, receipt.action(), &receipt.target());
    engine.close()?;
    match command.json {
        true => print_json(&json!({ "receipt": receipt })),
        false => tell(&receipt),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(command: &Erase) -> Result<ExitCode> {
    let receipts = read(&erasures(command.dir()?)?)?;
    match command.json {
        true => print_json(&json!({ "receipts": receipts })),
        false if receipts.is_empty() => println!("Nothing was erased."),
        false => receipts.iter().for_each(tell),
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(command: &Erase, file: &PathBuf) -> Result<ExitCode> {
    let unusable = |why: &dyn std::fmt::Display| Error::Unusable(format!("{}: {why}", file.display()));
    let length = std::fs::metadata(file).map_err(|error| unusable(&error))?.len();
    if length > RECEIPT_BYTES_MAX {
        return Err(unusable(&format!("expected a receipt of at most {RECEIPT_BYTES_MAX} bytes")));
    }
    let text = std::fs::read(file).map_err(|error| unusable(&error))?;
    let receipt: Receipt =
        serde_json::from_slice(&text).map_err(|error| unusable(&format!("it is no receipt: {error}")))?;
    let genuine = receipt.is_genuine();
    let of_them = match command.whom() {
        Some(whom) => {
            let key = Key::of(command.dir()?)?;
            Some(key.public() == receipt.public_key && key.id_hash(&command.bot, whom) == receipt.id_hash)
        }
        None => None,
    };
    if command.json {
        print_json(&json!({"genuine": genuine, "public_key": receipt.public_key, "is_of": of_them}));
    } else {
        match genuine {
            true => println!("Genuine: signed with the key {}.", receipt.public_key),
            false => {
                println!("Not genuine: something of it was changed, or it was never signed with the key it names.")
            }
        }
        match of_them {
            Some(true) => println!("It is of the one named."),
            Some(false) => println!("It is of another one than the one named, or of another server."),
            None => {}
        }
    }
    Ok(if genuine && of_them != Some(false) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(receipt: &Receipt) {
    let Receipt { number, at, by, bot, subject, purge, removed, backups, .. } = receipt;
    let counts = if *purge { format!("{} days were counted anew", removed.days) } else { "the counts stayed".into() };
    println!(
        "{number}: a {} of {bot}, by {by} at {at}: {} sessions with {} events, {} leads, {} questions; {counts}.",
        subject.name(),
        removed.sessions,
        removed.events,
        removed.leads,
        removed.questions
    );
    for backup in backups {
        println!("  {} still holds it.", backup.file);
    }
}
