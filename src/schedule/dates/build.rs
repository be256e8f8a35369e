//! Builds date sets, and computes their derived fields.

use chrono::{NaiveDate, Weekday};

use crate::error::Error;
use crate::schedule::dates::fast::{FastRule, MaskByLength, fast_days};
use crate::schedule::dates::month_days::{MonthDays, Ordinals};
use crate::schedule::dates::stride::Stride;
use crate::schedule::dates::{ALL_MONTHS, ALL_WEEKDAYS, DateSet, YearFilters};
use crate::schedule::days::{Days, Node, Unit, day_number};
use crate::schedule::math::nth_bit;
use crate::time::civil::{self, Day};
use crate::time::{MonthDay, ShortMonth};

impl DateSet {
    /// All days.
    pub(crate) fn every_day() -> Self {
        Self {
            fast_days: fast_days(civil::FIRST_DAY, civil::LAST_DAY),
            fast_rule: FastRule::Weekdays,
            weekdays: ALL_WEEKDAYS,
            by_month: false,
            months: ALL_MONTHS,
            first: civil::FIRST_DAY,
            last: civil::LAST_DAY,
            count: None,
            stride: None,
            year_filters: None,
            except: None,
            month_days: None,
            days: None,
            except_days: None,
            from_anchor: false,
        }
    }

    /// The days of a set. What the fields of the fast path can express goes there.
    pub(crate) fn on_days(days: &Days) -> Self {
        let mut dates = Self::every_day();
        let mut others = Vec::new();
        dates.narrow(days, &mut others);
        dates.days = match &*others {
            [] => None,
            [one] => Some(one.clone()),
            // These are parts of a set within the limits.
            _ => Some(Days::all(others).unwrap_or_else(|_| days.clone())),
        };
        dates.normalized()
    }

    /// Adds the rules of a set; parts that the fields cannot express go to `others`.
    fn narrow(&mut self, days: &Days, others: &mut Vec<Days>) {
        match days.node() {
            Node::Weekdays(_, mask) if self.weekdays & mask != 0 => self.weekdays &= mask,
            Node::Months(_, mask) if self.months & mask != 0 => self.months &= mask,
            Node::Named(_, of) => self.narrow(of, others),
            Node::All(sets) => sets.iter().for_each(|set| self.narrow(set, others)),
            _ if self.month_days.is_none() => {
                let mut numbers = (0, 0);
                let mut ordinals = Ordinals::default();
                if add_month_days(days, &mut numbers, &mut ordinals) {
                    self.month_days = Some(MonthDays::of(numbers, ordinals));
                } else {
                    others.push(days.clone());
                }
            }
            _ => others.push(days.clone()),
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

    /// The days that are one of `days` of their month.
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
        Ok(dates.normalized())
    }

    /// Only in these months, 1 for January.
    pub(crate) fn with_months(
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
        Ok(self.normalized())
    }

    /// Only the days in every `n`-th unit, counted from the one of `anchor`.
    pub(crate) fn with_interval(
        mut self,
        n: u32,
        unit: Unit,
        anchor: NaiveDate,
    ) -> Result<Self, Error> {
        if n == 0 {
            return Err(Error::out_of_range("0 is not positive").in_field("n").in_field("every"));
        }
        let anchor = day_number(anchor).map_err(|e| e.in_field("anchor").in_field("every"))?;
        self.stride = Some(Stride::new(n, unit, anchor, 0));
        Ok(self.normalized())
    }

    /// Without these days.
    pub(crate) fn without_dates(
        mut self,
        days: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Self, Error> {
        let mut except = days.into_iter().map(day_number).collect::<Result<Vec<_>, _>>()?;
        except.sort_unstable();
        except.dedup();
        self.except = (!except.is_empty()).then(|| except.into());
        Ok(self.normalized())
    }

    /// Without the days of this set.
    pub(crate) fn without_days(mut self, days: Days) -> Self {
        self.except_days = Some(days);
        self.normalized()
    }

    /// Without the days before the anchor of the stride.
    pub(crate) fn starting_at_anchor(mut self) -> Result<Self, Error> {
        if self.stride.is_none() {
            return Err(Error::invalid("needs `every`, which has the anchor"));
        }
        self.from_anchor = true;
        Ok(self.normalized())
    }

    /// Only the days in every `n`-th unit, counted from the one of `anchor`;
    /// weeks begin on `week_start`, 0 for Monday. `n` is not 0.
    #[cfg(feature = "rrule")]
    pub(crate) fn with_stride(self, n: u32, unit: Unit, anchor: Day, week_start: u32) -> Self {
        Self { stride: Some(Stride::new(n, unit, anchor, week_start)), ..self }.normalized()
    }

    /// Only the days that fall on one of `weekdays`, which are not empty.
    #[cfg(feature = "rrule")]
    pub(crate) fn also_on_weekdays(self, weekdays: impl IntoIterator<Item = Weekday>) -> Self {
        let weekdays = weekday_bits(weekdays);
        Self { weekdays, ..self }.normalized()
    }

    /// Only the days that pass these filters.
    #[cfg(feature = "rrule")]
    pub(crate) fn with_year_filters(self, year_filters: YearFilters) -> Self {
        Self { year_filters: Some(Box::new(year_filters)), ..self }.normalized()
    }

    /// Only the days in `first..=last`.
    #[cfg(feature = "rrule")]
    pub(crate) fn between(mut self, first: Day, last: Day) -> Self {
        self.bound(self.first.max(first), self.last.min(last));
        self
    }

    /// Only the first `count` days, from the anchor of the stride on.
    pub(crate) fn with_count(mut self, count: u32) -> Result<Self, Error> {
        if count == 0 {
            return Err(Error::out_of_range("0 is not positive").in_field("count"));
        }
        if self.stride.is_none() {
            return Err(
                Error::invalid("needs `every`: counting begins at its anchor").in_field("count")
            );
        }
        self.count = Some(count);
        Ok(self.normalized())
    }

    pub(crate) fn with_short_month(mut self, short_month: ShortMonth) -> Self {
        if let Some(days) = self.month_days.take() {
            self.month_days = Some(MonthDays::new(days.given, short_month));
        }
        self.normalized()
    }

    fn compute_fast_rule(&self) -> FastRule {
        if let Some(masks) = self.masks_of_days() {
            return FastRule::MonthDays(MaskByLength(masks));
        }
        let Some(days) = &self.month_days else { return FastRule::Weekdays };
        match days.by_length() {
            Some(masks) => FastRule::MonthDays(masks),
            None => FastRule::MonthDaysByWeekday(Box::new(days.by_weekday())),
        }
    }

    /// Computes the derived fields: the bounds, and the fast path.
    fn normalized(mut self) -> Self {
        self.fast_rule = self.compute_fast_rule();
        self.by_month =
            self.is_by_month() || self.stride.is_some_and(|stride| stride.len_months() != 0);
        let (first, last) = self.days.as_ref().map_or(ALL_DAYS, Days::hull);
        (self.first, self.last) = (first.max(ALL_DAYS.0), last.min(ALL_DAYS.1));
        if (self.count.is_some() || self.from_anchor)
            && let Some(stride) = self.stride
        {
            self.first = self.first.max(stride.anchor);
        }
        if let Some(count) = self.count {
            self.last = self.nth_from(self.first, count).unwrap_or(self.last);
        }
        // A set without a day would be searched to the end of time.
        if self.has_day() {
            self.bound(self.first, self.last);
        } else {
            self.bound(0, -1);
        }
        self
    }

    /// Whether there is a day between the bounds. Looks at one period, if there is one.
    fn has_day(&mut self) -> bool {
        let last = self.last;
        if let Some(cycle) = self.cycle_days() {
            let until = i64::from(self.periodic_day().max(self.first)) + cycle;
            self.last = last.min(until.min(i64::from(civil::LAST_DAY)) as Day);
        }
        let found = self.next(self.first).is_some();
        self.last = last;
        found
    }

    pub(super) fn bound(&mut self, first: Day, last: Day) {
        (self.first, self.last) = (first, last);
        self.fast_days = if self.is_single_rule() { fast_days(first, last) } else { (0, 0) };
    }

    /// The `count`-th day from `first` on, exceptions counted.
    fn nth_from(&self, first: Day, count: u32) -> Option<Day> {
        if i64::from(count) > i64::from(civil::LAST_DAY) - i64::from(first) + 1 {
            return None;
        }
        let counted = Self { except: None, except_days: None, ..self.clone() };
        let mut left = count;
        for (month, bits) in counted.months_between(first, self.last) {
            if bits.count_ones() >= left {
                return Some(civil::first_of(month) + nth_bit(bits.into(), left - 1) as Day);
            }
            left -= bits.count_ones();
        }
        None
    }
}

/// The days that a clock can show.
const ALL_DAYS: (Day, Day) = (civil::FIRST_DAY, civil::LAST_DAY);

/// Adds a set to days of the month, counted from the start and from the end. Returns false
/// if these cannot express it; some of its parts may have been added then.
fn add_month_days(days: &Days, numbers: &mut (u32, u32), ordinals: &mut Ordinals) -> bool {
    match days.node() {
        Node::MonthDays(_, masks) => match masks.by_number {
            Some((from_start, from_end)) => {
                *numbers = (numbers.0 | from_start, numbers.1 | from_end);
                true
            }
            None => false,
        },
        Node::NthWeekday(n, weekday) => {
            ordinals.insert(*n, weekday.num_days_from_monday());
            true
        }
        Node::Named(_, of) => add_month_days(of, numbers, ordinals),
        Node::Any(sets) => sets.iter().all(|set| add_month_days(set, numbers, ordinals)),
        _ => false,
    }
}

fn weekday_bits(weekdays: impl IntoIterator<Item = Weekday>) -> u8 {
    weekdays.into_iter().fold(0, |bits, day| bits | 1 << day.num_days_from_monday())
}
