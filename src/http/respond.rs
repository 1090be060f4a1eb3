//! Answers as bytes: JSON, and the error envelope.

use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use warp::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use warp::http::{HeaderValue, Response as HttpResponse, StatusCode};
use warp::reply::Response;

use crate::clock::Clock;
use crate::error::Error;
use crate::limits::STORAGE_TROUBLE_TOLD_EVERY;
use crate::model::day::rfc3339;

/// A failed request: what it was answered with.
#[derive(Debug)]
pub struct Failure {
    pub status: StatusCode,
    pub code: &'static str,
    pub sentence: String,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { status, code, sentence: sentence.into() }
    }

    pub fn invalid(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", sentence)
    }

    /// In the envelope of the contract.
    pub fn answer(&self) -> Response {
        let body = json!({"status": "error", "error": self.sentence, "code": self.code});
        self.with_headers(json_answer(self.status, &body))
    }

    /// In the envelope of the legacy endpoints.
    pub fn legacy_answer(&self) -> Response {
        self.with_headers(json_answer(self.status, &json!({"success": false, "error": self.sentence})))
    }

    fn with_headers(&self, mut response: Response) -> Response {
        let try_again = matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        if try_again {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(sentence) => Self::invalid(sentence),
            Error::NotFound(sentence) => Self::new(StatusCode::NOT_FOUND, "not_found", sentence),
            Error::Overloaded => Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", error.to_string()),
            Error::Stopping => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", error.to_string()),
            Error::Unusable(_) | Error::Corrupt { .. } | Error::Storage(_) => {
                tell(&error);
                let sentence = "the storage is not available; the server's log says why";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", sentence)
            }
        }
    }
}

/// A storage that fails is told at once, then now and then: with every request, the log would fill what is left of the disk.
fn tell(error: &Error) {
    static TOLD: Mutex<Option<Instant>> = Mutex::new(None);
    let mut told = TOLD.lock();
    if told.is_none_or(|told| told.elapsed() >= STORAGE_TROUBLE_TOLD_EVERY) {
        tracing::error!(%error, "a request met a storage failure");
        *told = Some(Instant::now());
    }
}

/// What handlers return.
pub type Answered<T = Response> = Result<T, Failure>;

pub fn json_answer(status: StatusCode, body: &Value) -> Response {
    json_text(status, body.to_string().into())
}

fn json_text(status: StatusCode, text: Bytes) -> Response {
    let mut response: Response = HttpResponse::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The text of a good answer, but for the time of day in it.
pub struct Body {
    text: Bytes,
    time_at: Option<usize>,
}

impl Body {
    pub fn timeless(body: &impl Serialize) -> Self {
        Self { text: written(body).into(), time_at: None }
    }

    /// `body` ends with an empty text, inside of so many objects, where the time will be.
    pub fn with_time_at_end(body: &impl Serialize, objects: usize) -> Self {
        let text = written(body);
        let time_at = text.len() - objects - 1;
        debug_assert_eq!(&text[time_at - 1..=time_at], r#""""#);
        Self { text: text.into(), time_at: Some(time_at) }
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// As it is given now.
    pub fn response(&self, clock: &Clock) -> Response {
        let text = match self.time_at {
            None => self.text.clone(),
            Some(at) => {
                let (before, after) = self.text.split_at(at);
                [before, rfc3339(clock.now_ms()).as_bytes(), after].concat().into()
            }
        };
        json_text(StatusCode::OK, text)
    }
}

fn written(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("answers have texts for keys")
}

#[derive(Serialize)]
struct Success<'a, T> {
    status: &'static str,
    #[serde(flatten)]
    answer: &'a T,
    timestamp: &'static str,
}

/// `status`, the answer's own keys, and a `timestamp`.
pub fn success(answer: &impl Serialize) -> Body {
    Body::with_time_at_end(&Success { status: "success", answer, timestamp: "" }, 1)
}

pub fn method_not_allowed(allowed: &'static str) -> Response {
    let sentence = format!("this address answers to {allowed} only");
    let mut response = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", sentence).answer();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

pub fn not_found() -> Response {
    let sentence = "there is nothing at this address; the endpoints are listed in the README";
    Failure::new(StatusCode::NOT_FOUND, "not_found", sentence).answer()
}
