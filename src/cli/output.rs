//! Where a command writes what it was asked for: a file, or the standard output.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Written at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Writes to the file of `--output`, or to the standard output where none is given.
///
/// # Errors
/// What `content` fails with, or a sentence that names the file.
pub(super) fn write(path: Option<&Path>, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    match path {
        Some(path) => write_file(path, content),
        None => write_stdout(content),
    }
}

/// Whoever reads may have seen enough, as `head` does: that is no failure.
fn write_stdout(content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut out = Heard { out: std::io::stdout().lock(), failed: None };
    let written = buffered(&mut out, content);
    match out.failed {
        Some((ErrorKind::BrokenPipe, _)) => Ok(()),
        _ => written,
    }
}

/// The file takes its name when it is whole.
fn write_file(path: &Path, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let cannot = |why: String| Error::Unusable(format!("--output: {} cannot be written: {why}", path.display()));
    let file = File::create(&unfinished).map_err(|error| cannot(error.to_string()))?;
    let mut out = Heard { out: &file, failed: None };
    let written = buffered(&mut out, content).map_err(|error| match out.failed {
        Some((_, why)) => cannot(why),
        None => error,
    });
    let named = || file.sync_all().and_then(|()| std::fs::rename(&unfinished, path));
    let written = written.and_then(|()| named().map_err(|error| cannot(error.to_string())));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn buffered(out: &mut dyn Write, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, out);
    let written = content(&mut buffer).and_then(|()| Ok(buffer.flush()?));
    // What is left in the buffer is not to be tried again.
    let _ = buffer.into_parts();
    written
}

/// Remembers why it could not be written to: what fails then may have been the content as well.
struct Heard<W> {
    out: W,
    failed: Option<(ErrorKind, String)>,
}

impl<W: Write> Write for Heard<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| self.failed = Some((error.kind(), error.to_string())))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush().inspect_err(|error| self.failed = Some((error.kind(), error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_a_full_disk_is_told_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let half = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(Error::Overloaded)
        };
        assert!(matches!(write(Some(&path), half), Err(Error::Overloaded)));
        // As full as a disk can be.
        std::os::unix::fs::symlink("/dev/full", dir.path().join("out.unfinished")).unwrap();
        let full = write(Some(&path), |out| Ok(out.write_all(b"whole")?)).unwrap_err().to_string();
        assert!(full.starts_with(&format!("--output: {} cannot be written: ", path.display())), "{full}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        write(Some(&path), |out| Ok(out.write_all(b"whole")?)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
