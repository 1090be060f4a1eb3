//! Receiving bodies, bounded in bytes and in time.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};
use warp::Buf;
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use warp::http::{HeaderMap, HeaderName, StatusCode};

use super::respond::{Answered, Failure};
use crate::limits::{
    ACCESS_BODY_BYTES_MAX, BODY_BYTES_MAX, BODY_BYTES_PER_SECOND_MIN, BODY_RESERVED_BYTES_MAX, BODY_STALL_MAX,
    REFUSED_BODY_WITHIN,
};

/// The body of a request as it arrives.
pub struct Body {
    parts: Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>,
    /// The length that the client gives; 0 where it gives none.
    pub announced: u64,
    /// The client sends nothing before it is told to go on.
    waits: bool,
}

impl Body {
    pub fn new<B: Buf>(
        headers: &HeaderMap,
        parts: impl Stream<Item = Result<B, warp::Error>> + Send + 'static,
    ) -> Answered<Self> {
        let announced = header(headers, &CONTENT_LENGTH)?.and_then(|length| length.parse().ok()).unwrap_or(0);
        let parts = Box::pin(parts.map_ok(|mut part| part.copy_to_bytes(part.remaining())));
        Ok(Self { parts, announced, waits: headers.contains_key(EXPECT) })
    }

    /// Receives all of it, at most `bytes_max`. `take_room` hears of every length it comes to, before memory is taken: a
    /// body that is announced and does not come takes none.
    pub async fn collect(
        mut self,
        bytes_max: u64,
        mut take_room: impl FnMut(usize) -> Answered<()>,
    ) -> Answered<Vec<u8>> {
        if self.announced > bytes_max {
            return Err(self.refused(too_large("bytes", bytes_max)));
        }
        let mut bytes = Vec::with_capacity(self.announced.min(BODY_RESERVED_BYTES_MAX) as usize);
        let began = Instant::now();
        loop {
            let part = match timeout_at(next_part_until(began, bytes.len()), self.parts.next()).await {
                Ok(Some(Ok(part))) => part,
                Ok(Some(Err(_))) => return Err(Failure::invalid("the body ended before it was complete")),
                Ok(None) => return Ok(bytes),
                Err(_) => return Err(too_slow()),
            };
            let length = bytes.len() + part.len();
            if length as u64 > bytes_max {
                return Err(self.refused(too_large("bytes", bytes_max)));
            }
            if let Err(refusal) = take_room(length) {
                return Err(self.refused(refusal));
            }
            bytes.extend_from_slice(&part);
        }
    }

    /// Receives a small JSON object.
    pub async fn json<T: DeserializeOwned>(self, headers: &HeaderMap) -> Answered<T> {
        let sent = header(headers, &CONTENT_TYPE)?.unwrap_or("");
        if !sent.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
            let refusal = Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Content-Type: expected application/json",
            );
            return Err(self.refused(refusal));
        }
        let bytes = self.collect(ACCESS_BODY_BYTES_MAX, |_| Ok(())).await?;
        // serde would take a list for its fields, in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Failure::invalid("the body: expected a JSON object"));
        }
        serde_json::from_slice(&bytes).map_err(|error| Failure::invalid(format!("the body: {error}")))
    }

    /// Passes over what is still to come of it, beside the answer: many a client reads that only once it has sent all, and
    /// then goes on with the connection. One that waits for a word has the answer instead.
    pub fn refused(self, refusal: Failure) -> Failure {
        if !self.waits {
            tokio::spawn(timeout(REFUSED_BODY_WITHIN, self.pass_over()));
        }
        refusal
    }

    async fn pass_over(mut self) {
        let mut bytes = 0;
        while bytes <= BODY_BYTES_MAX
            && let Some(Ok(part)) = self.parts.next().await
        {
            bytes += part.len() as u64;
        }
    }
}

/// A field of a body that is an object, or null: no list either.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let fields = Option::<serde_json::Map<String, Value>>::deserialize(deserializer)?;
    fields.map(|fields| serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)).transpose()
}

/// When more than `received` bytes have to be there.
fn next_part_until(began: Instant, received: usize) -> Instant {
    let at_the_slowest = began + Duration::from_secs(received as u64 / BODY_BYTES_PER_SECOND_MIN);
    at_the_slowest.min(Instant::now()) + BODY_STALL_MAX
}

pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Answered<Option<&'a str>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| Failure::invalid(format!("{name}: expected printable ASCII")))
}

pub fn too_large(what: &str, max: impl std::fmt::Display) -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the body: expected at most {max} {what}"))
}

fn too_slow() -> Failure {
    let sentence = format!(
        "the body: expected a part of it at least every {} s, and {BODY_BYTES_PER_SECOND_MIN} bytes a second",
        BODY_STALL_MAX.as_secs()
    );
    Failure::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_early_gives_time_but_not_for_a_stall() {
        let now = Instant::now();
        let minute = Duration::from_secs(60);
        let slack = Duration::from_secs(1);
        let within = |until: Instant, from: Instant| until >= from && until <= from + slack;
        assert!(within(next_part_until(now, 0), now + BODY_STALL_MAX), "nothing yet");
        let (enough, half) = (60 * BODY_BYTES_PER_SECOND_MIN, 30 * BODY_BYTES_PER_SECOND_MIN);
        assert!(within(next_part_until(now, enough as usize), now + BODY_STALL_MAX), "faster than it has to be");
        let Some(earlier) = now.checked_sub(minute) else { return };
        assert!(within(next_part_until(earlier, enough as usize), now + BODY_STALL_MAX), "as fast as it has to be");
        let late = next_part_until(earlier, half as usize);
        assert!(late < now, "at half the pace it is over");
    }
}
