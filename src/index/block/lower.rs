//! Lowering: from a [`Window`] to the intermediate representation of the block builder.
//!
//! A lowered window is small and is stored inline, so that the builder reads each window,
//! which may not be in the cache, only once.

use crate::index::block::calendar::{self, CalendarRule, Days};
use crate::index::block::one_clock::{OneClock, single_rule};
use crate::index::block::periodic::{ModRange, residue};
use crate::index::near::ALWAYS;
use crate::index::prefilter::TimeOfWeekMask;
use crate::schedule::Kind;
use crate::time::Zone;
use crate::window::Window;

/// A window without its scope.
#[derive(Clone, Copy, Debug)]
pub(super) enum LoweredWindow {
    /// Never active.
    Never,
    /// Active in `[start, end)`.
    Span(i64, i64),
    /// Active in a range of residues modulo a period in ms.
    Periodic(u32, ModRange),
    /// Active in a clock range on days of the week or of the month.
    Calendar(CalendarRule),
    /// No compiled form: the window is evaluated directly, at the times of the mask.
    Fallback(TimeOfWeekMask),
}

impl LoweredWindow {
    /// Lowers a window. `zone_id` interns a zone.
    pub(super) fn lower(window: &Window, mut zone_id: impl FnMut(&Zone) -> u32) -> Self {
        let (from, until) = window.bounds();
        let (from, until) = (from.max(ALWAYS.0), until.min(ALWAYS.1));
        if from >= until {
            return Self::Never;
        }
        let span = |start: i64, end: i64| {
            if start < end { Self::Span(start, end) } else { Self::Never }
        };
        let fallback = || Self::Fallback(TimeOfWeekMask::of(window.schedule()));
        // Zone ids are packed into 10 bits; windows in zones beyond that are evaluated
        // directly.

        let mut rule = |zone: &Zone, days, clock| match zone_id(zone) {
            zone if zone < calendar::MAX_ZONES => {
                Self::Calendar(CalendarRule { zone, days, clock, bounds: (from, until) })
            }
            _ => fallback(),
        };
        match window.schedule().kind() {
            Kind::Once(None) => Self::Never,
            Kind::Once(Some(interval)) => {
                let (start, end) = (interval.start().as_millis(), interval.end().as_millis());
                span(start.max(from), end.min(until))
            }
            Kind::Periodic(periodic) => {
                let start = periodic.start().as_millis();
                let from = start.max(from);
                match u32::try_from(periodic.period_ms()) {
                    _ if from >= until => Self::Never,
                    _ if periodic.is_always_on() => Self::Span(from, until),
                    Ok(modulus) => {
                        // At most the period, which fits into a u32.
                        let length = periodic.duration_ms() as u32;
                        let start = residue(start, modulus);
                        Self::Periodic(modulus, ModRange { start, length, from, until })
                    }
                    Err(_) => Self::Fallback(TimeOfWeekMask::ALWAYS),
                }
            }
            Kind::Calendar(calendar) => {
                let (clock, dates) = (calendar.clock, &calendar.dates);
                let of_week = dates.weekday_bits().map(Days::Week);
                let days = of_week.or_else(|| dates.month_day_mask().map(Days::Month));
                match days.filter(|_| calendar.is_plain()) {
                    Some(days) => rule(&calendar.zone, days, clock),
                    None => fallback(),
                }
            }
            #[cfg(feature = "rrule")]
            Kind::Rule(_) => fallback(),
            Kind::Combined(operator, parts) => match single_rule(operator, parts) {
                Some(OneClock::Never) => Self::Never,
                Some(OneClock::Rule(zone, days, clock)) => rule(zone, days, clock),
                None => fallback(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::test_util::{at, once};
    use crate::schedule::{Daily, Periodic, Schedule};
    use crate::scope::Scope;

    fn lower(schedule: impl Into<Schedule>, from: i64, until: i64) -> LoweredWindow {
        let window = Window::builder("w").schedule(schedule).scope(Scope::everything());
        let window = window.validity(at(from)..at(until)).build().unwrap();
        LoweredWindow::lower(&window, |_| 0)
    }

    #[test]
    fn lower_outside_validity_is_never() {
        assert!(matches!(lower(once(10, 20), 12, 30), LoweredWindow::Span(12, 20)));
        assert!(matches!(lower(once(10, 20), 0, 11), LoweredWindow::Span(10, 11)));
        assert!(matches!(lower(once(10, 20), 0, 10), LoweredWindow::Never));
        assert!(matches!(lower(once(10, 20), 20, 30), LoweredWindow::Never));
        let periodic = |start| Periodic::new(at(start), 1, 5).unwrap();
        assert!(matches!(lower(periodic(10), 0, 10), LoweredWindow::Never));
        assert!(matches!(lower(periodic(10), 0, 3), LoweredWindow::Never));
        assert!(matches!(lower(periodic(10), 0, 11), LoweredWindow::Periodic(5, _)));
    }

    #[test]
    fn lower_always_on_is_span() {
        let always = Periodic::new(at(10), 5, 5).unwrap();
        assert!(matches!(lower(always, 0, 100), LoweredWindow::Span(10, 100)));
        assert!(matches!(lower(always, 50, 100), LoweredWindow::Span(50, 100)));
        let far = i64::from(u32::MAX);
        let of = |period| lower(Periodic::new(at(0), 1, period).unwrap(), 0, 100);
        assert!(matches!(of(far), LoweredWindow::Periodic(u32::MAX, _)));
        assert!(matches!(of(far + 1), LoweredWindow::Fallback(TimeOfWeekMask::ALWAYS)));
    }

    #[test]
    fn lower_zone_beyond_limit_is_fallback() {
        let clock = "22:00-02:00".parse().unwrap();
        let daily = Window::builder("w").schedule(Daily::new(clock, chrono_tz::UTC));
        let daily = daily.scope(Scope::everything()).build().unwrap();
        let of = |zone| LoweredWindow::lower(&daily, |_| zone);
        let LoweredWindow::Calendar(calendar) = of(calendar::MAX_ZONES - 1) else {
            panic!("it fits")
        };
        assert_eq!(calendar.zone, calendar::MAX_ZONES - 1);
        let LoweredWindow::Fallback(mask) = of(calendar::MAX_ZONES) else {
            panic!("it does not fit")
        };
        let hours = 3_600_000;
        let all = crate::schedule::ALL_WEEKDAYS;
        let expected = TimeOfWeekMask::for_clock(all, 22 * hours, 4 * 3_600_000, &Zone::utc());
        assert_eq!(mask, expected);
    }
}
