//! Patterns of a team's own.

use std::fmt;

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::MaskKind;
use crate::limits::{
    MASK_FINDS_MAX, MASK_PATTERN_BYTES_MAX, MASK_PATTERN_COMPILED_BYTES_MAX, MASK_PATTERN_NAME_BYTES_MAX,
};

/// Marks of these names would be read as parts of an address that someone has disguised.
const RESERVED: [&str; 3] = ["at", "malpa", "dot"];

/// What a team masks beside the kinds that are known: a regular expression, and the name that stands for what it finds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "WrittenPattern", into = "WrittenPattern")]
pub struct Pattern {
    mark: Box<str>,
    regex: Regex,
}

/// The same as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenPattern {
    /// What stands in brackets for what is found: letters, `_` and `-`, without accents; no kind's name.
    #[schemars(length(min = 1, max = MASK_PATTERN_NAME_BYTES_MAX), regex(pattern = "^[A-Za-z_-]+$"))]
    pub name: String,
    /// A regular expression as Rust's crate `regex` reads them: without look-around and back-references, and in linear time.
    #[schemars(length(min = 1, max = MASK_PATTERN_BYTES_MAX))]
    pub regex: String,
}

impl Pattern {
    /// # Errors
    /// A sentence that says what is wrong with the name or the expression.
    pub fn new(name: &str, regex: &str) -> Result<Self, String> {
        let letters = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-';
        if !(1..=MASK_PATTERN_NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(letters) {
            return Err(format!(
                "expected a name of 1 to {MASK_PATTERN_NAME_BYTES_MAX} letters, _ or -, without accents and digits, found {name:?}"
            ));
        }
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if MaskKind::ALL.into_iter().any(|kind| is(kind.name())) || RESERVED.into_iter().any(is) {
            return Err(format!("expected another name than {name}, which has a meaning of its own"));
        }
        if !(1..=MASK_PATTERN_BYTES_MAX).contains(&regex.len()) {
            let found = regex.len();
            return Err(format!(
                "{name}: expected an expression of 1 to {MASK_PATTERN_BYTES_MAX} bytes, found {found}"
            ));
        }
        let built = RegexBuilder::new(regex)
            .size_limit(MASK_PATTERN_COMPILED_BYTES_MAX)
            .dfa_size_limit(MASK_PATTERN_COMPILED_BYTES_MAX)
            .build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                format!("{name}: expected a smaller expression; `[A-Za-z]` takes far less room than `\\w`, and `[0-9]` than `\\d`")
            }
            error => format!("{name}: {error}"),
        })?;
        if regex.is_match("") {
            return Err(format!(
                "{name}: expected an expression that finds something, and this one finds nothing at all everywhere"
            ));
        }
        Ok(Self { mark: format!("[{name}]").into(), regex })
    }

    pub fn name(&self) -> &str {
        &self.mark[1..self.mark.len() - 1]
    }

    /// What stands in the place of what it finds.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// The expression as it was written.
    pub fn regex(&self) -> &str {
        self.regex.as_str()
    }

    /// Where a text has it: starts and ends. What lies within one of `marks`, in order of place, stays; one that is met is
    /// taken as a whole.
    pub fn find(&self, text: &str, marks: &[(usize, usize)], mut found: impl FnMut(usize, usize)) {
        let (mut from, mut finds) = (0, 0);
        while let Some(here) = self.regex.find_at(text, from) {
            let (mut start, mut end) = (here.start(), here.end());
            let met = |mark: &&(usize, usize)| mark.0 < end && start < mark.1;
            let (first, last) = (marks.iter().find(met).copied(), marks.iter().rfind(met).copied());
            if start == end {
                // A place between letters is nothing to mask.
                from = if end < text.len() { text.ceil_char_boundary(end + 1) } else { return };
            } else if let Some(mark) = first.filter(|mark| mark.0 <= start && end <= mark.1) {
                from = mark.1;
            } else {
                start = first.map_or(start, |mark| mark.0.min(start));
                end = last.map_or(end, |mark| mark.1.max(end));
                finds += 1;
                if finds > MASK_FINDS_MAX {
                    // Each search may read on to the end of the text: rather too much is masked than time spent without bound.
                    return found(start, text.len());
                }
                found(start, end);
                from = end;
            }
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.mark == other.mark && self.regex() == other.regex()
    }
}

impl TryFrom<WrittenPattern> for Pattern {
    type Error = String;

    fn try_from(WrittenPattern { name, regex }: WrittenPattern) -> Result<Self, String> {
        Self::new(&name, &regex)
    }
}

impl From<Pattern> for WrittenPattern {
    fn from(pattern: Pattern) -> Self {
        Self { name: pattern.name().to_owned(), regex: pattern.regex().to_owned() }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.name(), self.regex())
    }
}
