//! How long bots keep what they were told: /api/retention.

use warp::http::HeaderMap;

use super::App;
use super::auth::{actor, waited};
use super::body::Body;
use super::changes::decoded;
use super::params::Params;
use super::respond::{Answered, success};
use super::shown::{KeepRow, KeptSince, RetentionAnswer, RetentionList, RetentionRow};
use crate::error::{Error, Result};
use crate::model::Bot;
use crate::settings::KeepChange;

/// GET /api/retention
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let settings = app.settings.now();
    let row = |bot: Bot| {
        let (keep, since) = (KeepRow::from(settings.keep(&bot.name)), KeptSince::from(app.engine.horizons(&bot.name)?));
        Ok(RetentionRow { name: bot.name, timezone: bot.zone.name(), keep, since })
    };
    let bots = app.engine.bots()?.into_iter().map(row).collect::<Result<_>>()?;
    Ok(success(&RetentionList { bots }).response(&app.clock))
}

/// PATCH /api/retention/{name}
pub async fn change(app: App, encoded_name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(encoded_name)?;
    let change: KeepChange = body.json(&headers).await?;
    let since = KeptSince::from(app.engine.horizons(&name)?);
    let (settings, access, actor) = (app.settings.clone(), app.access.clone(), actor(&app));
    let make = move || {
        let keep = settings.change(|document| document.change_keep(&name, change))?;
        access.record_now(&actor, "retention changed", Some(name));
        Ok::<_, Error>(keep)
    };
    let keep = KeepRow::from(waited(tokio::task::spawn_blocking(make).await)??);
    Ok(success(&RetentionAnswer { keep, since }).response(&app.clock))
}
