//! Packages, kinds of property and cities, by the words that name them. The words come folded: `w Łodzi` is `w`, `lodzi`.

use std::sync::LazyLock;

use ahash::AHashMap;

/// The first package named. "Basic" and "premium" name one by themselves; "podstawowy" and "komfort" are words of every
/// day and need a word such as "pakiet" near, or a message that says little else.
pub fn package(words: &[&str]) -> Option<&'static str> {
    (0..words.len()).find_map(|at| {
        let (name, sure) = package_word(words[at])?;
        let next = words.get(at + 1).copied().unwrap_or("");
        let talk = ["question", "info", "idea", "thing", "understand", "need", "insurance"];
        let sure = sure && !talk.iter().any(|word| next.starts_with(word));
        let near = &words[at.saturating_sub(3)..(at + 3).min(words.len())];
        (sure || words.len() <= 3 && next.is_empty() || near.iter().any(|word| *word != words[at] && offers(word)))
            .then_some(name)
    })
}

fn package_word(word: &str) -> Option<(&'static str, bool)> {
    match word {
        "basic" | "basica" | "basicu" | "basicem" => Some(("basic", true)),
        "premium" => Some(("premium", true)),
        _ if word.starts_with("podstawow") => Some(("basic", false)),
        _ if word.starts_with("komfort") || word.starts_with("comfort") => Some(("comfort", false)),
        _ => None,
    }
}

/// Another package's sure name also makes it an offer: "basic czy komfort".
fn offers(word: &str) -> bool {
    let stems = ["pakie", "package", "wariant", "wersj", "opcj", "option", "plan", "standard"];
    stems.iter().any(|stem| word.starts_with(stem)) || matches!(package_word(word), Some((_, true)))
}

/// The first kind of property named. Where a person may only be speaking of where they are ("jestem w domu", "wasze
/// biuro"), it counts only with a size.
pub fn property_type(words: &[&str], sized: bool) -> Option<&'static str> {
    (0..words.len()).find_map(|at| {
        let kind = property_word(words[at])?;
        let before = if at > 0 { words[at - 1] } else { "" };
        let next = words.get(at + 1).copied().unwrap_or("");
        let place = matches!(before, "w" | "do" | "z" | "po" | "at" | "godziny" | "godzinach" | "adres" | "otwarcia")
            || ["wasz", "panstwa", "your", "nova"].iter().any(|whose| before.starts_with(whose));
        match (words[at], next) {
            ("flat", "rate" | "roof" | "screen" | "fee" | "surface" | "tv" | "price") => None,
            (word, next) if word.starts_with("lokal") && next.starts_with("mieszkaln") => Some("apartment"),
            (word, _) if place && !sized && (kind == "house" || office(word)) => None,
            _ => Some(kind),
        }
    })
}

fn office(word: &str) -> bool {
    word.starts_with("biur") || word.starts_with("office")
}

fn property_word(word: &str) -> Option<&'static str> {
    match word {
        "mieszkan" | "mieszkanie" | "mieszkania" | "mieszkaniu" | "mieszkaniem" | "mieszkaniach" | "mieszkaniami"
        | "mieszkanko" | "mieszkanka" | "flat" | "flats" | "apartment" | "apartments" | "condo" => Some("apartment"),
        "dom" | "domu" | "domem" | "domowi" | "domy" | "domow" | "domach" | "domami" | "domek" | "domku" | "domki"
        | "domkiem" | "house" | "houses" | "villa" | "willa" | "willi" | "wille" | "blizniak" | "blizniaka"
        | "blizniaku" | "szeregowiec" | "szeregowca" | "szeregowiecu" | "szeregowka" | "szeregowke" => Some("house"),
        "lokal" | "lokalu" | "lokale" | "lokali" | "lokalem" | "lokalach" | "biuro" | "biura" | "biurze" | "biurem"
        | "biurowiec" | "office" | "offices" | "commercial" => Some("commercial"),
        _ if word.starts_with("apartament") || word.starts_with("kawalerk") => Some("apartment"),
        _ => None,
    }
}

/// The first of the forty largest cities named, in any case. A street named after one is not it.
pub fn city(words: &[&str]) -> Option<&'static str> {
    static FORMS: LazyLock<AHashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let cities = include_str!("cities.tsv").lines().filter_map(|line| line.split_once('\t'));
        cities.flat_map(|(name, forms)| forms.split(',').map(move |form| (form, name))).collect()
    });
    (0..words.len()).find_map(|at| {
        let before = if at > 0 { words[at - 1] } else { "" };
        let next = words.get(at + 1).copied().unwrap_or("");
        let street = matches!(before, "ul" | "ulica" | "ulicy" | "ulice" | "al" | "aleja" | "alei" | "os" | "plac");
        // "do poznania się" is getting to know one another. No form is as long as forty bytes.
        if street || (words[at] == "poznania" && next == "sie") || words[at].len() + next.len() > 40 {
            return None;
        }
        FORMS.get(format!("{} {next}", words[at]).as_str()).or_else(|| FORMS.get(words[at])).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_cities_each_in_three_forms() {
        let cities: Vec<_> = include_str!("cities.tsv").lines().collect();
        assert_eq!(cities.len(), 40);
        for line in cities {
            let (name, forms) = line.split_once('\t').unwrap();
            assert!(forms.split(',').count() >= 3, "{line}");
            for form in forms.split(',') {
                let words: Vec<&str> = form.split(' ').collect();
                assert_eq!(city(&words), Some(name), "{form}");
            }
        }
    }
}
