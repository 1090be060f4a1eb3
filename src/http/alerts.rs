//! Rules that watch figures, what became of them, and silences: /api/alerts…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::{HeaderMap, StatusCode};

use super::auth::waited;
use super::body::Body;
use super::changes::{changed, decoded, done, recorded};
use super::params::Params;
use super::respond::{Answered, json_answer};
use super::{App, shown};
use crate::access::Asker;
use crate::alert::{self, Rule, Silence, backtest, no_rule};
use crate::limits::ALERT_HISTORY_MAX;

pub const DEFAULT_HISTORY: usize = 100;

/// A rule to be.
#[derive(Deserialize, JsonSchema)]
pub struct RuleBody(Rule);

/// A silence to be.
#[derive(Deserialize, JsonSchema)]
pub struct SilenceBody(Silence);

/// Whether there is something of this bot for him; what is of no bot is for those who see all.
pub fn sees(asker: &Asker, bot: Option<&str>) -> bool {
    bot.map_or_else(|| asker.bots().is_none(), |bot| asker.sees(bot))
}

/// GET /api/alerts
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let (document, memory, latest) = (app.settings.now(), app.desk.watch.memory(), app.desk.watch.latest());
    let (alerts, now_ms) = (&document.alerts, app.clock.now_ms());
    let asker = &app.caller.asker;
    let seen = |rule: &Rule| sees(asker, rule.bot.as_deref());
    let rules = alerts.rules.iter().filter(|(_, rule)| seen(rule));
    let mut rows: Vec<_> = rules
        .map(|(id, rule)| {
            let muted = alerts.silences.values().filter(|silence| silence.mutes(id, rule, now_ms));
            let until = muted.filter_map(Silence::until_ms).max();
            shown::AlertRow::of(id, rule, memory.states.get(id), latest.get(id), until)
        })
        .collect();
    rows.sort_by(|one, other| one.rule.name.cmp(&other.rule.name).then_with(|| one.id.cmp(other.id)));
    let is_for_him = |silence: &&Silence| match (&silence.rule, &silence.bot) {
        (Some(id), _) => alerts.rules.get(id).is_some_and(seen),
        (None, bot) => bot.as_deref().is_none_or(|bot| asker.sees(bot)),
    };
    let silences = alerts.silences.iter().filter(|(_, silence)| is_for_him(silence));
    let silences = silences.filter(|(_, silence)| !silence.is_over(now_ms));
    let silences = silences.map(|(id, silence)| shown::SilenceRow { id, silence }).collect();
    Ok(json_answer(StatusCode::OK, &shown::AlertList::of(rows, silences)))
}

/// GET /api/alerts/history?limit=100
pub fn history(app: &App, mut params: Params) -> Answered {
    let limit = params.whole("limit", 1..=ALERT_HISTORY_MAX)?.unwrap_or(DEFAULT_HISTORY);
    params.finish()?;
    let memory = app.desk.watch.memory();
    let latest = memory.history.iter().rev().filter(|one| sees(&app.caller.asker, one.bot.as_deref()));
    let entries = latest.take(limit).map(shown::HistoryEntry::from).collect();
    Ok(json_answer(StatusCode::OK, &shown::AlertHistory::of(entries)))
}

/// GET /api/alerts/offers?bot=
pub fn offers(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    params.finish()?;
    let bot = app.engine.bot(&bot)?;
    Ok(json_answer(StatusCode::OK, &shown::AlertOffers::of(alert::offered(&bot.name))))
}

/// POST /api/alerts/backtest
pub async fn try_out(app: App, headers: HeaderMap, body: Body) -> Answered {
    let rule = body.json::<RuleBody>(&headers).await?.0.checked()?;
    // Months of hours: one of those that may read much.
    let place = app.readers.list().await?;
    let (engine, now_ms, asked) = (app.engine.clone(), app.clock.now_ms(), rule.clone());
    let go_through = move || {
        let tried = backtest(&*engine, &asked, now_ms);
        drop(place);
        tried
    };
    let tried = waited(tokio::task::spawn_blocking(go_through).await)??;
    Ok(json_answer(StatusCode::OK, &shown::BacktestAnswer::of(&rule, tried)))
}

/// POST /api/alerts
pub async fn add(app: App, headers: HeaderMap, body: Body) -> Answered {
    let rule = body.json::<RuleBody>(&headers).await?.0.checked()?;
    check_bot(&app, rule.bot.as_deref())?;
    let name = rule.name.clone();
    let id =
        changed(&app, "alert rule added", name, move |document| document.alerts.add(rule, &document.channels)).await?;
    Ok(json_answer(StatusCode::OK, &shown::Made::of(&id)))
}

/// PUT /api/alerts/{id}
pub async fn change(app: App, id: &str, headers: HeaderMap, body: Body) -> Answered {
    let id = decoded(id)?;
    let rule = body.json::<RuleBody>(&headers).await?.0.checked()?;
    check_bot(&app, rule.bot.as_deref())?;
    let name = rule.name.clone();
    changed(&app, "alert rule changed", name, move |document| document.alerts.replace(&id, rule, &document.channels))
        .await?;
    Ok(done())
}

/// DELETE /api/alerts/{id}
pub async fn remove(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let name = named(&app, &id)?;
    changed(&app, "alert rule removed", name, move |document| document.alerts.remove(&id)).await?;
    Ok(done())
}

/// POST /api/alerts/{id}/acknowledge
pub async fn acknowledge(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let (watch, target, by) = (app.desk.watch.clone(), named(&app, &id)?, app.caller.asker.name());
    recorded(&app, "alert acknowledged", Some(target), move || watch.acknowledge(&id, &by)).await?;
    Ok(done())
}

/// POST /api/alerts/silences
pub async fn silence(app: App, headers: HeaderMap, body: Body) -> Answered {
    let silence = body.json::<SilenceBody>(&headers).await?.0;
    let now_ms = app.clock.now_ms();
    silence.check(now_ms)?;
    check_bot(&app, silence.bot.as_deref())?;
    let of = app.settings.now().alerts.silenced(&silence);
    let id = changed(&app, "alerts silenced", of, move |document| document.alerts.silence(silence, now_ms)).await?;
    Ok(json_answer(StatusCode::OK, &shown::Made::of(&id)))
}

/// DELETE /api/alerts/silences/{id}
pub async fn end_silence(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let known = app.settings.now();
    let of = known.alerts.silences.get(&id).map_or_else(|| id.clone(), |silence| known.alerts.silenced(silence));
    changed(&app, "silence ended", of, move |document| document.alerts.end_silence(&id)).await?;
    Ok(done())
}

/// A rule's name, for the record.
fn named(app: &App, id: &str) -> Answered<String> {
    Ok(app.settings.now().alerts.rules.get(id).ok_or_else(|| no_rule(id))?.name.clone())
}

fn check_bot(app: &App, bot: Option<&str>) -> Answered<()> {
    match bot {
        Some(bot) => Ok(app.engine.bot(bot).map(|_| ())?),
        None => Ok(()),
    }
}
