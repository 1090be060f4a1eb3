//! Receipts of erasures, and what is held of a person.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{EngagementRecord, LeadRecord};
use crate::erasure::Receipt;
use crate::model::Day;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Erasure")]
pub struct ErasureAnswer {
    pub receipt: Receipt,
}

#[derive(Serialize, JsonSchema)]
pub struct ErasureList {
    /// What receipts of this server are signed with: Ed25519, in hexadecimal digits.
    pub public_key: String,
    /// The latest first.
    pub receipts: Vec<Receipt>,
}

/// Everything that is held of a person. It is streamed, so that this only describes it.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "it is described, and written piece by piece")]
pub struct PersonExport {
    user_id: String,
    bot: String,
    #[schemars(extend("format" = "date-time"))]
    exported_at: String,
    /// On which they said something.
    days: Vec<Day>,
    /// What they were shown of experiments that draw by user.
    shown: Vec<Shown>,
    /// Those of no session that name them.
    #[schemars(with = "Vec<crate::http::openapi::AnyEvent>")]
    events: Vec<Value>,
    sessions: Vec<PersonSession>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "as the export")]
pub struct Shown {
    experiment: String,
    variant: String,
    #[schemars(extend("format" = "date-time"))]
    first_at: String,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "as the export")]
pub struct PersonSession {
    session: EngagementRecord,
    leads: Vec<LeadRecord>,
    /// In order of arrival.
    #[schemars(with = "Vec<crate::http::openapi::AnyEvent>")]
    events: Vec<Value>,
}
