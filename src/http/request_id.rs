//! The id of a request: in its answer, and in what the log says while it is answered. A client, or a proxy, may give one.

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::futures::TaskLocalFuture;
use warp::http::{HeaderMap, HeaderName, HeaderValue};

use crate::limits::REQUEST_ID_BYTES_MAX;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static OWN: RequestId;
}

/// Letters, digits, `.`, `_` and `-`: nothing that could pass for something else in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The one that the client gives, where it is sane; else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        headers.get(REQUEST_ID).filter(|given| is_sane(given.as_bytes())).map_or_else(Self::new, |id| Self(id.clone()))
    }

    /// Unlike any other: of this process by its number, of another by what both began with.
    fn new() -> Self {
        static BEGAN_WITH: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // An odd factor: different numbers stay different.
        let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ *BEGAN_WITH;
        let mut digits = [0; 16];
        for digit in &mut digits {
            *digit = b"0123456789abcdef"[(mixed & 15) as usize];
            mixed >>= 4;
        }
        Self(HeaderValue::from_bytes(&digits).expect("digits are printable"))
    }

    /// The id of the request that is being answered here.
    pub fn current() -> Option<Self> {
        OWN.try_with(Clone::clone).ok()
    }

    /// Answers a request under its id.
    pub fn within<F: Future>(self, answering: F) -> TaskLocalFuture<Self, F> {
        OWN.scope(self, answering)
    }

    pub fn header(self) -> HeaderValue {
        self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Takes the id along to another thread, or to a task of its own.
pub fn along<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let id = RequestId::current();
    move || match id {
        Some(id) => OWN.sync_scope(id, work),
        None => work(),
    }
}

/// What stands for the id in a line of the log.
pub fn told() -> String {
    RequestId::current().map_or_else(String::new, |id| id.to_string())
}

fn is_sane(id: &[u8]) -> bool {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(id: &'static str) -> RequestId {
        RequestId::of(&[(REQUEST_ID, HeaderValue::from_static(id))].into_iter().collect())
    }

    #[test]
    fn a_sane_id_is_taken_over_and_any_other_replaced() {
        assert_eq!(given("proxy-7.A_b").to_string(), "proxy-7.A_b");
        for odd in [
            "",
            "a b",
            "a\"b",
            "anna@example.com",
            "{}",
            ".....................................................................",
        ] {
            let id = given(odd);
            assert_ne!(id.to_string(), odd);
            assert!(is_sane(id.to_string().as_bytes()));
        }
        assert_ne!(RequestId::new(), RequestId::new());
    }

    #[test]
    fn another_thread_knows_it_only_where_it_was_taken_along() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(given("mine").within(async {
            assert_eq!(told(), "mine");
            assert_eq!(tokio::task::spawn_blocking(along(told)).await.unwrap(), "mine");
            assert_eq!(tokio::task::spawn_blocking(told).await.unwrap(), "");
        }));
    }
}
