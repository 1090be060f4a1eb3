//! Looks at a machine and a data directory, and says what is wrong and what to do about it. Works beside a live server;
//! all it writes is a temporary file, to learn how long a sync takes.

mod certificate;
mod machine;
mod mounts;
mod place;
mod port;
mod stored;
mod syncs;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    /// It works, and may not go on to.
    Warn,
    /// It does not work, or loses what it should keep.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub level: Level,
    /// What was looked at, in a word.
    pub about: &'static str,
    pub finding: String,
    /// What to do, where there is something to do.
    pub advice: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, finding: impl Into<String>) -> Self {
        Self { level: Level::Ok, about, finding: finding.into(), advice: None }
    }

    fn warn(about: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Warn, about, finding: finding.into(), advice: Some(advice.into()) }
    }

    fn bad(about: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Bad, about, finding: finding.into(), advice: Some(advice.into()) }
    }
}

/// What to look at.
pub struct Patient {
    /// The data directory; without one, the machine alone.
    pub data: Option<PathBuf>,
    /// Where the server listens, or is to.
    pub listen: SocketAddr,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub page_cache_bytes: u64,
    pub now_ms: i64,
}

/// Looks at everything.
pub fn examine(patient: &Patient) -> Vec<Finding> {
    let (listening, is_served) = port::look(patient.listen);
    let mut findings = vec![
        machine::files(),
        machine::memory(patient.page_cache_bytes, is_served),
        machine::clock(patient.now_ms),
        machine::zones(patient.now_ms),
        listening,
    ];
    if let Some((certificate, key)) = &patient.tls {
        findings.extend(certificate::look(certificate, key, patient.now_ms));
    }
    if let Some(dir) = &patient.data {
        findings.extend(place::look(dir, patient.now_ms));
        findings.extend(place::entry(dir, patient.listen));
        if dir.is_dir() {
            findings.push(syncs::look(dir));
            findings.extend(stored::look(dir, patient.now_ms));
        }
    }
    findings
}

/// Bytes as a person reads them.
fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1_000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_greatest() {
        assert!(Level::Ok < Level::Warn && Level::Warn < Level::Bad);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [size(12), size(73_728), size(1_500_000_000), size(20_000_000_000)],
            ["12 bytes", "73 kB", "1500 MB", "20 GB"]
        );
    }
}
