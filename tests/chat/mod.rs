//! The built-in bot against labelled questions that were looked at while the script and the matching were mended.

use std::collections::BTreeMap;

use novahouse::chat::ScriptedBot;

/// Questions under headings of intent and language. None is a phrase of the script.
const SEEN: &str = include_str!("questions.txt");

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
fn nine_of_ten_questions_of_the_set_it_was_mended_with_are_understood() {
    assert!(accuracy(SEEN) >= 0.9);
}

#[test]
fn no_question_is_a_phrase_of_the_script() {
    let script = novahouse::chat::script::EMBEDDED.to_lowercase();
    let plain = |question: &str| question.to_lowercase().trim_end_matches(['?', '!', '.']).to_owned();
    let copied: Vec<_> = questions(SEEN)
        .into_iter()
        .filter(|(_, question)| script.contains(&format!("\"{}\"", plain(question))))
        .collect();
    assert!(copied.is_empty(), "{copied:?}");
}
