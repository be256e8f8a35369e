//! Standard output, and files that the user names.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::{Error, unfinished};

/// Writes `text` to standard output and flushes it. A closed pipe is not an
/// error: `quietude .. | head` succeeds.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}").into())
        }
        _ => Ok(()),
    }
}

/// Writes a file as a whole: to a new file beside it, which then takes its name. If that
/// fails, or a signal ends the program, the old file is there as it was, and the new one is
/// removed. The file keeps its permissions and, where the system lets the program give files
/// away, its owner. A symbolic link stays one, also if it leads to a file that does not exist
/// yet. What is not a regular file, such as a pipe or a device, is written directly.
pub(crate) fn write_file(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let named = |error: io::Error| format!("{}: {error}", file.display());
    let known = match fs::metadata(file) {
        Ok(known) if known.is_dir() => {
            return Err(named(ErrorKind::IsADirectory.into()).into());
        }
        Ok(known) if !known.is_file() => {
            return Ok(fs::write(file, bytes).map_err(named)?);
        }
        Ok(known) => Some(known),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(named(error).into()),
    };
    let target = target_of(file);
    let named = |error: io::Error| {
        if target == file {
            return named(error);
        }
        format!("{}, a link to {}: {error}", file.display(), target.display())
    };
    let new = beside(&target);
    let written = write_new(&new, bytes, known.as_ref()).and_then(|()| fs::rename(&new, &target));
    if written.is_err() {
        _ = fs::remove_file(&new);
    }
    unfinished::forget();
    Ok(written.map_err(named)?)
}

/// The file that a path leads to by symbolic links. The last one need not exist.
fn target_of(file: &Path) -> PathBuf {
    // As many as Linux follows.
    const MAX_LINKS: usize = 40;
    let mut target = file.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(link) = fs::read_link(&target) else { break };
        target = target.parent().unwrap_or(Path::new("")).join(link);
    }
    target
}

/// A hidden name beside a file.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    file.with_file_name(name)
}

/// Writes a new file, with the permissions of a known one from the beginning.
#[allow(clippy::disallowed_types, reason = "a program writes files")]
fn write_new(file: &Path, bytes: &[u8], known: Option<&fs::Metadata>) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if known.is_some() {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut new = unfinished::create(file, || options.open(file))?;
    if let Some(known) = known {
        #[cfg(unix)]
        keep_owner(&new, known);
        new.set_permissions(known.permissions())?;
    }
    new.write_all(bytes)?;
    new.sync_all()
}

/// Gives a new file the owner and the group of a known one, if the system allows it.
#[cfg(unix)]
#[allow(clippy::disallowed_types, reason = "a program writes files")]
fn keep_owner(new: &fs::File, known: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if fchown(new, Some(known.uid()), Some(known.gid())).is_err() {
        _ = fchown(new, None, Some(known.gid()));
    }
}
