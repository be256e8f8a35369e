//! The classic syntax of matchers.
//!
//! A list is split at commas outside of double quotes. A matcher is a name of letters,
//! digits, `_` and `:`, an operator, and the rest as its value, with or without double
//! quotes around it.

use crate::error::{Error, truncated};
use crate::scope::alertmanager::{LabelMatcher, Operator, check_count};

/// # Errors
///
/// If the text is not a list of matchers.
pub(super) fn parse(text: &str) -> Result<Vec<LabelMatcher>, Error> {
    let text = text.strip_prefix('{').unwrap_or(text);
    let text = text.strip_suffix('}').unwrap_or(text);
    let parts = split(text);
    check_count(parts.len())?;
    parts.into_iter().map(matcher).collect()
}

/// Splits at commas outside of quotes. The part after the last comma is left out if it
/// is blank.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            ',' if !is_quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            ',' => {}
            '"' if is_escaped => is_escaped = false,
            '"' => is_quoted = !is_quoted,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        parts.push(last);
    }
    parts
}

/// The white space that is ignored around names, operators and values.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

fn matcher(text: &str) -> Result<LabelMatcher, Error> {
    let refused = || {
        let shown = truncated(text);
        Error::syntax(format_args!("{shown:?} is not name=value, !=, =~ or !~"))
    };
    let trimmed = text.trim_start_matches(is_space);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let end = trimmed.find(|c| !is_name(c)).ok_or_else(refused)?;
    let (name, rest) = trimmed.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(refused());
    }
    let (operator, rest) =
        Operator::strip(rest.trim_start_matches(is_space)).ok_or_else(refused)?;
    let written = rest.trim_matches(is_space);
    let value = value(written).ok_or_else(|| {
        let shown = truncated(written);
        Error::syntax(format_args!("the value {shown:?} has a quote that is not escaped"))
    })?;
    operator.matcher(name, &value)
}

/// The value without quotes and escapes; a backslash before another character is one of
/// the value. `None` if a quote is neither escaped nor one of a pair around the value.
fn value(written: &str) -> Option<String> {
    let inner = written.strip_prefix('"');
    let mut is_closed = inner.is_none();
    let inner = inner.unwrap_or(written);
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some(c @ ('"' | '\\')) => value.push(c),
                Some(c) => value.extend(['\\', c]),
                None => value.push('\\'),
            },
            '"' if is_closed || !chars.as_str().is_empty() => return None,
            '"' => is_closed = true,
            _ => value.push(c),
        }
    }
    is_closed.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_at_commas_outside_quotes() {
        for (text, parts) in [
            ("", &[][..]),
            ("a=b", &["a=b"]),
            ("a=b, ", &["a=b"]),
            ("a=b,,", &["a=b", ""]),
            ("a=\"x,y\",b=c", &["a=\"x,y\"", "b=c"]),
            ("a=\\\",b=c", &["a=\\\"", "b=c"]),
            ("a=\"\\\\\",b=c", &["a=\"\\\\\"", "b=c"]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    #[test]
    fn value_quotes_and_escapes() {
        for (written, expected) in [
            ("", Some("")),
            ("\"\"", Some("")),
            ("\"", None),
            ("a\"", None),
            ("\"a\\\"", None),
            ("\"a\\\\\"", Some("a\\")),
            ("a\\", Some("a\\")),
            ("\"a\"b\"", None),
            ("\\n\\t\\\"", Some("\n\\t\"")),
        ] {
            assert_eq!(value(written).as_deref(), expected, "{written}");
        }
    }
}
