//! The bot in front: what a visitor writes, answered from a script.

mod entities;
mod features;
mod language;
mod matcher;
pub mod pieces;
pub mod record;
pub mod script;
pub mod upstream;
mod words;

use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::experiment::Shown;
use crate::reading;
use entities::EntityFinder;
use features::joined;
use language::Languages;
use matcher::Matcher;
use pieces::Speaker;
use script::{EMBEDDED, FALLBACK, Language, Script, Texts};
use upstream::Upstream;

/// The session of those who name none.
pub const DEFAULT_SESSION: &str = "default";

/// The built-in bot.
pub struct ScriptedBot {
    script: Script,
    matcher: Matcher,
    languages: Languages,
    entities: EntityFinder,
}

/// What a bot says to a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub response: String,
    pub intent: Option<String>,
    /// How sure the bot is of the intent, 0 to 1; of `fallback`, how sure it was of its best guess.
    pub confidence: Option<f64>,
    pub entities: Option<Map<String, Value>>,
    pub input_tokens: Option<u32>,
    pub output_tokens: Option<u32>,
    pub cost_usd: Option<f64>,
    pub model: Option<String>,
}

/// Who answers the chat.
pub enum ChatBot {
    Scripted(Box<ScriptedBot>),
    /// The team's own bot.
    Upstream(Box<Upstream>),
}

/// A message as it came.
pub struct Asked<'a> {
    /// The request's whole JSON, for an upstream that knows more fields than we do.
    pub body: &'a Map<String, Value>,
    pub message: &'a str,
    pub bot: &'a str,
    pub session_id: &'a str,
    /// Variants of experiments that the visitor is to be shown.
    pub shown: &'a [Shown],
}

impl ChatBot {
    /// The intents that it may find; `None` of an upstream, which does not say them.
    pub fn intents(&self) -> Option<Vec<&str>> {
        match self {
            Self::Scripted(bot) => {
                let of_script = bot.script.intent.iter().map(|intent| intent.name.get_ref().as_str());
                Some(of_script.chain([FALLBACK]).collect())
            }
            Self::Upstream(_) => None,
        }
    }

    /// Forgets what was said in sessions.
    pub fn forget(&self, bot: &str, sessions: &[Box<str>]) {
        match self {
            Self::Scripted(_) => {}
            Self::Upstream(upstream) => upstream.forget(bot, sessions),
        }
    }

    /// Says the reply as it comes where there is a speaker, and gives it back whole.
    ///
    /// # Errors
    /// Why the upstream gave no reply, or no whole one, for the log and the metric.
    pub async fn reply(&self, asked: &Asked<'_>, speaker: Option<&Speaker>) -> Result<Reply, String> {
        let reply = match self {
            Self::Scripted(bot) => replaced(bot.answer(asked.message, asked.message.len()), asked.shown),
            Self::Upstream(upstream) => upstream.reply(asked, speaker).await?,
        };
        // What came without pieces is one.
        if let Some(speaker) = speaker.filter(|speaker| speaker.said().is_empty()) {
            speaker.say(&reply.response);
        }
        Ok(reply)
    }
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
        let entities = EntityFinder::new(&script);
        Ok(Self { script, matcher, languages, entities })
    }

    /// Answers in the language of the message, as far as the script speaks it. `turn` chooses among several replies.
    pub fn reply(&self, message: &str, turn: usize) -> Reply {
        self.answer(message, turn).0
    }

    /// The same, and the language of the message.
    fn answer(&self, message: &str, turn: usize) -> (Reply, Language) {
        let words = joined(message);
        let language = self.languages.of(message, &words);
        let best = self.matcher.best(&words);
        let confidence = best.map_or(0.0, |best| (best.confidence * 1e4).round() / 1e4);
        let sure = best.filter(|best| best.confidence >= *self.script.threshold.get_ref());
        let (intent, replies) = match sure.and_then(|best| self.script.intent.get(best.intent)) {
            Some(intent) => (intent.name.get_ref().as_str(), intent.replies.get_ref()),
            None => (FALLBACK, self.script.fallback.get_ref()),
        };
        let reply = Reply {
            response: text(replies, language, turn),
            intent: Some(intent.to_owned()),
            confidence: Some(confidence),
            entities: self.entities(message, &words),
            ..Reply::default()
        };
        (reply, language)
    }

    /// What the script looks for, beside what is read from every message; `None` where there is nothing of the script's.
    fn entities(&self, message: &str, words: &str) -> Option<Map<String, Value>> {
        let own = self.entities.find(words)?;
        let mut found = reading::entities(message).to_json().unwrap_or_default();
        found.extend(own);
        Some(found)
    }

    /// How many intents and phrases the bot knows.
    pub fn size(&self) -> (usize, usize) {
        let phrases = self.script.intent.iter().flat_map(|intent| intent.phrases.get_ref().values());
        (self.script.intent.len(), phrases.map(Vec::len).sum())
    }
}

/// A reply with the text of the first variant that has one for its intent, in the language if it has one of its own.
fn replaced((reply, language): (Reply, Language), shown: &[Shown]) -> Reply {
    let intent = reply.intent.as_deref().unwrap_or_default();
    match shown.iter().find_map(|shown| shown.variant.reply(intent, language.tag())) {
        Some(text) => Reply { response: text.to_owned(), ..reply },
        None => reply,
    }
}

/// A text in the language, else in the other one.
fn text(texts: &Texts, language: Language, turn: usize) -> String {
    let own = texts.get(&language).filter(|texts| !texts.is_empty());
    let texts = own.or_else(|| texts.values().find(|texts| !texts.is_empty()));
    texts.map(|texts| texts[turn % texts.len()].clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Variant;

    /// Whoever wrote in Polish was once answered with the one text of the variant, in English.
    #[test]
    fn a_variant_may_say_something_else_in_each_language() {
        let bot = ScriptedBot::load(None).unwrap();
        let warm = |replies: &[(&str, &str)]| Shown {
            experiment: "greeting".into(),
            variant: Variant {
                name: "warm".into(),
                weight: 1,
                replies: replies.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect(),
            },
            exposure: None,
        };
        let said =
            |message: &str, shown: &Shown| replaced(bot.answer(message, 0), std::slice::from_ref(shown)).response;
        let both = warm(&[("greeting", "Good to see you!"), ("greeting:pl", "Miło Cię widzieć!")]);
        assert_eq!(
            [said("good morning", &both), said("dzień dobry", &both)],
            ["Good to see you!", "Miło Cię widzieć!"]
        );
        let polish = warm(&[("greeting:pl", "Miło Cię widzieć!")]);
        assert_eq!(said("good morning", &polish), bot.reply("good morning", 0).response, "as ever");
    }
}
