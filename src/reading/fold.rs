//! One spelling for what people type in many: lower case, no diacritics, plain spaces and apostrophes.

/// Half of all chat messages in Polish come without diacritics, so no comparison may depend on them.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)).map(plain).collect()
}

/// Marks that combine with the letter before them: a decomposed `ó` is an `o` and a mark. Also what merely joins emoji.
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}')
}

fn plain(c: char) -> char {
    match c {
        'ą' | 'á' | 'à' | 'â' | 'ä' => 'a',
        'ć' | 'ç' => 'c',
        'ę' | 'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ï' => 'i',
        'ł' => 'l',
        'ń' | 'ñ' => 'n',
        'ó' | 'ö' => 'o',
        'ś' => 's',
        'ü' | 'ú' => 'u',
        'ź' | 'ż' => 'z',
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
}
