//! Dates, times and durations (RFC 5545, sections 3.3.4 to 3.3.6, 3.3.9 and 3.3.14).

use std::fmt;

use quietude::{Interval, Timestamp, Zone};

use crate::ics::lines::truncated;

pub(super) const SECOND: i64 = 1000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// How a date or time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Date,
    /// A time without Z.
    Local,
    Utc,
}

/// A date or a time, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// What a clock shows, in milliseconds since 1970-01-01T00:00.
    pub(super) reading: i64,
    pub(super) form: Form,
}

impl Value {
    /// Reads `YYYYMMDD`, `YYYYMMDDTHHMMSS` or `YYYYMMDDTHHMMSSZ`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let refused = || {
            format!(
                "\"{}\" is not a date or time such as 20260101 or 20260101T220000Z (RFC 5545, \
                 3.3.4 and 3.3.5)",
                truncated(text)
            )
        };
        let digits = |from: usize, to: usize| {
            let part = text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<i64>().ok()).ok_or_else(refused)
        };
        let form = match (text.len(), text.as_bytes().get(8), text.as_bytes().get(15)) {
            (8, ..) => Form::Date,
            (15, Some(b'T'), _) => Form::Local,
            (16, Some(b'T'), Some(b'Z')) => Form::Utc,
            _ => return Err(refused()),
        };
        let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
        let (hour, minute, second) = match form {
            Form::Date => (0, 0, 0),
            _ => (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?),
        };
        let exists = year >= 1
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        if !exists {
            return Err(format!("{text} is not a date or time in the years 1 to 9999"));
        }
        // Second 60 is read as 59 (3.3.12).
        let seconds = hour * 3600 + minute * 60 + second.min(59);
        Ok(Self { reading: day_number(year, month, day) * DAY + seconds * SECOND, form })
    }

    /// The instant in a zone that is not UTC.
    pub(super) fn instant(&self, zone: &Zone) -> i64 {
        match self.form {
            Form::Utc => self.reading,
            Form::Local => instant_of(zone, self.reading),
            Form::Date => first_instant(zone, self.reading),
        }
    }
}

/// As content lines have it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.reading.div_euclid(DAY));
        write!(f, "{year:04}{month:02}{day:02}")?;
        if self.form != Form::Date {
            let second = self.reading.rem_euclid(DAY) / SECOND;
            write!(f, "T{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)?;
        }
        f.write_str(if self.form == Form::Utc { "Z" } else { "" })
    }
}

/// An instant as `20260101T220000Z`.
pub(super) fn utc(at: i64) -> Value {
    Value { reading: at, form: Form::Utc }
}

/// `2026-01-01T22:00` for a local time.
pub(super) fn iso_local(reading: i64) -> String {
    let (year, month, day) = date_of(reading.div_euclid(DAY));
    let second = reading.rem_euclid(DAY) / SECOND;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}");
    if second == 0 { text } else { format!("{text}:{second:02}") }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
pub(super) fn day_number(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin with March, in cycles of 400.
    let year = if month <= 2 { year - 1 } else { year };
    let of_cycle = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year;
    year.div_euclid(400) * 146_097 + days - 719_468
}

/// Year, month and day.
pub(super) fn date_of(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let of_cycle = day.rem_euclid(146_097);
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + day.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, date)
}

pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Weekdays in rules, from Monday on.
pub(super) const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// 0 for Monday.
pub(super) fn weekday_of(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// An instant, or the nearest one in the range of time.
pub(super) fn timestamp(at: i64) -> Timestamp {
    if at >= Timestamp::END.as_millis() {
        return Timestamp::END;
    }
    Timestamp::constant(at.max(Timestamp::MIN.as_millis()))
}

/// The interval between two instants, as far as it is in the range of time.
pub(super) fn interval(from: i64, to: i64) -> Option<Interval> {
    Interval::new(timestamp(from), timestamp(to)).ok()
}

/// Every offset of the zone around a local time, the earlier one first, each with the
/// instants for which it holds.
fn offsets_near(zone: &Zone, reading: i64) -> Vec<(i64, i64, i64)> {
    // No offset reaches a day, and a change shifts the clock by less than two.
    let (from, to) = (reading - 3 * DAY, reading + 3 * DAY);
    let mut spans = vec![(from, to, zone.offset_ms(timestamp(from)))];
    let Some(within) = interval(from, to) else { return spans };
    for change in zone.transitions(within) {
        let at = change.at.as_millis();
        if at <= from {
            continue;
        }
        let last = spans.len() - 1;
        spans[last].1 = at;
        spans.push((at, to, change.offset_after_ms));
    }
    spans
}

/// The instants at which the clock shows a local time: none in a gap, two in a fold.
pub(super) fn instants_of(zone: &Zone, reading: i64) -> Vec<i64> {
    let spans = offsets_near(zone, reading);
    let at = spans.iter().filter_map(|(from, to, offset)| {
        let at = reading - offset;
        (*from..*to).contains(&at).then_some(at)
    });
    at.collect()
}

/// The instant of a local time by RFC 5545, 3.3.5: the first of two; in a gap, by the offset
/// before it.
pub(super) fn instant_of(zone: &Zone, reading: i64) -> i64 {
    if let Some(first) = instants_of(zone, reading).first() {
        return *first;
    }
    let spans = offsets_near(zone, reading);
    let before = spans.iter().rev().find(|(_, to, offset)| reading - offset >= *to);
    reading - before.map_or(spans[0].2, |(.., offset)| *offset)
}

/// The first instant at which the clock shows a local time or a later one.
pub(super) fn first_instant(zone: &Zone, reading: i64) -> i64 {
    let spans = offsets_near(zone, reading);
    let first = spans.iter().find(|(_, to, offset)| to + offset > reading);
    first.map_or(reading, |(from, _, offset)| (reading - offset).max(*from))
}

/// The length of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    /// Whole days on the clock, which are added first.
    pub(super) days: i64,
    /// Elapsed milliseconds after them.
    pub(super) exact: i64,
}

impl Length {
    /// The end of an event that begins at this local time, by 3.3.6 and 3.3.5.
    pub(super) fn end(self, start: Value, zone: &Zone) -> i64 {
        let later = Value { reading: start.reading + self.days * DAY, ..start };
        let begin = if self.days == 0 { start.instant(zone) } else { later.instant(zone) };
        begin.saturating_add(self.exact)
    }
}

/// The offset of a zone, such as +0100 or -123456, in milliseconds (RFC 5545, 3.3.14).
pub(super) fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => (1, text),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse().ok());
    let (hours, minutes, seconds): (i64, i64, i64) = (number(0)?, number(2)?, number(4)?);
    let is_valid = hours < 24 && minutes < 60 && seconds < 60;
    is_valid.then_some(sign * (hours * 3600 + minutes * 60 + seconds) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_number_every_day_round_trips() {
        let (mut year, mut month, mut day) = (1, 1, 1);
        for number in day_number(1, 1, 1)..=day_number(9999, 12, 31) {
            assert_eq!(
                (date_of(number), day_number(year, month, day)),
                ((year, month, day), number)
            );
            day += 1;
            if day > days_in(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((day_number(1970, 1, 1), weekday_of(0)), (0, 3));
    }

    #[test]
    fn value_parse_display_round_trip() {
        for text in ["00010101", "99991231T235959Z", "20240229T000000", "20261231T123456"] {
            assert_eq!(Value::parse(text).unwrap().to_string(), text);
        }
        for bad in [
            "",
            "2024",
            "20240230",
            "20241301",
            "00000101",
            "20240101T240000",
            "20240101T10000",
            "20240101 100000",
            "20240101T100000+01",
            "2024010aT100000",
            "20240101t100000z",
            "2024\u{e9}101",
        ] {
            assert!(Value::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Value::parse("20240101T235960Z").unwrap().to_string(), "20240101T235959Z");
    }

    #[test]
    fn instants_of_gap_fold_and_skipped_day() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let of = |text: &str| Value::parse(text).unwrap();
        let at = |text: &str| of(text).reading;
        assert_eq!(of("20260329T023000").instant(&berlin), at("20260329T013000Z"));
        assert_eq!(first_instant(&berlin, at("20260329T023000")), at("20260329T010000Z"));
        assert_eq!(of("20261025T023000").instant(&berlin), at("20261025T003000Z"));
        assert_eq!(instants_of(&berlin, at("20261025T023000")).len(), 2);
        assert!(instants_of(&berlin, at("20260329T023000")).is_empty());
        let apia: Zone = "Pacific/Apia".parse().unwrap();
        assert_eq!(of("20111230").instant(&apia), at("20111230T100000Z"));
        assert_eq!(of("20111231").instant(&apia), at("20111230T100000Z"));
        assert_eq!(of("20111230T120000").instant(&apia), at("20111230T220000Z"));
    }

    #[test]
    fn offset_parse() {
        assert_eq!(parse_offset("+0530"), Some(19_800_000));
        assert_eq!(parse_offset("-002630"), Some(-1_590_000));
        assert_eq!(parse_offset("0100"), Some(3_600_000));
        assert!(
            ["", "+", "+2400", "+01", "+01:00", "+0160", "x"]
                .iter()
                .all(|t| parse_offset(t).is_none())
        );
    }
}
