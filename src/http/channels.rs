//! Channels that alerts are told by: /api/channels…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::{HeaderMap, StatusCode};

use super::alerts::sees;
use super::auth::waited;
use super::body::Body;
use super::changes::{changed, decoded, done};
use super::params::Params;
use super::respond::{Answered, json_answer};
use super::{App, shown};
use crate::alert::take_out_channel;
use crate::limits::CHANNEL_NAME_BYTES_MAX;
use crate::notify::{self, Draft, check_name, find};
use crate::settings::Document;

/// A channel to be, with its name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannelBody {
    /// What it is called in rules: letters, digits, spaces, `.`, `_` or `-`.
    #[schemars(length(min = 1, max = CHANNEL_NAME_BYTES_MAX))]
    name: String,
    channel: Draft,
}

/// GET /api/channels
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let (document, pages) = (app.settings.now(), app.desk.book.pages());
    let asker = &app.caller.asker;
    // What was told tells of bots, which there may not be for him.
    let sees_all = asker.bots().is_none();
    let rows = document.channels.iter().map(|(name, channel)| {
        let latest = sees_all.then(|| pages.deliveries(name).into_iter().next()).flatten();
        let rules = document.alerts.telling(name, |rule| sees(asker, rule.bot.as_deref()));
        shown::ChannelRow::of(name, channel, rules, latest)
    });
    Ok(json_answer(StatusCode::OK, &shown::ChannelList::of(rows.collect())))
}

/// GET /api/channels/{name}/deliveries
pub fn deliveries(app: &App, params: Params, name: &str) -> Answered {
    params.finish()?;
    let name = decoded(name)?;
    find(&app.settings.now().channels, &name)?;
    // What was told tells of bots.
    let sees_all = app.caller.asker.bots().is_none();
    let deliveries = if sees_all { app.desk.book.pages().deliveries(&name) } else { Vec::new() };
    let rows = deliveries.into_iter().map(shown::DeliveryRow::from).collect();
    Ok(json_answer(StatusCode::OK, &shown::DeliveryList::of(rows)))
}

/// POST /api/channels
pub async fn add(app: App, headers: HeaderMap, body: Body) -> Answered {
    let NewChannelBody { name, channel } = body.json(&headers).await?;
    check_name(&name)?;
    let channel = channel.channel(None)?;
    let target = name.clone();
    changed(&app, "channel added", target, move |document| notify::add(&mut document.channels, &name, channel)).await?;
    Ok(done())
}

/// PUT /api/channels/{name}
pub async fn change(app: App, name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(name)?;
    let draft: Draft = body.json(&headers).await?;
    let target = name.clone();
    let change = move |document: &mut Document| notify::change(&mut document.channels, &name, |_| Ok(draft));
    changed(&app, "channel changed", target, change).await?;
    Ok(done())
}

/// DELETE /api/channels/{name}
pub async fn remove(app: App, name: &str) -> Answered {
    let name = decoded(name)?;
    let (target, gone) = (name.clone(), name.clone());
    changed(&app, "channel removed", target, move |document| take_out_channel(document, &name)).await?;
    let book = app.desk.book.clone();
    // What became of its messages is of no one's interest any more.
    let forget = move || book.change(|pages| pages.keep_channels(|channel| channel != gone));
    if let Err(failure) = waited(tokio::task::spawn_blocking(forget).await)? {
        tracing::warn!(error = %failure, "the log of a channel that was removed is still there");
    }
    Ok(done())
}

/// POST /api/channels/{name}/test
pub async fn test(app: App, name: &str) -> Answered {
    let name = decoded(name)?;
    let done = app.desk.office.test(&name).await?;
    Ok(json_answer(StatusCode::OK, &shown::Tested::of(done)))
}
