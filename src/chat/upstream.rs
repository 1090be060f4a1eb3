//! The team's own bot behind ours: the message is forwarded, and its answer read for what is to be recorded.

mod breaker;
mod history;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, Url};
use serde_json::{Map, Value, json};

use super::{Asked, Reply};
use crate::error::{Error, Result};
use crate::limits::{NAME_BYTES_MAX, TEXT_BYTES_MAX, TOKENS_MAX, UPSTREAM_ANSWER_BYTES_MAX};
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

    /// # Errors
    /// Why there is no reply.
    pub async fn reply(&self, asked: &Asked<'_>) -> Result<Reply, String> {
        self.breaker.admit()?;
        let replied = self.ask(asked).await;
        self.breaker.heard(replied.is_ok());
        if let Ok(reply) = &replied
            && self.options.kind == UpstreamKind::Openai
        {
            self.history.add(asked.session_id, asked.message, &reply.response);
        }
        replied
    }

    async fn ask(&self, asked: &Asked<'_>) -> Result<Reply, String> {
        let body = match self.options.kind {
            UpstreamKind::Json => Value::from(asked.body.clone()),
            UpstreamKind::Openai => {
                let mut messages = self.history.of(asked.session_id);
                messages.push(json!({"role": "user", "content": asked.message}));
                json!({"model": self.options.model, "messages": messages})
            }
        };
        let body = body.to_string();
        let sent = match self.send(body.clone()).await {
            // Nothing was sent: to try again cannot make the bot answer twice.
            Err(error) if error.is_connect() => self.send(body).await,
            sent => sent,
        };
        // The address may hold a secret of its own.
        let response = sent.map_err(|error| error.without_url().to_string())?;
        let answer = read(response).await?;
        match self.options.kind {
            UpstreamKind::Json => from_json(&answer),
            UpstreamKind::Openai => from_openai(&answer),
        }
    }

    async fn send(&self, body: String) -> reqwest::Result<Response> {
        self.client.post(self.options.url.clone()).body(body).send().await
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

async fn read(mut response: Response) -> Result<Map<String, Value>, String> {
    let status = response.status();
    if !status.is_success() {
        return Err(format!("it answered with status {status}"));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        if bytes.len() + chunk.len() > UPSTREAM_ANSWER_BYTES_MAX {
            return Err(format!("its answer has more than {UPSTREAM_ANSWER_BYTES_MAX} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("its answer is not a JSON object: {error}"))
}

/// What cannot be used of an answer is left out; only without `response` it is none.
fn from_json(answer: &Map<String, Value>) -> Result<Reply, String> {
    let response = answer.get("response").and_then(Value::as_str).ok_or("its answer has no text `response`")?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(|text| clip(text, NAME_BYTES_MAX));
    let tokens = |name: &str| tokens(answer.get(name));
    Ok(Reply {
        response: clip(response, TEXT_BYTES_MAX),
        intent: text("intent").filter(|intent| !intent.is_empty()),
        confidence: answer.get("confidence").and_then(Value::as_f64).filter(|sure| (0.0..=1.0).contains(sure)),
        entities: answer.get("entities").and_then(Value::as_object).cloned(),
        input_tokens: tokens("input_tokens"),
        output_tokens: tokens("output_tokens"),
        cost_usd: answer.get("cost_usd").and_then(Value::as_f64).filter(|usd| (0.0..=1e6).contains(usd)),
        model: text("model"),
    })
}

fn from_openai(answer: &Map<String, Value>) -> Result<Reply, String> {
    let content = answer.get("choices").and_then(|choices| choices[0]["message"]["content"].as_str());
    let usage = |name: &str| tokens(answer.get("usage").and_then(|usage| usage.get(name)));
    Ok(Reply {
        response: clip(content.ok_or("its answer has no `choices[0].message.content`")?, TEXT_BYTES_MAX),
        input_tokens: usage("prompt_tokens"),
        output_tokens: usage("completion_tokens"),
        model: answer.get("model").and_then(Value::as_str).map(|model| clip(model, NAME_BYTES_MAX)),
        ..Reply::default()
    })
}

fn tokens(value: Option<&Value>) -> Option<u32> {
    value?.as_u64()?.try_into().ok().filter(|count| *count <= TOKENS_MAX)
}

/// At most so many bytes, cut at a character.
fn clip(text: &str, bytes_max: usize) -> String {
    text[..text.floor_char_boundary(bytes_max)].to_owned()
}
