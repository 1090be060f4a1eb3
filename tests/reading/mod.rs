//! Sentiment against labelled sentences. `polish.tsv` was written before the word lists, but by the same hand, which had
//! the sentences in mind: its figure flatters. `polish_held_out.tsv` was written without a look at the lists, which were not
//! touched for it: its figure is what to expect. `tests/reading/vader` compares the English side with VADER on the sentences VADER was published with.

mod pinned;

use novahouse::model::event::Sentiment;
use novahouse::reading::{score, sentiment};

const POLISH: &str = include_str!("polish.tsv");
const HELD_OUT: &str = include_str!("polish_held_out.tsv");

#[test]
fn polish_customers_are_understood() {
    assert!(POLISH.lines().count() >= 200);
    let (accuracy, macro_f1) = measure(POLISH);
    println!("polish: accuracy {accuracy:.3}, macro-F1 {macro_f1:.3}");
    assert!(accuracy >= 0.75, "accuracy {accuracy:.3}");
}

#[test]
fn held_out_polish_customers_are_understood() {
    assert!(HELD_OUT.lines().count() >= 200);
    let (accuracy, macro_f1) = measure(HELD_OUT);
    println!("polish, held out: accuracy {accuracy:.3}, macro-F1 {macro_f1:.3}");
    assert!(accuracy >= 0.65, "accuracy {accuracy:.3}");
}

/// A file of lines `label<tab>sentence`, named by `NOVAHOUSE_TEST_SENTIMENT`.
#[test]
#[ignore = "needs a file of labelled sentences; tests/reading/vader makes one"]
fn labelled_sentences_of_a_file() {
    let path = std::env::var("NOVAHOUSE_TEST_SENTIMENT").expect("NOVAHOUSE_TEST_SENTIMENT names a file");
    let (accuracy, macro_f1) = measure(&std::fs::read_to_string(path).unwrap());
    println!("ours: accuracy {accuracy:.3}, macro-F1 {macro_f1:.3}");
}

fn measure(labelled: &str) -> (f64, f64) {
    let mut counts = [[0usize; 3]; 3];
    for (label, text) in labelled.lines().filter_map(|line| line.split_once('\t')) {
        let expected = Sentiment::ALL.into_iter().find(|sentiment| sentiment.name() == label).expect(label);
        let found = sentiment(text);
        counts[expected as usize][found as usize] += 1;
        if expected != found && std::env::var_os("NOVAHOUSE_TEST_MISTAKES").is_some() {
            println!("{label}, read as {} ({:.2}): {text}", found.name(), score(text));
        }
    }
    let all: usize = counts.iter().flatten().sum();
    let right: usize = (0..3).map(|label| counts[label][label]).sum();
    (right as f64 / all as f64, (0..3).map(|label| f1(&counts, label)).sum::<f64>() / 3.0)
}

fn f1(counts: &[[usize; 3]; 3], label: usize) -> f64 {
    let expected: usize = counts[label].iter().sum();
    let found: usize = counts.iter().map(|row| row[label]).sum();
    2.0 * counts[label][label] as f64 / (expected + found).max(1) as f64
}
