//! Baseline "by hand": a hash map from ids to windows, with local time from chrono-tz.
//!
//! Windows are tested against local time, so a repeated local time counts twice. The
//! answers differ from the silencer's in the second pass of a fold, and nowhere else.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use quietude::{Interval, Timestamp, Weekday, Zone};

use super::testing::{DAY, HOUR};
use super::workload::{Fleet, ScheduleSpec, at};

#[derive(Debug)]
pub(crate) struct HashMapBaseline(HashMap<String, Vec<Entry>, FixedState>);

#[derive(Debug)]
struct Entry {
    from: i64,
    until: i64,
    schedule: EntrySchedule,
}

/// A schedule, evaluated by hand.
#[derive(Debug)]
pub(crate) enum EntrySchedule {
    Once { start: i64, end: i64 },
    Daily { clock: LocalRange },
    Weekly { days: u8, clock: LocalRange },
    Monthly { days: u32, last: bool, clock: LocalRange },
    Periodic { start: i64, duration: i64, period: i64 },
}

#[derive(Debug)]
pub(crate) struct LocalRange {
    from: i64,
    to: i64,
    zone: Tz,
}

impl HashMapBaseline {
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let hasher = FixedState::with_seed(7);
        let mut map: HashMap<String, Vec<Entry>, FixedState> =
            HashMap::with_capacity_and_hasher(fleet.entities.len(), hasher);
        for spec in &fleet.specs {
            let entry = Entry {
                from: spec.from.unwrap_or(i64::MIN),
                until: spec.until.unwrap_or(i64::MAX),
                schedule: EntrySchedule::new(&spec.schedule),
            };
            map.entry(fleet.entities[spec.entity].clone()).or_default().push(entry);
        }
        map.values_mut().for_each(Vec::shrink_to_fit);
        Self(map)
    }

    #[inline]
    pub(crate) fn contains(&self, id: &str, at: Timestamp) -> bool {
        let at = at.as_millis();
        self.0.get(id).is_some_and(|windows| windows.iter().any(|window| window.contains(at)))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let windows = |(id, windows): (&String, &Vec<Entry>)| {
            id.capacity() + windows.capacity() * size_of::<Entry>()
        };
        self.0.allocation_size() + self.0.iter().map(windows).sum::<usize>()
    }
}

impl Entry {
    fn contains(&self, t: i64) -> bool {
        self.from <= t && t < self.until && self.schedule.contains(t)
    }
}

impl EntrySchedule {
    pub(crate) fn new(spec: &ScheduleSpec) -> Self {
        let clock =
            |from: &i64, to: &i64, zone: &Tz| LocalRange { from: *from, to: *to, zone: *zone };
        match spec {
            ScheduleSpec::Once { start, end } => Self::Once { start: *start, end: *end },
            ScheduleSpec::Daily { from, to, zone } => Self::Daily { clock: clock(from, to, zone) },
            ScheduleSpec::Weekly { days, from, to, zone } => Self::Weekly {
                days: days.iter().fold(0, |set, day| set | 1 << day.num_days_from_monday()),
                clock: clock(from, to, zone),
            },
            ScheduleSpec::Monthly { days, from, to, zone } => Self::Monthly {
                days: days.iter().filter(|day| **day > 0).fold(0, |set, day| set | 1 << day),
                last: days.contains(&-1),
                clock: clock(from, to, zone),
            },
            ScheduleSpec::Periodic { start, duration, period } => {
                Self::Periodic { start: *start, duration: *duration, period: *period }
            }
        }
    }

    #[inline]
    pub(crate) fn contains(&self, t: i64) -> bool {
        match self {
            Self::Once { start, end } => *start <= t && t < *end,
            Self::Periodic { start, duration, period } => {
                t >= *start && (t - start) % period < *duration
            }
            Self::Daily { clock } => clock.start_date(t).is_some(),
            Self::Weekly { days, clock } => clock
                .start_date(t)
                .is_some_and(|date| days & 1 << date.weekday().num_days_from_monday() != 0),
            Self::Monthly { days, last, clock } => clock.start_date(t).is_some_and(|date| {
                let is_last = || date.succ_opt().is_some_and(|next| next.day() == 1);
                days & 1 << date.day() != 0 || *last && is_last()
            }),
        }
    }
}

impl LocalRange {
    /// The date on which the range containing the local time at `t` started.
    fn start_date(&self, t: i64) -> Option<NaiveDate> {
        let utc = DateTime::from_timestamp_millis(t)?.naive_utc();
        let offset = self.zone.offset_from_utc_datetime(&utc).fix();
        let local = utc + TimeDelta::seconds(i64::from(offset.local_minus_utc()));
        let clock = local.and_utc().timestamp_millis().rem_euclid(DAY);
        let today = local.date();
        if self.from < self.to {
            (self.from <= clock && clock < self.to).then_some(today)
        } else if clock >= self.from {
            Some(today)
        } else if clock < self.to {
            today.pred_opt()
        } else {
            None
        }
    }
}

/// Whether `t` is in the second pass of a fold of one of the zones.
pub(crate) fn is_in_fold(zones: impl IntoIterator<Item = Tz>, t: Timestamp) -> bool {
    let past = at(t.as_millis() - 3 * HOUR);
    let Ok(within) = Interval::new(past, at(t.as_millis() + 1)) else { return false };
    zones.into_iter().any(|zone| {
        Zone::from(zone).transitions(within).any(|transition| {
            let back = transition.offset_before_ms - transition.offset_after_ms;
            t.as_millis() - transition.at.as_millis() < back
        })
    })
}

/// The number of a weekday, counted from Sunday.
pub(crate) fn from_sunday(day: Weekday) -> u32 {
    day.num_days_from_sunday()
}
