//! Settings as the record of changes tells of them: short, and in the words that the command line takes.

use super::{Document, KeepChange, MaskingChange};
use crate::access::Changed;
use crate::error::Result;
use crate::masking::{Masking, Pattern};
use crate::model::Keep;

impl Document {
    /// As `change_keep`; also returns what the record says of it.
    ///
    /// # Errors
    /// As `change_keep`.
    pub fn change_keep_told(&mut self, bot: &str, change: KeepChange) -> Result<(Keep, Changed)> {
        let before = kept(&self.keep(bot));
        let keep = self.change_keep(bot, change)?;
        Ok((keep, Changed { before, after: kept(&keep) }))
    }

    /// As `change_masking`; also returns what the record says of it.
    ///
    /// # Errors
    /// As `change_masking`.
    pub fn change_masking_told(&mut self, bot: &str, change: MaskingChange) -> Result<(Masking, Changed)> {
        let before = self.masking(bot).cloned().unwrap_or_default();
        let masking = self.change_masking(bot, change)?;
        let changed = Changed { before: masked(&before, &masking), after: masked(&masking, &before) };
        Ok((masking, changed))
    }
}

fn kept(keep: &Keep) -> String {
    let Keep { text_days, events_days, performance_days, sessions_days } = *keep;
    let days = |days: Option<u32>| days.map_or_else(|| "forever".to_owned(), |days| format!("{days}d"));
    format!(
        "text {}, events {}, performance {}, sessions {}",
        days(text_days),
        days(events_days),
        days(performance_days),
        days(sessions_days)
    )
}

/// What is masked; of patterns that are the same in the other one the names alone, as a line has little room.
fn masked(masking: &Masking, other: &Masking) -> String {
    let pattern = |pattern: &Pattern| match other.patterns.contains(pattern) {
        true => pattern.name().to_owned(),
        false => pattern.to_string(),
    };
    let kinds = masking.kinds.iter().map(ToString::to_string);
    let all: Vec<String> = kinds.chain(masking.patterns.iter().map(pattern)).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_was_and_what_it_is_are_told_in_short() {
        let mut document = Document::default();
        let keep = |document: &mut Document, json: &str| {
            let (_, Changed { before, after }) =
                document.change_keep_told("shop", serde_json::from_str(json).unwrap()).unwrap();
            [before, after]
        };
        let forever = "text forever, events forever, performance forever, sessions forever";
        let shorter = "text 30d, events 400d, performance forever, sessions forever";
        assert_eq!(keep(&mut document, r#"{"text_days": 30, "events_days": 400}"#), [forever, shorter]);
        assert_eq!(keep(&mut document, r#"{"text_days": null, "events_days": null}"#), [shorter, forever]);
        let mask = |document: &mut Document, json: &str| {
            let (_, Changed { before, after }) =
                document.change_masking_told("shop", serde_json::from_str(json).unwrap()).unwrap();
            [before, after]
        };
        let two =
            r#"{"kinds":["email"],"patterns":[{"name":"order","regex":"O-[0-9]+"},{"name":"key","regex":"K[0-9]"}]}"#;
        assert_eq!(mask(&mut document, two), ["none", "email, order=O-[0-9]+, key=K[0-9]"]);
        let other = r#"{"patterns":[{"name":"order","regex":"O-[0-9]+"},{"name":"key","regex":"K[0-9]{8}"}]}"#;
        assert_eq!(mask(&mut document, other), ["email, order, key=K[0-9]", "email, order, key=K[0-9]{8}"]);
    }
}
