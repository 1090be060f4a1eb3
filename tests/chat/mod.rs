//! The built-in bot against labelled questions. `held_out.txt` was written without a look at the script, and nothing
//! was mended by it: its figure is what to expect. `development.txt` is what the phrases and the threshold were
//! mended with.

use std::collections::BTreeMap;

use novahouse::chat::ScriptedBot;
use novahouse::chat::script::{EMBEDDED, Language, Script};

/// Questions under headings of intent and language. None is a phrase of the script.
const HELD_OUT: &str = include_str!("held_out.txt");
const DEVELOPMENT: &str = include_str!("development.txt");

fn questions(text: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut intent = "";
    let mut questions = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('[') {
            Some(heading) => intent = heading.split(' ').next().unwrap(),
            None => questions.push((intent, line)),
        }
    }
    questions
}

/// How many of a hundred are understood, each intent's figure printed.
fn accuracy(text: &'static str) -> f64 {
    let bot = ScriptedBot::load(None).unwrap();
    let mut by_intent: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (intent, question) in questions(text) {
        let tally = by_intent.entry(intent).or_default();
        tally.0 += u32::from(bot.reply(question, 0).intent.as_deref() == Some(intent));
        tally.1 += 1;
    }
    by_intent.iter().for_each(|(intent, (right, all))| println!("{intent:>12}: {right} of {all}"));
    let (right, all) = by_intent.values().fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
    assert!(all >= 300, "the set has shrunk to {all}");
    println!("{right} of {all}, accuracy {:.3}", f64::from(right) / f64::from(all));
    f64::from(right) / f64::from(all)
}

#[test]
fn nine_of_ten_questions_written_blind_are_understood() {
    assert!(accuracy(HELD_OUT) >= 0.9);
}

#[test]
fn nine_of_ten_questions_it_was_mended_with_are_understood() {
    assert!(accuracy(DEVELOPMENT) >= 0.9);
}

/// Of the held-out questions, the gibberish among them too.
#[test]
fn it_answers_in_the_language_it_was_asked_in() {
    let script = Script::parse(EMBEDDED).unwrap();
    let replies = script.intent.iter().map(|intent| intent.replies.get_ref()).chain([script.fallback.get_ref()]);
    let polish: Vec<&String> = replies.flat_map(|texts| &texts[&Language::Pl]).collect();
    let bot = ScriptedBot::load(None).unwrap();
    let (mut asked_in_polish, mut right, mut all) = (false, 0, 0);
    for line in HELD_OUT.lines() {
        if let Some(heading) = line.strip_prefix('[') {
            asked_in_polish = heading.ends_with("pl]");
            continue;
        }
        all += 1;
        right += u32::from(polish.contains(&&bot.reply(line, 0).response) == asked_in_polish);
    }
    println!("{right} of {all} answered in their language, {:.3}", f64::from(right) / f64::from(all));
    assert!(f64::from(right) >= 0.95 * f64::from(all));
}

#[test]
fn half_of_the_held_out_questions_are_polish() {
    let mut polish = false;
    let counts = HELD_OUT.lines().fold([0u32, 0], |mut counts, line| {
        match line.strip_prefix('[') {
            Some(heading) => polish = heading.ends_with("pl]"),
            None => counts[usize::from(polish)] += 1,
        }
        counts
    });
    assert!(u32::abs_diff(counts[0], counts[1]) * 20 <= counts[0] + counts[1], "{counts:?}");
}

#[test]
fn no_question_is_a_phrase_of_the_script() {
    let script = EMBEDDED.to_lowercase();
    let plain = |question: &str| question.to_lowercase().trim_end_matches(['?', '!', '.']).to_owned();
    let all = questions(HELD_OUT).into_iter().chain(questions(DEVELOPMENT));
    let copied: Vec<_> = all.filter(|(_, question)| script.contains(&format!("\"{}\"", plain(question)))).collect();
    assert!(copied.is_empty(), "{copied:?}");
}
