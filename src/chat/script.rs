//! A bot's script: one TOML file with its intents, the phrases that show them, the replies, and the entities it wants to
//! be told apart.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::features::joined;
use crate::error::{Error, Result};
use crate::limits::{NAME_BYTES_MAX, SCRIPT_BYTES_MAX, TEXT_BYTES_MAX};

/// The script of a company that finishes and renovates homes, in Polish and English.
pub const EMBEDDED: &str = include_str!("renovation.toml");

/// The intent of what was not understood.
pub const FALLBACK: &str = "fallback";

/// Texts by language, `pl` and `en`.
pub type Texts = BTreeMap<Language, Vec<String>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Pl,
    En,
}

impl Language {
    /// As scripts and experiments call it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Pl => "pl",
            Self::En => "en",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Confidence below which a message is `fallback`, 0 to 1.
    pub threshold: Spanned<f64>,
    pub fallback: Spanned<Texts>,
    /// Messages that are none of the bot's business: what is most like these is not understood.
    pub off_topic: Option<Spanned<Texts>>,
    pub intent: Vec<Intent>,
    /// What is to be found in messages beside what is read from every message anyway.
    #[serde(default)]
    pub entity: Vec<Entity>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    pub name: Spanned<String>,
    pub phrases: Spanned<Texts>,
    pub replies: Spanned<Texts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The key under which it is recorded.
    pub name: Spanned<String>,
    /// Words for each of its values, in whatever language.
    pub values: Spanned<BTreeMap<String, Vec<String>>>,
}

impl Script {
    /// Reads a file.
    ///
    /// # Errors
    /// `Unusable` with the line and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |why: String| Error::Unusable(format!("{} cannot be read: {why}", path.display()));
        let bytes = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if bytes > SCRIPT_BYTES_MAX {
            return Err(unreadable(format!("expected at most {SCRIPT_BYTES_MAX} bytes, found {bytes}")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Self::parse(&text).map_err(|sentence| Error::Unusable(format!("{}: {sentence}", path.display())))
    }

    /// # Errors
    /// A sentence that begins with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let script: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            format!("line {}: {}", line(text, at), error.message())
        })?;
        match script.fault() {
            Some((at, sentence)) => Err(format!("line {}: {sentence}", line(text, at))),
            None => Ok(script),
        }
    }

    /// What is wrong though it is TOML of the right shape: where, and a sentence.
    fn fault(&self) -> Option<(usize, String)> {
        let threshold = *self.threshold.get_ref();
        if !(0.0..=1.0).contains(&threshold) {
            let at = self.threshold.span().start;
            return Some((at, format!("threshold: expected a number from 0 to 1, found {threshold}")));
        }
        if let Some(sentence) = texts_fault("fallback", self.fallback.get_ref()) {
            return Some((self.fallback.span().start, sentence));
        }
        if let Some(off_topic) = &self.off_topic
            && let Some(sentence) = texts_fault("off_topic", off_topic.get_ref())
        {
            return Some((off_topic.span().start, sentence));
        }
        self.intent_fault().or_else(|| self.entity_fault())
    }

    fn intent_fault(&self) -> Option<(usize, String)> {
        let mut seen: Vec<&str> = vec![FALLBACK];
        let mut shown: HashMap<String, &str> = HashMap::new();
        for intent in &self.intent {
            let name = intent.name.get_ref();
            if let Some(sentence) = name_fault(name, &seen) {
                return Some((intent.name.span().start, sentence));
            }
            seen.push(name);
            for (what, texts) in [("phrases", &intent.phrases), ("replies", &intent.replies)] {
                if let Some(sentence) = texts_fault(&format!("{what} of `{name}`"), texts.get_ref()) {
                    return Some((texts.span().start, sentence));
                }
            }
            for phrase in intent.phrases.get_ref().values().flatten() {
                let other = shown.insert(joined(phrase), name).filter(|other| other != name);
                if let Some(other) = other {
                    let at = intent.phrases.span().start;
                    return Some((at, format!("phrases of `{name}`: {phrase:?} is a phrase of `{other}` too")));
                }
            }
        }
        None
    }

    fn entity_fault(&self) -> Option<(usize, String)> {
        let mut seen: Vec<&str> = Vec::new();
        for entity in &self.entity {
            let name = entity.name.get_ref();
            if let Some(sentence) = name_fault(name, &seen) {
                return Some((entity.name.span().start, sentence));
            }
            seen.push(name);
            let values = entity.values.get_ref();
            let wordless = |texts: &Vec<String>| texts.is_empty() || texts.iter().any(|text| joined(text).is_empty());
            if values.is_empty() || values.values().any(wordless) {
                let sentence = format!("values of `{name}`: expected at least one, each with a list of words for it");
                return Some((entity.values.span().start, sentence));
            }
        }
        None
    }
}

fn name_fault(name: &str, seen: &[&str]) -> Option<String> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Some(format!("name: expected 1 to {NAME_BYTES_MAX} bytes, found {}", name.len()));
    }
    seen.contains(&name).then(|| format!("name: `{name}` is there already"))
}

fn texts_fault(what: &str, texts: &Texts) -> Option<String> {
    let all = || texts.values().flatten();
    if all().next().is_none() {
        return Some(format!("{what}: expected at least one text, `pl` or `en`"));
    }
    if all().any(|text| text.trim().is_empty() || text.len() > TEXT_BYTES_MAX) {
        return Some(format!("{what}: expected texts of 1 to {TEXT_BYTES_MAX} bytes each"));
    }
    None
}

fn line(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_script_is_sound() {
        let script = Script::parse(EMBEDDED).unwrap();
        assert!(script.intent.len() >= 8);
    }

    #[test]
    fn no_file_brings_it_down() {
        let short = "threshold = 0.3\nfallback.en = [\"?\"]\n[[intent]]\nname = \"a\"\nphrases.en = [\"x y\", \"z\"]\n\
                     replies.pl = [\"y\"]\n[[entity]]\nname = \"e\"\nvalues.a = [\"b\"]\n";
        let start: String = EMBEDDED.lines().take(60).map(|line| format!("{line}\n")).collect();
        let take = |bytes: &[u8]| match Script::parse(&String::from_utf8_lossy(bytes)) {
            Ok(_) => "read".into(),
            Err(sentence) => sentence,
        };
        crate::fuzz::run("bot-file", vec![short.into(), start.into()], 256 * 1024 * 1024, |_| {}, take);
    }

    #[test]
    fn errors_name_the_line() {
        let start = "threshold = 0.3\nfallback.en = [\"?\"]\n";
        let intent = "[[intent]]\nname = \"a\"\nphrases.en = [\"x\"]\nreplies.en = [\"y\"]\n";
        assert!(Script::parse(&format!("{start}{intent}")).is_ok());
        for (text, right) in [
            ("threshold = \n".to_owned(), "line 1: "),
            (start.replace("0.3", "1.5") + intent, "line 1: threshold"),
            (format!("{start}{intent}{intent}"), "line 8: name: `a` is there already"),
            (format!("{start}{intent}").replace("[\"x\"]", "[]"), "line 5: phrases of `a`"),
            (format!("{start}{intent}").replace("name = \"a\"", "name = \"fallback\""), "line 4: name"),
            (format!("{start}{intent}colour = 1\n"), "line 7: unknown field"),
            (format!("{start}{intent}{}", intent.replace("\"a\"", "\"b\"")), "line 9: phrases of `b`: \"x\" is"),
            (format!("{start}{intent}[[entity]]\nname = \"\"\nvalues.a = [\"b\"]\n"), "line 8: name"),
            (format!("{start}{intent}[[entity]]\nname = \"e\"\nvalues.a = [\"…\"]\n"), "line 9: values of `e`"),
        ] {
            let found = Script::parse(&text).unwrap_err();
            assert!(found.starts_with(right), "{found:?} instead of {right:?}");
        }
    }
}
