//! One spelling for what people type in many: lower case, no diacritics, plain spaces and apostrophes.

/// Half of all chat messages in Polish come without diacritics, so no comparison may depend on them.
pub fn fold(text: &str) -> String {
    let mut folded = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        folded.extend(rest.as_bytes()[..ascii].iter().map(|byte| PLAIN_ASCII[usize::from(*byte)]));
        let mut letters = rest[ascii..].chars();
        if let Some(letter) = letters.next() {
            each_folded(letter, |plain| folded.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()));
        }
        rest = letters.as_str();
    }
    String::from_utf8(folded).expect("made of ASCII and whole characters")
}

/// Calls `take` with what a character is folded to: mostly one, none of a mark.
pub fn each_folded(c: char, mut take: impl FnMut(char)) {
    if let Some((letter, _)) = polish_letter(c) {
        return take(letter);
    }
    c.to_lowercase().filter(|c| !is_mark(*c)).map(plain).for_each(take);
}

/// Of a letter that only Polish has of the two languages: the one it is folded to, and whether it is a capital.
pub fn polish_letter(c: char) -> Option<(char, bool)> {
    Some(match c {
        'ą' => ('a', false),
        'ć' => ('c', false),
        'ę' => ('e', false),
        'ł' => ('l', false),
        'ń' => ('n', false),
        'ó' => ('o', false),
        'ś' => ('s', false),
        'ź' | 'ż' => ('z', false),
        'Ą' => ('a', true),
        'Ć' => ('c', true),
        'Ę' => ('e', true),
        'Ł' => ('l', true),
        'Ń' => ('n', true),
        'Ó' => ('o', true),
        'Ś' => ('s', true),
        'Ź' | 'Ż' => ('z', true),
        _ => return None,
    })
}

/// Marks that combine with the letter before them: a decomposed `ó` is an `o` and a mark. Also what merely joins emoji.
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}')
}

const PLAIN_ASCII: [u8; 128] = {
    let mut plain = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        plain[byte as usize] = match byte {
            b'\t'..=b'\r' => b' ',
            b'`' => b'\'',
            _ => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    plain
};

/// Of a lower-case character.
fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ï' => 'i',
        'ñ' => 'n',
        'ö' => 'o',
        'ü' | 'ú' => 'u',
        '²' => '2',
        '’' | '‘' | '`' | '´' => '\'',
        '‐' | '‑' | '–' | '—' | '−' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        assert_eq!(fold("Zażółć GĘŚLĄ jaźń"), "zazolc gesla jazn");
        assert_eq!(fold("o\u{301}z\u{307} – don’t 50\u{a0}m²"), "oz - don't 50 m2");
    }

    #[test]
    fn a_capital_is_folded_as_its_small_letter() {
        for c in '\0'..=char::MAX {
            let small: String = c.to_lowercase().collect();
            assert_eq!(fold(c.encode_utf8(&mut [0; 4])), fold(&small), "{c:?}");
        }
    }
}
