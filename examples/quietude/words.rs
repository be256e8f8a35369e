//! Times, durations and schedules as people read them.

use std::fmt::Write as _;

use quietude::{End, Timestamp, Window, Zone};
use serde_json::Value;

const DAY_MS: i64 = 86_400_000;

/// Text from the document, fit for a terminal and for XML: a control character
/// could move the cursor, or end the picture.
pub(crate) fn plain(text: &str) -> String {
    let fit = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(fit).collect()
}

/// `2026-11-26T21:15:00Z`, and in brackets what the clock of the zone shows.
pub(crate) fn instant(t: Timestamp, zone: Option<&Zone>) -> String {
    match zone {
        _ if t == Timestamp::END => "the end of time".to_owned(),
        None => t.to_string(),
        Some(zone) => format!("{t} ({})", local(t, zone)),
    }
}

/// `2026-11-27T01:00:00Z`, or `forever`.
pub(crate) fn end(end: End, zone: Option<&Zone>) -> String {
    match end {
        End::At(t) => instant(t, zone),
        End::AtLeast(t) => format!("{} at least", instant(t, zone)),
        other => other.to_string(),
    }
}

/// `Thu 26 Nov 2026 22:15 +01:00`; seconds and milliseconds where there are any.
pub(crate) fn local(t: Timestamp, zone: &Zone) -> String {
    format!("{} {}", local_time(t, zone, "%a %-d %b %Y"), offset(zone.offset_ms(t)))
}

/// A date in some form and the time of day, on the zone's clock.
pub(crate) fn local_time(t: Timestamp, zone: &Zone, date: &str) -> String {
    let ms = (t.as_millis() + zone.offset_ms(t)).rem_euclid(DAY_MS);
    let form = match (ms % 60_000, ms % 1000) {
        (0, _) => "%H:%M",
        (_, 0) => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    clock(t, zone, &format!("{date} {form}"))
}

/// What the zone's clock shows, in a form of chrono's.
pub(crate) fn clock(t: Timestamp, zone: &Zone, form: &str) -> String {
    let shown = t.as_millis() + zone.offset_ms(t);
    let shown = chrono::DateTime::from_timestamp_millis(shown).expect("a day around our range");
    shown.format(form).to_string()
}

/// RFC 3339 with the zone's offset; one with seconds, from before the zone was
/// standardised, is written out.
pub(crate) fn rfc3339(t: Timestamp, zone: &Zone) -> String {
    format!("{}{}", clock(t, zone, "%Y-%m-%dT%H:%M:%S%.f"), offset(zone.offset_ms(t)))
}

/// `+01:00`
pub(crate) fn offset(ms: i64) -> String {
    let seconds = ms.abs() / 1000;
    let sign = if ms < 0 { '-' } else { '+' };
    let mut text = format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        _ = write!(text, ":{:02}", seconds % 60);
    }
    text
}

/// The two greatest units: `3 h 45 min`, `12 d`, `850 ms`. A day is 24 hours.
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

/// How long from `from` until `to`; nothing if that is the end of time.
pub(crate) fn wait(from: Timestamp, to: Timestamp) -> String {
    if to == Timestamp::END {
        return String::new();
    }
    format!(", in {}", duration(to.as_millis() - from.as_millis()))
}

/// Phrases put one after the other, on as many lines as they need.
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

/// `paris-backup "Nightly backup"`
pub(crate) fn name(window: &Window) -> String {
    let id = plain(window.id().as_str());
    window.name().map_or_else(|| id.clone(), |name| format!("{id} \"{}\"", plain(name)))
}

/// The schedule in a line.
pub(crate) fn schedule(window: &Window) -> String {
    plain(&window.schedule().describe())
}

/// The scope as the document says it.
pub(crate) fn scope(window: &Window) -> String {
    plain(&form(window, "scope").to_string())
}

/// A field of the window's form in the document.
pub(crate) fn form(window: &Window, field: &str) -> Value {
    let mut form = serde_json::to_value(window).expect("a window has a form");
    form[field].take()
}
