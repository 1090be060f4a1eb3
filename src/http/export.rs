//! GET /api/analytics/export: streamed, in memory that does not grow with what is exported.

use super::App;
use super::analytics::range;
use super::entry::forbidden;
use super::params::Params;
use super::respond::{Answered, Failure};
use super::streamed::{Download, download};
use crate::access::Needs;
use crate::model::day::rfc3339;
use crate::transfer::format::{ExportFormat, ExportPlan, ExportSelection, write_export};

const DEFAULT_DAYS: u32 = 30;

pub fn export(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let what = "one of overview, leads, engagement, intents, performance, events, all";
    let selection = params.parsed("type", what, ExportSelection::named)?.unwrap_or(ExportSelection::Overview);
    let format =
        params.parsed("format", "one of json, csv, ndjson", ExportFormat::named)?.unwrap_or(ExportFormat::Json);
    let window = params.window(DEFAULT_DAYS)?;
    params.finish()?;
    let of_people = matches!(selection, ExportSelection::Leads | ExportSelection::Engagement);
    if !app.caller.asker.may(if of_people { Needs::People } else { Needs::Figures }) {
        return Err(forbidden("your role exports sessions and leads only: type=engagement or type=leads"));
    }
    let plan = ExportPlan {
        period_days: range(app, &bot, window)?.len(),
        exported_at: rfc3339(app.clock.now_ms()),
        bot,
        selection,
        format,
        window,
    };
    plan.validate().map_err(Failure::invalid)?;

    let place = app.readers.export()?;
    let (engine, file_name) = (app.engine.clone(), plan.file_name());
    let as_file = Download { content_type: format.content_type(), file_name: &file_name };
    Ok(download(place, &as_file, move |mut out| write_export(&*engine, &plan, &mut out))?)
}
