//! The way out of a report's recipients, for whoever holds the link of its mail. No one has to log in; a GET only asks, as
//! mail programs follow links before people do, and a POST does it (RFC 8058).

use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use warp::http::{HeaderValue, Response as HttpResponse, StatusCode};
use warp::reply::Response;

use super::App;
use super::assets::VERSION;
use super::auth::{actor, waited};
use super::params::Params;
use super::respond::Answered;
use crate::access::Actor;
use crate::error::Error;
use crate::language::Language;
use crate::limits::REPORT_TOKEN_BYTES_MAX;
use crate::report::html::escaped;
use crate::report::words::Words;

const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Who did it, in the record of changes.
const BY: &str = "link of a mail";

/// Which report, and whose link.
fn link(params: &mut Params) -> Answered<(String, String)> {
    let what = format!("what the link of a mail has, at most {REPORT_TOKEN_BYTES_MAX} bytes");
    let short = |text: &str| (1..=REPORT_TOKEN_BYTES_MAX).contains(&text.len()).then(|| text.to_owned());
    let report = params.parsed("report", &what, short)?.unwrap_or_default();
    Ok((report, params.parsed("token", &what, short)?.unwrap_or_default()))
}

/// GET /api/reports/unsubscribe?report=&token=
pub fn ask(app: &App, mut params: Params) -> Answered {
    let (id, token) = link(&mut params)?;
    params.finish()?;
    let document = app.settings.now();
    let reports = &document.reports;
    let (Some(kept), Some(address)) = (reports.list.get(&id), reports.holder(&id, &token)) else {
        return Ok(unknown());
    };
    let language = kept.report.language;
    let words = Words::of(language);
    let (name, address) = (escaped(&kept.report.name), escaped(address));
    let (question, yes) = (words.unsubscribe_question, words.unsubscribe_yes);
    let form = format!(
        "<p>{question}</p><p class=\"quiet\">{name} · {address}</p><form method=\"post\" action=\"\"><button type=\"submit\" \
         class=\"button strong\">{yes}</button></form>"
    );
    Ok(page(StatusCode::OK, language, &form))
}

/// POST /api/reports/unsubscribe?report=&token=
pub async fn leave(app: App, mut params: Params) -> Answered {
    let (id, token) = link(&mut params)?;
    params.finish()?;
    // Whoever is logged in to this browser, it is the link that does it.
    let actor = Actor { name: BY.to_owned(), ..actor(&app) };
    let (settings, access) = (app.settings.clone(), app.access.clone());
    let leave = move || {
        let document = settings.now();
        let reports = &document.reports;
        // Whoever has no link of ours is to write no file.
        let Some(language) = reports.holder(&id, &token).map(|_| reports.list[&id].report.language) else {
            return Ok(None);
        };
        let left = settings.change(|document| Ok(document.reports.unsubscribe(&id, &token)))?;
        if let Some((name, address)) = left {
            access.record_now(&actor, "unsubscribed from a report", Some(format!("{name}: {address}")));
        }
        Ok::<_, Error>(Some(language))
    };
    let left = waited(tokio::task::spawn_blocking(leave).await)??;
    Ok(left.map_or_else(unknown, |language| {
        page(StatusCode::OK, language, &format!("<p>{}</p>", Words::of(language).unsubscribed))
    }))
}

/// Of whom nothing is known, not even his language.
fn unknown() -> Response {
    let lines = [Language::En, Language::Pl]
        .map(|language| format!("<p lang=\"{}\">{}</p>", language.tag(), Words::of(language).unsubscribe_unknown));
    page(StatusCode::NOT_FOUND, Language::En, &lines.concat())
}

/// Its form says which page sends it: with the policy of all other answers a browser would say that none does, and be refused.
fn page(status: StatusCode, language: Language, body: &str) -> Response {
    let styles = ["base", "parts", "forms", "login"]
        .map(|name| format!("<link rel=\"stylesheet\" href=\"/assets/{VERSION}/styles/{name}.css\">\n"));
    let text = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"same-origin\">\n<meta \
         name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"/assets/{VERSION}/icon.svg\">\n<title>NovaHouse</title>\n\
         {}</head>\n<body>\n<main class=\"login\"><div class=\"form login-card\"><div class=\"login-head\"><h1 \
         class=\"wordmark\">NovaHouse</h1></div>{body}</div></main>\n</body>\n</html>\n",
        language.tag(),
        styles.concat()
    );
    let mut response: Response = HttpResponse::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
