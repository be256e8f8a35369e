//! What a block needs of a window, in a few words: so that compiling does not go
//! back to windows that lie all over memory.

use crate::index::monthly::Monthly;
use crate::index::pattern::Arc;
use crate::schedule::View;
use crate::time::{ClockRange, Timestamp, Zone};
use crate::window::Window;

/// A window without its scope.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// It never silences.
    Nothing,
    /// From one instant to another.
    Span(i64, i64),
    /// Repeats after so many milliseconds.
    Period(u32, Arc),
    /// A clock range on days of the week, in the zone with this number.
    Days {
        zone: u32,
        weekdays: u8,
        clock: ClockRange,
        bounds: (i64, i64),
    },
    Month(Monthly),
    /// The window itself is asked, in the hours that it keeps to.
    Direct(Option<Kept>),
}

/// On these weekdays from some time of day on, for so long, on the clock of the
/// zone with this number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) zone: u32,
    pub(super) weekdays: u8,
    pub(super) from_ms: u32,
    pub(super) length_ms: i64,
}

/// All of time.
pub(super) const ALWAYS: (i64, i64) = (Timestamp::MIN.as_millis(), Timestamp::END.as_millis());

/// Where an instant is on the circle of a period.
#[inline(always)]
pub(super) fn position_of(t: i64, modulus: u32) -> u32 {
    ((t - ALWAYS.0) as u64 % u64::from(modulus)) as u32
}

impl Item {
    /// `number` finds the number of a zone.
    pub(super) fn of(window: &Window, mut number: impl FnMut(&Zone) -> u32) -> Self {
        let (from, until) = window.bounds();
        let (from, until) = (from.max(ALWAYS.0), until.min(ALWAYS.1));
        if from >= until {
            return Self::Nothing;
        }
        let span = |start: i64, end: i64| {
            if start < end { Self::Span(start, end) } else { Self::Nothing }
        };
        match window.schedule().view() {
            View::Once(interval) => {
                let (start, end) = (interval.start().as_millis(), interval.end().as_millis());
                span(start.max(from), end.min(until))
            }
            View::Periodic(periodic) => {
                let start = periodic.start().as_millis();
                let from = start.max(from);
                match u32::try_from(periodic.period_ms()) {
                    _ if from >= until => Self::Nothing,
                    _ if periodic.is_always_on() => Self::Span(from, until),
                    Ok(modulus) => {
                        // Below the period, which fits.
                        let length = periodic.duration_ms() as u32;
                        let start = position_of(start, modulus);
                        Self::Period(modulus, Arc { start, length, from, until })
                    }
                    Err(_) => Self::Direct(None),
                }
            }
            View::Calendar(calendar) => {
                let (clock, dates) = (calendar.clock, &calendar.dates);
                let bounds = (from, until);
                if let Some(weekdays) = dates.weekday_bits() {
                    Self::Days { zone: number(&calendar.zone), weekdays, clock, bounds }
                } else if let Some(days) = dates.month_numbers() {
                    Self::Month(Monthly { zone: number(&calendar.zone), days, clock, bounds })
                } else {
                    Self::Direct(Some(Kept {
                        zone: number(&calendar.zone),
                        weekdays: dates.possible_weekdays(),
                        from_ms: clock.from_ms(),
                        length_ms: clock.duration_ms(),
                    }))
                }
            }
            #[cfg(feature = "rrule")]
            View::Rule(rule) => Self::Direct(rule.reach().map(|reach| Kept {
                zone: number(reach.zone),
                weekdays: reach.weekdays,
                from_ms: reach.from_ms,
                length_ms: reach.length_ms,
            })),
        }
    }
}
