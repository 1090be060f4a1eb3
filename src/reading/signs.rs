//! Emoji and emoticons: in a chat they often say what the words do not.

/// The valence of one emoji.
pub fn emoji(c: char) -> Option<f64> {
    const EMOJI: &[(f64, &str)] = &[
        (3.0, "😍🥰🤩❤♥💖💕💗💓💞💘💜💙💚🧡💛🏆😘"),
        (2.2, "😀😃😄😁😆😊☺🙂😂🤣😇😎🤗👍👏🙌💪🎉🎊🥳⭐🌟✨💯🌹💐🌸🤝✅🍀😻"),
        (1.2, "🙏😉😋😌😏👌✌🤞☀🔥🎁"),
        (-1.2, "😕🙁☹😐😑😒🙄😬😟😔😞😓😥😴🤔⚠"),
        (-2.2, "😢😭😩😫😖😣😤😰😨😱👎💔❌😿🤦🤮🤢🤧😷"),
        (-3.0, "😠😡🤬👿💩🖕"),
    ];
    // Nothing below is an emoji of the table: most characters end here.
    (c > '\u{2000}').then(|| EMOJI.iter().find(|(_, set)| set.contains(c)).map(|(valence, _)| *valence)).flatten()
}

/// `:)`, `;-)`, `:((((`, `:D`, `xD`, `<3`, alone or at the end of a word.
pub fn emoticon(chunk: &str) -> Option<f64> {
    // Most words end here.
    if !matches!(
        chunk.as_bytes().last()?,
        b')' | b']' | b'(' | b'[' | b'D' | b'*' | b'3' | b'P' | b'p' | b'/' | b'\\' | b'|' | b'c'
    ) {
        return None;
    }
    if chunk == "<3" {
        return Some(2.5);
    }
    let mouth = chunk.chars().last()?;
    let face = chunk.trim_end_matches(mouth).trim_end_matches(['-', '\'']);
    let eyes = face.chars().last()?;
    let alone = face.chars().count() == 1;
    match (eyes, mouth) {
        (':' | ';' | '=', ')' | ']') => Some(2.0),
        (':' | '=', '(' | '[') => Some(-2.0),
        (':' | ';' | '=', 'D' | '*' | '3') | ('x' | 'X', 'D') if alone => Some(2.2),
        (':' | ';', 'P' | 'p') if alone => Some(1.2),
        (':', '/' | '\\' | '|' | 'c') if alone => Some(-1.5),
        _ => None,
    }
}
