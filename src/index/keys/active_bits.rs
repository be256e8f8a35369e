//! Bitmaps by time: which residual windows may be active at an instant.
//!
//! ```text
//! near      the windows that are active in a span of time around `now`
//! once      bounds   b0      b1      b2 ..     between two bounds the same one-time
//!           bits  s0  |  s1   |  s2   | ..     windows are active
//! by_hour   168 words, one for each hour of the week in UTC: the other windows that may
//!           be active within it
//! ```
//!
//! Within the span around `now` the bitmap is exact; elsewhere it has false positives, but
//! no false negatives.

use crate::index::near::AnswerSpan;
use crate::index::prefilter::{HourOfWeek, TimeOfWeekMask};
use crate::schedule::Kind;
use crate::window::Window;

/// Which of the windows may be active at any instant.
#[derive(Clone, Debug)]
pub(super) struct ActiveBits {
    /// The instants at which a one-time window begins or ends, ascending.
    bounds: Box<[i64]>,
    /// The one-time windows that are active before the first bound, and from each bound on.
    once: Box<[u64]>,
    /// The other windows.
    recurring: u64,
    /// Those of them that may be active in an hour of the week; empty if there are none.
    by_hour: Box<[u64]>,
}

impl Default for ActiveBits {
    fn default() -> Self {
        Self::of([])
    }
}

impl ActiveBits {
    /// The bitmaps of at most 64 windows, in the order of their bits.
    pub(super) fn of<'w>(windows: impl IntoIterator<Item = &'w Window>) -> Self {
        let (mut spans, mut masks) = (Vec::new(), Vec::new());
        for (bit, window) in windows.into_iter().enumerate() {
            match window.schedule().kind() {
                Kind::Once(occurrence) => {
                    let active = occurrence.and_then(|occurrence| window.active_once(occurrence));
                    spans.extend(active.map(|active| {
                        (active.start().as_millis(), active.end().as_millis(), 1 << bit)
                    }));
                }
                _ => masks.push((TimeOfWeekMask::of(window.schedule()), 1 << bit)),
            }
        }
        let bounds = spans.iter().flat_map(|(start, end, _)| [*start, *end]);
        let mut bounds: Vec<i64> = bounds.collect();
        bounds.sort_unstable();
        bounds.dedup();
        let active_at = |t: &i64| {
            let active = spans.iter().filter(|(start, end, _)| start <= t && t < end);
            active.fold(0, |all, (_, _, bit)| all | bit)
        };
        let in_hour = |hour: HourOfWeek| {
            let matching = masks.iter().filter(|(mask, _)| hour.bits().is_in(*mask));
            matching.fold(0, |all, (_, bit)| all | bit)
        };
        Self {
            once: std::iter::once(0).chain(bounds.iter().map(active_at)).collect(),
            bounds: bounds.into(),
            recurring: masks.iter().fold(0, |all, (_, bit)| all | bit),
            by_hour: if masks.is_empty() {
                Box::default()
            } else {
                HourOfWeek::all().map(in_hour).collect()
            },
        }
    }

    /// The windows that may be active at `t`. O(log(one-time windows)).
    #[inline]
    fn at(&self, t: i64) -> u64 {
        let once = self.once[self.bounds.partition_point(|bound| *bound <= t)];
        // An instant without an hour is outside of the years that masks cover.
        let in_hour = HourOfWeek::of(t).map(|hour| self.by_hour.get(hour.index()).copied());
        once | in_hour.map_or(self.recurring, Option::unwrap_or_default)
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.bounds) + size_of_val(&*self.once) + size_of_val(&*self.by_hour)
    }
}

/// The windows that are active near `now`, and for how long that holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct NearBits {
    active: u64,
    from: i64,
    until: i64,
}

impl NearBits {
    /// The bitmap of the answers near `now`, in the order of their bits.
    pub(super) fn of(answers: impl IntoIterator<Item = AnswerSpan>) -> Self {
        let mut near = Self { active: 0, from: i64::MIN, until: i64::MAX };
        for (bit, AnswerSpan { from, until, silenced }) in answers.into_iter().enumerate() {
            near.active |= u64::from(silenced) << bit;
            (near.from, near.until) = (near.from.max(from), near.until.min(until));
        }
        near
    }

    /// The windows that may be active at `t`: exact in the span of the bitmap.
    #[inline]
    pub(super) fn active_at(&self, t: i64, elsewhere: &ActiveBits) -> u64 {
        if self.from <= t && t < self.until { self.active } else { elsewhere.at(t) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::test_util::{at, once, window};
    use crate::schedule::{Daily, Periodic, Schedule};
    use crate::scope::Scope;
    use crate::time::Timestamp;

    fn windows<const N: usize>(schedules: [Schedule; N]) -> Vec<Arc<Window>> {
        let each = schedules.into_iter().enumerate();
        each.map(|(n, schedule)| window(&n.to_string(), schedule, Scope::everything())).collect()
    }

    fn bits(windows: &[Arc<Window>]) -> ActiveBits {
        ActiveBits::of(windows.iter().map(|window| &**window))
    }

    #[test]
    fn once_is_exact() {
        let windows =
            windows([(0, 10), (5, 20), (10, 20), (30, 31)].map(|(a, b)| once(a, b).into()));
        let bits = bits(&windows);
        for (t, expected) in [
            (-1, 0),
            (0, 0b1),
            (5, 0b11),
            (9, 0b11),
            (10, 0b110),
            (19, 0b110),
            (20, 0),
            (30, 0b1000),
            (31, 0),
        ] {
            assert_eq!(bits.at(t), expected, "{t}");
        }
    }

    #[test]
    fn others_are_a_superset() {
        let daily = |range: &str| Daily::new(range.parse().unwrap(), chrono_tz::Europe::Berlin);
        let windows = windows([
            daily("22:00-02:00").into(),
            once(0, i64::from(u32::MAX)).into(),
            daily("08:00-09:30").into(),
            Periodic::new(at(0), 3_600_000, 1_800_000).unwrap().into(),
        ]);
        let bits = bits(&windows);
        let mut empty_hours = 0;
        for step in 0..20_000 {
            let t = Timestamp::MIN.as_millis().max(-3_000_000_000_000) + step * 777_777_777;
            let active = windows.iter().zip(0..).filter(|(window, _)| window.is_active(at(t)));
            let active: u64 = active.map(|(_, bit)| 1 << bit).sum();
            assert_eq!(bits.at(t) & active, active, "{t}");
            empty_hours += usize::from(bits.at(t) & 0b101 == 0);
        }
        assert!(empty_hours > 1_000, "{empty_hours}");
    }

    #[test]
    fn near_bits_hold_in_common_span() {
        let span = |from, until, silenced| AnswerSpan { from, until, silenced };
        let near = NearBits::of([span(10, 30, false), span(0, 20, true)]);
        let elsewhere = bits(&windows([once(0, 100).into()]));
        assert_eq!([9, 10, 19, 20].map(|t| near.active_at(t, &elsewhere)), [1, 0b10, 0b10, 1]);
        assert_eq!(NearBits::of([]).active_at(5, &ActiveBits::default()), 0);
    }

    #[test]
    fn heap_bytes_are_those_of_the_tables() {
        assert_eq!(bits(&[]).heap_bytes(), 8);
        assert_eq!(bits(&windows([once(0, 10).into()])).heap_bytes(), 2 * 8 + 3 * 8);
    }
}
