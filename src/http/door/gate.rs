//! What every request passes before it meets its route.

use hyper::Request;
use warp::http::{HeaderMap, StatusCode, Uri};

use super::super::respond::{Answered, Failure};
use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX};

/// Whether its head is of a size that the routes take. The parser has limits of its own, above these, beyond which it answers
/// with the bare status.
pub fn pass<B>(request: &Request<B>) -> Answered<()> {
    if url_bytes(request.uri()) > URL_BYTES_MAX {
        let sentence = format!("the address: expected at most {URL_BYTES_MAX} bytes");
        return Err(Failure::new(StatusCode::URI_TOO_LONG, "url_too_long", sentence));
    }
    let headers = request.headers();
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
