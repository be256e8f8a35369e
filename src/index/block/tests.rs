//! Blocks against a linear evaluation of their windows, and the content of blocks.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::*;
use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::builder::OverflowCounts;
use crate::index::block::segments::{NEAR_TARGET_MS, collect_silences};
use crate::index::block::test_util::{NOVEMBER, hour};
use crate::index::intern::ZoneInterner;
use crate::index::near::{ALWAYS, AnswerSpan, NearState};
use crate::index::prefilter::{Prefilter, TimeOfWeekMask};
use crate::index::test_util::{at, once};
use crate::index::windows::WindowTable;
use crate::schedule::{Daily, Monthly as Month, Periodic, Schedule, Weekly};
use crate::scope::Scope;
use crate::testing::{HOUR, SplitMix64};
use crate::time::MonthDay;
use crate::time::civil::DAY_MS;
use crate::time::coalesce;
use crate::window::{Validity, Window};

fn valid(schedule: impl Into<Schedule>, validity: Validity) -> Arc<Window> {
    let window = Window::builder("w").schedule(schedule).scope(Scope::entity("a"));
    window.validity(validity).build().unwrap().into()
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

/// An encoded block, its prefilter, and the zones of its windows.
struct TestBlock {
    words: Vec<u32>,
    prefilter: Prefilter,
    zones: Vec<Zone>,
}

impl TestBlock {
    fn of(windows: &[Arc<Window>]) -> Self {
        Self::within(windows, usize::MAX)
    }

    fn within(windows: &[Arc<Window>], most: usize) -> Self {
        let mut zones = ZoneInterner::default();
        let mut writer = BlockWriter::default();
        for (number, window) in windows.iter().enumerate() {
            writer.add_window(number as u32, window, &mut zones);
        }
        let untyped: Vec<u32> = (0..windows.len() as u32).collect();
        let mut words = Vec::new();
        let prefilter = writer.write(&mut words, &untyped, &[], most);
        assert_eq!(WindowList::of(&words).untyped, untyped);
        words.extend([0; MIN_READABLE_WORDS + TAIL_PADDING]);
        Self {
            words,
            prefilter,
            zones: zones.merged_if_changed().map_or(Vec::new(), |zones| zones.to_vec()),
        }
    }

    fn header(&self) -> Header<'_> {
        Header::read(&mut WordReader::new(&self.words))
    }

    /// The time-of-week masks of the calendars and of the overflow section.
    fn prefilters(&self) -> Vec<u32> {
        let header = self.header();
        header.prefilters[..header.prefilter_len()].to_vec()
    }

    /// The counts of the overflow section.
    fn overflow(&self) -> OverflowCounts {
        let header = self.header();
        if !header.has_overflow {
            return OverflowCounts::default();
        }
        let mut words = WordReader::new(&self.words[header.one_time as usize..]);
        one_time::skip(&mut words);
        let [calendar_cycles, period_cycles, month_rules, month_tables, fallback] =
            *words.take_array();
        OverflowCounts { calendar_cycles, period_cycles, month_rules, month_tables, fallback }
    }
}

/// Compares the answers and spans of a block with those of its windows, compiled and as
/// fallback.
fn check(windows: &[Arc<Window>], instants: &[i64]) {
    check_block(&TestBlock::of(windows), windows, instants);
    let fallback = TestBlock::within(windows, 0);
    assert_eq!(fallback.overflow().fallback as usize, windows.len());
    check_block(&fallback, windows, instants);
}

fn check_block(block: &TestBlock, windows: &[Arc<Window>], instants: &[i64]) {
    let table = WindowTable::of(windows);
    let context = || Context { zones: &block.zones, windows: table.lookup() };
    let is_silenced = |t: i64| {
        let inside = (ALWAYS.0..ALWAYS.1).contains(&t);
        inside && windows.iter().any(|window| window.is_active(at(t)))
    };
    for t in instants.iter().copied() {
        let expected = is_silenced(t);
        let is_active_with =
            |spans| is_active(&block.words, spans, TimeOfWeekBits::of(t), context, t);
        let candidates = block.prefilter.candidates(t);
        for active in
            [is_active_with(true), candidates.is_any() && is_active_with(candidates.spans)]
        {
            assert_eq!(active, expected, "{t}, {candidates:?} of {windows:?}");
        }
        let NearState { span: found, before_ms: before, after_ms: after } =
            near_state(&block.words, context(), t);
        assert!(found.contains(t) && found.silenced == expected, "{t}: {found:?} of {windows:?}");
        // The answer is constant in the span.
        let edges = |t: i64| {
            let edges = windows.iter().flat_map(move |window| {
                let around = [window.previous_occurrence(at(t)), window.occurrence_at(at(t))];
                let around = around.into_iter().chain([window.next_occurrence(at(t))]).flatten();
                around.flat_map(|one| [one.start().as_millis(), one.end().as_millis()])
            });
            edges.flat_map(|edge| [edge - 1, edge])
        };
        let ends = [found.from.max(ALWAYS.0), found.until.min(ALWAYS.1) - 1];
        for inside in edges(t).chain(ends) {
            let differs = found.contains(inside) && is_silenced(inside) != expected;
            assert!(!differs, "{inside} around {t}: {found:?} of {windows:?}");
        }
        // The answer is the opposite in the neighbouring spans.
        for (from, until) in [(found.from - before, found.from), (found.until, found.until + after)]
        {
            let ends = if from < until { vec![from, until - 1] } else { vec![] };
            let instants = ends.iter().flat_map(|end| edges(*end)).chain(ends.iter().copied());
            for inside in instants.filter(|t| (from..until).contains(t)) {
                assert!(is_silenced(inside) != expected, "{inside} neighbours {t} of {windows:?}");
            }
        }
        // The silences of a day before and after.
        let (nearby, mut steps, mut all) = ((t - DAY_MS, t + DAY_MS), 10_000, Vec::new());
        if collect_silences(&block.words, context(), nearby, &mut steps, &mut all) {
            let silences = coalesce(&mut all);
            let ends = silences.iter().flat_map(|(from, until)| [*from, until - 1, *until]);
            for inside in edges(t).chain(ends).filter(|t| (nearby.0..nearby.1).contains(t)) {
                let is_in = silences.iter().any(|(from, until)| (*from..*until).contains(&inside));
                assert_eq!(is_in, is_silenced(inside), "{inside} near {t} of {windows:?}");
            }
        }
        // The span does not end without a reason.
        let far = found.until >= (t + NEAR_TARGET_MS).min(ALWAYS.1);
        assert!(far || is_silenced(found.until) != expected, "{t}: {found:?} of {windows:?}");
        let far = found.from <= (t - NEAR_TARGET_MS).max(ALWAYS.0);
        assert!(far || is_silenced(found.from - 1) != expected, "{t}: {found:?} of {windows:?}");
    }
}

/// Random schedules and validities.
struct Generator(SplitMix64);

impl Generator {
    fn below(&mut self, n: i64) -> i64 {
        self.0.below(n)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        self.0.pick(of)
    }

    fn clock(&mut self) -> crate::time::ClockRange {
        let [from, to] = [0; 2].map(|_| self.below(48) as u32 * 1_800_000);
        crate::time::ClockRange::new(from, to).unwrap_or(crate::time::ClockRange::WHOLE_DAY)
    }

    /// Always, or an interval in November.
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
                Daily::new(self.clock(), zone).with_interval(3, anchor).unwrap().into()
            }
        }
    }
}

#[test]
fn block_random_windows_match_scan() {
    let random = &mut Generator(SplitMix64::new(7));
    for round in 0..240 {
        // A few of any kind; or many of one kind, most of them with or without validity.
        let few = round % 3 != 0;
        let (many, kind) =
            (if few { 1 + random.below(5) } else { 13 + random.below(8) }, random.below(6));
        let windows: Vec<Arc<Window>> = (0..many)
            .map(|_| {
                let kind = if few { random.below(6) } else { kind };
                let bounded = random.below(4) < if few { 1 } else { 2 + round % 2 };
                let schedule = random.schedule(kind);
                valid(schedule, random.validity(bounded))
            })
            .collect();
        let random = (0..12).map(|_| hour(random.below(40), 0) + random.below(DAY_MS));
        let edges = windows.iter().take(4).flat_map(|window| {
            let next = window.next_occurrence(at(hour(3, 0)));
            next.into_iter().flat_map(|next| {
                let (start, end) = (next.start().as_millis(), next.end().as_millis());
                [start - NEAR_TARGET_MS, start - 1, start, end - 1, end, end + NEAR_TARGET_MS - 1]
            })
        });
        let instants: Vec<i64> = random.chain(edges).filter(|t| *t < ALWAYS.1).collect();
        check(&windows, &instants);
    }
}

#[test]
fn block_many_month_rules_match_scan() {
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
fn near_state_extends_ten_minutes() {
    let windows = [always(daily("02:00-03:00"))];
    let block = TestBlock::of(&windows);
    let table = WindowTable::of(&windows);
    let context = Context { zones: &block.zones, windows: table.lookup() };
    let minute = |day: i64, minutes: i64| hour(day, 0) + minutes * 60_000;
    let found = |t: i64| near_state(&block.words, context, t).span;
    let inactive = |from: i64, until: i64| AnswerSpan { from, until, silenced: false };
    let (before, three, two) = (hour(5, 2), hour(5, 3), hour(6, 2));
    // A span of a daily rule lasts from 02:00 to 02:00.
    assert_eq!(found(hour(5, 12)), inactive(three, two));
    assert_eq!(found(minute(5, 170)), AnswerSpan { from: before, until: three, silenced: true });
    assert_eq!(found(two), AnswerSpan { from: two, until: hour(6, 3), silenced: true });
    // Neighbours are reported if they are less than ten minutes away.
    let neighbours = |t: i64| {
        let NearState { before_ms: before, after_ms: after, .. } =
            near_state(&block.words, context, t);
        [before, after]
    };
    assert_eq!(neighbours(hour(5, 12)), [0, 0]);
    assert_eq!([minute(6, 110), minute(6, 110) + 1].map(neighbours), [[0, 0], [0, HOUR]]);
    assert_eq!([minute(5, 190), minute(5, 190) - 1].map(neighbours), [[0, 0], [HOUR, 0]]);
    assert_eq!(neighbours(three - 1), [0, 23 * HOUR]);
    // With many windows a span ends at midnight, where the cycle of a day ends.
    let many = vec![always(daily("02:00-03:00")); 1 + MAX_INLINE_CALENDARS];
    let block = TestBlock::of(&many);
    let table = WindowTable::of(&many);
    let context = Context { zones: &block.zones, windows: table.lookup() };
    let found = |t: i64| near_state(&block.words, context, t).span;
    let midnight = hour(6, 0);
    assert_eq!(found(hour(5, 12)), inactive(three, midnight));
    assert_eq!(found(minute(6, -10)), inactive(three, midnight));
    assert_eq!(found(minute(6, -10) + 1), inactive(three, two));
    assert_eq!(found(minute(6, 10) - 1), inactive(three, two));
    assert_eq!(found(minute(6, 10)), inactive(midnight, two));
}

#[test]
fn near_state_is_cut_at_24_days() {
    let window = [always(once(NOVEMBER - 1000 * DAY_MS, NOVEMBER + 1000 * DAY_MS))];
    for (windows, silenced) in [(&[][..], false), (&window, true)] {
        let block = TestBlock::of(windows);
        let table = WindowTable::of(windows);
        let context = Context { zones: &block.zones, windows: table.lookup() };
        let found = near_state(&block.words, context, NOVEMBER).span;
        let (from, until) = (NOVEMBER - i64::from(i32::MAX), NOVEMBER + i64::from(i32::MAX));
        assert_eq!(found, AnswerSpan { from, until, silenced });
    }
}

#[test]
fn near_state_ends_with_time() {
    let windows = [always(once(ALWAYS.0, ALWAYS.1 - 1)), always(daily("00:00-24:00"))];
    let ends = [
        ALWAYS.0,
        ALWAYS.0 + 1,
        ALWAYS.0 + NEAR_TARGET_MS,
        ALWAYS.1 - NEAR_TARGET_MS,
        ALWAYS.1 - 1,
    ];
    check(&windows, &ends);
    let block = TestBlock::of(&windows);
    let table = WindowTable::of(&windows);
    let context = Context { zones: &block.zones, windows: table.lookup() };
    assert_eq!(near_state(&block.words, context, ALWAYS.0).span.from, ALWAYS.0);
    assert_eq!(near_state(&block.words, context, ALWAYS.1 - 1).span.until, ALWAYS.1);
    check(&windows[..1], &ends);
    check(&[always(Periodic::new(at(ALWAYS.0), 1, 7 * HOUR).unwrap())], &ends);
}

#[test]
fn layout_many_calendars_overflow() {
    let period = |hours: i64| always(Periodic::new(at(0), HOUR, hours * HOUR).unwrap());
    let parts = |windows: &[Arc<Window>]| {
        let block = TestBlock::of(windows);
        let OverflowCounts { calendar_cycles, period_cycles, month_rules, month_tables, fallback } =
            block.overflow();
        let overflow = [calendar_cycles, period_cycles, month_rules, month_tables, fallback];
        (block.header().periodic, block.header().calendars, overflow)
    };
    assert_eq!(parts(&[]), (0, 0, [0; 5]));
    assert_eq!(parts(&[always(once(0, 10))]), (0, 0, [0; 5]));
    assert_eq!(parts(&[period(5), period(7)]), (2, 0, [0; 5]));
    // Two with one period form a cycle.
    assert_eq!(parts(&[period(5), period(7), period(5)]), (1, 0, [0, 1, 0, 0, 0]));
    // A period of more than 32 bits is evaluated directly.
    assert_eq!(parts(&[period(50 * 24)]), (0, 0, [0, 0, 0, 0, 1]));
    let every =
        daily("02:00-03:00").with_interval(3, NaiveDate::from_ymd_opt(2026, 11, 3).unwrap());
    assert_eq!(parts(&[always(every.unwrap())]), (0, 0, [0, 0, 0, 0, 1]));
    let weekly = || Weekly::new([Weekday::Mon], clock("02:00-03:00"), chrono_tz::UTC).unwrap();
    let monthly = || on_day(1, "02:00-03:00", chrono_tz::UTC);
    let mut calendars = vec![always(daily("02:00-03:00")), always(weekly()), always(monthly())];
    for count in 3..=MAX_INLINE_CALENDARS {
        assert_eq!(parts(&calendars), (0, count as u32, [0; 5]));
        calendars.push(always(daily("12:00-13:00")));
    }
    // A cycle of a day, one of a week, and a month rule.
    assert_eq!(parts(&calendars), (0, 0, [2, 0, 1, 0, 0]));
    calendars.push(period(5));
    assert_eq!(parts(&calendars), (1, 0, [2, 0, 1, 0, 0]));
}

#[test]
fn prefilter_covers_all_rules() {
    let head = |windows: &[Arc<Window>]| TestBlock::of(windows).prefilters();
    let prefilter = |windows: &[Arc<Window>]| TestBlock::of(windows).prefilter;
    let hours = |from: u32, to: u32| {
        let length = i64::from(to - from) * HOUR;
        TimeOfWeekMask::for_clock(
            crate::schedule::ALL_WEEKDAYS,
            from * HOUR as u32,
            length,
            &Zone::utc(),
        )
    };
    let (night, noon) = (always(daily("02:00-03:00")), always(daily("12:00-14:00")));
    let two = [night.clone(), noon.clone()];
    assert_eq!(head(&two), [hours(2, 3).bits(), hours(12, 14).bits()]);
    assert_eq!(prefilter(&two).time_of_week, hours(2, 3).union(hours(12, 14)));
    assert_eq!(prefilter(&two).span_buckets, 0);
    let many = [vec![night.clone(); MAX_INLINE_CALENDARS], vec![noon]].concat();
    let both = hours(2, 3).union(hours(12, 14));
    assert_eq!(head(&many), [both.bits()]);
    assert_eq!(prefilter(&many).time_of_week, both);
    // A window that is evaluated directly has a mask, too.
    let every =
        daily("05:00-06:00").with_interval(3, NaiveDate::from_ymd_opt(2026, 11, 3).unwrap());
    let every = always(every.unwrap());
    let keeps = [night.clone(), every.clone()];
    assert_eq!(head(&keeps), [hours(2, 3).bits(), hours(5, 6).bits()]);
    assert_eq!(prefilter(&keeps).time_of_week, hours(2, 3).union(hours(5, 6)));
    // A window without a clock range matches at any time.
    let period = |hours: i64| always(Periodic::new(at(0), HOUR, hours * HOUR).unwrap());
    for any in [vec![period(5)], vec![period(5), period(5)], vec![period(50 * 24)]] {
        let is_alone = any[0..1] == any[..] && TestBlock::of(&any).header().periodic == 1;
        let windows = [any, vec![night.clone(), every.clone()]].concat();
        assert_eq!(prefilter(&windows).time_of_week, TimeOfWeekMask::ALWAYS);
        let overflow = if is_alone { hours(5, 6) } else { TimeOfWeekMask::ALWAYS };
        assert_eq!(head(&windows), [hours(2, 3).bits(), overflow.bits()]);
    }
    assert_eq!(prefilter(&[]), Prefilter::default());
    let span = [always(once(0, 10))];
    assert_eq!(
        (prefilter(&span).time_of_week, prefilter(&span).span_buckets),
        (TimeOfWeekMask::default(), 1)
    );
}

#[test]
fn layout_16_month_rules_form_table() {
    let parts = |windows: Vec<Arc<Window>>| {
        let OverflowCounts { month_rules, month_tables, .. } = TestBlock::of(&windows).overflow();
        (month_rules, month_tables)
    };
    let of = |many: i32, zone, validity| -> Vec<Arc<Window>> {
        (1..=many).map(|day| valid(on_day(day, "09:00-11:00", zone), validity)).collect()
    };
    let (utc, berlin) = (chrono_tz::UTC, chrono_tz::Europe::Berlin);
    let bound = between(hour(1, 0), hour(30, 0));
    assert_eq!(parts(of(15, utc, Validity::ALWAYS)), (15, 0));
    assert_eq!(parts(of(16, utc, Validity::ALWAYS)), (0, 1));
    assert_eq!(parts(of(16, utc, bound)), (16, 0));
    let mixed = |other: Vec<Arc<Window>>| [of(8, utc, Validity::ALWAYS), other].concat();
    assert_eq!(parts(mixed(of(8, berlin, Validity::ALWAYS))), (16, 0));
    assert_eq!(parts(mixed(of(8, utc, bound))), (16, 0));
    assert_eq!(parts(mixed(of(9, utc, Validity::ALWAYS))), (0, 1));
}

#[test]
fn window_list_has_every_window() {
    let untyped = [3, 5];
    let is_active_with =
        |exceptions: &[u32], default| AlertTypeFilter { exceptions: exceptions.into(), default };
    let alert_typed = [(7, is_active_with(&[0, 4], false)), (8, is_active_with(&[2], true))];
    let mut words = vec![1, 2, 3];
    BlockWriter::default().write(&mut words, &untyped, &alert_typed, usize::MAX);
    let list = WindowList::of(&words[3..]);
    assert_eq!(list.untyped, untyped);
    let read: Vec<_> = list.alert_typed().collect();
    assert_eq!(read, [(7, &[0, 4][..], false), (8, &[2][..], true)]);
    // Two words for each alert-typed window, and one for each exception.
    assert_eq!(list.alert_typed.len(), (2 + 2) + (2 + 1));
    let mut words = Vec::new();
    BlockWriter::default().write(&mut words, &[], &[], usize::MAX);
    let list = WindowList::of(&words);
    assert!(list.untyped.is_empty() && list.alert_typed.is_empty());
}
