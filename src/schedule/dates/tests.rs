//! Date sets compared with an oracle that checks one date after the other.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::schedule::days::day_number;

/// The rules of a [`DateSet`], evaluated by the sentences of the semantics page.
#[derive(Clone, Debug)]
struct Oracle {
    weekdays: Vec<Weekday>,
    days: Vec<MonthDay>,
    short_month: ShortMonth,
    months: Vec<u32>,
    every: Option<(u32, Unit, NaiveDate)>,
    except: Vec<NaiveDate>,
    count: Option<u32>,
}

impl Oracle {
    fn dates(&self) -> DateSet {
        let mut dates = if self.days.is_empty() {
            DateSet::on_weekdays(self.weekdays.iter().copied()).unwrap()
        } else {
            DateSet::on_month_days(self.days.iter().copied(), self.short_month).unwrap()
        };
        dates = dates.with_months(self.months.iter().copied()).unwrap();
        if let Some((n, unit, anchor)) = self.every {
            dates = dates.with_interval(n, unit, anchor).unwrap();
        }
        if let Some(count) = self.count {
            dates = dates.with_count(count).unwrap();
        }
        dates.without_dates(self.except.iter().copied()).unwrap()
    }

    /// The dates of the set in `from..=until`.
    fn list(&self, from: NaiveDate, until: NaiveDate) -> Vec<NaiveDate> {
        let begin = match (self.count, self.every) {
            (Some(_), Some((.., anchor))) => anchor,
            _ => from,
        };
        let counted = self.count.map_or(usize::MAX, |count| count as usize);
        let dates = begin.iter_days().take_while(|date| *date <= until);
        dates
            .filter(|date| self.selects(*date))
            .take(counted)
            .filter(|date| *date >= from && !self.except.contains(date))
            .collect()
    }

    fn selects(&self, date: NaiveDate) -> bool {
        let by_day = if self.days.is_empty() {
            self.weekdays.contains(&date.weekday())
        } else {
            self.days.iter().any(|day| self.is_month_day(date, *day))
        };
        by_day && self.months.contains(&date.month()) && self.is_in_step(date)
    }

    fn is_month_day(&self, date: NaiveDate, day: MonthDay) -> bool {
        let first = date.with_day(1).unwrap();
        let mut month: Vec<NaiveDate> =
            first.iter_days().take_while(|d| d.month() == date.month()).collect();
        let last = month[month.len() - 1];
        let wanted = match (day.number(), day.nth_weekday()) {
            (Some(number), _) => number,
            (_, Some((n, weekday))) => {
                month.retain(|d| d.weekday() == weekday);
                n
            }
            _ => unreachable!(),
        };
        if wanted < 0 {
            month.reverse();
        }
        match month.get(wanted.unsigned_abs() as usize - 1) {
            Some(day) => *day == date,
            None => self.short_month == ShortMonth::Clamp && date == last,
        }
    }

    fn is_in_step(&self, date: NaiveDate) -> bool {
        let Some((n, unit, anchor)) = self.every else { return true };
        let monday = |d: NaiveDate| d.week(Weekday::Mon).first_day();
        let months = |d: NaiveDate| i64::from(d.year()) * 12 + i64::from(d.month0());
        let units = match unit {
            Unit::Day => (date - anchor).num_days(),
            Unit::Week => (monday(date) - monday(anchor)).num_days() / 7,
            Unit::Month => months(date) - months(anchor),
            Unit::Year => i64::from(date.year()) - i64::from(anchor.year()),
        };
        units % i64::from(n) == 0
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Around the ends of months of years that are and are not leap years.
fn a_date() -> impl Strategy<Value = NaiveDate> {
    let year = prop_oneof![
        4 => 2019..2030_i32,
        2 => prop::sample::select(vec![1600, 1900, 1901, 1904, 2000, 2096, 2097, 2100, 2104]),
    ];
    (year, 1..=12_u32, prop_oneof![Just(0_u64), 0..31_u64, 27..31_u64])
        .prop_map(|(year, month, days)| date(year, month, 1) + Days::new(days))
}

fn a_month_day() -> impl Strategy<Value = MonthDay> {
    let number = prop_oneof![1..=31_i32, 28..=31_i32, -31..=-1_i32, -31..=-28_i32];
    let nth = prop_oneof![1..=5_i32, -5..=-1_i32, Just(5), Just(-5)];
    prop_oneof![
        number.prop_map(|day| MonthDay::new(day).unwrap()),
        (nth, 0..7_u8).prop_map(|(n, weekday)| {
            MonthDay::nth(n, Weekday::try_from(weekday).unwrap()).unwrap()
        }),
    ]
}

fn an_oracle() -> impl Strategy<Value = Oracle> {
    let weekdays =
        prop_oneof![Just((0..7).collect::<Vec<u8>>()), prop::collection::vec(0..7_u8, 1..3),];
    let days = prop_oneof![Just(Vec::new()), prop::collection::vec(a_month_day(), 1..3)];
    let months = prop_oneof![
        2 => Just((1..=12).collect::<Vec<u32>>()),
        1 => prop::collection::vec(1..=12_u32, 1..3),
        1 => Just(vec![2]),
    ];
    let unit = prop_oneof![Just(Unit::Day), Just(Unit::Week), Just(Unit::Month), Just(Unit::Year)];
    let n = prop_oneof![1..=5_u32, 1..=60_u32, Just(365), Just(u32::MAX)];
    (
        weekdays,
        days,
        prop::bool::ANY,
        months,
        prop::option::of((n, unit, a_date())),
        prop::collection::vec(a_date(), 0..3),
        prop::option::of(prop_oneof![1..=5_u32, 1..=40_u32]),
    )
        .prop_map(|(weekdays, days, clamp, months, every, except, count)| Oracle {
            weekdays: weekdays.into_iter().map(|day| Weekday::try_from(day).unwrap()).collect(),
            days,
            short_month: if clamp { ShortMonth::Clamp } else { ShortMonth::Skip },
            months,
            every,
            except,
            count: count.filter(|_| every.is_some()),
        })
}

/// How far the oracle looks before it stops comparing.
const SPAN: i32 = 200;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn date_set_agrees_with_oracle(
        oracle in an_oracle(),
        probe in a_date(),
        at_anchor in prop::bool::ANY,
    ) {
        let probe = match oracle.every {
            Some((.., anchor)) if at_anchor => anchor,
            _ => probe,
        };
        let dates = oracle.dates();
        let center = day_number(probe).unwrap();
        // Counting from a far anchor would make the oracle slow.
        let near = oracle.every.is_none_or(|(.., anchor)| {
            (i64::from(day_number(anchor).unwrap()) - i64::from(center)).abs() < 4000
        });
        prop_assume!(oracle.count.is_none() || near);
        let list = oracle.list(date_of(center - SPAN), date_of(center + SPAN));
        let listed: Vec<(Day, bool)> = (center - SPAN..=center + SPAN)
            .map(|day| (day, list.contains(&date_of(day))))
            .collect();
        for (day, expected) in &listed {
            prop_assert_eq!(dates.contains(*day), *expected, "{}", date_of(*day));
        }
        let ahead = &listed[SPAN as usize..];
        let behind = &listed[..=SPAN as usize];
        let seek = |found: Option<&(Day, bool)>| found.map(|(day, _)| *day);
        let next = seek(ahead.iter().find(|(_, is)| *is));
        prop_assert_eq!(dates.next(center).filter(|day| *day <= center + SPAN), next);
        let previous = seek(behind.iter().rev().find(|(_, is)| *is));
        prop_assert_eq!(dates.previous(center).filter(|day| *day >= center - SPAN), previous);
        let absent = seek(ahead.iter().find(|(_, is)| !*is));
        prop_assert_eq!(dates.next_excluded(center).filter(|day| *day <= center + SPAN), absent);
        let counted: u32 = dates
            .months_between(center - SPAN, center + SPAN)
            .map(|(_, bits)| bits.count_ones())
            .sum();
        prop_assert_eq!(counted as usize, listed.iter().filter(|(_, is)| *is).count());
    }

    #[test]
    fn cycle_days_is_period(oracle in an_oracle(), probe in a_date()) {
        let dates = oracle.dates();
        let (Some(steady), Some(cycle)) = (dates.periodic_from(), dates.cycle_days()) else {
            return Ok(());
        };
        let from = steady.max(day_number(probe).unwrap());
        for day in from..from + 100 {
            let again = i64::from(day) + cycle;
            if again <= i64::from(civil::LAST_DAY) {
                prop_assert_eq!(dates.contains(day), dates.contains(again as Day));
            }
        }
    }
}

/// Next and previous agree with `contains` where gaps are longer than the
/// oracle's span.
#[test]
fn next_previous_rare_dates() {
    let leap_days = DateSet::on_month_days([MonthDay::new(29).unwrap()], ShortMonth::Skip)
        .unwrap()
        .with_months([2])
        .unwrap();
    let day = |y, m, d| civil::day_of(y, m, d);
    assert_eq!(leap_days.next(day(1896, 3, 1)), Some(day(1904, 2, 29)));
    assert_eq!(leap_days.previous(day(1904, 2, 28)), Some(day(1896, 2, 29)));
    let every_seventh =
        leap_days.clone().with_interval(7 * 12, Unit::Month, date(2024, 2, 1)).unwrap();
    assert_eq!(every_seventh.next(day(2024, 3, 1)), Some(day(2052, 2, 29)));
    let rarest = leap_days.with_interval(365, Unit::Day, date(2024, 2, 29)).unwrap();
    let next = rarest.next(day(2024, 3, 1)).unwrap();
    assert!(rarest.contains(next));
    assert_eq!(rarest.previous(next - 1), Some(day(2024, 2, 29)));
}

#[test]
fn date_set_contradiction_is_empty() {
    let never = DateSet::on_month_days([MonthDay::new(30).unwrap()], ShortMonth::Skip)
        .unwrap()
        .with_months([2])
        .unwrap();
    assert!(never.is_empty());
    assert_eq!((never.next(0), never.previous(0), never.next_excluded(0)), (None, None, Some(0)));
}

#[test]
fn first_n_huge_count_has_no_end() {
    let dates = DateSet::on_weekdays([Weekday::Mon]).unwrap();
    let dates = dates.with_interval(1, Unit::Week, date(1, 1, 1)).unwrap();
    for count in [u32::MAX, 1_000_000] {
        let counted = dates.clone().with_count(count).unwrap();
        assert_eq!(counted.next(civil::day_of(9999, 12, 1)), Some(civil::day_of(9999, 12, 6)));
    }
    let counted = dates.with_count(521_722).unwrap();
    assert_eq!(counted.previous(civil::LAST_DAY), Some(civil::day_of(9999, 12, 20)));
}

#[test]
fn first_n_counts_excepted_dates() {
    let dates = DateSet::every_day()
        .with_interval(2, Unit::Day, date(2026, 1, 1))
        .unwrap()
        .with_count(3)
        .unwrap()
        .without_dates([date(2026, 1, 3), date(2026, 1, 4)])
        .unwrap();
    let all: Vec<_> = std::iter::successors(dates.next(civil::FIRST_DAY), |d| dates.next(d + 1))
        .map(|day| date_of(day).to_string())
        .collect();
    assert_eq!(all, ["2026-01-01", "2026-01-05"]);
}

#[test]
fn next_excluded_every_day_is_none() {
    assert_eq!(DateSet::every_day().next_excluded(civil::FIRST_DAY), None);
    let all = (1..=31).map(|day| MonthDay::new(day).unwrap());
    let all = DateSet::on_month_days(all, ShortMonth::Skip).unwrap();
    assert_eq!(all.next_excluded(0), None);
    let but_one = all.without_dates([date(2400, 2, 29)]).unwrap();
    assert_eq!(but_one.next_excluded(0), Some(civil::day_of(2400, 2, 29)));
}

/// 2026-02 has four of each weekday: the fifth Friday moves to its last day.
#[test]
fn clamp_moves_to_last_day() {
    for day in
        [MonthDay::new(29), MonthDay::new(-31), MonthDay::nth(5, Weekday::Fri)].map(Result::unwrap)
    {
        let dates = DateSet::on_month_days([day], ShortMonth::Clamp).unwrap();
        let february = civil::day_of(2026, 2, 1);
        assert_eq!(dates.next(february), Some(civil::day_of(2026, 2, 28)), "{day:?}");
    }
}

#[cfg(feature = "rrule")]
#[test]
fn year_days_iso_week_numbers() {
    let weeks = |n: i32| {
        DateSet::every_day().with_year_filters(YearFilters {
            year_days: Some(YearDays::new(0, move |day| {
                if n > 0 { day.week == n } else { day.week_from_end == n }
            })),
            ..YearFilters::default()
        })
    };
    let all: Vec<_> = [1, 9, 52, 53, -1, -52, -53].map(|n| (n, weeks(n))).into();
    for year in (1590..1610).chain(1890..1910).chain(1996..2030) {
        for (n, weeks) in &all {
            let first = civil::day_of(year, 1, 1);
            for day in first..first + 366 {
                let week = date_of(day).iso_week();
                let last = date(week.year(), 12, 28).iso_week().week() as i32;
                let wanted = if *n > 0 { *n } else { last + 1 + n };
                assert_eq!(
                    weeks.contains(day),
                    week.week() as i32 == wanted,
                    "{n} {}",
                    date_of(day)
                );
            }
        }
    }
}

#[cfg(feature = "rrule")]
#[test]
fn weekday_bits_single_rule_only() {
    let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let weekend = || DateSet::on_weekdays([Weekday::Sat, Weekday::Sun]).unwrap();
    assert_eq!(weekend().weekday_bits(), Some(0b110_0000));
    assert_eq!(weekend().with_months(1..=12).unwrap().weekday_bits(), Some(0b110_0000));
    assert_eq!(weekend().with_months(1..=11).unwrap().weekday_bits(), None);
    assert_eq!(weekend().without_dates([date]).unwrap().weekday_bits(), None);
    let stepping = weekend().with_interval(2, Unit::Week, date).unwrap();
    assert_eq!(stepping.weekday_bits(), None);
    assert_eq!(weekend().month_day_mask(), None);

    // A day on either side of time may matter, but not two.
    let bounded = |first, last| DateSet::every_day().between(first, last).weekday_bits();
    assert_eq!(bounded(civil::FIRST_DAY, civil::LAST_DAY), Some(0b111_1111));
    assert_eq!(bounded(civil::FIRST_DAY + 1, civil::LAST_DAY), None);
    assert_eq!(bounded(civil::FIRST_DAY, civil::LAST_DAY - 1), None);
}

#[cfg(feature = "rrule")]
#[test]
fn month_day_mask_single_rule_only() {
    let day = |day| MonthDay::new(day).unwrap();
    let dates = |days: &[MonthDay]| {
        DateSet::on_month_days(days.iter().copied(), ShortMonth::Clamp).unwrap()
    };
    let numbers = dates(&[day(1), day(31), day(-2)]).month_day_mask();
    let expected = MonthDayMask { from_start: 1 << 30 | 1, from_end: 0b10, clamp: true };
    assert_eq!(numbers, Some(expected));
    assert_eq!(dates(&[day(1)]).weekday_bits(), None);
    assert_eq!(dates(&[day(1)]).with_months([1]).unwrap().month_day_mask(), None);
    let nth = MonthDay::nth(1, Weekday::Mon).unwrap();
    assert_eq!(dates(&[day(1), nth]).month_day_mask(), None);
    assert_eq!(dates(&[day(1)]).also_on_weekdays([Weekday::Mon]).month_day_mask(), None);

    let bounded = |first, last| dates(&[day(1)]).between(first, last).month_day_mask().is_some();
    assert!(bounded(civil::FIRST_DAY, civil::LAST_DAY));
    assert!(!bounded(civil::FIRST_DAY + 1, civil::LAST_DAY));
    assert!(!bounded(civil::FIRST_DAY, civil::LAST_DAY - 1));
}

#[test]
fn contains_fast_path_equals_slow_path() {
    let numbers = (-31..=31).filter(|day| *day != 0).map(|day| MonthDay::new(day).unwrap());
    let nths = (-5..=5).filter(|n| *n != 0).flat_map(|n| {
        [Weekday::Mon, Weekday::Wed, Weekday::Sun].map(|day| MonthDay::nth(n, day).unwrap())
    });
    let edges =
        [civil::TABLE_DAYS.start, civil::TABLE_DAYS.end].map(|edge| edge - 1500..edge + 1500);
    for day in numbers.chain(nths) {
        for short_month in [ShortMonth::Skip, ShortMonth::Clamp] {
            let dates = DateSet::on_month_days([day], short_month).unwrap();
            assert!(dates.fast_days.1 > 70_000);
            for at in edges.clone().into_iter().flatten() {
                let (month, dom) = civil::month_of(at);
                let expected = dates.days_of(month) >> (dom - 1) & 1 != 0;
                assert_eq!(dates.contains(at), expected, "{day} {short_month:?} {at}");
                assert!(!dates.contains_if(at, false));
            }
        }
    }
}

#[test]
fn contains_bounded_set_fast_and_slow() {
    for first in [civil::FIRST_DAY, civil::TABLE_DAYS.start - 9, 20_000, civil::TABLE_DAYS.end + 9]
    {
        for last in
            [civil::TABLE_DAYS.start - 5, 20_005, civil::TABLE_DAYS.end + 12, civil::LAST_DAY]
        {
            let mut dates = DateSet::every_day();
            dates.bound(first, last);
            let edges = [first, last, civil::TABLE_DAYS.start, civil::TABLE_DAYS.end];
            for day in edges.into_iter().flat_map(|edge| edge - 2..=edge + 2) {
                assert_eq!(
                    dates.contains(day),
                    first <= day && day <= last,
                    "{first} {last} {day}"
                );
            }
        }
    }
}

#[test]
fn first_n_one_day_is_not_empty() {
    let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let one =
        DateSet::every_day().with_interval(1, Unit::Day, date).unwrap().with_count(1).unwrap();
    assert!(!one.is_empty());
    let day = day_number(date).unwrap();
    assert_eq!((one.next(civil::FIRST_DAY), one.next(day + 1)), (Some(day), None));
}

#[test]
fn first_n_millions() {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
    let every = DateSet::every_day().with_interval(1, Unit::Day, first).unwrap();
    let counted = every.with_count(3_000_000).unwrap();
    let last = day_number(first).unwrap() + 2_999_999;
    assert_eq!(counted.previous(civil::LAST_DAY), Some(last));
    assert!(counted.contains(last) && !counted.contains(last + 1));
}

#[test]
fn cycle_days_within_range_of_time() {
    let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let cycle = |n| DateSet::every_day().with_interval(n, Unit::Day, date).unwrap().cycle_days();
    let all = (civil::LAST_DAY - civil::FIRST_DAY) as u32;
    assert_eq!(cycle(all - 1), Some(i64::from(all) - 1));
    assert_eq!(cycle(all), None);
    assert_eq!(cycle(all + 1), None);
}

fn in_2026(month: u32, day: u32) -> Day {
    day_number(NaiveDate::from_ymd_opt(2026, month, day).unwrap()).unwrap()
}

/// The days of a month of 2026, once by asking for each, once by going from one
/// to the next.
fn days_in_2026(dates: &DateSet, month: u32) -> Vec<u32> {
    let (first, length) = (in_2026(month, 1), civil::days_in(2026 * 12 + month as i32 - 1));
    let one_by_one = (1..=length).filter(|dom| dates.contains(first + *dom as i32 - 1)).collect();
    let mut stepped = Vec::new();
    let mut from = first;
    while let Some(day) = dates.next(from).filter(|day| *day < first + length as i32) {
        stepped.push((day - first) as u32 + 1);
        from = day + 1;
    }
    assert_eq!(stepped, one_by_one);
    one_by_one
}

#[test]
fn on_month_days_duplicates() {
    let number = |day| MonthDay::new(day).unwrap();
    let monday = |n| MonthDay::nth(n, Weekday::Mon).unwrap();
    let dates = |days: [MonthDay; 2], short_month| {
        let all = DateSet::on_month_days(days, short_month).unwrap();
        // One exception, so that all rules are asked.
        let some =
            all.clone().without_dates([NaiveDate::from_ymd_opt(1999, 1, 1).unwrap()]).unwrap();
        [all, some]
    };
    for dates in dates([number(31), number(-31)], ShortMonth::Clamp) {
        // January has both; April has neither, and its last day stands for them.
        assert_eq!(days_in_2026(&dates, 1), [1, 31]);
        assert_eq!(days_in_2026(&dates, 4), [30]);
    }
    // The Mondays of February 2026 are 2, 9, 16 and 23, those of March five.
    for dates in dates([monday(5), monday(-5)], ShortMonth::Clamp) {
        assert_eq!(days_in_2026(&dates, 2), [28]);
        assert_eq!(days_in_2026(&dates, 3), [2, 30]);
    }
    for dates in dates([monday(1), monday(-4)], ShortMonth::Skip) {
        assert_eq!(days_in_2026(&dates, 2), [2]);
        assert_eq!(days_in_2026(&dates, 3), [2, 9]);
    }
    for dates in dates([number(15), number(-14)], ShortMonth::Skip) {
        assert_eq!(days_in_2026(&dates, 2), [15]);
        assert_eq!(days_in_2026(&dates, 4), [15, 17]);
    }
    for dates in dates([number(15), monday(1)], ShortMonth::Clamp) {
        assert_eq!(days_in_2026(&dates, 4), [6, 15]);
    }
}

#[test]
fn next_previous_stride_first_day_of_month() {
    for n in 32..60 {
        let anchor = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let dates = DateSet::every_day().with_interval(n, Unit::Day, anchor).unwrap();
        let next = in_2026(3, 1) + n as i32;
        assert_eq!(dates.previous(next - 1), Some(in_2026(3, 1)), "{n}");
        assert_eq!(dates.next(in_2026(3, 2)), Some(next), "{n}");
        assert_eq!(dates.previous(in_2026(2, 28)), Some(in_2026(3, 1) - n as i32), "{n}");
    }
}
