//! The dates on which a calendar schedule occurs.
//!
//! A [`DateSet`] is a set of days, described by rules. It answers three queries,
//! all by random access: whether a day is in the set, and which day of the set
//! is the next or the previous one. Searches go by month: the days of a month
//! that the rules select are the bits of one word.

mod build;
mod fast;
mod month_days;
mod stride;
#[cfg(test)]
mod tests;
mod year_days;

use chrono::{NaiveDate, Weekday};

use crate::schedule::days::{Days, Node};
use crate::schedule::math::lcm;
use crate::time::civil::{self, Day, Month};
use crate::time::{MonthDay, ShortMonth};

use fast::FastRule;

pub(crate) use crate::schedule::days::Unit;
pub(crate) use month_days::MonthDayMask;
use month_days::MonthDays;
#[cfg(feature = "rrule")]
pub(crate) use month_days::Ordinals;
pub(crate) use stride::Stride;
#[cfg(feature = "rrule")]
pub(crate) use year_days::YearDays;

/// A set of days: the days that pass all of its rules.
///
/// The fields of the fast path come first and are in the order of the layout, so
/// that [`contains_if`](Self::contains_if) reads one or two cache lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub(crate) struct DateSet {
    /// The days for which `fast_rule` alone decides: the first one, and the
    /// count. The count is 0 if the set has several rules.
    fast_days: (Day, u32),
    /// The rule of a set that has only one; unused otherwise.
    fast_rule: FastRule,
    /// Bit 0 is Monday.
    weekdays: u8,
    /// Whether a rule depends on the month of the day.
    by_month: bool,
    /// Bit 0 is January.
    months: u16,
    /// All days of the set are in `first..=last`; empty if the set is.
    first: Day,
    last: Day,
    count: Option<u32>,
    stride: Option<Stride>,
    /// Filters that only RFC 5545 rules have.
    year_filters: Option<Box<YearFilters>>,
    /// Excluded days, sorted; `None` if there are none, as a comparison of two empty slices is a
    /// call of `memcmp`. With an address that is not mapped, as that of an empty slice, it takes
    /// some processors a quarter of a microsecond.
    except: Option<Box<[Day]>>,
    /// `None` if days are not selected by their position in the month.
    month_days: Option<MonthDays>,
    /// Days that the other fields cannot express; a day must be one of them.
    days: Option<Days>,
    /// Excluded days.
    except_days: Option<Days>,
    /// Whether no day before the anchor of the stride is in the set.
    from_anchor: bool,
}

/// Filters by position in month and year; a day must pass each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct YearFilters {
    /// The n-th of a weekday in its month.
    pub(crate) ordinals: Option<month_days::Ordinals>,
    /// Days of the year.
    pub(crate) year_days: Option<year_days::YearDays>,
}

/// In the order of the bits of a weekday mask.
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

impl DateSet {
    /// Whether `day` is in the set.
    #[inline]
    pub(crate) fn contains(&self, day: Day) -> bool {
        self.contains_if(day, true)
    }

    /// Whether `day` is in the set, and `also` holds.
    ///
    /// Evaluated without short-circuiting: a branch on `also` would be
    /// unpredictable, and both sides are cheap.
    #[inline(always)]
    pub(crate) fn contains_if(&self, day: Day, also: bool) -> bool {
        match self.contains_fast(day) {
            Some(passes) => passes & also,
            None => also && self.contains_slow(day),
        }
    }

    /// Whether `day` is in the set, by its only rule; `None` if that does not decide it.
    #[inline(always)]
    pub(crate) fn contains_fast(&self, day: Day) -> Option<bool> {
        let (first, count) = self.fast_days;
        if day.wrapping_sub(first) as u32 >= count {
            return None;
        }
        Some(match &self.fast_rule {
            FastRule::Weekdays => self.has_weekday_of(day),
            FastRule::MonthDays(masks) => masks.contains(day),
            FastRule::MonthDaysByWeekday(masks) => masks.contains(day),
        })
    }

    /// Reads from the last cache line of the fields of the fast path, as a
    /// prefetch; see [`Window::prefetch_hint`](crate::window::Window::prefetch_hint).
    #[inline(always)]
    pub(crate) fn prefetch_hint(&self) -> i64 {
        self.last.into()
    }

    /// Reads from each cache line, as a prefetch of what a comparison reads.
    #[inline(always)]
    pub(crate) fn comparison_hint(&self) -> i64 {
        let ends = i64::from(self.fast_days.0) ^ i64::from(self.from_anchor);
        ends ^ self.prefetch_hint() ^ i64::from(self.except.is_some())
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

    /// The days of the set in `from..=until`, ascending. The days of a month are computed at
    /// once.
    pub(crate) fn days_in(&self, from: Day, until: Day) -> impl Iterator<Item = Day> + '_ {
        let (from, until) = (from.max(self.first), until.min(self.last));
        let is_empty = from > until;
        let (mut month, dom) = civil::month_of(if is_empty { self.first } else { from });
        let last_month = civil::month_of(if is_empty { self.first } else { until }).0;
        let mut bits = if is_empty { 0 } else { self.days_of(month) & (u32::MAX << (dom - 1)) };
        std::iter::from_fn(move || {
            while bits == 0 {
                month = self.month_after(month);
                if is_empty || month > last_month {
                    return None;
                }
                bits = self.days_of(month);
            }
            let day = civil::first_of(month) + bits.trailing_zeros() as i32;
            bits &= bits - 1;
            (day <= until).then_some(day)
        })
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

    /// The first day on or after `from` that is not in the set; `None` if all are.
    pub(crate) fn next_excluded(&self, from: Day) -> Option<Day> {
        if from < self.first || from > self.last {
            return Some(from);
        }
        let past = (self.last < civil::LAST_DAY).then_some(self.last + 1);
        let (mut month, dom) = civil::month_of(from);
        let mut keep = u32::MAX << (dom - 1);
        // After the exceptions the months repeat with the calendar, or sooner: if
        // one cycle has no excluded day, none follows. A stride longer than a
        // cycle excludes a day in the first one.
        let exceptions_end = civil::month_of(self.periodic_day().min(civil::LAST_DAY)).0;
        let last_month = if self.cycle_days().is_some() || self.is_cyclic() {
            civil::month_of(self.last).0.min(month.max(exceptions_end) + CYCLE_MONTHS)
        } else {
            civil::month_of(self.last).0
        };
        let all_days = self.month_days.is_none() && self.days.is_none();
        if all_days && self.is_single_rule() && self.weekdays == ALL_WEEKDAYS {
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

    /// The period of the set in days, from [`periodic_from`](Self::periodic_from)
    /// on; `None` if it is longer than the range of time.
    pub(crate) fn cycle_days(&self) -> Option<i64> {
        let mut days = self.days.iter().chain(&self.except_days);
        self.cycle_with(days.try_fold(1, |cycle, days| lcm(cycle, days.cycle_days()?))?)
    }

    /// The period of the set in days, if its sets of days have this one.
    fn cycle_with(&self, of_days: i64) -> Option<i64> {
        let base: i64 = if self.is_by_month() {
            i64::from(civil::CYCLE_DAYS)
        } else if self.weekdays != ALL_WEEKDAYS {
            7
        } else {
            1
        };
        let base = lcm(base, of_days)?;
        let Some(stride) = self.stride else { return Some(base) };
        let cycle = match stride.len_months() {
            0 => lcm(base, stride.len().0)?,
            step => {
                let months = i64::from(CYCLE_MONTHS);
                lcm(months, step)? / months * i64::from(civil::CYCLE_DAYS)
            }
        };
        (cycle < i64::from(civil::LAST_DAY - civil::FIRST_DAY)).then_some(cycle)
    }

    /// How long the set repeats from `day` on: until a day, with a period in days. `None` if
    /// that is not known.
    pub(crate) fn repeats_from(&self, day: Day) -> Option<(Day, i64)> {
        if day < self.first {
            return None;
        }
        let until = match self.last {
            civil::LAST_DAY.. => Day::MAX,
            last => last + 1,
        };
        let next_except = self.except_list().partition_point(|except| *except < day);
        let until = self.except_list().get(next_except).map_or(until, |except| until.min(*except));
        let mut days = self.days.iter().chain(&self.except_days);
        let (until, of_days) = days.try_fold((until, 1), |(until, cycle), days| {
            let of_part = days.repeats_from(day)?;
            Some((until.min(of_part.0), lcm(cycle, of_part.1)?))
        })?;
        Some((until, self.cycle_with(of_days)?))
    }

    /// The day from which on the set has the period
    /// [`cycle_days`](Self::cycle_days); `None` if the set ends.
    pub(crate) fn periodic_from(&self) -> Option<Day> {
        if self.last < civil::LAST_DAY {
            return None;
        }
        Some(self.first.max(self.periodic_day()))
    }

    /// The day from which on the rules other than the bounds repeat.
    fn periodic_day(&self) -> Day {
        let after_except = self.except_list().last().map_or(civil::FIRST_DAY, |last| last + 1);
        let days = self.days.iter().chain(&self.except_days);
        days.map(Days::periodic_from).fold(after_except, Day::max)
    }

    /// Whether all rules but the stride repeat within the range of time.
    fn is_cyclic(&self) -> bool {
        self.days.iter().chain(&self.except_days).all(|days| days.cycle_days().is_some())
    }

    /// Weekdays as bits, if the set has no other rule, for all of time.
    pub(crate) fn weekday_bits(&self) -> Option<u8> {
        (self.fast_rule == FastRule::Weekdays && self.is_single_rule_for_all_time())
            .then_some(self.weekdays)
    }

    /// Days of the month by number, if the set has no other rule, for all of time.
    pub(crate) fn month_day_mask(&self) -> Option<MonthDayMask> {
        let by_length =
            matches!(self.fast_rule, FastRule::MonthDays(_)) && self.is_single_rule_for_all_time();
        self.month_days.as_ref().filter(|_| by_length).and_then(MonthDays::mask)
    }

    /// Whether the set has a single rule and no bounds.
    fn is_single_rule_for_all_time(&self) -> bool {
        self.fast_days.1 != 0 && self.first <= civil::FIRST_DAY && self.last >= civil::LAST_DAY
    }

    /// Weekdays as bits: all days of the set fall on one of them.
    pub(crate) fn possible_weekdays(&self) -> u8 {
        self.days.as_ref().map_or(self.weekdays, |days| self.weekdays & days.possible_weekdays())
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

    /// The months, 1 for January; `None` if all.
    pub(crate) fn months(&self) -> Option<impl Iterator<Item = u32> + use<>> {
        let mask = self.months;
        (mask != ALL_MONTHS).then(|| (1..=12).filter(move |month| mask >> (month - 1) & 1 != 0))
    }

    pub(crate) fn interval(&self) -> Option<Stride> {
        self.stride
    }

    pub(crate) fn exceptions(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.except_list().iter().map(|day| date_of(*day))
    }

    /// The excluded days that are given one by one, sorted.
    fn except_list(&self) -> &[Day] {
        self.except.as_deref().unwrap_or_default()
    }

    /// The excluded days that are given as a set.
    pub(crate) fn excepted_days(&self) -> Option<&Days> {
        self.except_days.as_ref()
    }

    /// Whether days before the anchor of the stride are left out, other than by a count.
    pub(crate) fn is_from_anchor(&self) -> bool {
        self.from_anchor
    }

    pub(crate) fn count(&self) -> Option<u32> {
        self.count
    }

    /// The last day, if that is before the end of time.
    pub(crate) fn last_if_it_ends(&self) -> Option<Day> {
        (self.last < civil::LAST_DAY).then_some(self.last)
    }

    /// Whether the set has no day because its rules contradict each other, such as
    /// the 30th of February.
    pub(crate) fn is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Whether days are selected by their position in the month or year.
    fn is_by_month(&self) -> bool {
        self.month_days.is_some() || self.months != ALL_MONTHS || self.year_filters.is_some()
    }

    /// Whether weekdays or days of the month are the only rule within the bounds.
    fn is_single_rule(&self) -> bool {
        (self.month_days.is_none() || self.weekdays == ALL_WEEKDAYS)
            && self.months == ALL_MONTHS
            && self.year_filters.is_none()
            && self.stride.is_none()
            && self.except.is_none()
            && self.except_days.is_none()
            && self.days.as_ref().is_none_or(|_| {
                let others = self.month_days.is_some() || self.weekdays != ALL_WEEKDAYS;
                !others && self.masks_of_days().is_some()
            })
    }

    /// The days of `days` by length of month, if these determine them.
    fn masks_of_days(&self) -> Option<[u32; fast::LENGTHS]> {
        match self.days.as_ref()?.node() {
            Node::MonthDays(_, masks) => Some(masks.by_length),
            _ => None,
        }
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

    /// Whether a day from `from` to `until` is in the set; `from` is not after `until`.
    pub(crate) fn any_between(&self, from: Day, until: Day) -> bool {
        /// Fewer days are tested one by one; a search looks at all days of a month.
        const FEW: Day = 6;
        if until - from < FEW {
            return (from..=until).rev().any(|day| self.contains(day));
        }
        self.contains(until) || self.previous(until - 1).is_some_and(|day| day >= from)
    }

    /// [`contains`](Self::contains) for any set and any day.
    #[inline(never)]
    pub(crate) fn contains_slow(&self, day: Day) -> bool {
        (self.first <= day && day <= self.last)
            && self.has_weekday_of(day)
            && self.stride.is_none_or(|stride| stride.len_months() != 0 || stride.matches(day))
            && (!self.by_month || self.contains_by_month(day))
            && self.except.as_ref().is_none_or(|days| days.binary_search(&day).is_err())
            && self.days.as_ref().is_none_or(|days| days.contains_day(day))
            && self.except_days.as_ref().is_none_or(|days| !days.contains_day(day))
    }

    /// Evaluates the rules that depend on the month of the day.
    fn contains_by_month(&self, day: Day) -> bool {
        let (month, dom) = civil::month_of(day);
        self.months >> month.rem_euclid(12) & 1 != 0
            && self.stride.is_none_or(|stride| stride.len_months() == 0 || stride.matches(month))
            && (self.month_days.as_ref())
                .is_none_or(|days| days.contains(month, dom, civil::weekday_of(day)))
            && self
                .year_filters
                .as_ref()
                .is_none_or(|year_filters| year_filters.contains(day, month, dom))
    }

    /// The days of a month that pass all rules but the bounds, as bits.
    pub(crate) fn days_of(&self, month: Month) -> u32 {
        #[cfg(all(test, feature = "rrule"))]
        crate::schedule::visits::count();
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
        if let Some(year_filters) = &self.year_filters {
            bits &= year_filters.bits(month, first, length);
        }
        if let Some(stride) = self.stride {
            bits &= stride.bits(month, first, length);
        }
        if let Some(days) = self.days.as_ref().filter(|_| bits != 0) {
            bits &= days.month_bits(month);
        }
        if let Some(days) = self.except_days.as_ref().filter(|_| bits != 0) {
            bits &= !days.month_bits(month);
        }
        let excepted = self.except_list().partition_point(|day| *day < first);
        for day in &self.except_list()[excepted..] {
            match u32::try_from(day - first) {
                Ok(index) if index < length => bits &= !(1 << index),
                _ => break,
            }
        }
        bits
    }

    /// The next month that can have a day of the set.
    fn month_after(&self, month: Month) -> Month {
        let mut next = month + 1;
        while next <= LAST_MONTH {
            let selected = self.selected_month(next, 1);
            next = self.stride.map_or(selected, |stride| stride.next_month(selected));
            if next == selected {
                break;
            }
        }
        next
    }

    /// The previous month that can have a day of the set.
    fn month_before(&self, month: Month) -> Month {
        let mut previous = month - 1;
        while previous >= FIRST_MONTH {
            let selected = self.selected_month(previous, -1);
            previous = self.stride.map_or(selected, |stride| stride.previous_month(selected));
            if previous == selected {
                break;
            }
        }
        previous
    }

    /// The first selected month of the year, from `month` on in `direction` (1 or
    /// -1).
    fn selected_month(&self, mut month: Month, direction: Month) -> Month {
        while self.months >> month.rem_euclid(12) & 1 == 0 {
            month += direction;
        }
        month
    }
}

impl YearFilters {
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

/// The days of a month that begins on `first_weekday` and fall on `weekdays`.
fn on_weekdays(weekdays: u8, first_weekday: u32) -> u32 {
    let week = u64::from(weekdays);
    let weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35;
    (weeks >> first_weekday) as u32
}

/// The date of a day number.
pub(crate) fn date_of(day: Day) -> NaiveDate {
    let (year, month, dom) = civil::date_of(day);
    NaiveDate::from_ymd_opt(year, month, dom).expect("the years 0 to 10000 are in chrono's range")
}
