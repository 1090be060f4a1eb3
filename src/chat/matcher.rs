//! Which intent a message shows. Each stem of the phrases votes for the intents it is seen in, weighted by how telling it
//! is (inverse document frequency, K. Spärck Jones 1972); the phrase most like the message adds its likeness. Words that
//! no phrase has vote for none, so that what is off the topic stays below the threshold; what the script calls off the
//! topic is one more intent, which is never understood.

use std::collections::HashMap;

use super::language::is_everyday;
use super::script::Script;
use super::words::{Vocabulary, words};

/// Weight of a stem found in spite of a typing error.
const CORRECTED_WEIGHT: f64 = 0.8;
/// Weight of a word no phrase has, as a part of that of the rarest stem.
const UNKNOWN_WEIGHT: f64 = 0.7;
/// How the weight of unknown words grows with their number: the second tells less than the first, for people tell stories.
const UNKNOWN_EXPONENT: f64 = 0.6;
/// Weight of an everyday word, which hardly tells what is asked, as a part of what its rarity would give it.
const EVERYDAY_WEIGHT: f64 = 0.4;
/// Where a clause of a message ends.
const CLAUSE_ENDS: [char; 8] = ['.', '!', '?', ',', ';', ':', '\n', '…'];
/// Part of the likeness to one phrase in the confidence; the rest are the votes of all stems.
const PHRASE_PART: f64 = 0.5;

pub struct Matcher {
    vocabulary: Vocabulary,
    /// By stem: how telling it is.
    weights: Vec<f64>,
    /// By stem: its share in each intent.
    votes: Vec<Vec<f64>>,
    phrases: Vec<Phrase>,
    /// By stem: the phrases that have it.
    phrases_with: Vec<Vec<usize>>,
    /// By intent: whether it is said beside the matter. What is off the topic comes last.
    courtesies: Vec<bool>,
    threshold: f64,
}

struct Phrase {
    intent: usize,
    /// Length of its vector.
    norm: f64,
}

/// An intent by its place in the script, one past the last for what is off the topic, and how sure it is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    pub intent: usize,
    pub confidence: f64,
}

impl Matcher {
    pub fn new(script: &Script) -> Self {
        let mut vocabulary = Vocabulary::default();
        let mut stems_of: Vec<(usize, Vec<usize>)> = Vec::new();
        for (intent, phrase) in phrases(script) {
            let mut stems: Vec<usize> = words(phrase).map(|word| vocabulary.number(&word)).collect();
            stems.sort_unstable();
            stems.dedup();
            stems_of.push((intent, stems));
        }
        let (intents, count) = (script.intent.len() + 1, stems_of.len() as f64);
        let mut quiet = vec![1.0; vocabulary.size()];
        for word in phrases(script).flat_map(|(_, phrase)| words(phrase)).filter(|word| is_everyday(word)) {
            quiet[vocabulary.number(&word)] = EVERYDAY_WEIGHT;
        }
        let mut phrases_with = vec![Vec::new(); vocabulary.size()];
        let mut seen = vec![vec![0.0; intents]; vocabulary.size()];
        for (phrase, (intent, stems)) in stems_of.iter().enumerate() {
            let sisters = stems_of.iter().filter(|(other, _)| other == intent).count() as f64;
            for stem in stems {
                phrases_with[*stem].push(phrase);
                // By share of the intent's phrases: one with many phrases is not louder.
                seen[*stem][*intent] += 1.0 / sisters;
            }
        }
        let rarity = |with: &Vec<usize>| (1.0 + count / with.len() as f64).ln();
        let weights: Vec<f64> = phrases_with.iter().zip(quiet).map(|(with, quiet)| quiet * rarity(with)).collect();
        let votes = seen.iter().map(|shares| shares.iter().map(|share| share / shares.iter().sum::<f64>()).collect());
        let votes = votes.collect();
        let norm = |stems: &[usize]| stems.iter().map(|stem| weights[*stem].powi(2)).sum::<f64>().sqrt();
        let phrases = stems_of.iter().map(|(intent, stems)| Phrase { intent: *intent, norm: norm(stems) }).collect();
        let courtesies = script.intent.iter().map(|intent| intent.courtesy).chain([false]).collect();
        let threshold = *script.threshold.get_ref();
        Self { vocabulary, weights, votes, phrases, phrases_with, courtesies, threshold }
    }

    /// The best intent, whatever its confidence; `None` where the message has no word that any phrase has. A message that
    /// tells a story before it asks is read clause by clause as well as whole, and a courtesy beside the matter passed over.
    pub fn best(&self, message: &str) -> Option<Match> {
        let clauses = message.split(CLAUSE_ENDS).filter(|clause| clause.trim() != message.trim());
        let found: Vec<Match> = std::iter::once(message).chain(clauses).filter_map(|part| self.of(part)).collect();
        let surest = |courtesy: bool| {
            let some = found.iter().filter(|one| self.courtesies[one.intent] == courtesy);
            some.copied().max_by(|one, other| one.confidence.total_cmp(&other.confidence))
        };
        let matter = surest(false).filter(|one| one.confidence >= self.threshold);
        matter.or_else(|| surest(true)).or_else(|| surest(false))
    }

    fn of(&self, clause: &str) -> Option<Match> {
        let (found, unknown) = self.found(clause);
        let known: f64 = found.iter().map(|(_, weight)| weight).sum();
        let whole = known + unknown;
        let mut votes = vec![0.0; self.courtesies.len()];
        for (stem, weight) in &found {
            for (intent, vote) in self.votes[*stem].iter().enumerate() {
                votes[intent] += weight * vote / whole;
            }
        }
        let likeness = self.likeness(&found, unknown);
        let confidence = |intent: usize| PHRASE_PART * likeness[intent] + (1.0 - PHRASE_PART) * votes[intent];
        (0..self.courtesies.len())
            .map(|intent| Match { intent, confidence: confidence(intent) })
            .filter(|found| found.confidence > 0.0)
            .max_by(|one, other| one.confidence.total_cmp(&other.confidence))
    }

    /// Stems of the message with their weights, and the weight of all words that are none.
    fn found(&self, message: &str) -> (Vec<(usize, f64)>, f64) {
        let mut found: Vec<(usize, f64)> = Vec::new();
        let mut unknown = 0.0_f64;
        let unknown_weight = (1.0 + self.phrases.len() as f64).ln() * UNKNOWN_WEIGHT;
        for word in words(message) {
            let exact = self.vocabulary.exact(&word).map(|stem| (stem, self.weights[stem]));
            let near = || self.vocabulary.near(&word).map(|stem| (stem, self.weights[stem] * CORRECTED_WEIGHT));
            match exact.or_else(near) {
                Some((stem, _)) if found.iter().any(|(other, _)| *other == stem) => {}
                Some(one) => found.push(one),
                None if word.starts_with(|letter: char| letter.is_ascii_digit()) || is_everyday(&word) => {}
                None => unknown += 1.0,
            }
        }
        (found, unknown_weight * unknown.powf(UNKNOWN_EXPONENT))
    }

    /// Cosine of the message and the phrase of each intent that is most like it.
    fn likeness(&self, found: &[(usize, f64)], unknown: f64) -> Vec<f64> {
        let mut products: HashMap<usize, f64, ahash::RandomState> = HashMap::default();
        for (stem, weight) in found {
            for phrase in &self.phrases_with[*stem] {
                *products.entry(*phrase).or_default() += weight * self.weights[*stem];
            }
        }
        let norm = (found.iter().map(|(_, weight)| weight.powi(2)).sum::<f64>() + unknown.powi(2) / 2.0).sqrt();
        let mut best = vec![0.0; self.courtesies.len()];
        for (phrase, product) in products {
            let Phrase { intent, norm: length } = self.phrases[phrase];
            best[intent] = f64::max(best[intent], product / (norm * length));
        }
        best
    }
}

fn phrases(script: &Script) -> impl Iterator<Item = (usize, &str)> {
    let intents = script.intent.iter().map(|intent| intent.phrases.get_ref());
    let all = intents.chain(script.off_topic.iter().map(|texts| texts.get_ref()));
    all.enumerate().flat_map(|(place, texts)| texts.values().flatten().map(move |phrase| (place, phrase.as_str())))
}
