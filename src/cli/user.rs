//! `novahouse user`

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{DataDir, ListFlags, print_json};
use crate::access::changes::{NewUser, UserChange, remove_user};
use crate::access::{Access, Actor, Changed, Role, made_password, password};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::limits::ACCESS_BODY_BYTES_MAX;
use crate::model::day::rfc3339;

#[derive(Args)]
#[command(after_help = "Example:\n  novahouse user add admin --role admin --data ./db\n\n\
                        Works beside a live server, which hears of it within a second or two.")]
pub(super) struct UserCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a user; the password is asked for, or made where no one can be asked
    Add {
        /// What he logs in as
        name: String,
        #[command(flatten)]
        data: DataDir,
        /// What he may do
        #[arg(long, value_enum)]
        role: Role,
        /// A bot that he may see; may be given several times, and stands for all where it is not
        #[arg(long, value_name = "BOT")]
        bot: Vec<String>,
        #[command(flatten)]
        password: PasswordFlag,
    },
    /// List the users
    List(ListFlags),
    /// Give a user another password, which ends his logins
    Passwd {
        /// What he logs in as
        name: String,
        #[command(flatten)]
        data: DataDir,
        #[command(flatten)]
        password: PasswordFlag,
    },
    /// Remove a user, which ends his logins
    Revoke {
        /// What he logs in as
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Args)]
struct PasswordFlag {
    /// Read the password from the standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(command: &UserCommand) -> Result<ExitCode> {
    match &command.action {
        Action::Add { name, data, role, bot, password } => add(name, data, *role, bot, password)?,
        Action::List(flags) => list(flags)?,
        Action::Passwd { name, data, password } => passwd(name, data, password)?,
        Action::Revoke { name, data } => {
            let access = access(data)?;
            let left = access.change(|accounts| {
                remove_user(accounts, name, false)?;
                Ok((accounts.is_empty(), accounts.admins()))
            })?;
            record(&access, "user removed", name);
            eprintln!("{name} is removed and logged out.");
            warn_of(left);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(name: &str, data: &DataDir, role: Role, bots: &[String], flag: &PasswordFlag) -> Result<()> {
    let access = access(data)?;
    let new = || NewUser { name: name.to_owned(), role, bots: bots.to_owned() };
    // Before anyone is asked for a password.
    new().check()?;
    let said = flag.password()?;
    let kept = password::hash(said.text())?;
    access.change(|accounts| new().add(accounts, kept, rfc3339(Clock::System.now_ms())))?;
    record(&access, "user added", name);
    eprintln!("{name} may log in, with the role {}.", role.name());
    said.print();
    Ok(())
}

fn passwd(name: &str, data: &DataDir, flag: &PasswordFlag) -> Result<()> {
    let access = access(data)?;
    if !access.accounts()?.users.iter().any(|user| user.name == name) {
        return Err(Error::NotFound(format!("there is no user named `{name}`")));
    }
    let said = flag.password()?;
    let kept = password::hash(said.text())?;
    let change = UserChange { password: Some(kept), ..UserChange::default() };
    access.change(|accounts| change.make(accounts, name))?;
    record(&access, "password changed", name);
    eprintln!("{name} has another password, and is logged out.");
    said.print();
    Ok(())
}

fn list(ListFlags { data, json }: &ListFlags) -> Result<()> {
    let users = access(data)?.accounts()?.users;
    if *json {
        let list = users.iter().map(
            |user| json!({"name": user.name, "role": user.role, "bots": user.bots, "created_at": user.created_at}),
        );
        print_json(&Value::Array(list.collect()));
        return Ok(());
    }
    for user in users {
        println!("{:<32} {:<8} {}", user.name, user.role.name(), or_all(&user.bots));
    }
    Ok(())
}

/// The accounts of a directory.
pub(super) fn access(data: &DataDir) -> Result<Access> {
    Access::load(&data.dir, Clock::System)
}

/// Who it was, in the record of changes.
pub(super) const ACTOR: &str = "command line";

pub(super) fn record(access: &Access, action: &'static str, target: &str) {
    let actor = Actor { name: ACTOR.to_owned(), address: None };
    access.record_now(&actor, action, Some(target.to_owned()));
}

/// The same of a setting, with what it was.
pub(super) fn record_change(access: &Access, action: &'static str, target: &str, changed: Changed) {
    let actor = Actor { name: ACTOR.to_owned(), address: None };
    access.record_change(&actor, action, target.to_owned(), changed);
}

pub(super) fn or_all(bots: &[String]) -> String {
    if bots.is_empty() { "all bots".to_owned() } else { bots.join(", ") }
}

/// What it means that no one is left.
pub(super) fn warn_of((is_empty, admins): (bool, usize)) {
    if is_empty {
        eprintln!(
            "No user and no key is left. A server that runs lets no one in; one that is started is open to everyone on \
             its machine, and refuses to listen beyond it."
        );
    } else if admins == 0 {
        eprintln!("No admin is left who could log in: novahouse user add NAME --role admin");
    }
}

/// A password, and whether anyone knows it yet.
enum Said {
    ByUser(String),
    Made(String),
}

impl PasswordFlag {
    fn password(&self) -> Result<Said> {
        let said = if self.password_stdin {
            let mut text = String::new();
            std::io::stdin().take(ACCESS_BODY_BYTES_MAX).read_to_string(&mut text)?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            line.strip_suffix('\r').unwrap_or(line).to_owned()
        } else if std::io::stdin().is_terminal() {
            asked()?
        } else {
            return made_password().map(Said::Made);
        };
        password::check("password", &said)?;
        Ok(Said::ByUser(said))
    }
}

/// Asked for twice, and not shown.
fn asked() -> Result<String> {
    let first = rpassword::prompt_password("Password: ")?;
    password::check("password", &first)?;
    if rpassword::prompt_password("The same again: ")? != first {
        return Err(Error::Invalid("the two passwords are not the same; nothing has changed".into()));
    }
    Ok(first)
}

impl Said {
    fn text(&self) -> &str {
        match self {
            Self::ByUser(text) | Self::Made(text) => text,
        }
    }

    /// Alone on the standard output, where no one knows it yet.
    fn print(&self) {
        if let Self::Made(text) = self {
            eprintln!("The password, which is shown this once:");
            println!("{text}");
        }
    }
}
