//! Evaluates day sets: single days, the days of a month as bits, bounds and periods.

use chrono::Weekday;

use crate::schedule::days::{Days, Node, Unit};
use crate::schedule::math::{lcm, nth_bit};
use crate::time::civil::{self, Day, Month};

impl Days {
    /// Whether a day is in the set.
    pub(crate) fn contains_day(&self, day: Day) -> bool {
        match self.node() {
            Node::Weekdays(_, mask) => mask >> civil::weekday_of(day) & 1 != 0,
            Node::MonthDays(_, masks) => {
                let (length, dom) = civil::month_position(day);
                masks.of_length(length) >> (dom - 1) & 1 != 0
            }
            Node::NthWeekday(n, weekday) => is_nth_weekday(day, *n, *weekday),
            Node::NthOf(n, of, unit) => of.contains_day(day) && of.is_nth(day, *n, *unit),
            Node::Months(_, mask) => mask >> civil::month_of(day).0.rem_euclid(12) & 1 != 0,
            Node::Years(_, intervals) => is_within(intervals, civil::date_of(day).0),
            Node::Dates(_, intervals) => is_within(intervals, day),
            Node::Span(span) => span.contains(day, civil::month_of(day).0),
            Node::Easter(later) => {
                let easter = day - later;
                // Easter Sunday is a Sunday between March 22nd and April 25th.
                civil::weekday_of(easter) == SUNDAY && easter == easter_of(civil::date_of(easter).0)
            }
            Node::Offset(later, of) => of.contains_day(day - later),
            Node::NearestWeekday(dom) => nearest_weekday(civil::month_of(day).0, *dom) == Some(day),
            Node::Named(_, of) => of.contains_day(day),
            Node::Any(sets) => sets.iter().any(|set| set.contains_day(day)),
            Node::All(sets) => sets.iter().all(|set| set.contains_day(day)),
            Node::Not(of) => !of.contains_day(day),
        }
    }

    /// The days of a month, as bits: bit 0 for day 1.
    pub(crate) fn month_bits(&self, month: Month) -> u32 {
        let first = civil::first_of(month);
        let length = civil::days_in(month);
        let all = u32::MAX >> (32 - length);
        let bits = match self.node() {
            Node::Weekdays(_, mask) => weekday_bits(*mask, civil::weekday_of(first)),
            Node::MonthDays(_, masks) => masks.of_length(length),
            Node::NthWeekday(n, weekday) => {
                let of_weekday =
                    weekday_bits(1 << weekday.num_days_from_monday(), civil::weekday_of(first));
                select(of_weekday & all, (*n).into())
            }
            Node::NthOf(n, of, unit) => of.nth_bits(month, *n, *unit),
            Node::Months(_, mask) if mask >> month.rem_euclid(12) & 1 != 0 => all,
            Node::Months(..) => 0,
            Node::Years(_, intervals) if is_within(intervals, month.div_euclid(12)) => all,
            Node::Years(..) => 0,
            Node::Dates(_, intervals) => {
                let last = first + length as Day - 1;
                let after = intervals.partition_point(|(_, end)| *end < first);
                let mut bits = 0;
                for (from, to) in intervals[after..].iter().take_while(|(from, _)| *from <= last) {
                    let (from, to) = ((*from).max(first), (*to).min(last));
                    bits |= u32::MAX >> (31 - (to - from)) << (from - first);
                }
                bits
            }
            Node::Span(span) => span.bits(month, first, length),
            Node::Easter(later) => {
                let year = civil::date_of(first - later).0;
                let days = (year..=year + 1).map(|year| easter_of(year) + later - first);
                days.filter(|index| (0..length as i32).contains(index))
                    .fold(0, |bits, index| bits | 1 << index)
            }
            Node::Offset(later, of) => of.window_bits(first - later, length) as u32,
            Node::NearestWeekday(dom) => {
                nearest_weekday(month, *dom).map_or(0, |day| 1 << (day - first))
            }
            Node::Named(_, of) => of.month_bits(month),
            Node::Any(sets) => sets.iter().fold(0, |bits, set| bits | set.month_bits(month)),
            Node::All(sets) => {
                let mut bits = all;
                for set in sets {
                    if bits == 0 {
                        break;
                    }
                    bits &= set.month_bits(month);
                }
                bits
            }
            Node::Not(of) => !of.month_bits(month),
        };
        bits & all
    }

    /// The days from `from` on, up to 64 of them, as bits.
    fn window_bits(&self, from: Day, length: u32) -> u64 {
        let (mut bits, mut have) = (0u64, 0);
        let (mut month, dom) = civil::month_of(from);
        let mut skip = dom - 1;
        while have < length {
            let here = u64::from(self.month_bits(month) >> skip);
            bits |= here << have;
            have += civil::days_in(month) - skip;
            skip = 0;
            month += 1;
        }
        bits & (u64::MAX >> (64 - length))
    }

    /// Whether a day of the set is its `n`-th one in a unit.
    fn is_nth(&self, day: Day, n: i32, unit: Unit) -> bool {
        let (month, dom) = civil::month_of(day);
        let (bits, index) = match unit {
            Unit::Day | Unit::Week => {
                let weekday = civil::weekday_of(day);
                (self.window_bits(day - weekday as Day, 7), weekday)
            }
            Unit::Month => (self.month_bits(month).into(), dom - 1),
            Unit::Year => {
                return self.nth_bits(month, n, unit) >> (dom - 1) & 1 != 0;
            }
        };
        let rank =
            if n > 0 { (bits << (63 - index)).count_ones() } else { (bits >> index).count_ones() };
        rank == n.unsigned_abs()
    }

    /// The days of a month that are the `n`-th of the set in their unit, as bits.
    fn nth_bits(&self, month: Month, n: i32, unit: Unit) -> u32 {
        match unit {
            Unit::Month => select(self.month_bits(month), n),
            Unit::Day | Unit::Week => {
                let first = civil::first_of(month);
                let before = civil::weekday_of(first);
                // All weeks that have a day of the month: at most 6 of them.
                let bits = self.window_bits(first - before as Day, 42);
                let mut found = 0u64;
                for week in 0..6 {
                    let own = (bits >> (7 * week)) as u32 & 0x7f;
                    found |= u64::from(select(own, n)) << (7 * week);
                }
                (found >> before) as u32
            }
            Unit::Year => {
                let own = self.month_bits(month);
                let months = month.div_euclid(12) * 12;
                let others = if n > 0 { months..month } else { month + 1..months + 12 };
                let others: u32 = others.map(|other| self.month_bits(other).count_ones()).sum();
                match n.unsigned_abs().checked_sub(others) {
                    Some(left @ 1..) => select(own, left as i32 * n.signum()),
                    _ => 0,
                }
            }
        }
    }

    /// A first and a last day between which all days of the set are; reversed if there is
    /// none.
    pub(crate) fn hull(&self) -> (Day, Day) {
        let all = (civil::FIRST_DAY, civil::LAST_DAY);
        match self.node() {
            Node::Dates(_, intervals) => match (intervals.first(), intervals.last()) {
                (Some((first, _)), Some((_, last))) => (*first, *last),
                _ => (0, -1),
            },
            Node::Span(span) => span.dates().unwrap_or(all),
            Node::Years(_, intervals) => match (intervals.first(), intervals.last()) {
                (Some((first, _)), Some((_, last))) => {
                    (civil::day_of(*first, 1, 1), civil::day_of(*last, 12, 31))
                }
                _ => (0, -1),
            },
            Node::Offset(later, of) => {
                let (first, last) = of.hull();
                if (first, last) == all { all } else { (first + later, last + later) }
            }
            Node::NthOf(_, of, _) | Node::Named(_, of) => of.hull(),
            Node::Any(sets) => {
                sets.iter().map(Self::hull).fold((Day::MAX, Day::MIN), |all, set| {
                    if set.0 > set.1 { all } else { (all.0.min(set.0), all.1.max(set.1)) }
                })
            }
            Node::All(sets) => sets
                .iter()
                .map(Self::hull)
                .fold(all, |all, set| (all.0.max(set.0), all.1.min(set.1))),
            _ => all,
        }
    }

    /// The day from which on the set is periodic; the first of all days if it is from
    /// the beginning.
    pub(crate) fn periodic_from(&self) -> Day {
        match self.node() {
            Node::Dates(..) | Node::Years(..) | Node::Span(_) => match self.hull() {
                (_, civil::LAST_DAY) => civil::FIRST_DAY,
                (_, last) => last + 1,
            },
            Node::Offset(later, of) => of.periodic_from().saturating_add(*later),
            Node::NthOf(_, of, _) => match of.periodic_from() {
                civil::FIRST_DAY => civil::FIRST_DAY,
                // The next unit has only periodic days.
                from => from + 366,
            },
            node => node.parts().iter().map(Self::periodic_from).max().unwrap_or(civil::FIRST_DAY),
        }
    }

    /// The period of the set in days, from [`periodic_from`](Self::periodic_from) on;
    /// `None` if it is longer than the range of time.
    pub(crate) fn cycle_days(&self) -> Option<i64> {
        let whole = i64::from(civil::CYCLE_DAYS);
        let of_parts = |least: i64| {
            let mut parts = self.node().parts().iter();
            parts.try_fold(least, |cycle, part| lcm(cycle, part.cycle_days()?))
        };
        match self.node() {
            Node::Weekdays(..) => Some(7),
            Node::Dates(..) | Node::Years(..) => Some(1),
            Node::Span(span) if span.dates().is_some() => Some(1),
            Node::Easter(_) => None,
            Node::NthOf(_, _, Unit::Week) => of_parts(7),
            Node::Offset(..) | Node::Named(..) | Node::Any(_) | Node::All(_) | Node::Not(_) => {
                of_parts(1)
            }
            Node::NthOf(..) => of_parts(whole),
            Node::MonthDays(..)
            | Node::NthWeekday(..)
            | Node::Months(..)
            | Node::Span(_)
            | Node::NearestWeekday(_) => Some(whole),
        }
    }

    /// How long the set repeats from `day` on: until a day, with a period in days. `None` if
    /// that is not known.
    pub(crate) fn repeats_from(&self, day: Day) -> Option<(Day, i64)> {
        const FOR_EVER: Day = Day::MAX;
        let constant = |until: Option<Day>| Some((until.unwrap_or(FOR_EVER), 1));
        match self.node() {
            Node::Dates(_, intervals) => constant(next_bound(intervals, day)),
            Node::Years(_, intervals) => {
                let year = next_bound(intervals, civil::date_of(day).0);
                constant(year.map(|year| civil::day_of(year, 1, 1)))
            }
            Node::Span(span) => match span.dates() {
                Some(dates) => constant(next_bound(&[dates], day)),
                None => Some((FOR_EVER, i64::from(civil::CYCLE_DAYS))),
            },
            Node::Easter(_) if self.contains_day(day) => constant(Some(day + 1)),
            Node::Easter(later) => {
                let year = civil::date_of(day - later).0;
                let days = (year..=year + 1).map(|year| easter_of(year) + later);
                constant(days.filter(|easter| *easter > day).min())
            }
            Node::Offset(later, of) => {
                let (until, cycle) = of.repeats_from(day - later)?;
                Some((until.saturating_add(*later), cycle))
            }
            // The days of the unit before `day` count.
            Node::NthOf(..) if day < self.periodic_from() => None,
            Node::Named(..) | Node::Any(_) | Node::All(_) | Node::Not(_) => {
                let mut parts = self.node().parts().iter();
                parts.try_fold((FOR_EVER, 1), |(until, cycle), part| {
                    let of_part = part.repeats_from(day)?;
                    Some((until.min(of_part.0), lcm(cycle, of_part.1)?))
                })
            }
            _ => self.cycle_days().map(|cycle| (FOR_EVER, cycle)),
        }
    }

    /// The weekdays of the days of the set, as bits; perhaps more than these.
    pub(crate) fn possible_weekdays(&self) -> u8 {
        const ALL: u8 = 0x7f;
        match self.node() {
            Node::Weekdays(_, mask) => *mask,
            Node::NthWeekday(_, weekday) => 1 << weekday.num_days_from_monday(),
            Node::Easter(later) => 1 << (SUNDAY as i32 + later).rem_euclid(7),
            Node::NearestWeekday(_) => 0b1_1111,
            Node::Offset(later, of) => {
                let doubled = u32::from(of.possible_weekdays()) << later.rem_euclid(7);
                (doubled | doubled >> 7) as u8 & ALL
            }
            Node::NthOf(_, of, _) | Node::Named(_, of) => of.possible_weekdays(),
            Node::Any(sets) => sets.iter().fold(0, |all, set| all | set.possible_weekdays()),
            Node::All(sets) => sets.iter().fold(ALL, |all, set| all & set.possible_weekdays()),
            _ => ALL,
        }
    }
}

/// Whether one of some sorted intervals has a value.
fn is_within(intervals: &[(i32, i32)], value: i32) -> bool {
    let after = intervals.partition_point(|(first, _)| *first <= value);
    after.checked_sub(1).is_some_and(|index| value <= intervals[index].1)
}

/// The first value after one at which one of some sorted intervals begins, or is over.
fn next_bound(intervals: &[(i32, i32)], value: i32) -> Option<i32> {
    let after = intervals.partition_point(|(_, last)| *last < value);
    let (first, last) = *intervals.get(after)?;
    Some(if value < first { first } else { last.saturating_add(1) })
}

/// The number of Sunday; 0 is Monday.
const SUNDAY: u32 = 6;

fn is_nth_weekday(day: Day, n: i8, weekday: Weekday) -> bool {
    if civil::weekday_of(day) != weekday.num_days_from_monday() {
        return false;
    }
    let (length, dom) = civil::month_position(day);
    let rank = if n > 0 { (dom - 1) / 7 } else { (length - dom) / 7 };
    rank + 1 == u32::from(n.unsigned_abs())
}

/// The days of a month that begins on `first_weekday` and fall on `weekdays`.
fn weekday_bits(weekdays: u8, first_weekday: u32) -> u32 {
    let week = u64::from(weekdays);
    let weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35;
    (weeks >> first_weekday) as u32
}

/// The `n`-th set bit alone, from 1, or from -1 at the highest; 0 if there are fewer.
fn select(bits: u32, n: i32) -> u32 {
    let count = bits.count_ones();
    match n.unsigned_abs() {
        rank if rank > count => 0,
        rank if n > 0 => 1 << nth_bit(bits.into(), rank - 1),
        rank => 1 << nth_bit(bits.into(), count - rank),
    }
}

/// The day from Monday to Friday nearest to a day of a month, in that month. `dom` is 1 to
/// 31, or -1 for the last day.
fn nearest_weekday(month: Month, dom: i8) -> Option<Day> {
    let length = civil::days_in(month) as i32;
    let dom = if dom < 0 { length } else { dom.into() };
    if dom > length {
        return None;
    }
    let day = civil::first_of(month) + dom - 1;
    Some(match civil::weekday_of(day) {
        5 if dom == 1 => day + 2,
        5 => day - 1,
        6 if dom == length => day - 2,
        6 => day + 1,
        _ => day,
    })
}

/// Easter Sunday of a year, by the Gregorian computus (the anonymous algorithm in the
/// form of Meeus, "Astronomical Algorithms", chapter 8).
fn easter_of(year: i32) -> Day {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let (leap_centuries, rest) = (century.div_euclid(4), century.rem_euclid(4));
    let correction = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - leap_centuries - correction + 15).rem_euclid(30);
    let to_sunday = (32 + 2 * rest + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let number = epact + to_sunday - 7 * late + 114;
    civil::day_of(year, (number / 31) as u32, (number % 31) as u32 + 1)
}
