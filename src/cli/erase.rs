//! `novahouse erase`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, print_json};
use crate::clock::Clock;
use crate::engine::Whom;
use crate::erasure::{Done, Eraser, Key, Receipt, Request, Subject, read};
use crate::error::{Error, Result};
use crate::limits::RECEIPT_BYTES_MAX;
use crate::model::DEFAULT_BOT;
use crate::store::{Options, RedbEngine, erasures, or_ask_for};

/// As receipts and the audit log name who did it.
const ACTOR: &str = "command line";

#[derive(Args)]
#[command(after_help = "Examples:\n  novahouse erase --user jan@example.com --data ./db\n  \
                        novahouse erase --session 8f2c --bot shop --purge --data ./db\n  \
                        novahouse erase --list --data ./db\n  novahouse erase --verify receipt.json --data ./db\n\n\
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
    /// Say whether a receipt is unchanged; with --data whether this directory's server gave it, and with --user or --session,
    /// too, whether it is of that one. The saved answer of an erasure will do
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
    let access = access(&DataDir { dir: dir.clone() })?;
    let engine =
        RedbEngine::open(dir, &Options::default()).map_err(|error| or_ask_for(error, by_api(Subject::of(whom))))?;
    let eraser = Eraser::new(dir, command.backup_to.clone(), Clock::System);
    let request = Request { bot: &command.bot, whom, purge: command.purge, by: ACTOR };
    let Done { receipt, sessions: _ } = eraser.erase(&engine, &request)?;
    record(&access, receipt.action(), &receipt.target());
    engine.close()?;
    match command.json {
        true => print_json(&json!({ "receipt": receipt })),
        false => tell(&receipt),
    }
    Ok(ExitCode::SUCCESS)
}

/// The request that does the same.
fn by_api(subject: Subject) -> &'static str {
    match subject {
        Subject::User => "DELETE /api/users/{id}",
        Subject::Session => "DELETE /api/sessions/{session_id}",
    }
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

/// What can be said of a receipt.
struct Verified {
    receipt: Receipt,
    /// Nothing of it was changed since it was signed with the key that it names. Anyone can sign with a key of his own.
    unchanged: bool,
    /// The directory's own key, where one is given.
    own_key: Option<OwnKey>,
    /// Whether it is of the one named.
    is_of: Option<bool>,
}

/// `None` where the directory has never signed anything.
type OwnKey = Option<String>;

impl Verified {
    /// Whether the directory's server has signed it; `None` where no directory is given.
    fn is_own(&self) -> Option<bool> {
        self.own_key.as_ref().map(|own| own.as_ref() == Some(&self.receipt.public_key))
    }

    /// `None` where it is not known whose key it is.
    fn is_genuine(&self) -> Option<bool> {
        if self.unchanged { self.is_own() } else { Some(false) }
    }

    fn tell(&self) {
        let key = &self.receipt.public_key;
        match (self.unchanged, &self.own_key) {
            (false, _) => {
                println!("Not genuine: something of it was changed, or it was never signed with the key it names.")
            }
            (true, None) => println!(
                "Unchanged since it was signed with the key {key}.\nWhether that is your server's key a receipt cannot tell, as \
                 anyone can sign one with a key of his own: give --data, or compare it with `public_key` of GET /api/erasures."
            ),
            (true, Some(_)) if self.is_own() == Some(true) => {
                println!("Genuine: signed with the key {key}, which is this directory's.")
            }
            (true, Some(Some(own))) => {
                println!("Not genuine: signed with the key {key}, and this directory's is {own}.")
            }
            (true, Some(None)) => {
                println!("Not genuine: signed with the key {key}, and this directory has never signed anything.")
            }
        }
        match self.is_of {
            Some(true) => println!("It is of the one named."),
            Some(false) => println!("It is of another one than the one named, or of another server."),
            None => {}
        }
    }
}

fn verify(command: &Erase, file: &PathBuf) -> Result<ExitCode> {
    let receipt = read_receipt(file)?;
    let own_key = command.data.dir.as_deref().map(Key::known_public).transpose()?;
    let is_of = command.whom().map(|whom| is_of(command, whom, &receipt)).transpose()?;
    let verified = Verified { unchanged: receipt.is_genuine(), receipt, own_key, is_of };
    if command.json {
        print_json(&json!({
            "genuine": verified.is_genuine(), "unchanged": verified.unchanged, "public_key": verified.receipt.public_key,
            "is_of": verified.is_of,
        }));
    } else {
        verified.tell();
    }
    let is_refuted = verified.is_genuine() == Some(false) || verified.is_of == Some(false);
    Ok(if is_refuted { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn is_of(command: &Erase, whom: Whom<'_>, receipt: &Receipt) -> Result<bool> {
    let dir = command.dir()?;
    // Where there is no key, none is made only to be asked.
    let has_key = Key::known_public(dir)?.is_some();
    Ok(has_key && Key::of(dir)?.id_hash(&command.bot, whom) == receipt.id_hash)
}

/// A receipt by itself, or within the answer that it came with.
#[derive(Deserialize)]
#[serde(untagged)]
enum Saved {
    Answer { receipt: Value },
    Receipt(Value),
}

fn read_receipt(file: &PathBuf) -> Result<Receipt> {
    let unusable = |why: &dyn std::fmt::Display| Error::Unusable(format!("{}: {why}", file.display()));
    let length = std::fs::metadata(file).map_err(|error| unusable(&error))?.len();
    if length > RECEIPT_BYTES_MAX {
        return Err(unusable(&format!("expected a receipt of at most {RECEIPT_BYTES_MAX} bytes")));
    }
    let text = std::fs::read(file).map_err(|error| unusable(&error))?;
    let saved = serde_json::from_slice(&text).and_then(|saved| match saved {
        Saved::Answer { receipt } | Saved::Receipt(receipt) => serde_json::from_value(receipt),
    });
    saved.map_err(|error| unusable(&format!("it is no receipt: {error}")))
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
