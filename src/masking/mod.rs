//! What is taken out of texts before they are stored. An address or a number that is found gives way to a mark, `[email]` or
//! `[card]`, and is nowhere afterwards: not in the log, an index, a backup or an answer.
//!
//! Precision counts as much as recall: an order's number is no telephone, a version no address of a machine. What can prove
//! itself by a check digit has to; telephones are told by their plans, and by the words beside them. The longest find wins.
//! Time and memory are linear in the text, but for a team's own patterns, whose finds are bounded.

mod chain;
mod checked;
mod cues;
mod edges;
mod email;
mod escaped;
mod event;
mod find;
mod ip;
mod kind;
mod pattern;
mod phone;
mod plan;
mod segment;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use kind::MaskKind;
pub use pattern::{Pattern, WrittenPattern};

use crate::limits::MASK_ROUNDS_MAX;
use escaped::Decoded;
use find::{apart, find};

/// What of a bot's texts is masked before they are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masking {
    #[serde(default)]
    pub kinds: Vec<MaskKind>,
    #[serde(default)]
    pub patterns: Vec<Pattern>,
}

/// A place in a text, and what is to stand there.
struct Cover<'m> {
    start: usize,
    end: usize,
    mark: &'m str,
    is_own: bool,
}

impl Masking {
    /// Whether it leaves everything as it is.
    pub fn is_off(&self) -> bool {
        self.kinds.is_empty() && self.patterns.is_empty()
    }

    /// The text without what is masked; `None` where there is nothing of it. Masked once more, it stays as it is.
    pub fn mask(&self, text: &str) -> Option<String> {
        self.mask_after("", text)
    }

    /// The same of a text that something goes before, such as the name of its field: it may say what a number is.
    fn mask_after(&self, before: &str, text: &str) -> Option<String> {
        let mut masked = self.round(before, text)?;
        // What was hidden by what has gone may be found now.
        for _ in 1..MASK_ROUNDS_MAX {
            match self.round(before, &masked) {
                Some(again) => masked = again,
                None => break,
            }
        }
        Some(masked)
    }

    fn round(&self, before: &str, text: &str) -> Option<String> {
        let mut covers = Vec::new();
        self.look(before, text, |start, end, mark, is_own| covers.push(Cover { start, end, mark, is_own }));
        if let Some(decoded) = Decoded::of(text) {
            self.look(before, &decoded.text, |start, end, mark, is_own| {
                let (start, end) = decoded.place(start, end);
                covers.push(Cover { start, end, mark, is_own });
            });
        }
        if covers.is_empty() { None } else { Some(covered(text, covers)) }
    }

    fn look<'m>(&'m self, before: &str, text: &str, mut found: impl FnMut(usize, usize, &'m str, bool)) {
        for find in find(before, text, &self.kinds) {
            found(find.start, find.end, find.kind.mark(), false);
        }
        if self.patterns.is_empty() {
            return;
        }
        let marks = self.marks(text);
        for pattern in &self.patterns {
            pattern.find(text, &marks, |start, end| found(start, end, pattern.mark(), true));
        }
    }

    /// Where in a text marks stand already.
    fn marks(&self, text: &str) -> Vec<(usize, usize)> {
        let own = || self.patterns.iter().map(Pattern::mark);
        let known = || MaskKind::ALL.iter().map(|kind| kind.mark()).chain(own());
        let opened = memchr::memchr_iter(b'[', text.as_bytes());
        opened
            .filter_map(|start| Some((start, start + known().find(|mark| text[start..].starts_with(mark))?.len())))
            .collect()
    }
}

/// Puts the marks in; of those that overlap the longest, and of two as long the one of the team's own.
fn covered(text: &str, covers: Vec<Cover>) -> String {
    let covers = apart(text, covers, |cover| (cover.start..cover.end, cover.is_own));
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for Cover { start, end, mark, .. } in covers {
        masked.push_str(&text[from..start]);
        masked.push_str(mark);
        from = end;
    }
    masked + &text[from..]
}
