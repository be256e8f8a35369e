//! Local time (day, weekday, millisecond of day) of one instant in each zone, computed
//! on first use.

use crate::index::near::AnswerSpan;
use crate::time::civil::{DAY_MS, Day, WEEK_MS, mod_7};
use crate::time::{ClockSegment, Zone};

/// Added to a local time, makes it positive and a multiple of a week on Mondays at
/// 00:00.
const BIAS_DAYS: Day = 3 + 7 * 102_740;

/// Local time in a zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalTime {
    pub(super) day: Day,
    /// Milliseconds since midnight.
    pub(super) time: u32,
    /// Days since Monday.
    pub(super) weekday: u32,
}

impl LocalTime {
    /// Splits a local time in ms since 1970-01-01T00:00 into day and time of day.
    #[inline(always)]
    pub(super) fn new(reading: i64) -> Self {
        let biased = (reading + i64::from(BIAS_DAYS) * DAY_MS) as u64;
        let day = (biased / DAY_MS as u64) as u32;
        let time = (biased - u64::from(day) * DAY_MS as u64) as u32;
        Self { day: day as Day - BIAS_DAYS, time, weekday: mod_7(day) }
    }

    /// The position in a week (`week` = 1) or a day (0), and the length of that cycle, in
    /// ms. Branch-free, because the branch would be unpredictable.
    #[inline(always)]
    pub(super) fn cycle_position(self, week: u32) -> (u32, u32) {
        let week = week.wrapping_neg();
        (
            self.time + ((self.weekday * DAY_MS as u32) & week),
            DAY_MS as u32 + ((WEEK_MS - DAY_MS) as u32 & week),
        )
    }

    /// Time since the local time was last `from`, in ms.
    #[inline(always)]
    pub(super) fn ms_since(self, from: u32) -> u32 {
        let since = self.time.wrapping_sub(from);
        if self.time < from { since.wrapping_add(DAY_MS as u32) } else { since }
    }
}

/// Computes local times of one instant, and remembers the last one.
pub(super) struct LocalTimeCache<'a> {
    zones: &'a [Zone],
    t: i64,
    last: (u32, LocalTime),
}

impl<'a> LocalTimeCache<'a> {
    #[inline(always)]
    pub(super) fn new(zones: &'a [Zone], t: i64) -> Self {
        // No zone has this id.
        Self { zones, t, last: (u32::MAX, LocalTime { day: 0, time: 0, weekday: 0 }) }
    }

    /// The local time in the zone with this id.
    #[inline(always)]
    pub(super) fn local_time(&mut self, zone: u32) -> LocalTime {
        if self.last.0 != zone {
            self.last = (zone, LocalTime::new(self.zones[zone as usize].high_water(self.t)));
        }
        self.last.1
    }
}

/// Local time at an instant, and the interval around it in which the offset of the zone
/// is constant.
#[derive(Clone, Copy)]
pub(super) struct LocalClock {
    pub(super) zone: u32,
    t: i64,
    pub(super) local: LocalTime,
    segment: ClockSegment,
}

impl LocalClock {
    /// The segment of a zone around `t`.
    pub(super) fn at(zones: &[Zone], zone: u32, t: i64) -> Self {
        let of = &zones[zone as usize];
        Self { zone, t, local: LocalTime::new(of.high_water(t)), segment: of.segment_at(t) }
    }

    /// Converts distances on the clock to a span of time. They are equal only within the
    /// segment, and only while local time advances.
    pub(super) fn span_mapper(self) -> impl Fn(i64, i64) -> AnswerSpan {
        let Self { t, segment: ClockSegment { start, end, advances }, .. } = self;
        move |back, ahead| {
            if advances {
                AnswerSpan::from_distances(t, back, ahead).clamp(start, end)
            } else {
                AnswerSpan { from: start, until: end, silenced: false }
            }
        }
    }
}
