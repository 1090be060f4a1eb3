//! From text to words without diacritics, and to stems that survive inflection.

/// Letters of a long word that count; Polish and English inflect at the end.
const STEM_LETTERS: usize = 5;
/// Nothing is taken away from words that would become shorter.
const STEM_LETTERS_MIN: usize = 3;
/// Words of a message that are read.
pub const WORDS_MAX: usize = 200;

/// Lower case without diacritics; what is neither letter nor digit parts words.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let letters = text.chars().flat_map(char::to_lowercase);
    // A combining mark, as some keyboards send it, is dropped with what it would add.
    let folded: String = letters.filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).map(plain).collect();
    let words: Vec<String> = folded.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect();
    words.into_iter().filter(|word| !word.is_empty()).take(WORDS_MAX)
}

/// A letter without its diacritic, for the languages of the region.
fn plain(letter: char) -> char {
    match letter {
        'ą' | 'á' | 'ä' | 'â' => 'a',
        'ć' | 'č' | 'ç' => 'c',
        'ę' | 'é' | 'ě' | 'è' => 'e',
        'ł' => 'l',
        'ń' | 'ň' => 'n',
        'ó' | 'ö' | 'ô' => 'o',
        'ś' | 'š' => 's',
        'ü' | 'ú' | 'ů' => 'u',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// What of a word stays when it is inflected: without the plural's s, the first letters
/// of a long word, a short one without its last vowel.
pub fn stem(word: &str) -> &str {
    let long = word.len() > STEM_LETTERS_MIN;
    let singular = word.strip_suffix('s').filter(|_| long).unwrap_or(word);
    if let Some((end, _)) = singular.char_indices().nth(STEM_LETTERS) {
        return &singular[..end];
    }
    let shorter = singular.strip_suffix(['a', 'e', 'i', 'o', 'u', 'y']);
    shorter.filter(|shorter| shorter.len() >= STEM_LETTERS_MIN).unwrap_or(singular)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_and_diacritics() {
        assert_eq!(words("Żółte, KOSZTY?! 50m²").collect::<Vec<_>>(), ["zolte", "koszty", "50m²"]);
        assert_eq!(words("").count(), 0);
    }

    #[test]
    fn inflected_words_share_a_stem() {
        for (one, other) in [
            ("kosztuje", "kosztowało"),
            ("pakiet", "pakietach"),
            ("cena", "ceny"),
            ("price", "prices"),
            ("hour", "hours"),
        ] {
            let (one, other) = (words(one).next().unwrap(), words(other).next().unwrap());
            assert_eq!(stem(&one), stem(&other), "{one} {other}");
        }
    }
}
