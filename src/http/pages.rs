//! The embedded pages. In a debug build the project's own files are read from disk, so that a reload shows an edit.

use warp::Filter;
use warp::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LOCATION, VARY,
};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::path::Tail;
use warp::reply::Response;

use super::assets::{self, Encoding};
use super::respond::{method_not_allowed, not_found};
use super::routes::{Route, at, is_get};

/// Everything comes from this server, and nothing is inline. Charts and figures set styles through the DOM, which needs
/// no `unsafe-inline`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An address with a version never changes what it gives.
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// GET / and the files of the pages.
pub fn pages() -> Route {
    let home = at("").and(warp::method()).map(|method: Method| {
        if !is_get(&method) {
            return method_not_allowed("GET, HEAD");
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(LOCATION, HeaderValue::from_static("/dashboard.html"));
        response
    });
    // GET /docs
    let docs = at("/docs")
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .map(|method: Method, headers: HeaderMap| file("docs.html", ASK_AGAIN, &method, &headers));
    // GET /dashboard.html
    let page = warp::path!(String)
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .map(|name: String, method: Method, headers: HeaderMap| file(&name, ASK_AGAIN, &method, &headers));
    // GET /assets/{version}/dashboard/main.js
    let asset = warp::path("assets")
        .and(warp::path::param())
        .and(warp::path::tail())
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .map(|version: String, tail: Tail, method: Method, headers: HeaderMap| {
            match version == assets::VERSION {
                // A file of another build under this build's name would be kept forever.
                false => not_found(),
                true if assets::FROM_DISK => file(tail.as_str(), ASK_AGAIN, &method, &headers),
                true => file(tail.as_str(), FOREVER, &method, &headers),
            }
        });
    home.or(docs).unify().or(page).unify().or(asset).unify().boxed()
}

fn file(name: &str, caching: &'static str, method: &Method, headers: &HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let Some((bytes, encoding)) = assets::find(name, |encoding| accepts(accepted, encoding.name())) else {
        return not_found();
    };
    if !is_get(method) {
        return method_not_allowed("GET, HEAD");
    }
    // Of the bytes as sent: two encodings of a file are two representations.
    let etag = format!("\"{}\"", blake3::hash(&bytes).to_hex());
    let mut response = Response::default();
    if names(headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response = warp::http::Response::new(bytes.into_owned().into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        if encoding != Encoding::Identity {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
    }
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&etag).expect("a hash in quotes"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Whether `Accept-Encoding` takes this one: named, and not with a weight of nothing.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0)));
        named && !refused
    })
}

/// Whether `If-None-Match` names the tag; a proxy that compresses may have made it weak.
fn names(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
    known.split(',').map(str::trim).any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn an_encoding_is_taken_where_it_is_named_and_not_refused() {
        for accepted in ["br", "gzip, br", "gzip;q=0.5, BR;q=0.9", "br;q=0.001"] {
            assert!(accepts(accepted, "br"), "{accepted}");
        }
        for refused in ["", "gzip", "br;q=0", "br; q=0.0", "brotli"] {
            assert!(!accepts(refused, "br"), "{refused}");
        }
    }
}
