//! The bot in front: what a visitor writes, answered from a script.

mod language;
mod matcher;
pub mod record;
pub mod script;
mod words;

use std::path::Path;

use crate::error::{Error, Result};
use language::Languages;
use matcher::Matcher;
use script::{EMBEDDED, FALLBACK, Language, Script, Texts};

/// The built-in bot.
pub struct ScriptedBot {
    script: Script,
    matcher: Matcher,
    languages: Languages,
}

/// What the bot says to a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub response: String,
    pub intent: String,
    /// How sure the bot is of the intent, 0 to 1; of `fallback`, how sure it was of its best guess.
    pub confidence: f64,
}

impl ScriptedBot {
    /// The bot of a script, or of the embedded one.
    ///
    /// # Errors
    /// `Unusable` with the line of the script and what is wrong with it.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let script = match path {
            Some(path) => Script::read(path)?,
            None => Script::parse(EMBEDDED).map_err(Error::Unusable)?,
        };
        let (matcher, languages) = (Matcher::new(&script), Languages::new(&script));
        Ok(Self { script, matcher, languages })
    }

    /// Answers in the language of the message, as far as the script speaks it. `turn` chooses among several replies.
    pub fn reply(&self, message: &str, turn: usize) -> Reply {
        let language = self.languages.of(message);
        let best = self.matcher.best(message);
        let confidence = best.map_or(0.0, |best| (best.confidence * 1e4).round() / 1e4);
        let understood = best.filter(|best| best.confidence >= *self.script.threshold.get_ref());
        let (intent, replies) = match understood {
            Some(best) => {
                let intent = &self.script.intent[best.intent];
                (intent.name.get_ref().as_str(), intent.replies.get_ref())
            }
            None => (FALLBACK, self.script.fallback.get_ref()),
        };
        Reply { response: text(replies, language, turn), intent: intent.to_owned(), confidence }
    }

    /// What an empty message is answered.
    pub fn prompt(&self) -> String {
        text(self.script.empty.get_ref(), Language::En, 0)
    }

    /// How many intents and phrases the bot knows.
    pub fn size(&self) -> (usize, usize) {
        let phrases = self.script.intent.iter().flat_map(|intent| intent.phrases.get_ref().values());
        (self.script.intent.len(), phrases.map(Vec::len).sum())
    }
}

/// A text in the language, else in the other one.
fn text(texts: &Texts, language: Language, turn: usize) -> String {
    let own = texts.get(&language).filter(|texts| !texts.is_empty());
    let texts = own.or_else(|| texts.values().find(|texts| !texts.is_empty()));
    texts.map(|texts| texts[turn % texts.len()].clone()).unwrap_or_default()
}
