//! An answer that comes whole, and what is read of it.

use reqwest::Response;
use serde_json::{Map, Value};

use super::UpstreamKind;
use crate::chat::Reply;
use crate::limits::{ENTITIES_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX, TOKENS_MAX, UPSTREAM_ANSWER_BYTES_MAX};

/// # Errors
/// Why there is no reply in it.
pub async fn read(mut response: Response, kind: UpstreamKind) -> Result<Reply, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        if bytes.len() + chunk.len() > UPSTREAM_ANSWER_BYTES_MAX {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    let answer = serde_json::from_slice(&bytes).map_err(|error| format!("its answer is not a JSON object: {error}"))?;
    match kind {
        UpstreamKind::Json => from_json(&answer),
        UpstreamKind::Openai => from_openai(&answer),
    }
}

pub fn too_long() -> String {
    format!("its answer has more than {UPSTREAM_ANSWER_BYTES_MAX} bytes")
}

/// What cannot be used of an answer is left out; only without `response` it is none.
pub fn from_json(answer: &Map<String, Value>) -> Result<Reply, String> {
    let response = answer.get("response").and_then(Value::as_str).ok_or("its answer has no text `response`")?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(|text| clip(text, NAME_BYTES_MAX));
    let tokens = |name: &str| tokens(answer.get(name));
    Ok(Reply {
        response: clip(response, TEXT_BYTES_MAX),
        intent: text("intent").filter(|intent| !intent.is_empty()),
        confidence: answer.get("confidence").and_then(Value::as_f64).filter(|sure| (0.0..=1.0).contains(sure)),
        entities: answer.get("entities").filter(fits).and_then(Value::as_object).cloned(),
        input_tokens: tokens("input_tokens"),
        output_tokens: tokens("output_tokens"),
        cost_usd: answer.get("cost_usd").and_then(Value::as_f64).filter(|usd| (0.0..=1e6).contains(usd)),
        model: text("model"),
    })
}

/// Whether an event takes entities of this size.
fn fits(entities: &&Value) -> bool {
    entities.to_string().len() <= ENTITIES_BYTES_MAX
}

fn from_openai(answer: &Map<String, Value>) -> Result<Reply, String> {
    let content = answer.get("choices").and_then(|choices| choices[0]["message"]["content"].as_str());
    let content = content.ok_or("its answer has no `choices[0].message.content`")?;
    let mut reply = Reply { response: clip(content, TEXT_BYTES_MAX), ..Reply::default() };
    openai_figures(answer, &mut reply);
    Ok(reply)
}

/// Model and usage, as far as an answer, or a chunk of one, tells them.
pub fn openai_figures(answer: &Map<String, Value>, reply: &mut Reply) {
    let usage = |name: &str| tokens(answer.get("usage").and_then(|usage| usage.get(name)));
    let model = answer.get("model").and_then(Value::as_str).map(|model| clip(model, NAME_BYTES_MAX));
    reply.input_tokens = usage("prompt_tokens").or(reply.input_tokens);
    reply.output_tokens = usage("completion_tokens").or(reply.output_tokens);
    reply.model = model.or(reply.model.take());
}

fn tokens(value: Option<&Value>) -> Option<u32> {
    value?.as_u64()?.try_into().ok().filter(|count| *count <= TOKENS_MAX)
}

/// At most so many bytes, cut at a character.
pub fn clip(text: &str, bytes_max: usize) -> String {
    text[..text.floor_char_boundary(bytes_max)].to_owned()
}
