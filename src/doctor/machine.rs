//! The machine: what it lets a process have, and what time it thinks it is.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::{Finding, size};
use crate::limits::{
    ANSWERS_KEPT_BYTES_MAX, CACHED_ROLLUP_BYTES_MAX, CACHED_ROW_BYTES_MAX, CLOCK_MS_MIN, CONNECTIONS_MAX,
    FILES_BESIDE_CONNECTIONS, QUEUE_BYTES_MAX, UNWRITTEN_BYTES_MAX, ZONES_OLD_YEARS,
};
use crate::model::day::rfc3339;

/// What the server may hold in memory at most beside the page cache.
const NEEDS_BYTES: u64 =
    (CACHED_ROW_BYTES_MAX + CACHED_ROLLUP_BYTES_MAX + QUEUE_BYTES_MAX + UNWRITTEN_BYTES_MAX + ANSWERS_KEPT_BYTES_MAX)
        as u64;

/// Files that a process started here may open. The server raises its own limit this far.
pub fn files() -> Finding {
    let wanted = CONNECTIONS_MAX as u64 + FILES_BESIDE_CONNECTIONS;
    match getrlimit(Resource::Nofile).maximum {
        Some(allowed) if allowed < wanted => Finding::warn(
            "files",
            format!("a process may open {allowed} files; all connections there may be take {wanted}"),
            "raise it with LimitNOFILE= in the unit, or `ulimit -Hn` where you start it",
        ),
        Some(allowed) => Finding::ok("files", format!("a process may open {allowed} files; {wanted} are enough")),
        None => Finding::ok("files", "a process may open any number of files"),
    }
}

pub fn memory(page_cache_bytes: u64, is_served: bool) -> Finding {
    let Some(memory) = Memory::read() else {
        return Finding::warn("memory", "how much there is could not be read", "see that /proc is mounted");
    };
    judge_memory(&memory, NEEDS_BYTES + page_cache_bytes, is_served)
}

/// Of a machine whose server runs, what is available is what that has left over.
fn judge_memory(memory: &Memory, needs: u64, is_served: bool) -> Finding {
    let there_is = format!(
        "the server may need {} under load; there are {}, {} of it available",
        size(needs),
        size(memory.all),
        size(memory.available)
    );
    if memory.all < needs {
        return Finding::bad("memory", there_is, "give the machine or its container more, or lower --page-cache");
    }
    if memory.available < needs && !is_served {
        return Finding::warn("memory", there_is, "stop what else takes it, or lower --page-cache");
    }
    Finding::ok("memory", there_is)
}

/// Bytes of memory, of the machine or of the container, whichever has less.
struct Memory {
    all: u64,
    available: u64,
}

impl Memory {
    fn read() -> Option<Self> {
        let of_machine = std::fs::read_to_string("/proc/meminfo").ok()?;
        let kilobytes = |name: &str| -> Option<u64> {
            let line = of_machine.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let (all, available) = (kilobytes("MemTotal:")? * 1024, kilobytes("MemAvailable:")? * 1024);
        let limit = group_figure("memory.max").unwrap_or(u64::MAX);
        let taken = group_figure("memory.current").unwrap_or(0);
        Some(Self { all: all.min(limit), available: available.min(limit.saturating_sub(taken)) })
    }
}

/// A figure of this process' control group; none where it has no such limit.
fn group_figure(name: &str) -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let figure = std::fs::read_to_string(Path::new("/sys/fs/cgroup").join(group).join(name)).ok()?;
    figure.trim().parse().ok()
}

pub fn clock(now_ms: i64) -> Finding {
    let says = format!("the clock says {}", rfc3339(now_ms));
    if now_ms < CLOCK_MS_MIN {
        return Finding::bad(
            "clock",
            format!("{says}, which is before this program was made"),
            "set it, and install systemd-timesyncd or chrony; events without a timestamp get this one",
        );
    }
    Finding::ok("clock", says)
}

/// The zones are part of the program; the system's tell whether they are still the newest.
pub fn zones(now_ms: i64) -> Finding {
    let system = std::fs::read_to_string("/usr/share/zoneinfo/tzdata.zi").unwrap_or_default();
    let system = system.lines().next().and_then(|line| line.strip_prefix("# version "));
    judge_zones(chrono_tz::IANA_TZDB_VERSION, system, now_ms)
}

/// Versions are a year and a letter, such as 2025b.
fn judge_zones(own: &str, system: Option<&str>, now_ms: i64) -> Finding {
    let upgrade = "install a newer NovaHouse if a zone of yours has changed its rules since";
    if let Some(system) = system.filter(|system| *system > own) {
        let finding = format!("the program knows the time zones of {own}; the system those of {system}");
        return Finding::warn("zones", finding, upgrade);
    }
    let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i64>().ok());
    let age = year(&rfc3339(now_ms)).zip(year(own)).map_or(0, |(now, made)| now - made);
    if age >= ZONES_OLD_YEARS {
        return Finding::warn("zones", format!("the program knows the time zones of {own}, {age} years ago"), upgrade);
    }
    Finding::ok("zones", format!("the program knows the time zones of {own}"))
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    const IN_2026: i64 = 1_795_000_000_000;

    #[test]
    fn memory_is_held_against_all_there_is_and_what_is_available() {
        let memory = Memory { all: 1_000, available: 400 };
        assert_eq!(judge_memory(&memory, 300, false).level, Level::Ok);
        assert_eq!(judge_memory(&memory, 500, false).level, Level::Warn);
        assert_eq!(judge_memory(&memory, 500, true).level, Level::Ok, "the server has taken its own already");
        assert_eq!(judge_memory(&memory, 1_001, true).level, Level::Bad);
    }

    #[test]
    fn a_clock_that_was_never_set_is_bad() {
        assert_eq!(clock(0).level, Level::Bad);
        assert_eq!(clock(IN_2026).level, Level::Ok);
    }

    #[test]
    fn zones_older_than_the_systems_or_than_years_are_told() {
        assert_eq!(judge_zones("2025b", Some("2025b"), IN_2026).level, Level::Ok);
        assert_eq!(judge_zones("2025b", Some("2025a"), IN_2026).level, Level::Ok);
        assert_eq!(judge_zones("2025b", Some("2025c"), IN_2026).level, Level::Warn);
        assert_eq!(judge_zones("2019a", None, IN_2026).level, Level::Warn);
    }
}
