//! What is to be said, whatever the channel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::language::Language;

/// A message, before it takes the form of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What a program tells kinds of messages apart by: `alerts` or `test`.
    pub kind: String,
    /// One line: the subject of a mail, the first line elsewhere.
    pub title: String,
    /// Further lines.
    pub lines: Vec<String>,
    /// The same for programs: what the body of a webhook holds beside.
    pub data: Value,
    /// What it is written in.
    #[serde(default)]
    pub language: Language,
    /// Which of the channel's readers alone it is for, where it is not for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Message {
    /// To see whether a channel leads anywhere.
    pub fn test(channel: &str, language: Language) -> Self {
        let (title, line) = match language {
            Language::En => (
                format!("NovaHouse: a test of the channel {channel}"),
                "Someone asked for it. Where you read this, the channel works.",
            ),
            Language::Pl => {
                (format!("NovaHouse: próba kanału {channel}"), "Ktoś o nią poprosił. Skoro to widać, kanał działa.")
            }
        };
        Self { kind: "test".into(), title, lines: vec![line.into()], data: Value::Null, language, to: None }
    }

    /// Its length as text, characters.
    pub fn chars(&self) -> usize {
        let lines: usize = self.lines.iter().map(|line| 1 + line.chars().count()).sum();
        self.title.chars().count() + lines
    }

    /// All of it, in at most so many characters; what does not fit is said to be missing.
    pub fn text(&self, chars_max: usize) -> String {
        let missing = match self.language {
            Language::En => "\n… and more, which did not fit.",
            Language::Pl => "\n… i więcej, co się nie zmieściło.",
        };
        let is_whole = self.chars() <= chars_max;
        let whole = std::iter::once(&self.title).chain(&self.lines).map(String::as_str).collect::<Vec<_>>().join("\n");
        if is_whole {
            return whole;
        }
        let room = chars_max.saturating_sub(missing.chars().count());
        let end = whole.char_indices().nth(room).map_or(whole.len(), |(end, _)| end);
        let fits = &whole[..end];
        // Half a link leads elsewhere: only where no line fits under the title is one cut.
        let lines = if whole[end..].starts_with('\n') { Some(end) } else { fits.rfind('\n') };
        let end = lines.filter(|end| *end > self.title.len()).unwrap_or(end);
        whole[..end].to_owned() + missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_says_that_it_was_cut() {
        let message = Message { lines: vec!["ż".repeat(5_000)], ..Message::test("ops", Language::En) };
        let cut = message.text(2_000);
        assert_eq!(cut.chars().count(), 2_000);
        assert!(cut.ends_with("did not fit."));
        assert!(message.text(10_000).ends_with("żż"));
        let polish = Message { language: Language::Pl, ..message };
        assert_eq!(polish.text(2_000).chars().count(), 2_000);
        assert!(polish.text(2_000).ends_with("nie zmieściło."));
    }

    #[test]
    fn a_message_is_cut_between_lines() {
        let lines: Vec<String> = (0..300).map(|number| format!("https://chat.example.com/{number}/żółw")).collect();
        let message = Message { lines: lines.clone(), ..Message::test("ops", Language::En) };
        for chars_max in 1_000..1_100 {
            let text = message.text(chars_max);
            assert!(text.chars().count() <= chars_max);
            let shown: Vec<&str> = text.lines().filter(|line| line.starts_with("https")).collect();
            assert!(shown.len() > 20 && shown.iter().zip(&lines).all(|(shown, line)| *shown == line), "{text}");
        }
    }
}
