//! GET /api/bots: which bots there are, and what day it is for each.

use super::App;
use super::params::Params;
use super::respond::{Answered, success};
use super::shown::{BotList, BotRow};
use crate::model::Bot;

pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let now_ms = app.clock.now_ms();
    let bots = app.engine.bots()?.into_iter();
    let row = |bot: Bot| BotRow { name: bot.name, timezone: bot.zone.name(), today: bot.zone.day(now_ms) };
    Ok(success(&BotList { bots: bots.map(row).collect() }).response(&app.clock))
}
