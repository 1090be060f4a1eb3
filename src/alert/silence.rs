//! A silence: for a while, no one is told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::{Rule, check_text, expected};
use crate::error::Result;
use crate::limits::ALERT_TEXT_CHARS_MAX;
use crate::model::day::from_rfc3339;

/// No alert of what it names is told from when it begins until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AlertSilence")]
pub struct Silence {
    /// The rules of one bot; all where neither is named.
    #[serde(default)]
    pub bot: Option<String>,
    /// One rule, by its id.
    #[serde(default)]
    pub rule: Option<String>,
    /// When it begins, where that is not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub from: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    pub until: String,
    #[serde(default)]
    #[schemars(length(max = ALERT_TEXT_CHARS_MAX))]
    pub why: String,
}

impl Silence {
    /// # Errors
    /// A sentence that names the field.
    pub fn check(&self, now_ms: i64) -> Result<()> {
        if self.bot.is_some() && self.rule.is_some() {
            return Err(expected("rule", "not together with `bot`"));
        }
        if self.until_ms().is_none_or(|until_ms| until_ms <= now_ms) {
            return Err(expected("until", "a time to come, as RFC 3339"));
        }
        if self.from.is_some() && self.begins_ms().is_none_or(|from_ms| self.until_ms() <= Some(from_ms)) {
            return Err(expected("from", "a time before `until`, as RFC 3339"));
        }
        if !self.why.is_empty() {
            check_text("why", &self.why)?;
        }
        Ok(())
    }

    pub fn until_ms(&self) -> Option<i64> {
        from_rfc3339(&self.until)
    }

    fn begins_ms(&self) -> Option<i64> {
        from_rfc3339(self.from.as_ref()?)
    }

    pub fn is_over(&self, now_ms: i64) -> bool {
        self.until_ms().is_none_or(|until_ms| until_ms <= now_ms)
    }

    pub fn mutes(&self, id: &str, rule: &Rule, now_ms: i64) -> bool {
        let is_on = !self.is_over(now_ms) && self.begins_ms().is_none_or(|from_ms| from_ms <= now_ms);
        let of_bot = self.bot.is_none() || self.bot == rule.bot;
        is_on && of_bot && self.rule.as_deref().is_none_or(|muted| muted == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::offered;

    #[test]
    fn a_silence_is_of_a_bot_or_a_rule_and_ends() {
        let shop = &offered("shop")[0];
        let silence = |bot: Option<&str>, rule: Option<&str>| Silence {
            bot: bot.map(str::to_owned),
            rule: rule.map(str::to_owned),
            from: None,
            until: "1970-01-01T00:00:01Z".into(),
            why: String::new(),
        };
        assert!(silence(None, None).mutes("a", shop, 999) && !silence(None, None).mutes("a", shop, 1_000));
        assert!(silence(Some("shop"), None).mutes("a", shop, 0) && !silence(Some("other"), None).mutes("a", shop, 0));
        assert!(silence(None, Some("a")).mutes("a", shop, 0) && !silence(None, Some("b")).mutes("a", shop, 0));
        assert!(silence(None, None).check(1_000).is_err() && silence(Some("a"), Some("b")).check(0).is_err());
        let planned = |from: &str| Silence { from: Some(from.into()), ..silence(None, None) };
        let later = planned("1970-01-01T00:00:00.500Z");
        assert!(later.check(0).is_ok() && !later.mutes("a", shop, 499) && later.mutes("a", shop, 500));
        assert!(!later.mutes("a", shop, 1_000) && later.is_over(1_000) && !later.is_over(0));
        assert!(planned("1970-01-01T00:00:01Z").check(0).is_err() && planned("tomorrow").check(0).is_err());
    }
}
