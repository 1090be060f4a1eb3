//! GET /api/leads: who left contact data, newest first, page by page.

use std::collections::VecDeque;

use serde_json::json;

use super::App;
use super::params::Params;
use super::respond::{Answered, success};
use crate::engine::{ExportType, LeadRecord, Record};
use crate::limits::{LEADS_OFFSET_MAX, LEADS_PER_PAGE_MAX};

const DEFAULT_DAYS: u32 = 7;
const DEFAULT_LIMIT: u32 = 20;

pub fn list(app: &App, mut params: Params) -> Answered {
    let (bot, window) = (params.bot()?, params.window(DEFAULT_DAYS)?);
    let limit = params.whole("limit", 1..=LEADS_PER_PAGE_MAX)?.unwrap_or(DEFAULT_LIMIT);
    let skip = params.whole("offset", 0..=LEADS_OFFSET_MAX)?.unwrap_or(0);
    params.finish()?;
    // Leads come oldest first from an index of their own, and are few beside everything else: the last ones are kept.
    let wanted = skip as usize + limit as usize;
    let mut last: VecDeque<LeadRecord> = VecDeque::new();
    let mut total = 0u64;
    app.engine.export(&bot, ExportType::Leads, window, &mut |record| {
        let Record::Lead(lead) = record else { unreachable!("leads were asked for") };
        total += 1;
        if last.len() == wanted {
            last.pop_front();
        }
        last.push_back(lead);
        Ok(())
    })?;
    let page: Vec<&LeadRecord> = last.iter().rev().skip(skip as usize).collect();
    Ok(success(&app.clock, json!({"total": total, "leads": page})))
}
