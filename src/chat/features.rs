//! What a message is looked at by: its words, pairs of neighbouring words, and pieces of words.

use super::words::words;

/// Letters of a piece; a word's beginning and end count as one each.
const PIECE_LETTERS: std::ops::RangeInclusive<usize> = 2..=4;
const EDGE: char = ' ';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Pieces,
    Words,
}

impl Part {
    pub const COUNT: usize = 2;
}

/// Calls `take` with every feature of a text's words, which come `joined`, as often as it is there.
pub fn each_feature(joined: &str, mut take: impl FnMut(Part, &str)) {
    // Where the word before begins, and where this one does.
    let (mut before, mut from) = (None, 0);
    for word in joined.split_terminator(' ') {
        let end = from + word.len();
        each_piece(word, |piece| take(Part::Pieces, piece));
        take(Part::Words, word);
        if let Some(before) = before {
            take(Part::Words, &joined[before..end]);
        }
        (before, from) = (Some(from), end + 1);
    }
}

/// All runs of so many letters; a word that is shorter, whole.
fn each_piece(word: &str, mut take: impl FnMut(&str)) {
    let padded = format!("{EDGE}{word}{EDGE}");
    let mut starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).collect();
    starts.push(padded.len());
    let letters = starts.len() - 1;
    for length in PIECE_LETTERS {
        if length >= letters {
            return take(&padded);
        }
        (0..=letters - length).for_each(|first| take(&padded[starts[first]..starts[first + length]]));
    }
}

/// The text as its words alone.
pub fn joined(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str, wanted: Part) -> Vec<String> {
        let mut found = Vec::new();
        each_feature(&joined(text), |part, text| {
            if part == wanted {
                found.push(text.to_owned());
            }
        });
        found
    }

    #[test]
    fn pieces_know_where_a_word_begins_and_ends() {
        assert_eq!(features("Żuk", Part::Pieces), [" z", "zu", "uk", "k ", " zu", "zuk", "uk ", " zuk", "zuk "]);
        assert_eq!(features("a", Part::Pieces), [" a", "a ", " a "]);
    }

    #[test]
    fn words_come_alone_and_with_their_neighbour() {
        assert_eq!(features("Ile to, kosztuje?", Part::Words), ["ile", "to", "ile to", "kosztuje", "to kosztuje"]);
    }
}
