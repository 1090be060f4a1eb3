//! GET /api/leads: who left contact data, newest first, page by page.

use std::collections::VecDeque;

use super::App;
use super::analytics::range;
use super::params::Params;
use super::respond::{Answered, success};
use super::shown::LeadList;
use crate::engine::{ExportType, LeadRecord, Record, Window};
use crate::limits::{LEADS_OFFSET_MAX, LEADS_PER_PAGE_MAX};
use crate::model::DayRange;

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_LIMIT: u32 = 20;

pub fn list(app: &App, mut params: Params) -> Answered {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let limit = params.whole("limit", 1..=LEADS_PER_PAGE_MAX)?.unwrap_or(DEFAULT_LIMIT);
    let skip = params.whole("offset", 0..=LEADS_OFFSET_MAX)?.unwrap_or(0);
    params.finish()?;
    let Some(window) = kept(app, &bot, window)? else {
        return Ok(success(&LeadList { total: 0, leads: Vec::new() }).response(&app.clock));
    };
    let total = app.engine.leads(&bot, window)?.total_leads;
    // Leads come oldest first: of those counted, the page's lie before the last `skip`.
    let end = total.saturating_sub(u64::from(skip));
    let page = end.saturating_sub(u64::from(limit))..end;
    let mut leads: VecDeque<LeadRecord> = VecDeque::new();
    let mut place = 0;
    app.engine.export(&bot, ExportType::Leads, window, &mut |record| {
        let Record::Lead(lead) = record else { unreachable!("leads were asked for") };
        if page.contains(&place) {
            leads.push_front(lead);
        }
        place += 1;
        Ok(())
    })?;
    Ok(success(&LeadList { total, leads: leads.into() }).response(&app.clock))
}

/// The days of a window of which leads are still there, if any: of those before, the bot only counts them.
fn kept(app: &App, bot: &str, window: Window) -> Answered<Option<Window>> {
    let (days, first) = (range(app, bot, window)?, app.engine.horizons(bot)?.sessions);
    Ok(match days {
        days if days.first >= first => Some(window),
        days if days.last < first => None,
        days => Some(Window::Between(DayRange::new(first, days.last))),
    })
}
