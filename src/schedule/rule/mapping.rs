//! From local times to instants where a local time may begin twice, or may be moved out of
//! a gap.

use crate::schedule::rule::local_times::LocalTimeSet;
use crate::time::civil::DAY_MS;
use crate::time::{LocalResult, Zone};

/// Which passes of a fold have a start, for a local time that the clock shows twice.
///
/// ```
/// use quietude::calendar::{Cron, Fold};
/// use quietude::{Interval, Schedule, Zone};
///
/// // 2026-10-25 in Berlin: 02:30 comes twice.
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// let cron = Cron::new("30 2 * * *", 60_000, berlin)?;
/// let day = Interval::new("2026-10-24T22:00:00Z".parse()?, "2026-10-25T23:00:00Z".parse()?)?;
/// let count = |cron: Cron| Schedule::from(cron).occurrences(day).count();
/// assert_eq!(count(cron.clone()), 1);
/// assert_eq!(count(cron.with_fold(Fold::Both)), 2);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fold {
    /// The first one (RFC 5545, section 3.3.5).
    #[default]
    First,
    /// Both.
    Both,
}

/// What happens to a start at a local time that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gap {
    /// It is dropped (RFC 5545, section 3.3.10).
    #[default]
    Skip,
    /// It is moved forward by the length of the gap.
    Shift,
}

/// How local times are mapped to instants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) fold: Fold,
    pub(crate) gap: Gap,
}

/// A local time is shown again at most this long after it was shown first, and moved by at
/// most as much.
const SLACK_MS: i64 = 3 * DAY_MS;

/// The starts of local times between `first` and `last`.
#[derive(Clone, Copy)]
pub(super) struct MappedTimes<'a> {
    pub(super) zone: &'a Zone,
    pub(super) local_times: &'a LocalTimeSet,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) mapping: Mapping,
}

/// A span of constant offset, and the local times that begin in it.
struct Span {
    start: i64,
    end: i64,
    offset: i64,
    /// Local times before this one do not begin in the span.
    low: i64,
    /// The offset that moves local times of the gap before the span, and the gap.
    gap: Option<(i64, i64, i64)>,
}

impl MappedTimes<'_> {
    fn span_at(self, t: i64) -> Span {
        let span = self.zone.offset_span(t);
        let (start, end, offset) = (span.start, span.end, span.offset);
        let before = if start == i64::MIN { None } else { Some(start - 1) };
        let shown = before.map_or(i64::MIN, |before| self.zone.high_water(before) + 1);
        let low = start.saturating_add(offset);
        let low = if self.mapping.fold == Fold::Both { low } else { low.max(shown) };
        let gap = before.filter(|_| self.mapping.gap == Gap::Shift).and_then(|before| {
            let offset_before = self.zone.offset_span(before).offset;
            let (from, to) = (shown.max(start + offset_before), start + offset);
            (from < to).then_some((offset_before, from, to))
        });
        Span { start, end, offset, low, gap }
    }

    /// The last local time of `low..=high` within the bounds.
    fn previous(self, low: i64, high: i64) -> Option<i64> {
        let (low, high) = (low.max(self.first), high.min(self.last));
        if low > high {
            return None;
        }
        self.local_times.previous(high).filter(|reading| *reading >= low)
    }

    /// The first local time of `low..=high` within the bounds.
    fn next(self, low: i64, high: i64) -> Option<i64> {
        let (low, high) = (low.max(self.first), high.min(self.last));
        if low > high {
            return None;
        }
        self.local_times.next(low).filter(|reading| *reading <= high)
    }

    /// Whether the clock never shows a local time.
    fn is_skipped(self, reading: i64) -> bool {
        matches!(self.zone.locate(reading), LocalResult::Gap { .. })
    }

    /// The last start up to `t`.
    pub(super) fn until(self, t: i64) -> Option<i64> {
        let mut t = t;
        loop {
            let span = self.span_at(t);
            let shown = self
                .previous(span.low, t.saturating_add(span.offset))
                .map(|reading| reading - span.offset);
            let moved = span.gap.and_then(|(offset, from, to)| {
                let reading = self.previous(from, t.saturating_add(offset).min(to - 1))?;
                self.is_skipped(reading).then_some(reading - offset)
            });
            if let Some(found) = shown.max(moved) {
                return Some(found);
            }
            if span.start == i64::MIN {
                return None;
            }
            // No local time up to here is after this one.
            let reading = self.previous(i64::MIN, self.zone.high_water(span.start - 1))?;
            t = (span.start - 1).min(self.zone.first_instant(reading).saturating_add(SLACK_MS));
        }
    }

    /// The first start after `t`.
    pub(super) fn after(self, t: i64) -> Option<i64> {
        let mut from = t.saturating_add(1);
        loop {
            let span = self.span_at(from);
            let last = if span.end == i64::MAX { i64::MAX } else { span.end - 1 + span.offset };
            let shown = self
                .next(span.low.max(from.saturating_add(span.offset)), last)
                .map(|reading| reading - span.offset);
            let moved = span.gap.and_then(|(offset, low, to)| {
                let reading = self.next(low.max(from.saturating_add(offset)), to - 1)?;
                self.is_skipped(reading).then_some(reading - offset)
            });
            let found = match (shown, moved) {
                (Some(shown), Some(moved)) => Some(shown.min(moved)),
                (shown, moved) => shown.or(moved),
            };
            if found.is_some() {
                return found;
            }
            if span.end == i64::MAX {
                return None;
            }
            // All local times from here on are at least this one.
            let low = span.end.saturating_add(span.offset).saturating_sub(SLACK_MS);
            let reading = self.next(low, i64::MAX)?;
            from = span.end.max(self.zone.first_instant(reading).saturating_sub(SLACK_MS));
        }
    }

    /// The `count`-th start. Spans are counted, not starts, except for those near a gap.
    pub(super) fn nth(self, count: u32) -> Option<i64> {
        let mut left = u64::from(count);
        let mut at = self.after(self.zone.first_instant(self.first).saturating_sub(SLACK_MS))?;
        loop {
            let span = self.span_at(at);
            // Up to here local times of the gap may begin.
            let moved_until = span.gap.map_or(i64::MIN, |(_, from, to)| span.start + (to - from));
            while at < moved_until.min(span.end) {
                left -= 1;
                if left == 0 {
                    return Some(at);
                }
                at = self.after(at)?;
            }
            if at < span.end {
                let last = if span.end == i64::MAX { i64::MAX } else { span.end - 1 + span.offset };
                let low = span.low.max(at + span.offset).max(self.first);
                match self.local_times.nth(low, last.min(self.last), left) {
                    Ok(reading) => return Some(reading - span.offset),
                    Err(here) => left -= here,
                }
                if span.end == i64::MAX {
                    return None;
                }
                at = self.after(span.end - 1)?;
            }
        }
    }
}
