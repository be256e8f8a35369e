//! Content lines and VTIMEZONE as text.

use quietude::Zone;

use crate::ics::value::{DAY, Form, SECOND, Value, interval, timestamp};

/// The most octets of a line (RFC 5545, section 3.1).
const LINE: usize = 75;

/// Adds a content line, folded.
pub(super) fn line(text: &mut String, content: &str) {
    let mut rest = content;
    let mut room = LINE;
    while rest.len() > room {
        // A character stays whole.
        let cut = (0..=room).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
        text.push_str(&rest[..cut]);
        text.push_str("\r\n ");
        rest = &rest[cut..];
        room = LINE - 1;
    }
    text.push_str(rest);
    text.push_str("\r\n");
}

/// A TEXT value (RFC 5545, 3.3.11).
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The parameter TZID of a zone.
pub(super) fn tzid(zone: &Zone) -> String {
    let name = zone.name();
    if name.contains([':', ';', ',']) { format!("TZID=\"{name}\"") } else { format!("TZID={name}") }
}

fn offset(ms: i64) -> String {
    let (sign, seconds) = (if ms < 0 { '-' } else { '+' }, ms.abs() / SECOND);
    let text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 == 0 { text } else { format!("{text}{:02}", seconds % 60) }
}

/// Adds the VTIMEZONE of a zone with its changes from `from` to `to`. Each change is listed,
/// so it does not depend on rules.
pub(super) fn vtimezone(text: &mut String, zone: &Zone, from: i64, to: i64) {
    let from = from - 2 * DAY;
    let before = zone.offset_ms(timestamp(from));
    // The changes of each pair of offsets.
    let mut groups: Vec<((i64, i64), Vec<i64>)> = vec![((before, before), vec![from + before])];
    for change in
        interval(from + 1, to + DAY).into_iter().flat_map(|within| zone.transitions(within))
    {
        let pair = (change.offset_before_ms, change.offset_after_ms);
        let reading = change.at.as_millis() + change.offset_before_ms;
        match groups[1..].iter_mut().find(|(known, _)| *known == pair) {
            Some((_, readings)) => readings.push(reading),
            None => groups.push((pair, vec![reading])),
        }
    }
    line(text, "BEGIN:VTIMEZONE");
    line(text, &format!("TZID:{}", zone.name()));
    for ((before, after), readings) in groups {
        let kind = if after > before { "DAYLIGHT" } else { "STANDARD" };
        let local = |reading: &i64| Value { reading: *reading, form: Form::Local }.to_string();
        line(text, &format!("BEGIN:{kind}"));
        line(text, &format!("DTSTART:{}", local(&readings[0])));
        line(text, &format!("TZOFFSETFROM:{}", offset(before)));
        line(text, &format!("TZOFFSETTO:{}", offset(after)));
        line(text, &format!("TZNAME:{}", offset(after)));
        if readings.len() > 1 {
            let others: Vec<String> = readings[1..].iter().map(local).collect();
            line(text, &format!("RDATE:{}", others.join(",")));
        }
        line(text, &format!("END:{kind}"));
    }
    line(text, "END:VTIMEZONE");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ics::lines::{Lines, unescaped};

    #[test]
    fn line_folded_at_75_octets_reads_back() {
        let content = format!("SUMMARY:{}", escaped(&"\u{e4}\u{1f600};x\n".repeat(40)));
        let mut text = String::new();
        line(&mut text, &content);
        assert!(text.lines().all(|line| line.len() <= 75));
        let read = Lines::new(&text).next().unwrap().unwrap();
        assert_eq!(unescaped(&read.value), "\u{e4}\u{1f600};x\n".repeat(40));
    }
}
