//! Experiments, what they have shown, and who gets which variant: /api/experiments…

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::{HeaderMap, StatusCode};

use super::analytics::range;
use super::auth::waited;
use super::body::Body;
use super::changes::{changed, decoded};
use super::events::context;
use super::explore::{DEFAULT_DAYS, changes};
use super::params::Params;
use super::respond::{Answered, Failure, json_answer, success};
use super::{App, shown, user_agent};
use crate::chat::ChatBot;
use crate::engine::{Batch, Trial, Window};
use crate::error::Error;
use crate::experiment::{
    By, Decision, Experiment, ExperimentChange, NewExperiment, Who, no_experiment, results, shown as shown_to,
};
use crate::limits::{SESSION_ID_BYTES_MAX, USER_ID_BYTES_MAX};
use crate::model::day::rfc3339;
use crate::model::wire::is_language;
use crate::model::{ANONYMOUS, Event, Unit};
use crate::settings::Document;

/// Who is to be given a variant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// The bot of the experiment, if it is named.
    bot: Option<String>,
    /// Needed where the experiment draws by session.
    #[schemars(length(min = 1, max = SESSION_ID_BYTES_MAX))]
    session_id: Option<String>,
    /// Needed where the experiment draws by user.
    #[schemars(length(min = 1, max = USER_ID_BYTES_MAX))]
    user_id: Option<String>,
    /// `mobile`, `desktop` or `tablet`; without it, read from a browser's `User-Agent`.
    device_type: Option<String>,
    /// Two or three small letters such as `en`; without it, read from `Accept-Language`.
    language: Option<String>,
}

/// One that there is for him.
fn seen(app: &App, name: &str) -> Answered<Experiment> {
    let settings = app.settings.now();
    let experiment = settings.experiments.named(name)?;
    match app.caller.asker.sees(&experiment.bot) {
        true => Ok(experiment.clone()),
        false => Err(no_experiment(name).into()),
    }
}

/// GET /api/experiments
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let settings = app.settings.now();
    let all = settings.experiments.all.iter().filter(|(_, experiment)| app.caller.asker.sees(&experiment.bot));
    let rows = all.map(|(name, experiment)| shown::ExperimentRow::of(name, experiment)).collect();
    Ok(json_answer(StatusCode::OK, &shown::ExperimentList::of(rows)))
}

/// GET /api/experiments/{name}
pub fn one(app: &App, params: Params, name: &str) -> Answered {
    params.finish()?;
    let name = decoded(name)?;
    let experiment = seen(app, &name)?;
    Ok(json_answer(StatusCode::OK, &shown::ExperimentAnswer::of(shown::ExperimentRow::of(&name, &experiment))))
}

/// GET /api/experiments/{name}/results?by=device
pub fn outcome(app: &App, mut params: Params, name: &str) -> Answered {
    let what = format!("one of {}", By::ALL.map(By::name).join(", "));
    let by = params.parsed("by", &what, |text| By::ALL.into_iter().find(|by| by.name() == text))?;
    params.finish()?;
    let name = decoded(name)?;
    let experiment = seen(app, &name)?;
    let trial = started(&experiment, &name)?;
    let figures = app.engine.trial(&experiment.bot, &trial)?;
    Ok(success(&results(&experiment, &figures, by)).response(&app.clock))
}

/// GET /api/experiments/{name}/compare?variant=&other_variant=&days=7
pub fn compare(app: &App, mut params: Params, name: &str) -> Answered {
    let window = params.window(DEFAULT_DAYS)?;
    let (variant, other_variant) = (params.take("variant"), params.take("other_variant"));
    params.finish()?;
    let name = decoded(name)?;
    let experiment = seen(app, &name)?;
    let trial = started(&experiment, &name)?;
    let named = |field: &str, found: Option<String>| {
        found.map(|found| experiment.place(&found).ok_or_else(|| no_variant(field, &experiment, &found))).transpose()
    };
    let (this, other) = (named("variant", variant)?, named("other_variant", other_variant)?);
    // The control is what others are compared with.
    let other = other.unwrap_or(usize::from(this == Some(0)));
    let this = this.unwrap_or(usize::from(other == 0));
    if this == other {
        let found = &experiment.variants[this].name;
        return Err(Failure::invalid(format!("variant: expected another one than `other_variant`, found {found:?}")));
    }
    let days = range(app, &experiment.bot, window)?;
    let figures = app.engine.variants(&experiment.bot, Window::Between(days), &trial)?;
    let of = |place: usize| figures.variants[place].figures();
    let answer = shown::VariantComparison {
        experiment: name,
        bot: experiment.bot.clone(),
        from: days.first,
        to: days.last,
        period_days: days.len(),
        this: experiment.variants[this].name.clone(),
        other: experiment.variants[other].name.clone(),
        figures: changes(&of(this), &of(other)),
        cut_at: figures.cut_at_ms.map(rfc3339),
    };
    Ok(success(&answer).response(&app.clock))
}

fn no_variant(field: &str, experiment: &Experiment, found: &str) -> Failure {
    let names: Vec<&str> = experiment.variants.iter().map(|variant| &*variant.name).collect();
    let shown: String = found.chars().take(60).collect();
    Failure::invalid(format!("{field}: expected one of {}, found {shown:?}", names.join(", ")))
}

/// What is counted of it.
fn started(experiment: &Experiment, name: &str) -> Answered<Trial> {
    let nothing = || Error::Conflict("it was not started yet: there is nothing to be seen".into());
    Ok(experiment.trial(name).ok_or_else(nothing)?)
}

/// POST /api/experiments
pub async fn add(app: App, headers: HeaderMap, body: Body) -> Answered {
    let new: NewExperiment = body.json(&headers).await?;
    if let Some(bot) = &new.bot {
        app.engine.bot(bot)?;
    }
    let (name, salt, now_ms) = (new.name.clone(), crate::random::id()?, app.clock.now_ms());
    let (chat, of) = (app.chat.clone(), name.clone());
    let add = move |document: &mut Document| {
        document.experiments.add(new, salt, now_ms)?;
        check_replies(&chat, document.experiments.named(&of)?)
    };
    changed(&app, "experiment added", name, add).await?;
    Ok(json_answer(StatusCode::OK, &shown::Done::ANSWER))
}

/// PATCH /api/experiments/{name}
pub async fn change(app: App, name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(name)?;
    let change: ExperimentChange = body.json(&headers).await?;
    if let Some(bot) = &change.bot {
        app.engine.bot(bot)?;
    }
    let (chat, has_replies) = (app.chat.clone(), change.variants.is_some());
    let change = move |experiment: &mut Experiment| {
        change.apply(experiment)?;
        if has_replies { check_replies(&chat, experiment) } else { Ok(()) }
    };
    act(&app, "experiment changed", name, change).await
}

/// What the built-in bot would never say is refused: a reply to an intent that it does not know.
fn check_replies(chat: &ChatBot, experiment: &Experiment) -> crate::error::Result<()> {
    let Some(known) = chat.intents() else { return Ok(()) };
    let Some(unknown) = experiment.intents().find(|intent| !known.contains(intent)) else { return Ok(()) };
    let known = known.join(", ");
    Err(Error::Invalid(format!(
        "variants: replies: expected an intent of the built-in bot ({known}), found {unknown:?}"
    )))
}

/// DELETE /api/experiments/{name}
pub async fn remove(app: App, name: &str) -> Answered {
    let name = decoded(name)?;
    let of = name.clone();
    changed(&app, "experiment removed", of, move |document| document.experiments.remove(&name)).await?;
    Ok(json_answer(StatusCode::OK, &shown::Done::ANSWER))
}

/// POST /api/experiments/{name}/start
pub async fn start(app: App, name: &str) -> Answered {
    let (name, now_ms) = (decoded(name)?, app.clock.now_ms());
    act(&app, "experiment started", name, move |experiment| experiment.start(now_ms)).await
}

/// POST /api/experiments/{name}/pause
pub async fn pause(app: App, name: &str) -> Answered {
    act(&app, "experiment paused", decoded(name)?, Experiment::pause).await
}

/// POST /api/experiments/{name}/stop
pub async fn stop(app: App, name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(name)?;
    let decision: Decision = body.json(&headers).await?;
    let (by, now_ms) = (app.caller.asker.name(), app.clock.now_ms());
    act(&app, "experiment stopped", name, move |experiment| experiment.stop(decision, &by, now_ms)).await
}

/// Changes one, and answers with what it is then.
async fn act(
    app: &App,
    action: &'static str,
    name: String,
    change: impl FnOnce(&mut Experiment) -> crate::error::Result<()> + Send + 'static,
) -> Answered {
    let of = name.clone();
    let made = move |document: &mut Document| document.experiments.change(&of, change);
    let experiment = changed(app, action, name.clone(), made).await?;
    Ok(json_answer(StatusCode::OK, &shown::ExperimentAnswer::of(shown::ExperimentRow::of(&name, &experiment))))
}

/// POST /api/experiments/{name}/assign
pub async fn assign(app: App, name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(name)?;
    let asked: AssignBody = body.json(&headers).await?;
    let experiment = seen(&app, &name)?;
    let context = context(&app, experiment.bot.clone(), &headers);
    let AssignBody { bot, session_id, user_id, device_type, language } = asked;
    if let Some(bot) = bot.filter(|bot| *bot != experiment.bot) {
        return Err(Failure::invalid(format!("bot: expected {}, whose experiment it is, found {bot}", experiment.bot)));
    }
    let session_id = id("session_id", session_id, SESSION_ID_BYTES_MAX)?;
    let user_id = id("user_id", user_id, USER_ID_BYTES_MAX)?;
    let needed = match experiment.unit {
        Unit::Session => ("session_id", session_id.is_some()),
        Unit::User => ("user_id", user_id.as_deref().is_some_and(|user| user != ANONYMOUS)),
    };
    if let (field, false) = needed {
        let unit = experiment.unit.name();
        return Err(Failure::invalid(format!(
            "{field}: expected a text, as the experiment draws by {unit}, found nothing"
        )));
    }
    if let Some(device) = device_type.as_deref().filter(|device| !matches!(*device, "mobile" | "desktop" | "tablet")) {
        return Err(Failure::invalid(format!(
            "device_type: expected one of mobile, desktop, tablet, found {device:?}"
        )));
    }
    if let Some(language) = language.as_deref().filter(|language| !is_language(language)) {
        return Err(Failure::invalid(format!(
            "language: expected two or three small letters such as en, found {language:?}"
        )));
    }
    let who = Who {
        bot: &experiment.bot,
        session_id: session_id.as_deref(),
        user_id: user_id.as_deref(),
        device_type: device_type.as_deref().or(context.device_type.as_deref()),
        language: language.as_deref().or_else(|| user_agent::language(&headers)),
        now_ms: context.now_ms,
    };
    let Some(found) = shown_to(&name, &experiment, &who) else {
        return Ok(json_answer(StatusCode::OK, &shown::Assigned::of(None, false)));
    };
    let is_counted = found.exposure.is_some();
    if let Some(exposure) = found.exposure {
        expose(&app, &name, experiment.unit, exposure).await?;
    }
    Ok(json_answer(StatusCode::OK, &shown::Assigned::of(Some(&found.variant.name), is_counted)))
}

fn id(field: &str, value: Option<String>, bytes_max: usize) -> Answered<Option<String>> {
    match value {
        Some(id) if !(1..=bytes_max).contains(&id.len()) => {
            Err(Failure::invalid(format!("{field}: expected a text of 1 to {bytes_max} bytes, found {}", id.len())))
        }
        id => Ok(id),
    }
}

/// Stores an exposure, unless it was. When it returns, it is durable.
async fn expose(app: &App, name: &str, unit: Unit, exposure: Event) -> Answered<()> {
    let known = &app.recorder.known_exposures;
    let Some(event_id) = exposure.id.clone().filter(|_| known.is_new(&exposure)) else { return Ok(()) };
    let (engine, bot, experiment) = (app.engine.clone(), exposure.bot.clone(), name.to_owned());
    let of = match unit {
        Unit::Session => exposure.session_id.clone(),
        Unit::User => exposure.user_id.clone(),
    };
    let ask = move || engine.variant_shown(&bot, unit, of.as_deref().unwrap_or_default(), &experiment);
    if waited(tokio::task::spawn_blocking(ask).await)??.is_none() {
        let room = app.ingest.room(exposure.weight())?;
        let stored = app.ingest.submit(Batch { events: vec![exposure], ..Batch::default() }, room)?;
        stored.await.map_err(|_| Error::Stopping)??;
    }
    known.add(event_id);
    Ok(())
}
