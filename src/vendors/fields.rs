//! Readers of field types that several vendors use: ids, names and bounded lists.

use crate::error::{Error, ErrorKind};
use crate::json::value::Value;
use crate::vendors::ids::check_part;

/// Reads a list of 1 to `limit` valid ids.
pub(crate) fn text_list(value: Value, limit: usize) -> Result<Vec<String>, Error> {
    let texts = value.list(|value| {
        let text = value.text()?;
        check_part(&text)?;
        Ok(text)
    })?;
    check_count(texts.len(), limit)?;
    if texts.is_empty() {
        return Err(Error::invalid("[] is empty: at least one is needed"));
    }
    Ok(texts)
}

/// Returns an error of kind `Limit` if `count` exceeds `limit`.
pub(crate) fn check_count(count: usize, limit: usize) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Limit, format_args!("{count} are more than {limit}")))
}

/// The maximum length of a title, name, description, tag or message, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Reads a title or name of 1 to [`MAX_TEXT_BYTES`] bytes.
pub(crate) fn nonempty_text(value: Value) -> Result<String, Error> {
    let text = bounded_text(value)?;
    if text.is_empty() {
        return Err(Error::invalid("is empty"));
    }
    Ok(text)
}

/// Reads a text of at most [`MAX_TEXT_BYTES`] bytes.
pub(crate) fn bounded_text(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::beyond(text.len(), "bytes", MAX_TEXT_BYTES));
    }
    Ok(text)
}

/// Reads an id of a vendor, see [`check_part`].
pub(crate) fn vendor_id_field(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    check_part(&text)?;
    Ok(text)
}
