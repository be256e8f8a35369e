//! What the clocks of zones show, as calendars are asked.

use crate::index::near::AnswerSpan;
use crate::time::civil::{DAY_MS, Day, WEEK_MS};
use crate::time::{Piece, Zone};

/// Added to a clock reading, makes it positive and a multiple of a week on
/// Mondays at 00:00.
const BIAS_DAYS: Day = 3 + 7 * 102_740;

/// What a zone's clock shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalTime {
    pub(super) day: Day,
    /// Milliseconds since midnight.
    pub(super) time: u32,
    /// Days since Monday.
    pub(super) weekday: u32,
}

impl LocalTime {
    #[inline(always)]
    pub(super) fn new(reading: i64) -> Self {
        let biased = (reading + i64::from(BIAS_DAYS) * DAY_MS) as u64;
        let day = (biased / DAY_MS as u64) as u32;
        let time = (biased - u64::from(day) * DAY_MS as u64) as u32;
        // day % 7, by the fraction of day / 7: days are few enough.
        let weekday = ((u64::from(day.wrapping_mul(u32::MAX / 7 + 1)) * 7) >> 32) as u32;
        Self { day: day as Day - BIAS_DAYS, time, weekday }
    }

    /// Where it is on the circle of a week (1) or of a day (0), and how long that is.
    /// A mask, as a processor cannot foresee which circle it is.
    #[inline(always)]
    pub(super) fn cycle_position(self, week: u32) -> (u32, u32) {
        let week = week.wrapping_neg();
        (
            self.time + ((self.weekday * DAY_MS as u32) & week),
            DAY_MS as u32 + ((WEEK_MS - DAY_MS) as u32 & week),
        )
    }

    /// How long ago it was last `from` after midnight.
    #[inline(always)]
    pub(super) fn ms_since(self, from: u32) -> u32 {
        let since = self.time.wrapping_sub(from);
        if self.time < from { since.wrapping_add(DAY_MS as u32) } else { since }
    }
}

/// The clock readings of one instant, the last one kept.
pub(super) struct LocalTimeCache<'a> {
    zones: &'a [Zone],
    t: i64,
    last: (u32, LocalTime),
}

impl<'a> LocalTimeCache<'a> {
    #[inline(always)]
    pub(super) fn new(zones: &'a [Zone], t: i64) -> Self {
        // No zone has this number.
        Self { zones, t, last: (u32::MAX, LocalTime { day: 0, time: 0, weekday: 0 }) }
    }

    #[inline(always)]
    pub(super) fn local_time(&mut self, zone: u32) -> LocalTime {
        if self.last.0 != zone {
            self.last = (zone, LocalTime::new(self.zones[zone as usize].high_water(self.t)));
        }
        self.last.1
    }
}

/// A zone's clock at an instant, and how long it goes on as it does then.
#[derive(Clone, Copy)]
pub(super) struct ClockSegment {
    pub(super) zone: u32,
    t: i64,
    pub(super) local: LocalTime,
    piece: Piece,
}

impl ClockSegment {
    pub(super) fn at(zones: &[Zone], zone: u32, t: i64) -> Self {
        let of = &zones[zone as usize];
        Self { zone, t, local: LocalTime::new(of.high_water(t)), piece: of.piece_at(t) }
    }

    /// Distances on the clock are distances in time only while it runs evenly.
    pub(super) fn span_mapper(self) -> impl Fn(i64, i64) -> AnswerSpan {
        let Self { t, piece: Piece { start, end, runs }, .. } = self;
        move |back, ahead| {
            if runs {
                AnswerSpan::from_distances(t, back, ahead).clamp(start, end)
            } else {
                AnswerSpan { from: start, until: end, silenced: false }
            }
        }
    }
}
