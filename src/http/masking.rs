//! What of each bot's texts is masked before they are stored: /api/masking.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::HeaderMap;

use super::App;
use super::auth::waited;
use super::body::{Body, object};
use super::changes::{decoded, told};
use super::params::Params;
use super::respond::{Answered, Failure, success};
use super::shown::{MaskingAnswer, MaskingList, MaskingRow, MaskingTried};
use crate::error::Error;
use crate::limits::TEXT_BYTES_MAX;
use crate::masking::Masking;
use crate::settings::{Document, MaskingChange};

/// A text, and what might be masked in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TryBody {
    /// At most 32,768 bytes.
    #[schemars(length(max = TEXT_BYTES_MAX))]
    text: String,
    /// As it would be changed; without it, as it is.
    #[serde(default, deserialize_with = "object")]
    #[schemars(with = "Option<MaskingChange>")]
    masking: Option<MaskingChange>,
}

/// GET /api/masking
pub fn list(app: &App, params: Params) -> Answered {
    params.finish()?;
    let settings = app.settings.now();
    let bots = app.engine.bots()?;
    let names: BTreeSet<&str> =
        bots.iter().map(|bot| &*bot.name).chain(settings.masking.keys().map(String::as_str)).collect();
    let row = |name| MaskingRow::of(name, settings.masking(name).unwrap_or(&Masking::default()));
    Ok(success(&MaskingList { bots: names.into_iter().map(row).collect() }).response(&app.clock))
}

/// PATCH /api/masking/{name}
pub async fn change(app: App, encoded_name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(encoded_name)?;
    let change: MaskingChange = body.json(&headers).await?;
    let target = name.clone();
    let change = move |document: &mut Document| document.change_masking_told(&name, change);
    let masking = told(&app, "masking changed", target, change).await?;
    Ok(success(&MaskingAnswer::from(&masking)).response(&app.clock))
}

/// POST /api/masking/{name}/try
pub async fn attempt(app: App, encoded_name: &str, headers: HeaderMap, body: Body) -> Answered {
    let name = decoded(encoded_name)?;
    let TryBody { text, masking } = body.json(&headers).await?;
    if text.len() > TEXT_BYTES_MAX {
        let found = text.len();
        return Err(Failure::invalid(format!("text: expected at most {TEXT_BYTES_MAX} bytes, found {found}")));
    }
    let settings = app.settings.now();
    let attempt = move || {
        let masking = settings.masking_by(&name, masking.unwrap_or_default())?;
        Ok::<_, Error>(masking.mask(&text).unwrap_or(text))
    };
    let stored = waited(tokio::task::spawn_blocking(attempt).await)??;
    Ok(success(&MaskingTried { stored }).response(&app.clock))
}
