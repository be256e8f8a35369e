//! Calendars on sets of days, cron expressions and combinations: as data, built, generated,
//! and evaluated by two reference implementations.

mod generate;
mod oracle;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use quietude::calendar::{Calendar, Cron, Days, Dst, Fold, Gap, Unit};
use quietude::{ClockRange, Schedule};
use serde_json::Value;

pub(crate) use self::generate::other_kind;
pub(crate) use self::oracle::{covers_by_clock_walk, occurrences};
use crate::cron_fields::CronFields;
use crate::oracle::dates::date_of;
use crate::sets;
use crate::specs::ScheduleSpec;
use crate::testing::DAY;
use crate::zone_source::ZoneSource;

/// A schedule of a kind that [`ScheduleSpec`] does not have itself.
#[derive(Clone, Debug)]
pub(crate) enum OtherKind {
    Ranges(RangesSpec),
    Cron(CronSpec),
    Any(Vec<ScheduleSpec>),
    All(Vec<ScheduleSpec>),
    Not(Box<ScheduleSpec>),
    Named(String, Box<ScheduleSpec>),
}

/// Clock ranges on a set of days.
#[derive(Clone, Debug)]
pub(crate) struct RangesSpec {
    /// `None` if every day.
    pub(super) days: Option<DaySet>,
    /// A name for the set of days.
    pub(super) name: Option<String>,
    /// Start and end of each range, in milliseconds from midnight.
    pub(super) ranges: Vec<(i64, i64)>,
    pub(super) dst: Dst,
    pub(super) zone: ZoneSource,
    pub(super) every: Option<(u32, Unit, NaiveDate)>,
    pub(super) from_anchor: bool,
    pub(super) count: Option<u32>,
    pub(super) except: Option<DaySet>,
    pub(super) counted: Arc<Mutex<Counted>>,
}

/// The dates that a calendar with a count has counted so far, so that none is counted twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    /// The days from the anchor on that were looked at.
    pub(super) days: u64,
    /// Those of them that are selected.
    pub(super) selected: u32,
}

/// A cron expression with a duration.
#[derive(Clone, Debug)]
pub(crate) struct CronSpec {
    pub(super) fields: CronFields,
    pub(super) duration_ms: i64,
    pub(super) fold: Fold,
    pub(super) gap: Gap,
    pub(super) zone: ZoneSource,
}

/// A set of days, and the blocks of consecutive days that were marked so far.
#[derive(Clone)]
pub(crate) struct DaySet {
    json: Value,
    marked: Arc<Mutex<HashMap<i64, Vec<bool>>>>,
}

/// The days of a block, and how many days before and after it are marked with it, on which
/// it may depend.
const BLOCK: i64 = 256;
const AROUND: i64 = 1300;

impl DaySet {
    pub(super) fn new(json: Value) -> Self {
        Self { json, marked: Arc::default() }
    }

    pub(crate) fn contains(&self, day: i64) -> bool {
        let block = day.div_euclid(BLOCK);
        let mut marked = self.marked.lock().expect("no panic");
        let of_block = marked.entry(block).or_insert_with(|| {
            let days = block * BLOCK - AROUND..(block + 1) * BLOCK + AROUND;
            let on = sets::mark(&self.json, &days.map(date_of).collect::<Vec<_>>());
            on[AROUND as usize..(AROUND + BLOCK) as usize].to_vec()
        });
        of_block[day.rem_euclid(BLOCK) as usize]
    }

    pub(crate) fn build(&self) -> Days {
        sets::days(&self.json)
    }
}

impl fmt::Debug for DaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.json)
    }
}

/// A name and what it stands for.
pub(crate) enum Named<'a> {
    Schedule(&'a mut String, &'a ScheduleSpec),
    Days(&'a mut String, &'a DaySet),
}

impl OtherKind {
    pub(crate) fn build(&self) -> Schedule {
        let all =
            |parts: &[ScheduleSpec]| parts.iter().map(ScheduleSpec::build).collect::<Vec<_>>();
        let valid = "within the limits";
        match self {
            Self::Ranges(ranges) => ranges.build(),
            Self::Cron(cron) => {
                let of = Cron::new(&cron.fields.text, cron.duration_ms, cron.zone);
                let of = of.unwrap_or_else(|error| panic!("{error}: {cron:?}"));
                let of = of.with_day_match(cron.fields.day_match);
                of.with_fold(cron.fold).with_gap(cron.gap).into()
            }
            Self::Any(parts) => Schedule::any(all(parts)).expect(valid),
            Self::All(parts) => Schedule::all(all(parts)).expect(valid),
            Self::Not(part) => Schedule::not(part.build()).expect(valid),
            Self::Named(name, part) => Schedule::named(name, part.build()),
        }
    }

    pub(crate) fn is_combined(&self) -> bool {
        match self {
            Self::Any(_) | Self::All(_) | Self::Not(_) => true,
            Self::Named(_, part) => part.is_combined(),
            Self::Ranges(_) | Self::Cron(_) => false,
        }
    }

    /// The set of days that a calendar leaves out.
    pub(crate) fn except(&self) -> Option<&DaySet> {
        match self {
            Self::Ranges(ranges) => ranges.except.as_ref(),
            Self::Named(_, part) => match &**part {
                ScheduleSpec::Other(kind) => kind.except(),
                _ => None,
            },
            Self::Any(_) | Self::All(_) | Self::Not(_) | Self::Cron(_) => None,
        }
    }

    /// Calls `visit` with each schedule or set of days that has a name, the innermost first.
    pub(crate) fn for_each_name(&mut self, visit: &mut dyn FnMut(Named<'_>)) {
        let mut of_part = |part: &mut ScheduleSpec| {
            if let ScheduleSpec::Other(kind) = part {
                kind.for_each_name(visit);
            }
        };
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter_mut().for_each(of_part),
            Self::Not(part) => of_part(part),
            Self::Named(name, part) => {
                of_part(part);
                visit(Named::Schedule(name, part));
            }
            Self::Ranges(RangesSpec { name: Some(name), days: Some(days), .. }) => {
                visit(Named::Days(name, days));
            }
            Self::Ranges(_) | Self::Cron(_) => {}
        }
    }

    /// Calls `change` with each zone.
    pub(crate) fn for_each_zone(&mut self, change: &mut dyn FnMut(&mut ZoneSource)) {
        match self {
            Self::Ranges(ranges) => change(&mut ranges.zone),
            Self::Cron(cron) => change(&mut cron.zone),
            Self::Any(parts) | Self::All(parts) => {
                parts.iter_mut().for_each(|part| part.for_each_zone(change));
            }
            Self::Not(part) | Self::Named(_, part) => part.for_each_zone(change),
        }
    }
}

impl RangesSpec {
    fn build(&self) -> Schedule {
        let clocks: Vec<ClockRange> = self.ranges.iter().copied().map(clock_range).collect();
        let mut calendar = Calendar::new(clocks[0], self.zone);
        if let Some(days) = &self.days {
            let days = days.build();
            calendar = calendar.with_days(match &self.name {
                Some(name) => Days::named(name, days),
                None => days,
            });
        }
        calendar = calendar.with_clocks(clocks).expect("a list").with_dst(self.dst);
        if let Some((n, unit, anchor)) = self.every {
            calendar = calendar.with_interval(n, unit, anchor).expect("a step");
        }
        if self.from_anchor {
            calendar = calendar.starting_at_anchor().expect("it has an anchor");
        }
        if let Some(count) = self.count {
            calendar = calendar.with_count(count).expect("it has an anchor");
        }
        if let Some(except) = &self.except {
            calendar = calendar.without_days(except.build());
        }
        calendar.into()
    }
}

/// A clock range of some days, in its shortest form.
fn clock_range((from, to): (i64, i64)) -> ClockRange {
    let days = (to - 1) / DAY;
    ClockRange::over_days(from as u32, (to - days * DAY) as u32, days as u32).expect("a range")
}
