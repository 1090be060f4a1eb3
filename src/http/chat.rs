//! POST /api/chatbot/chat: a message in, a reply out. Nothing here waits for the storage.

mod stream;

use std::time::Instant;

use serde_json::{Map, Value, json};
use warp::http::{HeaderMap, StatusCode};

use super::App;
use super::body::Body;
use super::events::context;
use super::params::Params;
use super::request_id::told;
use super::respond::{Answered, Failure, json_answer};
use super::shown::ChatReply;
use super::user_agent;
use crate::access::scope::no_bot;
use crate::chat::record::Visit;
use crate::chat::{Asked, DEFAULT_SESSION, Reply};
use crate::experiment::{Shown, Who};
use crate::limits::{
    CHAT_BODY_BYTES_MAX, RESPONSE_TIME_MS_MAX, SESSION_ID_BYTES_MAX, TEXT_BYTES_MAX, USER_ID_BYTES_MAX,
};
use crate::model::ANONYMOUS;
use crate::model::day::rfc3339;

const PROMPT: &str = "Please type a message, and I will gladly help. / Proszę napisać, w czym mogę pomóc.";
const APOLOGY: &str = "I am sorry, I cannot answer right now. Please try again in a moment. / \
    Przepraszam, nie mogę teraz odpowiedzieć. Proszę spróbować za chwilę.";

/// A message that is to be answered.
struct Turn {
    /// The whole body.
    said: Map<String, Value>,
    message: String,
    visit: Visit,
    /// Variants of experiments.
    shown: Vec<Shown>,
    /// What is known of the answer.
    answer: ChatReply,
    started: Instant,
}

pub async fn chat(app: App, query: String, headers: HeaderMap, body: Body) -> Answered {
    let mut params = Params::parse(&query)?;
    let asker = &app.caller.asker;
    let bot = params.bot_or(asker.default_bot())?;
    params.finish()?;
    if !asker.sees(&bot) {
        return Err(no_bot(&bot).into());
    }
    let context = context(&app, bot, &headers);
    let body = body.collect(CHAT_BODY_BYTES_MAX, |_| Ok(())).await?;
    let started = Instant::now();
    let said: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|error| Failure::invalid(format!("the body: expected a JSON object; {error}")))?;
    let message = field(&said, "message", "", TEXT_BYTES_MAX)?;
    let session_id = field(&said, "session_id", DEFAULT_SESSION, SESSION_ID_BYTES_MAX)?;
    let user_id = field(&said, "user_id", ANONYMOUS, USER_ID_BYTES_MAX)?;
    let mut answer = ChatReply {
        response: String::new(),
        session_id: session_id.clone(),
        timestamp: rfc3339(context.now_ms),
        status: "success",
        intent: None,
        confidence: None,
        error: None,
        code: None,
    };
    let visit = Visit {
        bot: context.bot,
        session_id: session_id.into(),
        user_id: user_id.into(),
        device_type: context.device_type,
        browser: context.browser,
        timestamp_ms: context.now_ms,
        exposures: Vec::new(),
    };
    let streamed = stream::is_asked_for(&headers);
    if message.trim().is_empty() {
        answer.response = PROMPT.into();
        app.recorder.prompt(&app.ingest, &visit, elapsed_ms(started));
        return Ok(if streamed { stream::at_once(&answer) } else { json_answer(StatusCode::OK, &answer) });
    }
    let mut turn = Turn { said, message, visit, shown: Vec::new(), answer, started };
    show_variants(&app, &headers, &mut turn);
    if streamed {
        return Ok(stream::answer(app, turn).await);
    }
    let replied = app.chat.reply(&turn.asked(), None).await;
    let (status, answer) = conclude(&app, turn, replied);
    Ok(json_answer(status, &answer))
}

impl Turn {
    fn asked(&self) -> Asked<'_> {
        Asked {
            body: &self.said,
            message: &self.message,
            bot: &self.visit.bot,
            session_id: &self.visit.session_id,
            shown: &self.shown,
        }
    }
}

/// What experiments show the visitor, which his messages will have recorded; the upstream is told of it.
fn show_variants(app: &App, headers: &HeaderMap, turn: &mut Turn) {
    let Turn { said, visit, shown, .. } = turn;
    let who = Who {
        bot: &visit.bot,
        session_id: Some(&visit.session_id),
        user_id: Some(&visit.user_id),
        device_type: visit.device_type.as_deref(),
        language: user_agent::language(headers),
        now_ms: visit.timestamp_ms,
    };
    *shown = app.settings.now().experiments.shown_to(&who);
    visit.exposures = shown.iter_mut().filter_map(|shown| shown.exposure.take()).collect();
    if let Some(first) = shown.first() {
        said.insert("experiment".into(), first.experiment.as_str().into());
        said.insert("variant".into(), first.variant.name.as_str().into());
        let pair = |shown: &Shown| json!({"experiment": shown.experiment, "variant": shown.variant.name});
        said.insert("experiments".into(), shown.iter().map(pair).collect());
    }
}

/// Records what became of a message, and completes the answer.
fn conclude(app: &App, turn: Turn, replied: Result<Reply, String>) -> (StatusCode, ChatReply) {
    let Turn { message, visit, mut answer, started, .. } = turn;
    let reply = match replied {
        Ok(reply) => reply,
        Err(why) => {
            // An upstream may repeat in it what it was told.
            let why = app.settings.now().masked(&visit.bot, why);
            tracing::warn!(%why, request = told(), "the upstream bot gave no reply");
            app.recorder.failure(&app.ingest, visit, &message, &why, elapsed_ms(started));
            return (StatusCode::BAD_GATEWAY, apology(answer));
        }
    };
    answer.response.clone_from(&reply.response);
    answer.intent.clone_from(&reply.intent);
    answer.confidence = reply.confidence;
    app.recorder.exchange(&app.ingest, visit, &message, &reply, elapsed_ms(started));
    (StatusCode::OK, answer)
}

/// A field, or what stands for it where it is absent, null or empty.
fn field(said: &Map<String, Value>, name: &str, default: &str, bytes_max: usize) -> Answered<String> {
    match said.get(name) {
        None | Some(Value::Null) => Ok(default.to_owned()),
        Some(Value::String(text)) if text.is_empty() => Ok(default.to_owned()),
        Some(Value::String(text)) if text.len() <= bytes_max => Ok(text.clone()),
        Some(Value::String(text)) => {
            Err(Failure::invalid(format!("{name}: expected at most {bytes_max} bytes, found {}", text.len())))
        }
        Some(other) => Err(Failure::invalid(format!("{name}: expected a text, found {other}"))),
    }
}

/// What a visitor reads where the bot gave no reply.
fn apology(answer: ChatReply) -> ChatReply {
    ChatReply {
        response: APOLOGY.into(),
        status: "error",
        error: Some("the bot behind this server gave no reply; the server's log says why"),
        code: Some("upstream_failed"),
        ..answer
    }
}

fn elapsed_ms(started: Instant) -> u32 {
    started.elapsed().as_millis().min(u128::from(RESPONSE_TIME_MS_MAX)) as u32
}
