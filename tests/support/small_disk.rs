//! A real file system of a few megabytes, to be filled up.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted until it is dropped. Needs root.
pub struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    /// `None`, which is said, where this user may not mount.
    pub fn mounted(megabytes: u32) -> Option<Self> {
        let disk = Self::mount(megabytes);
        disk.inspect_err(|error| eprintln!("SKIPPED: no file system of its own for a test of full disks: {error}")).ok()
    }

    fn mount(megabytes: u32) -> std::io::Result<Self> {
        let place = tempfile::tempdir()?;
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(place.path()).status()?;
        if mounted.success() { Ok(Self { place }) } else { Err(std::io::Error::other("mount: it needs root")) }
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Takes up all the room there is.
    pub fn fill(&self) {
        let mut filler = std::fs::File::create(self.filler()).expect("a file");
        let mut piece = 1024 * 1024;
        while piece > 0 {
            match filler.write(&vec![1; piece]) {
                Ok(written) if written > 0 => {}
                _ => piece /= 2,
            }
        }
    }

    /// Gives back what `fill` took.
    pub fn relieve(&self) {
        std::fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What still uses it goes with this process.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
