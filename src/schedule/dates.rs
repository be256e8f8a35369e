//! Which dates a calendar falls on: the one date engine.
//!
//! A [`Dates`] is a set of days, described by rules. Three questions are asked
//! of it, all by random access: is this day in it, which is the next day in
//! it, which the previous. The month is the unit of work: the days of a month
//! that the rules select are the bits of one word.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::error::Error;
use crate::time::civil::{self, Day, Month};
use crate::time::{MonthDay, MonthDayKind, ShortMonth, weekday_name};

/// What the rules select. An empty `Dates` of each kind selects every day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Dates {
    /// Bit 0 is Monday.
    weekdays: u8,
    /// `None`: days of the month do not matter.
    month_days: Option<MonthDays>,
    /// Bit 0 is January.
    months: u16,
    every: Option<Every>,
    /// Sorted.
    except: Box<[Day]>,
    count: Option<u32>,
    /// The days outside of which there is none; empty if there is none at all.
    first: Day,
    last: Day,
    /// Whether weekdays alone decide (within `first..=last`).
    weekdays_only: bool,
}

/// Days of the month as bits, in the order in which they were given for
/// printing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MonthDays {
    given: Box<[MonthDay]>,
    short_month: ShortMonth,
    /// Bit d - 1 for day d.
    from_start: u32,
    /// Bit d - 1 for the d-th day from the end.
    from_end: u32,
    /// For each weekday: bits n - 1 for its n-th in the month.
    nth: [u8; 7],
    /// For each weekday: bits n - 1 for its n-th from the end.
    nth_last: [u8; 7],
    has_nth: bool,
}

/// Every n-th day, week or month, counted from an anchor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Every {
    pub(crate) n: u32,
    pub(crate) unit: Unit,
    pub(crate) anchor: Day,
}

/// What an interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    Day,
    Week,
    Month,
}

const ALL_WEEKDAYS: u8 = 0x7f;
/// 400 years, after which the calendar repeats.
const CYCLE_MONTHS: Month = 4800;
const ALL_MONTHS: u16 = 0xfff;

impl Dates {
    /// Every day there is.
    pub(crate) fn every_day() -> Self {
        Self {
            weekdays: ALL_WEEKDAYS,
            month_days: None,
            months: ALL_MONTHS,
            every: None,
            except: Box::default(),
            count: None,
            first: civil::FIRST_DAY,
            last: civil::LAST_DAY,
            weekdays_only: true,
        }
    }

    /// The days that fall on one of `weekdays`.
    pub(crate) fn on_weekdays(weekdays: impl IntoIterator<Item = Weekday>) -> Result<Self, Error> {
        let mask = weekdays.into_iter().fold(0, |mask, day| mask | 1 << day.num_days_from_monday());
        if mask == 0 {
            return Err(Error::invalid("weekdays: the list is empty; name at least one"));
        }
        Ok(Self { weekdays: mask, ..Self::every_day() })
    }

    /// The days that are one of `days` in their month.
    pub(crate) fn on_month_days(
        days: impl IntoIterator<Item = MonthDay>,
        short_month: ShortMonth,
    ) -> Result<Self, Error> {
        let mut given: Vec<MonthDay> = Vec::new();
        for day in days {
            if !given.contains(&day) {
                given.push(day);
            }
        }
        if given.is_empty() {
            return Err(Error::invalid("day: the list is empty; name at least one"));
        }
        let dates = Self {
            month_days: Some(MonthDays::new(given.into(), short_month)),
            ..Self::every_day()
        };
        Ok(dates.settled())
    }

    /// Only in these months, 1 for January.
    pub(crate) fn in_months(
        mut self,
        months: impl IntoIterator<Item = u32>,
    ) -> Result<Self, Error> {
        self.months = 0;
        for month in months {
            if !(1..=12).contains(&month) {
                return Err(Error::out_of_range(format_args!("month {month} is not in 1..=12")));
            }
            self.months |= 1 << (month - 1);
        }
        if self.months == 0 {
            return Err(Error::invalid("the list is empty; name at least one month"));
        }
        Ok(self.settled())
    }

    /// Only every `n` units, counted from the one that holds `anchor`.
    pub(crate) fn every(mut self, n: u32, unit: Unit, anchor: NaiveDate) -> Result<Self, Error> {
        if n == 0 {
            return Err(Error::out_of_range("n: 0 is not positive").in_field("every"));
        }
        let anchor = day_number(anchor).map_err(|e| e.in_field("anchor").in_field("every"))?;
        self.every = Some(Every { n, unit, anchor });
        Ok(self.settled())
    }

    /// None of these days.
    pub(crate) fn except(
        mut self,
        days: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Self, Error> {
        let mut except = days.into_iter().map(day_number).collect::<Result<Vec<_>, _>>()?;
        except.sort_unstable();
        except.dedup();
        self.except = except.into();
        Ok(self.settled())
    }

    /// Only the first `count` from the anchor on.
    pub(crate) fn first_n(mut self, count: u32) -> Result<Self, Error> {
        if count == 0 {
            return Err(Error::out_of_range("0 is not positive").in_field("count"));
        }
        if self.every.is_none() {
            return Err(
                Error::invalid("needs `every`: counting begins at its anchor").in_field("count")
            );
        }
        self.count = Some(count);
        Ok(self.settled())
    }

    /// Whether `day` is in the set.
    #[inline]
    pub(crate) fn contains(&self, day: Day) -> bool {
        let in_range = self.first <= day && day <= self.last;
        let on_weekday = self.weekdays >> civil::weekday_of(day) & 1 != 0;
        in_range && on_weekday && (self.weekdays_only || self.passes_by_month(day))
    }

    /// The first day of the set on or after `from`.
    pub(crate) fn next(&self, from: Day) -> Option<Day> {
        let from = from.max(self.first);
        if from > self.last {
            return None;
        }
        let (mut month, dom) = civil::month_of(from);
        let mut keep = u32::MAX << (dom - 1);
        let last_month = civil::month_of(self.last).0;
        while month <= last_month {
            let bits = self.days_of(month) & keep;
            if bits != 0 {
                let day = civil::first_of(month) + bits.trailing_zeros() as i32;
                return (day <= self.last).then_some(day);
            }
            keep = u32::MAX;
            month = self.month_after(month);
        }
        None
    }

    /// The last day of the set on or before `until`.
    pub(crate) fn previous(&self, until: Day) -> Option<Day> {
        let until = until.min(self.last);
        if until < self.first {
            return None;
        }
        let (mut month, dom) = civil::month_of(until);
        let mut keep = u32::MAX >> (32 - dom);
        let first_month = civil::month_of(self.first).0;
        while month >= first_month {
            let bits = self.days_of(month) & keep;
            if bits != 0 {
                let day = civil::first_of(month) + 31 - bits.leading_zeros() as i32;
                return (day >= self.first).then_some(day);
            }
            keep = u32::MAX;
            month = self.month_before(month);
        }
        None
    }

    /// The first day on or after `from` that is not in the set; `None` if there
    /// is none.
    pub(crate) fn next_absent(&self, from: Day) -> Option<Day> {
        if from < self.first || from > self.last {
            return Some(from);
        }
        let past = (self.last < civil::LAST_DAY).then_some(self.last + 1);
        let (mut month, dom) = civil::month_of(from);
        let mut keep = u32::MAX << (dom - 1);
        // Past the exceptions the months repeat with the calendar or sooner:
        // where a cycle is full, so is the rest. A step that is longer than one
        // skips a day at once.
        let exceptions_end = self.except.last().map_or(month, |day| civil::month_of(*day).0);
        let last_month = civil::month_of(self.last).0.min(month.max(exceptions_end) + CYCLE_MONTHS);
        if self.weekdays_only && self.weekdays == ALL_WEEKDAYS {
            return past;
        }
        while month <= last_month {
            let absent = !self.days_of(month) & (u32::MAX >> (32 - civil::days_in(month))) & keep;
            if absent != 0 {
                let day = civil::first_of(month) + absent.trailing_zeros() as i32;
                return Some(past.map_or(day, |past| past.min(day)));
            }
            keep = u32::MAX;
            month += 1;
        }
        past
    }

    /// After how many days the set repeats, from [`steady_from`](Self::steady_from)
    /// on; `None` if that is more than the range of time.
    pub(crate) fn cycle_days(&self) -> Option<i64> {
        let base: i64 = if self.month_days.is_some() || self.months != ALL_MONTHS {
            i64::from(civil::CYCLE_DAYS)
        } else if self.weekdays != ALL_WEEKDAYS {
            7
        } else {
            1
        };
        let Some(every) = self.every else { return Some(base) };
        let n = i64::from(every.n);
        let cycle = match every.unit {
            Unit::Day => least_common_multiple(base, n)?,
            Unit::Week => least_common_multiple(base, n.checked_mul(7)?)?,
            Unit::Month => {
                let months = i64::from(CYCLE_MONTHS);
                least_common_multiple(months, n)? / months * i64::from(civil::CYCLE_DAYS)
            }
        };
        (cycle < i64::from(civil::LAST_DAY - civil::FIRST_DAY)).then_some(cycle)
    }

    /// The day from which on the set repeats after [`cycle_days`](Self::cycle_days).
    /// `None` if it ends.
    pub(crate) fn steady_from(&self) -> Option<Day> {
        if self.last < civil::LAST_DAY {
            return None;
        }
        Some(self.except.last().map_or(self.first, |last| self.first.max(last + 1)))
    }

    /// Weekdays as bits, if nothing but the weekday decides, for ever.
    pub(crate) fn weekday_bits(&self) -> Option<u8> {
        let unbounded = self.first <= civil::FIRST_DAY && self.last >= civil::LAST_DAY;
        (self.weekdays_only && unbounded).then_some(self.weekdays)
    }

    pub(crate) fn weekdays(&self) -> impl Iterator<Item = Weekday> + use<> {
        const WEEK: [Weekday; 7] = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        let mask = self.weekdays;
        WEEK.into_iter().filter(move |day| mask >> day.num_days_from_monday() & 1 != 0)
    }

    pub(crate) fn month_days(&self) -> &[MonthDay] {
        self.month_days.as_ref().map_or(&[], |days| &days.given)
    }

    pub(crate) fn short_month(&self) -> ShortMonth {
        self.month_days.as_ref().map_or(ShortMonth::Skip, |days| days.short_month)
    }

    pub(crate) fn with_short_month(mut self, short_month: ShortMonth) -> Self {
        if let Some(days) = self.month_days.take() {
            self.month_days = Some(MonthDays::new(days.given, short_month));
        }
        self.settled()
    }

    /// The months, 1 for January; `None` if all.
    pub(crate) fn months(&self) -> Option<impl Iterator<Item = u32> + use<>> {
        let mask = self.months;
        (mask != ALL_MONTHS).then(|| (1..=12).filter(move |month| mask >> (month - 1) & 1 != 0))
    }

    pub(crate) fn interval(&self) -> Option<Every> {
        self.every
    }

    pub(crate) fn exceptions(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.except.iter().map(|day| date_of(*day))
    }

    pub(crate) fn count(&self) -> Option<u32> {
        self.count
    }

    /// Whether the selected days are a contradiction, such as the 30th of
    /// February.
    pub(crate) fn is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.except) + size_of_val(self.month_days())
    }

    /// Computes what follows from the rules: the bounds, and which of the
    /// rules have to be asked at all.
    fn settled(mut self) -> Self {
        self.weekdays_only = self.month_days.is_none()
            && self.months == ALL_MONTHS
            && self.every.is_none()
            && self.except.is_empty();
        (self.first, self.last) = (civil::FIRST_DAY, civil::LAST_DAY);
        if let Some(count) = self.count {
            self.first = self.every.map_or(civil::FIRST_DAY, |every| every.anchor);
            self.last = self.nth_from(self.first, count).unwrap_or(civil::LAST_DAY);
        }
        // A set without a day in it would be searched to the end of time.
        match self.next(self.first) {
            Some(_) => {}
            None => (self.first, self.last) = (0, -1),
        }
        self
    }

    /// The `count`-th day from `first` on, exceptions counted.
    fn nth_from(&self, first: Day, count: u32) -> Option<Day> {
        let counted = Self { except: Box::default(), ..self.clone() };
        let mut day = counted.next(first)?;
        for _ in 1..count {
            day = counted.next(day + 1)?;
        }
        Some(day)
    }

    /// The rules that `contains` asks when the weekday alone does not decide.
    #[inline]
    fn passes_by_month(&self, day: Day) -> bool {
        let (month, dom) = civil::month_of(day);
        if self.months >> month.rem_euclid(12) & 1 == 0 {
            return false;
        }
        if let Some(days) = &self.month_days
            && !days.contains(month, dom, civil::weekday_of(day))
        {
            return false;
        }
        self.every.is_none_or(|every| every.is_in_step(day, month))
            && (self.except.is_empty() || self.except.binary_search(&day).is_err())
    }

    /// The days of a month that pass all rules but the bounds, as bits.
    fn days_of(&self, month: Month) -> u32 {
        if self.months >> month.rem_euclid(12) & 1 == 0 {
            return 0;
        }
        let length = civil::days_in(month);
        let first = civil::first_of(month);
        let mut bits = u32::MAX >> (32 - length);
        if self.weekdays != ALL_WEEKDAYS {
            bits &= on_weekdays(self.weekdays, civil::weekday_of(first));
        }
        if let Some(days) = &self.month_days {
            bits &= days.bits(length, civil::weekday_of(first));
        }
        if let Some(every) = self.every {
            bits &= every.bits(month, first, length);
        }
        let excepted = self.except.partition_point(|day| *day < first);
        for day in &self.except[excepted..] {
            match u32::try_from(day - first) {
                Ok(index) if index < length => bits &= !(1 << index),
                _ => break,
            }
        }
        bits
    }

    /// The next month worth looking at.
    fn month_after(&self, month: Month) -> Month {
        self.every.map_or(month + 1, |every| every.month_after(month))
    }

    /// The previous month worth looking at.
    fn month_before(&self, month: Month) -> Month {
        self.every.map_or(month - 1, |every| every.month_before(month))
    }
}

impl Every {
    /// Days since the anchor's own unit began.
    fn days_since(self, day: Day) -> i64 {
        i64::from(day) - i64::from(self.origin())
    }

    /// The first day of the anchor's own unit.
    fn origin(self) -> Day {
        match self.unit {
            Unit::Day => self.anchor,
            Unit::Week => civil::monday_of(self.anchor),
            Unit::Month => civil::first_of(civil::month_of(self.anchor).0),
        }
    }

    fn months_since(self, month: Month) -> i64 {
        i64::from(month) - i64::from(civil::month_of(self.anchor).0)
    }

    /// The step in days, and how many days of each step count.
    fn step_days(self) -> (i64, i64) {
        match self.unit {
            Unit::Week => (i64::from(self.n) * 7, 7),
            _ => (i64::from(self.n), 1),
        }
    }

    #[inline]
    fn is_in_step(self, day: Day, month: Month) -> bool {
        if self.unit == Unit::Month {
            return self.months_since(month).rem_euclid(i64::from(self.n)) == 0;
        }
        let (step, counting) = self.step_days();
        self.days_since(day).rem_euclid(step) < counting
    }

    fn bits(self, month: Month, first: Day, length: u32) -> u32 {
        if self.unit == Unit::Month {
            return if self.is_in_step(first, month) { u32::MAX } else { 0 };
        }
        let (step, counting) = self.step_days();
        let mut bits = 0;
        // The step that the first day lies in, then those that begin later.
        let mut begin = -self.days_since(first).rem_euclid(step);
        while begin < i64::from(length) {
            for day in begin.max(0)..(begin + counting).min(i64::from(length)) {
                bits |= 1 << day;
            }
            begin += step;
        }
        bits
    }

    fn month_after(self, month: Month) -> Month {
        let n = i64::from(self.n);
        match self.unit {
            Unit::Month => {
                let ahead = n - self.months_since(month).rem_euclid(n);
                i32::try_from(i64::from(month) + ahead).unwrap_or(Month::MAX)
            }
            _ => {
                let next = civil::first_of(month + 1);
                let (step, counting) = self.step_days();
                let into = self.days_since(next).rem_euclid(step);
                let wait = if into < counting { 0 } else { step - into };
                month_of_far(i64::from(next) + wait)
            }
        }
    }

    fn month_before(self, month: Month) -> Month {
        let n = i64::from(self.n);
        match self.unit {
            Unit::Month => {
                let back = (self.months_since(month) - 1).rem_euclid(n) + 1;
                i32::try_from(i64::from(month) - back).unwrap_or(Month::MIN)
            }
            _ => {
                let last = civil::first_of(month) - 1;
                let (step, counting) = self.step_days();
                let into = self.days_since(last).rem_euclid(step);
                month_of_far(i64::from(last) - (into - counting + 1).max(0))
            }
        }
    }
}

/// The month of a day that may be far outside the range of time.
fn month_of_far(day: i64) -> Month {
    let day = day.clamp(i64::from(civil::FIRST_DAY) - 31, i64::from(civil::LAST_DAY) + 31);
    civil::month_of(day as Day).0
}

impl MonthDays {
    fn new(given: Box<[MonthDay]>, short_month: ShortMonth) -> Self {
        let mut days = Self {
            given: Box::default(),
            short_month,
            from_start: 0,
            from_end: 0,
            nth: [0; 7],
            nth_last: [0; 7],
            has_nth: false,
        };
        for day in &given {
            match day.0 {
                MonthDayKind::Number(day @ 1..) => days.from_start |= 1 << (day - 1),
                MonthDayKind::Number(day) => days.from_end |= 1 << (-1 - day),
                MonthDayKind::Nth(n, weekday) => {
                    let row = if n > 0 { &mut days.nth } else { &mut days.nth_last };
                    row[weekday.num_days_from_monday() as usize] |= 1 << (n.unsigned_abs() - 1);
                    days.has_nth = true;
                }
            }
        }
        days.given = given;
        days
    }

    #[inline]
    fn contains(&self, month: Month, dom: u32, weekday: u32) -> bool {
        let length = civil::days_in(month);
        let numbered = self.from_start >> (dom - 1) | self.from_end >> (length - dom);
        if numbered & 1 != 0 {
            return true;
        }
        // What the month lacks moves to its last day; rare enough to be slow.
        if self.has_nth || (dom == length && self.short_month == ShortMonth::Clamp) {
            let first_weekday = (weekday + 35 - (dom - 1)) % 7;
            return self.bits(length, first_weekday) >> (dom - 1) & 1 != 0;
        }
        false
    }

    /// The selected days of a month with so many days that begins on that
    /// weekday.
    fn bits(&self, length: u32, first_weekday: u32) -> u32 {
        let all = u32::MAX >> (32 - length);
        let lacking = !all;
        let mut bits = self.from_start & all | (self.from_end.reverse_bits() >> (32 - length));
        let mut lacks = (self.from_start | self.from_end) & lacking & (u32::MAX >> 1) != 0;
        if self.has_nth {
            for weekday in 0..7 {
                // The first such weekday's bit, and how many the month has.
                let first = (weekday + 7 - first_weekday) % 7;
                let many = (length - first).div_ceil(7);
                for n in 0..5 {
                    let (nth, nth_last) = (
                        self.nth[weekday as usize] >> n & 1 != 0,
                        self.nth_last[weekday as usize] >> n & 1 != 0,
                    );
                    if n < many {
                        bits |= u32::from(nth) << (first + 7 * n);
                        bits |= u32::from(nth_last) << (first + 7 * (many - 1 - n));
                    } else {
                        lacks |= nth || nth_last;
                    }
                }
            }
        }
        if lacks && self.short_month == ShortMonth::Clamp {
            bits |= 1 << (length - 1);
        }
        bits
    }
}

/// The days of a month that begins on `first_weekday` and fall on `weekdays`.
fn on_weekdays(weekdays: u8, first_weekday: u32) -> u32 {
    let week = u64::from(weekdays);
    let weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35;
    (weeks >> first_weekday) as u32
}

fn least_common_multiple(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}

/// The day number of a date in the years 1 to 9999.
pub(crate) fn day_number(date: NaiveDate) -> Result<Day, Error> {
    if (1..=9999).contains(&date.year()) {
        Ok(civil::day_of(date.year(), date.month(), date.day()))
    } else {
        Err(Error::out_of_range(format_args!("{date} is not in the years 1 to 9999")))
    }
}

/// The date of a day number.
pub(crate) fn date_of(day: Day) -> NaiveDate {
    let (year, month, dom) = civil::date_of(day);
    NaiveDate::from_ymd_opt(year, month, dom).expect("the years 0 to 10000 are in chrono's range")
}

/// Days of the month by number, and nothing else: what a date set comes down
/// to that the index can ask with a few instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MonthNumbers {
    /// Bit d - 1 for day d.
    pub(crate) from_start: u32,
    /// Bit d - 1 for the d-th day from the end.
    pub(crate) from_end: u32,
    /// Whether a day that a month lacks moves to its last.
    pub(crate) clamp: bool,
}

impl MonthNumbers {
    #[inline]
    pub(crate) fn contains(self, day: Day) -> bool {
        let (month, dom) = civil::month_of(day);
        let length = civil::days_in(month);
        let numbered = self.from_start >> (dom - 1) | self.from_end >> (length - dom);
        let lacks = (self.from_start | self.from_end) >> length != 0;
        numbered & 1 != 0 || (self.clamp && dom == length && lacks)
    }
}

impl Dates {
    /// The days of the month, if their numbers alone decide, for ever.
    pub(crate) fn month_numbers(&self) -> Option<MonthNumbers> {
        let days = self.month_days.as_ref().filter(|days| !days.has_nth)?;
        let numbers = MonthNumbers {
            from_start: days.from_start,
            from_end: days.from_end,
            clamp: days.short_month == ShortMonth::Clamp,
        };
        let plain = Self::on_month_days(days.given.iter().copied(), days.short_month).ok()?;
        (plain == *self).then_some(numbers)
    }
}
