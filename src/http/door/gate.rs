//! What every request passes before it meets its route, and every answer on its way back.

use std::net::IpAddr;
use std::time::Instant;

use hyper::Request;
use warp::http::header::{
    CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue, StatusCode, Uri, Version};
use warp::reply::Response;

use super::Door;
use super::connections::Client;
use super::network::{Network, sender};
use super::rates::Rates;
use crate::http::respond::{Answered, Failure};
use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX};

/// For what is no page: a browser that is led to it runs nothing and shows it in no frame. The pages have one of their own.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// A year; of other hosts of the domain nothing is known here.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub struct Gate {
    rates: Option<Rates>,
    proxies: Vec<Network>,
    speaks_tls: bool,
}

impl Gate {
    pub fn new(door: &Door) -> Self {
        Self { rates: door.rate_limit.map(Rates::new), proxies: door.proxies.clone(), speaks_tls: door.tls.is_some() }
    }

    /// Whether a request may go on to its route.
    pub fn pass<B>(&self, peer: IpAddr, request: &Request<B>) -> Answered<()> {
        let headers = request.headers();
        if let Some(rates) = &self.rates
            && !rates.take(Client::of(sender(peer, headers, &self.proxies)), Instant::now())
        {
            let sentence = format!("more than {} requests a second came from your address", rates.per_second);
            return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", sentence));
        }
        is_sound(request)?;
        fits(request.uri(), headers)
    }

    /// Whom a request came from.
    pub fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        sender(peer, headers, &self.proxies)
    }

    /// Tells a browser to be careful with the answer.
    pub fn secure(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.insert(REFERRER_POLICY, NO_REFERRER);
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
        if self.speaks_tls {
            headers.insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
        }
        response
    }
}

/// Whether a head says what it is for and where its body ends, in one way only (RFC 9112, 3.2 and 6.1): what a proxy before this
/// server takes for something else is how requests are smuggled past it.
fn is_sound<B>(request: &Request<B>) -> Answered<()> {
    // `CONNECT`, or an authority where a path belongs: there is nothing here that it could mean.
    if request.uri().path_and_query().is_none() {
        return Err(Failure::invalid("the request line: expected a path, as in `GET /api/health`"));
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    if hosts > 1 || hosts == 0 && request.version() == Version::HTTP_11 {
        return Err(Failure::invalid(format!("Host: expected once, found {hosts} times")));
    }
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if is_chunked(coding) => Ok(()),
        _ => Err(Failure::invalid("Transfer-Encoding: expected `chunked` alone, or none")),
    }
}

/// Whether a head is of a size that the routes take. The parser has limits of its own, above these, beyond which it answers
/// with the bare status.
fn fits(uri: &Uri, headers: &HeaderMap) -> Answered<()> {
    if url_bytes(uri) > URL_BYTES_MAX {
        let sentence = format!("the address: expected at most {URL_BYTES_MAX} bytes");
        return Err(Failure::new(StatusCode::URI_TOO_LONG, "url_too_long", sentence));
    }
    if headers.len() > HEADERS_MAX || header_bytes(headers) > HEADER_BYTES_MAX {
        let sentence = format!("the headers: expected at most {HEADERS_MAX}, of {HEADER_BYTES_MAX} bytes together");
        return Err(Failure::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", sentence));
    }
    Ok(())
}

/// What can be long in it.
fn url_bytes(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |path| path.as_str().len())
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
