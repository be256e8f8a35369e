//! Which dates a calendar falls on: the one date engine.
//!
//! A [`Dates`] is a set of days, described by rules. Three questions are asked
//! of it, all by random access: is this day in it, which is the next day in
//! it, which the previous. The month is the unit of work: the days of a month
//! that the rules select are the bits of one word.

mod every;
mod month_days;
#[cfg(test)]
mod tests;
mod year_days;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::error::Error;
use crate::time::civil::{self, Day, Month};
use crate::time::{MonthDay, ShortMonth};

pub(crate) use every::{Every, Unit};
pub(crate) use month_days::MonthNumbers;
#[cfg(feature = "rrule")]
pub(crate) use month_days::Ordinals;
use month_days::{ByLength, ByWeekday, MonthDays};
#[cfg(feature = "rrule")]
pub(crate) use year_days::YearDays;

/// What the rules select. An empty `Dates` of each kind selects every day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub(crate) struct Dates {
    /// The days on which one rule decides, as most sets have no other, in the
    /// years around the present: the first, and how many.
    near: (Day, u32),
    /// That rule.
    deciding: Deciding,
    /// Bit 0 is Monday.
    weekdays: u8,
    /// Whether there are rules for which the month of a day is looked at.
    by_month: bool,
    /// Bit 0 is January.
    months: u16,
    /// The days outside of which there is none; empty if there is none at all.
    first: Day,
    last: Day,
    count: Option<u32>,
    every: Option<Every>,
    /// What only rules can say; `None` where it does not matter.
    limits: Option<Box<Limits>>,
    /// Sorted.
    except: Box<[Day]>,
    /// `None`: days of the month do not matter.
    month_days: Option<MonthDays>,
}

/// The one rule that decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Deciding {
    Weekdays,
    MonthDays(ByLength),
    MonthDaysByWeekday(Box<ByWeekday>),
}

/// Days that pass only if each of these selects them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    /// The n-th of a weekday in its month.
    pub(crate) ordinals: Option<month_days::Ordinals>,
    /// Days of the year.
    pub(crate) year_days: Option<year_days::YearDays>,
}

/// In the order of the bits of weekdays.
pub(super) const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];
pub(crate) const ALL_WEEKDAYS: u8 = 0x7f;
/// 400 years, after which the calendar repeats.
const CYCLE_MONTHS: Month = 4800;
const ALL_MONTHS: u16 = 0xfff;
const FIRST_MONTH: Month = civil::month_of(civil::FIRST_DAY).0;
const LAST_MONTH: Month = civil::month_of(civil::LAST_DAY).0;

impl Dates {
    /// Every day there is.
    pub(crate) fn every_day() -> Self {
        Self {
            near: near(civil::FIRST_DAY, civil::LAST_DAY),
            deciding: Deciding::Weekdays,
            weekdays: ALL_WEEKDAYS,
            by_month: false,
            months: ALL_MONTHS,
            first: civil::FIRST_DAY,
            last: civil::LAST_DAY,
            count: None,
            every: None,
            limits: None,
            except: Box::default(),
            month_days: None,
        }
    }

    /// The days that fall on one of `weekdays`.
    pub(crate) fn on_weekdays(weekdays: impl IntoIterator<Item = Weekday>) -> Result<Self, Error> {
        let mask = weekday_bits(weekdays);
        if mask == 0 {
            return Err(Error::invalid("the list is empty; name at least one"));
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
            return Err(Error::invalid("the list is empty; name at least one"));
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
            return Err(Error::out_of_range("0 is not positive").in_field("n").in_field("every"));
        }
        let anchor = day_number(anchor).map_err(|e| e.in_field("anchor").in_field("every"))?;
        self.every = Some(Every::new(n, unit, anchor, 0));
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

    /// The days on every `n`-th unit, weeks beginning on `week_start`, 0 for
    /// Monday; `n` is not 0.
    #[cfg(feature = "rrule")]
    pub(crate) fn every_day_number(self, n: u32, unit: Unit, anchor: Day, week_start: u32) -> Self {
        Self { every: Some(Every::new(n, unit, anchor, week_start)), ..self }.settled()
    }

    /// Only the days that fall on one of `weekdays`, of which there is one.
    #[cfg(feature = "rrule")]
    pub(crate) fn also_on_weekdays(self, weekdays: impl IntoIterator<Item = Weekday>) -> Self {
        let weekdays = weekday_bits(weekdays);
        Self { weekdays, ..self }.settled()
    }

    /// Only the days that all of these select.
    #[cfg(feature = "rrule")]
    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self { limits: Some(Box::new(limits)), ..self }.settled()
    }

    /// Only the days in `first..=last`.
    #[cfg(feature = "rrule")]
    pub(crate) fn between(mut self, first: Day, last: Day) -> Self {
        self.bound(self.first.max(first), self.last.min(last));
        self
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
        self.contains_if(day, true)
    }

    /// Whether `day` is in the set, and `also` holds.
    ///
    /// What takes a few sums is summed up whether it does or not: a processor
    /// cannot foresee it, and would rather go on.
    #[inline(always)]
    pub(crate) fn contains_if(&self, day: Day, also: bool) -> bool {
        let (first, count) = self.near;
        if day.wrapping_sub(first) as u32 >= count {
            return also && self.passes_all(day);
        }
        let passes = match &self.deciding {
            Deciding::Weekdays => self.has_weekday_of(day),
            Deciding::MonthDays(masks) => masks.contains(day),
            Deciding::MonthDaysByWeekday(masks) => masks.contains(day),
        };
        passes & also
    }

    /// Reads a little at the far end of what is asked first.
    #[inline(always)]
    pub(crate) fn touch(&self) -> i64 {
        self.last.into()
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
        if self.month_days.is_none() && self.has_one_rule() && self.weekdays == ALL_WEEKDAYS {
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
        let base: i64 = if self.is_by_month() {
            i64::from(civil::CYCLE_DAYS)
        } else if self.weekdays != ALL_WEEKDAYS {
            7
        } else {
            1
        };
        let Some(every) = self.every else { return Some(base) };
        let cycle = match every.step_months() {
            0 => least_common_multiple(base, every.step().0)?,
            step => {
                let months = i64::from(CYCLE_MONTHS);
                least_common_multiple(months, step)? / months * i64::from(civil::CYCLE_DAYS)
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
        (self.deciding == Deciding::Weekdays && self.decides_for_ever()).then_some(self.weekdays)
    }

    /// Days of the month by number, if nothing else decides, for ever.
    pub(crate) fn month_numbers(&self) -> Option<MonthNumbers> {
        let by_length = matches!(self.deciding, Deciding::MonthDays(_)) && self.decides_for_ever();
        self.month_days.as_ref().filter(|_| by_length).and_then(MonthDays::numbers)
    }

    /// Whether one rule decides on all days there are.
    fn decides_for_ever(&self) -> bool {
        self.near.1 != 0 && self.first <= civil::FIRST_DAY && self.last >= civil::LAST_DAY
    }

    /// Weekdays as bits: no day of the set falls on another.
    pub(crate) fn possible_weekdays(&self) -> u8 {
        self.weekdays
    }

    pub(crate) fn weekdays(&self) -> impl Iterator<Item = Weekday> + use<> {
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

    /// Whether days are selected by where they are in their month or year.
    fn is_by_month(&self) -> bool {
        self.month_days.is_some() || self.months != ALL_MONTHS || self.limits.is_some()
    }

    /// Whether weekdays or days of the month decide, and nothing else within the
    /// bounds.
    fn has_one_rule(&self) -> bool {
        (self.month_days.is_none() || self.weekdays == ALL_WEEKDAYS)
            && self.months == ALL_MONTHS
            && self.limits.is_none()
            && self.every.is_none()
            && self.except.is_empty()
    }

    fn deciding(&self) -> Deciding {
        let Some(days) = &self.month_days else { return Deciding::Weekdays };
        match days.by_length() {
            Some(masks) => Deciding::MonthDays(masks),
            None => Deciding::MonthDaysByWeekday(Box::new(days.by_weekday())),
        }
    }

    /// Computes what follows from the rules: the bounds, and which of the
    /// rules have to be asked at all.
    fn settled(mut self) -> Self {
        self.deciding = self.deciding();
        self.by_month =
            self.is_by_month() || self.every.is_some_and(|every| every.step_months() != 0);
        (self.first, self.last) = (civil::FIRST_DAY, civil::LAST_DAY);
        if let Some(count) = self.count {
            self.first = self.every.map_or(civil::FIRST_DAY, |every| every.anchor);
            self.last = self.nth_from(self.first, count).unwrap_or(civil::LAST_DAY);
        }
        // A set without a day in it would be searched to the end of time.
        match self.next(self.first) {
            Some(_) => self.bound(self.first, self.last),
            None => self.bound(0, -1),
        }
        self
    }

    fn bound(&mut self, first: Day, last: Day) {
        (self.first, self.last) = (first, last);
        self.near = if self.has_one_rule() { near(first, last) } else { (0, 0) };
    }

    /// The `count`-th day from `first` on, exceptions counted.
    fn nth_from(&self, first: Day, count: u32) -> Option<Day> {
        if i64::from(count) > i64::from(civil::LAST_DAY) - i64::from(first) + 1 {
            return None;
        }
        let counted = Self { except: Box::default(), ..self.clone() };
        let mut left = count;
        for (month, bits) in counted.months_between(first, civil::LAST_DAY) {
            if bits.count_ones() >= left {
                return Some(civil::first_of(month) + nth_bit(bits, left - 1));
            }
            left -= bits.count_ones();
        }
        None
    }

    /// The months that have days of the set in `from..=until`, ascending, each
    /// with these days as bits.
    pub(crate) fn months_between(
        &self,
        from: Day,
        until: Day,
    ) -> impl Iterator<Item = (Month, u32)> + '_ {
        let (from, until) = (from.max(self.first), until.min(self.last));
        let ((first, dom), (last, last_dom)) = (civil::month_of(from), civil::month_of(until));
        let months = std::iter::successors(Some(first), |month| Some(self.month_after(*month)));
        months.take_while(move |month| *month <= last && from <= until).filter_map(move |month| {
            let mut bits = self.days_of(month);
            if month == first {
                bits &= u32::MAX << (dom - 1);
            }
            if month == last {
                bits &= u32::MAX >> (32 - last_dom);
            }
            (bits != 0).then_some((month, bits))
        })
    }

    #[inline]
    fn has_weekday_of(&self, day: Day) -> bool {
        self.weekdays >> civil::weekday_of(day) & 1 != 0
    }

    /// [`contains`](Self::contains), whatever the rules and the day.
    #[inline(never)]
    fn passes_all(&self, day: Day) -> bool {
        (self.first <= day && day <= self.last)
            && self.has_weekday_of(day)
            && self.every.is_none_or(|every| every.step_months() != 0 || every.is_in_step(day))
            && (!self.by_month || self.passes_by_month(day))
            && (self.except.is_empty() || self.except.binary_search(&day).is_err())
    }

    /// The rules for which the month of a day is looked at.
    fn passes_by_month(&self, day: Day) -> bool {
        let (month, dom) = civil::month_of(day);
        self.months >> month.rem_euclid(12) & 1 != 0
            && self.every.is_none_or(|every| every.step_months() == 0 || every.is_in_step(month))
            && (self.month_days.as_ref())
                .is_none_or(|days| days.contains(month, dom, civil::weekday_of(day)))
            && self.limits.as_ref().is_none_or(|limits| limits.contains(day, month, dom))
    }

    /// The days of a month that pass all rules but the bounds, as bits.
    pub(crate) fn days_of(&self, month: Month) -> u32 {
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
        if let Some(limits) = &self.limits {
            bits &= limits.bits(month, first, length);
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
        let mut next = month + 1;
        while next <= LAST_MONTH {
            let selected = self.selected_month(next, 1);
            next = self.every.map_or(selected, |every| every.month_from(selected));
            if next == selected {
                break;
            }
        }
        next
    }

    /// The previous month worth looking at.
    fn month_before(&self, month: Month) -> Month {
        let mut previous = month - 1;
        while previous >= FIRST_MONTH {
            let selected = self.selected_month(previous, -1);
            previous = self.every.map_or(selected, |every| every.month_until(selected));
            if previous == selected {
                break;
            }
        }
        previous
    }

    /// The first of the months of the year that count, from `month` on in that
    /// direction.
    fn selected_month(&self, mut month: Month, direction: Month) -> Month {
        while self.months >> month.rem_euclid(12) & 1 == 0 {
            month += direction;
        }
        month
    }
}

impl Limits {
    #[inline]
    fn contains(&self, day: Day, month: Month, dom: u32) -> bool {
        self.ordinals.is_none_or(|ordinals| {
            ordinals.contains(dom, civil::days_in(month), civil::weekday_of(day))
        }) && self.year_days.as_ref().is_none_or(|days| days.contains(day, month))
    }

    fn bits(&self, month: Month, first: Day, length: u32) -> u32 {
        let ordinals = self
            .ordinals
            .map_or(u32::MAX, |ordinals| ordinals.bits(length, civil::weekday_of(first)).0);
        ordinals & self.year_days.as_ref().map_or(u32::MAX, |days| days.bits(month, first))
    }
}

/// The days from `first` to `last` on which months are found by a table: the
/// first, and how many there are.
fn near(first: Day, last: Day) -> (Day, u32) {
    let (first, end) =
        (first.max(civil::TABLE_DAYS.start), last.saturating_add(1).min(civil::TABLE_DAYS.end));
    (first, u32::try_from(end.saturating_sub(first)).unwrap_or(0))
}

/// The index of the `n`-th bit that is set, counted from 0.
pub(crate) fn nth_bit(mut bits: u32, n: u32) -> i32 {
    for _ in 0..n {
        bits &= bits - 1;
    }
    bits.trailing_zeros() as i32
}

/// The days of a month that begins on `first_weekday` and fall on `weekdays`.
fn on_weekdays(weekdays: u8, first_weekday: u32) -> u32 {
    let week = u64::from(weekdays);
    let weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35;
    (weeks >> first_weekday) as u32
}

fn weekday_bits(weekdays: impl IntoIterator<Item = Weekday>) -> u8 {
    weekdays.into_iter().fold(0, |bits, day| bits | 1 << day.num_days_from_monday())
}

pub(crate) fn least_common_multiple(a: i64, b: i64) -> Option<i64> {
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
