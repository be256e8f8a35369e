//! Scalars of YAML: what is text, and what a plain scalar is in JSON.
//!
//! They have the types of the core schema of YAML 1.2: `on` and `22:00` are text.

use saphyr_parser::{ScalarStyle, Tag};

/// The key that YAML 1.1 merges the fields of another object by.
pub(super) const MERGE_KEY: &str = "<<";

/// Whether a scalar is text whatever it looks like: by its quotes or its tag. Otherwise
/// [`plain`] decides. The error is a tag of an application.
pub(super) fn is_text(style: ScalarStyle, tag: Option<&Tag>) -> Result<bool, String> {
    match tag {
        None => Ok(style != ScalarStyle::Plain),
        Some(tag) if tag.is_yaml_core_schema() => {
            Ok(style != ScalarStyle::Plain || tag.suffix == "str")
        }
        Some(tag) => Err(format!("YAML: the tag {tag} is not read")),
    }
}

/// The JSON form of a plain scalar that is not text.
pub(super) fn plain(text: &str) -> Option<String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some("null".to_owned()),
        "true" | "True" | "TRUE" => return Some("true".to_owned()),
        "false" | "False" | "FALSE" => return Some("false".to_owned()),
        _ => {}
    }
    let hex = |digits: &str, radix| u128::from_str_radix(digits, radix).ok();
    if let Some(number) = text.strip_prefix("0x").filter(|digits| !digits.starts_with('+')) {
        return hex(number, 16).map(|number| number.to_string());
    }
    if let Some(number) = text.strip_prefix("0o").filter(|digits| !digits.starts_with('+')) {
        return hex(number, 8).map(|number| number.to_string());
    }
    let (sign, number) = match text.as_bytes()[0] {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !digits.is_empty() && is_digits(digits)
        });
    if !is_number {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let mut json = format!("{sign}{whole}");
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        json.push('e');
        json.push_str(exponent);
    }
    Some(json)
}
