//! Numbers as people write them: groups of digits with spaces, dashes, dots, strokes and brackets between them.
//!
//! A digit is one of 0 to 9 throughout.

/// Characters between two groups, at most: `) -`.
const GAP_CHARS_MAX: usize = 3;

/// Digits that follow one another, by their place in the text.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub start: usize,
    pub end: usize,
}

impl Group {
    pub fn len(self) -> usize {
        self.end - self.start
    }
}

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    Space,
    Dash,
    Dot,
    Slash,
    /// With a bracket in it.
    Bracket,
    /// A sign with spaces around it, or wider: what follows is rather another number.
    Wide,
}

/// Groups that nothing but gaps divides.
#[derive(Default)]
pub struct Chain {
    pub groups: Vec<Group>,
    /// The one at a place follows the group at that place.
    pub gaps: Vec<Gap>,
}

impl Chain {
    /// Reads the next one of a text; false where there is none.
    pub fn read(&mut self, text: &str, from: usize) -> bool {
        self.groups.clear();
        self.gaps.clear();
        let bytes = text.as_bytes();
        let Some(mut start) = bytes[from..].iter().position(u8::is_ascii_digit).map(|place| from + place) else {
            return false;
        };
        loop {
            let end = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.groups.push(Group { start, end });
            let Some((gap, next)) = gap(text, end) else { return true };
            self.gaps.push(gap);
            start = next;
        }
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.groups.last().map_or(0, |group| group.end)
    }

    /// What stands before a group that is not the first.
    pub fn gap_before(&self, group: usize) -> Option<Gap> {
        Some(self.gaps[group.checked_sub(1)?])
    }

    /// What stands after a group that is not the last.
    pub fn gap_after(&self, group: usize) -> Option<Gap> {
        self.gaps.get(group).copied()
    }
}

/// Spaces within a line, those that keep words together too.
pub fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}')
}

/// Dashes of every length, and the minus.
pub fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// What lies between the end of one group and the start of the next, which it says too.
fn gap(text: &str, end: usize) -> Option<(Gap, usize)> {
    let (mut spaces, mut brackets, mut signs) = (0, 0, 0);
    let mut sign = Gap::Space;
    for (place, letter) in text[end..].char_indices().take(GAP_CHARS_MAX + 1) {
        match letter {
            '0'..='9' if place > 0 => {
                let gap = match (spaces, brackets, signs) {
                    (_, 0, 2..) | (3.., 0, 0) | (1.., 0, 1) => Gap::Wide,
                    (_, 0, 0) => Gap::Space,
                    (_, 0, _) => sign,
                    _ => Gap::Bracket,
                };
                return Some((gap, end + place));
            }
            '.' => (sign, signs) = (Gap::Dot, signs + 1),
            '/' => (sign, signs) = (Gap::Slash, signs + 1),
            '(' | ')' => brackets += 1,
            letter if is_space(letter) => spaces += 1,
            letter if is_dash(letter) => (sign, signs) = (Gap::Dash, signs + 1),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_what_stands_between_them() {
        let mut chain = Chain::default();
        let text = "(22) 628-12.34/5 - 6\u{a0}7, 8";
        assert!(chain.read(text, 0));
        let groups: Vec<&str> = chain.groups.iter().map(|group| &text[group.start..group.end]).collect();
        assert_eq!(groups, ["22", "628", "12", "34", "5", "6", "7"]);
        assert_eq!(chain.gaps, [Gap::Bracket, Gap::Dash, Gap::Dot, Gap::Slash, Gap::Wide, Gap::Space]);
        assert!(chain.read(text, chain.end()) && chain.groups.len() == 1);
        assert!(!chain.read(text, chain.end()));
    }
}
