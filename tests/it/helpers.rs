//! Parsing of timestamps, clock ranges and tables in tests.

use quietude::{ClockRange, Interval, Timestamp};

/// Parses an RFC 3339 timestamp.
#[track_caller]
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// A timestamp from milliseconds, clamped to `MIN..=END`.
pub(crate) fn clamped(ms: i64) -> Timestamp {
    if ms >= Timestamp::END.as_millis() {
        return Timestamp::END;
    }
    let ms = ms.max(Timestamp::MIN.as_millis());
    Timestamp::from_millis(ms).expect("clamped to the range")
}

/// Start and end of an interval, in milliseconds.
pub(crate) fn ends(interval: Interval) -> (i64, i64) {
    (interval.start().as_millis(), interval.end().as_millis())
}

/// Parses a clock range; returns its ends in milliseconds after midnight.
#[track_caller]
pub(crate) fn clock(text: &str) -> (u32, u32) {
    let range: ClockRange = text.parse().unwrap_or_else(|error| panic!("{error}"));
    (range.from_ms(), range.to_ms())
}

/// The lines of a table, without comments, blank lines and surrounding spaces.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The cells of a line, separated by `|`.
pub(crate) fn cells(row: &str) -> Vec<&str> {
    row.split('|').map(str::trim).collect()
}
