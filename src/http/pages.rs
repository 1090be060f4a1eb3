//! The embedded pages. In a debug build they are read from disk, so that a reload shows an edit.

use rust_embed::RustEmbed;
use warp::Filter;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::respond::{method_not_allowed, not_found};
use super::routes::{Route, is_get, path};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// Everything comes from this server, and nothing is inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// GET / and the files of the pages.
pub fn pages() -> Route {
    let home = path(&[]).and(warp::method()).map(|method: Method| {
        if !is_get(&method) {
            return method_not_allowed("GET, HEAD");
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(LOCATION, HeaderValue::from_static("/dashboard.html"));
        response
    });
    let files = warp::path!(String).and(warp::method()).and(warp::header::headers_cloned()).map(file);
    home.or(files).unify().boxed()
}

fn file(name: String, method: Method, headers: HeaderMap) -> Response {
    let Some(file) = Assets::get(&name) else { return not_found() };
    if !is_get(&method) {
        return method_not_allowed("GET, HEAD");
    }
    let etag = format!("\"{}\"", blake3::hash(&file.data).to_hex());
    let mut response = Response::default();
    let known = headers.get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response = warp::http::Response::new(file.data.into_owned().into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type(&name)));
    }
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&etag).expect("a hash in quotes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
