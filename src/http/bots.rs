//! GET /api/bots: which bots there are, and what day it is for each.

use serde_json::{Value, json};

use super::App;
use super::params::Params;
use super::respond::{Answered, success};

pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let now_ms = app.clock.now_ms();
    let bots = app.engine.bots()?.into_iter();
    let bots: Vec<Value> =
        bots.map(|bot| json!({"name": bot.name, "timezone": bot.zone.name(), "today": bot.zone.day(now_ms)})).collect();
    Ok(success(&json!({"bots": bots})).response(&app.clock))
}
