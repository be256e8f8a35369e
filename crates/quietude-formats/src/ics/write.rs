//! Content lines and VTIMEZONE as text.

use quietude::Zone;

use crate::ics::value::{
    DAY, Form, SECOND, Value, WEEKDAYS, date_of, days_in, interval, timestamp, utc, weekday_of,
};

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

/// Adds the VTIMEZONE of a zone with its changes from `from` to `to`: those of each pair of
/// offsets that come every year as a rule up to the last one, the others one by one. A list
/// of RDATE would be shorter, but some readers use only the first date of it.
pub(super) fn vtimezone(text: &mut String, zone: &Zone, from: i64, to: i64) {
    let from = from - 2 * DAY;
    let before = zone.offset_ms(timestamp(from));
    // The changes of each pair of offsets, as local times before them.
    let mut groups: Vec<((i64, i64), Vec<i64>)> = Vec::new();
    let changes =
        interval(from + 1, to + DAY).into_iter().flat_map(|within| zone.transitions(within));
    for change in changes {
        let pair = (change.offset_before_ms, change.offset_after_ms);
        let reading = change.at.as_millis() + change.offset_before_ms;
        match groups.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, readings)) => readings.push(reading),
            None => groups.push((pair, vec![reading])),
        }
    }
    line(text, "BEGIN:VTIMEZONE");
    line(text, &format!("TZID:{}", zone.name()));
    observance(text, (before, before), from + before, None);
    for (offsets, readings) in groups {
        if let Some(rule) = yearly(&readings) {
            let last = readings[readings.len() - 1] - offsets.0;
            observance(text, offsets, readings[0], Some(&format!("{rule};UNTIL={}", utc(last))));
            continue;
        }
        for reading in readings {
            observance(text, offsets, reading, None);
        }
    }
    line(text, "END:VTIMEZONE");
}

/// Adds a STANDARD or DAYLIGHT.
fn observance(text: &mut String, (before, after): (i64, i64), reading: i64, rule: Option<&str>) {
    let kind = if after > before { "DAYLIGHT" } else { "STANDARD" };
    line(text, &format!("BEGIN:{kind}"));
    line(text, &format!("DTSTART:{}", Value { reading, form: Form::Local }));
    line(text, &format!("TZOFFSETFROM:{}", offset(before)));
    line(text, &format!("TZOFFSETTO:{}", offset(after)));
    line(text, &format!("TZNAME:{}", offset(after)));
    if let Some(rule) = rule {
        line(text, &format!("RRULE:{rule}"));
    }
    line(text, &format!("END:{kind}"));
}

/// The rule of local times that come once a year on the same weekday of a month, counted
/// from its beginning or its end.
fn yearly(readings: &[i64]) -> Option<String> {
    let parts = |reading: &i64| {
        let date = reading.div_euclid(DAY);
        let (year, month, day) = date_of(date);
        let nth = (day - 1) / 7 + 1;
        let from_end = (day - days_in(year, month)) / 7 - 1;
        (year, nth, from_end, (month, weekday_of(date), reading.rem_euclid(DAY)))
    };
    let all: Vec<_> = readings.iter().map(parts).collect();
    let (_, nth, from_end, of_year) = *all.first().filter(|_| all.len() > 1)?;
    let is_yearly = all.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1)
        && all.iter().all(|parts| parts.3 == of_year);
    let nth = if all.iter().all(|parts| parts.1 == nth) {
        nth
    } else if all.iter().all(|parts| parts.2 == from_end) {
        from_end
    } else {
        return None;
    };
    let (month, weekday, _) = of_year;
    let weekday = WEEKDAYS[weekday as usize];
    is_yearly.then(|| format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{weekday}"))
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
        assert_eq!(unescaped(read.value()), "\u{e4}\u{1f600};x\n".repeat(40));
    }
}
