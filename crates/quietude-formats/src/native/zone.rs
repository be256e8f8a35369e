//! Time zones by name: built in, or read from the TZif files of a folder.

use std::fs;
use std::path::Path;

use quietude::{Error, Zone};

/// The time zone with a name: built in, or with a folder from the TZif file in it.
///
/// # Errors
///
/// If there is no such zone or file, or the file is not valid. With a folder, a name is a
/// relative path of letters, digits, `_`, `-` and `+`, so that it does not lead out of the
/// folder.
///
/// ```
/// use std::path::Path;
///
/// use quietude_formats::native;
///
/// assert!(native::zone("Europe/Berlin", None).is_ok());
/// let error = native::zone("../etc/passwd", Some(Path::new("/usr/share/zoneinfo"))).unwrap_err();
/// let message = "\"../etc/passwd\" is not the name of a zone, such as Europe/Berlin";
/// assert_eq!(error.to_string(), message);
/// ```
pub fn zone(name: &str, folder: Option<&Path>) -> Result<Zone, Error> {
    let Some(folder) = folder else { return name.parse() };
    if !is_relative_name(name) {
        let name: String = name.chars().take(64).collect();
        return Err(Error::not_found(format_args!(
            "{name:?} is not the name of a zone, such as Europe/Berlin"
        )));
    }
    let file = folder.join(name);
    let bytes = fs::read(&file)
        .map_err(|error| Error::not_found(format_args!("{}: {error}", file.display())))?;
    Zone::from_tzif(name, &bytes)
}

/// Whether `name` is a relative path without `.` or `..`.
fn is_relative_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    name.split('/').all(|part| !part.is_empty() && part.bytes().all(is_plain))
}
