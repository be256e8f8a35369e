//! What a value that a document cannot contain was probably meant to be, for error messages.

use crate::json::value::Value;

/// The milliseconds that text such as `2h`, `1h 30min`, `90 seconds`, `PT2H` or `3600000`
/// stands for; `None` if it is not such text.
pub(super) fn millis(text: &str) -> Option<i64> {
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim().to_ascii_lowercase();
    if let Ok(millis) = text.parse() {
        return Some(millis);
    }
    // The designators of ISO 8601.
    let mut rest = text.strip_prefix('p').unwrap_or(&text);
    let mut total: i64 = 0;
    while !rest.is_empty() {
        rest = rest.strip_prefix('t').unwrap_or(rest);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        // In PT2H30M no digit follows a `t`.
        let unit = match &rest[..letters] {
            "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => 1,
            "s" | "sec" | "secs" | "second" | "seconds" => 1000,
            "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
            "d" | "dt" | "day" | "days" => 86_400_000,
            "w" | "week" | "weeks" => 7 * 86_400_000,
            _ => return None,
        };
        rest = rest[letters..].trim_start();
        total = total.checked_add(count.checked_mul(unit)?)?;
    }
    (total > 0).then_some(total)
}

/// The scope of several entities: `{"entities": ["a", "b"]}`.
pub(super) fn entities(names: &[Value]) -> String {
    format!("{{\"entities\": [{}]}}", first_two(names, Value::to_string))
}

/// The scope of one of several: `{"any": [{"group": "a"}, {"group": "b"}]}`.
pub(super) fn any(field: &str, names: &[Value]) -> String {
    format!("{{\"any\": [{}]}}", first_two(names, |name| format!("{{\"{field}\": {name}}}")))
}

fn first_two(names: &[Value], form: impl Fn(&Value) -> String) -> String {
    let mut text = names.iter().take(2).map(form).collect::<Vec<_>>().join(", ");
    if names.len() != 1 && names.len() != 2 {
        text.push_str(if names.is_empty() { ".." } else { ", .." });
    }
    text
}

/// The fields of a schedule of kind cron; `None` if `text` does not look like cron.
pub(super) fn cron(text: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let named = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];
    let text = text.trim();
    let fields: Vec<&str> = text.split_ascii_whitespace().take(8).collect();
    let is_cron = |field: &&str| {
        field.starts_with(|c: char| {
            c.is_ascii_digit() || c == '*' || c.is_ascii_alphabetic() || c == '?'
        }) && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-?#".contains(&byte))
    };
    let clocked = fields.first()?.starts_with(|c: char| c.is_ascii_digit() || c == '*');
    let standard = matches!(fields.len(), 5..=7) && clocked && fields.iter().all(is_cron);
    let is_read = text.len() <= LONGEST && (standard || named.contains(&text));
    is_read.then(|| {
        format!(
            "did you mean \"cron\" with \"cron\": \"{text}\", \"duration_ms\" and \"timezone\"?"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millis_of_durations() {
        for (text, expected) in [
            ("2h", Some(7_200_000)),
            ("2 hours", Some(7_200_000)),
            ("1h30m", Some(5_400_000)),
            ("1h 30 min", Some(5_400_000)),
            ("PT2H30M", Some(9_000_000)),
            ("P1DT12H", Some(129_600_000)),
            ("P1D", Some(86_400_000)),
            ("90s", Some(90_000)),
            ("500 ms", Some(500)),
            ("3600000", Some(3_600_000)),
            ("", None),
            ("h", None),
            ("2", Some(2)),
            ("2 fortnights", None),
            ("1.5h", None),
            ("9223372036854775807h", None),
            ("99999999999999999999", None),
            ("\u{fc}", None),
            ("2\u{fc}", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
        assert_eq!(millis(&"1h".repeat(100_000)), None);
    }

    #[test]
    fn cron_with_fields() {
        for text in ["0 22 * * *", "*/5 * * * 1-5", "@daily", "0 0 22 ? * SUN 2026"] {
            let meant = format!(
                "did you mean \"cron\" with \"cron\": \"{text}\", \"duration_ms\" and \"timezone\"?"
            );
            assert_eq!(cron(text), Some(meant));
        }
        for text in ["", "daily", "every day at ten o'clock", "22:00", "1 2 3", "@reboot"] {
            assert_eq!(cron(text), None, "{text}");
        }
    }
}
