//! The team's own bot behind ours: the message is forwarded, and its answer read for what is to be recorded.

mod answer;
mod breaker;
mod events;
mod history;
mod stream;

use std::time::Duration;

use percent_encoding::NON_ALPHANUMERIC;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};

use super::pieces::Speaker;
use super::{Asked, Reply};
use crate::error::{Error, Result};
use breaker::Breaker;
use history::History;

/// What language the upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum UpstreamKind {
    /// Our own chat's JSON: `message` in, `response` out.
    Json,
    /// An OpenAI-compatible chat completions endpoint.
    Openai,
}

/// Where the upstream is and how it is asked.
#[derive(Clone, Debug)]
pub struct UpstreamOptions {
    pub url: Url,
    pub kind: UpstreamKind,
    /// The model an OpenAI-compatible endpoint is asked for.
    pub model: Option<String>,
    /// Sent as `Authorization: Bearer …`; never logged.
    pub key: Option<Secret>,
    /// For the whole answer.
    pub time_limit: Duration,
}

/// A text that does not show itself.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

pub struct Upstream {
    client: Client,
    options: UpstreamOptions,
    breaker: Breaker,
    history: History,
}

impl Upstream {
    pub fn forget(&self, bot: &str, sessions: &[Box<str>]) {
        self.history.forget(bot, sessions);
    }

    /// # Errors
    /// Where the options do not fit together.
    pub fn new(options: UpstreamOptions) -> Result<Self> {
        if options.kind == UpstreamKind::Openai && options.model.is_none() {
            return Err(Error::Unusable(
                "--upstream-model: expected with --upstream-kind openai, found nothing".into(),
            ));
        }
        if !matches!(options.url.scheme(), "http" | "https") {
            return Err(Error::Unusable(format!("--upstream: expected http:// or https://, found {}", options.url)));
        }
        // It is there already where a second upstream is made, as tests do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(options.time_limit)
            .default_headers(headers(options.key.as_ref())?)
            // What answers elsewhere is not the bot that was named.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::Unusable(format!("--upstream: {error}")))?;
        Ok(Self { client, options, breaker: Breaker::default(), history: History::default() })
    }

    /// Says the reply in pieces where there is a speaker and the upstream answers with a stream.
    ///
    /// # Errors
    /// Why there is no reply, or no whole one.
    pub async fn reply(&self, asked: &Asked<'_>, speaker: Option<&Speaker>) -> Result<Reply, String> {
        let admitted = self.breaker.admit()?;
        let replied = self.ask(asked, speaker).await;
        admitted.hears(replied.is_ok());
        if let Ok(reply) = &replied
            && self.options.kind == UpstreamKind::Openai
        {
            self.history.add(asked.bot, asked.session_id, asked.message, &reply.response);
        }
        replied
    }

    async fn ask(&self, asked: &Asked<'_>, speaker: Option<&Speaker>) -> Result<Reply, String> {
        let body = self.question(asked, speaker.is_some()).to_string();
        let sent = match self.send(asked, body.clone(), speaker.is_some()).await {
            // Nothing was sent: to try again cannot make the bot answer twice.
            Err(error) if error.is_connect() => self.send(asked, body, speaker.is_some()).await,
            sent => sent,
        };
        // The address may hold a secret of its own.
        let response = sent.map_err(|error| error.without_url().to_string())?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("it answered with status {status}"));
        }
        match speaker {
            Some(speaker) if stream::is_stream(&response) => stream::read(response, self.options.kind, speaker).await,
            _ => answer::read(response, self.options.kind).await,
        }
    }

    fn question(&self, asked: &Asked<'_>, streamed: bool) -> Value {
        if self.options.kind == UpstreamKind::Json {
            return asked.body.clone().into();
        }
        let mut messages = self.history.of(asked.bot, asked.session_id);
        messages.push(json!({"role": "user", "content": asked.message}));
        let mut body = json!({"model": self.options.model, "messages": messages});
        if streamed {
            body["stream"] = true.into();
            // Without being asked a stream says nothing of tokens.
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    async fn send(&self, asked: &Asked<'_>, body: String, streamed: bool) -> reqwest::Result<Response> {
        let mut request = self.client.post(self.options.url.clone()).body(body);
        // What is JSON of ours says it in its body; that of others may refuse fields it does not know.
        if let Some(shown) = asked.shown.first().filter(|_| self.options.kind == UpstreamKind::Openai) {
            let encoded = |name: &str| percent_encoding::utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
            request = request
                .header("x-novahouse-experiment", encoded(&shown.experiment))
                .header("x-novahouse-variant", encoded(&shown.variant.name));
        }
        if streamed {
            request = request.header(ACCEPT, "text/event-stream, application/json");
        }
        request.send().await
    }
}

fn headers(key: Option<&Secret>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(Secret(key)) = key {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| Error::Unusable("the upstream's key: expected printable ASCII".into()))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}
