//! The kinds of schedule; each is a pure function of time.
//!
//! All queries use random access and never iterate from the start of a schedule:
//! whether an instant is inside an occurrence, which occurrence that is, and
//! which one is next or previous. [`dates`] computes the dates of a calendar; the
//! zone maps the clock range of a date to instants.

mod calendar;
mod calendar_kind;
mod clock_changes;
mod clock_dates;
mod combine;
#[cfg(feature = "rrule")]
mod cron;
mod daily;
pub(crate) mod dates;
pub(crate) mod days;
mod describe;
mod english;
mod explain;
mod extend;
mod local_once;
mod math;
mod monthly;
mod occurrences;
mod once;
mod periodic;
mod ranges;
#[cfg(feature = "rrule")]
mod rule;
mod runs;
#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "rrule"))]
mod visits;
mod weekly;

pub use calendar::Calendar;
pub(crate) use clock_changes::ClockChange;
pub(crate) use clock_dates::ClockDates;
pub(crate) use combine::check_nodes;
pub use combine::{Combination, Operator};
#[cfg(feature = "rrule")]
pub use cron::{Cron, DayMatch};
pub use daily::Daily;
pub(crate) use dates::{ALL_WEEKDAYS, MonthDayMask};
pub(crate) use days::day_number;
pub(crate) use days::{DayOfMonth, Item, Node as DayNode, PointKind};
pub use days::{Days, Point, Unit};
pub use local_once::{LocalOnce, OnceEnd};
pub(crate) use math::lcm;
pub use monthly::Monthly;
pub use occurrences::Occurrences;
pub(crate) use occurrences::collect_bounded;
pub use once::Once;
pub use periodic::Periodic;
pub use ranges::Dst;
#[cfg(feature = "rrule")]
pub use rule::{Fold, Gap, NominalDuration, Rule, RuleBuilder};
#[cfg(feature = "rrule")]
pub(crate) use rule::{GivenDuration, Mapping, RuleOptions};
pub(crate) use runs::Reached;
pub use runs::Search;
pub use weekly::Weekly;

#[cfg(feature = "rrule")]
use crate::schedule::rule::Recurrence;
use crate::time::{Interval, Timestamp, Zone};

/// When a window is active, before its validity is applied.
///
/// Occurrences are half-open, not empty, and ordered by start. Those of a rule, and of a
/// calendar with several clock ranges or ranges over several days, may overlap.
///
/// ```
/// use quietude::{Daily, Schedule, Zone};
///
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, berlin).into();
/// let at = "2026-11-26T21:15:00Z".parse()?;
/// assert!(schedule.contains(at));
/// assert_eq!(schedule.occurrence_at(at).unwrap().end(), "2026-11-27T01:00:00Z".parse()?);
/// assert_eq!(schedule.next_occurrence(at).unwrap().start(), "2026-11-27T21:00:00Z".parse()?);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule {
    /// One interval.
    Once(Once),
    /// One interval, between local times.
    LocalOnce(LocalOnce),
    /// A fixed period of elapsed time.
    Periodic(Periodic),
    /// A clock range on every date.
    Daily(Daily),
    /// A clock range on days of the week.
    Weekly(Weekly),
    /// A clock range on days of the month.
    Monthly(Monthly),
    /// Clock ranges on a set of days.
    Calendar(Calendar),
    /// RFC 5545, feature `rrule`.
    #[cfg(feature = "rrule")]
    Rule(Rule),
    /// A cron expression with a duration, feature `rrule`.
    #[cfg(feature = "rrule")]
    Cron(Cron),
    /// Made of other schedules.
    Combined(Combination),
}

impl Schedule {
    /// Whether an occurrence covers `t`.
    ///
    /// Takes a few nanoseconds. The cost does not depend on how long ago the
    /// schedule began.
    #[must_use]
    #[inline]
    pub fn contains(&self, t: Timestamp) -> bool {
        let calendar = match self {
            Self::Daily(daily) => daily.calendar(),
            Self::Weekly(weekly) => weekly.calendar(),
            Self::Monthly(monthly) => monthly.calendar(),
            Self::Calendar(calendar) => calendar.calendar(),
            Self::Combined(combination) => return combination.contains(t),
            _ => return self.other_kind_contains(t),
        };
        calendar.contains(t.as_millis())
    }

    /// [`contains`](Self::contains) for kinds other than calendars and combinations. It is a
    /// separate function so that the path for calendars needs no stack frame.
    #[inline(never)]
    fn other_kind_contains(&self, t: Timestamp) -> bool {
        match self.kind() {
            Kind::Once(interval) => interval.is_some_and(|interval| interval.contains(t)),
            Kind::Periodic(periodic) => periodic.contains(t.as_millis()) && t < Timestamp::END,
            Kind::Calendar(calendar) => calendar.contains(t.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.contains(t.as_millis()),
            Kind::Combined(..) => false,
        }
    }

    /// The zone of a schedule in local time; `None` for one-time and periodic
    /// schedules, which measure elapsed time, and for a combination, unless all of its
    /// parts that have a zone have the same.
    ///
    /// ```
    /// # use quietude::{Daily, Schedule, Zone};
    /// let tokyo: Zone = "Asia/Tokyo".parse()?;
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, tokyo).into();
    /// assert_eq!(schedule.zone().unwrap().name(), "Asia/Tokyo");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        match self.kind() {
            Kind::Once(_) | Kind::Periodic(_) => match self {
                Self::LocalOnce(once) => Some(once.zone()),
                _ => None,
            },
            Kind::Calendar(calendar) => Some(&calendar.zone),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => Some(rule.zone()),
            Kind::Combined(_, parts) => {
                let mut zones = parts.iter().filter_map(Self::zone);
                let first = zones.next()?;
                zones.all(|zone| zone == first).then_some(first)
            }
        }
    }

    /// The occurrence that covers `t`; if several do, the one that began last. `None` also
    /// if the search for its start or end got to a limit; [`search_at`](Self::search_at)
    /// tells.
    #[must_use]
    pub fn occurrence_at(&self, t: Timestamp) -> Option<Interval> {
        if !self.contains(t) {
            return None;
        }
        match self.kind() {
            Kind::Once(interval) => interval,
            Kind::Periodic(periodic) => periodic.occurrence_at(t.as_millis()),
            Kind::Calendar(calendar) => calendar.occurrence_at(t.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.occurrence_at(t.as_millis()),
            Kind::Combined(..) => self.search_at(t).found(),
        }
    }

    /// The first occurrence that begins after `after`, not at it.
    ///
    /// Scans months, not days: at most a few thousand months, for rules such as
    /// the 29th of February on a Monday. `None` also if the search in a combination got to a
    /// limit; [`search_next`](Self::search_next) tells.
    #[must_use]
    pub fn next_occurrence(&self, after: Timestamp) -> Option<Interval> {
        match self.kind() {
            Kind::Once(interval) => interval.filter(|interval| interval.start() > after),
            Kind::Periodic(periodic) => periodic.next_occurrence(after.as_millis()),
            Kind::Calendar(calendar) => calendar.next_occurrence(after.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.next_occurrence(after.as_millis()),
            Kind::Combined(..) => self.search_next(after).found(),
        }
    }

    /// The last occurrence that begins before `before`, not at it. `None` also if the search
    /// in a combination got to a limit; [`search_previous`](Self::search_previous) tells.
    ///
    /// ```
    /// # use quietude::{Daily, Schedule, Zone};
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, Zone::utc()).into();
    /// let last = schedule.previous_occurrence("2026-11-26T21:15:00Z".parse()?).unwrap();
    /// assert_eq!(last.end(), "2026-11-26T02:00:00Z".parse()?);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn previous_occurrence(&self, before: Timestamp) -> Option<Interval> {
        match self.kind() {
            Kind::Once(interval) => interval.filter(|interval| interval.start() < before),
            Kind::Periodic(periodic) => periodic.previous_occurrence(before.as_millis()),
            Kind::Calendar(calendar) => calendar.previous_occurrence(before.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.previous_occurrence(before.as_millis()),
            Kind::Combined(..) => self.search_previous(before).found(),
        }
    }

    /// The occurrences that intersect `within`, ordered by start, not clipped.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Schedule, Zone};
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, Zone::utc()).into();
    /// let day = Interval::new("2026-11-26T00:00:00Z".parse()?, "2026-11-27T00:00:00Z".parse()?)?;
    /// assert_eq!(schedule.occurrences(day).count(), 2);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn occurrences(&self, within: Interval) -> Occurrences<'_> {
        Occurrences::new(self, within)
    }

    /// The occurrence that covers `t` and began first.
    pub(crate) fn first_occurrence_at(&self, t: Timestamp) -> Option<Interval> {
        match self.kind() {
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.first_occurrence_at(t.as_millis()),
            Kind::Calendar(calendar) => calendar.first_occurrence_at(t.as_millis()),
            _ => self.occurrence_at(t),
        }
    }

    /// The end of the contiguous occurrences that cover `t`, or of some of them for a
    /// combination; `t` itself if none does.
    pub(crate) fn covered_until(&self, t: Timestamp) -> Timestamp {
        let until = match self.kind() {
            Kind::Combined(..) if self.contains(t) => self.combined_until(t.as_millis()),
            Kind::Combined(..) => return t,
            _ => {
                let until = self.covered_until_within(t, &mut { u64::MAX });
                until.unwrap_or_else(|reached| reached)
            }
        };
        Timestamp::saturating(until)
    }

    /// The end of the contiguous occurrences that cover `t`, or of some of them for a periodic
    /// schedule; `t` itself if none does. An error if it was not found within a number of
    /// steps, which are counted down.
    pub(crate) fn covered_until_within(
        &self,
        t: Timestamp,
        steps: &mut u64,
    ) -> Result<i64, Reached> {
        if !self.contains(t) {
            return Ok(t.as_millis());
        }
        let until = match self.kind() {
            Kind::Once(interval) => interval.map_or(t, Interval::end),
            Kind::Periodic(periodic) => {
                periodic.occurrence_at(t.as_millis()).map_or(t, Interval::end)
            }
            Kind::Calendar(calendar) => return calendar.covered_until(t.as_millis(), steps),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => return rule.covered_until(t.as_millis(), steps),
            Kind::Combined(..) => return self.end_of_state(t.as_millis(), steps, true),
        };
        Ok(until.as_millis())
    }

    /// The latest end of the occurrences that end up to `t`, which none covers.
    pub(crate) fn last_end(&self, t: i64) -> Option<i64> {
        let end = |occurrence: Option<Interval>| occurrence.map(|o| o.end().as_millis());
        match self.kind() {
            Kind::Once(interval) => end(interval).filter(|end| *end <= t),
            Kind::Periodic(periodic) => end(periodic.previous_occurrence(t)),
            Kind::Calendar(calendar) => calendar.last_end(t),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.last_end(t),
            Kind::Combined(..) => end(self.search_previous(Timestamp::saturating(t)).found()),
        }
    }

    /// The schedule with the zone of its calendars replaced by UTC; `None` if it has other
    /// kinds.
    fn in_utc(&self) -> Option<Self> {
        Some(match self {
            Self::Combined(combination) => Self::Combined(combination.in_utc()?),
            _ => match self.kind() {
                Kind::Calendar(calendar) => {
                    Self::Calendar(Calendar::from_dates(calendar.with_zone(Zone::utc())))
                }
                _ => return None,
            },
        })
    }

    /// The instant from which on the schedule is periodic, and the period in
    /// milliseconds.
    ///
    /// `(None, _)` if the schedule ends; `(_, None)` if the period is longer than
    /// the range of time.
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        match self.kind() {
            Kind::Once(_) => (None, Some(1)),
            Kind::Periodic(periodic) => {
                (Some(periodic.start().as_millis()), Some(periodic.period_ms()))
            }
            Kind::Calendar(calendar) => calendar.cycle(),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.cycle(),
            Kind::Combined(..) => self.combined_cycle(),
        }
    }

    /// Reads from the last cache line that `contains` needs of a calendar, as a
    /// prefetch; see [`Window::prefetch_hint`](crate::window::Window::prefetch_hint).
    #[inline(always)]
    pub(crate) fn prefetch_hint(&self) -> i64 {
        match self.kind() {
            Kind::Calendar(calendar) => calendar.dates.prefetch_hint(),
            _ => 0,
        }
    }

    /// Reads from the other cache lines of a calendar, too, as a prefetch of what a comparison
    /// reads.
    #[inline(always)]
    pub(crate) fn comparison_hint(&self) -> i64 {
        match self.kind() {
            Kind::Calendar(calendar) => {
                i64::from(calendar.clock.from_ms()) ^ calendar.dates.comparison_hint()
            }
            _ => 0,
        }
    }

    /// The kind of the schedule without its names.
    #[inline]
    pub(crate) fn kind(&self) -> Kind<'_> {
        match self {
            Self::Once(once) => Kind::Once(Some(once.interval())),
            Self::LocalOnce(once) => Kind::Once(once.interval()),
            Self::Periodic(periodic) => Kind::Periodic(*periodic),
            Self::Daily(daily) => Kind::Calendar(daily.calendar()),
            Self::Weekly(weekly) => Kind::Calendar(weekly.calendar()),
            Self::Monthly(monthly) => Kind::Calendar(monthly.calendar()),
            Self::Calendar(calendar) => Kind::Calendar(calendar.calendar()),
            #[cfg(feature = "rrule")]
            Self::Rule(rule) => Kind::Rule(rule.recurrence()),
            #[cfg(feature = "rrule")]
            Self::Cron(cron) => Kind::Rule(cron.recurrence()),
            Self::Combined(combination) => match (combination.operator(), combination.parts()) {
                (Operator::Named, [schedule]) => schedule.kind(),
                (operator, parts) => Kind::Combined(operator, parts),
            },
        }
    }
}

/// A conservative bound on when occurrences can happen: they start on one of
/// `weekdays` (bit 0 is Monday), not before `from_ms` local time, and end within
/// `length_ms` from there. The offset of the zone may be that of a neighbouring
/// day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockEnvelope<Z> {
    pub(crate) zone: Z,
    pub(crate) weekdays: u8,
    pub(crate) from_ms: u32,
    pub(crate) length_ms: i64,
}

/// The kinds of schedule by evaluation: daily, weekly and monthly schedules are
/// all calendars.
pub(crate) enum Kind<'a> {
    Once(Option<Interval>),
    Periodic(Periodic),
    Calendar(&'a ClockDates),
    #[cfg(feature = "rrule")]
    Rule(&'a Recurrence),
    Combined(Operator, &'a [Schedule]),
}

macro_rules! from_kind {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Schedule {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })*
    };
}
from_kind!(Once, LocalOnce, Periodic, Daily, Weekly, Monthly, Calendar);
#[cfg(feature = "rrule")]
from_kind!(Rule, Cron);
