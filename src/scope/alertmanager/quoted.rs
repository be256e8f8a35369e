//! `\Q..\E` in a regular expression: a text that stands for itself, as in Go (RE2).

use std::borrow::Cow;

/// The pattern with each `\Q..\E` written as escaped characters. Without `\E` the text goes on
/// to the end. In a class it is no quotation, as in Go.
pub(super) fn unquoted(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(r"\Q") {
        return pattern.into();
    }
    let mut written = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut place = Place::Outside;
    while let Some(c) = rest.chars().next() {
        if place == Place::Outside
            && let Some(quoted) = rest.strip_prefix(r"\Q")
        {
            let (text, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            written.push_str(&regex::escape(text));
            rest = after;
            continue;
        }
        let escaped = if c == '\\' { rest[1..].chars().next() } else { None };
        let named = rest.starts_with("[:").then(|| rest.find(":]")).flatten();
        let length = match named.filter(|_| place != Place::Outside) {
            Some(end) => end + 2,
            None => c.len_utf8() + escaped.map_or(0, char::len_utf8),
        };
        place = match (place, c) {
            (Place::Outside, '[') => Place::Begin,
            (Place::Begin, '^') => Place::First,
            (Place::Outside, _) | (Place::Class, ']') => Place::Outside,
            _ => Place::Class,
        };
        written.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    written.into()
}

/// Where in a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// Behind the `[` of a class, at which a `^` negates it and a `]` is a member.
    Begin,
    /// Behind that `^`, where a `]` is a member, too.
    First,
    Class,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquoted_is_escaped() {
        for (pattern, expected) in [
            (r"a.b", r"a.b"),
            (r"\Qa.b\E+", r"a\.b+"),
            (r"x\Q(*)", r"x\(\*\)"),
            (r"\Qa\\Eb", r"a\\b"),
            (r"\Q\E|\Qé^\E", r"|é\^"),
            // An escaped backslash before a letter.
            (r"\\Qa.b\\E", r"\\Qa.b\\E"),
            (r"[\Q]a\Q.\E", r"[\Q]a\."),
            (r"[]\Q]\Q]\E", r"[]\Q]\]"),
            (r"[^]\Q]\Q]\E", r"[^]\Q]\]"),
            (r"[^^]\Q]\E", r"[^^]\]"),
            (r"[[:alpha:]\Q]\Q]\E", r"[[:alpha:]\Q]\]"),
        ] {
            assert_eq!(unquoted(pattern), expected, "{pattern}");
        }
    }
}
