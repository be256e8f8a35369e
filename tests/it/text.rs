//! Short ways to write things down in a test.

use quietude::{ClockRange, Interval, Timestamp};

/// A timestamp from RFC 3339.
#[track_caller]
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Milliseconds from RFC 3339, `MIN` or `END`.
#[track_caller]
pub(crate) fn ms(text: &str) -> i64 {
    match text {
        "MIN" => Timestamp::MIN.as_millis(),
        "END" => Timestamp::END.as_millis(),
        text => at(text).as_millis(),
    }
}

/// A timestamp from any number of milliseconds, moved into `MIN..=END`.
pub(crate) fn clamped(ms: i64) -> Timestamp {
    if ms >= Timestamp::END.as_millis() {
        return Timestamp::END;
    }
    let ms = ms.max(Timestamp::MIN.as_millis());
    Timestamp::from_millis(ms).expect("it is in range")
}

/// The ends of an interval, in milliseconds.
pub(crate) fn ends(interval: Interval) -> (i64, i64) {
    (interval.start().as_millis(), interval.end().as_millis())
}

/// An interval, `from/to` in RFC 3339.
#[track_caller]
pub(crate) fn span(text: &str) -> Interval {
    let (from, to) = text.split_once('/').expect("from/to");
    Interval::new(at(from), at(to)).unwrap_or_else(|error| panic!("{error}"))
}

/// A clock range, and its ends in milliseconds after midnight.
#[track_caller]
pub(crate) fn clock(text: &str) -> (u32, u32) {
    let range: ClockRange = text.parse().unwrap_or_else(|error| panic!("{error}"));
    (range.from_ms(), range.to_ms())
}

/// The lines of a table: without comments, blank lines and margins.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The cells of a line, which `|` separates.
pub(crate) fn cells(row: &str) -> Vec<&str> {
    row.split('|').map(str::trim).collect()
}
