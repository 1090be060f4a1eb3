//! The record of logins and changes: `audit.ndjson`, a line of JSON for each. It holds no secrets, and nothing that a
//! stranger has typed: people type passwords where a name belongs.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::os::unix::fs::FileExt;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::limits::{AUDIT_BYTES_MAX, AUDIT_LINE_BYTES_MAX, AUDIT_SETTING_BYTES_MAX};
use crate::private;

pub const FILE_NAME: &str = "audit.ndjson";
/// What the file before is called.
pub const OLDER_FILE_NAME: &str = "audit.1.ndjson";

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    #[schemars(extend("format" = "date-time"))]
    pub time: String,
    /// Who did it: a user, `key NAME`, `command line`, or whoever came where no one has to log in.
    pub actor: String,
    pub address: Option<IpAddr>,
    pub action: String,
    /// What it was done to.
    pub target: Option<String>,
    /// `success`, or why not.
    pub outcome: String,
    /// Of a setting that tells people or what they wrote, such as how long something is kept: what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// And what it has been since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a setting was, and what it has been since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub before: String,
    pub after: String,
}

impl Changed {
    /// As a line has room for it.
    pub fn shortened(self) -> Self {
        Self { before: shortened(self.before), after: shortened(self.after) }
    }
}

fn shortened(text: String) -> String {
    let text = text.replace(char::is_control, " ");
    if text.len() <= AUDIT_SETTING_BYTES_MAX {
        return text;
    }
    format!("{}…", &text[..text.floor_char_boundary(AUDIT_SETTING_BYTES_MAX)])
}

/// Adds a line, for good when it returns.
pub fn add(dir: &Path, entry: &Entry) -> Result<()> {
    let mut line = serde_json::to_string(entry).expect("names are texts");
    line.push('\n');
    // Taking turns: while one puts the file aside, another must not add to it.
    let _lock = private::lock(dir)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    let mut file = private::open(dir, FILE_NAME, &mut options)?;
    if !ends_with_a_line(&file)? {
        line.insert(0, '\n');
    }
    if file.metadata()?.len() + line.len() as u64 > AUDIT_BYTES_MAX {
        std::fs::rename(dir.join(FILE_NAME), dir.join(OLDER_FILE_NAME))?;
        file = private::open(dir, FILE_NAME, &mut options)?;
        std::fs::File::open(dir)?.sync_all()?;
    }
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// A power failure may have left half of one.
fn ends_with_a_line(file: &std::fs::File) -> Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last == [b'\n'])
}

/// The latest lines, newest first.
pub fn latest(dir: &Path, count: usize) -> Result<Vec<Entry>> {
    let mut lines = tail(&dir.join(FILE_NAME), count)?;
    if lines.len() < count {
        let older = tail(&dir.join(OLDER_FILE_NAME), count - lines.len())?;
        lines.extend(older);
    }
    Ok(lines)
}

fn tail(path: &Path, count: usize) -> Result<Vec<Entry>> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let from = file.metadata()?.len().saturating_sub((count * AUDIT_LINE_BYTES_MAX) as u64);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(AUDIT_BYTES_MAX).read_to_end(&mut bytes)?;
    // A line that was cut, by the start of the tail or by a power failure, is no JSON.
    let lines = bytes.split(|byte| *byte == b'\n').rev();
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).take(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: usize, padding: usize) -> Entry {
        Entry {
            time: number.to_string(),
            actor: "x".repeat(padding),
            address: Some([192, 0, 2, 1].into()),
            action: "login".into(),
            target: None,
            outcome: "success".into(),
            before: None,
            after: None,
        }
    }

    #[test]
    fn the_file_is_put_aside_when_it_is_full_and_the_latest_lines_come_from_both() {
        let dir = tempfile::tempdir().unwrap();
        assert!(latest(dir.path(), 5).unwrap().is_empty());
        for number in 0..3 {
            add(dir.path(), &entry(number, 10)).unwrap();
        }
        let path = dir.path().join(FILE_NAME);
        // Its last line is cut, as by a power failure.
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(AUDIT_BYTES_MAX - 150).unwrap();
        for number in 3..5 {
            add(dir.path(), &entry(number, 10)).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() < 1_000);
        assert!(std::fs::metadata(dir.path().join(OLDER_FILE_NAME)).unwrap().len() <= AUDIT_BYTES_MAX);
        let times = |count| latest(dir.path(), count).unwrap().iter().map(|line| line.time.clone()).collect::<Vec<_>>();
        assert_eq!(times(1), ["4"]);
        assert_eq!(times(2), ["4", "3"]);
    }

    #[test]
    fn no_line_is_longer_than_is_looked_back_for() {
        let quotes = || "\"".repeat(AUDIT_SETTING_BYTES_MAX + 1);
        let Changed { before, after } = Changed { before: quotes(), after: quotes() }.shortened();
        let longest = Entry {
            before: Some(before),
            after: Some(after),
            actor: "\u{1}".repeat(crate::limits::ACCOUNT_NAME_BYTES_MAX + 8),
            target: Some("\u{1}".repeat(crate::limits::ACCOUNT_NAME_BYTES_MAX)),
            ..entry(0, 0)
        };
        assert!(serde_json::to_string(&longest).unwrap().len() < AUDIT_LINE_BYTES_MAX);
    }
}
