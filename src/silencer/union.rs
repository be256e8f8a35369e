//! The union of the occurrences of several windows: overlapping and contiguous
//! occurrences are one silence.
//!
//! Occurrences are computed on demand, only as far as the query needs them.

use crate::limits::MAX_UNION_STEPS;
use crate::schedule::Search;
use crate::silencer::endless::{EndlessSilence, FIRST_CHECK, MIN_PASSES};
use crate::silencer::types::{NextSilence, Silence, SilenceEnd, WindowIter};
use crate::time::Timestamp;

/// The visits that a step within a schedule counts for, after the first: it takes as long.
const STEP_COST: u64 = 32;

/// The end of the silence that covers `t`; `None` if none does.
pub(super) fn silenced_until<'a>(windows: impl WindowIter<'a>, t: Timestamp) -> Option<SilenceEnd> {
    silenced_within(windows, t, Timestamp::END)
}

/// [`silenced_until`], evaluated only up to `horizon`: returns [`SilenceEnd::AtLeast`] if
/// the silence reaches it.
pub(super) fn silenced_within<'a>(
    windows: impl WindowIter<'a>,
    t: Timestamp,
    horizon: Timestamp,
) -> Option<SilenceEnd> {
    let mut end = t;
    let (mut visits, mut passes) = (0, 0);
    let mut endless = EndlessSilence::default();
    loop {
        let before = end;
        for window in windows.clone() {
            let given = 1 + MAX_UNION_STEPS.saturating_sub(visits) / STEP_COST;
            let mut steps = given;
            let until = window.covered_until_within(end, &mut steps);
            visits += window.visit_cost() + (given - steps).saturating_sub(1) * STEP_COST;
            match until {
                Ok(until) => end = end.max(until),
                Err(reached) => return Some(SilenceEnd::AtLeast(end.max(reached))),
            }
        }
        if end == before {
            return (end > t).then_some(SilenceEnd::At(end));
        }
        passes += 1;
        if end < horizon && visits > FIRST_CHECK.0 && passes > MIN_PASSES {
            endless.detect(windows.clone(), end, visits);
        }
        if end >= Timestamp::END || end.as_millis() >= endless.from {
            return Some(SilenceEnd::Never);
        }
        if end >= horizon || visits > MAX_UNION_STEPS {
            return Some(SilenceEnd::AtLeast(end));
        }
    }
}

/// The first silence that begins after `after`.
pub(super) fn next_silence<'a>(windows: impl WindowIter<'a>, after: Timestamp) -> NextSilence {
    let from = match silenced_until(windows.clone(), after) {
        None => after,
        Some(SilenceEnd::At(end)) => end,
        Some(SilenceEnd::Never) => return NextSilence::Never,
        Some(SilenceEnd::AtLeast(end)) => return NextSilence::NotBefore(end),
    };
    match next_start(windows.clone(), from) {
        NextStart::Never => NextSilence::Never,
        NextStart::NotBefore(t) => NextSilence::NotBefore(t),
        NextStart::At(start) => {
            let end = silenced_until(windows, start).unwrap_or(SilenceEnd::At(start));
            NextSilence::At(Silence { start, end })
        }
    }
}

/// The start of a silence.
pub(super) enum NextStart {
    At(Timestamp),
    /// There is none.
    Never,
    /// Unknown, but not before this instant.
    NotBefore(Timestamp),
}

/// The start of the first silence after `t`; no window is active at `t`.
pub(super) fn next_start<'a>(windows: impl WindowIter<'a>, t: Timestamp) -> NextStart {
    let (mut start, mut unknown_from): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    for window in windows {
        match window.search_next(t) {
            Search::At(next) => {
                start = Some(start.map_or(next.start(), |start| start.min(next.start())));
            }
            Search::Beyond(t) => {
                unknown_from = Some(unknown_from.map_or(t, |unknown_from| unknown_from.min(t)));
            }
            Search::Never => {}
        }
    }
    match (start, unknown_from) {
        (start, Some(unknown_from)) if start.is_none_or(|start| start > unknown_from) => {
            NextStart::NotBefore(unknown_from)
        }
        (Some(start), _) => NextStart::At(start),
        (None, _) => NextStart::Never,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::schedule::{Daily, Once, Periodic, Schedule};
    use crate::scope::Scope;
    use crate::testing::HOUR;
    use crate::window::Window;

    fn window(number: usize, schedule: impl Into<Schedule>) -> Window {
        let scope = Scope::everything();
        Window::builder(number.to_string()).schedule(schedule).scope(scope).build().unwrap()
    }

    /// Two windows that alternate every day, of which neither says that it does so permanently.
    #[test]
    fn silenced_until_of_alternating_days_reaches_last_year() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("9998-01-01T00:00:00Z"));
        let every_other = |number: usize, anchor: &str| {
            let day = "00:00-24:00".parse().unwrap();
            let daily = Daily::new(day, chrono_tz::UTC);
            let daily = daily.with_interval(2, anchor.parse().unwrap()).unwrap();
            let window = window(number, daily).to_builder().validity(from..until);
            window.build().unwrap()
        };
        let windows = [every_other(0, "2026-01-01"), every_other(1, "2026-01-02")];
        assert_eq!(silenced_until(windows.iter(), from), Some(SilenceEnd::At(until)));
    }

    #[test]
    fn silenced_until_many_windows_bounded_visits() {
        let hour = |number: i64| Timestamp::saturating(number * HOUR);
        let once = |from| Once::new(hour(from), hour(from + 1)).unwrap();
        // Twenty hours, the last one first: each pass gets an hour further.
        let mut windows: Vec<Window> = (0..20).rev().map(|n| window(n as usize, once(n))).collect();
        // Long over, each for itself; and rare ones, no two with the same period.
        windows.extend((20..1000).map(|n| window(n as usize, once(-2 * n))));
        windows.extend(
            (1000..1200)
                .map(|n| window(n as usize, Periodic::new(hour(100), 1, n * HOUR).unwrap())),
        );
        let visits = Cell::new(0);
        let counted = windows.iter().inspect(|_| visits.set(visits.get() + 1));
        assert_eq!(silenced_until(counted, hour(0)), Some(SilenceEnd::At(hour(20))));
        let each = visits.get() / windows.len();
        assert!(each < 150, "each was visited {each} times");
    }

    fn hour(number: i64) -> Timestamp {
        Timestamp::saturating(number * HOUR)
    }

    fn periodic(from: i64, hours: i64, period: i64) -> Periodic {
        Periodic::new(hour(from), hours * HOUR, period * HOUR).unwrap()
    }

    /// The two halves of a day alternate, from hour 0 on.
    fn halves() -> [Window; 2] {
        [window(0, periodic(0, 12, 24)), window(1, periodic(12, 12, 24))]
    }

    #[test]
    fn silenced_until_short_skips_cycle_detection() {
        let once = |from| Once::new(hour(from), hour(from + 1)).unwrap();
        // Ten hours, the last one first: ten passes, and one that gets no further.
        let windows: Vec<Window> = (0..10).rev().map(|n| window(n as usize, once(n))).collect();
        let visits = Cell::new(0);
        let counted = windows.iter().inspect(|_| visits.set(visits.get() + 1));
        assert_eq!(silenced_until(counted, hour(0)), Some(SilenceEnd::At(hour(10))));
        assert_eq!(visits.get(), 11 * windows.len());
    }

    #[test]
    fn silenced_until_endless_silence_bounded_visits() {
        let windows = halves();
        let visits = Cell::new(0);
        let counted = windows.iter().inspect(|_| visits.set(visits.get() + 1));
        assert_eq!(silenced_until(counted, hour(5)), Some(SilenceEnd::Never));
        assert!((250..500).contains(&visits.get()), "{} visits", visits.get());
    }
}
