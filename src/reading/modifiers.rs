//! Words that say nothing good or bad themselves, and change what the words after them say.

use crate::reading::lexicon::Language;

/// Whether a word turns over what follows it.
pub fn denies(word: &str, language: Language) -> bool {
    const POLISH: &[&str] =
        &["nie", "nigdy", "bez", "brak", "ani", "zaden", "zadna", "zadne", "wcale", "nic", "nikt", "zero"];
    const ENGLISH: &[&str] = &[
        "not", "never", "no", "without", "none", "nothing", "nobody", "neither", "nor", "nowhere", "cannot", "dont",
        "doesnt", "didnt", "cant", "couldnt", "wont", "wouldnt", "isnt", "wasnt", "arent", "aint", "shouldnt",
        "hardly", "barely", "rarely", "seldom",
    ];
    (language != Language::English && POLISH.contains(&word))
        || (language != Language::Polish && (ENGLISH.contains(&word) || word.ends_with("n't")))
}

/// 1 for what strengthens the word after it, -1 for what weakens it.
pub fn stronger(word: &str) -> f64 {
    const UP: &[&str] = &[
        "bardzo",
        "mega",
        "super",
        "niezwykle",
        "niesamowicie",
        "wyjatkowo",
        "naprawde",
        "calkowicie",
        "zupelnie",
        "totalnie",
        "strasznie",
        "okropnie",
        "cholernie",
        "maksymalnie",
        "szczegolnie",
        "absolutnie",
        "kompletnie",
        "wielce",
        "ogromnie",
        "tak",
        "taki",
        "taka",
        "takie",
        "zbyt",
        "mocno",
        "ekstremalnie",
        "wielki",
        "wielka",
        "wielkie",
        "very",
        "really",
        "so",
        "extremely",
        "absolutely",
        "totally",
        "completely",
        "incredibly",
        "highly",
        "truly",
        "deeply",
        "especially",
        "exceptionally",
        "particularly",
        "most",
        "more",
        "too",
        "utterly",
        "fucking",
        "quite",
        "super",
        "hugely",
        "entirely",
        "remarkably",
        "such",
        "much",
    ];
    const DOWN: &[&str] = &[
        "troche",
        "nieco",
        "lekko",
        "dosc",
        "malo",
        "srednio",
        "prawie",
        "raczej",
        "niezbyt",
        "slightly",
        "somewhat",
        "kinda",
        "sorta",
        "kind",
        "sort",
        "fairly",
        "almost",
        "less",
        "little",
        "marginally",
        "partly",
        "occasionally",
    ];
    if UP.contains(&word) {
        1.0
    } else if DOWN.contains(&word) {
        -1.0
    } else {
        0.0
    }
}
