//! Texts in other clothes: percent-encoded in an address, or as values of JSON.

/// A text with the characters that stand behind its escapes, and where each of its bytes comes from.
pub struct Decoded {
    pub text: String,
    /// By byte of `text`, and one more for its end.
    places: Vec<usize>,
}

impl Decoded {
    /// Undoes percent-encoding of ASCII, however often it was done, and plus signs for spaces; `None` where there is neither.
    pub fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let plus = memchr::memchr(b'+', bytes).is_some() && memchr::memchr(b'=', bytes).is_some();
        if !plus && memchr::memchr_iter(b'%', bytes).all(|place| escape(bytes, place).is_none()) {
            return None;
        }
        let (mut decoded, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let mut letters = text.char_indices();
        while let Some((place, letter)) = letters.next() {
            let (letter, length) = match letter {
                '%' => escape(bytes, place).unwrap_or(('%', 1)),
                '+' => (' ', 1),
                letter => (letter, letter.len_utf8()),
            };
            if letter.is_ascii() {
                letters.by_ref().take(length - 1).for_each(drop);
            }
            decoded.push(letter);
            places.extend((0..letter.len_utf8()).map(|byte| place + byte));
        }
        places.push(text.len());
        Some(Self { text: decoded, places })
    }

    /// Where in the text it comes from something stands.
    pub fn place(&self, start: usize, end: usize) -> (usize, usize) {
        (self.places[start], self.places[end])
    }
}

/// The character of an escape, and its length; `%2540` is an at sign that was encoded twice.
fn escape(bytes: &[u8], place: usize) -> Option<(char, usize)> {
    let mut digits = place + 1;
    let hex = |digits: usize| {
        let pair = str::from_utf8(bytes.get(digits..digits + 2)?).ok()?;
        pair.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(pair, 16).ok())?
    };
    while hex(digits) == Some(b'%') && hex(digits + 2).is_some() {
        digits += 2;
    }
    let byte = hex(digits).filter(u8::is_ascii)?;
    Some((char::from(byte), digits + 2 - place))
}

/// Masks the names, the texts and the numbers of JSON, and leaves everything else byte for byte. `mask` is given what goes
/// before, the name of the value, and the text; what it returns takes the text's place. `None` where nothing was masked.
pub fn json(json: &str, mask: &dyn Fn(&str, &str) -> Option<String>) -> Option<String> {
    let bytes = json.as_bytes();
    let mut masked = String::new();
    let (mut place, mut copied) = (0, 0);
    let mut name = String::new();
    while let Some(byte) = bytes.get(place) {
        let end = match byte {
            b'"' => place + literal(&bytes[place..]),
            b'-' | b'0'..=b'9' => place + bytes[place..].iter().take_while(|byte| is_of_number(**byte)).count(),
            _ => {
                place += 1;
                continue;
            }
        };
        let written = &json[place..end];
        let said = if *byte == b'"' { unescaped(written) } else { written.into() };
        let is_name = bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        let other = mask(if is_name { "" } else { &name }, &said);
        if let Some(other) = other {
            masked.push_str(&json[copied..place]);
            masked.push_str(&serde_json::Value::from(other).to_string());
            copied = end;
        }
        if is_name {
            name = said.into_owned() + " ";
        }
        place = end;
    }
    (copied > 0).then(|| masked + &json[copied..])
}

/// How long the text between quotes is that begins here, with them.
fn literal(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (place, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn unescaped(literal: &str) -> std::borrow::Cow<'_, str> {
    let inside = literal.strip_prefix('"').unwrap_or(literal);
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    if memchr::memchr(b'\\', literal.as_bytes()).is_none() {
        return inside.into();
    }
    serde_json::from_str::<String>(literal).map_or_else(|_| inside.into(), Into::into)
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_however_often_they_were_made() {
        let decoded = |text: &str| Decoded::of(text).map(|decoded| decoded.text);
        assert_eq!(decoded("/a?m=anna%40example.com").unwrap(), "/a?m=anna@example.com");
        assert_eq!(decoded("m%253Danna%252540example.com").unwrap(), "m=anna@example.com");
        assert_eq!(decoded("t=600+700+800%").unwrap(), "t=600 700 800%");
        assert_eq!(decoded("żółw%20%C5%82").unwrap(), "żółw %C5%82");
        assert_eq!(decoded("100% pewności, 5+5"), None);
        let undone = Decoded::of("ą%2540b").unwrap();
        assert_eq!((undone.text.as_str(), undone.place(2, 3)), ("ą@b", (2, 7)));
    }

    #[test]
    fn only_what_is_masked_changes() {
        let mask = |before: &str, text: &str| (text == "s€cret" || before == "pin ").then(|| "[x]".to_owned());
        let same = r#"{ "a":1.50, "a":[true,null,"b\"c"] }"#;
        assert_eq!(json(same, &mask), None);
        let text = r#"{"a" : "s\u20accret","pin":12e3, "s€cret":{"c":"s€cret "}}"#;
        assert_eq!(json(text, &mask).unwrap(), r#"{"a" : "[x]","pin":"[x]", "[x]":{"c":"s€cret "}}"#);
    }
}
