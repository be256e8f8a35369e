//! Formats times, durations, windows and schedules as text.

use std::fmt::Write as _;

use quietude::{SilenceEnd, Timestamp, Window, Zone};
use serde_json::Value;

const DAY_MS: i64 = 86_400_000;

/// Replaces control characters, so that text from a document is safe in a
/// terminal (they could move the cursor) and in XML (they are not allowed).
pub(crate) fn plain(text: &str) -> String {
    let fit = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(fit).collect()
}

/// `2026-11-26T21:15:00Z`, followed by the local time in brackets if a zone is
/// given.
pub(crate) fn instant(t: Timestamp, zone: Option<&Zone>) -> String {
    match zone {
        _ if t == Timestamp::END => "the end of time".to_owned(),
        None => t.to_string(),
        Some(zone) => format!("{t} ({})", local(t, zone)),
    }
}

/// The end of a silence: `2026-11-27T01:00:00Z`, or `forever`.
pub(crate) fn end(end: SilenceEnd, zone: Option<&Zone>) -> String {
    match end {
        SilenceEnd::At(t) => instant(t, zone),
        SilenceEnd::AtLeast(t) => format!("{} at least", instant(t, zone)),
        other => other.to_string(),
    }
}

/// Local time: `Thu 26 Nov 2026 22:15 +01:00`. Seconds and milliseconds are
/// omitted if they are zero.
pub(crate) fn local(t: Timestamp, zone: &Zone) -> String {
    format!("{} {}", local_time(t, zone, "%a %-d %b %Y"), offset(zone.offset_ms(t)))
}

/// Local date, in the chrono format `date`, and local time of day. Seconds and
/// milliseconds are omitted if they are zero.
pub(crate) fn local_time(t: Timestamp, zone: &Zone, date: &str) -> String {
    let ms = (t.as_millis() + zone.offset_ms(t)).rem_euclid(DAY_MS);
    let form = match (ms % 60_000, ms % 1000) {
        (0, _) => "%H:%M",
        (_, 0) => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    clock(t, zone, &format!("{date} {form}"))
}

/// Local date and time in the chrono format `form`.
pub(crate) fn clock(t: Timestamp, zone: &Zone, form: &str) -> String {
    let shown = t.as_millis() + zone.offset_ms(t);
    let shown = chrono::DateTime::from_timestamp_millis(shown).expect("a day around our range");
    shown.format(form).to_string()
}

/// Local time in the format of RFC 3339. An offset with seconds, as used before
/// standard time, is written with seconds, which RFC 3339 does not allow.
pub(crate) fn rfc3339(t: Timestamp, zone: &Zone) -> String {
    format!("{}{}", clock(t, zone, "%Y-%m-%dT%H:%M:%S%.f"), offset(zone.offset_ms(t)))
}

/// UTC offset: `+01:00`, or `+00:09:21` if it has seconds.
pub(crate) fn offset(ms: i64) -> String {
    let seconds = ms.abs() / 1000;
    let sign = if ms < 0 { '-' } else { '+' };
    let mut text = format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        _ = write!(text, ":{:02}", seconds % 60);
    }
    text
}

/// A duration in its two largest units: `3 h 45 min`, `12 d`, `850 ms`. A day is
/// 24 hours.
pub(crate) fn duration(ms: i64) -> String {
    let units = [(DAY_MS, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")];
    let first = units.iter().position(|(size, _)| *size <= ms).unwrap_or(units.len() - 1);
    let mut rest = ms;
    let mut text = String::new();
    for (size, unit) in units[first..].iter().take(2) {
        if rest / size > 0 || text.is_empty() {
            let space = if text.is_empty() { "" } else { " " };
            _ = write!(text, "{space}{} {unit}", rest / size);
        }
        rest %= size;
    }
    text
}

/// `, in 3 h 45 min`: the duration from `from` to `to`. Empty if `to` is
/// [`Timestamp::END`].
pub(crate) fn wait(from: Timestamp, to: Timestamp) -> String {
    if to == Timestamp::END {
        return String::new();
    }
    format!(", in {}", duration(to.as_millis() - from.as_millis()))
}

/// Joins phrases with the separator `between` into lines of at most `longest`
/// characters. A longer phrase has a line of its own.
pub(crate) fn lines(phrases: &[String], between: &str, longest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for phrase in phrases {
        let letters = |text: &str| text.chars().count();
        match lines.last_mut() {
            Some(line) if letters(line) + letters(between) + letters(phrase) <= longest => {
                line.push_str(between);
                line.push_str(phrase);
            }
            _ => lines.push(phrase.clone()),
        }
    }
    lines
}

/// The id and name of a window: `paris-backup "Nightly backup"`.
pub(crate) fn name(window: &Window) -> String {
    let id = plain(window.id().as_str());
    window.name().map_or_else(|| id.clone(), |name| format!("{id} \"{}\"", plain(name)))
}

/// The schedule of a window in one line of English.
pub(crate) fn schedule(window: &Window) -> String {
    plain(&window.schedule().describe())
}

/// The scope of a window as JSON, as in the native document.
pub(crate) fn scope(window: &Window) -> String {
    plain(&form(window, "scope").to_string())
}

/// A field of the window's JSON object in the native document.
pub(crate) fn form(window: &Window, field: &str) -> Value {
    let mut form = serde_json::to_value(window).expect("a window has a form");
    form[field].take()
}
