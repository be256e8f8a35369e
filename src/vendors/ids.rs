//! Engine ids made of vendor ids: `vendor:tenant:id`.

use crate::error::Error;
use crate::scope::Scope;

/// The maximum length of a vendor's id, in bytes of UTF-8. Two such ids, escaped
/// and with a prefix, still fit in an id of this crate.
pub const MAX_PART_BYTES: usize = 128;

/// Joins the parts of a vendor's id with colons. This is the id that the
/// converted windows use.
///
/// A colon in a part becomes `%3A` and a percent sign `%25`, so different parts
/// never give the same id.
///
/// ```
/// use quietude::vendors::vendor_id;
///
/// assert_eq!(vendor_id(&["spaceone", "domain-1", "project-2"]), "spaceone:domain-1:project-2");
/// assert_eq!(vendor_id(&["spaceone", "a:b", "50%"]), "spaceone:a%3Ab:50%25");
/// ```
#[must_use]
pub fn vendor_id(parts: &[&str]) -> String {
    let mut id = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            id.push(':');
        }
        for char in part.chars() {
            match char {
                ':' => id.push_str("%3A"),
                '%' => id.push_str("%25"),
                char => id.push(char),
            }
        }
    }
    id
}

/// The parts of an id of [`vendor_id`], unescaped.
pub(crate) fn vendor_parts(id: &str) -> Vec<String> {
    id.split(':').map(|part| part.replace("%3A", ":").replace("%25", "%")).collect()
}

/// Checks that `text` can be one part of an id: 1 to [`MAX_PART_BYTES`] bytes
/// without control characters.
pub(crate) fn check_part(text: &str) -> Result<(), Error> {
    if !text.is_empty() && text.len() <= MAX_PART_BYTES && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::syntax(format_args!(
        "{:?} is not an id: 1 to {MAX_PART_BYTES} bytes without control characters",
        crate::error::truncated(text)
    )))
}

/// Checks that `text` can be one part of an id and a segment of a path. `.` and `..` cannot:
/// clients resolve them, percent-encoded too (RFC 3986, 5.2.4), so no link with them could be
/// followed.
pub(crate) fn check_segment(text: &str) -> Result<(), Error> {
    check_part(text)?;
    if matches!(text, "." | "..") {
        return Err(Error::syntax(format_args!(
            "\"{text}\" is not an id: in a path it means another folder"
        )));
    }
    Ok(())
}

/// The scope of one vendor entity: the entity with this id, and every entity in
/// the group with the same id.
pub(crate) fn entity_scope(name: &str) -> Scope {
    Scope::entity(name).or(Scope::group(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::check_id;

    #[test]
    fn vendor_id_parts_round_trip() {
        for parts in [["a", "b:c"], ["a:b", "c"], ["a%3Ab", "c"], ["%", ":%25"]] {
            assert_eq!(vendor_parts(&vendor_id(&parts)), parts);
        }
    }

    #[test]
    fn check_segment_dots_are_error() {
        for text in [".", ".."] {
            assert!(check_segment(text).is_err() && check_part(text).is_ok(), "{text}");
        }
        for text in ["...", ".a", "a..b", "%2e"] {
            assert!(check_segment(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn vendor_id_longest_parts_valid() {
        let part = ":".repeat(MAX_PART_BYTES);
        assert!(check_part(&part).is_ok() && check_part(&format!("{part}:")).is_err());
        assert!(check_id(&vendor_id(&["opsmanager", &part, &part])).is_ok());
    }
}
