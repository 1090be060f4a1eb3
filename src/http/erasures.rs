//! Persons and sessions that are erased, the receipts for it, and what is held of a person.

use super::App;
use super::auth::{actor, waited};
use super::changes::decoded;
use super::params::Params;
use super::respond::{Answered, success};
use super::shown::{ErasureAnswer, ErasureList};
use super::streamed::{Download, download};
use crate::engine::Whom;
use crate::erasure::{Done, Request, Subject, read};
use crate::error::Error;
use crate::limits::ERASURES_LISTED_MAX;
use crate::model::day::rfc3339;
use crate::transfer::person::write_person;

const DEFAULT_LIMIT: u32 = 100;

/// DELETE /api/users/{id}, DELETE /api/sessions/{session_id}
pub async fn erase(app: App, encoded_id: &str, mut params: Params, subject: Subject) -> Answered {
    let bot = params.bot()?;
    let purge = params.boolean("purge")?.unwrap_or(false);
    params.finish()?;
    let (id, actor, asked) = (decoded(encoded_id)?, actor(&app), app.clone());
    // Whoever goes away meanwhile leaves no erasure without its line in the record.
    let erase = move || {
        let whom = match subject {
            Subject::User => Whom::User(&id),
            Subject::Session => Whom::Session(&id),
        };
        let request = Request { bot: &bot, whom, purge, by: &actor.name };
        let Done { receipt, sessions } = asked.eraser.erase(&*asked.engine, &request)?;
        asked.ingest.live().forget();
        asked.chat.forget(&bot, &sessions);
        asked.access.record_now(&actor, receipt.action(), Some(receipt.target()));
        Ok::<_, Error>(receipt)
    };
    let receipt = waited(tokio::task::spawn_blocking(erase).await)??;
    Ok(success(&ErasureAnswer { receipt }).response(&app.clock))
}

/// GET /api/erasures
pub fn list(app: &App, mut params: Params) -> Answered {
    let limit = params.whole("limit", 1..=ERASURES_LISTED_MAX)?.unwrap_or(DEFAULT_LIMIT);
    params.finish()?;
    let mut receipts = read(&app.engine.erasures()?)?;
    receipts.retain(|receipt| app.caller.asker.sees(&receipt.bot));
    receipts.truncate(limit as usize);
    Ok(success(&ErasureList { public_key: app.eraser.public_key()?, receipts }).response(&app.clock))
}

/// GET /api/users/{id}/export
pub fn export(app: &App, mut params: Params, encoded_id: &str) -> Answered {
    let bot = params.bot()?;
    params.finish()?;
    let user = decoded(encoded_id)?;
    let (engine, exported_at) = (app.engine.clone(), rfc3339(app.clock.now_ms()));
    let target = Some(bot.clone());
    let as_file = Download { content_type: "application/json", file_name: "novahouse-user.json" };
    let write = move |mut out: &mut dyn std::io::Write| write_person(&*engine, &bot, &user, &exported_at, &mut out);
    let response = download(app.readers.export()?, &as_file, write)?;
    app.access.record_now(&actor(app), "user exported", target);
    Ok(response)
}
