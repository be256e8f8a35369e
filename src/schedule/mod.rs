//! The kinds of schedule; each is a pure function of time.
//!
//! All queries use random access and never iterate from the start of a schedule:
//! whether an instant is inside an occurrence, which occurrence that is, and
//! which one is next or previous. [`dates`] computes the dates of a calendar; the
//! zone maps the clock range of a date to instants.

mod calendar;
mod clock_changes;
mod daily;
pub(crate) mod dates;
mod describe;
mod english;
mod math;
mod monthly;
mod occurrences;
mod once;
mod periodic;
#[cfg(feature = "rrule")]
mod rule;
#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "rrule"))]
mod visits;
mod weekly;

pub(crate) use calendar::Calendar;
pub use daily::Daily;
pub(crate) use dates::{ALL_WEEKDAYS, MonthDayMask};
pub(crate) use math::lcm;
pub use monthly::Monthly;
pub use occurrences::Occurrences;
pub(crate) use occurrences::collect_bounded;
pub use once::Once;
pub use periodic::Periodic;
#[cfg(feature = "rrule")]
pub use rule::Rule;
pub use weekly::Weekly;

use crate::time::{Interval, Timestamp, Zone};

/// When a window is active, before its validity is applied.
///
/// Occurrences are half-open, not empty, and ordered by start. Only the
/// occurrences of a rule may overlap.
///
/// ```
/// use quietude::{Daily, Schedule};
///
/// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, chrono_tz::Europe::Berlin).into();
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
    /// A fixed period of elapsed time.
    Periodic(Periodic),
    /// A clock range on every date.
    Daily(Daily),
    /// A clock range on days of the week.
    Weekly(Weekly),
    /// A clock range on days of the month.
    Monthly(Monthly),
    /// RFC 5545, feature `rrule`.
    #[cfg(feature = "rrule")]
    Rule(Rule),
}

impl Schedule {
    /// Whether an occurrence covers `t`.
    ///
    /// Takes a few nanoseconds. The cost does not depend on how long ago the
    /// schedule began.
    #[must_use]
    #[inline]
    pub fn contains(&self, t: Timestamp) -> bool {
        if let Kind::Calendar(calendar) = self.kind() {
            return calendar.contains(t.as_millis());
        }
        self.other_kind_contains(t)
    }

    /// [`contains`](Self::contains) for kinds other than calendars. It is a
    /// separate function so that the path for calendars needs no stack frame.
    #[inline(never)]
    fn other_kind_contains(&self, t: Timestamp) -> bool {
        match self.kind() {
            Kind::Once(interval) => interval.contains(t),
            Kind::Periodic(periodic) => periodic.contains(t.as_millis()) && t < Timestamp::END,
            Kind::Calendar(calendar) => calendar.contains(t.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.contains(t.as_millis()),
        }
    }

    /// The zone of a schedule in local time; `None` for one-time and periodic
    /// schedules, which measure elapsed time.
    ///
    /// ```
    /// # use quietude::{Daily, Schedule};
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, chrono_tz::Asia::Tokyo).into();
    /// assert_eq!(schedule.zone().unwrap().name(), "Asia/Tokyo");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        match self.kind() {
            Kind::Once(_) | Kind::Periodic(_) => None,
            Kind::Calendar(calendar) => Some(&calendar.zone),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => Some(rule.zone()),
        }
    }

    /// The occurrence that covers `t`; if several do, the one that began last.
    #[must_use]
    pub fn occurrence_at(&self, t: Timestamp) -> Option<Interval> {
        if !self.contains(t) {
            return None;
        }
        match self.kind() {
            Kind::Once(interval) => Some(interval),
            Kind::Periodic(periodic) => periodic.occurrence_at(t.as_millis()),
            Kind::Calendar(calendar) => calendar.occurrence_at(t.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.occurrence_at(t.as_millis()),
        }
    }

    /// The first occurrence that begins after `after`, not at it.
    ///
    /// Scans months, not days: at most a few thousand months, for rules such as
    /// the 29th of February on a Monday.
    #[must_use]
    pub fn next_occurrence(&self, after: Timestamp) -> Option<Interval> {
        match self.kind() {
            Kind::Once(interval) => (interval.start() > after).then_some(interval),
            Kind::Periodic(periodic) => periodic.next_occurrence(after.as_millis()),
            Kind::Calendar(calendar) => calendar.next_occurrence(after.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.next_occurrence(after.as_millis()),
        }
    }

    /// The last occurrence that begins before `before`, not at it.
    ///
    /// ```
    /// # use quietude::{Daily, Schedule};
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, chrono_tz::UTC).into();
    /// let last = schedule.previous_occurrence("2026-11-26T21:15:00Z".parse()?).unwrap();
    /// assert_eq!(last.end(), "2026-11-26T02:00:00Z".parse()?);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn previous_occurrence(&self, before: Timestamp) -> Option<Interval> {
        match self.kind() {
            Kind::Once(interval) => (interval.start() < before).then_some(interval),
            Kind::Periodic(periodic) => periodic.previous_occurrence(before.as_millis()),
            Kind::Calendar(calendar) => calendar.previous_occurrence(before.as_millis()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.previous_occurrence(before.as_millis()),
        }
    }

    /// The occurrences that intersect `within`, ordered by start, not clipped.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Schedule};
    /// let schedule: Schedule = Daily::new("22:00-02:00".parse()?, chrono_tz::UTC).into();
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
            _ => self.occurrence_at(t),
        }
    }

    /// The end of the contiguous occurrences that cover `t`; `t` itself if none
    /// does.
    pub(crate) fn covered_until(&self, t: Timestamp) -> Timestamp {
        if !self.contains(t) {
            return t;
        }
        match self.kind() {
            Kind::Once(interval) => interval.end(),
            Kind::Periodic(periodic) => {
                periodic.occurrence_at(t.as_millis()).map_or(t, Interval::end)
            }
            Kind::Calendar(calendar) => {
                Timestamp::saturating(calendar.covered_until(t.as_millis()))
            }
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => Timestamp::saturating(rule.covered_until(t.as_millis())),
        }
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

    #[inline]
    pub(crate) fn kind(&self) -> Kind<'_> {
        match self {
            Self::Once(once) => Kind::Once(once.interval()),
            Self::Periodic(periodic) => Kind::Periodic(*periodic),
            Self::Daily(daily) => Kind::Calendar(daily.calendar()),
            Self::Weekly(weekly) => Kind::Calendar(weekly.calendar()),
            Self::Monthly(monthly) => Kind::Calendar(monthly.calendar()),
            #[cfg(feature = "rrule")]
            Self::Rule(rule) => Kind::Rule(rule),
        }
    }
}

/// A conservative bound on when occurrences can happen: they start on one of
/// `weekdays` (bit 0 is Monday), not before `from_ms` local time, and end within
/// `length_ms` from there. The offset of the zone may be that of a neighbouring
/// day. `Z` refers to a zone: `&Zone`, or its id in an index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockEnvelope<Z> {
    pub(crate) zone: Z,
    pub(crate) weekdays: u8,
    pub(crate) from_ms: u32,
    pub(crate) length_ms: i64,
}

impl<Z> ClockEnvelope<Z> {
    /// The envelope with another reference to the zone.
    pub(crate) fn map_zone<Y>(self, zone: impl FnOnce(Z) -> Y) -> ClockEnvelope<Y> {
        let Self { weekdays, from_ms, length_ms, .. } = self;
        ClockEnvelope { zone: zone(self.zone), weekdays, from_ms, length_ms }
    }
}

/// The kinds of schedule by evaluation: daily, weekly and monthly schedules are
/// all calendars.
pub(crate) enum Kind<'a> {
    Once(Interval),
    Periodic(Periodic),
    Calendar(&'a Calendar),
    #[cfg(feature = "rrule")]
    Rule(&'a Rule),
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
from_kind!(Once, Periodic, Daily, Weekly, Monthly);
#[cfg(feature = "rrule")]
from_kind!(Rule);
