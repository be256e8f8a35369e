//! Detects that the union of some windows is endless, by their periods.
//!
//! Instants repeat with the rules of a zone, after 400 years. The local times of one
//! zone repeat with the dates alone, after a day or a week: an instant is in an
//! occurrence exactly if its high-water local time is in a clock range, so clock ranges
//! that leave no gap on the clock leave none in time. Both are checked.

use smallvec::SmallVec;

use crate::schedule::lcm;
use crate::silencer::types::WindowIter;
use crate::time::civil::{CYCLE_MS, WEEK_MS};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// When to check for an endless silence, in visits of windows, and the budget of the
/// check in visits: first with short cycles, then with the cycle of the calendar. The
/// budget grows by [`BUDGET_PER_WINDOW`] for each window.
pub(super) const FIRST_CHECK: (u64, u64) = (256, 65_536);
const SECOND_CHECK: (u64, u64) = (65_536, 8_000_000);
const BUDGET_PER_WINDOW: u64 = 64;

/// The number of passes over all windows before the first check: most silences end
/// sooner.
pub(super) const MIN_PASSES: u64 = 4;

/// The maximal number of zones whose local times are checked.
const MAX_ZONES: usize = 4;

/// The maximal number of short cycles to check, the week included.
const MAX_SHORT_CYCLES: usize = 8;

/// The instant from which on the silence has no end, as far as it is known.
pub(super) struct EndlessSilence {
    /// `i64::MAX` if unknown.
    pub(super) from: i64,
    /// The number of checks so far.
    checks: u8,
}

impl Default for EndlessSilence {
    fn default() -> Self {
        Self { from: i64::MAX, checks: 0 }
    }
}

impl EndlessSilence {
    /// Checks once after [`FIRST_CHECK`] visits, and once more after [`SECOND_CHECK`].
    /// `end` is an instant up to which the silence has been followed.
    pub(super) fn detect<'a>(&mut self, windows: impl WindowIter<'a>, end: Timestamp, visits: u64) {
        if self.checks == 0 {
            self.checks = 1;
            if let Some(complete) = common_cycle(windows.clone(), end) {
                self.from = complete;
            }
            let mut budget = FIRST_CHECK.1 + BUDGET_PER_WINDOW * windows.clone().count() as u64;
            for zone in zones(windows.clone()) {
                if let Some(found) = endless_on_clock(windows.clone(), zone, end, &mut budget) {
                    self.from = self.from.min(found);
                    return;
                }
            }
            for cycle in short_cycles(windows.clone()) {
                let found = endless_from(windows.clone(), end, cycle, &mut budget);
                self.from = self.from.min(found.unwrap_or(i64::MAX));
            }
        } else if self.checks == 1 && visits > SECOND_CHECK.0 {
            self.checks = 2;
            let mut budget = SECOND_CHECK.1 + BUDGET_PER_WINDOW * windows.clone().count() as u64;
            let found = endless_from(windows, end, CYCLE_MS, &mut budget);
            self.from = self.from.min(found.unwrap_or(i64::MAX));
        }
    }
}

/// The instant at which a silence that has lasted since `from` is known to be endless:
/// all windows that end have ended, and all others have completed a common period.
/// `None` if there is no common period.
fn common_cycle<'a>(windows: impl WindowIter<'a>, from: Timestamp) -> Option<i64> {
    let (mut start, mut period) = (from.as_millis(), 1i64);
    for window in windows {
        match window.cycle() {
            (Some(periodic_from), own) => {
                start = start.max(periodic_from);
                period = lcm(period, own?)?;
            }
            (None, _) => {
                let last = window.previous_occurrence(Timestamp::END);
                start = start.max(last.map_or(i64::MIN, |last| last.end().as_millis()));
            }
        }
    }
    start.checked_add(period)
}

/// The week, and the first distinct periods of single windows.
fn short_cycles<'a>(windows: impl WindowIter<'a>) -> SmallVec<[i64; MAX_SHORT_CYCLES]> {
    let mut cycles = SmallVec::from_slice(&[WEEK_MS]);
    for window in windows {
        if let (Some(_), Some(own)) = window.cycle()
            && !cycles.contains(&own)
        {
            cycles.push(own);
            if cycles.len() == MAX_SHORT_CYCLES {
                break;
            }
        }
    }
    cycles
}

/// The first distinct zones of calendars that have no end.
fn zones<'a>(windows: impl WindowIter<'a>) -> SmallVec<[&'a Zone; MAX_ZONES]> {
    let mut zones: SmallVec<[&Zone; MAX_ZONES]> = SmallVec::new();
    for window in windows {
        let Some(calendar) = window.endless_calendar() else { continue };
        if !zones.contains(&&calendar.zone) {
            zones.push(&calendar.zone);
            if zones.len() == MAX_ZONES {
                break;
            }
        }
    }
    zones
}

/// The instant from which on the calendars of one zone silence without end: their clock
/// ranges must have no gap on the clock for a week, or for the first other period of
/// theirs, once all of them are periodic and valid. In the second pass of a fold that may
/// be before `from`: the first instant with the same high water.
fn endless_on_clock<'a>(
    windows: impl WindowIter<'a>,
    zone: &Zone,
    from: Timestamp,
    budget: &mut u64,
) -> Option<i64> {
    let in_zone = windows.filter_map(|window| {
        let calendar = window.endless_calendar().filter(|calendar| calendar.zone == *zone)?;
        let (periodic_from, period) = calendar.local_cycle()?;
        let valid_from = window.bounds().0.max(Timestamp::MIN.as_millis());
        Some((calendar, periodic_from.max(zone.high_water(valid_from)), period, valid_from))
    });
    let other =
        in_zone.clone().map(|(_, _, period, _)| period).find(|period| WEEK_MS % period != 0);
    let start = zone.high_water(from.as_millis());
    [Some(WEEK_MS), other].into_iter().flatten().find_map(|cycle| {
        let periodic = in_zone.clone().filter(|(_, _, period, _)| cycle % period == 0);
        let begun = periodic.clone().map(|(_, periodic_from, ..)| periodic_from).max()?.max(start);
        let mut end = begun;
        let complete = begun.checked_add(cycle)?;
        while end < complete {
            let before = end;
            for (calendar, ..) in periodic.clone() {
                *budget = budget.checked_sub(1)?;
                end = end.max(calendar.covered_until_local(end, complete));
            }
            if end == before {
                return None;
            }
        }
        // A validity may begin while high water stands still.
        let valid_from = periodic.map(|(.., valid_from)| valid_from).max()?;
        Some(zone.first_instant(begun).max(valid_from))
    })
}

/// The instant, not before `from`, from which on the windows whose period divides
/// `cycle` silence without end: the union of these windows alone must have no gap for a
/// whole cycle, once all of them are periodic. `None` if there is a gap, or if the budget
/// is used up.
fn endless_from<'a>(
    windows: impl WindowIter<'a>,
    from: Timestamp,
    cycle: i64,
    budget: &mut u64,
) -> Option<i64> {
    let repeats = |window: &Window| match window.cycle() {
        (Some(periodic_from), Some(own)) if cycle % own == 0 => Some(periodic_from),
        _ => None,
    };
    let mut periodic_from = None;
    for window in windows.clone() {
        *budget = budget.checked_sub(window.visit_cost())?;
        periodic_from = periodic_from.max(repeats(window));
    }
    let periodic_from = periodic_from?;
    let begun = from.max(Timestamp::saturating(periodic_from));
    let complete = begun.as_millis().checked_add(cycle)?;
    let mut end = begun;
    while end.as_millis() < complete && end < Timestamp::END {
        let before = end;
        for window in windows.clone() {
            *budget = budget.checked_sub(window.visit_cost())?;
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
    use super::*;
    use crate::schedule::{Daily, Once, Periodic, Schedule};
    use crate::scope::Scope;
    use crate::testing::HOUR;

    fn window(number: usize, schedule: impl Into<Schedule>) -> Window {
        let scope = Scope::everything();
        Window::builder(number.to_string()).schedule(schedule).scope(scope).build().unwrap()
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
    fn common_cycle_after_last_end_and_period() {
        let two = window(0, periodic(5, 1, 2));
        let three = window(1, periodic(7, 1, 3));
        let once = window(2, Once::new(hour(40), hour(50)).unwrap());
        let complete =
            |windows: &[&Window]| common_cycle(windows.iter().copied(), hour(10)).map(|t| t / HOUR);
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
    fn short_cycles_week_and_first_distinct() {
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

    fn daily(number: usize, clock: &str, zone: &str) -> Window {
        let zone: Zone = zone.parse().unwrap();
        window(number, Daily::new(clock.parse().unwrap(), zone))
    }

    #[test]
    fn zones_first_distinct_without_end() {
        let names = ["UTC", "Asia/Tokyo", "UTC", "Europe/Berlin", "Africa/Lagos", "Asia/Dubai"];
        let mut windows: Vec<Window> =
            names.iter().map(|name| daily(0, "00:00-12:00", name)).collect();
        let found = |windows: &[Window]| -> Vec<String> {
            zones(windows.iter()).iter().map(|zone| zone.name().to_owned()).collect()
        };
        assert_eq!(found(&windows), ["UTC", "Asia/Tokyo", "Europe/Berlin", "Africa/Lagos"]);
        assert_eq!(found(&windows[..3]), ["UTC", "Asia/Tokyo"]);
        // Neither a period without a calendar, nor a calendar with an end.
        windows[0] = window(0, periodic(0, 1, 2));
        let half: Schedule =
            Daily::new("00:00-12:00".parse().unwrap(), chrono_tz::Asia::Tokyo).into();
        let ends = Window::builder("ends").schedule(half).scope(Scope::everything());
        windows[1] = ends.validity(..hour(100)).build().unwrap();
        assert_eq!(found(&windows[..3]), ["UTC"]);
    }

    /// What one check finds, at an instant when all windows have begun.
    fn detected(windows: &[Window], checks: u8, visits: u64) -> (i64, u8) {
        let mut found = EndlessSilence { from: i64::MAX, checks };
        found.detect(windows.iter(), hour(500_000), visits);
        (found.from, found.checks)
    }

    /// Two windows that alternate, each for `ms` from its start on, the later one first if
    /// `is_reversed`; and more windows that do not matter, up to `count`.
    fn alternating(ms: i64, is_reversed: bool, count: usize) -> Vec<Window> {
        let half = |at| Periodic::new(Timestamp::saturating(at), ms, 2 * ms).unwrap();
        let mut windows = vec![window(0, half(0)), window(1, half(ms))];
        if is_reversed {
            windows.reverse();
        }
        let short = window(2, Periodic::new(hour(0), 1, 2 * ms).unwrap());
        windows.resize(count, short);
        windows
    }

    #[test]
    fn detect_first_budget_grows_with_windows() {
        let end = hour(500_000).as_millis();
        // 14 passes over a week, or less if both halves of a day are visited in order.
        assert_eq!(detected(&alternating(12 * HOUR, false, 10_000), 0, 256), (end, 1));
        assert_eq!(detected(&alternating(12 * HOUR, true, 10_000), 0, 256), (end, 1));
    }

    #[test]
    fn detect_first_budget_bounded() {
        // More than 60,000 passes over a week: what is left is the common period.
        let found = detected(&alternating(5000, false, 2), 0, 256);
        assert_eq!(found, (hour(500_000).as_millis() + 10_000, 1));
    }

    // chrono-tz has no rule for the time after its tables: its zones become constant.
    #[cfg(feature = "tzdb")]
    #[test]
    fn detect_second_after_more_visits() {
        // Instants of two zones repeat together after 400 years only.
        let windows =
            [daily(0, "00:00-16:00", "Europe/Berlin"), daily(1, "05:00-24:00", "America/New_York")];
        let end = hour(500_000).as_millis();
        let mut found = EndlessSilence::default();
        let mut detect = |visits| {
            found.detect(windows.iter(), hour(500_000), visits);
            (found.from, found.checks)
        };
        assert_eq!(detect(256), (end + CYCLE_MS, 1));
        assert_eq!(detect(SECOND_CHECK.0), (end + CYCLE_MS, 1));
        assert_eq!(detect(SECOND_CHECK.0 + 1), (end, 2));
        assert_eq!(detect(u64::MAX), (end, 2));
    }

    #[test]
    fn detect_second_budget_grows_with_windows() {
        // A hundred passes over 125,001 windows are more than the budget of two windows.
        let years = CYCLE_MS / 200;
        let windows = alternating(years, false, 125_001);
        assert_eq!(detected(&windows, 1, u64::MAX), (hour(500_000).as_millis(), 2));
    }

    #[test]
    fn detect_second_budget_bounded() {
        // Four million passes over 400 years.
        let windows = alternating(HOUR * 3 / 8, false, 2);
        assert_eq!(detected(&windows, 1, u64::MAX), (i64::MAX, 2));
    }

    #[test]
    fn endless_on_clock_gap_of_the_zone_hides_no_gap_of_the_clock() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let found = |windows: &[Window], from: &str| {
            let from: Timestamp = from.parse().unwrap();
            let found = endless_on_clock(windows.iter(), &berlin, from, &mut 1000);
            found.map(|found| found - from.as_millis())
        };
        let halves = [
            daily(0, "00:00-12:00", "Europe/Berlin"),
            daily(1, "12:00-24:00", "Europe/Berlin"),
            daily(2, "09:00-10:00", "UTC"),
        ];
        assert_eq!(found(&halves, "2026-11-27T05:30:00Z"), Some(0));
        // The local time stands still in the second pass of the fold.
        assert_eq!(found(&halves, "2026-10-25T01:30:00Z"), Some(-1_800_001));
        // From 02:00 to 03:00 nothing is silenced; the clock skips that on 2026-03-29.
        let gap =
            [daily(0, "03:00-12:00", "Europe/Berlin"), daily(1, "12:00-02:00", "Europe/Berlin")];
        assert_eq!(found(&gap, "2026-03-28T22:00:00Z"), None);
        // Other zones do not count.
        assert_eq!(found(&halves[1..], "2026-11-27T12:30:00Z"), None);
    }

    #[test]
    fn endless_on_clock_starts_with_the_last_validity() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let begin: Timestamp = "2030-01-01T05:00:00Z".parse().unwrap();
        let half: Schedule = Daily::new("12:00-24:00".parse().unwrap(), berlin.clone()).into();
        let later = Window::builder("later").schedule(half).scope(Scope::everything());
        let later = later.validity(begin..).build().unwrap();
        let windows = [daily(0, "00:00-12:00", "Europe/Berlin"), later];
        let found = endless_on_clock(windows.iter(), &berlin, Timestamp::saturating(0), &mut 1000);
        assert_eq!(found, Some(begin.as_millis()));
        assert_eq!(endless_on_clock(windows.iter(), &berlin, begin, &mut 3), None, "the budget");
    }

    /// High water is the same from the first pass on; the later window is not.
    #[test]
    fn endless_on_clock_validity_in_second_pass() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let begin: Timestamp = "2026-10-25T01:30:00Z".parse().unwrap();
        let half: Schedule = Daily::new("00:00-12:00".parse().unwrap(), berlin.clone()).into();
        let later = Window::builder("later").schedule(half).scope(Scope::everything());
        let later = later.validity(begin..).build().unwrap();
        let windows = [later, daily(1, "12:00-24:00", "Europe/Berlin")];
        let from = Timestamp::saturating(begin.as_millis() - 10 * HOUR);
        let found = endless_on_clock(windows.iter(), &berlin, from, &mut 1000);
        assert_eq!(found, Some(begin.as_millis()));
    }

    /// Two days, and the other two: found by the second cycle.
    #[test]
    fn endless_on_clock_period_other_than_a_week() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let date = |day| chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        let every = |number: usize, day: u32| {
            let daily = Daily::new("00:00-24:00".parse().unwrap(), berlin.clone());
            window(number, daily.with_interval(2, date(day)).unwrap())
        };
        let windows = [daily(2, "09:00-10:00", "Europe/Berlin"), every(0, 1), every(1, 2)];
        let from: Timestamp = "2026-11-27T05:30:00Z".parse().unwrap();
        let found = endless_on_clock(windows.iter(), &berlin, from, &mut 1000);
        assert_eq!(found, Some(from.as_millis()));
        assert_eq!(endless_on_clock(windows[1..].iter(), &berlin, from, &mut 1000), found);
        assert_eq!(endless_on_clock(windows[..2].iter(), &berlin, from, &mut 1000), None);
    }

    #[test]
    fn endless_from_requires_cycle_without_gap() {
        let endless = |windows: &[Window], from: i64, cycle: i64, mut budget: u64| {
            endless_from(windows.iter(), hour(from), cycle * HOUR, &mut budget).map(|t| t / HOUR)
        };
        let halves = halves();
        assert_eq!(endless(&halves, 30, 24, 100), Some(30));
        assert_eq!(endless(&halves, 30, 48, 100), Some(30));
        // From when the later of them begins.
        assert_eq!(endless(&halves, 0, 24, 100), Some(12));
        // The range of time ends before the cycle does.
        let last = Timestamp::END.as_millis() - HOUR;
        let last = Timestamp::from_millis(last).unwrap();
        let found = endless_from(halves.iter(), last, 24 * HOUR, &mut 100);
        assert_eq!(found, Some(last.as_millis()));
        // Neither has this period.
        assert_eq!(endless(&halves, 30, 36, 100), None);
        assert_eq!(endless(&halves, 30, 24, 3), None);
        let gap = [window(0, periodic(0, 12, 24)), window(1, periodic(12, 11, 24))];
        assert_eq!(endless(&gap, 30, 24, 100), None);
        // What does not repeat after the cycle is not counted on.
        let once = window(2, Once::new(hour(0), hour(100)).unwrap());
        let [first, second] = gap;
        assert_eq!(endless(&[first, second, once], 30, 24, 100), None);
    }
}
