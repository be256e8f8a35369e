//! Blocks against a walk over their windows, and what is in them.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::*;
use crate::index::build::{Entry, Zones, compile};
use crate::index::shared::Compiled;
use crate::index::tests::{at, once};
use crate::schedule::{Daily, Monthly as Month, Periodic, Schedule, Weekly};
use crate::scope::Scope;
use crate::time::MonthDay;
use crate::window::Validity;

const HOUR: i64 = 3_600_000;
/// 2026-11-01, a Sunday.
const NOVEMBER: i64 = 1_793_491_200_000;

/// What a clock in UTC shows.
pub(in crate::index) fn reading(t: i64) -> Reading {
    Reading::new(t)
}

fn hour(day: i64, hour: i64) -> i64 {
    NOVEMBER + (day - 1) * DAY_MS + hour * HOUR
}

fn valid(schedule: impl Into<Schedule>, validity: Validity) -> Arc<Window> {
    let window = Window::builder("w").schedule(schedule).scope(Scope::entity("a"));
    window.valid(validity).build().unwrap().into()
}

fn always(schedule: impl Into<Schedule>) -> Arc<Window> {
    valid(schedule, Validity::ALWAYS)
}

fn between(from: i64, until: i64) -> Validity {
    Validity::new(Some(at(from)), Some(at(until)))
}

fn clock(text: &str) -> crate::time::ClockRange {
    text.parse().unwrap()
}

fn daily(text: &str) -> Daily {
    Daily::new(clock(text), chrono_tz::UTC)
}

fn on_day(day: i32, text: &str, zone: chrono_tz::Tz) -> Month {
    Month::new(MonthDay::new(day).unwrap(), clock(text), zone)
}

/// The windows as one unit, and the zones that they are in.
fn compiled(windows: &[Arc<Window>]) -> (Compiled, Vec<Zone>) {
    let mut zones = Zones::default();
    let entry = |(number, window): (usize, &Arc<Window>)| Entry {
        position: number as u64,
        window: window.clone(),
        asked: Asked::anyhow(),
    };
    let unit = compile(windows.iter().enumerate().map(entry).collect(), &mut zones);
    (unit, zones.grown().map_or(Vec::new(), |zones| zones.to_vec()))
}

fn header(windows: &[Arc<Window>]) -> Header {
    Header::read(&mut Reader::new(&compiled(windows).0.words))
}

/// Asks the block of some windows at each instant what the windows say.
fn check(windows: &[Arc<Window>], instants: &[i64]) {
    let (unit, zones) = compiled(windows);
    let context = || Context { zones: &zones, windows: &unit.windows };
    let is_silenced = |t: i64| {
        let inside = (ALWAYS.0..ALWAYS.1).contains(&t);
        inside && windows.iter().any(|window| window.is_active(at(t)))
    };
    for t in instants.iter().copied() {
        let expected = is_silenced(t);
        assert_eq!(is_active(&unit.words, context, t), expected, "{t} of {windows:?}");
        let found = stretch(&unit.words, context(), t);
        assert!(found.holds(t) && found.answer == expected, "{t}: {found:?} of {windows:?}");
        // As it is there it is all along.
        let edges = windows.iter().flat_map(|window| {
            let around = [window.previous_occurrence(at(t)), window.occurrence_at(at(t))];
            let around = around.into_iter().chain([window.next_occurrence(at(t))]).flatten();
            around.flat_map(|one| [one.start().as_millis(), one.end().as_millis()])
        });
        let ends = [found.from.max(ALWAYS.0), found.until.min(ALWAYS.1) - 1];
        for inside in edges.flat_map(|edge| [edge - 1, edge]).chain(ends) {
            let differs = found.holds(inside) && is_silenced(inside) != expected;
            assert!(!differs, "{inside} around {t}: {found:?} of {windows:?}");
        }
        // It ends for a reason.
        let far = found.until >= (t + NEAR_MS).min(ALWAYS.1);
        assert!(far || is_silenced(found.until) != expected, "{t}: {found:?} of {windows:?}");
        let far = found.from <= (t - NEAR_MS).max(ALWAYS.0);
        assert!(far || is_silenced(found.from - 1) != expected, "{t}: {found:?} of {windows:?}");
    }
}

/// A small generator of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.0 >> 33) % n as u64) as i64
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as i64) as usize]
    }

    fn clock(&mut self) -> crate::time::ClockRange {
        let [from, to] = [0; 2].map(|_| self.below(48) as u32 * 1_800_000);
        crate::time::ClockRange::new(from, to).unwrap_or(crate::time::ClockRange::WHOLE_DAY)
    }

    /// For ever, or around a day of November.
    fn validity(&mut self, bounded: bool) -> Validity {
        let from = hour(self.below(30), self.below(24));
        let until = from + (1 + self.below(200)) * HOUR;
        if bounded { between(from, until) } else { Validity::ALWAYS }
    }

    fn schedule(&mut self, kind: i64) -> Schedule {
        use chrono_tz::Tz;
        let zone = self.pick(&[Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York]);
        let start = hour(self.below(40), self.below(24));
        match kind {
            0 => once(start, start + (1 + self.below(60)) * HOUR).into(),
            1 => {
                let period = self.pick(&[6, 6, 24, 48, 50 * 24]);
                let length = 1 + self.below(period);
                Periodic::new(at(start), length * HOUR, period * HOUR).unwrap().into()
            }
            2 => Daily::new(self.clock(), zone).into(),
            3 => Weekly::new(
                [Weekday::Mon, self.pick(&[Weekday::Sun, Weekday::Thu])],
                self.clock(),
                zone,
            )
            .unwrap()
            .into(),
            4 => {
                let day = MonthDay::new(self.pick(&[1, 2, 15, 30, 31, -1, -30])).unwrap();
                Month::new(day, self.clock(), zone).into()
            }
            _ => {
                let anchor = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
                Daily::new(self.clock(), zone).every(3, anchor).unwrap().into()
            }
        }
    }
}

#[test]
fn a_block_is_a_scan_of_its_windows() {
    let dice = &mut Dice(7);
    for round in 0..240 {
        // A few of any kinds, or many of one, most of them bounded or few.
        let few = round % 3 != 0;
        let (many, kind) =
            (if few { 1 + dice.below(5) } else { 13 + dice.below(8) }, dice.below(6));
        let windows: Vec<Arc<Window>> = (0..many)
            .map(|_| {
                let kind = if few { dice.below(6) } else { kind };
                let bounded = dice.below(4) < if few { 1 } else { 2 + round % 2 };
                let schedule = dice.schedule(kind);
                valid(schedule, dice.validity(bounded))
            })
            .collect();
        let random = (0..12).map(|_| hour(dice.below(40), 0) + dice.below(DAY_MS));
        let edges = windows.iter().take(4).flat_map(|window| {
            let next = window.next_occurrence(at(hour(3, 0)));
            next.into_iter().flat_map(|next| {
                let (start, end) = (next.start().as_millis(), next.end().as_millis());
                [start - NEAR_MS, start - 1, start, end - 1, end, end + NEAR_MS - 1]
            })
        });
        let instants: Vec<i64> = random.chain(edges).filter(|t| *t < ALWAYS.1).collect();
        check(&windows, &instants);
    }
}

#[test]
fn many_monthlies_with_and_without_bounds_are_a_scan() {
    let bounds = [Validity::ALWAYS, between(hour(4, 0), hour(12, 23))];
    for bound in bounds {
        for many in [15, 16, 17] {
            let windows: Vec<Arc<Window>> = (1..=many)
                .map(|day| valid(on_day(day, "09:00-11:00", chrono_tz::Europe::Berlin), bound))
                .collect();
            let instants: Vec<i64> = (1..20)
                .flat_map(|day| [7, 8, 9, 10].map(|h| hour(day, h)))
                .flat_map(|t| [t - 1, t])
                .collect();
            check(&windows, &instants);
        }
    }
}

#[test]
fn a_stretch_goes_on_for_ten_minutes_and_ends_with_what_it_is_in_then() {
    let windows = [always(daily("02:00-03:00"))];
    let (unit, zones) = compiled(&windows);
    let context = Context { zones: &zones, windows: &unit.windows };
    let minute = |day: i64, minutes: i64| hour(day, 0) + minutes * 60_000;
    let found = |t: i64| stretch(&unit.words, context, t);
    let awake = |from: i64, until: i64| Stretch { from, until, answer: false };
    let (three, midnight, two) = (hour(5, 3), hour(6, 0), hour(6, 2));
    // The circle of a day ends with midnight.
    assert_eq!(found(hour(5, 12)), awake(three, midnight));
    assert_eq!(found(minute(6, -10)), awake(three, midnight));
    assert_eq!(found(minute(6, -10) + 1), awake(three, two));
    assert_eq!(found(minute(6, 10) - 1), awake(three, two));
    assert_eq!(found(minute(6, 10)), awake(midnight, two));
    assert_eq!(found(two), Stretch { from: two, until: hour(6, 3), answer: true });
}

#[test]
fn a_stretch_ends_with_time() {
    let windows = [always(once(ALWAYS.0, ALWAYS.1 - 1)), always(daily("00:00-24:00"))];
    let ends = [ALWAYS.0, ALWAYS.0 + 1, ALWAYS.0 + NEAR_MS, ALWAYS.1 - NEAR_MS, ALWAYS.1 - 1];
    check(&windows, &ends);
    let (unit, zones) = compiled(&windows);
    let context = Context { zones: &zones, windows: &unit.windows };
    assert_eq!(stretch(&unit.words, context, ALWAYS.0).from, ALWAYS.0);
    assert_eq!(stretch(&unit.words, context, ALWAYS.1 - 1).until, ALWAYS.1);
    check(&windows[..1], &ends);
    check(&[always(Periodic::new(at(ALWAYS.0), 1, 7 * HOUR).unwrap())], &ends);
}

#[test]
fn a_block_holds_what_its_windows_need_and_no_more() {
    let calendar = |words: usize| (hours::WORDS + 2 + words) as u32;
    let period = |hours: i64| always(Periodic::new(at(0), HOUR, hours * HOUR).unwrap());
    let parts = |windows: &[Arc<Window>]| {
        let Header { meters, calendars, rare, .. } = header(windows);
        (meters, calendars, rare)
    };
    assert_eq!(parts(&[]), (0, 0, 0));
    assert_eq!(parts(&[always(once(0, 10))]), (0, 0, 0));
    assert_eq!(parts(&[period(5), period(7)]), (2, 0, 0));
    // Two with one period share a circle.
    assert_eq!(parts(&[period(5), period(7), period(5)]), (1, 0, IN_ANY_HOUR));
    // A period that takes more than a word is asked itself.
    assert_eq!(parts(&[period(50 * 24)]), (0, 0, IN_ANY_HOUR));
    // A circle: its head, how many words, a lane of eight.
    assert_eq!(parts(&[always(daily("02:00-03:00"))]), (0, calendar(10), 0));
    let merged = ["02:00-03:00", "02:30-05:00", "12:00-13:00"].map(|text| always(daily(text)));
    assert_eq!(parts(&merged), (0, calendar(10), 0));
    let every = daily("02:00-03:00").every(3, NaiveDate::from_ymd_opt(2026, 11, 3).unwrap());
    let every = always(every.unwrap());
    assert_eq!(parts(std::slice::from_ref(&every)), (0, calendar(0), IN_SOME_HOURS));
    assert_eq!(parts(&[every, period(50 * 24)]), (0, 0, IN_ANY_HOUR));
}

#[test]
fn sixteen_monthlies_that_are_alike_make_a_table() {
    let parts = |windows: Vec<Arc<Window>>| {
        let Header { calendars, rare, .. } = header(&windows);
        ((calendars as usize - hours::WORDS - 2) / monthly::WORDS, rare)
    };
    let of = |many: i32, zone, validity| -> Vec<Arc<Window>> {
        (1..=many).map(|day| valid(on_day(day, "09:00-11:00", zone), validity)).collect()
    };
    let (utc, berlin) = (chrono_tz::UTC, chrono_tz::Europe::Berlin);
    let bound = between(hour(1, 0), hour(30, 0));
    assert_eq!(parts(of(15, utc, Validity::ALWAYS)), (15, 0));
    assert_eq!(parts(of(16, utc, Validity::ALWAYS)), (0, IN_SOME_HOURS));
    assert_eq!(parts(of(16, utc, bound)), (16, 0));
    let mixed = |other: Vec<Arc<Window>>| [of(8, utc, Validity::ALWAYS), other].concat();
    assert_eq!(parts(mixed(of(8, berlin, Validity::ALWAYS))), (16, 0));
    assert_eq!(parts(mixed(of(8, utc, bound))), (16, 0));
    assert_eq!(parts(mixed(of(9, utc, Validity::ALWAYS))), (0, IN_SOME_HOURS));
}

#[test]
fn monthlies_are_alike_in_one_zone_without_bounds() {
    let of = |zone, bounds| Monthly {
        zone,
        days: crate::schedule::MonthNumbers { from_start: 1, from_end: 0, clamp: false },
        clock: clock("09:00-11:00"),
        bounds,
    };
    let (ever, bound) = (ALWAYS, (0, ALWAYS.1));
    assert!(!is_bounded(&of(0, ever)) && is_bounded(&of(0, bound)));
    assert!(are_alike(&of(1, ever), &of(1, ever)));
    assert!(!are_alike(&of(1, ever), &of(2, ever)));
    assert!(!are_alike(&of(1, bound), &of(1, ever)) && !are_alike(&of(1, ever), &of(1, bound)));
    assert!(!are_alike(&of(1, bound), &of(1, bound)));
}

#[test]
fn the_list_of_a_block_has_every_window() {
    let plain = [3, 5];
    let asked = |named: &[u32], others| Asked { named: named.into(), others };
    let typed = [(7, asked(&[0, 4], false)), (8, asked(&[2], true))];
    let mut words = vec![1, 2, 3];
    Compiler::default().write(&mut words, &plain, &typed);
    let list = List::of(&words[3..]);
    assert_eq!(list.plain, plain);
    let read: Vec<_> = list.typed().collect();
    assert_eq!(read, [(7, &[0, 4][..], false), (8, &[2][..], true)]);
    // Two words for each that is asked by type, and one for each type.
    assert_eq!(list.len(), 2 + (2 + 2) + (2 + 1));
    let mut words = Vec::new();
    Compiler::default().write(&mut words, &[], &[]);
    assert_eq!(List::of(&words).len(), 0);
}
