//! Letters over HTTP. Redirects are not followed, no answer is waited for without end, and little of it is read.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode};

use super::channel::Channel;
use super::forms::Form;
use super::{Again, Failed};
use crate::error::{Error, Result};
use crate::limits::{DELIVERY_ANSWER_BYTES_MAX, DELIVERY_ANSWER_CHARS_SHOWN, DELIVERY_CONNECT_WITHIN, DELIVERY_WITHIN};

const SELF: &str = concat!("NovaHouse/", env!("CARGO_PKG_VERSION"));

/// # Errors
/// Where the system's certificates cannot be used.
pub fn client() -> Result<Client> {
    // It is there already where something else speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(DELIVERY_CONNECT_WITHIN)
        .timeout(DELIVERY_WITHIN)
        // What answers elsewhere was not named, and may be someone else's.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::Unusable(format!("channels over HTTP: {error}")))
}

/// Sends it, and returns what was answered.
pub async fn send(client: &Client, channel: &Channel, form: Form) -> Result<String, Failed> {
    let Form { url, headers, body } = form;
    let mut request = client.post(url).header(CONTENT_TYPE, "application/json").header(USER_AGENT, SELF).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| Failed::later(told(&error.without_url())))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let said = without_secrets(&beginning(response).await, channel);
    let answer = format!("{status} {said}").trim_end().to_owned();
    match status.is_success() {
        true => Ok(answer),
        false => Err(Failed { why: answer, again: again(status, &headers) }),
    }
}

/// An error with its causes: the first of them alone says too little.
fn told(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    if error.is_timeout() {
        let seconds = DELIVERY_WITHIN.as_secs();
        text = format!("no answer within {seconds} s");
    }
    shortened(&text)
}

/// The first of an answer, as far as it comes.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < DELIVERY_ANSWER_BYTES_MAX
        && let Ok(Some(part)) = response.chunk().await
    {
        bytes.extend_from_slice(&part);
    }
    bytes.truncate(DELIVERY_ANSWER_BYTES_MAX);
    shortened(&String::from_utf8_lossy(&bytes))
}

/// One line.
pub fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|char| !char.is_control()).take(DELIVERY_ANSWER_CHARS_SHOWN).collect()
}

/// A receiver may repeat what it was sent.
pub fn without_secrets(text: &str, channel: &Channel) -> String {
    channel.secrets().into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

/// What a status says about another try.
fn again(status: StatusCode, headers: &HeaderMap) -> Again {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => Again::Never,
        _ => {
            let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
            let wait =
                seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0).map(Duration::try_from_secs_f64);
            Again::After(wait.and_then(|wait| i64::try_from(wait.ok()?.as_millis()).ok()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::notify::{Hook, Secret};

    #[test]
    fn what_is_told_of_an_answer_is_one_short_line_without_secrets() {
        let channel =
            Channel::Slack(Hook { url: Secret("https://hooks.example.com/T0/abc".into()), language: Language::En });
        let told = without_secrets(&shortened("no\r\nsuch  hook: /T0/abc\u{7}"), &channel);
        assert_eq!(told, "no such hook: …");
        assert_eq!(shortened(&"x".repeat(10_000)).len(), DELIVERY_ANSWER_CHARS_SHOWN);
    }

    #[test]
    fn a_receiver_that_asks_for_time_is_given_it() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "1.5".parse().unwrap());
        assert_eq!(again(StatusCode::TOO_MANY_REQUESTS, &headers), Again::After(Some(1_500)));
        headers.insert(RETRY_AFTER, "-1".parse().unwrap());
        assert_eq!(again(StatusCode::SERVICE_UNAVAILABLE, &headers), Again::After(None));
        assert_eq!(again(StatusCode::BAD_REQUEST, &headers), Again::Never);
        assert_eq!(again(StatusCode::NOT_FOUND, &headers), Again::After(None));
    }
}
