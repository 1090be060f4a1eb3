//! What of each bot's texts is masked.

use schemars::JsonSchema;
use serde::Serialize;

use crate::masking::{MaskKind, Masking, WrittenPattern};

#[derive(Serialize, JsonSchema)]
pub struct MaskingList {
    /// Those that there are, and those that are to come.
    pub bots: Vec<MaskingRow>,
}

#[derive(Serialize, JsonSchema)]
pub struct MaskingRow {
    name: String,
    kinds: Vec<MaskKind>,
    patterns: Vec<WrittenPattern>,
}

impl MaskingRow {
    pub fn of(name: &str, masking: &Masking) -> Self {
        let MaskingAnswer { kinds, patterns } = masking.into();
        Self { name: name.to_owned(), kinds, patterns }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct MaskingAnswer {
    kinds: Vec<MaskKind>,
    patterns: Vec<WrittenPattern>,
}

impl From<&Masking> for MaskingAnswer {
    fn from(Masking { kinds, patterns }: &Masking) -> Self {
        Self { kinds: kinds.clone(), patterns: patterns.iter().cloned().map(Into::into).collect() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct MaskingTried {
    /// The text as it would be stored.
    pub stored: String,
}
