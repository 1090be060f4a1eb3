//! Whether a message is content, angry or neither. Word lists and a handful of rules: no model to ship, the same answer
//! every time, and the reason for it can be read from the lists.
//!
//! How the words of a text are combined follows C. J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for
//! Sentiment Analysis of Social Media Text", ICWSM 2014. The lists, and what is Polish, are our own.

use crate::model::event::Sentiment;
use crate::reading::lexicon::{Language, Role, meaning};
use crate::reading::words::{Word, Words};

/// How much one step louder adds, by the paper's measurements: an intensifier, capitals, an exclamation mark.
const STRONGER: f64 = 0.29;
const CAPITALS: f64 = 0.73;
const EXCLAMATION: f64 = 0.29;
/// What is denied turns over and loses some: "not great" is milder than "bad".
const DENIED: f64 = -0.74;
/// How far a negation or an intensifier reaches.
const REACH: usize = 3;
/// Brings the sum of a usual message to about the middle of 0 to 1.
const NORMAL: f64 = 15.0;
const NEUTRAL: f64 = 0.05;

/// The usual reading of [`score`]: beyond 0.05 to either side is a sentiment.
pub fn sentiment(text: &str) -> Sentiment {
    match score(text) {
        score if score >= NEUTRAL => Sentiment::Positive,
        score if score <= -NEUTRAL => Sentiment::Negative,
        _ => Sentiment::Neutral,
    }
}

/// How positive a text is, from -1 to 1; 0 where it says nothing of the kind.
pub fn score(text: &str) -> f64 {
    let words = Words::of(text);
    let list = &words.list[..];
    let language = Language::of(list.iter().map(|word| word.meaning.role), words.polish_letters);
    let capitals_mean = list.iter().any(|word| word.capitals) && list.iter().any(|word| !word.capitals);
    let mut valences = vec![0.0; list.len()];
    let mut at = 0;
    while at < list.len() {
        let (valence, length) = valence(&words, at, language);
        if valence != 0.0 {
            let loud = capitals_mean && list[at].capitals;
            let valence = valence + if loud { CAPITALS.copysign(valence) } else { 0.0 };
            valences[at] = if list[at].sign.is_some() { valence } else { in_context(list, at, valence, language) };
        }
        at += length;
    }
    weigh_around_but(list, &mut valences);
    let sum: f64 = valences.iter().sum();
    if sum == 0.0 {
        return 0.0;
    }
    let marks = text.bytes().filter(|byte| *byte == b'!').count().min(4) as f64;
    let sum = sum + (marks * EXCLAMATION).copysign(sum);
    sum / (sum * sum + NORMAL).sqrt()
}

/// The valence of what begins at `at`, and how many words that is.
fn valence(words: &Words, at: usize, language: Language) -> (f64, usize) {
    let word = &words.list[at];
    if let Some(sign) = word.sign {
        return (sign, 1);
    }
    let next = words.list.get(at + 1).filter(|next| next.clause == word.clause && next.sign.is_none());
    if let Some(pair) = next.and_then(|next| language.pair((words.text(word), word.place), words.text(next))) {
        return (pair, 2);
    }
    // "strasznie miły", "terribly good": only as loud as what follows.
    if word.stronger() != 0.0 && next.and_then(|next| language.valence(next.meaning)).is_some_and(|next| next != 0.0) {
        return (0.0, 1);
    }
    let valence = language.valence(word.meaning).or_else(|| {
        // "suuuper" and "goooood": a letter held down counts once, or twice.
        let text = words.text(word);
        let twice = shorten(text, 2)?;
        let valence = |text: String| language.valence(meaning(&text).0);
        valence(twice).or_else(|| valence(shorten(text, 1)?))
    });
    (valence.unwrap_or(0.0), 1)
}

/// Runs of three and more of one letter cut to `keep`; `None` where there are none.
fn shorten(word: &str, keep: usize) -> Option<String> {
    // Nearly all words end here: of a letter of one byte held down, three bytes are alike.
    if word.is_ascii() && !word.as_bytes().windows(3).any(|run| run[0] == run[1] && run[1] == run[2]) {
        return None;
    }
    let letters: Vec<char> = word.chars().collect();
    let runs: Vec<&[char]> = letters.chunk_by(|a, b| a == b).collect();
    runs.iter()
        .any(|run| run.len() > 2)
        .then(|| runs.iter().flat_map(|run| &run[..if run.len() > 2 { keep } else { run.len() }]).collect())
}

/// What the words before make of it: stronger, weaker, or the opposite.
fn in_context(words: &[Word], at: usize, valence: f64, language: Language) -> f64 {
    let mut result = valence;
    let mut denied = false;
    for (distance, word) in words[..at].iter().rev().take(REACH).enumerate() {
        if word.clause != words[at].clause {
            break;
        }
        let nearness = 1.0 - distance as f64 * 0.05;
        result += word.stronger() * nearness * STRONGER.copysign(valence);
        denied |= language.denies(word.meaning.role);
    }
    if denied { result * DENIED } else { result }
}

/// After "but" comes what is meant.
fn weigh_around_but(words: &[Word], valences: &mut [f64]) {
    if let Some(but) = words.iter().position(|word| word.meaning.role.is(Role::BUT)) {
        valences[..but].iter_mut().for_each(|valence| *valence *= 0.5);
        valences[but..].iter_mut().for_each(|valence| *valence *= 1.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Sentiment::{Negative, Neutral, Positive};

    #[test]
    fn both_languages_and_their_negations() {
        for (text, expected) in [
            ("", Neutral),
            ("Ile kosztuje pakiet?", Neutral),
            ("The flat has three rooms", Neutral),
            ("Bardzo dobra obsługa", Positive),
            ("bardzo dobra obsluga", Positive),
            ("nie jestem zadowolony", Negative),
            ("nigdy nie byłam zadowolona", Negative),
            ("bez problemów", Positive),
            ("Nie, dziękuję", Positive),
            ("nie działa", Negative),
            ("no dobra, super", Positive),
            ("great service", Positive),
            ("The service was not good", Negative),
            ("I don't like it", Negative),
            ("I don’t like it", Negative),
            ("there is no problem with it", Positive),
            ("it was good but the delivery was terrible", Negative),
            ("suuuper", Positive),
            ("goooood", Positive),
            ("ok :(", Negative),
            ("odpisali :)))", Positive),
            ("👎", Negative),
            ("❤️", Positive),
            ("jan.super@example.com https://super.example", Neutral),
        ] {
            assert_eq!(sentiment(text), expected, "{text}: {}", score(text));
        }
    }

    #[test]
    fn louder_is_further_from_zero() {
        for (less, more) in [
            ("obsługa dobra", "obsługa bardzo dobra"),
            ("obsługa dobra", "obsługa dobra!!!"),
            ("obsługa dobra", "obsługa DOBRA"),
            ("the staff is slightly nice", "the staff is nice"),
        ] {
            assert!(score(less) < score(more), "{less}, {more}");
        }
        assert!(score("fatalna obsługa!") < score("fatalna obsługa"));
    }

    #[test]
    fn any_text_of_32_kib_is_read_soon() {
        for part in ["a", "nie ", "super", "!", "😡", ":(", "ą", "aaab ", "'", "\u{301}"] {
            let text = part.repeat(32 * 1024 / part.len());
            let begin = std::time::Instant::now();
            assert!(score(&text).abs() <= 1.0);
            assert!(begin.elapsed().as_millis() < 500, "{part}");
        }
    }
}
