//! What is counted and told of a request.

use std::time::Instant;

use hyper::Request;
use warp::http::Method;
use warp::reply::Response;

use crate::http::Meters;
use crate::http::request_id::{REQUEST_ID, RequestId};
use crate::http::routes;

/// A request that is being answered.
pub struct Asked {
    pub id: RequestId,
    began: Instant,
    /// Place in `routes::NAMES`.
    route: usize,
    method: Method,
}

impl Asked {
    pub fn by<B>(request: &Request<B>) -> Self {
        Self {
            id: RequestId::of(request.headers()),
            began: Instant::now(),
            route: routes::place(request.uri().path()),
            method: request.method().clone(),
        }
    }

    /// Counts the answer, puts the id into it, and tells the log: of the request its route alone, since a path may name a
    /// session, and parameters a person.
    pub fn answered(self, meters: &Meters, response: &mut Response) {
        let Self { id, began, route, method } = self;
        let status = response.status().as_u16();
        let took = began.elapsed();
        meters.answered(route, status, took);
        let (route, took_us) = (routes::NAMES[route], took.as_micros() as u64);
        if status < 500 {
            tracing::debug!(%method, route, status, took_us, request = %id, "answered");
        } else if let Some(passed_over) = meters.tell_failure() {
            tracing::warn!(%method, route, status, took_us, request = %id, passed_over, "a request failed");
        }
        response.headers_mut().insert(REQUEST_ID, id.header());
    }
}
