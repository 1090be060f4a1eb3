//! The data directory: whose it is, and who may look into it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::mounts::Mount;
use super::{Finding, size};
use crate::access::Access;
use crate::clock::Clock;
use crate::limits::{DISK_FREE_BYTES_MIN, FUTURE_FILE_MS_MAX};
use crate::settings::Document;
use crate::store::FILE_NAME;

/// What findings about the directory itself are about.
const ABOUT: &str = "data";
/// Users and keys, where there are some.
const ACCESS_FILE: &str = "access.json";

pub fn look(dir: &Path, now_ms: i64) -> Vec<Finding> {
    let shown = dir.display();
    let known = match std::fs::metadata(dir) {
        Ok(known) if known.is_dir() => known,
        Ok(_) => return vec![Finding::bad(ABOUT, format!("{shown} is no directory"), "name the directory")],
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let advice = "check the name; `novahouse serve` makes it where it may";
            return vec![Finding::bad(ABOUT, format!("{shown} does not exist"), advice)];
        }
        Err(error) => {
            let advice = "run this as the user of the service, or as root";
            return vec![Finding::bad(ABOUT, format!("{shown} cannot be looked at: {error}"), advice)];
        }
    };
    let mut findings = vec![seen_by(dir, known.mode())];
    findings.extend(owners(dir, known.uid()));
    findings.extend(times(dir, now_ms));
    findings.extend(access(dir));
    findings.extend(settings(dir));
    findings.extend(std::fs::canonicalize(dir).ok().and_then(|path| Mount::of(&path)).map(|mount| mount.judge()));
    findings.extend(space(dir));
    findings
}

/// What visitors wrote is in it.
fn seen_by(dir: &Path, mode: u32) -> Finding {
    let shown = dir.display();
    let has = format!("{shown} has the mode {:04o}", mode & 0o7777);
    let advice = format!("chmod 700 {shown}");
    if mode & 0o002 != 0 {
        return Finding::bad(
            ABOUT,
            format!("{has}: everyone on this machine may put files in the place of yours"),
            advice,
        );
    }
    let file = std::fs::metadata(dir.join(FILE_NAME)).map_or(0, |known| known.mode());
    if mode & 0o001 != 0 && file & 0o004 != 0 {
        return Finding::warn(ABOUT, format!("{has}: everyone on this machine may read what visitors wrote"), advice);
    }
    Finding::ok(ABOUT, has)
}

/// A command that root ran may have left files that the service cannot write.
fn owners(dir: &Path, owner: u32) -> Option<Finding> {
    let entries = std::fs::read_dir(dir).ok()?.filter_map(Result::ok);
    let others = entries.filter(|entry| entry.metadata().is_ok_and(|known| known.uid() != owner));
    let mut names: Vec<String> = others.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    (!names.is_empty()).then(|| {
        let shown = dir.display();
        Finding::warn(
            ABOUT,
            format!(
                "{} in {shown} is not of the directory's owner, user {owner}, who may not be able to write it",
                names.join(", ")
            ),
            format!("chown -R --reference={shown} {shown}, and run commands as that user"),
        )
    })
}

fn times(dir: &Path, now_ms: i64) -> Option<Finding> {
    let written_ms = std::fs::metadata(dir.join(FILE_NAME)).ok()?.mtime().saturating_mul(1_000);
    (written_ms > now_ms.saturating_add(FUTURE_FILE_MS_MAX)).then(|| {
        let ahead = (written_ms - now_ms) / 1_000;
        let finding = format!("{FILE_NAME} was written {ahead} s from now: the clock was set back since, or is wrong");
        Finding::warn("clock", finding, "see that the clock is kept by systemd-timesyncd or chrony")
    })
}

fn access(dir: &Path) -> Option<Finding> {
    let path = dir.join(ACCESS_FILE);
    let mode = std::fs::metadata(&path).ok()?.mode() & 0o777;
    let shown = path.display();
    Some(if mode & 0o077 == 0 {
        Finding::ok("access", format!("{ACCESS_FILE} is its owner's alone"))
    } else {
        let finding = format!("{ACCESS_FILE} has the mode {mode:04o}: others may read who has which rights");
        Finding::bad("access", finding, format!("chmod 600 {shown}"))
    })
}

/// Whether a server may listen there: beyond this machine someone has to be known.
pub fn entry(dir: &Path, listen: SocketAddr) -> Option<Finding> {
    let is_beyond = !listen.ip().to_canonical().is_loopback();
    let is_open = is_beyond && Access::load(dir, Clock::System).is_ok_and(|access| access.is_open());
    is_open.then(|| {
        let advice = format!("novahouse user add admin --role admin --data {}", dir.display());
        let finding =
            format!("{listen} can be reached from other machines, and no one would have to log in: serve refuses it");
        Finding::bad("access", finding, advice)
    })
}

/// What a server reads as it starts, and does not start without.
fn settings(dir: &Path) -> impl Iterator<Item = Finding> {
    let read = [("access", Access::load(dir, Clock::System).map(drop)), ("settings", Document::read(dir).map(drop))];
    let advice = "put the file right, or take it from a backup: a server does not start with it";
    read.into_iter().filter_map(move |(about, read)| Some(Finding::bad(about, read.err()?.to_string(), advice)))
}

/// What of a disk is left to this process.
pub fn free_bytes(disk: &rustix::fs::StatVfs) -> u64 {
    disk.f_bavail.saturating_mul(disk.f_frsize)
}

fn space(dir: &Path) -> Option<Finding> {
    let known = rustix::fs::statvfs(dir).ok()?;
    let free = free_bytes(&known);
    let file = std::fs::metadata(dir.join(FILE_NAME)).map_or(0, |known| known.len());
    let there_is = format!("{} of the disk are free; {FILE_NAME} has {}", size(free), size(file));
    Some(if known.f_files > 0 && known.f_favail == 0 {
        Finding::bad("space", "the disk has room for no more files (inodes)", "remove files from it")
    } else if free < DISK_FREE_BYTES_MIN {
        Finding::bad("space", there_is, "make room: when there is none, events are refused with 503")
    } else if free < file {
        let advice = "make room for it a second time: an upgrade that changes its layout copies it first";
        Finding::warn("space", there_is, advice)
    } else {
        Finding::ok("space", there_is)
    })
}
