//! Just enough of HTTP/1.1 to know where an answer ends.

/// An answer's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub has_retry_after: bool,
    /// Where the body begins.
    pub length: usize,
    pub body_length: usize,
}

impl Head {
    /// # Panics
    /// Where the body's length is not said, which no answer the benches ask for leaves out.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let length = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = str::from_utf8(&bytes[..length]).expect("a head of ASCII");
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
        let body_length = value(head, "content-length").and_then(|length| length.parse().ok());
        let body_length = body_length.unwrap_or_else(|| panic!("no content-length: {head}"));
        Some(Self { status, has_retry_after: value(head, "retry-after").is_some(), length, body_length })
    }
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
