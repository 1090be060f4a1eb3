//! Words and stems with what is known of them, letter by letter. Most words of a message are on no list and part from all
//! of it within a few letters: that is all they cost, however many lists there are.

use std::collections::{BTreeMap, VecDeque};

/// What is known of a word. Of what a text begins with, the longer counts over the shorter.
pub trait Known: Copy + Default {
    /// Takes in what is known of a longer beginning, or of the whole.
    fn learn(&mut self, more: Self);
}

pub struct Trie<K> {
    nodes: Vec<Node<K>>,
}

/// Where the letters so far have led.
#[derive(Clone, Copy, Debug)]
pub struct Place(u32);

struct Node<K> {
    /// The letters that go on from here, a bit for each of `LETTERS`.
    letters: u64,
    /// Where the first of them leads; the others follow in order.
    first: u32,
    entry: Entry<K>,
}

/// Of all that begins so, and of what is so.
#[derive(Clone, Copy, Default)]
struct Entry<K> {
    stem: Option<K>,
    whole: K,
}

/// All that the lists are written in.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789' ";
const NO_LETTER: u8 = 63;
const NUMBERS: [u8; 256] = {
    let mut numbers = [NO_LETTER; 256];
    let mut at = 0;
    while at < LETTERS.len() {
        numbers[LETTERS[at] as usize] = at as u8;
        at += 1;
    }
    numbers
};

impl<K: Known> Trie<K> {
    /// Of words, and of stems that end with `*`. What is said twice of one adds up.
    pub fn new<'a>(entries: impl Iterator<Item = (&'a str, K)>) -> Self {
        let mut all: BTreeMap<&str, Entry<K>> = BTreeMap::new();
        for (entry, known) in entries {
            match entry.strip_suffix('*') {
                Some(stem) => all.entry(stem).or_default().stem.get_or_insert_default().learn(known),
                None => all.entry(entry).or_default().whole.learn(known),
            }
        }
        let sorted: Vec<(&[u8], Entry<K>)> = all.into_iter().map(|(text, entry)| (text.as_bytes(), entry)).collect();
        let mut nodes = Vec::new();
        // Breadth first: the nodes that one leads to are neighbours.
        let mut waiting = VecDeque::from([(&sorted[..], 0)]);
        while let Some((mut entries, depth)) = waiting.pop_front() {
            let here = entries.first().filter(|(text, _)| text.len() == depth).map(|(_, entry)| *entry);
            if here.is_some() {
                entries = &entries[1..];
            }
            let mut following: Vec<(u8, &[_])> = entries
                .chunk_by(|(one, _), (other, _)| one[depth] == other[depth])
                .map(|group| (NUMBERS[usize::from(group[0].0[depth])], group))
                .collect();
            following.sort_by_key(|(letter, _)| *letter);
            let letters = following.iter().fold(0, |letters, (letter, _)| letters | 1 << letter);
            debug_assert!(letters >> NO_LETTER == 0, "a letter of a list that is none of LETTERS");
            let first = (nodes.len() + waiting.len() + 1) as u32;
            nodes.push(Node { letters, first, entry: here.unwrap_or_default() });
            waiting.extend(following.into_iter().map(|(_, group)| (group, depth + 1)));
        }
        Self { nodes }
    }

    /// What is known of a word, and where it led, if anything on the lists begins with it.
    pub fn find(&self, word: &str) -> (K, Option<Place>) {
        let mut known = K::default();
        let end = self.walk(Place(0), word, &mut known);
        (known, end)
    }

    /// What is known of two words with a space between them, by where the first one led.
    pub fn find_pair(&self, first: Place, second: &str) -> Option<K> {
        let gap = self.step(first, b' ')?;
        let mut known = K::default();
        self.walk(gap, second, &mut known);
        Some(known)
    }

    fn walk(&self, from: Place, text: &str, known: &mut K) -> Option<Place> {
        let mut place = from;
        for letter in text.bytes() {
            place = self.step(place, letter)?;
            if let Some(stem) = self.nodes[place.0 as usize].entry.stem {
                known.learn(stem);
            }
        }
        known.learn(self.nodes[place.0 as usize].entry.whole);
        Some(place)
    }

    fn step(&self, from: Place, letter: u8) -> Option<Place> {
        let node = &self.nodes[from.0 as usize];
        let bit = 1 << NUMBERS[letter as usize];
        (node.letters & bit != 0).then(|| Place(node.first + (node.letters & (bit - 1)).count_ones()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Latest(u8);

    impl Known for Latest {
        fn learn(&mut self, more: Self) {
            if more.0 > 0 {
                *self = more;
            }
        }
    }

    #[test]
    fn words_and_stems_are_found_the_longest_last() {
        let entries = [("ab*", 1), ("abcd*", 2), ("abc", 3), ("x y*", 4), ("x", 5), ("z", 6)];
        let trie = Trie::new(entries.into_iter().map(|(entry, known)| (entry, Latest(known))));
        let found = |word| trie.find(word).0.0;
        assert_eq!(
            ["ab", "abc", "abce", "abcde", "a", "x", "xx", "ż", "", "zz"].map(found),
            [1, 3, 1, 2, 0, 5, 0, 0, 0, 0]
        );
        let pair = |first, second| trie.find_pair(trie.find(first).1?, second).map(|known| known.0);
        assert_eq!([pair("x", "yes"), pair("x", "a"), pair("z", "y"), pair("zz", "y")], [Some(4), Some(0), None, None]);
    }
}
