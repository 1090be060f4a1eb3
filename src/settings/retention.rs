//! How long bots keep what they were told.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::Document;
use crate::error::{Error, Result};
use crate::limits::KEPT_DAYS_MAX;
use crate::model::Keep;

/// Days that each kind is to be kept from now on, today included: `null` is for ever, and what is not given stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeepChange {
    /// What was written: messages, replies, entities, comments. The events themselves stay.
    #[serde(deserialize_with = "given")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX), with = "Option<u32>")]
    pub text_days: Option<Option<u32>>,
    /// Messages, visits, leads and feedback as they came.
    #[serde(deserialize_with = "given")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX), with = "Option<u32>")]
    pub events_days: Option<Option<u32>>,
    /// Performance metrics as they came.
    #[serde(deserialize_with = "given")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX), with = "Option<u32>")]
    pub performance_days: Option<Option<u32>>,
    /// Sessions, the names of persons, contact data of leads, and the way from figures to them.
    #[serde(deserialize_with = "given")]
    #[schemars(range(min = 1, max = KEPT_DAYS_MAX), with = "Option<u32>")]
    pub sessions_days: Option<Option<u32>>,
}

/// What is there is meant, `null` too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl KeepChange {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn of(self, keep: Keep) -> Keep {
        Keep {
            text_days: self.text_days.unwrap_or(keep.text_days),
            events_days: self.events_days.unwrap_or(keep.events_days),
            performance_days: self.performance_days.unwrap_or(keep.performance_days),
            sessions_days: self.sessions_days.unwrap_or(keep.sessions_days),
        }
    }
}

impl Document {
    /// How long a bot keeps what it was told.
    pub fn keep(&self, bot: &str) -> Keep {
        self.retention.get(bot).copied().unwrap_or_default()
    }

    /// Changes how long a bot, which there is, keeps what it was told; returns how it is then.
    ///
    /// # Errors
    /// `Invalid` with a sentence that names the field.
    pub fn change_keep(&mut self, bot: &str, change: KeepChange) -> Result<Keep> {
        let keep = change.of(self.keep(bot));
        keep.check().map_err(Error::Invalid)?;
        match keep.is_forever() {
            true => self.retention.remove(bot),
            false => self.retention.insert(bot.to_owned(), keep),
        };
        Ok(keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays_and_null_is_for_ever() {
        let mut document = Document::default();
        let mut change = |json: &str| document.change_keep("shop", serde_json::from_str(json).unwrap());
        let keep = change(r#"{"text_days": 30, "events_days": 400}"#).unwrap();
        assert_eq!(keep, Keep { text_days: Some(30), events_days: Some(400), ..Keep::default() });
        assert_eq!(change(r#"{"text_days": 7}"#).unwrap(), Keep { text_days: Some(7), ..keep });
        assert!(change(r#"{"text_days": 500}"#).unwrap_err().to_string().contains("text_days"));
        assert_eq!(change(r#"{"text_days": null}"#).unwrap(), Keep { text_days: None, ..keep });
        change(r#"{"events_days": null}"#).unwrap();
        assert_eq!(document, Document::default());
        assert!(serde_json::from_str::<KeepChange>(r#"{"text": 1}"#).is_err());
    }
}
