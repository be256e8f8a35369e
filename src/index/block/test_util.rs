//! Times of November 2026 for the tests of blocks.

use crate::index::near::AnswerSpan;
use crate::testing::HOUR;
use crate::time::civil::DAY_MS;

/// 2026-11-01, a Sunday.
pub(super) const NOVEMBER: i64 = 1_793_491_200_000;

/// An hour of a day of November, from 1.
pub(super) fn hour(day: i64, hour: i64) -> i64 {
    NOVEMBER + (day - 1) * DAY_MS + hour * HOUR
}

/// The endpoints of a span in hours since the beginning of November, and its answer.
pub(super) fn hours(span: AnswerSpan) -> (i64, i64, bool) {
    ((span.from - NOVEMBER) / HOUR, (span.until - NOVEMBER) / HOUR, span.silenced)
}

/// The conversion from distances to a span where local time is UTC.
pub(super) fn utc_span(t: i64) -> impl Fn(i64, i64) -> AnswerSpan {
    move |back, ahead| AnswerSpan::from_distances(t, back, ahead)
}
