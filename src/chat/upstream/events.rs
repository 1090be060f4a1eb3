//! Server-sent events out of bytes, in whatever pieces these come (WHATWG HTML, 9.2.6). What only a browser that
//! reconnects needs, `id` and `retry`, is passed over.

use bytes::{Buf, Bytes};

use crate::limits::UPSTREAM_EVENT_BYTES_MAX;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Empty where the event does not say.
    pub name: String,
    /// Its lines of data, joined.
    pub data: String,
}

/// What has come of an event that is not whole yet.
#[derive(Default)]
pub struct Events {
    line: Vec<u8>,
    name: String,
    /// `None` until there is a line of data, which may be empty.
    data: Option<String>,
    /// The last byte ended a line; a line feed that follows belongs to it.
    after_return: bool,
    /// A byte order mark may only stand before the first line.
    begun: bool,
}

impl Events {
    /// The next whole event, whose bytes are taken off the front; `None` once all are taken.
    ///
    /// # Errors
    /// A sentence, where an event has more than `UPSTREAM_EVENT_BYTES_MAX` bytes.
    pub fn next(&mut self, bytes: &mut Bytes) -> Result<Option<Event>, String> {
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                bytes.advance(1);
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = bytes.split_to(end.unwrap_or(bytes.len()));
            if self.line.len() + part.len() + self.data.as_ref().map_or(0, String::len) > UPSTREAM_EVENT_BYTES_MAX {
                return Err(format!("an event of its answer has more than {UPSTREAM_EVENT_BYTES_MAX} bytes"));
            }
            self.line.extend_from_slice(&part);
            if end.is_none() {
                break;
            }
            self.after_return = bytes.get_u8() == b'\r';
            if let Some(event) = self.end_line() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn end_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        // A line is whole, so no character of it is still to come.
        let line = String::from_utf8_lossy(&bytes);
        let mark = if std::mem::replace(&mut self.begun, true) { None } else { line.strip_prefix('\u{feff}') };
        let line = mark.unwrap_or(&line);
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return self.data.take().map(|data| Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (field, &mut self.data) {
            ("event", _) => value.clone_into(&mut self.name),
            ("data", Some(data)) => {
                data.push('\n');
                data.push_str(value);
            }
            ("data", none) => *none = Some(value.to_owned()),
            // A comment has an empty name.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a stream holds that comes in these pieces.
    fn events(pieces: &[&[u8]]) -> Result<Vec<(String, String)>, String> {
        let (mut events, mut whole) = (Events::default(), Vec::new());
        for piece in pieces {
            let mut bytes = Bytes::copy_from_slice(piece);
            while let Some(Event { name, data }) = events.next(&mut bytes)? {
                whole.push((name, data));
            }
            assert!(bytes.is_empty());
        }
        Ok(whole)
    }

    fn of(text: &str) -> Vec<(String, String)> {
        events(&[text.as_bytes()]).unwrap()
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.into(), data.into())
    }

    #[test]
    fn lines_end_in_any_of_three_ways() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "event: delta|data: a||data: b||".replace('|', end);
            assert_eq!(of(&text), [event("delta", "a"), event("", "b")], "{end:?}");
        }
    }

    #[test]
    fn data_of_several_lines_is_joined_and_what_is_no_data_passed_over() {
        assert_eq!(
            of(": ping\n\nretry: 10\n\ndata: {\ndata:  \"a\": 1\nid: 7\ndata\ndata:}\n\n"),
            [event("", "{\n \"a\": 1\n\n}")]
        );
        assert_eq!(of("event: nothing\n\ndata: x\n\n"), [event("", "x")], "a name alone is no event, and is forgotten");
        assert_eq!(of("\u{feff}data: x\n\ndata: not whole\n"), [event("", "x")]);
    }

    #[test]
    fn a_character_may_come_in_two_pieces_and_broken_ones_are_replaced() {
        assert_eq!(events(&[b"data: \xc5", b"\xbc\n", b"\n"]).unwrap(), [event("", "ż")]);
        assert_eq!(events(&[b"data: \xc5\n\n"]).unwrap(), [event("", "\u{fffd}")]);
    }

    #[test]
    fn an_event_has_a_limit_however_it_is_made_up() {
        let long = "x".repeat(UPSTREAM_EVENT_BYTES_MAX + 1);
        assert!(events(&[long.as_bytes()]).is_err());
        let lines = "data: xxxxxxxxxxxxxx\n".repeat(UPSTREAM_EVENT_BYTES_MAX / 14);
        assert!(events(&[lines.as_bytes()]).is_err());
        // Comments are no part of it.
        let pings = format!("{}data: x\n\n", ": ping\n".repeat(UPSTREAM_EVENT_BYTES_MAX));
        assert_eq!(of(&pings), [event("", "x")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Fields, ends of lines and characters of several bytes, cut anywhere.
        #[test]
        fn events_are_the_same_however_their_bytes_are_split(
            parts in prop::collection::vec(
                prop::sample::select(
                    vec!["data:", "event:", ":", " ", "\n", "\r", "\r\n", "\n\n", "żó", "🦀", "\u{feff}", "x"]
                ),
                0..60,
            ),
            cuts in prop::collection::vec(0_usize..200, 0..40),
        ) {
            let text = parts.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &text.as_bytes()[ends[0]..ends[1]]).collect();
            prop_assert_eq!(events(&pieces), events(&[text.as_bytes()]));
        }
    }
}
