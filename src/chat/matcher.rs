//! Which intent a message shows: complement naive Bayes over its words, pairs of words and pieces of words, learnt from
//! the script's phrases at start (J. Rennie, L. Shih, J. Teevan and D. Karger, "Tackling the Poor Assumptions of Naive
//! Bayes Text Classifiers", ICML 2003). Pieces of words are what survives inflection, missing diacritics and typing errors.

use std::collections::HashMap;

use ahash::RandomState;

use super::features::{Part, each_feature, joined};
use super::script::Script;

/// Smoothing: what is not seen in a phrase is not impossible.
const ALPHA: f64 = 0.1;
/// How fast one intent's lead over the others becomes certainty.
const SHARPNESS: f64 = 2.0;

pub struct Matcher {
    /// By part: features by number.
    numbers: [HashMap<Box<str>, usize, RandomState>; Part::COUNT],
    /// By feature: how telling it is, by inverse document frequency (K. Spärck Jones, 1972).
    idf: Vec<f64>,
    /// The same of a feature that no phrase has.
    rarest: f64,
    /// By feature and intent: how much it speaks for the intent.
    weights: Vec<f64>,
    intents: usize,
    /// Whole phrases, and their intents.
    phrases: HashMap<String, usize, RandomState>,
}

/// A text as the matcher sees it.
struct Seen {
    /// Known features of each part, ascending, each part a vector of length 1.
    values: Vec<(usize, f64)>,
    /// Which part of its pieces of words is known, weighed by how telling they are, 0 to 1.
    familiar: f64,
}

/// An intent by its place in the script, one past the last for what is off the topic, and how sure it is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    pub intent: usize,
    pub confidence: f64,
}

impl Matcher {
    pub fn new(script: &Script) -> Self {
        let examples: Vec<(usize, String)> = phrases(script).map(|(intent, phrase)| (intent, joined(phrase))).collect();
        let mut matcher = Self {
            numbers: Default::default(),
            idf: Vec::new(),
            rarest: (1.0 + examples.len() as f64).ln() + 1.0,
            weights: Vec::new(),
            intents: script.intent.len() + usize::from(script.off_topic.is_some()),
            phrases: examples.iter().map(|(intent, phrase)| (phrase.clone(), *intent)).collect(),
        };
        matcher.meet(&examples);
        matcher.learn(&examples);
        matcher
    }

    /// Numbers the features of all phrases, and sees how telling each is.
    fn meet(&mut self, examples: &[(usize, String)]) {
        // By feature: the latest phrase that has it, and how many have.
        let mut seen: Vec<(usize, u32)> = Vec::new();
        for (place, (_, phrase)) in (1..).zip(examples) {
            each_feature(phrase, |part, text| {
                let numbers = &mut self.numbers[part as usize];
                let number = numbers.get(text).copied().unwrap_or_else(|| {
                    numbers.insert(text.into(), seen.len());
                    seen.push((0, 0));
                    seen.len() - 1
                });
                let (latest, phrases) = &mut seen[number];
                *phrases += u32::from(*latest != place);
                *latest = place;
            });
        }
        self.idf = seen.iter().map(|(_, phrases)| self.rarest - (1.0 + f64::from(*phrases)).ln()).collect();
    }

    /// A feature speaks for an intent the more, the less the phrases of all others have of it.
    fn learn(&mut self, examples: &[(usize, String)]) {
        let mut amounts = vec![0.0; self.idf.len() * self.intents];
        let mut of_intent = vec![0.0; self.intents];
        for (intent, phrase) in examples {
            for (feature, value) in self.see(phrase).values {
                amounts[feature * self.intents + intent] += value;
                of_intent[*intent] += value;
            }
        }
        let whole: f64 = of_intent.iter().sum();
        let smoothing = ALPHA * self.idf.len() as f64;
        for of_feature in amounts.chunks_mut(self.intents) {
            let all: f64 = of_feature.iter().sum();
            for (amount, own) in of_feature.iter_mut().zip(&of_intent) {
                *amount = -((all - *amount + ALPHA) / (whole - own + smoothing)).ln();
            }
        }
        self.weights = amounts;
    }

    /// The best intent of a message, whose words come `joined`, whatever its confidence; `None` where nothing of it is like
    /// any phrase.
    pub fn best(&self, message: &str) -> Option<Match> {
        // Word for word a phrase of the script: no doubt.
        if let Some(intent) = self.phrases.get(message) {
            return Some(Match { intent: *intent, confidence: 1.0 });
        }
        let Seen { values, familiar } = self.see(message);
        let mut scores = vec![0.0; self.intents];
        for (feature, value) in values {
            let weights = &self.weights[feature * self.intents..][..self.intents];
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += value * weight);
        }
        let (intent, highest) = scores.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
        let odds: f64 = scores.iter().map(|score| (SHARPNESS * (score - highest)).exp()).sum();
        (familiar > 0.0).then(|| Match { intent, confidence: familiar / odds })
    }

    fn see(&self, joined: &str) -> Seen {
        let mut found: [Vec<usize>; Part::COUNT] = Default::default();
        let mut unknown = 0.0;
        each_feature(joined, |part, text| match self.numbers[part as usize].get(text) {
            Some(number) => found[part as usize].push(*number),
            None if part == Part::Pieces => unknown += self.rarest,
            None => {}
        });
        let known: f64 = found[Part::Pieces as usize].iter().map(|feature| self.idf[*feature]).sum();
        let values = found.into_iter().flat_map(|features| self.vector(features)).collect();
        Seen { values, familiar: if known > 0.0 { known / (known + unknown) } else { 0.0 } }
    }

    /// Each feature once, with a value that grows with how often it was there and how telling it is; of length 1.
    fn vector(&self, mut features: Vec<usize>) -> Vec<(usize, f64)> {
        features.sort_unstable();
        let value = |run: &[usize]| (run[0], (1.0 + (run.len() as f64).ln()) * self.idf[run[0]]);
        let mut vector: Vec<(usize, f64)> = features.chunk_by(|one, other| one == other).map(value).collect();
        let length = vector.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
        vector.iter_mut().for_each(|(_, value)| *value /= length);
        vector
    }
}

fn phrases(script: &Script) -> impl Iterator<Item = (usize, &str)> {
    let intents = script.intent.iter().map(|intent| intent.phrases.get_ref());
    let all = intents.chain(script.off_topic.iter().map(|texts| texts.get_ref()));
    all.enumerate().flat_map(|(place, texts)| texts.values().flatten().map(move |phrase| (place, phrase.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::script::EMBEDDED;

    #[test]
    fn a_phrase_of_the_script_leaves_no_doubt() {
        let script = Script::parse(EMBEDDED).unwrap();
        let matcher = Matcher::new(&script);
        for (intent, phrase) in phrases(&script) {
            assert_eq!(matcher.best(&joined(phrase)), Some(Match { intent, confidence: 1.0 }), "{phrase}");
        }
    }

    #[test]
    fn what_is_like_nothing_is_nothing() {
        let matcher = Matcher::new(&Script::parse(EMBEDDED).unwrap());
        for message in ["", "…", "漢字", "😀"] {
            assert_eq!(matcher.best(&joined(message)), None, "{message}");
        }
    }

    #[test]
    fn a_script_of_one_intent_knows_what_is_foreign_to_it() {
        let text = "threshold = 0.4\nfallback.en = [\"?\"]\n[[intent]]\nname = \"pizza\"\n\
            phrases.en = [\"order a pizza\", \"one margherita please\"]\nreplies.en = [\"soon\"]\n";
        let matcher = Matcher::new(&Script::parse(text).unwrap());
        assert!(matcher.best("a pizza please").unwrap().confidence > 0.4);
        assert!(matcher.best(&joined("what is the weather in London")).is_none_or(|found| found.confidence < 0.4));
    }
}
