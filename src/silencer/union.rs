//! The union of windows: where overlapping and touching silences become one.
//!
//! Everything here takes the windows that cover a subject and asks each for
//! its own occurrences; nothing walks further than it must.

use smallvec::SmallVec;

use crate::limits::MAX_JOINED;
use crate::schedule::lcm;
use crate::silencer::{End, Next, Silence};
use crate::time::Timestamp;
use crate::time::civil::{CYCLE_MS, WEEK_MS};
use crate::window::Window;

/// After how many visits it is asked whether the silence goes on for ever, by a
/// short cycle and by the calendar's, and how many windows may be looked at for
/// that, besides so many times all of them.
const SHORT: (u64, u64) = (256, 65_536);
const LONG: (u64, u64) = (65_536, 8_000_000);
const TIMES_ALL: u64 = 64;

/// How many times all windows are asked before that, however many they are:
/// most silences end sooner.
const PASSES: u64 = 4;

/// How many short cycles are tried, the week's among them.
const CYCLES: usize = 8;

/// The windows that cover a subject; cheap to go through again.
pub(crate) trait Windows<'a>: Iterator<Item = &'a Window> + Clone {}
impl<'a, I: Iterator<Item = &'a Window> + Clone> Windows<'a> for I {}

/// The end of the silence that covers `t`; `None` if none does.
pub(crate) fn silenced_until<'a>(windows: impl Windows<'a>, t: Timestamp) -> Option<End> {
    silenced_within(windows, t, Timestamp::END)
}

/// [`silenced_until`], but followed no further than it takes to know that it
/// reaches `horizon`: at least to there, then.
pub(crate) fn silenced_within<'a>(
    windows: impl Windows<'a>,
    t: Timestamp,
    horizon: Timestamp,
) -> Option<End> {
    let mut end = t;
    let (mut visits, mut passes) = (0, 0);
    let mut unending = Unending { from: i64::MAX, looked: 0 };
    loop {
        let before = end;
        for window in windows.clone() {
            let until = window.covered_until(end);
            visits += 1;
            end = end.max(until);
        }
        if end == before {
            return (end > t).then_some(End::At(end));
        }
        passes += 1;
        if end < horizon && visits > SHORT.0 && passes > PASSES {
            unending.look(windows.clone(), end, visits);
        }
        if end >= Timestamp::END || end.as_millis() >= unending.from {
            return Some(End::Never);
        }
        if end >= horizon || visits > MAX_JOINED {
            return Some(End::AtLeast(end));
        }
    }
}

/// The first silence that begins after `after`.
pub(crate) fn next_silence<'a>(windows: impl Windows<'a>, after: Timestamp) -> Next {
    let from = match silenced_until(windows.clone(), after) {
        None => after,
        Some(End::At(end)) => end,
        Some(End::Never) => return Next::Never,
        Some(End::AtLeast(end)) => return Next::NotBefore(end),
    };
    match next_start(windows.clone(), from) {
        None => Next::Never,
        Some(start) => {
            let end = silenced_until(windows, start).unwrap_or(End::At(start));
            Next::At(Silence { start, end })
        }
    }
}

/// When the first silence after `t` begins; none covers `t`.
pub(crate) fn next_start<'a>(windows: impl Windows<'a>, t: Timestamp) -> Option<Timestamp> {
    let next = windows.filter_map(|window| window.next_occurrence(t));
    next.map(|occurrence| occurrence.start()).min()
}

/// From when on the windows silence without end, as far as that is known.
struct Unending {
    from: i64,
    /// How often it was looked for.
    looked: u8,
}

impl Unending {
    /// Looks for it once after some visits, and once more after many.
    fn look<'a>(&mut self, windows: impl Windows<'a>, end: Timestamp, visits: u64) {
        if self.looked == 0 {
            self.looked = 1;
            if let Some(complete) = whole_cycle(windows.clone(), end) {
                self.from = complete;
            }
            let mut budget = SHORT.1 + TIMES_ALL * windows.clone().count() as u64;
            for cycle in short_cycles(windows.clone()) {
                let found = unending_by(windows.clone(), end, cycle, &mut budget);
                self.from = self.from.min(found.unwrap_or(i64::MAX));
            }
        } else if self.looked == 1 && visits > LONG.0 {
            self.looked = 2;
            let mut budget = LONG.1 + TIMES_ALL * windows.clone().count() as u64;
            let found = unending_by(windows, end, CYCLE_MS, &mut budget);
            self.from = self.from.min(found.unwrap_or(i64::MAX));
        }
    }
}

/// When a silence that lasts since `from` must have shown all it ever will:
/// everything that ends has ended, and everything that repeats has repeated.
fn whole_cycle<'a>(windows: impl Windows<'a>, from: Timestamp) -> Option<i64> {
    let (mut settled, mut period) = (from.as_millis(), 1i64);
    for window in windows {
        match window.cycle() {
            (Some(steady), own) => {
                settled = settled.max(steady);
                period = lcm(period, own?)?;
            }
            (None, _) => {
                let last = window.previous_occurrence(Timestamp::END);
                settled = settled.max(last.map_or(i64::MIN, |last| last.end().as_millis()));
            }
        }
    }
    settled.checked_add(period)
}

/// The week, after which weekdays repeat, and the first of the cycles that single
/// windows have.
fn short_cycles<'a>(windows: impl Windows<'a>) -> SmallVec<[i64; CYCLES]> {
    let mut cycles = SmallVec::from_slice(&[WEEK_MS]);
    for window in windows {
        if let (Some(_), Some(own)) = window.cycle()
            && !cycles.contains(&own)
        {
            cycles.push(own);
            if cycles.len() == CYCLES {
                break;
            }
        }
    }
    cycles
}

/// From when on, but not before `from`, those of the windows that repeat after
/// `cycle` silence without end: from when all of them do repeat, if the union of
/// these alone has no gap in a whole cycle from then on.
fn unending_by<'a>(
    windows: impl Windows<'a>,
    from: Timestamp,
    cycle: i64,
    budget: &mut u64,
) -> Option<i64> {
    let repeats = |window: &Window| match window.cycle() {
        (Some(steady), Some(own)) if cycle % own == 0 => Some(steady),
        _ => None,
    };
    let mut steady = None;
    for window in windows.clone() {
        *budget = budget.checked_sub(1)?;
        steady = steady.max(repeats(window));
    }
    let steady = steady?;
    let begun = from.max(Timestamp::saturating(steady));
    let complete = begun.as_millis().checked_add(cycle)?;
    let mut end = begun;
    while end.as_millis() < complete && end < Timestamp::END {
        let before = end;
        for window in windows.clone() {
            *budget = budget.checked_sub(1)?;
            if repeats(window).is_some() {
                end = end.max(window.covered_until(end));
            }
        }
        if end == before {
            return None;
        }
    }
    Some(begun.as_millis())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::schedule::{Once, Periodic, Schedule};
    use crate::scope::Scope;

    const HOUR: i64 = 3_600_000;

    fn window(number: usize, schedule: impl Into<Schedule>) -> Window {
        let scope = Scope::everything();
        Window::builder(number.to_string()).schedule(schedule).scope(scope).build().unwrap()
    }

    #[test]
    fn among_many_windows_each_is_looked_at_some_times_and_not_as_often_as_there_are_windows() {
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
        let looked = Cell::new(0);
        let counted = windows.iter().inspect(|_| looked.set(looked.get() + 1));
        assert_eq!(silenced_until(counted, hour(0)), Some(End::At(hour(20))));
        let each = looked.get() / windows.len();
        assert!(each < 150, "each was looked at {each} times");
    }

    fn hour(number: i64) -> Timestamp {
        Timestamp::saturating(number * HOUR)
    }

    fn periodic(from: i64, hours: i64, period: i64) -> Periodic {
        Periodic::new(hour(from), hours * HOUR, period * HOUR).unwrap()
    }

    /// Two halves of a day by turns, from hour 0 on.
    fn halves() -> [Window; 2] {
        [window(0, periodic(0, 12, 24)), window(1, periodic(12, 12, 24))]
    }

    #[test]
    fn a_silence_that_is_short_is_followed_and_not_looked_through_for_cycles() {
        let once = |from| Once::new(hour(from), hour(from + 1)).unwrap();
        // Ten hours, the last one first: ten passes, and one that gets no further.
        let windows: Vec<Window> = (0..10).rev().map(|n| window(n as usize, once(n))).collect();
        let looked = Cell::new(0);
        let counted = windows.iter().inspect(|_| looked.set(looked.get() + 1));
        assert_eq!(silenced_until(counted, hour(0)), Some(End::At(hour(10))));
        assert_eq!(looked.get(), 11 * windows.len());
    }

    #[test]
    fn a_silence_without_end_is_known_after_some_hundred_looks() {
        let windows = halves();
        let looked = Cell::new(0);
        let counted = windows.iter().inspect(|_| looked.set(looked.get() + 1));
        assert_eq!(silenced_until(counted, hour(5)), Some(End::Never));
        assert!((250..500).contains(&looked.get()), "{} looks", looked.get());
    }

    #[test]
    fn all_has_been_shown_once_all_has_ended_or_repeated() {
        let two = window(0, periodic(5, 1, 2));
        let three = window(1, periodic(7, 1, 3));
        let once = window(2, Once::new(hour(40), hour(50)).unwrap());
        let complete =
            |windows: &[&Window]| whole_cycle(windows.iter().copied(), hour(10)).map(|t| t / HOUR);
        assert_eq!(complete(&[&two]), Some(10 + 2));
        assert_eq!(complete(&[&two, &three]), Some(10 + 6));
        assert_eq!(complete(&[&three, &once, &two]), Some(50 + 6));
        let late = window(3, periodic(90, 1, 5));
        assert_eq!(complete(&[&late, &three]), Some(90 + 15));
        let odd = |ms| Periodic::new(hour(0), 1, ms).unwrap();
        let (a, b) = (window(4, odd(i64::MAX / 2)), window(5, odd(i64::MAX / 2 - 1)));
        assert_eq!(complete(&[&a, &b]), None);
    }

    #[test]
    fn the_cycles_that_are_tried_are_the_week_and_the_first_others() {
        let cycles = |periods: &[i64]| {
            let windows: Vec<Window> =
                periods.iter().map(|hours| window(0, periodic(0, 1, *hours))).collect();
            short_cycles(windows.iter()).iter().map(|ms| ms / HOUR).collect::<Vec<_>>()
        };
        assert_eq!(cycles(&[]), [168]);
        assert_eq!(cycles(&[2, 168, 3, 2]), [168, 2, 3]);
        assert_eq!(cycles(&[2, 3, 4, 5, 6, 7, 8, 9, 10]), [168, 2, 3, 4, 5, 6, 7, 8]);
        let once = window(0, Once::new(hour(0), hour(1)).unwrap());
        assert_eq!(short_cycles([&once].into_iter()).as_slice(), [WEEK_MS]);
    }

    #[test]
    fn those_that_repeat_silence_for_ever_if_they_leave_no_gap_in_a_cycle() {
        let unending = |windows: &[Window], from: i64, cycle: i64, mut budget: u64| {
            unending_by(windows.iter(), hour(from), cycle * HOUR, &mut budget).map(|t| t / HOUR)
        };
        let halves = halves();
        assert_eq!(unending(&halves, 30, 24, 100), Some(30));
        assert_eq!(unending(&halves, 30, 48, 100), Some(30));
        // From when the later of them begins.
        assert_eq!(unending(&halves, 0, 24, 100), Some(12));
        // Neither repeats after so long.
        assert_eq!(unending(&halves, 30, 36, 100), None);
        assert_eq!(unending(&halves, 30, 24, 3), None);
        let gap = [window(0, periodic(0, 12, 24)), window(1, periodic(12, 11, 24))];
        assert_eq!(unending(&gap, 30, 24, 100), None);
        // What does not repeat after the cycle is not counted on.
        let once = window(2, Once::new(hour(0), hour(100)).unwrap());
        let [first, second] = gap;
        assert_eq!(unending(&[first, second, once], 30, 24, 100), None);
    }
}
