//! Reports that are sent by mail, what they look like, and what became of them: /api/reports…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use warp::http::{HeaderMap, HeaderValue, Response as HttpResponse, StatusCode};
use warp::reply::Response;

use super::body::Body;
use super::changes::{changed, decoded, done, recorded};
use super::params::Params;
use super::respond::{Answered, json_answer};
use super::{App, shown};
use crate::language::Language;
use crate::limits::{MAIL_ADDRESS_BYTES_MAX, REPORT_HISTORY_MAX, REPORT_RECIPIENTS_MAX};
use crate::report::figures::Figures;
use crate::report::page::Page;
use crate::report::period::{Asked, Every};
use crate::report::section::Section;
use crate::report::{Format, Report, file_name, public_url};
use crate::settings::Document;

pub const DEFAULT_HISTORY: usize = 100;
/// A report has a picture or two and styles of its own, runs nothing, asks for nothing, and is framed by our pages alone.
const REPORT_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'self'; form-action 'none'; \
                             frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// A report to be.
#[derive(Deserialize, JsonSchema)]
pub struct ReportBody(Report);

/// To whom a report is sent at once.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBody {
    /// Addresses of mail, of the report's recipients or of others; all of its recipients, unless given.
    #[schemars(length(min = 1, max = REPORT_RECIPIENTS_MAX))]
    #[schemars(inner(length(max = MAIL_ADDRESS_BYTES_MAX)))]
    to: Option<Vec<String>>,
}

/// GET /api/reports
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let (document, memory) = (app.settings.now(), app.press.memory());
    let seen = document.reports.list.iter().filter(|(_, kept)| app.caller.asker.sees(&kept.report.bot));
    let mut rows: Vec<_> = seen
        .map(|(id, kept)| {
            let next_ms = if kept.report.enabled { app.press.next_ms(kept).ok() } else { None };
            let latest = memory.history.iter().rev().find(|sent| sent.id == *id);
            shown::ReportRow::of(id, kept, next_ms, latest.map(|sent| sent.at_ms))
        })
        .collect();
    rows.sort_by(|one, other| one.report.name.cmp(&other.report.name).then_with(|| one.id.cmp(other.id)));
    let links = app.press.public_url(None).is_some();
    Ok(json_answer(StatusCode::OK, &shown::ReportList::of(rows, links)))
}

/// GET /api/reports/history?limit=100
pub fn history(app: &App, mut params: Params) -> Answered {
    let limit = params.whole("limit", 1..=REPORT_HISTORY_MAX)?.unwrap_or(DEFAULT_HISTORY);
    params.finish()?;
    let (memory, pages) = (app.press.memory(), app.desk.book.pages());
    let latest = memory.history.iter().rev().filter(|sent| app.caller.asker.sees(&sent.bot)).take(limit);
    let entries = latest.map(|sent| shown::ReportSent::of(sent, &pages.deliveries(&sent.channel)));
    Ok(json_answer(StatusCode::OK, &shown::ReportHistory::of(entries.collect())))
}

/// GET /api/reports/preview?bot=&period=last-week&language=en&sections=&format=html&public_url=
pub fn preview(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let asked = params.parsed("period", Asked::EXPECTED, |text| text.parse().ok())?.unwrap_or(Asked::Last(Every::Week));
    let language = params.parsed("language", "en or pl", Language::named)?.unwrap_or_default();
    let what = "names of parts, with commas between them";
    let sections = params.parsed("sections", what, named_sections)?.unwrap_or_else(|| Section::ALL.to_vec());
    let format = params.parsed("format", "one of html, text, pdf, csv", Format::named)?.unwrap_or(Format::Html);
    let own = params.take("public_url").filter(|url| !url.is_empty()).map(|url| public_url(&url)).transpose()?;
    params.finish()?;
    let period = asked.period(app.engine.today(&bot)?);
    let figures = Figures::gather(&*app.engine, &bot, period, &sections)?;
    let page = Page::of(&figures, &sections, language, app.press.public_url(own.as_deref()));
    let bytes = format.of(&figures, &page)?;
    let disposition = if format.is_shown() { "inline" } else { "attachment" };
    let disposition = format!("{disposition}; filename=\"{}.{}\"", file_name(&bot, period), format.ending());
    let mut response: Response = HttpResponse::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(REPORT_POLICY));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).expect("letters that every system takes"));
    Ok(response)
}

fn named_sections(text: &str) -> Option<Vec<Section>> {
    let named = |name: &str| Section::ALL.into_iter().find(|section| section.name() == name);
    text.split(',').map(named).collect()
}

/// POST /api/reports
pub async fn add(app: App, headers: HeaderMap, body: Body) -> Answered {
    let report = body.json::<ReportBody>(&headers).await?.0.checked()?;
    app.engine.bot(&report.bot)?;
    let (name, now_ms) = (report.name.clone(), app.clock.now_ms());
    let add = move |document: &mut Document| document.reports.add(report, &document.channels, now_ms);
    let id = changed(&app, "report added", name, add).await?;
    Ok(json_answer(StatusCode::OK, &shown::Made::of(&id)))
}

/// PUT /api/reports/{id}
pub async fn change(app: App, id: &str, headers: HeaderMap, body: Body) -> Answered {
    let id = decoded(id)?;
    let report = body.json::<ReportBody>(&headers).await?.0.checked()?;
    app.engine.bot(&report.bot)?;
    let (name, now_ms) = (report.name.clone(), app.clock.now_ms());
    changed(&app, "report changed", name, move |document| {
        document.reports.replace(&id, report, &document.channels, now_ms)
    })
    .await?;
    Ok(done())
}

/// DELETE /api/reports/{id}
pub async fn remove(app: App, id: &str) -> Answered {
    let id = decoded(id)?;
    let name = app.settings.now().reports.find(&id)?.report.name.clone();
    changed(&app, "report removed", name, move |document| document.reports.remove(&id)).await?;
    Ok(done())
}

/// POST /api/reports/{id}/send
pub async fn send(app: App, id: &str, headers: HeaderMap, body: Body) -> Answered {
    let id = decoded(id)?;
    let SendBody { to } = body.json(&headers).await?;
    let name = app.settings.now().reports.find(&id)?.report.name.clone();
    let (press, by) = (app.press.clone(), app.caller.asker.name());
    let count = recorded(&app, "report sent", Some(name), move || press.send_now(&id, to, &by)).await?;
    Ok(json_answer(StatusCode::OK, &shown::ReportPosted::of(count)))
}
