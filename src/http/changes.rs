//! What all changes of settings have in common.

use super::App;
use super::auth::{actor, waited};
use super::respond::{Answered, Failure};
use crate::error::{Error, Result};
use crate::settings::Document;

/// Changes the settings on a thread that may wait for the disk, and records it there: whoever goes away meanwhile leaves no
/// change without its line.
pub async fn changed<T: Send + 'static>(
    app: &App,
    action: &'static str,
    target: String,
    change: impl FnOnce(&mut Document) -> Result<T> + Send + 'static,
) -> Answered<T> {
    let (settings, access, actor) = (app.settings.clone(), app.access.clone(), actor(app));
    let made = move || {
        let made = settings.change(change)?;
        access.record_now(&actor, action, Some(target));
        Ok::<T, Error>(made)
    };
    Ok(waited(tokio::task::spawn_blocking(made).await)??)
}

/// A name in a path.
pub fn decoded(encoded: &str) -> Answered<String> {
    let name = percent_encoding::percent_decode_str(encoded).decode_utf8();
    name.map(String::from).map_err(|_| Failure::invalid("the name in the path: expected UTF-8"))
}
