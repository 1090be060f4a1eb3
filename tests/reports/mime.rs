//! Mails taken apart: just enough of MIME (RFC 2045 to 2047) to read what we send.

use crate::support::browser::base64;

/// A part, or the whole of a mail.
#[derive(Clone, Debug)]
pub struct Part {
    /// Unfolded, names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub parts: Vec<Part>,
}

impl Part {
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some((_, value))) => value.push_str(&format!(" {}", line.trim())),
                _ => {
                    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("a header: {line:?}"));
                    headers.push((name.to_lowercase(), value.trim().to_owned()));
                }
            }
        }
        let mut part = Self { headers, body: Vec::new(), parts: Vec::new() };
        match part.parameter("content-type", "boundary") {
            Some(boundary) => {
                let mark = format!("--{boundary}");
                let end = format!("\n{mark}--");
                let inner = &body[..body.find(&end).unwrap_or_else(|| panic!("no end of {mark}"))];
                part.parts = inner.split(&format!("{mark}\n")).skip(1).map(Self::parse).collect();
            }
            None => {
                part.body = match part.header("content-transfer-encoding") {
                    Some("base64") => base64(&body.split_whitespace().collect::<String>()),
                    Some("quoted-printable") => unquoted(body),
                    _ => body.as_bytes().to_vec(),
                }
            }
        }
        part
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    fn parameter(&self, name: &str, parameter: &str) -> Option<String> {
        let (_, rest) = self.header(name)?.split_once(&format!("{parameter}="))?;
        Some(rest.trim_start_matches('"').split(['"', ';']).next()?.to_owned())
    }

    pub fn kind(&self) -> &str {
        self.header("content-type").unwrap_or("text/plain").split(';').next().unwrap().trim()
    }

    /// The parts of a type, at any depth.
    pub fn of_kind(&self, kind: &str) -> Vec<&Part> {
        let own = (self.kind() == kind).then_some(self);
        own.into_iter().chain(self.parts.iter().flat_map(|part| part.of_kind(kind))).collect()
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("UTF-8")
    }

    pub fn file_name(&self) -> Option<String> {
        self.parameter("content-disposition", "filename")
    }
}

fn unquoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix("=\n") {
            Some(line) => (line, ""),
            None => (line.trim_end_matches('\n'), if line.ends_with('\n') { "\n" } else { "" }),
        };
        let mut rest = line.as_bytes();
        while let [first, tail @ ..] = rest {
            match (first, tail) {
                (b'=', [high, low, tail @ ..]) => {
                    let digits = [*high, *low];
                    let digits = str::from_utf8(&digits).expect("two digits");
                    bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
                    rest = tail;
                }
                _ => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        bytes.extend(end.as_bytes());
    }
    bytes
}
