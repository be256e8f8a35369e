//! Standard output, and files that the user names.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::Error;

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
/// fails, or the program is killed, the old file is there as it was. A symbolic link stays
/// one. What is not a regular file, such as a pipe or a device, is written directly.
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
    let target = if known.is_some() { fs::canonicalize(file).map_err(named)? } else { file.into() };
    let new = beside(&target);
    let written = write_new(&new, bytes, known.map(|known| known.permissions()));
    written.and_then(|()| fs::rename(&new, &target)).map_err(|error| {
        _ = fs::remove_file(&new);
        named(error)
    })?;
    Ok(())
}

/// A hidden name beside a file.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    file.with_file_name(name)
}

#[allow(clippy::disallowed_types, reason = "a program writes files")]
fn write_new(file: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let mut new = fs::File::create_new(file)?;
    new.write_all(bytes)?;
    if let Some(permissions) = permissions {
        new.set_permissions(permissions)?;
    }
    new.sync_all()
}
