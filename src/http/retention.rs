//! How long bots keep what they were told, what goes of it, and when: /api/retention.

use warp::http::HeaderMap;

use super::App;
use super::auth::actor;
use super::body::Body;
use super::changes::{decoded, recorded, told};
use super::params::Params;
use super::respond::{Answered, success};
use super::shown::{
    KeepRow, KeptSince, RetentionAnswer, RetentionForeseen, RetentionList, RetentionRow, RetentionRuns,
};
use crate::error::Result;
use crate::model::Bot;
use crate::settings::{Document, KeepChange};

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
    let target = name.clone();
    let change = move |document: &mut Document| document.change_keep_told(&name, change);
    let keep = KeepRow::from(told(&app, "retention changed", target, change).await?);
    Ok(success(&RetentionAnswer { keep, since }).response(&app.clock))
}

/// GET /api/retention/runs/next
pub fn next(app: &App, params: Params) -> Answered {
    params.finish()?;
    let bots = app.retention.would_go()?;
    Ok(success(&RetentionForeseen { bots: &bots }).response(&app.clock))
}

/// POST /api/retention/runs/now
pub async fn run_now(app: App) -> Answered {
    let (retention, by) = (app.retention.clone(), actor(&app).name);
    let begun = recorded(&app, "retention run", None, move || retention.run_now(by)).await?;
    Ok(success(&RetentionRuns::from(&begun)).response(&app.clock))
}

/// GET /api/retention/runs/last
pub fn last(app: &App, params: Params) -> Answered {
    params.finish()?;
    Ok(success(&RetentionRuns::from(&app.retention.status())).response(&app.clock))
}
