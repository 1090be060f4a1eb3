//! What of each bot's texts is masked before they are stored.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;
use crate::error::{Error, Result};
use crate::limits::{BOT_NAME_BYTES_MAX, MASK_PATTERNS_MAX, MASK_PATTERNS_OF_ALL_MAX, MASKED_BOTS_MAX};
use crate::masking::{MaskKind, Masking, Pattern, WrittenPattern};
use crate::model::{Event, is_bot_name};

/// What is to be masked from now on; what is not given stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaskingChange {
    /// All kinds that are to be masked.
    #[schemars(length(max = MaskKind::ALL.len()))]
    pub kinds: Option<Vec<MaskKind>>,
    /// All patterns of the team's own.
    #[schemars(length(max = MASK_PATTERNS_MAX))]
    pub patterns: Option<Vec<WrittenPattern>>,
}

impl MaskingChange {
    /// What it makes of what there was.
    ///
    /// # Errors
    /// `Invalid` with a sentence that names the field.
    pub fn of(self, before: &Masking) -> Result<Masking> {
        let kinds = self.kinds.unwrap_or_else(|| before.kinds.clone());
        if let Some(kind) = repeated(&kinds) {
            return Err(Error::Invalid(format!("kinds: {kind} is given twice")));
        }
        let patterns = match self.patterns {
            None => before.patterns.clone(),
            Some(written) if written.len() > MASK_PATTERNS_MAX => {
                let found = written.len();
                return Err(Error::Invalid(format!("patterns: expected at most {MASK_PATTERNS_MAX}, found {found}")));
            }
            Some(written) => {
                let patterns = written.into_iter().map(Pattern::try_from).collect::<Result<Vec<_>, _>>();
                patterns.map_err(|why| Error::Invalid(format!("patterns: {why}")))?
            }
        };
        let names: Vec<String> = patterns.iter().map(|pattern| pattern.name().to_ascii_lowercase()).collect();
        match repeated(&names) {
            Some(name) => Err(Error::Invalid(format!("patterns: there are two of the name {name}"))),
            None => Ok(Masking { kinds, patterns }),
        }
    }
}

fn repeated<T: PartialEq>(list: &[T]) -> Option<&T> {
    list.iter().enumerate().find(|(place, item)| list[..*place].contains(item)).map(|(_, item)| item)
}

impl Document {
    /// What of a bot's texts is masked; `None` where nothing is.
    pub fn masking(&self, bot: &str) -> Option<&Masking> {
        // Most have no bot in here, and look for none.
        if self.masking.is_empty() { None } else { self.masking.get(bot) }
    }

    /// Masks an event as its bot has it.
    pub fn mask(&self, event: &mut Event) {
        if let Some(masking) = self.masking(&event.bot) {
            masking.event(event);
        }
    }

    /// A sentence about something of a bot's, which may quote it.
    pub fn masked(&self, bot: &str, sentence: String) -> String {
        self.masking(bot).and_then(|masking| masking.mask(&sentence)).unwrap_or(sentence)
    }

    /// The same of a sentence of which it is not known which bot it is about.
    pub fn masked_by_any(&self, sentence: String) -> String {
        self.masking.values().fold(sentence, |sentence, masking| masking.mask(&sentence).unwrap_or(sentence))
    }

    /// What would be masked of a bot's texts after a change.
    ///
    /// # Errors
    /// `Invalid` with a sentence that names the field.
    pub fn masking_by(&self, bot: &str, change: MaskingChange) -> Result<Masking> {
        check_name(bot)?;
        change.of(self.masking(bot).unwrap_or(&Masking::default()))
    }

    /// Changes what of a bot's texts is masked; returns what is then. There need not be the bot: its first message may be the
    /// one that has to be masked.
    ///
    /// # Errors
    /// `Invalid` with a sentence that names the field, `Conflict` where there is no room for more.
    pub fn change_masking(&mut self, bot: &str, change: MaskingChange) -> Result<Masking> {
        let masking = self.masking_by(bot, change)?;
        if masking.is_off() {
            self.masking.remove(bot);
            return Ok(masking);
        }
        let others = || self.masking.iter().filter(|(name, _)| *name != bot).map(|(_, masking)| masking);
        let of_others: usize = others().map(|masking| masking.patterns.len()).sum();
        if of_others + masking.patterns.len() > MASK_PATTERNS_OF_ALL_MAX {
            return Err(Error::Conflict(format!(
                "patterns: all bots together have {of_others} others, and may have {MASK_PATTERNS_OF_ALL_MAX}"
            )));
        }
        if others().count() >= MASKED_BOTS_MAX {
            return Err(Error::Conflict(format!("there are {MASKED_BOTS_MAX} bots that mask, which is the most")));
        }
        self.masking.insert(bot.to_owned(), masking.clone());
        Ok(masking)
    }
}

fn check_name(bot: &str) -> Result<()> {
    match is_bot_name(bot) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "the bot: expected a name of 1 to {BOT_NAME_BYTES_MAX} bytes without control characters"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(document: &mut Document, json: &str) -> Result<Masking> {
        document.change_masking("shop", serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_is_not_given_stays_and_nothing_at_all_is_no_row() {
        let mut document = Document::default();
        let masking = change(&mut document, r#"{"kinds":["phone","email"]}"#).unwrap();
        assert_eq!(masking.kinds, [MaskKind::Phone, MaskKind::Email]);
        let masking = change(&mut document, r#"{"patterns":[{"name":"customer","regex":"C-[0-9]{6}"}]}"#).unwrap();
        assert_eq!((masking.kinds.len(), masking.patterns.len()), (2, 1));
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document);
        change(&mut document, r#"{"kinds":[],"patterns":[]}"#).unwrap();
        assert_eq!(document, Document::default());
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_name() {
        let mut document = Document::default();
        for (json, begins) in [
            (r#"{"kinds":["ip","ip"]}"#, "kinds:"),
            (r#"{"patterns":[{"name":"a","regex":"("}]}"#, "patterns: a: "),
            (r#"{"patterns":[{"name":"a","regex":"x*"}]}"#, "patterns: a: "),
            (r#"{"patterns":[{"name":"a","regex":"(?:[a-z]{100}){1000}"}]}"#, "patterns: a: expected a smaller"),
            (r#"{"patterns":[{"name":"email","regex":"x"}]}"#, "patterns: expected another name"),
            (r#"{"patterns":[{"name":"a1","regex":"x"}]}"#, "patterns: expected a name"),
            (r#"{"patterns":[{"name":"a","regex":"x"},{"name":"A","regex":"y"}]}"#, "patterns: there are two"),
        ] {
            let sentence = change(&mut document, json).unwrap_err().to_string();
            assert!(sentence.starts_with(begins), "{json}: {sentence}");
        }
        assert_eq!(document, Document::default());
        let broken = r#"{"version":1,"masking":{"shop":{"patterns":[{"name":"a","regex":"("}]}}}"#;
        assert!(serde_json::from_str::<Document>(broken).is_err(), "it would let through what it is to mask");
    }

    #[test]
    fn all_bots_together_have_a_limit() {
        let mut document = Document::default();
        let patterns: Vec<_> = (b'a'..).take(MASK_PATTERNS_MAX).map(|letter| char::from(letter).to_string()).collect();
        let patterns = patterns.iter().map(|name| WrittenPattern { name: name.clone(), regex: "x".into() }).collect();
        let change = MaskingChange { kinds: None, patterns: Some(patterns) };
        for bot in 0..MASK_PATTERNS_OF_ALL_MAX / MASK_PATTERNS_MAX {
            document.change_masking(&bot.to_string(), change.clone()).unwrap();
        }
        assert!(matches!(document.change_masking("one more", change.clone()), Err(Error::Conflict(_))));
        document.change_masking("0", change).unwrap();
    }
}
