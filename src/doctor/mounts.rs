//! Which kind of file system a path lies on, and whether it keeps what it is given.

use std::path::{Path, PathBuf};

use super::Finding;

/// Mounted somewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Mount {
    place: PathBuf,
    kind: String,
    read_only: bool,
}

impl Mount {
    /// The one that a path lies on; the path has to be canonical.
    pub fn of(path: &Path) -> Option<Self> {
        Self::in_table(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, path)
    }

    /// Of those with the longest place, the last one lies above the others.
    fn in_table(table: &str, path: &Path) -> Option<Self> {
        let mounts = table.lines().filter_map(Self::parse);
        mounts.filter(|mount| path.starts_with(&mount.place)).max_by_key(|mount| mount.place.components().count())
    }

    /// Number, parent, device, root, place, options, optional fields up to a dash, kind, source, options of the kind.
    fn parse(line: &str) -> Option<Self> {
        let (here, there) = line.split_once(" - ")?;
        let mut here = here.split(' ').skip(4);
        let (place, options) = (here.next()?, here.next()?);
        let mut there = there.split(' ');
        let (kind, of_kind) = (there.next()?, there.nth(1).unwrap_or_default());
        let read_only = [options, of_kind].iter().any(|options| options.split(',').any(|option| option == "ro"));
        Some(Self { place: unescape(place).into(), kind: kind.to_owned(), read_only })
    }

    pub fn judge(&self) -> Finding {
        let Self { place, kind, read_only } = self;
        let lies = format!("the data lies on {kind}, mounted at {}", place.display());
        if *read_only {
            return Finding::bad(
                "disk",
                format!("{lies}, read-only"),
                "mount it read-write, or choose another directory",
            );
        }
        match kind.as_str() {
            "tmpfs" | "ramfs" => Finding::bad(
                "disk",
                format!("{lies}, which is memory: all is lost when the machine stops"),
                "choose a directory on a disk",
            ),
            "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "ncpfs" | "afs" | "ceph" | "glusterfs" | "lustre"
            | "fuse.sshfs" | "fuse.glusterfs" | "fuse.s3fs" | "fuse.rclone" | "fuse.ceph" => Finding::bad(
                "disk",
                format!("{lies}, which is another machine's: its locks and syncs are not to be relied on"),
                "choose a directory on a disk of this machine, and send copies there",
            ),
            "overlay" | "aufs" => Finding::warn(
                "disk",
                format!("{lies}, which goes with its container"),
                "mount a volume and put the data there",
            ),
            "9p" | "virtiofs" | "vboxsf" | "vfat" | "exfat" | "ntfs" | "ntfs3" | "fuseblk" => Finding::warn(
                "disk",
                format!("{lies}, which may not keep its word when power is lost"),
                "choose a directory on ext4, xfs, btrfs or zfs",
            ),
            _ => Finding::ok("disk", lies),
        }
    }
}

/// Blanks and the like are written as a backslash and three octal digits.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_at_checked(3).map(|(digits, rest)| (u8::from_str_radix(digits, 8), rest)) {
            Some((Ok(byte), rest)) => {
                whole.push(char::from(byte));
                whole.push_str(rest);
            }
            _ => {
                whole.push('\\');
                whole.push_str(part);
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    const TABLE: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /srv rw - nfs4 server:/export rw,vers=4.2
31 22 0:41 / /srv/my\\040disk rw,noatime master:2 shared:3 - xfs /dev/vdb rw
32 22 0:42 / /run rw - tmpfs tmpfs rw
33 22 0:43 / /run ro - ext4 /dev/vdc rw
34 22 0:44 / /mnt rw - tmpfs tmpfs rw
";

    fn of(path: &str) -> (String, Level) {
        let mount = Mount::in_table(TABLE, Path::new(path)).unwrap();
        let level = mount.judge().level;
        (mount.kind, level)
    }

    #[test]
    fn the_innermost_mount_counts_and_of_two_the_upper_one() {
        assert_eq!(of("/var/lib/novahouse"), ("ext4".into(), Level::Ok));
        assert_eq!(of("/srv/db"), ("nfs4".into(), Level::Bad));
        assert_eq!(of("/srvdb"), ("ext4".into(), Level::Ok));
        assert_eq!(of("/srv/my disk/db"), ("xfs".into(), Level::Ok));
        assert_eq!(of("/run/db"), ("ext4".into(), Level::Bad), "read-only");
        assert_eq!(of("/mnt"), ("tmpfs".into(), Level::Bad));
    }

    #[test]
    fn only_octal_digits_are_unescaped() {
        assert_eq!(unescape("a\\134b\\040"), "a\\b ");
        assert_eq!(unescape("a\\9"), "a\\9");
    }
}
