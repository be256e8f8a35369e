//! What a value that a document cannot contain was probably meant to be, for error messages.

use std::fmt::Write as _;

use chrono::Weekday;

use crate::json::value::Value;
use crate::time::weekday_name;

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

/// The fields that say what a text of cron says, which has no end; `None` if `text` does not
/// look like cron.
pub(super) fn cron(text: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let named = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];
    let fields: Vec<&str> = text.split_ascii_whitespace().take(7).collect();
    let is_cron = |field: &&str| {
        field.starts_with(|c: char| {
            c.is_ascii_digit() || c == '*' || c.is_ascii_alphabetic() || c == '?'
        }) && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-?#".contains(&byte))
    };
    let clocked = fields.first()?.starts_with(|c: char| c.is_ascii_digit() || c == '*');
    let standard = matches!(fields.len(), 5 | 6) && clocked && fields.iter().all(is_cron);
    if text.len() > LONGEST || !(standard || named.contains(&text.trim())) {
        return None;
    }
    let mut hint = "cron is not read, as it has no end".to_owned();
    match &*fields {
        [minute, hour, day, "*", weekday] => {
            if let Some(schedule) = schedule(minute, hour, day, weekday) {
                _ = write!(hint, "; did you mean {schedule}?");
            }
        }
        ["@daily" | "@midnight"] => {
            hint.push_str("; did you mean \"daily\" with \"clock\": \"00:00-HH:MM\"?");
        }
        _ => {}
    }
    Some(hint)
}

/// The kind and the fields of a cron line that names one time of day; `None` otherwise.
fn schedule(minute: &str, hour: &str, day: &str, weekday: &str) -> Option<String> {
    let number = |text: &str, most: u32| text.parse().ok().filter(|number: &u32| *number <= most);
    let clock = format!("{:02}:{:02}-HH:MM", number(hour, 23)?, number(minute, 59)?);
    let (kind, dates) = match (day, weekday) {
        ("*" | "?", "*" | "?") => ("daily", String::new()),
        ("*" | "?", days) => {
            let names: Vec<_> = weekdays(days)?.iter().map(|name| format!("\"{name}\"")).collect();
            ("weekly", format!("\"weekdays\": [{}] and ", names.join(", ")))
        }
        (day, "*" | "?") => {
            let day = number(day, 31).filter(|day| *day > 0)?;
            ("monthly", format!("\"day\": {day} and "))
        }
        _ => return None,
    };
    Some(format!("\"{kind}\" with {dates}\"clock\": \"{clock}\""))
}

/// The names of the weekdays in a list of numbers (0 and 7 are Sunday), names and ranges.
fn weekdays(text: &str) -> Option<Vec<String>> {
    let names: [String; 7] = std::array::from_fn(|index| {
        let weekday = Weekday::try_from(index as u8).unwrap_or(Weekday::Sun);
        weekday_name(weekday).to_ascii_lowercase()
    });
    // 0 is Monday.
    let index = |text: &str| match text.parse::<usize>() {
        Ok(number @ 0..=7) => Some((number + 6) % 7),
        Ok(_) => None,
        Err(_) => names.iter().position(|name| name[..3].eq_ignore_ascii_case(text)),
    };
    let mut found = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (index(first)?, index(last)?);
        let length = (last + 7 - first) % 7;
        (0..=length).for_each(|offset| found[(first + offset) % 7] = true);
    }
    Some(names.into_iter().zip(found).filter(|(_, found)| *found).map(|(name, _)| name).collect())
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
        const NOT_READ: &str = "cron is not read, as it has no end";
        for (text, meant) in [
            ("0 22 * * *", "\"daily\" with \"clock\": \"22:00-HH:MM\""),
            (
                "30 2 * * 1-5",
                r#""weekly" with "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"] and "clock": "02:30-HH:MM""#,
            ),
            (
                "30 2 * * 0,SAT",
                r#""weekly" with "weekdays": ["saturday", "sunday"] and "clock": "02:30-HH:MM""#,
            ),
            (
                "0 0 ? * sun-mon",
                r#""weekly" with "weekdays": ["monday", "sunday"] and "clock": "00:00-HH:MM""#,
            ),
            ("0 4 15 * *", "\"monthly\" with \"day\": 15 and \"clock\": \"04:00-HH:MM\""),
            ("@daily", "\"daily\" with \"clock\": \"00:00-HH:MM\""),
        ] {
            assert_eq!(cron(text), Some(format!("{NOT_READ}; did you mean {meant}?")), "{text}");
        }
        for text in
            ["*/5 * * * *", "0 22 * 12 *", "0 0 22 * * *", "0 22 1 * 1", "@hourly", "0 22 * * 8"]
        {
            assert_eq!(cron(text).as_deref(), Some(NOT_READ), "{text}");
        }
        for text in ["", "daily", "every day at ten o'clock", "22:00", "1 2 3", "@reboot"] {
            assert_eq!(cron(text), None, "{text}");
        }
    }
}
