//! What all changes of settings have in common.

use warp::http::StatusCode;
use warp::reply::Response;

use super::auth::{actor, waited};
use super::respond::{Answered, Failure, json_answer};
use super::{App, shown};
use crate::access::Changed;
use crate::error::{Error, Result};
use crate::settings::Document;

/// Makes a change on a thread that may wait for the disk, and records it there: whoever goes away meanwhile leaves no change
/// without its line. What a refused change was aimed at may be anyone's invention, and is not recorded.
pub async fn recorded<T: Send + 'static>(
    app: &App,
    action: &'static str,
    target: Option<String>,
    change: impl FnOnce() -> Result<T> + Send + 'static,
) -> Answered<T> {
    let (access, actor) = (app.access.clone(), actor(app));
    let make = move || {
        let made = change()?;
        access.record_now(&actor, action, target);
        Ok::<T, Error>(made)
    };
    Ok(waited(tokio::task::spawn_blocking(make).await)??)
}

/// The same of a change of the settings.
pub async fn changed<T: Send + 'static>(
    app: &App,
    action: &'static str,
    target: String,
    change: impl FnOnce(&mut Document) -> Result<T> + Send + 'static,
) -> Answered<T> {
    let settings = app.settings.clone();
    recorded(app, action, Some(target), move || settings.change(change)).await
}

/// The same of a setting of which the record says what it was, and what it has been since.
pub async fn told<T: Send + 'static>(
    app: &App,
    action: &'static str,
    target: String,
    change: impl FnOnce(&mut Document) -> Result<(T, Changed)> + Send + 'static,
) -> Answered<T> {
    let (settings, access, actor) = (app.settings.clone(), app.access.clone(), actor(app));
    let make = move || {
        let (made, changed) = settings.change(change)?;
        access.record_change(&actor, action, target, changed);
        Ok::<T, Error>(made)
    };
    Ok(waited(tokio::task::spawn_blocking(make).await)??)
}

/// What is answered where nothing else is to be said.
pub fn done() -> Response {
    json_answer(StatusCode::OK, &shown::Done::ANSWER)
}

/// A name in a path.
pub fn decoded(encoded: &str) -> Answered<String> {
    let name = percent_encoding::percent_decode_str(encoded).decode_utf8();
    name.map(String::from).map_err(|_| Failure::invalid("the name in the path: expected UTF-8"))
}
